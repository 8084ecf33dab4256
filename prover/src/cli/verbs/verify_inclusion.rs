//! `tribute verify-inclusion`.

use crate::case::read_registration;
use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use crate::inclusion::read_inclusion;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Needs nothing but the opened row and the registration. Accepted means: this row, with this label and these features,
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
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration)?;
        let opened = read_inclusion(&self.file)?;
        match opened.verify(&registration) {
            Ok(included) => {
                console.outcome(
                    || render::inclusion::accepted_json(&included),
                    || render::inclusion::accepted_text(&included, console.colored()),
                )?;
                Ok(ExitCode::SUCCESS)
            }
            Err(refusal) => {
                console.outcome(
                    || render::inclusion::refused_json(&refusal),
                    || render::inclusion::refused_text(&refusal, console.colored()),
                )?;
                Ok(ExitCode::from(REFUSED))
            }
        }
    }
}
