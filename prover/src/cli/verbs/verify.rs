//! `tribute verify`.

use crate::case::read_registration;
use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use crate::verify::read_proof;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::field::FieldElement;
use tribute_verifier::verify::verify;

const AFTER_HELP: &str = "\
Needs nothing but the registration and the proof, both of them public. With --context the proof must answer that
request; without it the context is shown and not compared.

Examples:
  tribute verify --registration case/registration.json --proof proof.json
  tribute verify --registration registration.json --proof proof.json --context 0x.. --json";

/// Arguments of `tribute verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Plan and subject, as the model's owner published them
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The proof
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
    /// The request that the proof must answer
    #[arg(long, value_name = "0x..")]
    context: Option<FieldElement>,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration)?;
        let proof = read_proof(&self.proof)?;
        match verify(&registration, &proof, self.context) {
            Ok(verdict) => {
                console.outcome(
                    || render::verdict::accepted_json(&verdict, &registration),
                    || {
                        render::verdict::accepted_text(
                            &verdict,
                            &proof,
                            &registration,
                            console.colored(),
                        )
                    },
                )?;
                Ok(ExitCode::SUCCESS)
            }
            Err(refusal) => {
                console.outcome(
                    || render::verdict::refused_json(&refusal, &registration),
                    || render::verdict::refused_text(&refusal, &registration, console.colored()),
                )?;
                Ok(ExitCode::from(REFUSED))
            }
        }
    }
}
