//! Proofs of batches: made, and verified.

use super::verdict::{accepted, distance, paint};
use super::{lines, taint};
use crate::batch::Written;
use crate::cli::arguments::shown;
use crate::cli::words;
use crate::head;
use crate::units;
use serde_json::{Value, json};
use tribute_verifier::batch_proof::BatchProof;
use tribute_verifier::certificate::Bound;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::BatchVerdict;

/// What a run of `prove --all` gave.
pub(in crate::cli) struct Made<'a> {
    pub(in crate::cli) written: Vec<Written>,
    pub(in crate::cli) registration: &'a Registration,
    pub(in crate::cli) index: Option<IndexVerdict>,
    pub(in crate::cli) distance: Bound,
}

impl Made<'_> {
    pub(in crate::cli) fn json(&self) -> Value {
        json!({
            "proofs": self.written,
            "queries": self.written.iter().map(|file| file.queries).sum::<usize>(),
            "unsafe_srs": self.registration.plan.unsafe_srs,
            "table_proven_from_rows": self.index.is_some(),
            "head_distance_bound": head::real(self.distance),
        })
    }

    pub(in crate::cli) fn text(&self) -> String {
        let files = self.written.iter().map(|Written { path, queries, seconds }| {
            let how = match seconds {
                Some(seconds) => format!("proved and verified in {seconds:.2} s"),
                None => "was there, verified again".to_owned(),
            };
            format!("{} ({queries} queries): {how}", shown(path))
        });
        let method = self.registration.subject.header.method;
        let table = words::table(self.index.as_ref(), method, Some(self.distance));
        lines(files.chain([table, taint(self.registration.plan.unsafe_srs)]))
    }
}

pub(in crate::cli) fn accepted_json(
    verdict: &BatchVerdict,
    file: &BatchProof,
    registration: &Registration,
) -> Value {
    let mut value = accepted(&json!(verdict), registration);
    value["totals_ppm"] = json!(file.statement.totals_ppm);
    value
}

pub(in crate::cli) fn accepted_text(
    verdict: &BatchVerdict,
    file: &BatchProof,
    registration: &Registration,
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
        let name = words::one_line(&contributor.name);
        all.push(format!("{name:>20}  {} queries", units::queries(*total)));
    }
    all.extend([
        format!("model   {}", verdict.model_commitment),
        format!("index   {}", verdict.index_commitment),
        format!("contexts {compared}"),
        words::table(verdict.index.as_ref(), verdict.method, distance(registration)),
        taint(verdict.unsafe_srs),
    ]);
    lines(all)
}
