//! `tribute verify`.

use crate::case::read_registration;
use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use crate::verify::{read_answers, read_index_proof};
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::batch_proof::{AnswerFile, BatchProof};
use tribute_verifier::certificate::{Bound, Limits};
use tribute_verifier::field::FieldElement;
use tribute_verifier::index_proof::{IndexProof, verify_index};
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::{Refusal, verify_batch_within, verify_within};

const AFTER_HELP: &str = "\
Needs nothing but the registration and the proof, both of them public. With --context the proof must answer that
request; without it the context is shown and not compared. An index proof in the registration, or in a file of its
own, is verified too, every time; without --proof it alone. With a method that assumes an optimum (influence,
group-newton) its head may be at most a quarter of its norm from it; --max-distance states another part.

Examples:
  tribute verify --registration case/registration.json --proof proof.json
  tribute verify --registration registration.json --proof proof.json --context 0x.. --json
  tribute verify --registration case/batch.json --proof proofs/batch-00000.json
  tribute verify --registration registration.json --index index.json --max-distance 0.5";

/// Arguments of `tribute verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Plan and subject, as the model's owner published them
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The proof of a query; without it the index proof alone is verified
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// An index proof in place of the one in the registration
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// The request that the proof must answer; of a batch all of them, in the order of its queries
    #[arg(long, value_name = "0x..", requires = "proof")]
    context: Vec<FieldElement>,
    /// How far a proven head may be from its regularized optimum, as a part of its norm; 0.25 where it is not given
    #[arg(long, value_name = "X")]
    max_distance: Option<Bound>,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let mut registration = read_registration(&self.registration)?;
        if let Some(path) = &self.index {
            registration.index = Some(read_index_proof(path)?);
        }
        let mut limits = Limits::default();
        if let Some(distance) = self.max_distance {
            limits.distance = distance;
        }
        match (&self.proof, &registration.index) {
            (Some(path), _) => match read_answers(path)? {
                AnswerFile::Single(proof) => {
                    let context = match self.context[..] {
                        [] => None,
                        [context] => Some(context),
                        _ => {
                            let words = "the proof is of one query; give one --context";
                            return Err(CliError::Usage(words.into()));
                        }
                    };
                    query(console, &registration, &proof, context, limits)
                }
                AnswerFile::Batch(proof) => {
                    batch(console, &registration, &proof, &self.context, limits)
                }
            },
            (None, Some(index)) => table(console, &registration, index, limits),
            (None, None) => Err(CliError::Usage(
                "the registration carries no index proof; give --proof or --index".into(),
            )),
        }
    }
}

/// Verifies the proof of a query, and the index proof where there is one.
fn query(
    console: &Console,
    registration: &Registration,
    proof: &ProofFile,
    context: Option<FieldElement>,
    limits: Limits,
) -> Result<ExitCode, CliError> {
    match verify_within(registration, proof, context, limits) {
        Ok(verdict) => {
            console.outcome(
                || render::verdict::accepted_json(&verdict, registration),
                || {
                    let colored = console.colored();
                    render::verdict::accepted_text(&verdict, proof, registration, colored)
                },
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => refused(console, registration, &refusal),
    }
}

/// Verifies the proof of a batch, and the index proof where there is one.
fn batch(
    console: &Console,
    registration: &Registration,
    proof: &BatchProof,
    contexts: &[FieldElement],
    limits: Limits,
) -> Result<ExitCode, CliError> {
    let contexts = Some(contexts).filter(|contexts| !contexts.is_empty());
    match verify_batch_within(registration, proof, contexts, limits) {
        Ok(verdict) => {
            console.outcome(
                || render::batch::accepted_json(&verdict, proof, registration),
                || {
                    let colored = console.colored();
                    render::batch::accepted_text(&verdict, proof, registration, colored)
                },
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => refused(console, registration, &refusal),
    }
}

/// Verifies the index proof alone.
fn table(
    console: &Console,
    registration: &Registration,
    index: &IndexProof,
    limits: Limits,
) -> Result<ExitCode, CliError> {
    match verify_index(registration, index, limits) {
        Ok(verdict) => {
            console.outcome(
                || render::index::accepted_json(&verdict),
                || render::index::accepted_text(&verdict, console.colored()),
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => refused(console, registration, &refusal.into()),
    }
}

fn refused(
    console: &Console,
    registration: &Registration,
    refusal: &Refusal,
) -> Result<ExitCode, CliError> {
    console.outcome(
        || render::verdict::refused_json(refusal, registration),
        || render::verdict::refused_text(refusal, registration, console.colored()),
    )?;
    Ok(ExitCode::from(REFUSED))
}
