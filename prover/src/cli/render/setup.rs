//! What `setup` made.

use super::{Srs, lines};
use crate::case::Case;
use crate::cli::arguments::shown;
use crate::keys::ring::Origin;
use crate::planner::batch::{Candidate, Pick};
use crate::setup::SetupOutcome;
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(
    outcome: &SetupOutcome,
    srs: Srs<'_>,
    pick: Option<&Pick>,
    path: &Path,
) -> Value {
    let plan = &outcome.registration.plan;
    json!({
        "registration": path,
        "plan_digest": outcome.plan_digest,
        "queries": queries(outcome),
        "compared": pick.map(|pick| &pick.compared),
        "k": plan.k,
        "proof_bytes": plan.proof_bytes(),
        "linked_columns": linked(outcome),
        "binding_proof_bytes": outcome.registration.binding.proof.len(),
        "key_was_cached": outcome.origin == Origin::Cached,
        "index_proof_dropped": outcome.dropped,
        "unsafe_srs": srs.is_unsafe(),
        "srs_digest": srs.points.digest(),
    })
}

pub(in crate::cli) fn text(
    outcome: &SetupOutcome,
    srs: Srs<'_>,
    pick: Option<&Pick>,
    case: &Case,
) -> String {
    let path = &case.paths.registration();
    let plan = &outcome.registration.plan;
    let key = match outcome.origin {
        Origin::Cached => "found in the cache",
        Origin::Made => "made",
    };
    lines([
        format!("plan           {}", outcome.plan_digest),
        format!("circuit        2^{} rows, {} advice columns", plan.k, plan.advice_phases.len()),
        format!("proof          {} bytes, {} public inputs", plan.proof_bytes(), plan.instances),
        format!("queries        {} in one proof", queries(outcome)),
        pick.map_or_else(String::new, compared),
        format!(
            "binding proof  {} bytes, {} linked columns",
            outcome.registration.binding.proof.len(),
            linked(outcome)
        ),
        format!("proving key    {key}"),
        format!("registration   {}", shown(path)),
        outcome.dropped.as_ref().map_or_else(String::new, |why| {
            format!("index proof    that of the former registration is not kept: {why}")
        }),
        srs.words(),
        next(outcome, case),
    ])
}

/// Says what comes next.
fn next(outcome: &SetupOutcome, case: &Case) -> String {
    let name = shown(case.paths.root());
    match &outcome.registration.index {
        None => format!("Next: tribute index --case {name} with the same SRS"),
        Some(_) if queries(outcome) > 1 => {
            format!("Next: tribute prove --case {name} --all --input queries.csv --out proofs")
        }
        Some(_) => {
            format!(
                "Next: tribute prove --case {name} --input queries.csv --row 0 --out proof.json"
            )
        }
    }
}

/// The numbers of queries that were compared.
fn compared(pick: &Pick) -> String {
    lines(pick.compared.iter().map(|candidate| {
        let Candidate { queries, seconds, gas, memory_bytes } = candidate;
        let memory = memory_bytes.div_ceil(1 << 20);
        let picked = if *queries == pick.queries { ", picked" } else { "" };
        format!("               {queries}: {seconds:.3} s and {gas:.0} gas a query, {memory} MiB, as predicted{picked}")
    }))
}

/// Queries that one proof answers.
fn queries(outcome: &SetupOutcome) -> u32 {
    outcome.registration.plan.circuit.inference().map_or(1, |shape| shape.queries)
}

/// Columns of weights and table that proofs are linked by.
fn linked(outcome: &SetupOutcome) -> u32 {
    outcome.registration.plan.link.as_ref().map_or(0, |link| link.columns)
}
