//! The binding proof: the registered columns hold the committed weights and the committed table.
//!
//! # Relation
//! Fixed by the plan: profile, widths of the model, contributors, and the cell of each weight and each entry in the linked
//! columns. Public: model commitment and index commitment. The equations say that these cells are in their ranges, that
//! they hash to the two commitments, that cells which pad a row of values hold its offset, the raw value of 0, and that every
//! other row which an inference may read is zero.
//! The first points of the proof are the commitments of the columns: the *registered commitments*.
//!
//! # Soundness
//! An inference circuit hashes neither weights nor table and checks no range of them. What makes its columns those of the
//! registered model is a [`link`](crate::link) to commitments that a binding proof stands behind: same SRS, same layout of
//! columns, and public inputs that a verifier takes from the subject. A registration without it says nothing of a model,
//! so that one part of it is not optional, and is checked with each proof.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Digest;
use crate::field::FieldElement;
use crate::file::{self, Malformed};
use crate::plan::{G1, Plan};
use crate::plonk::{self, PlonkError};
use crate::subject::Subject;
use crate::text;

const FORMAT: &str = "tribute/binding-proof/1";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BindingProofFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/binding-proof/1")]
    V1,
}

/// A proof of what the registered columns hold, and the plan to check it with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingProof {
    /// Name and version.
    pub format: BindingProofFormat,
    /// The verifying key as data.
    pub plan: Plan,
    /// Points and scalars in the order of the transcript; the first points are the registered commitments.
    #[serde(with = "text::bytes")]
    pub proof: Vec<u8>,
}

/// Why a binding proof is none for the plan that answers queries.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BindingError {
    /// The circuit behind the plan binds no columns.
    #[error("the plan of the binding proof is of a circuit that says nothing of weights and table")]
    NoBinding,
    /// A plan whose columns nobody described: one that was not validated.
    #[error("a plan of the registration does not say what its linked columns are")]
    NoLayout,
    /// Other columns, or another shape of model.
    #[error(
        "the binding proof is of other columns than those that proofs use (layout {binding}, not {inference})"
    )]
    Layout {
        /// Layout of the plan that answers queries.
        inference: Digest,
        /// Layout of the plan of the binding proof.
        binding: Digest,
    },
    /// Another SRS.
    #[error("the binding proof was made with another SRS than the plan for queries")]
    Srs,
}

impl BindingProof {
    /// Reads a binding proof that stands in a file of its own, and checks that its plan can be used.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        let proof: Self = file::read(FORMAT, bytes)?;
        proof.plan.validate()?;
        Ok(proof)
    }

    /// Checks that the plan binds the columns that proofs of another plan are linked by.
    ///
    /// # Errors
    /// Fails on the first check that does not hold.
    pub fn check(&self, inference: &Plan) -> Result<(), BindingError> {
        let plan = &self.plan;
        if plan.circuit.binding().is_none() {
            return Err(BindingError::NoBinding);
        }
        let layout = |plan: &Plan| plan.link_layout().ok_or(BindingError::NoLayout);
        let (inference_layout, binding) = (layout(inference)?, layout(plan)?);
        if inference_layout != binding {
            return Err(BindingError::Layout { inference: inference_layout, binding });
        }
        if plan.srs != inference.srs {
            return Err(BindingError::Srs);
        }
        Ok(())
    }

    /// Checks the proof for a subject, and returns the registered commitments.
    ///
    /// # Errors
    /// Fails with the first check that does not hold.
    pub fn verify(&self, subject: &Subject) -> Result<Vec<G1>, PlonkError> {
        let inputs = public_inputs(subject).map(FieldElement::to_fr);
        plonk::verify_committing(&self.plan, &inputs, &self.proof)
    }

    /// Reads the registered commitments off the proof without checking it. Nothing where there are too few points.
    #[must_use]
    pub fn registered(&self) -> Option<Vec<G1>> {
        plonk::linked_commitments(&self.plan, &self.proof)
    }
}

/// Returns the public inputs of a subject's binding proof in the order of `docs/formats.md`, section 7.
#[must_use]
pub const fn public_inputs(subject: &Subject) -> [FieldElement; 2] {
    [subject.model_commitment, subject.index_commitment]
}

impl BindingError {
    /// Returns the short name of the check that does not hold.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::NoBinding => "binding-claim",
            Self::NoLayout => "binding-no-layout",
            Self::Layout { .. } => "binding-layout",
            Self::Srs => "binding-srs",
        }
    }
}
