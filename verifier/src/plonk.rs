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

use crate::plan::{Plan, index};

/// Checks a proof against a plan and its public inputs.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify(plan: &Plan, instances: &[Fr], proof: &[u8]) -> Result<(), PlonkError> {
    plan.validate()?;
    if instances.len() != index(plan.instances) {
        let expected = index(plan.instances);
        return Err(PlonkError::InstanceCount { expected, actual: instances.len() });
    }
    let proof = proof::Proof::read(plan, instances, proof)?;
    let domain = domain::Domain::new(plan, proof.challenges.x)?;
    let quotient = identity::quotient(plan, &domain, instances, &proof);
    opening::check(plan, &domain, &proof, quotient)
}
