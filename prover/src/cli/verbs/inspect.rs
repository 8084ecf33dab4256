//! `tribute inspect`.

use crate::cli::arguments::TrustSrsArgs;
use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use crate::inspect::inspect;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Explains a registration, subject, proof, opened row, report, input opening, private case, proving key or SRS, and what
a proof does not say. With --srs the plan of a registration is made anew from its description of the circuit and compared:
a plan with other equations than it claims does not pass.

Examples:
  tribute inspect proof.json
  tribute inspect case/registration.json --srs ceremony-14.srs";

/// Arguments of `tribute inspect`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The file to explain
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// SRS to make the plan of a registration anew from
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
    #[command(flatten)]
    trust_srs: TrustSrsArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let mut description = inspect(&self.file, self.srs.as_deref(), console)?;
        description.trust(&self.trust_srs.digests());
        console.outcome(
            || render::description::json(&description),
            || render::description::text(&description),
        )?;
        Ok(if description.sound() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
    }
}
