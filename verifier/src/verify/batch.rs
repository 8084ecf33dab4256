//! The check of a batch: one proof for many queries.

use core::fmt;

use serde::Serialize;

use super::{Basis, Refusal, Share, Shown, check_class_count, shares};
use crate::batch::{BatchQuery, BatchStatement};
use crate::batch_proof::BatchProof;
use crate::claim::{ClaimError, check_batch_claim};
use crate::field::FieldElement;
use crate::method::MethodId;
use crate::plan::index;
use crate::policy::Policy;
use crate::registration::Registration;

/// The answer to one query of an accepted batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The request that is answered.
    pub context: FieldElement,
    /// The input that the model was run on.
    pub input_commitment: FieldElement,
    /// The returned class.
    pub output: u32,
    /// Whether nobody supports the output.
    pub unattributed: bool,
}

/// What was accepted of a batch, and under which reservations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BatchVerdict {
    /// The model that was run.
    pub model_commitment: FieldElement,
    /// The attribution index.
    pub index_commitment: FieldElement,
    /// Method of the attribution.
    pub method: MethodId,
    /// Number of queries that are answered.
    pub queries: usize,
    /// Number of them whose output nobody supports.
    pub unattributed: usize,
    /// The answers, in the order of the statement.
    pub answers: Vec<Answer>,
    /// What every contributor is due of all answers together.
    pub shares: Vec<Share>,
    /// Whether the contexts were compared with expected ones.
    pub contexts_compared: bool,
    /// What all of it rests on.
    #[serde(flatten)]
    pub basis: Basis,
}

/// Checks the proof of a batch against a registration that the policy trusts.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_batch(
    registration: &Registration,
    proof: &BatchProof,
    policy: &Policy,
) -> Result<BatchVerdict, Refusal> {
    let BatchProof { format: _, statement, proof: bytes } = proof;
    let trusted = policy.trusts(registration)?;
    let shape = registration.check()?;
    if !shape.is_batch() {
        return Err(Refusal::BatchForSingle);
    }
    let slots = index(shape.queries);
    check_batch_claim(&registration.subject, statement, slots, &policy.contexts)?;
    for query in &statement.queries {
        check_class_count(shape, query.logits.len())?;
    }
    let inputs = statement.public_inputs(slots).map_err(ClaimError::from)?;
    let shown = Shown { registration, shape, inputs, bytes };
    Ok(BatchVerdict {
        basis: shown.check(trusted, policy)?,
        model_commitment: statement.model_commitment,
        index_commitment: statement.index_commitment,
        method: statement.method,
        queries: statement.queries.len(),
        unattributed: statement.queries.len() - statement.attributed(),
        answers: answers(statement),
        shares: shares(&statement.contributors, &statement.totals_ppm),
        contexts_compared: policy.contexts.compares(),
    })
}

fn answers(statement: &BatchStatement) -> Vec<Answer> {
    let answer = |query: &BatchQuery| Answer {
        context: query.context,
        input_commitment: query.input_commitment,
        output: query.output,
        unattributed: query.unattributed,
    };
    statement.queries.iter().map(answer).collect()
}

impl fmt::Display for BatchVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model_commitment, queries, unattributed, method, .. } = self;
        let contributors = self.shares.len();
        let noun = if *queries == 1 { "query" } else { "queries" };
        write!(f, "model {model_commitment} answered {queries} {noun}")?;
        if unattributed == queries {
            write!(f, "; by {method} nobody supports any answer, so no share is paid")?;
        } else {
            write!(f, "; by {method} these are the summed shares of {contributors} contributors")?;
            match unattributed {
                0 => {}
                1 => f.write_str(", but for 1 answer that nobody supports")?,
                more => write!(f, ", but for {more} answers that nobody supports")?,
            }
        }
        let compared = if self.contexts_compared { "as expected" } else { "not compared" };
        self.basis.write(f, format_args!("contexts {compared}"))
    }
}
