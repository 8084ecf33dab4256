//! Native verification: PLONK with SHPLONK openings over BN254, from a plan.
//!
//! # Relation
//! A proof is accepted when, at the point $x$ drawn after everything was committed,
//! $$ \sum_j y^{m-j} C_j(x) = h(x) \cdot (x^n - 1), $$
//! where $C_j$ are the plan's gates and the permutation's constraints in order, and every value used
//! in it is the value of the polynomial that was committed. The second is one pairing equation.
//!
//! # Soundness
//! Nothing is reduced on the way in: lengths are exact, scalars and coordinates below their moduli,
//! points on the curve (which has prime order) and not at infinity. Two byte strings never stand for
//! one proof. Every challenge comes from everything before it.
//!
//! # Links
//! Where a plan names linked columns, a proof ends in a [`link`](crate::link) to registered commitments, in the same transcript.
//!
//! # Cost
//! One multi-scalar multiplication over all commitments and one product of two pairings.

mod domain;
mod error;
mod identity;
mod opening;
mod proof;

pub(crate) use domain::{delta, omega};
pub use error::PlonkError;

use ark_bn254::Fr;

use crate::link::Linked;
use crate::plan::{G1, Plan, index};
use proof::Proof;

/// Checks a proof against a plan and its public inputs.
///
/// # Errors
/// Fails with the first check that does not hold, and on a plan whose proofs are linked.
pub fn verify(plan: &Plan, instances: &[Fr], proof: &[u8]) -> Result<(), PlonkError> {
    plan.validate()?;
    if plan.linked_proofs().is_some() {
        return Err(PlonkError::Unregistered);
    }
    check(plan, instances, proof).map(drop)
}

/// Checks a proof and its link to the registered commitments of the plan's linked columns.
///
/// # Errors
/// Fails with the first check that does not hold, and on a plan whose proofs are linked to nothing.
pub fn verify_linked(
    plan: &Plan,
    instances: &[Fr],
    registered: &[G1],
    proof: &[u8],
) -> Result<(), PlonkError> {
    plan.validate()?;
    let linked = plan.linked_proofs().zip(plan.link_layout());
    let (link, layout) = linked.ok_or(PlonkError::Unlinked)?;
    let (proof, bytes) = check(plan, instances, proof)?;
    let columns = &proof.advice[..index(link.columns)];
    Linked { link, layout, columns, registered }.check(proof.transcript, bytes)?;
    Ok(())
}

/// Checks a proof without a link, and returns the commitments of its linked columns.
pub(crate) fn verify_committing(
    plan: &Plan,
    instances: &[Fr],
    proof: &[u8],
) -> Result<Vec<G1>, PlonkError> {
    verify(plan, instances, proof)?;
    linked_commitments(plan, proof).ok_or(PlonkError::Unlinked)
}

/// Reads the commitments of the linked columns off the start of a proof; nothing else of it is looked at.
pub(crate) fn linked_commitments(plan: &Plan, proof: &[u8]) -> Option<Vec<G1>> {
    let count = index(plan.link.as_ref()?.columns);
    let (words, _) = proof.as_chunks::<32>();
    let points = words.get(..2 * count)?.as_chunks::<2>().0;
    points.iter().map(|words| G1::from_words(*words).ok()).collect()
}

/// Checks everything but the link; returns the proof and what stands behind it.
fn check<'a>(
    plan: &Plan,
    instances: &[Fr],
    bytes: &'a [u8],
) -> Result<(Proof, &'a [u8]), PlonkError> {
    if instances.len() != index(plan.instances) {
        let expected = index(plan.instances);
        return Err(PlonkError::InstanceCount { expected, actual: instances.len() });
    }
    let (expected, actual) = (plan.proof_bytes(), bytes.len());
    let split = bytes.split_at_checked(plan.plonk_bytes()).filter(|_| actual == expected);
    let (bytes, link) = split.ok_or(PlonkError::ProofLength { expected, actual })?;
    let proof = Proof::read(plan, instances, bytes)?;
    let domain = domain::Domain::new(plan, proof.challenges.x)?;
    let quotient = identity::quotient(plan, &domain, instances, &proof);
    opening::check(plan, &domain, &proof, quotient)?;
    Ok((proof, link))
}
