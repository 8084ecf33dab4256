//! `tribute-verify`: accepts or rejects a proof, a table or a row, and needs nothing but this crate.
//!
//! Exit 0: accepted, and by this policy to be relied on. Exit 1: readable and refused. Exit 2: usage, or files that are
//! not what they should be. The verdict is one line on standard output, an error one line on standard error.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use tribute_verifier::cli::{
    AcceptArgs, ContextArgs, InputError, Subject, TrustArgs, read_registration,
};
use tribute_verifier::judgement::{Judgement, Refused};
use tribute_verifier::text::one_line;

/// Accepts or rejects a proof of a model's output and its contributors' shares in it, a proof of a batch of them, the
/// proof of the attribution table, or a contributor's row in the registered dataset.
///
/// The registration must be one that was checked on this machine (`tribute check`), or have the digest that is given.
#[derive(Debug, Parser)]
#[command(name = "tribute-verify", version = concat!(env!("CARGO_PKG_VERSION"), " (profile 20)"))]
struct Args {
    /// The registration: what proofs are about, and the verifying key
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The proof with its statement, of one query or of a batch; or a row, or neither: then the registered index proof alone
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// A row, opened for its contributor; this or a proof
    #[arg(long, value_name = "FILE", conflicts_with_all = ["contexts", "any_context", "max_distance"])]
    inclusion: Option<PathBuf>,
    /// An index proof in place of the one in the registration
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    #[command(flatten)]
    contexts: ContextArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    accept: AcceptArgs,
    /// Write one JSON object in place of the line
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            let json = std::env::args_os().any(|argument| argument == "--json");
            return fail(line.trim_start_matches("error: "), json);
        }
        // Help and version.
        Err(text) => return write_line(&mut io::stdout(), &text.to_string(), ExitCode::SUCCESS),
    };
    match run(&args) {
        Ok(judgement) => report(&args, &judgement),
        Err(error) => fail(&error.to_string(), args.json),
    }
}

fn run(args: &Args) -> Result<Judgement, InputError> {
    let registration = read_registration(&args.registration, args.index.as_deref())?;
    let subject = match (&args.proof, &args.inclusion) {
        (Some(path), None) => Subject::answers(path, &args.contexts)?,
        (None, Some(path)) => Subject::row(path)?,
        (None, None) => Subject::Table,
        (Some(_), Some(_)) => return Err(InputError::Claims),
    };
    subject.judge(&registration, &args.trust, &args.accept)
}

fn report(args: &Args, judgement: &Judgement) -> ExitCode {
    let (line, code) = match judgement {
        Judgement::Accepted(shown) => (format!("accepted: {shown}"), ExitCode::SUCCESS),
        Judgement::Refused(Refused { reason, .. }) => {
            (format!("refused: {reason}"), ExitCode::from(1))
        }
    };
    let text = if args.json { judgement.json().to_string() } else { one_line(&line) };
    write_line(&mut io::stdout(), &text, code)
}

fn fail(reason: &str, json: bool) -> ExitCode {
    let text = if json {
        json!({ "error": one_line(reason) }).to_string()
    } else {
        one_line(&format!("error: {reason}"))
    };
    write_line(&mut io::stderr(), &text, ExitCode::from(2))
}

/// Writes a line; a verdict that cannot be written is none.
fn write_line(out: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    match writeln!(out, "{}", text.trim_end()) {
        Ok(()) => code,
        Err(_) => ExitCode::from(2),
    }
}
