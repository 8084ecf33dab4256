//! What the planner predicts, and what is measured: real proofs, each in a process of its own that reads its keys from files.
//!
//! `planner` goes through shapes that no calibration has seen, each laid out for every goal; `planner 64-32-10x12 ..` through those given
//! (inputs-hidden-classes x contributors, and * queries for a batch). The machine is calibrated anew at the start. Gas is compared where `contracts/` has its compiler, by the tests of `tribute-evm`.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use comfy_table::{Table, presets};
use tribute::case::CasePaths;
use tribute::circuit::Planned as _;
use tribute::keys::ring::{self, Keys, plan_of};
use tribute::keys::{generate, linked};
use tribute::planner::choose::Choice;
use tribute::planner::{Calibration, Counts, Goal, measure, predict};
use tribute::srs::Srs;
use tribute_benches::witness;
use tribute_circuits::{CircuitParams, InferenceCircuit, Shape};
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::Plan;

/// Shapes of the comparison.
const SHAPES: [&str; 6] =
    ["64-32-10x12", "30-2x5", "64-48-24-10x20", "100-64-5x40", "256-64-10x12", "784-128-10x12"];
/// Proofs in each process; the median counts.
const RUNS: usize = 3;
const MIB: f64 = 1_048_576.0;

/// What a process says of itself.
struct Measured {
    seconds: f64,
    cpu: f64,
    memory: f64,
    proof_bytes: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["keys", folder, layout] => make_keys(Path::new(folder), &layout_of(layout)?),
        ["prove", folder] => prove(Path::new(folder)),
        ["layout", layout] => one(&layout_of(layout)?),
        [] => compare(&SHAPES),
        ref shapes => compare(shapes),
    }
}

/// Compares predictions with measurements.
fn compare(shapes: &[&str]) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let rates = Calibration::measure()?.rates;
    println!("calibrated in {:.1} s: {rates:?}", start.elapsed().as_secs_f64());
    println!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        "shape",
        "goal",
        "layout",
        "s predicted",
        "measured",
        "ratio",
        "MiB predicted",
        "measured",
        "ratio",
        "bytes predicted",
        "measured",
    ]);
    for shape in shapes {
        let (of, queries) = shape_of(shape)?;
        let choice = Choice::new(&of, queries)?;
        let mut done: Vec<CircuitParams> = Vec::new();
        for goal in Goal::ALL {
            let candidate = choice.best(goal)?;
            if done.contains(&candidate.params) {
                continue;
            }
            done.push(candidate.params.clone());
            let predicted = candidate.at(&rates);
            let measured = in_processes(&candidate.params)?;
            let seconds = [predicted.prove_seconds, measured.seconds];
            let memory = [predicted.memory_bytes as f64 / MIB, measured.memory / MIB];
            table.add_row([
                (*shape).to_owned(),
                goal.name().to_owned(),
                layout_words(&candidate.params),
                format!("{:.2}", seconds[0]),
                format!("{:.2}", seconds[1]),
                format!("{:.2}", seconds[0] / seconds[1]),
                format!("{:.0}", memory[0]),
                format!("{:.0}", memory[1]),
                format!("{:.2}", memory[0] / memory[1]),
                predicted.proof_bytes.to_string(),
                measured.proof_bytes.to_string(),
            ]);
        }
    }
    println!("{table}");
    Ok(())
}

/// Measures one layout, given by all its numbers: shape*queries,threads,k,columns,bits,lanes.
fn one(params: &CircuitParams) -> Result<(), Box<dyn Error>> {
    let counts = Counts::of(params)?;
    let predicted = predict(&counts, &Calibration::reference().rates);
    let Measured { seconds, cpu, memory, proof_bytes } = in_processes(params)?;
    println!(
        "{} advice {} linked {} lanes {} k {} rows {}: {seconds:.3} s, {cpu:.3} cpu s, {:.1} MiB, {proof_bytes} B; predicted {:.3} s, {:.1} MiB, {} B",
        layout_words(params),
        counts.advice(),
        counts.linked,
        counts.lanes,
        counts.k,
        params.size()?.rows,
        memory / MIB,
        predicted.prove_seconds,
        predicted.memory_bytes as f64 / MIB,
        predicted.proof_bytes,
    );
    Ok(())
}

/// Makes the keys in one process and proofs in another.
fn in_processes(params: &CircuitParams) -> Result<Measured, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("tribute-planner-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let words = layout_words(params);
    let result = call(&[OsStr::new("keys"), folder.as_os_str(), OsStr::new(&words)])
        .and_then(|_| call(&[OsStr::new("prove"), folder.as_os_str()]));
    fs::remove_dir_all(&folder)?;
    let said = result?;
    let numbers: Vec<f64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [seconds, cpu, memory, bytes] = numbers[..] else { return Err(said.into()) };
    Ok(Measured { seconds, cpu, memory, proof_bytes: format!("{bytes}").parse()? })
}

fn call(arguments: &[&OsStr]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn plan_file(folder: &Path) -> PathBuf {
    folder.join("plan.json")
}

fn make_keys(folder: &Path, params: &CircuitParams) -> Result<(), Box<dyn Error>> {
    let srs = Srs::generate_unsafe_dev(params.k)?;
    let key = generate(&srs, &InferenceCircuit::for_keys(params)?)?;
    let plan = plan_of::<InferenceCircuit>(key.get_vk(), &srs, params)?;
    fs::write(plan_file(folder), plan.to_json()?)?;
    ring::write(&CasePaths::new(folder), &Keys { srs, key, plan })?;
    Ok(())
}

/// Makes proofs with keys from files, and prints seconds, processor seconds, peak bytes and the length of a proof.
fn prove(folder: &Path) -> Result<(), Box<dyn Error>> {
    let plan = Plan::from_json(&fs::read(plan_file(folder))?)?;
    let params = InferenceCircuit::described(&plan)?;
    let Keys { srs, key, plan: _ } =
        ring::open::<InferenceCircuit>(&CasePaths::new(folder), &plan, &params)?;
    let witness = witness(&params.shape, params.queries);
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (start, cpu) = (Instant::now(), processor_seconds());
        let circuit = InferenceCircuit::new(&params, &witness)?;
        let committed = linked::commit(&srs, &key, &circuit, circuit.instance())?;
        std::hint::black_box(&committed);
        runs.push((start.elapsed().as_secs_f64(), processor_seconds() - cpu));
    }
    runs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (seconds, cpu) = runs[RUNS / 2];
    let memory = measure::peak().unwrap_or_default();
    println!("{seconds} {cpu} {memory} {}", plan.proof_bytes());
    Ok(())
}

/// Processor time of this process, user and system.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn layout_words(params: &CircuitParams) -> String {
    let CircuitParams { shape, queries, threads, k, weight_columns, limb_bits, limb_lanes } =
        params;
    let widths = std::iter::once(&shape.inputs).chain(&shape.hidden).chain([&shape.classes]);
    let widths: Vec<String> = widths.map(ToString::to_string).collect();
    format!(
        "{}x{}*{queries},{threads},{k},{weight_columns},{limb_bits},{limb_lanes}",
        widths.join("-"),
        shape.contributors
    )
}

fn layout_of(words: &str) -> Result<CircuitParams, Box<dyn Error>> {
    let mut parts = words.split(',');
    let (shape, queries) = shape_of(parts.next().unwrap_or_default())?;
    let numbers: Vec<usize> = parts.map(str::parse).collect::<Result<_, _>>()?;
    let [threads, k, weight_columns, limb_bits, limb_lanes] = numbers[..] else {
        return Err(format!("{words} is no layout").into());
    };
    let (k, limb_bits) = (u32::try_from(k)?, u32::try_from(limb_bits)?);
    Ok(CircuitParams { shape, queries, threads, k, weight_columns, limb_bits, limb_lanes })
}

/// A shape and the queries of a batch.
fn shape_of(words: &str) -> Result<(Shape, usize), Box<dyn Error>> {
    let no_shape = || format!("{words} is no shape, such as 64-32-10x12 or 64-32-10x12*64");
    let (widths, contributors) = words.split_once('x').ok_or_else(no_shape)?;
    let (contributors, queries) = contributors.split_once('*').unwrap_or((contributors, "1"));
    let widths: Vec<usize> = widths.split('-').map(str::parse).collect::<Result<_, _>>()?;
    let [inputs, ref hidden @ .., classes] = widths[..] else { return Err(no_shape().into()) };
    let residual = ResidualKind::Query;
    let (hidden, contributors) = (hidden.to_vec(), contributors.parse()?);
    Ok((Shape { inputs, hidden, classes, contributors, residual }, queries.parse()?))
}
