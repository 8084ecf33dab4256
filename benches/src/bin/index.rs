//! `tribute index` on 200 to 3,200 digits, as processes: seconds, peak memory and rows of the circuit; and `tribute prove` with tables made
//! from the fewest and the most rows, in turn.
//!
//! Builds nothing: run `cargo build --release` before. `--quick` leaves out all but the two smallest, and proves once.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tribute_benches::index_of;
use tribute_benches::process::{Usage, median, run};
use tribute_verifier::registration::Registration;

const ROWS: [usize; 4] = [200, 800, 1600, 3200];
const CONTRIBUTORS: usize = 8;
const PROOFS: usize = 15;

fn main() -> io::Result<()> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rows = if quick { &ROWS[..2] } else { &ROWS };
    let folder = std::env::temp_dir().join(format!("tribute-index-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let bench = Bench {
        program: std::env::current_exe()?.with_file_name("tribute"),
        manifest: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        folder,
    };
    let result = bench.measure(rows, if quick { 1 } else { PROOFS });
    fs::remove_dir_all(&bench.folder)?;
    result
}

struct Bench {
    program: PathBuf,
    manifest: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn measure(&self, rows: &[usize], proofs: usize) -> io::Result<()> {
        println!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
        let mut sizes = Vec::new();
        for &count in rows {
            let case = self.commit(count)?;
            let index = self.run("index --unsafe-dev-srs", &[("--case", &case)])?;
            let taken = circuit_rows(count)?;
            println!("{count} rows: index {index}; {taken} rows of the circuit");
            sizes.push((count, taken));
        }
        linear(&sizes)?;
        let (fewest, most) = (rows[0], rows[rows.len() - 1]);
        if self.plan(fewest)? != self.plan(most)? {
            return Err(io::Error::other("the plan of a query depends on the number of rows"));
        }
        println!("the inference plans for {fewest} and {most} rows have one digest");
        let mut usages = [Vec::new(), Vec::new()];
        for number in 0..proofs {
            for (count, usages) in [fewest, most].into_iter().zip(&mut usages) {
                usages.push(self.prove(count, number)?);
            }
        }
        for (count, usages) in [fewest, most].into_iter().zip(usages) {
            if let Some(usage) = median(&usages) {
                println!("prove with a table of {count} rows, median of {proofs}: {usage}");
            }
        }
        Ok(())
    }

    fn run(&self, words: &str, paths: &[(&str, &Path)]) -> io::Result<Usage> {
        let mut arguments: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        for (flag, path) in paths {
            arguments.extend([OsString::from(flag), path.as_os_str().to_owned()]);
        }
        run(&self.program, &arguments)
    }

    fn case(&self, rows: usize) -> PathBuf {
        self.folder.join(format!("case-{rows}"))
    }

    /// Commits and registers the digits network with this many rows; beyond those of the file, perturbed copies.
    fn commit(&self, rows: usize) -> io::Result<PathBuf> {
        let data = self.folder.join(format!("train-{rows}.csv"));
        fs::write(&data, training_rows(&self.manifest.join("data/digits.csv"), rows)?)?;
        let model = self.manifest.join("../prover/src/demo/digits/model.onnx");
        let case = self.case(rows);
        let paths: [(&str, &Path); 3] = [("--model", &model), ("--data", &data), ("--out", &case)];
        self.run("commit --refit-head", &paths)?;
        // All share the secret of the first, so that their plans can be compared.
        let (own, first) = (dev_srs(&case), dev_srs(&self.case(ROWS[0])));
        if first.is_file() {
            fs::copy(&first, &own)?;
        }
        self.run("setup --unsafe-dev-srs", &[("--case", &case)])?;
        Ok(case)
    }

    /// The digest of the inference plan.
    fn plan(&self, rows: usize) -> io::Result<[u8; 32]> {
        let text = fs::read(self.case(rows).join("registration.json"))?;
        let registration = Registration::from_json(&text).map_err(io::Error::other)?;
        registration.plan.digest().map_err(io::Error::other)
    }

    fn prove(&self, rows: usize, number: usize) -> io::Result<Usage> {
        let queries = self.manifest.join("../prover/src/demo/digits/queries.csv");
        let proof = self.folder.join(format!("proof-{rows}-{number}.json"));
        let case = self.case(rows);
        let paths: [(&str, &Path); 3] =
            [("--case", &case), ("--input", &queries), ("--out", &proof)];
        self.run("prove --row 0", &paths)
    }
}

/// Where a case keeps the secret of its development SRS.
fn dev_srs(case: &Path) -> PathBuf {
    case.join("private/dev-srs.json")
}

fn training_rows(source: &Path, rows: usize) -> io::Result<String> {
    let text = fs::read_to_string(source)?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let lines: Vec<&str> = lines.collect();
    let mut out = format!("contributor,{header}\n");
    for row in 0..rows {
        let (label, pixels) = lines[row % lines.len()].split_once(',').unwrap_or_default();
        let _ = write!(out, "contributor-{},{label}", row % CONTRIBUTORS);
        // A copy of an earlier row has one pixel moved by its number of copies: no two rows are the same.
        let (copy, moved) = (row / lines.len(), row % 64);
        for (place, pixel) in pixels.split(',').enumerate() {
            let pixel: f64 = pixel.parse().map_err(io::Error::other)?;
            let shift = if place == moved { copy as f64 / 16.0 } else { 0.0 };
            let _ = write!(out, ",{}", pixel / 16.0 + shift);
        }
        out.push('\n');
    }
    Ok(out)
}

/// Rows of the index circuit of the digits network.
fn circuit_rows(rows: usize) -> io::Result<usize> {
    let params = index_of(rows, CONTRIBUTORS);
    Ok(params.and_then(|params| params.size()).map_err(io::Error::other)?.rows)
}

/// Fits rows of the circuit as `a n + b` and demands that no size is 5% off.
#[allow(clippy::cast_precision_loss, reason = "numbers of rows are small")]
fn linear(sizes: &[(usize, usize)]) -> io::Result<()> {
    let count = sizes.len() as f64;
    let points: Vec<(f64, f64)> = sizes.iter().map(|(n, rows)| (*n as f64, *rows as f64)).collect();
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / count;
    let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
    let slope = mean(&|p| (p.0 - x) * (p.1 - y)) / mean(&|p| (p.0 - x).powi(2));
    let intercept = y - slope * x;
    println!("rows of the circuit: {slope:.1} n + {intercept:.0}");
    let off = points.iter().map(|p| (p.1 / (slope * p.0 + intercept) - 1.0).abs());
    let worst = off.fold(0.0, f64::max);
    println!("the largest is {:.2}% off", 100.0 * worst);
    if worst > 0.05 { Err(io::Error::other("rows aren't linear")) } else { Ok(()) }
}
