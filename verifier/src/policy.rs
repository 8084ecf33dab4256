//! What a verifier accepts beyond what equations show.
//!
//! # Why
//! Equations are those of a plan, and a plan is a file that its maker can write at will: gates times a column of zeros
//! accept everything, and an SRS with a known secret proves everything. So a proof is worth what its *registration* is
//! worth. A [`Policy`] says which registrations, ceremonies, tables, contexts and models a verifier takes, and every way
//! into a verdict asks for one. [`Policy::default`] is the strictest; whoever takes less names it.
//!
//! # Trust in a registration
//! A registration is trusted by its digest ([`Registration::digest`]): one that was pinned after `tribute check` had made
//! every plan in it anew, or one that came over a channel of the verifier's own. [`Trust::Unchecked`] takes any, and the
//! verdict says so.
//!
//! # Order
//! A policy is asked before any equation is checked, so that a refusal names what to do first.

use std::collections::BTreeSet;

use serde::Serialize;
use thiserror::Error;

use crate::certificate::Limits;
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::plan::Plan;
use crate::registration::Registration;

/// What a verifier accepts. The default is the strictest.
///
/// ```
/// use tribute_verifier::policy::{Contexts, Policy, Trust};
///
/// let strict = Policy::default();
/// assert!(matches!(strict.trust, Trust::Pinned(ref digests) if digests.is_empty()));
/// assert!(!strict.development_srs && !strict.unproven_table);
/// assert_eq!(strict.contexts, Contexts::Zero); // what `prove` writes unless it is told otherwise
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Largest bounds that a proven table may have.
    pub limits: Limits,
    /// Which registrations are trusted.
    pub trust: Trust,
    /// Whether an SRS of no known ceremony is accepted, whose maker can forge proofs.
    pub development_srs: bool,
    /// Digests of SRSs that are accepted as those of ceremonies, beside the known ones.
    pub trusted_srs: BTreeSet<Digest>,
    /// Whether a table is accepted that nobody proved to come from the rows.
    pub unproven_table: bool,
    /// Which requests must be answered.
    pub contexts: Contexts,
    /// The model that must have answered, where one is expected.
    pub model: Option<FieldElement>,
}

/// Which registrations are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The one with this digest, which the verifier has from elsewhere.
    Digest(Digest),
    /// Those that were checked on this machine.
    Pinned(BTreeSet<Digest>),
    /// Any, whoever made its plans.
    Unchecked,
}

impl Default for Trust {
    fn default() -> Self {
        Self::Pinned(BTreeSet::new())
    }
}

/// Which requests must be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Contexts {
    /// None in particular: the context of each query is zero.
    #[default]
    Zero,
    /// These, in the order of the queries.
    Expected(Vec<FieldElement>),
    /// Any.
    Any,
}

impl Contexts {
    /// Whether contexts are compared with those that requests have.
    #[must_use]
    pub const fn compares(&self) -> bool {
        match self {
            Self::Zero | Self::Expected(_) => true,
            Self::Any => false,
        }
    }
}

/// Why a registration was trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrustedBy {
    /// It was checked on this machine, or made here.
    Pinned,
    /// Its digest was given.
    Given,
    /// It was not: its plans may be anybody's.
    Unchecked,
}

impl TrustedBy {
    /// Returns the name that files and verdicts use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Given => "given",
            Self::Unchecked => "unchecked",
        }
    }
}

/// Why a registration is not one that the verifier accepts. Each names what mends it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// Nobody checked here what its equations are.
    #[error(
        "this registration has not been checked here, and whoever made it may have made plans that accept anything: run `tribute check registration.json --srs FILE`, once (digest {digest})"
    )]
    Unchecked {
        /// Digest of the registration.
        digest: Digest,
    },
    /// Another registration than the one whose digest was given.
    #[error(
        "the registration has the digest {found}, not the expected {expected}: ask for the expected file"
    )]
    Registration {
        /// The digest that was given.
        expected: Digest,
        /// Digest of the registration.
        found: Digest,
    },
    /// Another model than the expected one.
    #[error("the registration is of the model {found}, not of the expected {expected}")]
    Model {
        /// The model that was expected.
        expected: FieldElement,
        /// The registered model.
        found: FieldElement,
    },
    /// The secret of the SRS may be known.
    #[error(
        "UNSAFE: the SRS {digest} is of no known ceremony, so whoever made it may forge proofs; `--trust-srs {digest}` accepts it as that of a ceremony of your own, `--unsafe-dev-srs` for development"
    )]
    DevelopmentSrs {
        /// Digest of the SRS.
        digest: Digest,
    },
    /// Nothing shows that the table comes from the rows.
    #[error(
        "the table is committed, not proven to come from the rows: its owner proves it with `tribute index`; `--allow-unproven-table` accepts it as it is"
    )]
    UnprovenTable,
    /// The registration cannot be written, and so not be named.
    #[error("the registration has no digest: {reason}")]
    NoDigest {
        /// What the serializer says.
        reason: String,
    },
}

impl PolicyRefusal {
    /// Returns the short name of the check that refused.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Unchecked { .. } => "registration-unchecked",
            Self::Registration { .. } => "registration-digest",
            Self::Model { .. } => "expected-model",
            Self::DevelopmentSrs { .. } => "development-srs",
            Self::UnprovenTable => "table-unproven",
            Self::NoDigest { .. } => "registration",
        }
    }
}

/// Who answers for a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trusted {
    /// Digest of the registration.
    pub registration_digest: Digest,
    /// How it was trusted.
    pub registration_trust: TrustedBy,
}

impl Policy {
    /// Asks of a registration nothing but its equations, within limits: for its maker, who knows what stands in it, and
    /// for tests of those equations. No verdict under it is one that a buyer may rely on.
    #[must_use]
    pub fn equations_alone(limits: Limits) -> Self {
        Self {
            limits,
            trust: Trust::Unchecked,
            development_srs: true,
            trusted_srs: BTreeSet::new(),
            unproven_table: true,
            contexts: Contexts::Any,
            model: None,
        }
    }

    /// The same policy for the answer to one request.
    #[must_use]
    pub fn for_request(self, context: FieldElement) -> Self {
        Self { contexts: Contexts::Expected(vec![context]), ..self }
    }

    /// Asks whether the registration is one to be trusted, and of the expected model.
    pub(crate) fn trusts(&self, registration: &Registration) -> Result<Trusted, PolicyRefusal> {
        let digest = registration
            .digest()
            .map_err(|error| PolicyRefusal::NoDigest { reason: error.to_string() })?;
        let by = match &self.trust {
            Trust::Digest(expected) if *expected == digest => TrustedBy::Given,
            Trust::Digest(expected) => {
                let (expected, found) = (*expected, digest);
                return Err(PolicyRefusal::Registration { expected, found });
            }
            Trust::Pinned(digests) if digests.contains(&digest) => TrustedBy::Pinned,
            Trust::Pinned(_) => return Err(PolicyRefusal::Unchecked { digest }),
            Trust::Unchecked => TrustedBy::Unchecked,
        };
        let found = registration.subject.model_commitment;
        match self.model {
            Some(expected) if expected != found => Err(PolicyRefusal::Model { expected, found }),
            _ => Ok(Trusted { registration_digest: digest, registration_trust: by }),
        }
    }

    /// Asks whether the ceremonies behind the plans are accepted.
    pub(crate) fn accepts_srs(&self, registration: &Registration) -> Result<(), PolicyRefusal> {
        let unknown = |plan: &&Plan| plan.srs.origin(&self.trusted_srs).is_unsafe();
        match registration.plans().find(unknown) {
            Some(plan) if !self.development_srs => {
                Err(PolicyRefusal::DevelopmentSrs { digest: plan.srs.digest() })
            }
            _ => Ok(()),
        }
    }

    /// Asks whether a table is accepted as it is registered.
    pub(crate) fn accepts_table(&self, registration: &Registration) -> Result<(), PolicyRefusal> {
        match registration.index {
            None if !self.unproven_table => Err(PolicyRefusal::UnprovenTable),
            _ => Ok(()),
        }
    }
}
