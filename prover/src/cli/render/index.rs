//! An index proof: made, or verified without a proof of a query.

use super::verdict::basis;
use super::{Srs, lines};
use crate::cli::arguments::shown;
use crate::cli::words;
use crate::index::IndexOutcome;
use crate::keys::ring::Origin;
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::certificate::Limits;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::verify::TableVerdict;

pub(in crate::cli) fn json(outcome: &IndexOutcome, srs: Srs<'_>) -> Value {
    let plan = &outcome.proof.plan;
    json!({
        "written_to": outcome.path,
        "also_written_to": outcome.also,
        "index": outcome.verdict,
        "k": plan.k,
        "proof_bytes": outcome.proof.proof.len(),
        "key_was_cached": outcome.origin == Origin::Cached,
        "table_proven_from_rows": true,
        "head_distance_bound": outcome.verdict.head_distance,
        "unsafe_srs": srs.is_unsafe(),
        "srs_digest": srs.points.digest(),
    })
}

pub(in crate::cli) fn text(outcome: &IndexOutcome, srs: Srs<'_>, case: &Path) -> String {
    let (plan, verdict) = (&outcome.proof.plan, &outcome.verdict);
    let key = match outcome.origin {
        Origin::Cached => "found in the cache",
        Origin::Made => "made",
    };
    lines([
        format!("proved and verified: {}", shown(&outcome.path)),
        outcome.also.as_deref().map_or_else(String::new, |path| format!("and in {}", shown(path))),
        format!("plan           {}", verdict.plan_digest),
        format!("circuit        2^{} rows, {} advice columns", plan.k, plan.advice_phases.len()),
        format!("proof          {} bytes", outcome.proof.proof.len()),
        format!("proving key    {key}"),
        words::proven(verdict),
        limits(verdict),
        srs.words(),
        format!(
            "Next: tribute prove --case {} --input queries.csv --row 0 --out proof.json",
            shown(case)
        ),
    ])
}

/// Says where verifiers will refuse the index although it is proven.
fn limits(verdict: &IndexVerdict) -> String {
    let accepted = Limits::default();
    if !verdict.method.is_newton() {
        String::new()
    } else if !accepted.accepts_lam(verdict.lam, verdict.admitted) {
        format!(
            "Verifiers refuse a lambda beyond {} / 256 for each admitted row.",
            accepted.lam_per_row
        )
    } else if verdict.head_distance_relative > accepted.distance {
        format!(
            "Verifiers refuse a head beyond {:.2} of its norm from the optimum, and this one is at {:.2}, unless they \
             choose otherwise (--max-distance); `tribute commit --refit-head` fits it.",
            accepted.distance, verdict.head_distance_relative
        )
    } else if verdict.table_freedom > accepted.freedom {
        format!(
            "Verifiers refuse a table free by more than {:.1} units; a larger lambda makes it smaller.",
            accepted.freedom
        )
    } else {
        String::new()
    }
}

pub(super) fn accepted_text(verdict: &TableVerdict) -> String {
    lines([
        format!("model         {}", verdict.model_commitment),
        format!("index         {}", verdict.index_commitment),
        basis(&verdict.basis, verdict.method),
    ])
}
