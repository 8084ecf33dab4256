//! What quantizing cost, over the training rows.

use serde::{Deserialize, Serialize};
use tribute_circuits::reference::fixed_point::{HEAD_SCALE, LOGIT_SCALE};
use tribute_circuits::reference::{RangeError, forward, softmax};

use super::quantize::QuantizedModel;
use crate::data::TrainingSet;

/// The float model and the integer model side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantizationReport {
    /// Share of the rows that the float model classifies as labeled.
    pub float_accuracy: f64,
    /// Share of the rows that the integer model classifies as labeled.
    pub integer_accuracy: f64,
    /// Share of the rows to which both models give the same class.
    pub agreement: f64,
    /// Largest difference of a float and an integer logit.
    pub largest_logit_error: f64,
    /// Row where it occurs, counted from 0.
    pub largest_logit_error_row: usize,
    /// Share of the rows that, as queries, would be saturated and so unattributed.
    pub saturated: f64,
}

/// A row that does not run through the integer model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "training row {row} (counted from 0): {source}; scale the features or retrain with weight decay"
)]
pub struct RowError {
    /// Row, counted from 0.
    pub row: usize,
    /// What does not fit.
    pub source: RangeError,
}

/// What one pass over the rows counted.
#[derive(Default)]
struct Counts {
    float_right: usize,
    integer_right: usize,
    agree: usize,
    saturated: usize,
    largest: f64,
    largest_row: usize,
}

/// Runs both models over all rows and compares them.
///
/// # Errors
/// Names the first row that does not run through the integer model.
pub fn compare(
    quantized: &QuantizedModel,
    rows: &TrainingSet,
) -> Result<QuantizationReport, RowError> {
    let mut counts = Counts::default();
    for row in 0..rows.labels.len() {
        counts.add(quantized, rows, row)?;
    }
    let share = |count: usize| count as f64 / rows.labels.len().max(1) as f64;
    Ok(QuantizationReport {
        float_accuracy: share(counts.float_right),
        integer_accuracy: share(counts.integer_right),
        agreement: share(counts.agree),
        largest_logit_error: counts.largest,
        largest_logit_error_row: counts.largest_row,
        saturated: share(counts.saturated),
    })
}

/// The Frobenius norm of a head, the bias included, in real units.
#[must_use]
pub fn head_norm(quantized: &QuantizedModel) -> f64 {
    let scale = 0.5_f64.powi(HEAD_SCALE.cast_signed());
    let squares = quantized.model.head.iter().map(|&w| (f64::from(w) * scale).powi(2));
    squares.sum::<f64>().sqrt()
}

impl Counts {
    fn add(
        &mut self,
        quantized: &QuantizedModel,
        rows: &TrainingSet,
        row: usize,
    ) -> Result<(), RowError> {
        let label = rows.labels[row];
        let float = quantized.float.logits(&rows.values[row]);
        let trace = forward(&quantized.model, &rows.features[row])
            .map_err(|source| RowError { row, source })?;
        let steps = softmax::exponentials(&trace.logits);
        let residual = softmax::residual(&steps.exponentials, steps.class);
        let float_class = float_argmax(&float);
        self.float_right += usize::from(float_class == label);
        self.integer_right += usize::from(steps.class == label);
        self.agree += usize::from(float_class == steps.class);
        self.saturated += usize::from(softmax::is_saturated(&residual, steps.class));
        let scale = 0.5_f64.powi(LOGIT_SCALE.cast_signed());
        for (float, &integer) in float.iter().zip(&trace.logits) {
            let error = (float - f64::from(integer) * scale).abs();
            if error > self.largest {
                (self.largest, self.largest_row) = (error, row);
            }
        }
        Ok(())
    }
}

/// The lowest index among the largest values, as the integer model has it.
fn float_argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, &value) in values.iter().enumerate() {
        if value > values[best] {
            best = index;
        }
    }
    best
}

impl QuantizationReport {
    /// The comparison in words: accuracy, logits, saturation.
    #[must_use]
    pub fn lines(&self) -> [String; 3] {
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        [
            format!(
                "{} as float, {} in integers, on the training rows; the same class on {}",
                percent(self.float_accuracy),
                percent(self.integer_accuracy),
                percent(self.agreement)
            ),
            format!(
                "at most {:.4} from the float model (row {})",
                self.largest_logit_error, self.largest_logit_error_row
            ),
            format!(
                "{} of the rows, as queries, would have no attribution",
                percent(self.saturated)
            ),
        ]
    }
}
