//! Why a proof is refused, and the stable name of each check.

use thiserror::Error;

use crate::batch::BatchError;
use crate::claim::ClaimError;
use crate::index_proof::IndexRefusal;
use crate::plan::PlanError;
use crate::plonk::PlonkError;
use crate::policy::PolicyRefusal;
use crate::registration::RegistrationError;
use crate::statement::StatementError;

/// Why a proof is refused: it could be read, and what it claims is not shown.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The registration is none that the verifier accepts.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// The registration does not hold together.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The statement is none about the registered subject.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The registered plan is of batches, and this is no batch.
    #[error(
        "proofs of the registered plan answer batches of up to {queries} queries, this is one of a single query"
    )]
    SingleForBatch {
        /// Most queries of a proof of the plan.
        queries: u32,
    },
    /// The registered plan is of single queries, and this is a batch.
    #[error("proofs of the registered plan answer one query each, this is one of a batch")]
    BatchForSingle,
    /// The statement has another number of classes than the circuit.
    #[error("the statement has {statement} logits, the registered plan is for {plan} classes")]
    ClassCount {
        /// Classes of the plan.
        plan: usize,
        /// Logits of the statement.
        statement: usize,
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
            Self::Policy(refusal) => refusal.check(),
            Self::Registration(error) => error.check(),
            Self::Claim(error) => claim_check(error),
            Self::SingleForBatch { .. } => "plan-batch",
            Self::BatchForSingle => "plan-single",
            Self::ClassCount { .. } => "class-count",
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
        ClaimError::Context { .. }
        | ClaimError::ContextUnnamed { .. }
        | ClaimError::QueryContext { .. } => "context",
        ClaimError::ContextCount { .. } => "context-count",
        ClaimError::ContributorCount { .. } => "contributor-count",
        ClaimError::ContributorName { .. } => "contributor-name",
        ClaimError::ContributorAddress { .. } => "contributor-address",
        ClaimError::Statement(error) => statement_check(error),
        ClaimError::Batch(error) => batch_check(error),
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

const fn batch_check(error: &BatchError) -> &'static str {
    match error {
        BatchError::QueryCount { .. } => "query-count",
        BatchError::Query { query: _, source } | BatchError::Contributors(source) => {
            statement_check(source)
        }
        BatchError::NoInput { .. } => "input-commitment",
        BatchError::ClassCount { .. } => "class-count",
        BatchError::TotalCount { .. } => "total-count",
        BatchError::Total { .. } => "total-range",
        BatchError::TotalSum { .. } => "total-sum",
    }
}
