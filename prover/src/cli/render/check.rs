//! A registration that was checked, and the store of those that were.

use super::lines;
use super::verdict::{basis, paint};
use crate::check::Checked;
use crate::cli::arguments::shown;
use crate::cli::words::{self, one_line};
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::digest::Digest;
use tribute_verifier::pins::Pins;
use tribute_verifier::verify::RegistrationVerdict;

/// Contributors that a label names one by one.
const NAMED: usize = 12;

pub(in crate::cli) fn json(checked: &Checked, digest: Digest, store: &Path) -> Value {
    let findings = checked.findings();
    let first = findings.first();
    let mut value = json!({
        "accepted": checked.accepted().is_some(),
        "claim": "registration",
        "check": first.map(|(check, _)| check),
        "reason": first.map(|(_, reason)| one_line(reason)),
        "registration_digest": digest,
        "findings": findings.iter().map(|(check, reason)| {
            json!({ "check": check, "reason": one_line(reason) })
        }).collect::<Vec<_>>(),
    });
    if let (Some(object), Some(verdict)) = (value.as_object_mut(), checked.accepted()) {
        if let Value::Object(fields) = json!(verdict) {
            object.extend(fields);
        }
        object.insert("registration_trust".into(), json!("pinned"));
        object.insert("pinned_in".into(), json!(store));
    }
    value
}

pub(in crate::cli) fn text(
    checked: &Checked,
    digest: Digest,
    store: &Path,
    colored: bool,
) -> String {
    if let Some(verdict) = checked.accepted() {
        return label(verdict, store, colored);
    }
    let findings = checked.findings().into_iter();
    let found = findings.map(|(check, reason)| one_line(&format!("{check}: {reason}")));
    let head = [
        paint("NOT PINNED", "31", colored),
        format!(
            "registration {digest}: something was found, so proofs under it show nothing here."
        ),
    ];
    lines(head.into_iter().chain(found))
}

/// What a buyer relies on, in words.
fn label(verdict: &RegistrationVerdict, store: &Path, colored: bool) -> String {
    let RegistrationVerdict { widths, queries, rows, admitted, contributors, method, .. } = verdict;
    let widths: Vec<_> = widths.iter().map(ToString::to_string).collect();
    let mut names: Vec<_> =
        contributors.iter().take(NAMED).map(|contributor| contributor.name.clone()).collect();
    if contributors.len() > NAMED {
        names.push(format!("and {} more", contributors.len() - NAMED));
    }
    let word = if verdict.basis.table_proven_from_rows { "proven" } else { "by its owner's word" };
    let answers = match queries {
        1 => "one query in a proof".to_owned(),
        queries => format!("up to {queries} queries in a proof"),
    };
    let head = [
        paint("CHECKED and pinned", "32", colored),
        "Every plan was made anew from its description and this SRS and is the same; the proofs in the registration hold."
            .to_owned(),
        format!("model         {} ({})", verdict.model_commitment, widths.join("-")),
        format!("answers       {answers}, by {method}"),
        format!("rows          {rows} committed, {admitted} take part ({word}); root {}", verdict.dataset_root),
        one_line(&format!("contributors  {}: {}", contributors.len(), names.join(", "))),
    ];
    let worries = worries(verdict).into_iter().map(|worry| format!("  - {worry}"));
    let not_said = words::NOT_SAID.into_iter().map(|words| format!("  - {words}"));
    lines(
        head.into_iter()
            .chain([basis(&verdict.basis, *method)])
            .chain([format!("pinned in     {}", shown(store))])
            .chain(["What to worry about:".to_owned()])
            .chain(worries)
            .chain(["What no proof under it says:".to_owned()])
            .chain(not_said),
    )
}

/// What a buyer should think of before relying on it.
fn worries(verdict: &RegistrationVerdict) -> Vec<String> {
    let mut worries = Vec::new();
    let basis = &verdict.basis;
    if basis.unsafe_srs {
        worries.push("the SRS is for development: whoever made it can forge every proof".into());
    }
    if !basis.table_proven_from_rows {
        worries.push(
            "the table is its owner's word: nothing shows that it comes from the rows".into(),
        );
    }
    let repeated = verdict.rows.saturating_sub(verdict.admitted);
    if repeated > 0 {
        worries.push(format!("{repeated} rows repeat earlier ones and earn nothing: whose came first is the owner's choice"));
    }
    worries.push("whether these are the model and the rows that you were promised: compare the commitments with those that were published".into());
    worries
}

pub(in crate::cli) fn pins_json(pins: &Pins, store: &Path) -> Value {
    json!({ "store": store, "pins": pins.all() })
}

pub(in crate::cli) fn pins_text(pins: &Pins, store: &Path) -> String {
    if pins.all().is_empty() {
        return format!("nothing is pinned in {}", shown(store));
    }
    lines(pins.all().iter().map(ToString::to_string))
}
