//! `tribute-verify`: accepts or rejects a proof, a table or a row, and needs nothing but this crate.
//!
//! Exit 0: accepted. Exit 1: readable and refused. Exit 2: usage, or files that are not what they
//! should be. The verdict is one line on standard output, an error one line on standard error.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;

use tribute_verifier::batch_proof::AnswerFile;
use tribute_verifier::certificate::{Bound, Limits};
use tribute_verifier::field::FieldElement;
use tribute_verifier::file::{MAX_FILE_BYTES, Malformed};
use tribute_verifier::inclusion::InclusionFile;
use tribute_verifier::index_proof::verify_index;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::{verify_batch_within, verify_within};

/// Most characters of a line; a hostile file may name a field of any length.
const MAX_LINE_CHARS: usize = 600;

/// Accepts or rejects a proof of a model's output and its contributors' shares in it, a proof of a batch of them, the
/// proof of the attribution table, or a contributor's row in the registered dataset.
#[derive(Debug, Parser)]
#[command(name = "tribute-verify", version = concat!(env!("CARGO_PKG_VERSION"), " (profile 20)"))]
struct Args {
    /// The registration: what proofs are about, and the verifying key.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The proof with its statement, of one query or of a batch; or a row, or neither: then the registered index proof alone.
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// A row, opened for its contributor; this or a proof.
    #[arg(long, value_name = "FILE")]
    inclusion: Option<PathBuf>,
    /// The request that the proof must answer, for a batch once for each query in order; without it nothing is compared.
    #[arg(long = "context", value_name = "0x..", conflicts_with = "inclusion")]
    contexts: Vec<FieldElement>,
    /// How far a proven head may be from its regularized optimum, as a part of its norm; 0.25 where it is not given.
    #[arg(long, value_name = "X", conflicts_with = "inclusion")]
    max_distance: Option<Bound>,
    /// Write one JSON object in place of the line.
    #[arg(long)]
    json: bool,
}

/// Why there is no verdict.
#[derive(Debug, Error)]
enum InputError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The path leads to no regular file.
    #[error("{}: no regular file", path.display())]
    Kind { path: PathBuf },
    /// Nothing, or two things, are to be verified.
    #[error("either --proof or --inclusion is asked for, or a registration with an index proof")]
    Claims,
    /// More contexts than a proof of one query answers.
    #[error("a proof of one query has one --context, {given} are given")]
    Contexts { given: usize },
    /// The file is not what it should be.
    #[error("{}: {source}", path.display())]
    Malformed { path: PathBuf, source: Malformed },
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
        Ok(verdict) => report(&args, &verdict),
        Err(error) => fail(&error.to_string(), args.json),
    }
}

/// What was found of a readable claim, for people and for programs.
enum Finding {
    /// It is shown.
    Accepted { line: String, verdict: Value },
    /// It is not.
    Refused { reason: String, check: &'static str },
}

fn run(args: &Args) -> Result<Finding, InputError> {
    let registration = || read(&args.registration, Registration::from_json);
    match (&args.proof, &args.inclusion) {
        (Some(path), None) => {
            let (registration, proof) = (registration()?, read(path, AnswerFile::from_json)?);
            answers(args, &registration, &proof)
        }
        (None, Some(path)) => {
            let (registration, row) = (registration()?, read(path, InclusionFile::from_json)?);
            Ok(match row.verify(&registration) {
                Ok(included) => accepted(&included),
                Err(refusal) => refused(&refusal, refusal.check()),
            })
        }
        (None, None) => {
            let registration = registration()?;
            let index = registration.index.as_ref().ok_or(InputError::Claims)?;
            Ok(match verify_index(&registration, index, limits(args)) {
                Ok(verdict) => accepted(&verdict),
                Err(refusal) => refused(&refusal, refusal.check()),
            })
        }
        (Some(_), Some(_)) => Err(InputError::Claims),
    }
}

fn answers(
    args: &Args,
    registration: &Registration,
    proof: &AnswerFile,
) -> Result<Finding, InputError> {
    let verified = match proof {
        AnswerFile::Single(proof) => {
            let context = match *args.contexts.as_slice() {
                [] => None,
                [context] => Some(context),
                [..] => return Err(InputError::Contexts { given: args.contexts.len() }),
            };
            verify_within(registration, proof, context, limits(args)).map(|it| accepted(&it))
        }
        AnswerFile::Batch(proof) => {
            let contexts = Some(args.contexts.as_slice()).filter(|contexts| !contexts.is_empty());
            verify_batch_within(registration, proof, contexts, limits(args)).map(|it| accepted(&it))
        }
    };
    Ok(verified.unwrap_or_else(|refusal| refused(&refusal, refusal.check())))
}

fn limits(args: &Args) -> Limits {
    let accepted = Limits::default();
    Limits { distance: args.max_distance.unwrap_or(accepted.distance), ..accepted }
}

fn accepted(verdict: &(impl ToString + Serialize)) -> Finding {
    Finding::Accepted { line: verdict.to_string(), verdict: json!(verdict) }
}

fn refused(refusal: &impl ToString, check: &'static str) -> Finding {
    Finding::Refused { reason: refusal.to_string(), check }
}

fn read<T>(path: &Path, parse: fn(&[u8]) -> Result<T, Malformed>) -> Result<T, InputError> {
    let failed = |source| InputError::Read { path: path.into(), source };
    // Asked before opening: opening a pipe would wait for its writer.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(InputError::Kind { path: path.into() });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    parse(&bytes).map_err(|source| InputError::Malformed { path: path.into(), source })
}

fn report(args: &Args, finding: &Finding) -> ExitCode {
    let (json, line, code) = match finding {
        Finding::Accepted { line, verdict } => {
            let json = json!({ "accepted": true, "verdict": verdict });
            (json, format!("accepted: {line}"), ExitCode::SUCCESS)
        }
        Finding::Refused { reason, check } => {
            let json = json!({ "accepted": false, "check": check, "reason": reason });
            (json, format!("refused: {reason}"), ExitCode::from(1))
        }
    };
    let text = if args.json { json.to_string() } else { one_line(&line) };
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

/// Makes text that came from files safe to show: no line breaks, no control characters, bounded.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_LINE_CHARS {
            line.push_str(" ..");
            break;
        }
        match character {
            '"' | '\'' | '\\' => line.push(character),
            other => line.extend(other.escape_debug()),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_no_control_characters() {
        let line = one_line("a\nb\u{1b}[2J\u{202e}\"q\" 'r' é 人");
        assert_eq!(line, "a\\nb\\u{1b}[2J\\u{202e}\"q\" 'r' é 人");
    }

    #[test]
    fn a_line_is_bounded() {
        assert_eq!(one_line(&"x".repeat(1 << 20)).len(), MAX_LINE_CHARS + 3);
    }
}
