//! The verifying key as plain data: `tribute/plan/4`.
//!
//! # Why
//! A halo2 verifying key can be read back only with the circuit's Rust type. A plan holds the same as
//! data: domain, gates, queries, permutation, commitments, and the points of the SRS that a check needs.
//! The native verifier, the Solidity renderer and any third implementation read one and the same text.
//!
//! # What a plan can say
//! One instance column, advice in phases with challenges between them, gates over fixed, advice and
//! instance queries at any rotation, one permutation. No lookup arguments: ours are gates over
//! second-phase columns. What cannot be said is refused when a key is exported. The first advice columns may be linked
//! to registered commitments ([`Link`]).
//!
//! # Digest
//! The Keccak digest of the plan as JSON without whitespace, fields in the order of [`Plan`]
//! (`docs/formats.md`, 10).

mod checks;
mod circuit;
mod error;
mod expression;
mod link;
mod points;
mod validate;

pub use circuit::{
    BareCircuit, BindingShape, CircuitDescription, IndexShape, InferenceShape, MAX_LAYERS,
    MAX_WIDTH,
};
pub use error::PlanError;
pub use expression::{Column, Gate, Node, Query};
pub use link::Link;
pub use points::{EncodingError, G1, G2, Scalar};
pub(crate) use points::{from_word, on_curve, to_word};

use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

/// Most bytes a reader takes.
pub const MAX_PLAN_BYTES: usize = 16 << 20;

/// The name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/plan/4")]
    V4,
}

/// Points of the SRS that a check needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SrsPoints {
    /// The generator of $G_1$.
    pub g1: G1,
    /// The generator of $G_2$.
    pub g2: G2,
    /// The generator of $G_2$ times the secret.
    pub s_g2: G2,
}

/// A verifying key as data. [`Plan::validate`] tells whether one is usable; readers call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Name and version.
    pub format: PlanFormat,
    /// What the circuit claims.
    pub circuit: CircuitDescription,
    /// Log of the number of rows.
    pub k: u32,
    /// Greatest degree of a constraint; the quotient comes in one limb less.
    pub degree: u32,
    /// Random rows at the end of each column, one more of which is not usable.
    pub blinding_factors: u32,
    /// Exact number of public inputs.
    pub instances: u32,
    /// Phase of each advice column.
    pub advice_phases: Vec<u8>,
    /// Phase after which each challenge is drawn.
    pub challenge_phases: Vec<u8>,
    /// Openings of advice columns, in the order of the proof.
    pub advice_queries: Vec<Query>,
    /// Openings of fixed columns, in the order of the proof.
    pub fixed_queries: Vec<Query>,
    /// Evaluations of the public inputs.
    pub instance_queries: Vec<Query>,
    /// Steps of all expressions.
    pub nodes: Vec<Node>,
    /// Gates, in the order in which constraints are combined.
    pub gates: Vec<Gate>,
    /// Permuted columns.
    pub permutation: Vec<Column>,
    /// Commitments of the fixed columns.
    pub fixed_commitments: Vec<G1>,
    /// Commitments of the permutation, one for each permuted column.
    pub permutation_commitments: Vec<G1>,
    /// Points of the SRS.
    pub srs: SrsPoints,
    /// The first scalar of every transcript.
    pub transcript_repr: Scalar,
    /// The columns that are linked to registered commitments, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

impl Plan {
    /// Whether the secret of the SRS may be known, so that proofs may be forged: whether it is of no known ceremony.
    #[must_use]
    pub fn unsafe_srs(&self) -> bool {
        self.srs.ceremony().is_none()
    }

    /// Reads a plan and checks every field.
    ///
    /// # Errors
    /// Fails on text that is no plan and on a plan that no verifier could use.
    pub fn from_json(text: &[u8]) -> Result<Self, PlanError> {
        if text.len() > MAX_PLAN_BYTES {
            return Err(PlanError::Size { max: MAX_PLAN_BYTES, actual: text.len() });
        }
        let plan: Self = serde_json::from_slice(text)?;
        plan.validate()?;
        Ok(plan)
    }

    /// Writes the plan as its canonical text.
    ///
    /// # Errors
    /// Fails where the serializer does, which it has no cause to.
    pub fn to_json(&self) -> Result<Vec<u8>, PlanError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Returns the digest of the plan.
    ///
    /// # Errors
    /// As [`Plan::to_json`].
    pub fn digest(&self) -> Result<[u8; 32], PlanError> {
        Ok(Keccak256::digest(self.to_json()?).into())
    }

    /// Returns the number of limbs in which the quotient is committed.
    #[must_use]
    pub fn quotient_limbs(&self) -> usize {
        index(self.degree.saturating_sub(1))
    }

    /// Returns how many permuted columns share a running product.
    #[must_use]
    pub fn permutation_chunk(&self) -> usize {
        index(self.degree.saturating_sub(2)).max(1)
    }

    /// Returns the number of running products.
    #[must_use]
    pub fn permutation_products(&self) -> usize {
        self.permutation.len().div_ceil(self.permutation_chunk())
    }

    /// Returns the number of phases in which advice is committed; at least one.
    #[must_use]
    pub fn phases(&self) -> u8 {
        self.advice_phases.iter().copied().max().unwrap_or(0).saturating_add(1)
    }

    /// Returns the number of scalars in a proof, without its link.
    #[must_use]
    pub fn proof_scalars(&self) -> usize {
        let products = 3 * self.permutation_products();
        let evaluations = self.advice_queries.len() + self.fixed_queries.len();
        evaluations + 1 + self.permutation.len() + products.saturating_sub(1)
    }

    /// Returns the number of points in a proof, without its link.
    #[must_use]
    pub fn proof_points(&self) -> usize {
        self.advice_phases.len() + self.permutation_products() + 1 + self.quotient_limbs() + 2
    }

    /// Returns the exact number of bytes of a proof, without its link.
    #[must_use]
    pub fn plonk_bytes(&self) -> usize {
        64 * self.proof_points() + 32 * self.proof_scalars()
    }

    /// Returns the exact number of bytes of a proof, with its link where the plan asks for one.
    #[must_use]
    pub fn proof_bytes(&self) -> usize {
        let link = if self.linked_proofs().is_some() { Link::PROOF_BYTES } else { 0 };
        self.plonk_bytes() + link
    }

    /// Returns the blinding factors that the advice queries ask for.
    #[must_use]
    pub fn required_blinding_factors(&self) -> u32 {
        let mut counts = std::collections::BTreeMap::new();
        for query in &self.advice_queries {
            *counts.entry(query.column).or_insert(0_u32) += 1;
        }
        counts.values().copied().max().unwrap_or(1).max(3).saturating_add(2)
    }
}

/// A 32-bit count as an index. `usize` has at least 32 bits on every target of this crate.
pub(crate) const fn index(count: u32) -> usize {
    const { assert!(usize::BITS >= 32) };
    count as usize
}
