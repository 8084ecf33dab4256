//! What an index circuit fixes: one word of the public inputs, so that a contract need not read a plan.

use crate::field::FieldElement;
use crate::method::MethodId;

/// What an index circuit fixes, as its proofs publish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedByShape {
    /// Version of the integer semantics.
    pub profile: u16,
    /// The method of the table.
    pub method: MethodId,
    /// Bits of the residual that the Newton certificate allows.
    pub eta: u32,
    /// Features of the head, the constant one included.
    pub features: u32,
    /// Classes of the head.
    pub classes: u32,
    /// Number of contributors.
    pub contributors: u64,
    /// Number of training rows, admitted or not.
    pub rows: u64,
    /// Number of validation rows.
    pub validation: u64,
}

impl FixedByShape {
    /// Returns the word that stands for it: six fields of 16 bits each, the profile lowest, and on top of them rows and
    /// validation rows, 32 bits each.
    #[must_use]
    pub fn word(&self) -> FieldElement {
        let Self { profile, method, eta, features, classes, contributors, rows, validation } =
            *self;
        let fields: [u128; 7] = [
            rows.into(),
            contributors.into(),
            classes.into(),
            features.into(),
            eta.into(),
            method.number().into(),
            profile.into(),
        ];
        // Counts are below 2^16 and rows below 2^22 wherever a plan and a header were checked.
        let low = fields.into_iter().fold(0_u128, |word, field| (word << 16) | field);
        let mut bytes = [0; 32];
        bytes[8..16].copy_from_slice(&validation.to_be_bytes());
        bytes[16..].copy_from_slice(&low.to_be_bytes());
        // Below 2^192, so it is an element.
        FieldElement::from_be_bytes(bytes).unwrap_or(FieldElement::ZERO)
    }
}
