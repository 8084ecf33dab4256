//! `tribute setup`.

use crate::case::{Answers, Case};
use crate::cli::arguments::{ForceArgs, TrustSrsArgs, goal};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::pinning;
use crate::cli::render;
use crate::planner::Goal;
use crate::planner::batch::pick;
use crate::progress::Observer as _;
use crate::setup::{SetupError, setup};
use crate::srs::SrsSource;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::batch::MAX_QUERIES;

const AFTER_HELP: &str = "\
An SRS is made in a ceremony (`tribute srs import`). For development, --unsafe-dev-srs makes one here from the
operating system's randomness and keeps its secret in CASE/private, so that `index` uses the same one: whoever runs it
can forge proofs. Any SRS of no known ceremony is UNSAFE in every message of everybody, by its points and not by a flag;
--trust-srs names one of a ceremony of your own.

The circuit of a shape can be laid out in many ways. --optimize names what counts: seconds of a proof, gas of a verification,
or memory of the prover. The choice depends on the shape alone and not on this machine; `tribute inspect` explains it.

--batch makes a second registration, CASE/batch.json, whose proofs answer up to N queries each (`tribute prove --all`). With auto,
N is the number with the fewest seconds (or, with --optimize gas, the least gas) a query whose proof keeps to --memory.

Keys are kept in CASE/keys under the digest of their plan, and found again there.

Examples:
  tribute setup --case case --srs ceremony-14.srs
  tribute setup --case case --unsafe-dev-srs
  tribute setup --case case --srs ceremony-14.srs --optimize gas
  tribute setup --case case --srs ceremony-14.srs --batch 16";

/// Arguments of `tribute setup`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["srs", "unsafe_dev_srs"])))]
pub(in crate::cli) struct Args {
    /// The committed case
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// SRS file that `tribute srs import` wrote
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
    /// Make an SRS here, for development only; it is the same for all keys of the case
    #[arg(long)]
    unsafe_dev_srs: bool,
    /// What counts most: prover, gas or memory
    #[arg(long, value_name = "GOAL", default_value = "prover", value_parser = goal)]
    optimize: Goal,
    /// Also register batches of up to so many queries in one proof, or auto
    #[arg(long, value_name = "N|auto", value_parser = batch)]
    batch: Option<Batch>,
    /// Memory that the proof of a batch may take, in MiB, where N is auto; 1024 where it is not given
    #[arg(long, value_name = "MIB", requires = "batch")]
    memory: Option<u64>,
    #[command(flatten)]
    trust_srs: TrustSrsArgs,
    #[command(flatten)]
    force: ForceArgs,
}

/// Memory for the proof of a batch, in MiB, where nobody says otherwise.
const DEFAULT_MEMORY: u64 = 1024;

/// How many queries a batch has.
#[derive(Clone, Copy, Debug)]
enum Batch {
    Of(usize),
    Auto,
}

fn batch(text: &str) -> Result<Batch, String> {
    let most = usize::try_from(MAX_QUERIES).unwrap_or(usize::MAX);
    match text.parse() {
        _ if text == "auto" => Ok(Batch::Auto),
        Ok(queries) if (2..=most).contains(&queries) => Ok(Batch::Of(queries)),
        _ => Err(format!("a number from 2 to {most} is asked for, or auto")),
    }
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let source = self.srs.map_or(SrsSource::UnsafeDev, SrsSource::File);
        let mut case = Case::load(&self.case)?;
        let (queries, pick) = match (self.batch, self.memory) {
            (None, _) => (1, None),
            (Some(Batch::Of(queries)), None) => (queries, None),
            (Some(Batch::Of(_)), Some(_)) => {
                let words = "--memory is for --batch auto; a number of queries takes what it takes";
                return Err(CliError::Usage(words.into()));
            }
            (Some(Batch::Auto), memory) => {
                console.stage("comparing numbers of queries");
                let memory = memory.unwrap_or(DEFAULT_MEMORY);
                let pick = pick(&case.shape(), self.optimize, memory).map_err(SetupError::from)?;
                (pick.queries, Some(pick))
            }
        };
        if queries > 1 {
            case = case.answering(Answers::Batch);
        }
        let goal = (queries, self.optimize);
        let outcome = setup(&case, &source, goal, self.force.existing(), console)?;
        let path = case.paths.registration();
        pinning::made(console, [&outcome.registration], "setup");
        let trusted = self.trust_srs.digests();
        let srs = render::Srs { points: &outcome.registration.plan.srs, trusted: &trusted };
        console.outcome(
            || render::setup::json(&outcome, srs, pick.as_ref(), &path),
            || render::setup::text(&outcome, srs, pick.as_ref(), &case),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
