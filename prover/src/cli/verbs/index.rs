//! `tribute index`.

use crate::case::Case;
use crate::cli::arguments::{ForceArgs, TrustSrsArgs};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::pinning;
use crate::cli::render;
use crate::index::{IndexTarget, index};
use crate::srs::SrsSource;
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Proves, once for a model and its rows, that every committed row ran through the committed model and that the committed
table is what the method makes of them. The proof goes into CASE/registration.json and CASE/batch.json, whichever
`tribute setup` wrote, or into a file; it is verified first. With it `tribute verify` says \"table proven\", without it \"table committed, not
proven\". It also certifies how far the head is from its regularized optimum, and verifiers refuse a head that is too
far; `tribute commit --refit-head` fits it.

Keys from an SRS file are kept in CASE/keys, and found again there. The rows may fill 2^20 rows of the circuit, and this machine's memory.

Examples:
  tribute index --case case --srs ceremony-18.srs
  tribute index --case case --unsafe-dev-srs --out index.json";

/// Arguments of `tribute index`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["srs", "unsafe_dev_srs"])))]
pub(in crate::cli) struct Args {
    /// The case, after `tribute setup`
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// SRS file that `tribute srs import` wrote
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
    /// Make an SRS here, for development only; it is the same for all keys of the case
    #[arg(long)]
    unsafe_dev_srs: bool,
    /// File to write the proof to; the registrations of the case where it is not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trust_srs: TrustSrsArgs,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let source = self.srs.map_or(SrsSource::UnsafeDev, SrsSource::File);
        let target = self.out.map_or(IndexTarget::Registration, IndexTarget::File);
        let case = Case::load(&self.case)?;
        let outcome = index(&case, &source, &target, self.force.existing(), console)?;
        pinning::made(console, &outcome.registrations, "index");
        let trusted = self.trust_srs.digests();
        let srs = render::Srs { points: &outcome.proof.plan.srs, trusted: &trusted };
        console.outcome(
            || render::index::json(&outcome, srs),
            || render::index::text(&outcome, srs, &self.case),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
