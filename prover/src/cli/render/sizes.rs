//! What circuits take, as a table.

use super::lines;
use crate::cli::arguments::shown;
use crate::cli::words::one_line;
use crate::planner::Calibration;
use crate::sizes::{ETA, Row, Sizes, Skipped};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};
use std::path::PathBuf;
use tribute_verifier::solidity::COMPILER_VERSION;

const HEADER: [&str; 14] = [
    "circuit", "network", "by", "for", "k", "rows", "columns", "lookups", "copied", "points",
    "bytes", "calldata", "gas", "expected",
];
const MEBIBYTE: u64 = 1 << 20;

pub(in crate::cli) fn json(sizes: &Sizes, calibration: &Calibration, files: &[&PathBuf]) -> Value {
    json!({
        "circuits": sizes.rows,
        "skipped": sizes.skipped,
        "calibration": calibration,
        "files": files,
    })
}

pub(in crate::cli) fn text(sizes: &Sizes, calibration: &Calibration, files: &[&PathBuf]) -> String {
    let measured = sizes.rows.iter().any(|row| row.measured_seconds.is_some());
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(HEADER.into_iter().chain(measured.then_some("measured")));
    for row in &sizes.rows {
        let more = measured.then(|| {
            let gas = row.measured_gas.map(|gas| format!(", {gas} gas"));
            taken(row.measured_seconds, row.measured_memory_bytes) + &gas.unwrap_or_default()
        });
        table.add_row(cells(row).into_iter().chain(more));
    }
    for column in table.column_iter_mut().skip(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let note = format!(
        "Columns: first phase (linked among them) + second phase + fixed. Points: commitments in a proof. Rows, columns and \
         bytes are exact; gas, seconds and memory are predicted (seconds: {}; --recalibrate measures anew).",
        calibration.words()
    );
    let indices = sizes.rows.iter().any(|row| row.index_rows.is_some());
    let indices = indices.then(|| {
        format!("An index is laid out for eta = {ETA}: one of a smaller eta takes at most as many rows and columns.")
    });
    let skipped = sizes.skipped.iter().map(|skipped| {
        let Skipped { network, contributors, batch, index_rows, reason } = skipped;
        let circuit = circuit(*index_rows, batch.unwrap_or(1));
        format!(
            "skipped: {circuit} of {network} with {contributors} contributors: {}",
            one_line(reason)
        )
    });
    let unpriced = measured && sizes.rows.iter().all(|row| row.measured_gas.is_none());
    let unpriced = unpriced.then(|| {
        format!("Gas was not measured: solc {COMPILER_VERSION} is not on the PATH; --solc names a compiler.")
    });
    let files = files.iter().map(|path| format!("written: {}", shown(path)));
    lines([table, note].into_iter().chain(indices).chain(skipped).chain(unpriced).chain(files))
}

fn cells(row: &Row) -> [String; 14] {
    let goal = row.goal.map_or_else(String::new, |goal| goal.name().to_owned());
    let circuit = circuit(row.index_rows, row.batch);
    let columns =
        format!("{} ({}) + {} + {}", row.first_phase, row.linked, row.second_phase, row.fixed);
    let lookups = match row.limb_bits {
        Some(bits) => format!("{} of {bits} bits", row.lookups),
        None => row.lookups.to_string(),
    };
    [
        circuit,
        row.network.clone(),
        row.contributors.to_string(),
        goal,
        row.k.to_string(),
        row.rows.to_string(),
        columns,
        lookups,
        row.equality.to_string(),
        row.commitments.to_string(),
        row.proof_bytes.to_string(),
        row.calldata_bytes.to_string(),
        row.gas.to_string(),
        taken(row.prove_seconds, row.memory_bytes),
    ]
}

/// Names a circuit by what it proves.
fn circuit(index_rows: Option<usize>, batch: usize) -> String {
    match (index_rows, batch) {
        (Some(rows), _) => format!("index of {rows}"),
        (None, 1) => "query".to_owned(),
        (None, queries) => format!("{queries} queries"),
    }
}

fn none() -> String {
    "-".to_owned()
}

/// Seconds and memory, where they are known.
fn taken(seconds: Option<f64>, memory: Option<u64>) -> String {
    let memory = memory.map(|bytes| format!(", {} MiB", bytes.div_ceil(MEBIBYTE)));
    seconds.map_or_else(none, |seconds| format!("{seconds:.2} s{}", memory.unwrap_or_default()))
}
