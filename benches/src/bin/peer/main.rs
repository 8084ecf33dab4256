//! The peer, ezkl, and tribute on the same networks, in turn, as whole processes: seconds, peak memory, gas.
//!
//! Builds nothing of tribute: run `cargo build --release` before. Needs Python 3 with venv; the first run installs
//! `benches/peer/requirements.txt` into the target folder, later ones need no network. Gas wants `npm ci --ignore-scripts` in `contracts/`.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

mod chart;
mod ezkl;
mod gas;
mod machine;
mod ours;
mod report;
mod work;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Parser;
use tribute_benches::process::{Usage, median};

use ezkl::{Ezkl, OtherModel};
use ours::{Case, Queries, Tribute};
use report::{Entry, Setting, Side};
use work::{Source, Task, Visibility, Work};

/// Rows and contributors of the attribution.
const ROWS: usize = 256;
const CONTRIBUTORS: usize = 12;
/// Queries of a batch.
const QUERIES: u32 = 64;

/// Measures ezkl and tribute in turn on the same networks.
#[derive(Debug, Parser)]
struct Arguments {
    /// Runs of each side.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// What to prove: w1, w1-attribution, w1-table, w2, w3, batch; with `:fixed` or `:hashed` where the peer keeps
    /// the model in its key, or hashes it.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "w1,w1:fixed,w1:hashed,w1-attribution,w1-attribution:fixed,w1-table:fixed,w2,w2:fixed,w3,batch"
    )]
    work: Vec<Work>,
    /// Where peer.md and peer.svg go; benches/results where it isn't given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The tribute command; the one built beside this program where it isn't given.
    #[arg(long)]
    tribute: Option<PathBuf>,
    /// Leave the index proofs out.
    #[arg(long)]
    skip_index: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))?;
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("this program is in no target folder")?;
    let (cache, folder) = (target.join("peer"), target.join("peer/tribute"));
    let command = arguments.tribute.clone().unwrap_or_else(|| program.with_file_name("tribute"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let before = machine::load();
    let ezkl = Ezkl::install(&root, &cache)?;
    let mut bench = Bench {
        tribute: Tribute::new(command, folder.clone(), root.clone()),
        ezkl,
        rows256: folder.join("rows256.csv"),
        batch: folder.join("queries64.csv"),
        cases: BTreeMap::new(),
        single: None,
        runs: usize::from(arguments.runs),
        index: !arguments.skip_index,
        root,
    };
    bench.write_data()?;
    let mut entries = Vec::new();
    for &work in &arguments.work {
        entries.push(bench.measure(work));
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let setting = Setting {
        command: format!(
            "cargo run --release -p tribute-benches --bin peer -- {}",
            words.join(" ")
        ),
        machine: machine::describe(),
        versions: format!("{}; {}", requirement(&bench.root)?, bench.tribute.version()),
        loads: [before, machine::load()],
        runs: bench.runs,
        start: bench.ezkl.start,
    };
    println!("{}", report::terminal(&entries));
    let out = arguments.out.unwrap_or_else(|| bench.root.join("benches/results"));
    fs::create_dir_all(&out)?;
    fs::write(out.join("peer.md"), report::markdown(&setting, &entries))?;
    fs::write(out.join("peer.svg"), chart::draw(&entries)?)?;
    println!("{} has the statements beside the figures", out.join("peer.md").display());
    Ok(())
}

/// The peer's line of the requirements.
fn requirement(root: &Path) -> io::Result<String> {
    let text = fs::read_to_string(root.join("benches/peer/requirements.txt"))?;
    Ok(text.lines().find(|line| line.starts_with("ezkl")).unwrap_or_default().replace("==", " "))
}

struct Bench {
    tribute: Tribute,
    ezkl: Ezkl,
    rows256: PathBuf,
    batch: PathBuf,
    cases: BTreeMap<Source, Result<Case, String>>,
    /// The peer's proof of one query, for a batch.
    single: Option<Usage>,
    runs: usize,
    index: bool,
    root: PathBuf,
}

impl Bench {
    /// Writes the rows of the attribution, and the queries of a batch.
    fn write_data(&self) -> io::Result<()> {
        let text = fs::read_to_string(self.root.join("benches/data/digits.csv"))?;
        let mut lines = text.lines();
        let (_, names) = lines.next().and_then(|line| line.split_once(',')).unwrap_or_default();
        let mut rows = format!("contributor,label,{names}\n");
        let mut queries = format!("{names}\n");
        for (row, line) in lines.take(ROWS + QUERIES as usize).enumerate() {
            let (label, pixels) = line.split_once(',').unwrap_or_default();
            let pixels = pixels.split(',').map(|pixel| pixel.parse::<f64>().map(|p| p / 16.0));
            let pixels = pixels.map(|pixel| pixel.map(|pixel| pixel.to_string()));
            let pixels = pixels.collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?.join(",");
            let _ = if row < ROWS {
                writeln!(rows, "contributor-{:02},{label},{pixels}", row % CONTRIBUTORS)
            } else {
                writeln!(queries, "{pixels}")
            };
        }
        fs::write(&self.rows256, rows)?;
        fs::write(&self.batch, queries)
    }

    fn measure(&mut self, work: Work) -> Entry {
        eprintln!("{work}");
        let none = |reason: &str| Entry {
            work,
            peer: Err(reason.to_owned()),
            ours: Err(reason.to_owned()),
            other_model: None,
        };
        let source = work.task.source();
        if !self.cases.contains_key(&source) {
            let files = source.files(&self.root, &self.rows256);
            let case = files.and_then(|files| {
                let case = self.tribute.prepare(source, &files, self.index);
                case.map_err(|error| error.to_string())
            });
            self.cases.insert(source, case);
        }
        match &self.cases[&source] {
            Err(reason) => none(reason),
            Ok(case) if work.task == Task::Batch => self.batch(work, case),
            Ok(case) => {
                let entry =
                    self.in_turn(work, case).unwrap_or_else(|error| none(&error.to_string()));
                if work.task == Task::W1 && work.visibility == Visibility::Private {
                    self.single = entry.peer.as_ref().ok().and_then(Side::prove);
                }
                entry
            }
        }
    }

    /// Runs the two in turn.
    fn in_turn(&self, work: Work, case: &Case) -> io::Result<Entry> {
        let prepared = self.ezkl.prepare(work, &case.files)?;
        let mut runs = [Vec::new(), Vec::new()];
        for number in 1..=self.runs {
            let peer = self.ezkl.prove(&prepared)?;
            let ours = self.tribute.prove(case, Queries::First)?;
            eprintln!("  {number}: ezkl {peer}; tribute {ours}");
            runs[0].push(peer);
            runs[1].push(ours);
        }
        let verify = self.ezkl.verify(&prepared)?;
        let [peer_runs, our_runs] = runs;
        let shares = self.ezkl.shares(&prepared).filter(|_| work.task.attributes());
        let distance = |shares: &[f64], from: &[f64]| -> f64 {
            shares.iter().zip(from).map(|(share, exact)| (share - exact).abs()).sum()
        };
        let our_shares = Tribute::shares(case);
        let our_error = shares.as_ref().zip(our_shares);
        let peer = Side {
            runs: peer_runs,
            gas: self.ezkl.gas(&prepared),
            proof_bytes: self.ezkl.proof_bytes(&prepared),
            before: vec![
                ("setup", Ok(prepared.setup)),
                ("gen-witness", Ok(prepared.witness)),
                ("verify", Ok(verify)),
            ],
            share_error: shares.as_ref().map(|(shares, exact)| distance(shares, exact)),
        };
        let ours = Side {
            runs: our_runs,
            share_error: our_error.map(|((_, exact), shares)| distance(&shares, exact)),
            ..self.ours(case, Queries::First)
        };
        let other_model = self.other_model(work, &prepared, case)?;
        Ok(Entry { work, peer: Ok(peer), ours: Ok(ours), other_model })
    }

    /// Whether the peer's key takes another model, tried with the smallest network.
    fn other_model(
        &self,
        work: Work,
        prepared: &ezkl::Prepared,
        case: &Case,
    ) -> io::Result<Option<OtherModel>> {
        // A hash would be another public value, which a verifier has to compare.
        if work.task != Task::W1 || work.visibility == Visibility::Hashed {
            return Ok(None);
        }
        self.ezkl.other_model(work, prepared, &case.files).map(Some)
    }

    /// Our side but for the runs.
    fn ours(&self, case: &Case, queries: Queries<'_>) -> Side {
        let mut before = vec![("commit", Ok(case.commit)), ("setup", Ok(case.setup))];
        if let Some(index) = &case.index {
            before.push(("index", index.clone()));
        }
        Side {
            runs: Vec::new(),
            gas: self.tribute.gas(case, queries),
            proof_bytes: Tribute::proof_bytes(case, queries),
            before,
            share_error: None,
        }
    }

    /// 64 queries: one proof of ours, and as many of the peer's as there are queries, derived from one.
    fn batch(&self, work: Work, case: &Case) -> Entry {
        let peer = self.single.map(|single| Side {
            runs: vec![Usage { seconds: single.seconds * f64::from(QUERIES), ..single }],
            gas: Err(format!("{QUERIES} times that of w1, and so are the seconds; not run")),
            proof_bytes: None,
            before: Vec::new(),
            share_error: None,
        });
        let peer = peer.ok_or_else(|| "its figure follows from w1, which wasn't measured".into());
        let ours = self.our_batch(case).map_err(|error| error.to_string());
        let ours = ours.inspect(|side| {
            if let Some(usage) = median(&side.runs) {
                eprintln!("  tribute {usage}");
            }
        });
        Entry { work, peer, ours, other_model: None }
    }

    fn our_batch(&self, case: &Case) -> io::Result<Side> {
        let queries = Queries::All(&self.batch);
        let setup = self.tribute.set_up_batch(case, QUERIES)?;
        let runs = (0..self.runs).map(|_| self.tribute.prove(case, queries));
        let runs = runs.collect::<io::Result<Vec<_>>>()?;
        let before = vec![("setup", Ok(setup))];
        Ok(Side { runs, before, ..self.ours(case, queries) })
    }
}
