//! What `--refit-head` changes: offered where verifiers would refuse the head, told where it was done.

use crate::head;
use crate::model::{FitRows, FloatModel, REFIT_LIMIT, quantize, refit_head};
use crate::table::{self, Rows};
use serde::{Deserialize, Serialize};
use tribute_circuits::reference::fixed_point::LOGIT_SCALE;
use tribute_circuits::reference::{Model, RangeError, forward, softmax};

/// A fit of more work than this is not tried unasked: a Newton step takes about so many products, a few of them a second
/// or two.
const OFFER_WORK: u64 = 1_500_000_000;

/// A head before and after a refit, on the rows of the case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefitReport {
    /// Whether the committed head is the refitted one.
    pub applied: bool,
    /// Bound on the distance of the head as trained to the optimum, as a part of its norm, where there is one.
    pub before: Option<f64>,
    /// The same of the refitted head.
    pub after: Option<f64>,
    /// Rows to which the two models give another class.
    pub changed_rows: usize,
    /// All rows.
    pub rows: usize,
    /// Largest difference of a logit.
    pub largest_logit_change: f64,
    /// Rows whose label the model with the head as trained returns.
    pub right_before: usize,
    /// The same with the refitted head.
    pub right_after: usize,
}

impl RefitReport {
    /// The change in words.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { before, after, changed_rows, rows, largest_logit_change, .. } = self;
        let shown =
            |bound: &Option<f64>| bound.map_or("unknown".to_owned(), |bound| format!("{bound:.4}"));
        format!(
            "distance {} of the norm before and {} after, another class on {changed_rows} of {rows} rows, logits up to \
             {largest_logit_change:.2} apart, right on {} rows before and {} after",
            shown(before),
            shown(after),
            self.right_before,
            self.right_after
        )
    }
}

/// Says what a refit would give, where it is cheap enough to try and can be done.
pub(super) fn offer(
    float: &FloatModel,
    trained: &Model,
    rows: &Rows,
    lam_256ths: u32,
) -> Option<RefitReport> {
    let size = trained.feature_count() * trained.classes;
    let work = (size as u64).pow(2).saturating_mul((rows.labels.len() + size) as u64);
    if size > REFIT_LIMIT || work > OFFER_WORK {
        return None;
    }
    let Rows { features, labels, admitted, .. } = rows;
    let refitted =
        refit_head(float, FitRows { features, labels, admitted }, lam_256ths).ok()?.quantized.model;
    compare(trained, &refitted, rows, lam_256ths, false).ok()
}

/// Says what a refit changed, where the head as trained can be quantized and run.
pub(super) fn applied(
    float: &FloatModel,
    refitted: &Model,
    rows: &Rows,
    lam_256ths: u32,
) -> Option<RefitReport> {
    let trained = quantize(float).ok()?.model;
    compare(&trained, refitted, rows, lam_256ths, true).ok()
}

fn compare(
    trained: &Model,
    refitted: &Model,
    rows: &Rows,
    lam_256ths: u32,
    applied: bool,
) -> Result<RefitReport, RangeError> {
    let distance =
        |model: &Model| table::head_distance(model, rows, lam_256ths).ok().map(head::real);
    let mut report = RefitReport {
        applied,
        before: distance(trained),
        after: distance(refitted),
        changed_rows: 0,
        rows: rows.labels.len(),
        largest_logit_change: 0.0,
        right_before: 0,
        right_after: 0,
    };
    let scale = 0.5_f64.powi(LOGIT_SCALE.cast_signed());
    for (row, label) in rows.features.iter().zip(&rows.labels) {
        let [before, after] = [trained, refitted].map(|model| forward(model, row));
        let (before, after) = (before?.logits, after?.logits);
        let [class, refitted] = [&before, &after].map(|logits| softmax::exponentials(logits).class);
        report.changed_rows += usize::from(class != refitted);
        report.right_before += usize::from(class == *label);
        report.right_after += usize::from(refitted == *label);
        for (before, after) in before.iter().zip(&after) {
            let change = (f64::from(*before) - f64::from(*after)).abs() * scale;
            report.largest_logit_change = report.largest_logit_change.max(change);
        }
    }
    Ok(report)
}
