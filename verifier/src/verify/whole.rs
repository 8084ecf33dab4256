//! The check of a registration on its own: of all that answers rest on but the answers.

use serde::Serialize;

use super::{Basis, Refusal};
use crate::field::FieldElement;
use crate::index_proof::verify_table;
use crate::method::MethodId;
use crate::payees::Contributor;
use crate::policy::Policy;
use crate::registration::Registration;

/// What was found of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegistrationVerdict {
    /// The model that answers.
    pub model_commitment: FieldElement,
    /// The attribution index.
    pub index_commitment: FieldElement,
    /// Method of the attribution.
    pub method: MethodId,
    /// Numbers of inputs, hidden units and classes of the model.
    pub widths: Vec<u32>,
    /// Queries that one proof answers at most.
    pub queries: u32,
    /// Root of the committed rows.
    pub dataset_root: FieldElement,
    /// Rows, admitted or not.
    pub rows: u64,
    /// Rows that take part; by the owner's word where the table is not proven.
    pub admitted: u64,
    /// Who is paid.
    pub contributors: Vec<Contributor>,
    /// What all of it rests on.
    #[serde(flatten)]
    pub basis: Basis,
}

/// Checks the proofs that a registration carries, under the policy's limits. That its plans are what they claim to be no
/// verifier can see: who has the SRS makes them anew (`tribute check`).
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_registration(
    registration: &Registration,
    policy: &Policy,
) -> Result<RegistrationVerdict, Refusal> {
    let trusted = policy.trusts(registration)?;
    let shape = registration.check()?;
    policy.accepts_srs(registration)?;
    policy.accepts_table(registration)?;
    let Registration { subject, binding, index, .. } = registration;
    binding.verify(subject).map_err(Refusal::Binding)?;
    let table = |proof| verify_table(subject, shape, proof, policy.limits);
    let certified = index.as_ref().map(table).transpose()?;
    let header = &subject.header;
    let widths = [shape.inputs].into_iter().chain(shape.hidden.iter().copied());
    Ok(RegistrationVerdict {
        model_commitment: subject.model_commitment,
        index_commitment: subject.index_commitment,
        method: header.method,
        widths: widths.chain([shape.classes]).collect(),
        queries: shape.queries,
        dataset_root: header.dataset_root,
        rows: header.rows,
        admitted: header.admitted,
        contributors: subject.payees.clone(),
        basis: Basis::new(registration, shape, trusted, policy, certified)?,
    })
}
