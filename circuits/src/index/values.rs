//! The integers of one training row, as the circuit holds them.

use tribute_verifier::field::FieldElement;

use super::{IndexRow, IndexWitness};
use crate::WitnessError;
use crate::bounds::{HEAD_SHIFT, HIDDEN_SHIFT};
use crate::reference::exponential::exponential;
use crate::reference::fixed_point::{EXPONENTIAL_SCALE, PROBABILITY_SCALE};
use crate::reference::norms::norm_above;
use crate::reference::softmax::{exponentials, probabilities};
use crate::reference::{Model, forward};

/// A hidden unit: $y + 2^{11} = (h - g) 2^{12} + r$.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unit {
    pub(super) activation: i128,
    pub(super) dropped: i128,
    pub(super) remainder: i128,
}

/// A class: its logit, exponential and probability, each with what a rounding left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Class {
    pub(super) is_maximum: i128,
    pub(super) is_label: i128,
    pub(super) logit: i128,
    pub(super) logit_remainder: i128,
    pub(super) distance: i128,
    pub(super) exponential: i128,
    pub(super) probability: i128,
}

/// All values of one training row that the prover chooses; the rest follows from them.
#[derive(Clone, Debug, Default)]
pub(super) struct RowValues {
    pub(super) salt: FieldElement,
    pub(super) number: i128,
    pub(super) label: i128,
    pub(super) owner: i128,
    pub(super) inputs: Vec<i128>,
    pub(super) layers: Vec<Vec<Unit>>,
    pub(super) classes: Vec<Class>,
    /// Whether a contributor owns the row, at $a M + c$: the same for every class $a$.
    pub(super) owners: Vec<i128>,
    /// $Y_{ac}$ at $a M + c$, with a Newton method.
    pub(super) responses: Vec<i128>,
    pub(super) norm: i128,
    pub(super) admitted: i128,
    /// Whether it is a validation row: a constant of its place.
    pub(super) validation: bool,
}

impl RowValues {
    /// Runs the model on a row. Values beyond their widths make a circuit that isn't satisfied.
    pub(super) fn new(
        witness: &IndexWitness,
        row: &IndexRow,
        number: usize,
        solution: &[i128],
    ) -> Result<Self, WitnessError> {
        let model = &witness.model;
        let trace = forward(model, &row.features)
            .map_err(|source| WitnessError::Row { row: number, source })?;
        let layers = trace.layers.iter().enumerate().map(|(index, layer)| {
            layer.accumulators.iter().map(|y| unit(*y, model.hidden_shift(index))).collect()
        });
        let softmax = exponentials(&trace.logits);
        let shares = probabilities(&softmax.exponentials);
        let classes = (0..model.classes).map(|class| Class {
            is_maximum: i128::from(class == softmax.class),
            is_label: i128::from(class == usize::from(row.label)),
            logit: i128::from(trace.logits[class]),
            logit_remainder: i128::from(trace.accumulators[class]) + (1 << (HEAD_SHIFT - 1))
                - (i128::from(trace.logits[class]) << HEAD_SHIFT),
            distance: i128::from(softmax.distances[class]),
            exponential: i128::from(softmax.exponentials[class]),
            probability: i128::from(shares[class]),
        });
        let contributors = witness.table.contributors;
        let features: Vec<i128> = trace.features.iter().map(|h| i128::from(*h)).collect();
        let squares: i128 = features.iter().map(|h| h * h).sum();
        let mut values = Self {
            salt: row.salt,
            number: i128::try_from(number).unwrap_or(i128::MAX),
            label: i128::from(row.label),
            owner: i128::from(row.owner),
            inputs: row.features.iter().map(|x| i128::from(*x)).collect(),
            layers: layers.collect(),
            classes: classes.collect(),
            owners: (0..model.classes * contributors)
                .map(|place| i128::from(place % contributors == usize::from(row.owner)))
                .collect(),
            responses: Vec::new(),
            norm: norm_above(squares, 1),
            admitted: 1,
            validation: false,
        };
        if !solution.is_empty() {
            values.respond(&features, solution);
        }
        Ok(values)
    }

    /// Responses of these features.
    pub(super) fn respond(&mut self, features: &[i128], solution: &[i128]) {
        let columns = solution.len() / features.len();
        let mut responses = vec![0; columns];
        for (feature, entries) in features.iter().zip(solution.chunks(columns)) {
            for (response, entry) in responses.iter_mut().zip(entries) {
                *response += feature * entry;
            }
        }
        self.responses = responses;
    }

    /// The features with the constant one.
    pub(super) fn features(&self, model: &Model) -> Vec<i128> {
        let mut features: Vec<i128> = match self.layers.last() {
            Some(units) => units.iter().map(|unit| unit.activation).collect(),
            None => self.inputs.clone(),
        };
        features.push(1 << model.feature_scale());
        features
    }

    /// The residual $\delta$.
    pub(super) fn residual(&self) -> Vec<i128> {
        let total = self.probability_sum();
        self.classes.iter().map(|class| class.is_label * total - class.probability).collect()
    }

    /// Whether the label's class is the marked one.
    pub(super) fn right(&self) -> i128 {
        self.classes.iter().map(|class| class.is_maximum * class.is_label).sum()
    }

    pub(super) fn maximum(&self) -> i128 {
        self.classes.iter().map(|class| class.is_maximum * class.logit).sum()
    }

    pub(super) fn exponential_sum(&self) -> i128 {
        self.classes.iter().map(|class| class.exponential).sum()
    }

    pub(super) fn probability_sum(&self) -> i128 {
        self.classes.iter().map(|class| class.probability).sum()
    }
}

impl Class {
    /// $m - z - d$.
    pub(super) const fn excess(&self, maximum: i128) -> i128 {
        maximum - self.logit - self.distance
    }

    /// What the rounding of the exponential leaves.
    pub(super) fn exponential_remainder(&self) -> i128 {
        let entries = exponential(u32::try_from(self.distance).unwrap_or(u32::MAX));
        i128::from(entries.high * entries.low) + (1 << (EXPONENTIAL_SCALE - 1))
            - (self.exponential << EXPONENTIAL_SCALE)
    }

    /// What the division leaves.
    pub(super) const fn remainder(&self, sum: i128) -> i128 {
        (self.exponential << (PROBABILITY_SCALE + 1)) + sum - 2 * sum * self.probability
    }
}

fn unit(accumulator: i64, shift: u32) -> Unit {
    debug_assert_eq!(shift, HIDDEN_SHIFT, "every hidden layer drops twelve bits");
    let shifted = i128::from(accumulator) + (1 << (shift - 1));
    let quotient = shifted >> shift;
    Unit {
        activation: quotient.max(0),
        dropped: (-quotient).max(0),
        remainder: shifted - (quotient << shift),
    }
}
