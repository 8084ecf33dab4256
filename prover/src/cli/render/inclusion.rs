//! A row that was opened, and whether it is registered.

use super::lines;
use super::verdict::paint;
use crate::cli::arguments::shown;
use crate::cli::words::one_line;
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::inclusion::{Included, InclusionFile, InclusionRefusal, RowOwner};

pub(in crate::cli) fn opened_json(opened: &InclusionFile, out: &Path) -> Value {
    let InclusionFile { dataset_root, rows, row, owner, label, counts, .. } = opened;
    json!({
        "inclusion": out,
        "row": row,
        "rows": rows,
        "owner": owner,
        "label": label,
        "counts": counts,
        "dataset_root": dataset_root,
    })
}

pub(in crate::cli) fn opened_text(opened: &InclusionFile, out: &Path) -> String {
    let InclusionFile { dataset_root, rows, row, owner, label, counts, .. } = opened;
    lines([
        format!("row           {row} of {rows}, opened in {}", shown(out)),
        contributor(owner),
        format!("label         {label}"),
        format!("counts        {counts}"),
        format!("dataset root  {dataset_root}"),
        "Give the file to this contributor alone: it holds the row. They check it with".to_owned(),
        format!("  tribute verify-inclusion {} --registration registration.json", shown(out)),
    ])
}

pub(in crate::cli) fn accepted_json(included: &Included) -> Value {
    let mut value = json!({ "accepted": true });
    if let (Some(object), Value::Object(fields)) = (value.as_object_mut(), json!(included)) {
        object.extend(fields);
    }
    value["counts_proven"] = json!(false);
    value
}

pub(in crate::cli) fn accepted_text(included: &Included, colored: bool) -> String {
    let Included { row, rows, owner, label, counts, .. } = included;
    lines([
        paint("ACCEPTED", "32", colored),
        format!(
            "This row stands in the registered dataset as row {row} of {rows}, counted from 0."
        ),
        contributor(owner),
        format!("label         {label}"),
        format!("counts        {counts} (by the word of the model's owner)"),
        format!("dataset root  {}", included.dataset_root),
        format!("model         {}", included.model_commitment),
        format!("index         {}", included.index_commitment),
        "It does not show that other rows are absent, or that they are not copies of this one."
            .into(),
    ])
}

pub(in crate::cli) fn refused_json(refusal: &InclusionRefusal) -> Value {
    json!({
        "accepted": false,
        "check": refusal.check(),
        "reason": one_line(&refusal.to_string()),
    })
}

pub(in crate::cli) fn refused_text(refusal: &InclusionRefusal, colored: bool) -> String {
    lines([
        paint("REJECTED", "31", colored),
        one_line(&refusal.to_string()),
        format!("failed check: {}", refusal.check()),
    ])
}

fn contributor(owner: &RowOwner) -> String {
    let RowOwner { place, name, address } = owner;
    one_line(&format!("contributor {place}: {name:?} at {address}"))
}
