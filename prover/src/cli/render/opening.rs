//! A requester's commitment.

use super::lines;
use crate::cli::arguments::shown;
use crate::opening::InputOpening;
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(opening: &InputOpening) -> Value {
    json!(opening)
}

pub(in crate::cli) fn text(opening: &InputOpening, out: Option<&Path>) -> String {
    let written = out.map_or_else(String::new, |path| format!("written to       {}", shown(path)));
    lines([
        format!("input commitment {}", opening.input_commitment),
        format!("salt             {}", opening.salt),
        written,
        "Publish the commitment; give input and salt to the prover alone.".to_owned(),
    ])
}
