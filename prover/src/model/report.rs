//! What quantising cost, and what the user should know before they commit: `report.json`.

use serde::{Deserialize, Serialize};
use tribute_circuits::reference::{RangeError, forward, softmax};

use super::float::{LoadedModel, Notices};
use super::quantize::QuantizedModel;
use super::refit::Refitted;
use crate::data::TrainingSet;

/// Name and version of the format.
pub const REPORT_FORMAT: &str = "tribute/report/1";

/// A head further from its optimum than this share of its norm is said to be far.
const FAR: f64 = 0.05;

/// What `commit` found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`REPORT_FORMAT`].
    pub format: String,
    /// Training rows.
    pub rows: usize,
    /// Rows that take part: the first registered of identical ones.
    pub admitted: usize,
    /// Share of the rows that the float model classifies as labelled.
    pub float_accuracy: f64,
    /// Share of the rows that the integer model classifies as labelled.
    pub integer_accuracy: f64,
    /// Share of the rows to which both models give the same class.
    pub agreement: f64,
    /// Largest difference of a float and an integer logit.
    pub largest_logit_error: f64,
    /// Row where it occurs, counted from 0.
    pub largest_logit_error_row: usize,
    /// Share of the rows that, as queries, would be saturated and so unattributed.
    pub saturated: f64,
    /// The head and its optimum.
    pub head: HeadReport,
    /// Hidden layers that were divided by a power of two.
    pub rescaled: Vec<RescaledReport>,
    /// Nodes behind the logits that are not proven.
    pub pruned: Vec<String>,
    /// Labels of the classes in the model file, where they are not the class numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_labels: Option<Vec<String>>,
    /// Columns of the head were put in the order of the integer labels.
    pub reordered_classes: bool,
    /// A binary model with one logit was read as two opposite ones.
    pub split_logit: bool,
}

/// How far a head is from the optimum of its loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadReport {
    /// Upper bound of the Frobenius distance to the optimum.
    pub distance_bound: f64,
    /// Frobenius norm of the head, the bias included.
    pub norm: f64,
    /// Newton steps of `--refit-head`, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_steps: Option<usize>,
}

/// A hidden layer that was divided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RescaledReport {
    /// Hidden layer, counted from 1.
    pub layer: usize,
    /// Its node in the model file.
    pub node: String,
    /// What it was divided by, and the next layer multiplied with.
    pub divisor: u32,
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

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What was noticed while reading the model.
    pub notices: &'a Notices,
    /// The model that is committed.
    pub quantized: &'a QuantizedModel,
    /// The rows.
    pub rows: &'a TrainingSet,
    /// Whether each row takes part.
    pub admitted: &'a [bool],
    /// Newton steps of a refit.
    pub refit_steps: Option<usize>,
    /// Upper bound of the head's distance from its optimum, from the table's certificate.
    pub distance_bound: f64,
}

impl<'a> Subject<'a> {
    /// The subject of a report on a model as it was read.
    #[must_use]
    pub const fn as_read(
        loaded: &'a LoadedModel,
        quantized: &'a QuantizedModel,
        rows: &'a TrainingSet,
        admitted: &'a [bool],
    ) -> Self {
        let notices = &loaded.notices;
        Self {
            notices,
            quantized,
            rows,
            admitted,
            refit_steps: None,
            distance_bound: f64::INFINITY,
        }
    }

    /// The subject of a report on a refitted model.
    #[must_use]
    pub const fn refitted(
        loaded: &'a LoadedModel,
        refitted: &'a Refitted,
        rows: &'a TrainingSet,
        admitted: &'a [bool],
    ) -> Self {
        let mut subject = Self::as_read(loaded, &refitted.quantized, rows, admitted);
        subject.refit_steps = Some(refitted.steps);
        subject
    }

    /// The same with the head's distance from its optimum.
    #[must_use]
    pub const fn with_distance(mut self, bound: f64) -> Self {
        self.distance_bound = bound;
        self
    }
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

/// Runs both models over the rows and reports.
///
/// # Errors
/// Names the first row that does not run through the integer model.
pub fn report(subject: &Subject<'_>) -> Result<Report, RowError> {
    let Subject { notices, quantized, rows, admitted, refit_steps, distance_bound } = *subject;
    let mut counts = Counts::default();
    for row in 0..rows.labels.len() {
        counts.add(quantized, rows, row)?;
    }
    let total = rows.labels.len();
    let share = |count: usize| if total == 0 { 0.0 } else { count as f64 / total as f64 };
    let scale = 0.5_f64.powi(16);
    let squares = quantized.model.head.iter().map(|&w| (f64::from(w) * scale).powi(2));
    Ok(Report {
        format: REPORT_FORMAT.to_owned(),
        rows: total,
        admitted: admitted.iter().filter(|&&a| a).count(),
        float_accuracy: share(counts.float_right),
        integer_accuracy: share(counts.integer_right),
        agreement: share(counts.agree),
        largest_logit_error: counts.largest,
        largest_logit_error_row: counts.largest_row,
        saturated: share(counts.saturated),
        head: HeadReport { distance_bound, norm: squares.sum::<f64>().sqrt(), refit_steps },
        rescaled: quantized
            .rescaled
            .iter()
            .map(|r| RescaledReport {
                layer: r.layer,
                node: r.node.name.as_str().to_owned(),
                divisor: 1 << r.shift,
            })
            .collect(),
        pruned: notices.pruned.iter().map(ToString::to_string).collect(),
        class_labels: notices.class_labels.clone(),
        reordered_classes: notices.reordered,
        split_logit: notices.split_logit,
    })
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
        for (float, &integer) in float.iter().zip(&trace.logits) {
            let error = (float - f64::from(integer) / 1024.0).abs();
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

impl Report {
    /// Whether the head is so far from its optimum that Newton methods answer for another model.
    #[must_use]
    pub fn head_is_far(&self) -> bool {
        !(self.head.distance_bound <= FAR * self.head.norm)
    }

    /// The report in words, one finding a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        let mut lines = vec![
            format!(
                "accuracy on the {} training rows: {} as float, {} in integers; the same class on {}",
                self.rows,
                percent(self.float_accuracy),
                percent(self.integer_accuracy),
                percent(self.agreement)
            ),
            format!(
                "largest logit error {:.4} (row {})",
                self.largest_logit_error, self.largest_logit_error_row
            ),
            format!(
                "saturated, so without attribution as queries: {} of the rows",
                percent(self.saturated)
            ),
            format!(
                "admitted {} of {} rows (the first of identical ones)",
                self.admitted, self.rows
            ),
            self.head_line(),
        ];
        lines.extend(self.rescaled.iter().map(|r| {
            format!(
                "hidden layer {} (node `{}`) was divided by {} and the next layer multiplied, so that its weights fit; ReLU makes that exact",
                r.layer, r.node, r.divisor
            )
        }));
        if !self.pruned.is_empty() {
            lines.push(format!(
                "not proven, since it follows the logits: {}",
                self.pruned.join(", ")
            ));
        }
        if self.split_logit {
            lines.push(
                "the model has one logit z; it is proven as two classes with logits -z/2 and z/2"
                    .to_owned(),
            );
        }
        if self.reordered_classes {
            lines.push("outputs were put in the order of the integer class labels".to_owned());
        }
        if let Some(labels) = &self.class_labels {
            let shown: Vec<_> = labels
                .iter()
                .take(10)
                .enumerate()
                .map(|(class, label)| format!("{class} = {}", super::Name::new(label).as_str()))
                .collect();
            let more = if labels.len() > 10 { ", .." } else { "" };
            lines.push(format!("classes by number: {}{more}", shown.join(", ")));
        }
        lines
    }

    fn head_line(&self) -> String {
        let HeadReport { distance_bound, norm, refit_steps } = &self.head;
        let measured = format!("at most {distance_bound:.4} from its optimum, of norm {norm:.2}");
        match refit_steps {
            Some(steps) => format!("the head was refitted in {steps} Newton steps: {measured}"),
            None if self.head_is_far() => format!(
                "the head may be far from its optimum ({measured}): influence and group-newton describe the optimum, not this head; --refit-head moves it there"
            ),
            None => format!("the head is {measured}"),
        }
    }
}
