//! A row that was opened, and whether it is registered.

use super::lines;
use crate::cli::arguments::shown;
use crate::cli::words::one_line;
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::inclusion::{Included, InclusionFile, RowOwner};

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

pub(super) fn accepted_text(included: &Included) -> String {
    let Included { row, rows, owner, label, counts, trusted, .. } = included;
    lines([
        format!(
            "This row stands in the registered dataset as row {row} of {rows}, counted from 0."
        ),
        contributor(owner),
        format!("label         {label}"),
        format!("counts        {counts} (by the word of the model's owner)"),
        format!("dataset root  {}", included.dataset_root),
        format!("model         {}", included.model_commitment),
        format!("index         {}", included.index_commitment),
        format!("registration  {trusted}"),
        "It does not show that other rows are absent, or that they are not copies of this one."
            .into(),
    ])
}

fn contributor(owner: &RowOwner) -> String {
    let RowOwner { place, name, address } = owner;
    one_line(&format!("contributor {place}: {name:?} at {address}"))
}
