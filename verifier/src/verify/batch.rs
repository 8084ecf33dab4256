//! The check of a batch: one proof for many queries.

use core::fmt;

use serde::Serialize;

use super::{Basis, Refusal, Shown, check_class_count, write_basis};
use crate::batch::{BatchQuery, BatchStatement};
use crate::batch_proof::BatchProof;
use crate::certificate::Limits;
use crate::claim::{ClaimError, check_batch_claim};
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::index_proof::IndexVerdict;
use crate::method::MethodId;
use crate::plan::index;
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
    /// Digest of the plan that was used.
    pub plan_digest: Digest,
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
    /// Number of contributors.
    pub contributors: usize,
    /// Whether the contexts were compared with expected ones.
    pub contexts_compared: bool,
    /// Whether the keys of one of the proofs come from a development SRS, so that it may be forged.
    pub unsafe_srs: bool,
    /// Whether an index proof shows that the attribution table is what the method makes of the rows.
    pub table_proven_from_rows: bool,
    /// What that index proof certifies.
    pub index: Option<IndexVerdict>,
}

/// Checks the proof of a batch against a registration and, where they are expected, the contexts of its queries in
/// order. The index, where it is proven, must stay within [`Limits::default`].
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_batch(
    registration: &Registration,
    proof: &BatchProof,
    expected_contexts: Option<&[FieldElement]>,
) -> Result<BatchVerdict, Refusal> {
    verify_batch_within(registration, proof, expected_contexts, Limits::default())
}

/// As [`verify_batch`], with limits of the caller's for what a registered index proof certifies.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_batch_within(
    registration: &Registration,
    proof: &BatchProof,
    expected_contexts: Option<&[FieldElement]>,
    limits: Limits,
) -> Result<BatchVerdict, Refusal> {
    let BatchProof { format: _, statement, proof: bytes, unsafe_srs } = proof;
    let shape = registration.check()?;
    if !shape.is_batch() {
        return Err(Refusal::BatchForSingle);
    }
    let slots = index(shape.queries);
    check_batch_claim(&registration.subject, statement, slots, expected_contexts)?;
    for query in &statement.queries {
        check_class_count(shape, query.logits.len())?;
    }
    let inputs = statement.public_inputs(slots).map_err(ClaimError::from)?;
    let shown = Shown { registration, shape, inputs, bytes, unsafe_srs: *unsafe_srs };
    let Basis { plan_digest, index, unsafe_srs } = shown.check(limits)?;
    Ok(BatchVerdict {
        plan_digest,
        model_commitment: statement.model_commitment,
        index_commitment: statement.index_commitment,
        method: statement.method,
        queries: statement.queries.len(),
        unattributed: statement.queries.len() - statement.attributed(),
        answers: answers(statement),
        contributors: statement.contributors.len(),
        contexts_compared: expected_contexts.is_some(),
        unsafe_srs,
        table_proven_from_rows: index.is_some(),
        index,
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
        let Self { model_commitment, queries, unattributed, method, contributors, .. } = self;
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
        let contexts = format_args!("contexts {compared}");
        write_basis(f, self.index.as_ref(), contexts, self.unsafe_srs)
    }
}
