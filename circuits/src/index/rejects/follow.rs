//! What follows from a forged value of a training row, step by step, as a dishonest prover computes it.

use super::super::IndexWitness;
use super::super::values::RowValues;
use crate::bounds::HEAD_SHIFT;
use crate::reference::exponential::{DISTANCE_MAX, exponential};
use crate::reference::fixed_point::{PROBABILITY_SCALE, round_div};
use crate::reference::softmax::argmax;

impl RowValues {
    /// Logits, norm and responses follow from the features.
    pub(super) fn follow_features(&mut self, witness: &IndexWitness) {
        let features = self.features(&witness.model);
        for (number, class) in self.classes.iter_mut().enumerate() {
            let weights = witness.model.head.iter().skip(number).step_by(witness.model.classes);
            let sum: i128 = features.iter().zip(weights).map(|(h, w)| h * i128::from(*w)).sum();
            let shifted = sum + (1 << (HEAD_SHIFT - 1));
            class.logit = shifted >> HEAD_SHIFT;
            class.logit_remainder = shifted - (class.logit << HEAD_SHIFT);
        }
        let squares: i128 = features.iter().map(|h| h * h).sum();
        let root = squares.isqrt();
        self.norm = root + i128::from(root * root < squares);
        if !self.responses.is_empty() {
            self.respond(&features, &witness.solution());
        }
        self.follow_logits();
    }

    /// The maximum follows from the logits.
    pub(super) fn follow_logits(&mut self) {
        let logits: Vec<i32> =
            self.classes.iter().map(|class| i32::try_from(class.logit).unwrap()).collect();
        let best = argmax(&logits);
        for (number, class) in self.classes.iter_mut().enumerate() {
            class.is_maximum = i128::from(number == best);
        }
        self.follow_maximum();
    }

    /// Distances follow from the maximum.
    pub(super) fn follow_maximum(&mut self) {
        let maximum = self.maximum();
        for class in &mut self.classes {
            class.distance = (maximum - class.logit).min(i128::from(DISTANCE_MAX));
        }
        self.follow_distances();
    }

    /// Exponentials follow from the distances.
    pub(super) fn follow_distances(&mut self) {
        for class in &mut self.classes {
            let distance = u32::try_from(class.distance).unwrap();
            class.exponential = i128::from(exponential(distance).value);
        }
        self.follow_exponentials();
    }

    /// Probabilities follow from the exponentials.
    pub(super) fn follow_exponentials(&mut self) {
        let sum = i64::try_from(self.exponential_sum()).unwrap();
        for class in &mut self.classes {
            let exponential = i64::try_from(class.exponential).unwrap();
            class.probability = i128::from(round_div(exponential << PROBABILITY_SCALE, sum));
        }
    }

    /// Makes a contributor the owner of the row, in the classes from this one on.
    pub(super) fn own(&mut self, contributor: usize, first_class: usize) {
        let contributors = self.owners.len() / self.classes.len();
        for (place, owner) in self.owners.iter_mut().enumerate().skip(first_class * contributors) {
            *owner = i128::from(place % contributors == contributor);
        }
    }

    /// The label that the class bits say.
    pub(super) fn label_as(&mut self, label: usize) {
        for (number, class) in self.classes.iter_mut().enumerate() {
            class.is_label = i128::from(number == label);
        }
    }
}
