//! What a verifier found, as one JSON object: the same for `tribute verify` and `tribute-verify` (`docs/formats.md`).
//!
//! `claim` names what was judged. `accepted` says how; `check` and `reason` are null then, and name why where it was
//! refused. What an accepted claim says, and what it rests on, stands beside them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::digest::Digest;
use crate::inclusion::{Included, InclusionRefusal};
use crate::registration::Registration;
use crate::text;
use crate::verify::{BatchVerdict, Refusal, TableVerdict, Verdict};

/// What was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// The answer to a query.
    Query,
    /// The answers to a batch of queries.
    Batch,
    /// The table of a registration.
    Table,
    /// A row of a contributor.
    Row,
}

/// A verdict of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// On the answer to a query.
    Query(Box<Verdict>),
    /// On the answers to a batch.
    Batch(Box<BatchVerdict>),
    /// On a table.
    Table(Box<TableVerdict>),
    /// On a row.
    Row(Box<Included>),
}

/// Why a readable claim is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was judged.
    pub claim: Claim,
    /// The check that does not hold.
    pub check: &'static str,
    /// Why, in words; it may quote a file.
    pub reason: String,
    /// Digest of the registration it was judged under.
    pub registration_digest: Option<Digest>,
}

/// What was found of a readable claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is shown.
    Accepted(Shown),
    /// It is not.
    Refused(Refused),
}

impl Shown {
    /// Returns what was judged.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        match self {
            Self::Query(_) => Claim::Query,
            Self::Batch(_) => Claim::Batch,
            Self::Table(_) => Claim::Table,
            Self::Row(_) => Claim::Row,
        }
    }
}

impl core::fmt::Display for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Query(verdict) => verdict.fmt(f),
            Self::Batch(verdict) => verdict.fmt(f),
            Self::Table(verdict) => verdict.fmt(f),
            Self::Row(included) => included.fmt(f),
        }
    }
}

impl Judgement {
    /// Judges a claim from what verifying it gave.
    #[must_use]
    pub fn of(
        registration: &Registration,
        claim: Claim,
        verified: Result<Shown, impl Into<AnyRefusal>>,
    ) -> Self {
        match verified {
            Ok(shown) => Self::Accepted(shown),
            Err(refusal) => {
                let AnyRefusal { check, reason } = refusal.into();
                let registration_digest = registration.digest().ok();
                Self::Refused(Refused { claim, check, reason, registration_digest })
            }
        }
    }

    /// Whether the claim was accepted.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        match self {
            Self::Accepted(_) => true,
            Self::Refused(_) => false,
        }
    }

    /// Returns the judgement as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Accepted(shown) => {
                let mut value = json!({ "accepted": true, "claim": shown.claim(), "check": null, "reason": null });
                if let (Some(object), Value::Object(fields)) = (value.as_object_mut(), json!(shown))
                {
                    object.extend(fields);
                }
                value
            }
            Self::Refused(Refused { claim, check, reason, registration_digest }) => json!({
                "accepted": false,
                "claim": claim,
                "check": check,
                "reason": text::one_line(reason),
                "registration_digest": registration_digest,
            }),
        }
    }
}

/// The name and the words of a refusal of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyRefusal {
    check: &'static str,
    reason: String,
}

impl From<Refusal> for AnyRefusal {
    fn from(refusal: Refusal) -> Self {
        Self { check: refusal.check(), reason: refusal.to_string() }
    }
}

impl From<InclusionRefusal> for AnyRefusal {
    fn from(refusal: InclusionRefusal) -> Self {
        Self { check: refusal.check(), reason: refusal.to_string() }
    }
}
