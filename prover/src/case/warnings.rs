//! What `commit` found that a later step, a buyer or a contributor will stumble over, with what to do about it.

use super::HeadReport;
use crate::data::TrainingSet;
use crate::limits::{self, Needs};
use crate::model::QuantizationReport;
use serde::{Deserialize, Serialize};
use tribute_verifier::certificate::{Bound, Freedom, Limits};
use tribute_verifier::method::MethodId;
use tribute_verifier::payees::MAX_PAID;

/// A smaller part of rows that take part is a warning.
const ADMITTED: f64 = 0.9;
/// A smaller part of rows with one class in floats and integers is a warning.
const AGREED: f64 = 0.99;
/// A larger part of rows without attribution is a warning.
const SATURATED: f64 = 0.01;
/// More names than this are counted, not listed.
const LISTED: usize = 5;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Verifiers refuse the head's distance from its optimum.
    Distance,
    /// Verifiers refuse the freedom of the table.
    Freedom,
    /// The table will stay unproven.
    Index,
    /// The index does not fit this machine.
    Memory,
    /// No registry on a chain pays so many.
    Payees,
    /// Few rows take part.
    Admission,
    /// Floats and integers disagree.
    Agreement,
    /// Confident answers have no attribution.
    Saturation,
    /// A class has no row.
    EmptyClass,
    /// A contributor has no row.
    EmptyContributor,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// What it is about.
    pub about: About,
    /// Figure, limit and advice, in one line.
    pub text: String,
}

/// What warnings follow from.
pub(super) struct Found<'a> {
    pub(super) method: MethodId,
    pub(super) classes: usize,
    pub(super) set: &'a TrainingSet,
    pub(super) admitted: &'a [bool],
    pub(super) quantization: &'a QuantizationReport,
    /// As a part of the head's norm.
    pub(super) distance: Bound,
    pub(super) freedom: Freedom,
    pub(super) head: &'a HeadReport,
    pub(super) needs: &'a Needs,
}

impl Found<'_> {
    /// All warnings, what is refused first.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let all = [self.distance(), self.freedom(), self.index(), self.memory(), self.payees()];
        let data = [self.admission(), self.agreement(), self.saturation()];
        let empty = [self.empty_classes(), self.empty_contributors()];
        let all = all.into_iter().chain(data).chain(empty).flatten();
        all.map(|(about, text)| Warning { about, text }).collect()
    }

    /// The distance, for methods that assume an optimum.
    fn distance(&self) -> Option<(About, String)> {
        let limit = Limits::default().distance;
        if !self.method.is_newton() || self.distance <= limit {
            return None;
        }
        let advice = match &self.head.refit {
            Some(refit) if !refit.applied && refit.after.is_some() => {
                format!("--refit-head fits it: {}", refit.words())
            }
            Some(refit) if refit.applied => {
                "it is fitted already, and what is left is rounding: a larger --lam-n brings it nearer, --method tracin and \
                 representer assume no optimum"
                    .to_owned()
            }
            Some(_) | None => {
                "--refit-head fits it; --method tracin and representer assume no optimum".to_owned()
            }
        };
        let distance = self.distance;
        let text = format!(
            "the head is up to {distance:.4} of its norm from its regularized optimum, and verifiers refuse more than {limit:.2} with \
             {} unless they state another --max-distance; {advice}",
            self.method
        );
        Some((About::Distance, text))
    }

    fn freedom(&self) -> Option<(About, String)> {
        let limit = Limits::default().freedom;
        let text = format!(
            "the certificate leaves the table {} units of freedom, and verifiers refuse more than {limit}; a larger --lam-n \
             leaves less",
            self.freedom
        );
        (self.method.is_newton() && self.freedom > limit).then_some((About::Freedom, text))
    }

    fn index(&self) -> Option<(About, String)> {
        let text = "committed without an index: the table stays unproven, and verifiers refuse it unless they name \
                    --allow-unproven-table"
            .to_owned();
        self.needs.index_k.is_none().then_some((About::Index, text))
    }

    fn memory(&self) -> Option<(About, String)> {
        let (needed, available) = (self.needs.index_memory?, limits::memory()?);
        let text = format!(
            "`tribute index` takes about {} of memory, and this machine has {}: run it on a larger one, or commit fewer rows",
            limits::gibibytes(needed),
            limits::gibibytes(available)
        );
        (needed > available).then_some((About::Memory, text))
    }

    fn payees(&self) -> Option<(About, String)> {
        let count = self.set.registry.len();
        let text = format!(
            "{count} contributors: a registry on a chain pays at most {MAX_PAID}, so this case can be verified and not paid \
             there; put contributors together"
        );
        (count > MAX_PAID).then_some((About::Payees, text))
    }

    fn admission(&self) -> Option<(About, String)> {
        let rows = self.admitted.len();
        let admitted = self.admitted.iter().filter(|admitted| **admitted).count();
        let text = format!(
            "only {admitted} of {rows} rows take part, the others repeat earlier ones as integers in units of 1/256: scale \
             the features up (within 128) as the model is trained, or leave copies out"
        );
        ((admitted as f64) < ADMITTED * rows as f64).then_some((About::Admission, text))
    }

    fn agreement(&self) -> Option<(About, String)> {
        let agreed = self.quantization.agreement;
        let text = format!(
            "floats and integers give the same class on {:.1} % of the rows only: scale the features up (within 128), or \
             train with weight decay",
            100.0 * agreed
        );
        (agreed < AGREED).then_some((About::Agreement, text))
    }

    fn saturation(&self) -> Option<(About, String)> {
        let saturated = self.quantization.saturated;
        let text = format!(
            "{:.1} % of the rows, as queries, would have no attribution, the model is too sure of them: a larger --lam-n with \
             --refit-head, or weight decay in training, makes it less so",
            100.0 * saturated
        );
        (saturated > SATURATED).then_some((About::Saturation, text))
    }

    fn empty_classes(&self) -> Option<(About, String)> {
        let names = (0..self.classes).filter(|class| !self.has(&self.set.labels, *class));
        let names: Vec<_> = names.map(|class| class.to_string()).collect();
        let text = format!(
            "no row that takes part has the class {}: check the labels, or train a model without it",
            listed(&names)
        );
        (!names.is_empty()).then_some((About::EmptyClass, text))
    }

    fn empty_contributors(&self) -> Option<(About, String)> {
        let owners = self.set.registry.owners().iter().enumerate();
        let names = owners.filter(|(place, _)| !self.has(&self.set.owners, *place));
        let names: Vec<_> = names.map(|(_, owner)| owner.name.clone()).collect();
        let text = format!(
            "no row of {} takes part, so no share goes there: check contributors and copies",
            listed(&names)
        );
        (!names.is_empty()).then_some((About::EmptyContributor, text))
    }

    /// Whether a row that takes part has this label, or this owner.
    fn has(&self, of_rows: &[usize], value: usize) -> bool {
        of_rows.iter().zip(self.admitted).any(|(found, admitted)| *admitted && *found == value)
    }
}

/// Names, the first few of them.
fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(LISTED);
    let shown = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
