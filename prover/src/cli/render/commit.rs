//! What `commit` made.

use super::lines;
use crate::case::{Case, Committed};
use crate::cli::arguments::shown;
use crate::cli::words::NOT_YET_PROVEN;
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(committed: &Committed) -> Value {
    let Committed { case, report, freedom, notices } = committed;
    json!({
        "case": case.paths.root(),
        "subject": case.subject,
        "report": report,
        "head_is_far": report.head_is_far(),
        "table_freedom": freedom,
        "notices": notices,
        "table_proven_from_rows": false,
    })
}

pub(in crate::cli) fn text(committed: &Committed, out: &Path) -> String {
    let Committed { case, report, freedom, .. } = committed;
    let subject = &case.subject;
    let header = &subject.header;
    let out = shown(out);
    let unique = if header.method.is_newton() {
        format!("               unique to within {freedom:.1e} (the certificate of the method)")
    } else {
        String::new()
    };
    let refitted = if report.head.refit_steps.is_some() {
        format!("The refitted model is {out}/private/refitted.onnx.")
    } else {
        String::new()
    };
    let head = [
        format!("committed      {}", shape(case)),
        format!("model          {}", subject.model_commitment),
        format!("dataset root   {}", header.dataset_root),
        format!("table          {}", subject.table_commitment),
        unique,
        format!("index          {}", subject.index_commitment),
        format!("method         {} with lambda {}", header.method, f64::from(header.lam) / 256.0),
        format!("contributors   {}", subject.payees.len()),
        "report".to_owned(),
    ];
    let report = report.lines().into_iter().map(|line| format!("  {line}"));
    let tail = [
        NOT_YET_PROVEN.to_owned(),
        refitted,
        format!(
            "{out}/private holds weights, rows and salts; everything else in {out} may be published."
        ),
        format!("Next: tribute setup --case {out} --unsafe-dev-srs"),
    ];
    lines(head.into_iter().chain(report).chain(tail))
}

/// Returns the widths from inputs to classes.
fn shape(case: &Case) -> String {
    let model = &case.model;
    let hidden = model.hidden.iter().map(|layer| layer.outputs);
    let widths = [model.inputs].into_iter().chain(hidden).chain([model.classes]);
    widths.map(|width| width.to_string()).collect::<Vec<_>>().join("-")
}
