//! `private/link.json`: the randomness of the registered commitments, without which no proof is linked to them.

use super::{CaseError, CasePaths};
use crate::files::{Existing, FileError, Privacy, json};
use crate::keys::Tails;
use serde::{Deserialize, Serialize};
use tribute_verifier::binding_proof::BindingProof;
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;

/// The tails of a binding proof, and which proof that is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkTail {
    /// Name and version.
    pub format: String,
    /// Digest of the binding plan.
    pub plan: Digest,
    /// Digest of the bytes of the binding proof: two proofs of one plan have different tails.
    pub proof: Digest,
    /// The two random cells of each linked column.
    pub tails: Vec<[FieldElement; 2]>,
}

impl std::fmt::Debug for LinkTail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { format: _, plan, proof, tails: _ } = self;
        f.debug_struct("LinkTail").field("plan", plan).field("proof", proof).finish_non_exhaustive()
    }
}

impl LinkTail {
    /// Name and version of the format.
    pub const FORMAT: &'static str = "tribute/link-tail/1";

    /// Names the tails of a binding proof.
    ///
    /// # Errors
    /// Fails if the plan has no digest, or a tail is no field element.
    pub fn new(binding: &BindingProof, tails: &Tails) -> Result<Self, CaseError> {
        let BindingProof { format: _, plan, proof } = binding;
        Ok(Self {
            format: Self::FORMAT.into(),
            plan: Digest(plan.digest()?),
            proof: Digest::of(&[proof]),
            tails: tails.to_elements()?,
        })
    }

    /// Reads the tails of a binding proof.
    ///
    /// # Errors
    /// Fails if there are none, or they are of another proof.
    pub fn read(paths: &CasePaths, binding: &BindingProof) -> Result<Tails, CaseError> {
        let path = paths.link();
        if path.symlink_metadata().is_err() {
            return Err(CaseError::NoLinkTail { path });
        }
        let Self { format: _, plan, proof, tails } = json::read(&path, Self::FORMAT)?;
        let columns = binding.plan.link.as_ref().map(|link| link.columns);
        let own = plan == Digest(binding.plan.digest()?)
            && proof == Digest::of(&[&binding.proof])
            && u32::try_from(tails.len()).ok() == columns;
        let tails = own.then(|| Tails::from_elements(&tails)).flatten();
        tails.ok_or(CaseError::ForeignLinkTail { path })
    }

    /// Writes the tails for the case's owner alone.
    ///
    /// # Errors
    /// Fails as [`json::write`] does.
    pub fn write(&self, paths: &CasePaths, existing: Existing) -> Result<(), FileError> {
        json::write(&paths.link(), self, Privacy::Private, existing)
    }
}
