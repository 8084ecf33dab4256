//! What the commands that verify have in common: arguments, files, and the judgement of them.
//!
//! `tribute verify`, `tribute verify-inclusion` and `tribute-verify` take the same options and judge by the same code, so
//! that neither is laxer than the other.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use crate::batch_proof::AnswerFile;
use crate::certificate::{Bound, Limits};
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::file::{MAX_FILE_BYTES, Malformed};
use crate::inclusion::InclusionFile;
use crate::index_proof::IndexProof;
use crate::judgement::{Claim, Judgement, Shown};
use crate::pins::{Pins, PinsError};
use crate::policy::{Contexts, Policy, Trust};
use crate::registration::Registration;
use crate::verify::{verify, verify_batch, verify_index};

/// Which registrations are trusted, and of which model.
#[derive(Clone, Debug, Default, Args)]
pub struct TrustArgs {
    /// Digest of the registration to trust, and no other, pinned or not; as its owner published it elsewhere
    #[arg(long, value_name = "0x..", alias = "expect-registration", conflicts_with = "unchecked")]
    pub registration_digest: Option<Digest>,
    /// Trust whoever made the registration: its plans may accept anything, and the verdict says so
    #[arg(long)]
    pub unchecked: bool,
    /// The model commitment that must have answered
    #[arg(long, value_name = "0x..")]
    pub expect_model: Option<FieldElement>,
}

/// Which ceremonies and tables are accepted.
#[derive(Clone, Debug, Default, Args)]
pub struct AcceptArgs {
    /// Accept a development SRS, whose maker can forge proofs; for development only
    #[arg(long)]
    pub unsafe_dev_srs: bool,
    /// Accept the SRS with this digest as that of a ceremony of your own; `tribute inspect` and `srs import` say it
    #[arg(long, value_name = "0x..")]
    pub trust_srs: Vec<Digest>,
    /// Accept a table that nobody proved to come from the rows
    #[arg(long)]
    pub allow_unproven_table: bool,
    /// How far a proven head may be from its regularized optimum, as a part of its norm; 0.25 where it is not given
    #[arg(long, value_name = "X")]
    pub max_distance: Option<Bound>,
}

/// Which requests must be answered.
#[derive(Clone, Debug, Default, Args)]
pub struct ContextArgs {
    /// The request that the proof must answer, for a batch once for each query in order; zero where it is not given, as `prove` writes it
    #[arg(long = "context", value_name = "0x..")]
    pub contexts: Vec<FieldElement>,
    /// Accept the answer to any request
    #[arg(long, conflicts_with = "contexts")]
    pub any_context: bool,
}

impl TrustArgs {
    fn trust(&self) -> Result<Trust, PinsError> {
        match (self.registration_digest, self.unchecked) {
            (Some(digest), _) => Ok(Trust::Digest(digest)),
            (None, true) => Ok(Trust::Unchecked),
            (None, false) => Pins::of_user().map(|pins| Trust::Pinned(pins.digests())),
        }
    }
}

impl AcceptArgs {
    /// Returns the limits of a proven table.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let accepted = Limits::default();
        Limits { distance: self.max_distance.unwrap_or(accepted.distance), ..accepted }
    }

    /// Returns what is accepted of a registration whose plans are known.
    #[must_use]
    pub fn policy(&self, trust: Trust, model: Option<FieldElement>) -> Policy {
        Policy {
            limits: self.limits(),
            trust,
            development_srs: self.unsafe_dev_srs,
            trusted_srs: self.trust_srs.iter().copied().collect(),
            unproven_table: self.allow_unproven_table,
            contexts: Contexts::Zero,
            model,
        }
    }
}

impl ContextArgs {
    fn contexts(&self) -> Contexts {
        match (self.any_context, self.contexts.as_slice()) {
            (true, _) => Contexts::Any,
            (false, []) => Contexts::Zero,
            (false, contexts) => Contexts::Expected(contexts.to_vec()),
        }
    }
}

/// Why there is no judgement.
#[derive(Debug, Error)]
pub enum InputError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path leads to no regular file.
    #[error("{}: no regular file", path.display())]
    Kind {
        /// The path.
        path: PathBuf,
    },
    /// Two things are to be verified.
    #[error("either a proof or a row is asked for, not both")]
    Claims,
    /// Nothing is to be verified.
    #[error(
        "give a proof or a row: the registration carries no index proof, which would be verified without"
    )]
    Nothing,
    /// More contexts than a proof of one query answers.
    #[error("a proof of one query has one --context, {given} are given")]
    Contexts {
        /// Contexts given.
        given: usize,
    },
    /// The file is not what it should be.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Malformed,
    },
    /// One file was taken for the other.
    #[error("{} is a proof, not a registration: are --registration and --proof swapped?", path.display())]
    Swapped {
        /// The file given as registration.
        path: PathBuf,
    },
    /// What was pinned cannot be known.
    #[error(transparent)]
    Pins(#[from] PinsError),
}

/// Reads a registration, with the index proof of a file of its own in place of the one that it carries.
///
/// # Errors
/// Fails if a file cannot be read or is none.
pub fn read_registration(path: &Path, index: Option<&Path>) -> Result<Registration, InputError> {
    let mut registration = match read(path, Registration::from_json) {
        Err(InputError::Malformed { path, source: Malformed::Format { found, .. } })
            if found.starts_with("tribute/proof/") || found.starts_with("tribute/batch-proof/") =>
        {
            return Err(InputError::Swapped { path });
        }
        registration => registration?,
    };
    if let Some(path) = index {
        registration.index = Some(read(path, IndexProof::from_json)?);
    }
    Ok(registration)
}

/// What is to be judged.
#[derive(Debug)]
pub enum Subject {
    /// The answers of a proof, and the requests that they must answer.
    Answers(Box<AnswerFile>, ContextArgs),
    /// The table that a registration carries a proof of.
    Table,
    /// A contributor's row.
    Row(Box<InclusionFile>),
}

impl Subject {
    /// Reads the proof of a query or of a batch.
    ///
    /// # Errors
    /// Fails if it cannot be read or is none.
    pub fn answers(path: &Path, contexts: &ContextArgs) -> Result<Self, InputError> {
        let answers = read(path, AnswerFile::from_json)?;
        let given = contexts.contexts.len();
        if given > 1 && matches!(answers, AnswerFile::Single(_)) {
            return Err(InputError::Contexts { given });
        }
        Ok(Self::Answers(Box::new(answers), contexts.clone()))
    }

    /// Reads an opened row.
    ///
    /// # Errors
    /// Fails if it cannot be read or is none.
    pub fn row(path: &Path) -> Result<Self, InputError> {
        Ok(Self::Row(Box::new(read(path, InclusionFile::from_json)?)))
    }

    /// Judges it.
    ///
    /// # Errors
    /// Fails if the pins cannot be read, and where there is nothing to judge.
    pub fn judge(
        &self,
        registration: &Registration,
        trust: &TrustArgs,
        accept: &AcceptArgs,
    ) -> Result<Judgement, InputError> {
        let policy = accept.policy(trust.trust()?, trust.expect_model);
        Ok(match self {
            Self::Answers(file, contexts) => {
                let policy = Policy { contexts: contexts.contexts(), ..policy };
                match file.as_ref() {
                    AnswerFile::Single(proof) => {
                        let verified = verify(registration, proof, &policy);
                        let shown = verified.map(|verdict| Shown::Query(Box::new(verdict)));
                        Judgement::of(registration, Claim::Query, shown)
                    }
                    AnswerFile::Batch(proof) => {
                        let verified = verify_batch(registration, proof, &policy);
                        let shown = verified.map(|verdict| Shown::Batch(Box::new(verdict)));
                        Judgement::of(registration, Claim::Batch, shown)
                    }
                }
            }
            Self::Table if registration.index.is_none() => return Err(InputError::Nothing),
            Self::Table => {
                let verified = verify_index(registration, &policy);
                let shown = verified.map(|verdict| Shown::Table(Box::new(verdict)));
                Judgement::of(registration, Claim::Table, shown)
            }
            Self::Row(row) => {
                let verified = row.verify(registration, &policy);
                let shown = verified.map(|included| Shown::Row(Box::new(included)));
                Judgement::of(registration, Claim::Row, shown)
            }
        })
    }
}

/// Reads a file of ours, bounded.
fn read<T>(path: &Path, parse: fn(&[u8]) -> Result<T, Malformed>) -> Result<T, InputError> {
    let failed = |source| InputError::Read { path: path.into(), source };
    // Asked before opening: opening a pipe would wait for its writer.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(InputError::Kind { path: path.into() });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    parse(&bytes).map_err(|source| InputError::Malformed { path: path.into(), source })
}
