//! The `tribute` command: what a user types, and what they read.
//!
//! A verb is a file in `verbs` that turns arguments into one call of the library and hands the outcome to `render`.
//! Standard output carries the outcome alone; progress, notices and errors go to standard error.

mod arguments;
mod chart;
mod console;
mod error;
mod pinning;
mod render;
mod verbs;
mod words;

use crate::files::interrupt;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use console::{Console, Verbosity};
use error::CliError;
use std::process::ExitCode;

/// Version of program, circuit and numeric profile.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (circuit 3, profile 20)");

const AFTER_HELP: &str = "\
Exit status: 0 done or accepted, 1 well-formed and refused, 2 usage or unreadable input.

Begin with
  tribute demo

and go on with your own model and rows:
  tribute commit --model model.onnx --data train.csv --contributors contributors.csv --out case
  tribute setup --case case --unsafe-dev-srs
  tribute prove --case case --input query.csv --row 0 --out proof.json
  tribute verify --registration case/registration.json --proof proof.json --unsafe-dev-srs --allow-unproven-table";

/// Proofs of a model's output together with its contributors' shares in it.
#[derive(Debug, Parser)]
#[command(name = "tribute", version = VERSION, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb understands.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Global {
    /// Write one JSON object for programs in place of text, errors included
    #[arg(long, global = true)]
    json: bool,
    /// Say more on standard error; twice for timings
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Threads to use; all cores where it is not given
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the whole way on an embedded case: commit, prove, verify, and four forgeries refused
    Demo(verbs::demo::Args),
    /// Quantize a model, admit its rows, build the attribution table and commit to all of it
    Commit(verbs::commit::Args),
    /// Make keys, plan and registration for a committed case
    Setup(verbs::setup::Args),
    /// Prove, once for a model and its rows, that the attribution table comes from the rows
    Index(verbs::index::Args),
    /// Show output and shares of a query without a proof
    Attribute(verbs::attribute::Args),
    /// Commit to an input, so that a proof about it can be asked for
    CommitInput(verbs::commit_input::Args),
    /// Prove output and shares of a query
    Prove(verbs::prove::Args),
    /// Check a registration once: make its plans anew, verify its proofs, and pin it
    Check(verbs::check::Args),
    /// List and remove the registrations that are trusted here
    #[command(subcommand)]
    Pins(verbs::pins::Verb),
    /// Accept or reject a proof, and say why
    Verify(verbs::verify::Args),
    /// Measure how near shares come to refitting without each contributor
    Fidelity(verbs::fidelity::Args),
    /// Open one row for its contributor
    Inclusion(verbs::inclusion::Args),
    /// Check that an opened row is registered
    VerifyInclusion(verbs::verify_inclusion::Args),
    /// Write the contract that checks proofs on a chain
    Export(verbs::export::Args),
    /// Explain any file in words
    Inspect(verbs::inspect::Args),
    /// Say what circuits of a range of shapes take and cost
    Sizes(verbs::sizes::Args),
    /// Take the SRS from a ceremony
    #[command(subcommand)]
    Srs(verbs::srs::Verb),
}

impl Verb {
    fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        match self {
            Self::Demo(args) => args.run(console),
            Self::Commit(args) => args.run(console),
            Self::Setup(args) => args.run(console),
            Self::Index(args) => args.run(console),
            Self::Attribute(args) => args.run(console),
            Self::CommitInput(args) => args.run(console),
            Self::Prove(args) => args.run(console),
            Self::Check(args) => args.run(console),
            Self::Pins(verb) => verb.run(console),
            Self::Verify(args) => args.run(console),
            Self::Fidelity(args) => args.run(console),
            Self::Inclusion(args) => args.run(console),
            Self::VerifyInclusion(args) => args.run(console),
            Self::Export(args) => args.run(console),
            Self::Inspect(args) => args.run(console),
            Self::Sizes(args) => args.run(console),
            Self::Srs(verb) => verb.run(console),
        }
    }
}

/// Runs the command with the arguments of the process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let Global { json, verbose, quiet, threads } = cli.global;
    let console = Console::new(json, Verbosity::new(verbose, quiet));
    let outcome = prepare(threads).and_then(|()| cli.verb.run(&console));
    match outcome {
        Ok(status) => status,
        Err(error) => console.fail(&error),
    }
}

/// Sets up what the whole process shares.
fn prepare(threads: Option<u16>) -> Result<(), CliError> {
    // The proof system reads it, takes it for its largest degree, and panics on what is no number.
    if std::env::var_os("MAX_DEGREE").is_some() {
        return Err(CliError::Usage(
            "MAX_DEGREE in the environment changes the proof system; unset it".into(),
        ));
    }
    if let Some(threads) = threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()?;
    }
    interrupt::install().map_err(CliError::Interrupt)
}

/// Prints help as it is and a usage error as one line.
fn usage(error: &clap::Error) -> ExitCode {
    let console = Console::new(std::env::args_os().any(|arg| arg == "--json"), Verbosity::Normal);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            console.text(&error.to_string()).map_or(ExitCode::from(2), |()| ExitCode::SUCCESS)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            console.fail(&CliError::Usage("no verb given; `tribute --help` lists them".into()))
        }
        _ => console.fail(&CliError::Usage(words::one_line(&words::usage(&error.to_string())))),
    }
}
