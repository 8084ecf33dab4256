//! What was noticed while a model was read and quantized, as sentences.

use crate::model::{Notices, QuantizedModel};

/// More class labels than this are counted, not listed.
const LISTED_LABELS: usize = 12;

/// Returns one sentence for each thing that the user should know.
pub(super) fn sentences(notices: &Notices, quantized: &QuantizedModel) -> Vec<String> {
    let mut lines = Vec::new();
    if !notices.pruned.is_empty() {
        let nodes: Vec<String> = notices.pruned.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "what follows the logits is not proven and was pruned: {}",
            nodes.join(", ")
        ));
    }
    if let Some(labels) = &notices.class_labels {
        let shown = labels.get(..LISTED_LABELS).unwrap_or(labels).join(", ");
        let more = if labels.len() > LISTED_LABELS { ", .." } else { "" };
        lines.push(format!("classes 0, 1, .. are the labels {shown}{more}"));
    }
    if notices.reordered {
        lines.push("columns of the head were put in the order of the integer labels".into());
    }
    if notices.split_logit {
        lines.push(
            "the one logit z of the binary model was read as the two logits -z/2 and z/2; their weights have half the \
             square, so a penalty of lambda/2 on the model's own weights is 2 lambda here: give --lam-n twice what it was \
             trained with"
                .into(),
        );
    }
    for layer in &quantized.rescaled {
        lines.push(format!(
            "hidden layer {} ({}) was divided by {} and the next multiplied by it, so that its weights fit; the \
             function is the same",
            layer.layer,
            layer.node,
            1_u64 << layer.shift.min(63),
        ));
    }
    lines
}
