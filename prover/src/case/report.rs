//! `report.json`: what a buyer should know of a committed model, in figures.

use super::{RefitReport, Warning};
use crate::limits::Needs;
use crate::model::QuantizationReport;
use serde::{Deserialize, Serialize};
use tribute_verifier::method::MethodId;

/// The public report of a case. Figures are estimates in words, not part of any proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Name and version.
    pub format: String,
    /// Number of inputs.
    pub inputs: usize,
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Number of classes.
    pub classes: usize,
    /// The method of attribution.
    pub method: MethodId,
    /// The regularization, as a decimal.
    pub lam_n: f64,
    /// Rows, admitted or not.
    pub rows: usize,
    /// Rows that take part: the first registered of identical ones.
    pub admitted: usize,
    /// Validation rows.
    pub validation: usize,
    /// Rows whose label the committed model returns: training rows, validation rows.
    pub right: [u64; 2],
    /// What quantizing cost.
    pub quantization: QuantizationReport,
    /// How far the head is from its optimum.
    pub head: HeadReport,
    /// What the steps after `commit` need.
    pub needs: Needs,
    /// What a later step, a buyer or a contributor will stumble over.
    pub warnings: Vec<Warning>,
    /// What was pruned, rescaled, or must be known.
    pub notices: Vec<String>,
}

/// How far a committed head is from the optimum that Newton methods assume.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadReport {
    /// Bound on the Frobenius distance to the optimum.
    pub distance: f64,
    /// The same as a part of the head's published norm: what verifiers limit.
    pub relative: f64,
    /// Bound on the freedom that the certificate leaves a table, in units of its entries.
    pub freedom: f64,
    /// Frobenius norm of the head, to compare the distance with.
    pub norm: f64,
    /// Newton steps of a refit, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit_steps: Option<usize>,
    /// What a refit changed, or would, where verifiers refuse the head as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit: Option<RefitReport>,
}

impl Report {
    /// Name and version of the format.
    pub const FORMAT: &'static str = "tribute/report/2";
}
