//! `tribute commit`.

use crate::case::{CommitRequest, HeadSource, IndexSource, commit};
use crate::cli::arguments::{ForceArgs, RegistrarArgs, lam_256ths, method};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::method::MethodId;

const AFTER_HELP: &str = "\
Files:
  train.csv         contributor,label,f0,f1,..   one row per training example, in registration order
  contributors.csv  contributor,address          its order is registry order

The rows, weights and salts go to CASE/private, which its owner alone may read; everything else in CASE may be
published. Shares are by the named method. The attribution table is committed here; `tribute index` proves that it
comes from the rows.

For a registry on a chain (contracts/README.md) name the account that will register the index, with --registrar and
--contributors-ppm. Both enter the index commitment, which every proof carries: neither a copy of what is published nor
the owner can register the index again with less for contributors. Without them no registry takes it.

Examples:
  tribute commit --model model.onnx --data train.csv --contributors contributors.csv --out case
  tribute commit --model model.onnx --data train.csv --method tracin --out case
  tribute commit --model model.onnx --data train.csv --lam-n 0.5 --refit-head --out case
  tribute commit --model model.onnx --data train.csv --contributors contributors.csv \
    --registrar 0x90f79bf6eb2c4f870365e785982e1f101e93b906 --contributors-ppm 700000 --out case";

/// Arguments of `tribute commit`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The trained model, ONNX
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The rows it was trained on, CSV
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Rows that the model was not trained on, CSV as --data: their number and how many the model gets right are proven
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,
    /// Contributors and their addresses in registry order, CSV; without it the order of first appearance
    #[arg(long, value_name = "FILE")]
    contributors: Option<PathBuf>,
    /// Method of attribution: tracin, representer, influence or group-newton
    #[arg(long, value_name = "NAME", default_value = "group-newton", value_parser = method)]
    method: MethodId,
    /// L2 regularization of the head, a decimal multiple of 1/256
    #[arg(long, value_name = "X", default_value = "1", value_parser = lam_256ths)]
    lam_n: u32,
    /// Fit the head to the rows first: the optimum that influence and group-newton assume. The model is written to
    /// CASE/private/refitted.onnx
    #[arg(long)]
    refit_head: bool,
    /// Commit also what no index proof can hold: its table stays unproven, and verifiers refuse it unless they name
    /// --allow-unproven-table
    #[arg(long)]
    without_index: bool,
    #[command(flatten)]
    registrar: RegistrarArgs,
    /// Directory to write the case to
    #[arg(long, value_name = "CASE")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let request = CommitRequest {
            model: self.model,
            data: self.data,
            validation: self.validation,
            contributors: self.contributors,
            method: self.method,
            lam_256ths: self.lam_n,
            head: if self.refit_head { HeadSource::Refitted } else { HeadSource::AsTrained },
            index: if self.without_index { IndexSource::Without } else { IndexSource::Provable },
            registrar: self.registrar.given(),
        };
        let existing = self.force.existing();
        let committed = commit(&request, &self.out, existing, console)?;
        committed.report.warnings.iter().for_each(|warning| console.warning(&warning.text));
        committed.report.notices.iter().for_each(|notice| console.notice(notice));
        console.outcome(
            || render::commit::json(&committed),
            || render::commit::text(&committed, &self.out),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
