//! `tribute fidelity`.

use crate::case::Case;
use crate::cli::arguments::ForceArgs;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::data::read_queries;
use crate::fidelity::{measure, plot};
use crate::files::{Privacy, refuse_existing, write_file};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Fits the head again without each contributor and compares, for every method, what it says of a query with how far the
log-odds of the returned class fall: the mean rank correlation (Spearman) of the scores, and the mean L1 error of the
shares. docs/attribution.md defines both. Take queries that the model was not trained on. The figures are measured, not
proven; an owner publishes them beside the key.

Examples:
  tribute fidelity --case case --input validation.csv
  tribute fidelity --case case --input validation.csv --rows 100 --svg fidelity.svg --json > fidelity.json";

/// Arguments of `tribute fidelity`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The committed case, with its private part
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// Held-out queries: a CSV file with the header f0,f1,..
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Use the first N queries of the file; all where it is not given
    #[arg(long, value_name = "N")]
    rows: Option<NonZeroUsize>,
    /// Also draw the rank correlations
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let existing = self.force.existing();
        if let Some(path) = &self.svg {
            refuse_existing(path, existing)?;
        }
        let case = Case::load(&self.case)?;
        let queries = read_queries(&self.input, case.model.inputs, self.rows)?;
        let fidelity = measure(&case, &queries, console)?;
        if let Some(path) = &self.svg {
            write_file(path, plot(&fidelity)?.as_bytes(), Privacy::Public, existing)?;
        }
        let svg = self.svg.as_deref();
        let (method, distance) = (case.subject.header.method, case.head_distance()?);
        console.outcome(
            || render::fidelity::json(&fidelity, distance, svg),
            || render::fidelity::text(&fidelity, method, distance, svg),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
