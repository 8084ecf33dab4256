//! What the proof of one query says, and the public inputs that stand for it. A batch says something else ([`crate::batch`]).
//!
//! # Layout
//! | elements | holds |
//! |---|---|
//! | 1 each | context, model commitment, index commitment, input commitment |
//! | $\lceil C / 10 \rceil$ | logits, ten raw 24-bit values from bit 9; class and flag below them in the first element |
//! | $\lceil M / 12 \rceil$ | weights in parts per million, 20 bits each |
//!
//! Method, names and addresses do not stand here: they are bound through the header in the index
//! commitment, which a verifier recomputes from the subject.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::field::FieldElement;
use crate::method::MethodId;
use crate::packing::{CAPACITY_BITS, Limbs, Width};
use crate::payees::{Contributor, MAX_CONTRIBUTORS};

/// Fewest classes.
pub const MIN_CLASSES: usize = 2;
/// Most classes; the class has eight bits.
pub const MAX_CLASSES: usize = 256;
/// What all weights sum to: parts per million.
pub const PPM: u32 = 1_000_000;
/// Logits that one element holds.
pub const LOGITS_PER_ELEMENT: usize = 10;

const FLAG_BIT: u32 = 8;
const FIRST_LOGIT_BIT: u32 = 9;

/// The public half of an inference proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Method by which shares were computed.
    pub method: MethodId,
    /// The request that the proof answers; zero for none.
    pub context: FieldElement,
    /// The model that was run.
    pub model_commitment: FieldElement,
    /// The attribution index: method, rows, payees and table.
    pub index_commitment: FieldElement,
    /// The input that it was run on.
    pub input_commitment: FieldElement,
    /// The input itself, where it is disclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Vec<i16>>,
    /// Salt of the input commitment, where the input is disclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<FieldElement>,
    /// The class that was returned.
    pub output: u32,
    /// Logits of all classes, in 1/1024.
    pub logits: Vec<i32>,
    /// Contributors in registry order.
    pub contributors: Vec<Contributor>,
    /// Their shares, in parts per million.
    pub weights_ppm: Vec<u32>,
    /// Whether nobody supports the output, so that all shares are zero.
    pub unattributed: bool,
}

/// Why a statement is none that any proof could show.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StatementError {
    /// The number of logits is out of range.
    #[error("{found} logits; a model has {MIN_CLASSES} to {MAX_CLASSES} classes")]
    ClassCount {
        /// Logits given.
        found: usize,
    },
    /// The returned class does not exist.
    #[error("class {output} of a model with {classes} classes")]
    Output {
        /// The returned class.
        output: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A logit does not fit 24 bits.
    #[error("logit {class} is {value}, outside 24 bits")]
    Logit {
        /// Its class.
        class: usize,
        /// Its value.
        value: i32,
    },
    /// The returned class has not the largest logit, or not the first of the largest.
    #[error(
        "class {output} is returned, but the first of the largest logits is that of class {largest}"
    )]
    NotLargest {
        /// The returned class.
        output: u32,
        /// First class with the largest logit.
        largest: usize,
    },
    /// The number of contributors is out of range.
    #[error("{found} contributors; there are 1 to {MAX_CONTRIBUTORS}")]
    ContributorCount {
        /// Contributors given.
        found: usize,
    },
    /// The number of weights is not that of contributors.
    #[error("{weights} weights for {contributors} contributors")]
    WeightCount {
        /// Weights given.
        weights: usize,
        /// Contributors given.
        contributors: usize,
    },
    /// A weight exceeds the whole.
    #[error("weight {position} is {value} parts per million")]
    Weight {
        /// Place of the contributor, from 0.
        position: usize,
        /// The weight.
        value: u32,
    },
    /// The weights do not sum to the whole.
    #[error("the weights sum to {sum}, not {PPM} parts per million")]
    WeightSum {
        /// Their sum.
        sum: u64,
    },
    /// Weights are paid though nobody supports the output.
    #[error("the output is unattributed, yet the weights sum to {sum} parts per million")]
    PaidUnattributed {
        /// Their sum.
        sum: u64,
    },
}

/// Returns the number of public inputs of a shape.
///
/// ```
/// use tribute_verifier::statement::public_input_count;
///
/// assert_eq!(public_input_count(10, 12), 6);
/// assert_eq!(public_input_count(11, 13), 8);
/// ```
#[must_use]
pub const fn public_input_count(classes: usize, contributors: usize) -> usize {
    4 + classes.div_ceil(LOGITS_PER_ELEMENT) + Width::PPM.element_count(contributors)
}

impl Statement {
    /// Returns the public inputs in the order in which the circuit reads them.
    ///
    /// # Errors
    /// Fails if a value does not fit its place; then no proof can show the statement.
    pub fn public_inputs(&self) -> Result<Vec<FieldElement>, StatementError> {
        self.check_ranges()?;
        // A new field does not compile until it is decided where it stands.
        let Self {
            method: _,       // in the header
            contributors: _, // in the header
            input: _,        // opens the input commitment
            salt: _,         // opens the input commitment
            context,
            model_commitment,
            index_commitment,
            input_commitment,
            output,
            logits,
            weights_ppm,
            unattributed,
        } = self;
        let mut inputs = vec![*context, *model_commitment, *index_commitment, *input_commitment];
        inputs.extend(output_elements(*output, *unattributed, logits));
        inputs.extend(unsigned_elements(Width::PPM, weights_ppm));
        Ok(inputs)
    }

    /// Checks every value on its own, its range and the counts, not how values relate.
    ///
    /// # Errors
    /// Fails on the first value that does not fit its place.
    pub fn check_ranges(&self) -> Result<(), StatementError> {
        check_output_ranges(self.output, &self.logits)?;
        let contributors = self.contributors.len();
        check_contributor_count(contributors)?;
        let weights = self.weights_ppm.len();
        if weights != contributors {
            return Err(StatementError::WeightCount { weights, contributors });
        }
        for (position, value) in self.weights_ppm.iter().copied().enumerate() {
            if value > PPM {
                return Err(StatementError::Weight { position, value });
            }
        }
        Ok(())
    }

    /// Checks that the statement is one that the relation can hold for, before any proof is read:
    /// ranges, the largest logit, and weights that sum to the whole or to nothing.
    ///
    /// # Errors
    /// Fails on the first rule that is broken.
    pub fn check(&self) -> Result<(), StatementError> {
        self.check_ranges()?;
        check_largest(self.output, &self.logits)?;
        let sum = self.weights_ppm.iter().copied().map(u64::from).sum();
        match (self.unattributed, sum) {
            (true, 0) => Ok(()),
            (true, _) => Err(StatementError::PaidUnattributed { sum }),
            (false, _) if sum == u64::from(PPM) => Ok(()),
            (false, _) => Err(StatementError::WeightSum { sum }),
        }
    }
}

/// Checks number and ranges of the logits, and that the class is one of theirs.
pub(crate) fn check_output_ranges(output: u32, logits: &[i32]) -> Result<(), StatementError> {
    let classes = logits.len();
    if !(MIN_CLASSES..=MAX_CLASSES).contains(&classes) {
        return Err(StatementError::ClassCount { found: classes });
    }
    if usize::try_from(output).is_ok_and(|output| output >= classes) {
        return Err(StatementError::Output { output, classes });
    }
    for (class, value) in logits.iter().copied().enumerate() {
        if Width::LOGIT.raw(value.into()).is_none() {
            return Err(StatementError::Logit { class, value });
        }
    }
    Ok(())
}

/// Checks that the class is the first with the largest logit.
pub(crate) fn check_largest(output: u32, logits: &[i32]) -> Result<(), StatementError> {
    let top = logits.iter().max();
    let largest = logits.iter().position(|logit| Some(logit) == top).unwrap_or(0);
    if usize::try_from(output) == Ok(largest) {
        Ok(())
    } else {
        Err(StatementError::NotLargest { output, largest })
    }
}

/// Checks that there are as many contributors as there can be.
pub(crate) const fn check_contributor_count(found: usize) -> Result<(), StatementError> {
    if found == 0 || found > MAX_CONTRIBUTORS {
        return Err(StatementError::ContributorCount { found });
    }
    Ok(())
}

/// Packs class, flag and logits; the values were checked.
pub(crate) fn output_elements(
    output: u32,
    unattributed: bool,
    logits: &[i32],
) -> Vec<FieldElement> {
    let mut limbs = Limbs::default();
    limbs.or_at(u64::from(output), 0);
    limbs.or_at(u64::from(unattributed), FLAG_BIT);
    let mut elements = Vec::new();
    for chunk in logits.chunks(LOGITS_PER_ELEMENT) {
        let places = (FIRST_LOGIT_BIT..).step_by(Width::LOGIT.bits() as usize);
        for (logit, at) in chunk.iter().zip(places) {
            limbs.or_at(Width::LOGIT.raw((*logit).into()).unwrap_or_default(), at);
        }
        elements.push(limbs.take().into());
    }
    elements
}

/// Packs weights, or sums of weights; the values were checked.
pub(crate) fn unsigned_elements(width: Width, values: &[u32]) -> Vec<FieldElement> {
    let mut elements = Vec::new();
    for chunk in values.chunks(width.slots()) {
        let mut limbs = Limbs::default();
        for (value, at) in chunk.iter().zip((0..CAPACITY_BITS).step_by(width.bits() as usize)) {
            limbs.or_at(u64::from(*value), at);
        }
        elements.push(limbs.take().into());
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payees::Address;

    fn statement(classes: usize, contributors: u8) -> Statement {
        let mut logits: Vec<i32> =
            (0..classes).map(|class| i32::try_from(class).unwrap()).collect();
        logits[1] = 8_000_000;
        let mut weights_ppm = vec![0; contributors.into()];
        weights_ppm[0] = PPM;
        Statement {
            method: MethodId::GroupNewton,
            context: FieldElement::from_u128(1),
            model_commitment: FieldElement::from_u128(2),
            index_commitment: FieldElement::from_u128(3),
            input_commitment: FieldElement::from_u128(4),
            input: None,
            salt: None,
            output: 1,
            logits,
            contributors: (1..=contributors)
                .map(|n| Contributor { name: n.to_string(), address: Address([n; 20]) })
                .collect(),
            weights_ppm,
            unattributed: false,
        }
    }

    fn check(edit: impl FnOnce(&mut Statement)) -> Result<(), StatementError> {
        let mut edited = statement(11, 13);
        edit(&mut edited);
        edited.check()
    }

    #[test]
    fn public_inputs_stand_in_order() {
        let inputs = statement(11, 13).public_inputs().unwrap();
        assert_eq!(inputs.len(), public_input_count(11, 13));
        let ids: Vec<_> = (1..=4).map(FieldElement::from_u128).collect();
        assert_eq!(inputs[..4], ids);
        // The class in bits 0 to 7, the first raw logit from bit 9 on.
        let low = u128::from_be_bytes(inputs[4].to_be_bytes()[16..].try_into().unwrap());
        assert_eq!(low & 0x1ff, 1);
        assert_eq!(low >> 9 & 0xff_ffff, 1 << 23);
        assert_eq!(low >> 33 & 0xff_ffff, (1 << 23) + 8_000_000);
        // Logit 10 stands alone in the second element, with zeros below it.
        assert_eq!(inputs[5], FieldElement::from_u128(((1 << 23) + 10) << 9));
        assert_eq!(inputs[6], FieldElement::from_u128(u128::from(PPM)));
        assert_eq!(inputs[7], FieldElement::ZERO);
    }

    #[test]
    fn every_public_value_changes_the_public_inputs() {
        let honest = statement(11, 13).public_inputs().unwrap();
        let edits: [fn(&mut Statement); 9] = [
            |s| s.context = FieldElement::ZERO,
            |s| s.model_commitment = FieldElement::ZERO,
            |s| s.index_commitment = FieldElement::ZERO,
            |s| s.input_commitment = FieldElement::ZERO,
            |s| s.output = 2,
            |s| s.logits[0] -= 1,
            |s| s.logits[10] += 1,
            |s| s.weights_ppm[12] = 1,
            |s| s.unattributed = true,
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut edited = statement(11, 13);
            edit(&mut edited);
            assert_ne!(edited.public_inputs().unwrap(), honest, "edit {number}");
        }
    }

    #[test]
    fn the_largest_shape_fits() {
        let mut most = statement(256, 200);
        most.logits.fill((1 << 23) - 1);
        most.output = 255;
        most.weights_ppm.fill(PPM);
        assert_eq!(most.public_inputs().unwrap().len(), public_input_count(256, 200));
    }

    #[test]
    fn accepts_honest_statements() {
        assert_eq!(check(|_| ()), Ok(()));
        assert_eq!(
            check(|s| {
                s.unattributed = true;
                s.weights_ppm.fill(0);
            }),
            Ok(())
        );
    }

    #[test]
    fn rejects_values_out_of_range() {
        let error = StatementError::ClassCount { found: 1 };
        assert_eq!(check(|s| s.logits.truncate(1)), Err(error));
        let error = StatementError::ClassCount { found: 257 };
        assert_eq!(check(|s| s.logits.resize(257, 0)), Err(error));
        let error = StatementError::Output { output: 11, classes: 11 };
        assert_eq!(check(|s| s.output = 11), Err(error));
        let error = StatementError::Logit { class: 3, value: 1 << 23 };
        assert_eq!(check(|s| s.logits[3] = 1 << 23), Err(error));
        let error = StatementError::Logit { class: 3, value: -(1 << 23) - 1 };
        assert_eq!(check(|s| s.logits[3] = -(1 << 23) - 1), Err(error));
        let error = StatementError::ContributorCount { found: 0 };
        assert_eq!(check(|s| s.contributors.clear()), Err(error));
        let error = StatementError::WeightCount { weights: 12, contributors: 13 };
        assert_eq!(check(|s| s.weights_ppm.truncate(12)), Err(error));
        let error = StatementError::Weight { position: 0, value: PPM + 1 };
        assert_eq!(check(|s| s.weights_ppm[0] = PPM + 1), Err(error));
    }

    #[test]
    fn rejects_another_class_than_the_largest_and_a_later_tie() {
        let error = StatementError::NotLargest { output: 2, largest: 1 };
        assert_eq!(check(|s| s.output = 2), Err(error));
        let error = StatementError::NotLargest { output: 1, largest: 0 };
        assert_eq!(check(|s| s.logits[0] = 8_000_000), Err(error));
    }

    #[test]
    fn rejects_weights_that_do_not_sum() {
        let error = StatementError::WeightSum { sum: 1_000_001 };
        assert_eq!(check(|s| s.weights_ppm[1] = 1), Err(error));
        let error = StatementError::WeightSum { sum: 0 };
        assert_eq!(check(|s| s.weights_ppm[0] = 0), Err(error));
        let error = StatementError::PaidUnattributed { sum: PPM.into() };
        assert_eq!(check(|s| s.unattributed = true), Err(error));
    }

    #[test]
    fn json_leaves_out_what_is_not_disclosed() {
        let json = serde_json::to_string(&statement(2, 1)).unwrap();
        assert!(!json.contains("\"input\"") && !json.contains("salt"));
        assert_eq!(serde_json::from_str::<Statement>(&json).unwrap(), statement(2, 1));
        let extra = json.replacen('{', "{\"rows\":1,", 1);
        assert!(serde_json::from_str::<Statement>(&extra).is_err());
    }
}
