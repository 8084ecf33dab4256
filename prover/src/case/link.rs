//! `private/link-<digest>.json`: the randomness of the registered commitments, without which no proof is linked to them.
//!
//! A file has the digest of its binding proof in its name, so that a new one never takes the place of the one in use:
//! `setup` writes it first, then the registration, whose one rename makes it the one in use, and removes what no
//! registration names any more. Wherever that ends, every registration that stands there has its tails.

use super::{Answers, CaseError, CasePaths, read_registration};
use crate::files::{Existing, FileError, Privacy, json};
use crate::keys::Tails;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
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
        let path = paths.link(&Digest::of(&[&binding.proof]));
        let case = paths.root().to_path_buf();
        if path.symlink_metadata().is_err() {
            return Err(CaseError::NoLinkTail { path, case });
        }
        let Self { format: _, plan, proof, tails } = json::read(&path, Self::FORMAT)?;
        let columns = binding.plan.link.as_ref().map(|link| link.columns);
        let own = plan == Digest(binding.plan.digest()?)
            && proof == Digest::of(&[&binding.proof])
            && u32::try_from(tails.len()).ok() == columns;
        let tails = own.then(|| Tails::from_elements(&tails)).flatten();
        tails.ok_or(CaseError::ForeignLinkTail { path, case })
    }

    /// Writes the tails for the case's owner alone, beside those of other proofs.
    ///
    /// # Errors
    /// Fails as [`json::write`] does.
    pub fn write(&self, paths: &CasePaths) -> Result<(), FileError> {
        json::write(&paths.link(&self.proof), self, Privacy::Private, Existing::Replace)
    }

    /// Removes the tails of binding proofs that no registration of the case carries. While one of the registrations
    /// cannot be read nothing is removed, and what cannot be removed stays.
    pub(crate) fn sweep(paths: &CasePaths) {
        let mut used = BTreeSet::new();
        for answers in [Answers::One, Answers::Batch] {
            let path = paths.answering(answers).registration();
            if path.symlink_metadata().is_err() {
                continue;
            }
            let Ok(registration) = read_registration(&path) else { return };
            used.insert(paths.link(&Digest::of(&[&registration.binding.proof])));
        }
        let Ok(listed) = fs::read_dir(paths.root().join(CasePaths::PRIVATE)) else { return };
        for path in listed.flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(CasePaths::is_link) && !used.contains(&path) {
                let _ = fs::remove_file(path);
            }
        }
    }
}
