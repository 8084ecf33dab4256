//! Everything computed for one query: output, scores, weights.

use tribute_verifier::method::ResidualKind;

use super::forward::{Forward, forward};
use super::model::Model;
use super::range_error::RangeError;
use super::scores::scores;
use super::softmax::{exponentials, is_saturated, one_hot, residual};
use super::table::Table;
use super::weights::{Weights, normalize};

/// All integers of one query, in the order they are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryTrace {
    /// Hidden layers, features, logits.
    pub forward: Forward,
    /// The returned class.
    pub class: usize,
    /// $\max z - z_c$, before the clamp.
    pub gaps: Vec<u32>,
    /// $d_c$, clamped below 16 nats.
    pub distances: Vec<u32>,
    /// $E_c$.
    pub exponentials: Vec<i64>,
    /// What the scores use: $r$, or the one-hot of the class.
    pub residual: Vec<i64>,
    /// Whether the softmax residual is only rounding (whichever residual the scores use).
    pub saturated: bool,
    /// $A_c$.
    pub scores: Vec<i128>,
    /// $B_c = \max(0, A_c)$.
    pub clipped: Vec<u128>,
    /// $S_c = B_0 + \dots + B_c$.
    pub running: Vec<u128>,
    /// $T = \sum B$.
    pub total: u128,
    /// $F_c$; all 0 if the query is unattributed.
    pub cumulative: Vec<u32>,
    /// $w_c = F_c - F_{c-1}$; all 0 if the query is unattributed.
    pub weights_ppm: Vec<u32>,
    /// Nobody supports the output: no positive score, or saturated with [`ResidualKind::Query`].
    pub unattributed: bool,
}

/// Runs the model on one input and attributes its output.
///
/// # Errors
/// Fails if table and model differ in shape, the input has the wrong length, or an activation or a
/// logit does not fit.
pub fn query(
    model: &Model,
    table: &Table,
    kind: ResidualKind,
    input: &[i16],
) -> Result<QueryTrace, RangeError> {
    let (features, classes) = (model.feature_count(), model.classes);
    if (table.features, table.classes) != (features, classes) {
        let (table_features, table_classes) = (table.features, table.classes);
        return Err(RangeError::TableShape { table_features, table_classes, features, classes });
    }
    let forward = forward(model, input)?;
    let softmax = exponentials(&forward.logits);
    let class = softmax.class;
    let softmax_residual = residual(&softmax.exponentials, class);
    let saturated = is_saturated(&softmax_residual, class);
    let residual = match kind {
        ResidualKind::Query => softmax_residual,
        ResidualKind::OneHot => one_hot(class, classes),
    };
    let scores = scores(table, &forward.features, &residual);
    let Weights { clipped, running, total, mut cumulative, mut ppm } = normalize(&scores);
    let unattributed = total == 0 || (saturated && kind == ResidualKind::Query);
    if unattributed {
        cumulative.fill(0);
        ppm.fill(0);
    }
    Ok(QueryTrace {
        forward,
        class,
        gaps: softmax.gaps,
        distances: softmax.distances,
        exponentials: softmax.exponentials,
        residual,
        saturated,
        scores,
        clipped,
        running,
        total,
        cumulative,
        weights_ppm: ppm,
        unattributed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logistic regression on one input whose logits are `scale * x` and 0.
    fn query_at(x: i16, kind: ResidualKind, entries: Vec<i64>) -> QueryTrace {
        let model = Model::new(1, Vec::new(), 2, vec![1 << 20, 0, 0, 0]).unwrap();
        query(&model, &Table::new(2, 2, 1, entries).unwrap(), kind, &[x]).unwrap()
    }

    #[test]
    fn saturated_query_is_unattributed_only_with_its_residual() {
        let positive = vec![1, 0, 1, 0];
        let certain = query_at(256, ResidualKind::Query, positive.clone());
        assert!(certain.saturated && certain.unattributed && certain.total > 0);
        assert_eq!((certain.weights_ppm, certain.cumulative), (vec![0], vec![0]));
        let certain = query_at(256, ResidualKind::OneHot, positive.clone());
        assert!(certain.saturated && !certain.unattributed);
        assert_eq!(certain.weights_ppm, [1_000_000]);
        let open = query_at(16, ResidualKind::Query, positive);
        assert!(!open.saturated && !open.unattributed);
    }

    #[test]
    fn no_positive_score_is_unattributed() {
        let trace = query_at(16, ResidualKind::Query, vec![-1, 0, 0, 0]);
        assert!(trace.scores[0] < 0 && trace.unattributed && !trace.saturated);
        assert_eq!(trace.weights_ppm, [0]);
    }
}
