//! Proofs of batches: made, and verified.

use super::verdict::paint;
use super::{lines, taint};
use crate::batch::Written;
use crate::cli::arguments::shown;
use crate::cli::words;
use serde_json::{Value, json};
use tribute_verifier::batch_proof::BatchProof;
use tribute_verifier::verify::BatchVerdict;

pub(in crate::cli) fn made_json(written: &[Written], unsafe_srs: bool) -> Value {
    let queries: usize = written.iter().map(|file| file.queries).sum();
    json!({ "proofs": written, "queries": queries, "unsafe_srs": unsafe_srs })
}

pub(in crate::cli) fn made_text(written: &[Written], unsafe_srs: bool) -> String {
    let files = written.iter().map(|Written { path, queries, kept }| {
        let how = if *kept { "was there, verified again" } else { "proved and verified" };
        format!("{} ({queries} queries): {how}", shown(path))
    });
    lines(files.chain([taint(unsafe_srs)]).collect::<Vec<_>>())
}

pub(in crate::cli) fn accepted_json(verdict: &BatchVerdict) -> Value {
    let mut value = json!({ "accepted": true });
    if let (Some(object), Value::Object(fields)) = (value.as_object_mut(), json!(verdict)) {
        object.extend(fields);
    }
    value
}

pub(in crate::cli) fn accepted_text(
    verdict: &BatchVerdict,
    file: &BatchProof,
    colored: bool,
) -> String {
    let compared = if verdict.contexts_compared { "as asked for" } else { "not compared" };
    let mut all = vec![
        paint("ACCEPTED", "32", colored),
        format!(
            "The committed model gave these {} answers, and these are the contributors' shares in all of them together:",
            verdict.queries
        ),
    ];
    for (number, answer) in verdict.answers.iter().enumerate() {
        let supported = if answer.unattributed { ", which nobody supports" } else { "" };
        all.push(format!(
            "{number:>5}  class {}{supported}  input {}",
            answer.output, answer.input_commitment
        ));
    }
    let totals = file.statement.contributors.iter().zip(&file.statement.totals_ppm);
    for (contributor, total) in totals {
        let queries = f64::from(*total) / 1e6;
        all.push(format!("{:>20}  {queries:.6} queries", words::one_line(&contributor.name)));
    }
    all.extend([
        format!("model   {}", verdict.model_commitment),
        format!("index   {}", verdict.index_commitment),
        format!("contexts {compared}"),
        words::table(verdict.index.as_ref(), verdict.method, None),
        taint(verdict.unsafe_srs),
    ]);
    lines(all)
}
