//! Accepted or refused, in words a buyer understands.

use super::{lines, proof, taint};
use crate::cli::words::{self, one_line};
use crate::head;
use serde_json::{Value, json};
use tribute_verifier::certificate::Bound;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::{Refusal, Verdict};

pub(in crate::cli) fn accepted_json(verdict: &Verdict, registration: &Registration) -> Value {
    accepted(&json!(verdict), registration)
}

/// Returns the fields of a verdict under what accepts it.
pub(super) fn accepted(verdict: &Value, registration: &Registration) -> Value {
    let mut value = json!({ "accepted": true });
    if let (Some(object), Some(fields)) = (value.as_object_mut(), verdict.as_object()) {
        object.extend(fields.clone());
    }
    value["head_distance_bound"] = json!(distance(registration).map(head::real));
    value
}

/// Returns the head's distance from its optimum, where the plan has a shape to compute it for.
pub(super) fn distance(registration: &Registration) -> Option<Bound> {
    let shape = registration.plan.circuit.inference()?;
    head::distance(&registration.subject.header, shape).ok()
}

/// Returns whether one of the registered plans goes back to a development SRS.
fn tainted(registration: &Registration) -> bool {
    let index = registration.index.as_ref();
    registration.plan.unsafe_srs || index.is_some_and(|index| index.plan.unsafe_srs)
}

pub(in crate::cli) fn refused_json(refusal: &Refusal, registration: &Registration) -> Value {
    json!({
        "accepted": false,
        "check": refusal.check(),
        "reason": one_line(&refusal.to_string()),
        "unsafe_srs": tainted(registration),
        "table_proven_from_rows": false,
    })
}

pub(in crate::cli) fn accepted_text(
    verdict: &Verdict,
    file: &ProofFile,
    registration: &Registration,
    colored: bool,
) -> String {
    let input = if verdict.input_disclosed { "disclosed" } else { "committed" };
    let context = if verdict.context_compared {
        "the one that was asked for"
    } else {
        "not compared; give --context"
    };
    lines([
        paint("ACCEPTED", "32", colored),
        format!(
            "The committed model returned this output for the {input} input, and these are the shares:"
        ),
        proof::statement(&file.statement),
        format!("model   {}", verdict.model_commitment),
        format!("index   {}", verdict.index_commitment),
        format!("input   {}", file.statement.input_commitment),
        format!("context {} ({context})", verdict.context),
        words::table(verdict.index.as_ref(), verdict.method, distance(registration)),
        taint(verdict.unsafe_srs),
    ])
}

pub(in crate::cli) fn refused_text(
    refusal: &Refusal,
    registration: &Registration,
    colored: bool,
) -> String {
    lines([
        paint("REJECTED", "31", colored),
        one_line(&refusal.to_string()),
        format!("failed check: {}", refusal.check()),
        taint(tainted(registration)),
    ])
}

/// Returns a word in bold and color, where color is wanted.
pub(super) fn paint(word: &str, color: &str, colored: bool) -> String {
    if colored { format!("\u{1b}[1;{color}m{word}\u{1b}[0m") } else { word.to_owned() }
}
