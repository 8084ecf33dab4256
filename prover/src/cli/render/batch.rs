//! Proofs of batches: made, and verified.

use super::verdict::{basis, compared};
use super::{Srs, lines};
use crate::batch::Written;
use crate::cli::arguments::shown;
use crate::cli::words;
use crate::units;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tribute_verifier::certificate::Bound;
use tribute_verifier::digest::Digest;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::BatchVerdict;

/// What a run of `prove --all` gave.
pub(in crate::cli) struct Made<'a> {
    pub(in crate::cli) written: Vec<Written>,
    pub(in crate::cli) registration: &'a Registration,
    pub(in crate::cli) trusted: BTreeSet<Digest>,
    pub(in crate::cli) index: Option<IndexVerdict>,
    pub(in crate::cli) distance: Bound,
}

impl Made<'_> {
    fn srs(&self) -> Srs<'_> {
        Srs { points: &self.registration.plan.srs, trusted: &self.trusted }
    }

    pub(in crate::cli) fn json(&self) -> Value {
        json!({
            "proofs": self.written,
            "queries": self.written.iter().map(|file| file.queries).sum::<usize>(),
            "unsafe_srs": self.srs().is_unsafe(),
            "table_proven_from_rows": self.index.is_some(),
            "head_distance_bound": self.distance,
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
        lines(files.chain([table, self.srs().words()]))
    }
}

pub(super) fn accepted_text(verdict: &BatchVerdict) -> String {
    let mut all = vec![format!(
        "The committed model gave these {} answers, and these are the contributors' shares in all of them together, 100% an answer:",
        verdict.queries
    )];
    for (number, answer) in verdict.answers.iter().enumerate() {
        let supported = if answer.unattributed { ", which nobody supports" } else { "" };
        all.push(format!(
            "{number:>5}  class {}{supported}  input {}",
            answer.output, answer.input_commitment
        ));
    }
    for share in &verdict.shares {
        let name = words::one_line(&share.name);
        all.push(format!("{name:>20}  {} queries", units::queries(share.ppm)));
    }
    all.extend([
        format!("model         {}", verdict.model_commitment),
        format!("index         {}", verdict.index_commitment),
        format!("contexts      {}", compared(verdict.contexts_compared)),
        basis(&verdict.basis, verdict.method),
    ]);
    lines(all)
}
