//! `tribute export`.

use crate::case::read_registration;
use crate::cli::arguments::ForceArgs;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::export::export;
use crate::verify::read_proof;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Writes the Solidity contract that checks proofs of this plan, its ABI, and notes on compiling and deploying it. With a
proof, also the arguments of the call. Needs no compiler.

Examples:
  tribute export --registration case/registration.json --out contracts
  tribute export --registration case/registration.json --proof proof.json --out call";

/// Arguments of `tribute export`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Plan and subject, as the model's owner published them
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// A proof whose calldata is wanted
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// The directory to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration)?;
        let proof = self.proof.as_deref().map(read_proof).transpose()?;
        let files = export(&registration, proof.as_ref(), &self.out, self.force.existing())?;
        let unsafe_srs = registration.plan.unsafe_srs;
        console.outcome(
            || render::export::json(&files, &self.out, unsafe_srs),
            || render::export::text(&files, &self.out, unsafe_srs),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
