//! `private/run.json`: what makes a run the same when it is started again.

use crate::batch::source::Asked;
use crate::batch::{AllError, Source};
use crate::files::{Existing, Privacy, create_private_directory, json};
use crate::salt;
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};
use std::path::Path;
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;

/// First word of a derived salt.
const SALT_DOMAIN: &[u8] = b"tribute/query-salt/1";

/// What a run is of, and the secret that its salts are derived from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Name and version.
    pub format: String,
    /// Digest of the registration, and of all inputs, salts and contexts that were given.
    pub of: Digest,
    /// Number of queries.
    pub queries: u64,
    /// What the salts of the run are derived from.
    secret: Digest,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { format: _, of, queries, secret: _ } = self;
        f.debug_struct("Run").field("of", of).field("queries", queries).finish_non_exhaustive()
    }
}

impl Run {
    /// Name and version of the format.
    pub const FORMAT: &'static str = "tribute/batch-run/1";

    /// Reads the run of a folder, or starts one there, where the folder is. That of other queries is replaced only where `existing` says so.
    pub(super) fn open(
        folder: &Path,
        of: Digest,
        queries: u64,
        existing: Existing,
    ) -> Result<Self, AllError> {
        let directory = folder.join("private");
        let path = directory.join("run.json");
        if path.symlink_metadata().is_ok() {
            match json::read::<Self>(&path, Self::FORMAT) {
                Ok(run) if (run.of, run.queries) == (of, queries) => return Ok(run),
                Ok(_) if existing == Existing::Refuse => return Err(AllError::ForeignRun { path }),
                Err(error) if existing == Existing::Refuse => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
        }
        create_private_directory(&directory)?;
        let secret = Digest(salt::bytes().map_err(AllError::Secret)?);
        let run = Self { format: Self::FORMAT.into(), of, queries, secret };
        json::write(&path, &run, Privacy::Private, existing)?;
        Ok(run)
    }

    /// The salt of a query: the requester's, or one that follows from secret and row.
    pub(super) fn salt(&self, asked: &Asked) -> FieldElement {
        let row = asked.row.to_be_bytes();
        let derived = || Digest::of(&[SALT_DOMAIN, &self.secret.0, &row]).truncated();
        asked.requested.salt.unwrap_or_else(derived)
    }
}

/// Digest of everything that a run is of, read in one pass; `check` sees every query.
pub(super) fn digest(
    registration: &[Digest; 2],
    source: &Source,
    inputs: usize,
    mut check: impl FnMut(&Asked) -> Result<(), AllError>,
) -> Result<(Digest, u64), AllError> {
    let mut hasher = Keccak256::new();
    registration.iter().for_each(|digest| hasher.update(digest.0));
    let mut pass = source.pass(inputs)?;
    let mut queries = 0;
    while let Some(asked) = pass.advance()? {
        check(&asked)?;
        for value in &asked.input {
            hasher.update(value.to_be_bytes());
        }
        for given in [asked.requested.salt, asked.requested.context] {
            hasher.update([u8::from(given.is_some())]);
            hasher.update(given.unwrap_or(FieldElement::ZERO).to_be_bytes());
        }
        queries += 1;
    }
    Ok((Digest(hasher.finalize().into()), queries))
}
