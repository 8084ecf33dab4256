//! `tribute verify-inclusion`.

use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::cli::{AcceptArgs, Subject, TrustArgs, read_registration};

const AFTER_HELP: &str = "\
Needs the opened row and a registration that was checked on this machine (`tribute check`), or whose digest is given.
Accepted means: this row, with this label and these features,
stands in the registered dataset at this number and belongs to this contributor. What it counts for is the word of the
model's owner, since other rows are not in the file; nor does it show that another row is absent.

Example:
  tribute verify-inclusion row-17.json --registration registration.json";

/// Arguments of `tribute verify-inclusion`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The row, as `tribute inclusion` opened it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Plan and subject, as the model's owner published them
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration, None)?;
        let subject = Subject::row(&self.file)?;
        let judgement = subject.judge(&registration, &self.trust, &AcceptArgs::default())?;
        console.outcome(
            || judgement.json(),
            || render::verdict::text(&judgement, &subject, console.colored()),
        )?;
        let code = if judgement.is_accepted() { 0 } else { REFUSED };
        Ok(ExitCode::from(code))
    }
}
