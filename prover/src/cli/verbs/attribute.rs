//! `tribute attribute`.

use crate::attribute::attribute;
use crate::case::Case;
use crate::cli::arguments::QueryArgs;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
What is shown is computed from the private case and not proven; `tribute prove` proves the same integers, and
`tribute index` that the attribution table comes from the rows.

Examples:
  tribute attribute --case case --input query.csv
  tribute attribute --case case --input queries.csv --row 3 --json";

/// Arguments of `tribute attribute`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The committed case
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    query: QueryArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let case = Case::load(&self.case)?;
        let query = self.query.read(case.model.inputs)?;
        let attribution = attribute(&case, &query.features)?;
        let (index, distance) = (case.proven_table(), case.head_distance()?);
        console.outcome(
            || render::attribution::json(&attribution, index.as_ref(), distance),
            || render::attribution::text(&attribution, index.as_ref(), distance),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
