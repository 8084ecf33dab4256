//! `tribute commit-input`.

use crate::cli::arguments::{ForceArgs, QueryArgs};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::data::column_count;
use crate::opening::InputOpening;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
A requester publishes the commitment and hands input and salt to the prover, who uses `tribute prove --salt`. Keep
both: they open the commitment, and nothing else does.

Examples:
  tribute commit-input --input query.csv
  tribute commit-input --input queries.csv --row 3 --out input.json";

/// Arguments of `tribute commit-input`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    query: QueryArgs,
    /// Also write input, salt and commitment to a file that its owner alone may read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let inputs = column_count(&self.query.input)?;
        let opening = InputOpening::new(self.query.read(inputs)?.features)?;
        if let Some(path) = &self.out {
            opening.write(path, self.force.existing())?;
        }
        console.outcome(
            || render::opening::json(&opening),
            || render::opening::text(&opening, self.out.as_deref()),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
