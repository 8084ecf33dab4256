//! `tribute setup`.

use crate::case::Case;
use crate::cli::arguments::{ForceArgs, goal};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::planner::Goal;
use crate::setup::setup;
use crate::srs::SrsSource;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
An SRS is made in a ceremony (`tribute srs import`). For development, --unsafe-dev-srs makes one here from the
operating system's randomness: whoever runs it could know its secret and forge proofs. That taint stays in plan,
registration, proofs and every message.

The circuit of a shape can be laid out in many ways. --optimize names what counts: seconds of a proof, gas of a verification,
or memory of the prover. The choice depends on the shape alone and not on this machine; `tribute inspect` explains it.

Keys are kept in CASE/keys under the digest of their plan, and found again there.

Examples:
  tribute setup --case case --srs ceremony-14.srs
  tribute setup --case case --unsafe-dev-srs
  tribute setup --case case --srs ceremony-14.srs --optimize gas";

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
    /// Make an SRS here, for development only
    #[arg(long)]
    unsafe_dev_srs: bool,
    /// What counts most: prover, gas or memory
    #[arg(long, value_name = "GOAL", default_value = "prover", value_parser = goal)]
    optimize: Goal,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let source = self.srs.map_or(SrsSource::UnsafeDev, SrsSource::File);
        let case = Case::load(&self.case)?;
        let outcome = setup(&case, &source, self.optimize, self.force.existing(), console)?;
        let path = case.paths.registration();
        console.outcome(
            || render::setup::json(&outcome, &path),
            || render::setup::text(&outcome, &path),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
