//! `tribute inclusion`.

use crate::case::Case;
use crate::cli::arguments::ForceArgs;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::files::{Privacy, json, refuse_existing};
use crate::inclusion::open_row;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
The file is for the contributor of the row alone: it holds the row and the salt of its leaf, and tells nothing of other
rows but hashes. With the registration it shows that the row is in the dataset, under whose name, and with what label.

Examples:
  tribute inclusion --case case --row 17 --out row-17.json
  tribute verify-inclusion row-17.json --registration case/registration.json";

/// Arguments of `tribute inclusion`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The committed case
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// Row of the training data, counted from 0
    #[arg(long, value_name = "N")]
    row: u64,
    /// File to write, which its owner alone may read
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let existing = self.force.existing();
        refuse_existing(&self.out, existing)?;
        let opened = open_row(&Case::load(&self.case)?, self.row)?;
        json::write(&self.out, &opened, Privacy::Private, existing)?;
        console.outcome(
            || render::inclusion::opened_json(&opened, &self.out),
            || render::inclusion::opened_text(&opened, &self.out),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
