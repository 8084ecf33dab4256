//! What a verdict rests on besides the statement: registration, plans, ceremony, bounds and limits.

use core::fmt;

use serde::{Serialize, Serializer};

use crate::certificate::{Bound, Freedom, Head, Limits, Stationarity};
use crate::digest::Digest;
use crate::header::{Header, OnChain};
use crate::index_proof::IndexVerdict;
use crate::payees::Address;
use crate::plan::{InferenceShape, PlanError};
use crate::policy::{Policy, Trusted, TrustedBy};
use crate::registration::Registration;
use crate::srs::SrsOrigin;

/// What an accepted claim rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// The registration, and how it was trusted.
    #[serde(flatten)]
    pub trusted: Trusted,
    /// Digests of its plans.
    pub plan_digests: PlanDigests,
    /// The SRS of its plans.
    pub srs: SrsBasis,
    /// Whether the SRS is of no known and no trusted ceremony, so that proofs may be forged.
    pub unsafe_srs: bool,
    /// The regularization.
    pub lambda: Lambda,
    /// Bits of the residual that the Newton certificate allows; 0 for methods without one.
    pub eta: u32,
    /// The only account that may register the index on a chain; zero where none may.
    pub registrar: Address,
    /// The least part of a fee, in millionths, that contributors have there.
    pub contributors_ppm: u32,
    /// How far the head is at most from its regularized optimum; by its owner's figures where the table is not proven.
    pub head_distance_bound: Option<Bound>,
    /// How far apart two tables of a contributor can be that both pass; likewise.
    pub table_freedom_bound: Option<Freedom>,
    /// Largest bounds that were accepted of a proven table.
    pub limits: Limits,
    /// Whether an index proof shows that the attribution table is what the method makes of the rows.
    pub table_proven_from_rows: bool,
    /// What that index proof certifies.
    pub index: Option<IndexVerdict>,
}

/// The SRS that all plans of a registration share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SrsBasis {
    /// Its digest.
    pub digest: Digest,
    /// Where it comes from, as its points tell.
    pub origin: SrsOrigin,
    /// Name of the known ceremony, where it is one.
    pub ceremony: Option<&'static str>,
}

/// Digests of the plans of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanDigests {
    /// Of the plan that answers queries.
    pub inference: Digest,
    /// Of the plan that binds the registered columns.
    pub binding: Digest,
    /// Of the plan that proves the table, where there is one.
    pub index: Option<Digest>,
}

/// The regularization in 1/256, shown as an exact decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lambda(pub u32);

impl fmt::Display for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 1/256 is 0.00390625.
        let (whole, part) = (self.0 / 256, u64::from(self.0 % 256) * 390_625);
        let text = format!("{whole}.{part:08}");
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Lambda {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Basis {
    /// Gathers what a registration says of itself, with what its index proof was found to certify.
    pub(super) fn new(
        registration: &Registration,
        shape: &InferenceShape,
        trusted: Trusted,
        policy: &Policy,
        index: Option<IndexVerdict>,
    ) -> Result<Self, PlanError> {
        let Registration { plan, binding, subject, .. } = registration;
        let (head_distance_bound, table_freedom_bound) = bounds(&subject.header, shape);
        let plan_digests = PlanDigests {
            inference: Digest(plan.digest()?),
            binding: Digest(binding.plan.digest()?),
            index: index.as_ref().map(|index| index.plan_digest),
        };
        // The plans share it: `Registration::check` compares.
        let origin = plan.srs.origin(&policy.trusted_srs);
        let ceremony = plan.srs.ceremony().map(|ceremony| ceremony.name);
        let srs = SrsBasis { digest: plan.srs.digest(), origin, ceremony };
        Ok(Self {
            trusted,
            plan_digests,
            srs,
            unsafe_srs: origin.is_unsafe(),
            lambda: Lambda(subject.header.lam),
            eta: subject.header.eta,
            registrar: subject.header.registrar,
            contributors_ppm: subject.header.contributors_ppm,
            head_distance_bound,
            table_freedom_bound,
            limits: policy.limits,
            table_proven_from_rows: index.is_some(),
            index,
        })
    }

    /// Returns what the index says of registrations on a chain.
    #[must_use]
    pub const fn on_chain(&self) -> OnChain {
        OnChain { registrar: self.registrar, contributors_ppm: self.contributors_ppm }
    }

    /// Says, behind the claim, what it is worth.
    pub(super) fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        context: fmt::Arguments<'_>,
    ) -> fmt::Result {
        match &self.index {
            Some(index) => write!(f, " ({index})")?,
            None => f.write_str(" (table committed, not proven to come from the rows)")?,
        }
        write!(f, "; {context}; registration ")?;
        write!(f, "{}", self.trusted)?;
        write!(f, "; {}", self.srs)
    }
}

/// Writes what the SRS is worth.
impl fmt::Display for SrsBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, origin, ceremony } = self;
        match origin {
            SrsOrigin::Ceremony => write!(f, "SRS of {}", ceremony.unwrap_or("a known ceremony")),
            SrsOrigin::Trusted => {
                write!(f, "SRS of your own ceremony {digest}, trusted by name")
            }
            SrsOrigin::Unknown => {
                write!(f, "UNSAFE: SRS {digest} of no known ceremony, whose maker can forge proofs")
            }
        }
    }
}

/// Writes how the registration was trusted.
impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.registration_digest;
        match self.registration_trust {
            TrustedBy::Pinned => write!(f, "{digest} checked here"),
            TrustedBy::Given => write!(f, "{digest} as given"),
            TrustedBy::Unchecked => {
                write!(f, "{digest} UNCHECKED: its plans may be anybody's and accept anything")
            }
        }
    }
}

/// The bounds that follow from the header's figures, as far as they have any.
fn bounds(header: &Header, shape: &InferenceShape) -> (Option<Bound>, Option<Freedom>) {
    let features = shape.hidden.last().copied().unwrap_or(shape.inputs).saturating_add(1);
    let head = Head { features, classes: shape.classes, lam: header.lam };
    let freedom = match header.method.is_newton() {
        true => head.freedom(header.eta).ok(),
        false => Some(Freedom(0)),
    };
    (head.distance(Stationarity::from(header)).ok(), freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_is_an_exact_decimal() {
        for (lam, text) in [(256, "1"), (128, "0.5"), (1, "0.00390625"), (257, "1.00390625")] {
            assert_eq!(Lambda(lam).to_string(), text);
        }
        assert_eq!(Lambda(2560).to_string(), "10");
        assert_eq!(Lambda(u32::MAX).to_string(), "16777215.99609375");
    }
}
