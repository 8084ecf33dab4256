//! Output and shares of a query.

use super::lines;
use crate::attribute::Attribution;
use crate::cli::chart;
use crate::cli::words;
use serde_json::{Value, json};
use tribute_verifier::certificate::Bound;
use tribute_verifier::index_proof::IndexVerdict;

pub(in crate::cli) fn json(
    attribution: &Attribution,
    index: Option<&IndexVerdict>,
    distance: Bound,
) -> Value {
    let mut value = json!(attribution);
    value["proven"] = json!(false);
    value["table_proven_from_rows"] = json!(index.is_some());
    value["head_distance_bound"] = json!(distance);
    value
}

pub(in crate::cli) fn text(
    attribution: &Attribution,
    index: Option<&IndexVerdict>,
    distance: Bound,
) -> String {
    let Attribution { method, output, logits, contributors, weights_ppm, .. } = attribution;
    let shares = match (attribution.unattributed, attribution.saturated) {
        (false, _) => chart::shares(contributors, weights_ppm),
        (true, true) => {
            "nobody: the other classes are so far below that only rounding is left".to_owned()
        }
        (true, false) => "nobody: no contributor supports this output".to_owned(),
    };
    lines([
        format!("output  class {output}{}", logit(logits, *output)),
        format!("shares  by {method}, not proven"),
        shares,
        words::table(index, *method, Some(distance)),
    ])
}

/// Returns the logit of a class in real units.
pub(super) fn logit(logits: &[i32], class: u32) -> String {
    let logit = usize::try_from(class).ok().and_then(|class| logits.get(class));
    logit.map_or_else(String::new, |logit| format!(", logit {:.3}", f64::from(*logit) / 1024.0))
}
