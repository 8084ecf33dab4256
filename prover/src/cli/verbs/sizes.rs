//! `tribute sizes`.

use crate::cli::arguments::{ForceArgs, goal};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::files::{Privacy, refuse_existing, write_file};
use crate::planner::{Calibration, Goal};
use crate::progress::Observer as _;
use crate::sizes::{SizesError, Sweep, chart, csv, picture};
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_evm::Compiler;
use tribute_verifier::solidity::COMPILER_VERSION;

const AFTER_HELP: &str = "\
Goes through every combination of the shapes named. Each is laid out for each goal, as `tribute setup --optimize` would; with
--index-rows the circuits of index proofs come in addition. --batch names the numbers of queries that one proof answers.
Gates have degree 5 in every layout, and lookups are grouped by threes.

Rows, columns and bytes are exact, of indices for an eta of 80, and at most those for a smaller one. A combination without a circuit
is skipped, with the reason. Gas is that of a verification by the exported contract, from prices of its parts that
were measured in revm. Seconds and memory come from a model that a short measured run calibrates on first use, or with --recalibrate; it is kept in
$XDG_CACHE_HOME/tribute or ~/.cache/tribute; for index circuits there is no such model. With --measure every circuit is proven in this
process, with random weights and rows, a development SRS and keys made on the spot: seconds are those of a proof, the median of three where
a query is proven, memory is the process's peak. Where there is a Solidity compiler of the version that exported contracts name,
the contract is compiled and called in revm, too.

Examples:
  tribute sizes
  tribute sizes --inputs 64,784 --hidden 32 --hidden 48,24 --hidden none --contributors 8,12 --optimize prover,gas
  tribute sizes --index-rows 200,800 --csv sizes.csv --svg sizes.svg --layout-svg layout.svg
  tribute sizes --batch 1,16,64 --optimize prover,gas
  tribute sizes --hidden 16 --measure --json
  tribute sizes --optimize gas --index-rows 20 --measure --solc contracts/tools/solc.mjs";

/// The compiler that is looked for on the PATH.
const SOLC: &str = "solc";

/// Widths of hidden layers.
#[derive(Clone, Debug)]
struct Widths(Vec<usize>);

/// Arguments of `tribute sizes`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Numbers of inputs
    #[arg(long, value_name = "N,..", value_delimiter = ',', default_value = "64")]
    inputs: Vec<usize>,
    /// Widths of the hidden layers of one network, or none; may be repeated
    #[arg(long, value_name = "N,..", value_parser = widths, default_value = "32")]
    hidden: Vec<Widths>,
    /// Numbers of classes
    #[arg(long, value_name = "N,..", value_delimiter = ',', default_value = "10")]
    classes: Vec<usize>,
    /// Numbers of contributors
    #[arg(long, value_name = "N,..", value_delimiter = ',', default_value = "12")]
    contributors: Vec<usize>,
    /// Numbers of queries in one proof
    #[arg(long, value_name = "N,..", value_delimiter = ',', default_value = "1")]
    batch: Vec<usize>,
    /// Also lay out index proofs over so many rows
    #[arg(long, value_name = "N,..", value_delimiter = ',')]
    index_rows: Vec<usize>,
    /// What layouts are chosen for: prover, gas, memory
    #[arg(long, value_name = "GOAL,..", value_delimiter = ',', default_value = "prover,gas,memory", value_parser = goal)]
    optimize: Vec<Goal>,
    /// Measure this machine anew before seconds are predicted
    #[arg(long)]
    recalibrate: bool,
    /// Also make proofs and measure them
    #[arg(long)]
    measure: bool,
    /// Solidity compiler for the measured gas, a program that takes --standard-json; solc on the PATH if it has the right version
    #[arg(long, value_name = "PROGRAM", requires = "measure")]
    solc: Option<PathBuf>,
    /// Also write the table as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Also draw the figures as bars
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Also draw rows and columns of the first query circuit by what they hold
    #[arg(long, value_name = "FILE")]
    layout_svg: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

fn widths(text: &str) -> Result<Widths, String> {
    if text == "none" {
        return Ok(Widths(Vec::new()));
    }
    let widths: Result<_, _> = text.split(',').map(str::parse).collect();
    widths.map(Widths).map_err(|_| "widths such as 48,24 are asked for, or none".to_owned())
}

impl Args {
    /// The compiler that was named, or one that will do.
    fn compiler(&self) -> Option<Compiler> {
        if !self.measure {
            return None;
        }
        let found = || Compiler::new(SOLC);
        let right = |compiler: &Compiler| {
            compiler.version().is_some_and(|version| version.starts_with(COMPILER_VERSION))
        };
        self.solc.clone().map(Compiler::new).or_else(|| Some(found()).filter(right))
    }

    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let Self { csv: table, svg, layout_svg, .. } = &self;
        let existing = self.force.existing();
        for path in [table, svg, layout_svg].into_iter().flatten() {
            refuse_existing(path, existing)?;
        }
        let sweep = Sweep {
            inputs: self.inputs.clone(),
            hidden: self.hidden.iter().map(|Widths(widths)| widths.clone()).collect(),
            classes: self.classes.clone(),
            contributors: self.contributors.clone(),
            batches: self.batch.clone(),
            index_rows: self.index_rows.clone(),
            goals: self.optimize.clone(),
            measure: self.measure,
            compiler: self.compiler(),
        };
        console.stage("measuring this machine");
        let calibration =
            if self.recalibrate { Calibration::renew() } else { Calibration::obtain() };
        let calibration = calibration.map_err(SizesError::from)?;
        let sizes = sweep.run(&calibration, console)?;
        if calibration.disturbed() {
            console.warning(&format!(
                "seconds are predicted from a measurement under load ({}); --recalibrate on a quiet machine mends it",
                calibration.words()
            ));
        }
        let write =
            |path: &PathBuf, bytes: &[u8]| write_file(path, bytes, Privacy::Public, existing);
        if let Some(path) = table {
            write(path, &csv(&sizes.rows)?)?;
        }
        if let Some(path) = svg {
            write(path, chart(&sizes.rows)?.as_bytes())?;
        }
        if let (Some(path), Some(params)) = (layout_svg, &sizes.first) {
            write(path, picture(params)?.as_bytes())?;
        }
        let files: Vec<_> = [table, svg, layout_svg].into_iter().flatten().collect();
        console.outcome(
            || render::sizes::json(&sizes, &calibration, &files),
            || render::sizes::text(&sizes, &calibration, &files),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
