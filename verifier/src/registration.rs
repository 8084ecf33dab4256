//! `registration.json`: all that a verifier needs besides the proof.
//!
//! A plan knows a shape, which many models share; a subject says which model, rows and payees proofs
//! are about. A registration holds both, the binding proof that ties columns of the one to commitments of the other, and
//! is public. Once the index is proven it carries that proof too.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::binding_proof::{BindingError, BindingProof};
use crate::digest::Digest;
use crate::file::{self, Malformed};
use crate::index_proof::IndexProof;
use crate::method::{MethodId, ResidualKind};
use crate::plan::{InferenceShape, Plan, index};
use crate::subject::{Subject, SubjectError};

const FORMAT: &str = "tribute/registration/4";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegistrationFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/registration/4")]
    V4,
}

/// A plan and the subject its proofs are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Name and version.
    pub format: RegistrationFormat,
    /// The verifying key as data.
    pub plan: Plan,
    /// What proofs are about.
    pub subject: Subject,
    /// The proof that the columns which proofs are linked to hold the subject's model and table.
    pub binding: BindingProof,
    /// The proof that the subject's table comes from its rows, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<IndexProof>,
}

/// Why plan and subject are no registration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RegistrationError {
    /// The subject does not hold together.
    #[error("the registered subject does not hold together: {0}")]
    Subject(#[from] SubjectError),
    /// The circuit behind the plan proves no inference.
    #[error("the plan is of a circuit that claims nothing of a model")]
    NoInference,
    /// The circuit computes other integers than the index was made with.
    #[error("the plan is of profile {plan}, the index of profile {header}")]
    Profile {
        /// Profile of the plan.
        plan: u32,
        /// Profile of the index.
        header: u16,
    },
    /// The circuit has another number of contributors.
    #[error("the plan is for {plan} contributors, {payees} are registered")]
    ContributorCount {
        /// Contributors of the plan.
        plan: usize,
        /// Payees of the subject.
        payees: usize,
    },
    /// The circuit scores against something else than the method does.
    #[error("the plan scores against {plan}, which is not what {method} does")]
    Residual {
        /// What the circuit scores against.
        plan: ResidualKind,
        /// The registered method.
        method: MethodId,
    },
    /// The binding proof is none for the plan.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// The index proof was made with another SRS.
    #[error("the index proof was made with the SRS {found}, the plan for queries with {expected}")]
    IndexSrs {
        /// Digest of the SRS of the plan for queries.
        expected: Digest,
        /// Digest of the SRS of the plan of the index proof.
        found: Digest,
    },
}

impl Registration {
    /// Reads `registration.json` and checks that its plans can be used.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        let registration: Self = file::read(FORMAT, bytes)?;
        registration.plan.validate()?;
        registration.binding.plan.validate()?;
        if let Some(index) = &registration.index {
            index.plan.validate()?;
        }
        Ok(registration)
    }

    /// Returns the digest of the whole registration: Keccak of its JSON without whitespace, fields in the order of
    /// [`Registration`] and of the types in it (`docs/formats.md`). Whoever trusts it trusts every byte of plans,
    /// subject and proofs, and no layout of a file.
    ///
    /// # Errors
    /// Fails where the serializer does, which it has no cause to.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(Digest::of(&[&serde_json::to_vec(self)?]))
    }

    /// All plans: of queries, of the binding proof, and of the index proof where there is one.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        let index = self.index.as_ref().map(|index| &index.plan);
        [&self.plan, &self.binding.plan].into_iter().chain(index)
    }

    /// Checks that the subject holds together and that the plans are such for it; returns the shape. The binding proof
    /// itself is checked where it is used ([`BindingProof::verify`]).
    ///
    /// # Errors
    /// Fails on the first check that does not hold.
    pub fn check(&self) -> Result<&InferenceShape, RegistrationError> {
        self.subject.check()?;
        let shape = self.plan.circuit.inference().ok_or(RegistrationError::NoInference)?;
        let header = &self.subject.header;
        if shape.profile != u32::from(header.profile) {
            let error = RegistrationError::Profile { plan: shape.profile, header: header.profile };
            return Err(error);
        }
        let (plan, payees) = (index(shape.contributors), self.subject.payees.len());
        if plan != payees {
            return Err(RegistrationError::ContributorCount { plan, payees });
        }
        let plan = shape.residual;
        if plan != header.method.residual() {
            return Err(RegistrationError::Residual { plan, method: header.method });
        }
        self.binding.check(&self.plan)?;
        self.check_index_srs()?;
        Ok(shape)
    }

    /// Checks that the index proof, where there is one, has the SRS of the other plans: one registration rests on one
    /// ceremony.
    fn check_index_srs(&self) -> Result<(), RegistrationError> {
        let srs = &self.plan.srs;
        match &self.index {
            Some(index) if index.plan.srs != *srs => Err(RegistrationError::IndexSrs {
                expected: srs.digest(),
                found: index.plan.srs.digest(),
            }),
            _ => Ok(()),
        }
    }
}

impl RegistrationError {
    /// Returns the short name of the check that does not hold.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Subject(_) => "subject",
            Self::NoInference => "plan-claim",
            Self::Profile { .. } => "plan-profile",
            Self::ContributorCount { .. } => "plan-contributors",
            Self::Residual { .. } => "plan-residual",
            Self::Binding(error) => error.check(),
            Self::IndexSrs { .. } => "index-srs",
        }
    }
}
