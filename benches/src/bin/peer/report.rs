//! What was measured, as a table for the terminal and a page to keep.

use std::fmt::Write as _;

use comfy_table::{Table, presets};
use tribute_benches::process::{Usage, median};

use crate::ezkl::OtherModel;
use crate::gas::Gas;
use crate::work::{Task, Work};

/// What one side took for a work.
pub(crate) struct Side {
    /// Every run of the prover, or a figure that was derived from another work.
    pub(crate) runs: Vec<Usage>,
    /// Gas of a verification, or why it is unknown.
    pub(crate) gas: Result<Gas, String>,
    /// Bytes of the proof.
    pub(crate) proof_bytes: Option<usize>,
    /// What came before, step by step.
    pub(crate) before: Vec<(&'static str, Result<Usage, String>)>,
    /// Sum of the distances of shares from those in floating point.
    pub(crate) share_error: Option<f64>,
}

/// A work, and both sides of it.
pub(crate) struct Entry {
    /// What was proven.
    pub(crate) work: Work,
    /// The peer's side, or why there is none.
    pub(crate) peer: Result<Side, String>,
    /// Ours, or why there is none.
    pub(crate) ours: Result<Side, String>,
    /// Whether the peer's key takes a proof of another model, where that was tried.
    pub(crate) other_model: Option<OtherModel>,
}

/// What a run was made with.
pub(crate) struct Setting {
    /// The command.
    pub(crate) command: String,
    /// Of the machine.
    pub(crate) machine: String,
    /// Of both programs.
    pub(crate) versions: String,
    /// Load before and after.
    pub(crate) loads: [String; 2],
    /// Runs of each side.
    pub(crate) runs: usize,
    /// Starting the peer.
    pub(crate) start: Usage,
}

/// Gas of the peer's verifier as the design states it, for where there is no compiler.
const STATED_GAS: [(Task, u64); 4] = [
    (Task::W1, 626_000),
    (Task::W1Attribution, 1_091_000),
    (Task::W2, 1_301_000),
    (Task::W3, 1_274_000),
];
const STATED: &str = "stated by the design, not measured here";
const HEADER: [&str; 11] = [
    "work",
    "ezkl binds",
    "ezkl s",
    "MiB",
    "gas",
    "tribute s",
    "MiB",
    "gas",
    "s, ezkl/tribute",
    "MiB, ezkl/tribute",
    "gas, ezkl/tribute",
];

impl Side {
    /// The median of the runs with the largest peak.
    pub(crate) fn prove(&self) -> Option<Usage> {
        median(&self.runs)
    }
}

/// The rows of the table of proofs.
fn rows(entries: &[Entry]) -> Vec<Vec<String>> {
    entries.iter().map(row).collect()
}

fn row(entry: &Entry) -> Vec<String> {
    let stated = STATED_GAS.iter().find(|(task, _)| *task == entry.work.task);
    let mut row = vec![entry.work.to_string(), entry.work.peer_binds().to_owned()];
    row.extend(cells(&entry.peer, stated.map(|(_, gas)| *gas)));
    row.extend(cells(&entry.ours, None));
    let both = (entry.peer.as_ref().ok(), entry.ours.as_ref().ok());
    let (Some(peer), Some(ours)) = both else {
        row.extend(["n/a", "n/a", "n/a"].map(String::from));
        return row;
    };
    let ratio = |peer: Option<f64>, ours: Option<f64>| match (peer, ours) {
        (Some(peer), Some(ours)) if ours > 0.0 => format!("{:.2}", peer / ours),
        _ => "n/a".into(),
    };
    let usages = (peer.prove(), ours.prove());
    row.push(ratio(usages.0.map(|u| u.seconds), usages.1.map(|u| u.seconds)));
    row.push(ratio(usages.0.map(|u| float(u.mebibytes)), usages.1.map(|u| float(u.mebibytes))));
    let gas = |side: &Side| side.gas.as_ref().ok().map(|gas| float(gas.used));
    row.push(ratio(gas(peer), gas(ours)));
    row
}

/// Seconds, memory and gas of a side.
fn cells(side: &Result<Side, String>, stated: Option<u64>) -> [String; 3] {
    let Some((side, usage)) = side.as_ref().ok().and_then(|side| Some((side, side.prove()?)))
    else {
        return ["n/a", "n/a", "n/a"].map(String::from);
    };
    let gas = match (&side.gas, stated) {
        (Ok(gas), _) if gas.fits() => gas.used.to_string(),
        (Ok(gas), _) => format!("{} (code too large: {} bytes)", gas.used, gas.code),
        (Err(_), Some(stated)) => format!("{stated} ({STATED})"),
        (Err(_), None) => "n/a".into(),
    };
    [format!("{:.2}", usage.seconds), usage.mebibytes.to_string(), gas]
}

#[allow(clippy::cast_precision_loss, reason = "figures to show")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The table for a terminal.
pub(crate) fn terminal(entries: &[Entry]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(HEADER).add_rows(rows(entries));
    table.to_string()
}

/// The page.
pub(crate) fn markdown(setting: &Setting, entries: &[Entry]) -> String {
    let mut page = String::from("# Beside the peer\n\n");
    let _ = writeln!(page, "```console\n$ {}\n```\n", setting.command);
    let _ = writeln!(page, "* machine: {}", setting.machine);
    let _ =
        writeln!(page, "* load at the start {}; at the end {}", setting.loads[0], setting.loads[1]);
    let _ = writeln!(page, "* versions: {}", setting.versions);
    let _ = writeln!(
        page,
        "* every figure is of a whole process, the two in turn, {} runs each: median seconds, largest peak of resident memory; a ratio is the peer's figure over ours",
        setting.runs
    );
    let _ = writeln!(
        page,
        "* of each of the peer's steps, {} go into starting Python and loading it. Its `prove` neither makes the witness nor verifies; tribute's does both",
        setting.start
    );
    page.push_str("\n![Seconds and memory of both](peer.svg)\n\n## Proofs\n\n");
    table(&mut page, &HEADER, &rows(entries));
    page.push_str("\ntribute binds the model and the table of its index, and proves shares, in every row; the ratios compare figures, not statements.\n");
    page.push_str("\n## What each proof says\n\n");
    page.push_str("tribute, in every row: the committed model gave this output on the committed input, and these are its contributors' shares by the committed table; a proof of the index, made once, says that the table comes from the rows. The peer:\n\n");
    statements(&mut page, entries);
    page.push_str("\n## Before the proofs, once\n\n");
    preparations(&mut page, entries);
    page.push_str("\n## All runs, seconds\n\n");
    for entry in entries {
        for (name, side) in [("ezkl", &entry.peer), ("tribute", &entry.ours)] {
            let Ok(side) = side else { continue };
            let runs: Vec<_> = side.runs.iter().map(|run| format!("{:.2}", run.seconds)).collect();
            let _ = writeln!(page, "* {} {name}: {}", entry.work, runs.join(", "));
        }
    }
    page
}

fn table(page: &mut String, header: &[&str], rows: &[Vec<String>]) {
    let _ = writeln!(page, "| {} |\n|{}", header.join(" | "), "---|".repeat(header.len()));
    for row in rows {
        let _ = writeln!(page, "| {} |", row.join(" | "));
    }
}

fn statements(page: &mut String, entries: &[Entry]) {
    for entry in entries {
        let prove = entry.peer.as_ref().ok().and_then(Side::prove);
        let figure = prove.map_or("no figure".into(), |usage| usage.to_string());
        let _ = write!(page, "* {} ({figure}): {}", entry.work, entry.work.peer_statement());
        match entry.other_model {
            Some(OtherModel::Accepted) => page.push_str(
                ". Tried: a proof of the model with its head negated **verifies** under the same key",
            ),
            Some(OtherModel::Refused) => page.push_str(
                ". Tried: a proof of the model with its head negated is refused under the same key",
            ),
            None => {}
        }
        page.push_str(".\n");
        for (name, side) in [("ezkl", &entry.peer), ("tribute", &entry.ours)] {
            match side {
                Err(reason) => {
                    let _ = writeln!(page, "  * {name}: n/a, {reason}");
                }
                Ok(side) => {
                    if let Some(error) = side.share_error {
                        let _ = writeln!(
                            page,
                            "  * {name}: shares are {:.2}% from floating point (sum of distances)",
                            100.0 * error
                        );
                    }
                    if let Err(reason) = &side.gas {
                        let _ = writeln!(page, "  * {name}: gas not measured, {reason}");
                    }
                }
            }
        }
    }
}

fn preparations(page: &mut String, entries: &[Entry]) {
    let mut rows = Vec::new();
    for entry in entries {
        for (name, side) in [("ezkl", &entry.peer), ("tribute", &entry.ours)] {
            let Ok(side) = side else { continue };
            let steps = side.before.iter().map(|(step, usage)| match usage {
                Ok(usage) => format!("{step} {usage}"),
                Err(reason) => format!("{step} n/a ({reason})"),
            });
            let bytes = side.proof_bytes.map_or("n/a".into(), |bytes| bytes.to_string());
            let code = side.gas.as_ref().map_or("n/a".into(), |gas| gas.code.to_string());
            let steps = steps.collect::<Vec<_>>().join("; ");
            rows.push(vec![entry.work.to_string(), name.into(), steps, bytes, code]);
        }
    }
    let header = ["work", "", "steps", "bytes of a proof", "bytes of the verifier's code"];
    table(page, &header, &rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(seconds: f64, mebibytes: u64, gas: Result<Gas, String>) -> Result<Side, String> {
        let run = |seconds| Usage { seconds, mebibytes };
        let runs = vec![run(seconds * 3.0), run(seconds), run(seconds / 2.0)];
        Ok(Side { runs, gas, proof_bytes: None, before: Vec::new(), share_error: None })
    }

    #[test]
    fn ratios_are_the_peers_medians_over_ours() {
        let gas = |used| Ok(Gas { used, code: 1 });
        let entry = Entry {
            work: "w1".parse().unwrap(),
            peer: side(3.0, 100, gas(600_000)),
            ours: side(1.5, 400, gas(300_000)),
            other_model: None,
        };
        let row = row(&entry);
        assert_eq!(row[2..5], ["3.00", "100", "600000"]);
        assert_eq!(row[8..], ["2.00", "0.25", "2.00"]);
    }

    #[test]
    fn gas_that_was_not_measured_is_marked_and_has_no_ratio() {
        let entry = Entry {
            work: "w2".parse().unwrap(),
            peer: side(3.0, 100, Err("no compiler".into())),
            ours: side(1.5, 400, Err("no compiler".into())),
            other_model: None,
        };
        let row = row(&entry);
        assert_eq!(row[4], format!("1301000 ({STATED})"));
        assert_eq!((row[7].as_str(), row[10].as_str()), ("n/a", "n/a"));
    }

    #[test]
    fn code_beyond_the_limit_of_chains_is_marked() {
        let gas = Ok(Gas { used: 1, code: 24_577 });
        let cells = cells(&side(1.0, 1, gas), None);
        assert_eq!(cells[2], "1 (code too large: 24577 bytes)");
    }
}
