//! The check of a proof, from the registration to the pairing.
//!
//! # Soundness
//! A proof binds the public inputs. What a statement says beyond them is bound on the way there:
//!
//! | field | bound by |
//! |---|---|
//! | `method`, `contributors` | equal to the registered ones, which the index commitment binds |
//! | `model_commitment`, `index_commitment` | equal to the registered ones, and public inputs of the binding proof, whose columns the proof is linked to |
//! | `context` | public input, and compared with the expected one where one is given |
//! | `input_commitment`, `output`, `logits`, `weights_ppm`, `unattributed` | public inputs |
//! | `input`, `salt` | must hash to the input commitment |
//! | `unsafe_srs` | equal to the registered plan's |
//!
//! The number of public inputs is that of the plan, whose shape is compared with the statement.
//!
//! Where the registration carries an index proof, it is checked too: then the table is proven to come from the rows, and
//! nothing in an attribution is taken on trust. Without one it is committed, not proven, and the verdict says so.

use core::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::certificate::Limits;
use crate::claim::{ClaimError, check_claim, check_opening};
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::index_proof::{IndexRefusal, IndexVerdict, verify_table};
use crate::method::MethodId;
use crate::plan::{PlanError, index};
use crate::plonk::{self, PlonkError};
use crate::proof_file::ProofFile;
use crate::registration::{Registration, RegistrationError};
use crate::statement::StatementError;

/// Why a proof is refused: it could be read, and what it claims is not shown.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The registration does not hold together.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The statement is none about the registered subject.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The statement has another number of classes than the circuit.
    #[error("the statement has {statement} logits, the registered plan is for {plan} classes")]
    ClassCount {
        /// Classes of the plan.
        plan: usize,
        /// Logits of the statement.
        statement: usize,
    },
    /// Proof and plan do not say the same of the keys.
    #[error("the proof says its keys are {}, the registered plan says {}", safety(*proof), safety(*plan))]
    UnsafeSrs {
        /// Whether the plan is of a development SRS.
        plan: bool,
        /// Whether the proof says so.
        proof: bool,
    },
    /// The binding proof does not show what the registered columns hold.
    #[error(
        "the registration does not show that its commitments are of the model and the table it names: {0}"
    )]
    Binding(#[source] PlonkError),
    /// The index proof does not show the registered table.
    #[error("the index proof is refused: {0}")]
    Index(#[from] IndexRefusal),
    /// The plan has no digest.
    #[error("the plan is refused: {0}")]
    Plan(#[from] PlanError),
    /// The proof does not show the statement.
    #[error("the proof does not show this statement: {0}")]
    Proof(#[from] PlonkError),
}

/// What was accepted, and under which reservations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Digest of the plan that was used.
    pub plan_digest: Digest,
    /// The model that was run.
    pub model_commitment: FieldElement,
    /// The attribution index.
    pub index_commitment: FieldElement,
    /// Method of the attribution.
    pub method: MethodId,
    /// The returned class.
    pub output: u32,
    /// Number of contributors.
    pub contributors: usize,
    /// Whether nobody supports the output.
    pub unattributed: bool,
    /// The request that the proof answers.
    pub context: FieldElement,
    /// Whether the context was compared with an expected one.
    pub context_compared: bool,
    /// Whether the statement discloses the input.
    pub input_disclosed: bool,
    /// Whether the keys of one of the proofs come from a development SRS, so that it may be forged.
    pub unsafe_srs: bool,
    /// Whether an index proof shows that the attribution table is what the method makes of the rows.
    pub table_proven_from_rows: bool,
    /// What that index proof certifies.
    pub index: Option<IndexVerdict>,
}

/// Checks a proof against a registration and, where one is expected, a context. The index, where it is proven, must
/// stay within [`Limits::default`].
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify(
    registration: &Registration,
    proof: &ProofFile,
    expected_context: Option<FieldElement>,
) -> Result<Verdict, Refusal> {
    verify_within(registration, proof, expected_context, Limits::default())
}

/// As [`verify`], with limits of the caller's for what a registered index proof certifies.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_within(
    registration: &Registration,
    proof: &ProofFile,
    expected_context: Option<FieldElement>,
    limits: Limits,
) -> Result<Verdict, Refusal> {
    let ProofFile { format: _, statement, proof: bytes, unsafe_srs } = proof;
    let shape = registration.check()?;
    check_claim(&registration.subject, statement, expected_context)?;
    let (classes, found) = (index(shape.classes), statement.logits.len());
    if classes != found {
        return Err(Refusal::ClassCount { plan: classes, statement: found });
    }
    check_opening(statement, index(shape.inputs))?;
    let plan = &registration.plan;
    if plan.unsafe_srs != *unsafe_srs {
        return Err(Refusal::UnsafeSrs { plan: plan.unsafe_srs, proof: *unsafe_srs });
    }
    let inputs = statement.public_inputs().map_err(ClaimError::from)?;
    let inputs: Vec<_> = inputs.into_iter().map(FieldElement::to_fr).collect();
    let registered =
        registration.binding.verify(&registration.subject).map_err(Refusal::Binding)?;
    plonk::verify_linked(plan, &inputs, &registered, bytes)?;
    let index = match &registration.index {
        Some(index) => Some(verify_table(&registration.subject, shape, index, limits)?),
        None => None,
    };
    Ok(Verdict {
        plan_digest: Digest(plan.digest()?),
        model_commitment: statement.model_commitment,
        index_commitment: statement.index_commitment,
        method: statement.method,
        output: statement.output,
        contributors: statement.contributors.len(),
        unattributed: statement.unattributed,
        context: statement.context,
        context_compared: expected_context.is_some(),
        input_disclosed: statement.input.is_some(),
        unsafe_srs: *unsafe_srs || index.as_ref().is_some_and(|index| index.unsafe_srs),
        table_proven_from_rows: index.is_some(),
        index,
    })
}

fn safety(unsafe_srs: bool) -> &'static str {
    if unsafe_srs { "unsafe" } else { "safe" }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model_commitment, output, method, contributors, context, .. } = self;
        write!(f, "model {model_commitment} returned class {output}")?;
        match &self.input_disclosed {
            true => f.write_str(" for the disclosed input")?,
            false => f.write_str(" for the committed input")?,
        }
        if self.unattributed {
            write!(f, "; by {method} nobody supports it, so no share is paid")?;
        } else {
            write!(f, "; by {method} these are the shares of {contributors} contributors")?;
        }
        match &self.index {
            Some(index) => write!(f, " ({index})")?,
            None => f.write_str(" (table committed, not proven to come from the rows)")?,
        }
        let compared = if self.context_compared { "as expected" } else { "not compared" };
        write!(f, "; context {context}, {compared}")?;
        if self.unsafe_srs {
            f.write_str("; UNSAFE: keys of a development SRS, whose maker can forge proofs")?;
        }
        Ok(())
    }
}

impl Refusal {
    /// Returns a stable name of the check that does not hold, for programs.
    ///
    /// ```
    /// use tribute_verifier::verify::Refusal;
    ///
    /// let refusal = Refusal::ClassCount { plan: 10, statement: 9 };
    /// assert_eq!(refusal.check(), "class-count");
    /// ```
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Registration(error) => error.check(),
            Self::Claim(error) => claim_check(error),
            Self::ClassCount { .. } => "class-count",
            Self::UnsafeSrs { .. } => "unsafe-srs",
            Self::Binding(_) => "binding-proof",
            Self::Index(refusal) => refusal.check(),
            Self::Plan(_) => "plan",
            Self::Proof(PlonkError::Link(_)) => "link",
            Self::Proof(_) => "proof",
        }
    }
}

const fn claim_check(error: &ClaimError) -> &'static str {
    match error {
        ClaimError::Method { .. } => "method",
        ClaimError::ModelCommitment { .. } => "model-commitment",
        ClaimError::IndexCommitment { .. } => "index-commitment",
        ClaimError::Context { .. } => "context",
        ClaimError::ContributorCount { .. } => "contributor-count",
        ClaimError::ContributorName { .. } => "contributor-name",
        ClaimError::ContributorAddress { .. } => "contributor-address",
        ClaimError::Statement(error) => statement_check(error),
        ClaimError::InputWithoutSalt => "input-without-salt",
        ClaimError::SaltWithoutInput => "salt-without-input",
        ClaimError::InputLength { .. } => "input-length",
        ClaimError::InputOpening { .. } => "input-opening",
    }
}

const fn statement_check(error: &StatementError) -> &'static str {
    match error {
        StatementError::ClassCount { .. } => "class-count",
        StatementError::Output { .. } => "output-range",
        StatementError::Logit { .. } => "logit-range",
        StatementError::NotLargest { .. } => "output-largest",
        StatementError::ContributorCount { .. } => "contributor-count",
        StatementError::WeightCount { .. } => "weight-count",
        StatementError::Weight { .. } => "weight-range",
        StatementError::WeightSum { .. } => "weight-sum",
        StatementError::PaidUnattributed { .. } => "unattributed",
    }
}
