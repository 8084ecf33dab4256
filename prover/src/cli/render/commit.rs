//! What `commit` made.

use super::lines;
use crate::case::{Committed, Report};
use crate::cli::arguments::shown;
use crate::cli::words::NOT_PROVEN;
use crate::limits::{self, Needs};
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(committed: &Committed) -> Value {
    let Committed { case, report } = committed;
    json!({
        "case": case.paths.root(),
        "subject": case.subject,
        "report": report,
        "table_proven_from_rows": false,
    })
}

pub(in crate::cli) fn text(committed: &Committed, out: &Path) -> String {
    let Committed { case, report } = committed;
    let subject = &case.subject;
    let Report { rows, admitted, .. } = report;
    let left_out = rows - admitted;
    let admission = match left_out {
        0 => format!("all {rows} rows take part"),
        1 => format!("{admitted} of {rows} rows take part; 1 repeats an earlier one"),
        _ => format!("{admitted} of {rows} rows take part; {left_out} repeat earlier ones"),
    };
    let [accuracy, logits, saturated] = report.quantization.lines();
    let out = shown(out);
    lines([
        format!("committed      {}", shape(report)),
        format!("model          {}", subject.model_commitment),
        format!("dataset root   {}", subject.header.dataset_root),
        format!("table          {}", subject.table_commitment),
        format!("index          {}", subject.index_commitment),
        format!("method         {} with lambda {}", report.method, report.lam_n),
        format!("contributors   {}", subject.payees.len()),
        format!("on a chain     {}", subject.header.on_chain()),
        format!("admission      {admission}"),
        format!("right          {}", right(report)),
        format!("accuracy       {accuracy}"),
        format!("logits         {logits}"),
        format!("saturated      {saturated}"),
        format!("head           {}", head(report)),
        report
            .head
            .refit
            .filter(|refit| refit.applied)
            .map_or_else(String::new, |refit| format!("refit          {}", refit.words())),
        format!("needs          {}", needs(&report.needs)),
        NOT_PROVEN.to_owned(),
        format!(
            "{out}/private holds weights, rows and salts; everything else in {out} may be published."
        ),
        format!("Next: tribute setup --case {out} --unsafe-dev-srs"),
    ])
}

/// Returns how often the committed model returns the label.
fn right(report: &Report) -> String {
    let Report { rows, validation, right: [right, validation_right], .. } = report;
    match validation {
        0 => format!("on {right} of {rows} committed rows"),
        _ => format!(
            "on {right} of {rows} committed rows and {validation_right} of {validation} validation rows"
        ),
    }
}

/// Says what the next steps need.
fn needs(needs: &Needs) -> String {
    let Needs { query_k, index_k, index_memory } = needs;
    let index = match (index_k, index_memory) {
        (Some(k), Some(bytes)) => {
            format!("{k} for `index`, which takes about {} of memory", limits::gibibytes(*bytes))
        }
        (None, _) | (_, None) => "no index".to_owned(),
    };
    format!("an SRS with k = {query_k} for `setup`, {index}")
}

/// Returns the widths from inputs to classes.
pub(super) fn shape(report: &Report) -> String {
    let widths =
        [report.inputs].into_iter().chain(report.hidden.iter().copied()).chain([report.classes]);
    widths.map(|width| width.to_string()).collect::<Vec<_>>().join("-")
}

/// Returns how far the head is from its optimum, and what that means.
pub(super) fn head(report: &Report) -> String {
    let distance = report.head.distance;
    let fitted = report.head.refit_steps.is_some();
    let meaning = match (report.method.is_newton(), distance < 0.05) {
        (_, true) => "close to the optimum",
        (_, false) if fitted => {
            "fitted to these rows with this lambda; what is left is the rounding of integers, as bounded"
        }
        (true, false) => {
            "Newton methods assume the optimum: shares describe a head that was not fitted to these rows with this lambda"
        }
        (false, false) => {
            "not at the optimum of the regularized loss, which this method does not assume"
        }
    };
    let part = 100.0 * report.head.relative;
    format!(
        "within {distance:.4} of the regularized optimum (Frobenius norm), {part:.1}% of its own norm; {meaning}"
    )
}
