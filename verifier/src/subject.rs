//! What proofs are about: commitments, the opened header of the index, and who is paid.
//!
//! # Relation
//! A subject holds together if `index_commitment` is $H(3; \cdot)$ of the header's digest and the
//! table commitment, the header names the same model and as many contributors as there are payees,
//! and the digest of the payees is the header's. [`Subject::check`] recomputes all of it.
//!
//! # Soundness
//! A proof binds the index commitment, the commitment binds header and table, and the header binds
//! method and payees. An edit anywhere in a subject therefore breaks either this check or the
//! comparison with a statement.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::commitment::index_commitment;
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::file::{self, Malformed};
use crate::header::{Header, HeaderError};
use crate::payees::{Contributor, PayeesError, check_payees, payees_digest};

const FORMAT: &str = "tribute/subject/2";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubjectFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/subject/2")]
    V2,
}

/// What proofs are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name and version.
    pub format: SubjectFormat,
    /// The model.
    pub model_commitment: FieldElement,
    /// The attribution table.
    pub table_commitment: FieldElement,
    /// Header and table.
    pub index_commitment: FieldElement,
    /// The header, opened.
    pub header: Header,
    /// Contributors in registry order.
    pub payees: Vec<Contributor>,
}

/// Why a subject does not hold together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SubjectError {
    /// The header contradicts itself.
    #[error("the index header: {0}")]
    Header(#[from] HeaderError),
    /// The payees cannot be registered.
    #[error("the payees: {0}")]
    Payees(#[from] PayeesError),
    /// The header counts other contributors than there are payees.
    #[error("the index header counts {header} contributors, but {payees} payees are listed")]
    ContributorCount {
        /// Contributors of the header.
        header: u64,
        /// Payees listed.
        payees: usize,
    },
    /// The header holds the digest of other payees.
    #[error("the payees listed are not those of the index header (digest {listed}, not {header})")]
    PayeesDigest {
        /// Digest of the header.
        header: Digest,
        /// Digest of the list.
        listed: Digest,
    },
    /// The header is of another model.
    #[error("the index header is of model {header}, not {subject}")]
    ModelCommitment {
        /// Model of the header.
        header: FieldElement,
        /// Model of the subject.
        subject: FieldElement,
    },
    /// Header and table do not hash to the index commitment.
    #[error("header and table hash to {recomputed}, not to the index commitment {found}")]
    IndexCommitment {
        /// What they hash to.
        recomputed: FieldElement,
        /// What the subject says.
        found: FieldElement,
    },
}

impl Subject {
    /// Puts a subject together; the index commitment follows from the rest.
    ///
    /// # Errors
    /// Fails if header and payees do not belong to each other.
    pub fn new(
        header: Header,
        table_commitment: FieldElement,
        payees: Vec<Contributor>,
    ) -> Result<Self, SubjectError> {
        let subject = Self {
            format: SubjectFormat::V2,
            model_commitment: header.model_commitment,
            table_commitment,
            index_commitment: index_commitment(header.digest(), table_commitment),
            header,
            payees,
        };
        subject.check()?;
        Ok(subject)
    }

    /// Reads `subject.json`, without checking that it holds together.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        file::read(FORMAT, bytes)
    }

    /// Recomputes everything that follows from something else.
    ///
    /// # Errors
    /// Fails on the first value that is not what it follows from.
    pub fn check(&self) -> Result<(), SubjectError> {
        let Self {
            format: _,
            model_commitment,
            table_commitment,
            index_commitment: found,
            header,
            payees,
        } = self;
        header.check()?;
        check_payees(payees)?;
        if usize::try_from(header.contributors) != Ok(payees.len()) {
            return Err(SubjectError::ContributorCount {
                header: header.contributors,
                payees: payees.len(),
            });
        }
        let listed = payees_digest(payees);
        if listed != header.payees_digest {
            return Err(SubjectError::PayeesDigest { header: header.payees_digest, listed });
        }
        if header.model_commitment != *model_commitment {
            return Err(SubjectError::ModelCommitment {
                header: header.model_commitment,
                subject: *model_commitment,
            });
        }
        let recomputed = index_commitment(header.digest(), *table_commitment);
        if recomputed != *found {
            return Err(SubjectError::IndexCommitment { recomputed, found: *found });
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::commitment::PROFILE;
    use crate::header::{Admission, NEWTON_SIGMA};
    use crate::method::MethodId;
    use crate::payees::Address;

    /// A subject with three contributors.
    pub(crate) fn subject() -> Subject {
        let payees: Vec<_> = ["ada", "bob", "cy"]
            .into_iter()
            .zip(1..)
            .map(|(name, last)| Contributor { name: name.into(), address: Address([last; 20]) })
            .collect();
        let header = Header {
            profile: PROFILE,
            method: MethodId::GroupNewton,
            model_commitment: FieldElement::from_u128(0x30de1),
            dataset_root: FieldElement::from_u128(0xda7a),
            rows: 200,
            contributors: 3,
            payees_digest: payees_digest(&payees),
            lam: 256,
            sigma: NEWTON_SIGMA,
            eta: 65,
            epsilon: 17,
            norm_sum: 18,
            admission: Admission::FirstRegistered,
            admitted: 199,
            validation: 0,
            right: 190,
            validation_right: 0,
            head_norm: 5 << 16,
            registrar: Address([0xab; 20]),
            contributors_ppm: 700_000,
        };
        Subject::new(header, FieldElement::from_u128(0x7ab1e), payees).unwrap()
    }

    fn check(edit: impl FnOnce(&mut Subject)) -> SubjectError {
        let mut edited = subject();
        edit(&mut edited);
        edited.check().unwrap_err()
    }

    #[test]
    fn reads_what_it_writes() {
        let json = serde_json::to_vec(&subject()).unwrap();
        assert_eq!(Subject::from_json(&json).unwrap(), subject());
        assert_eq!(subject().check(), Ok(()));
    }

    #[test]
    fn rejects_every_edit_by_the_check_that_guards_it() {
        use SubjectError as E;
        assert!(matches!(check(|s| s.header.profile = 21), E::Header(_)));
        assert!(matches!(check(|s| s.payees.clear()), E::Payees(_)));
        let error = E::ContributorCount { header: 3, payees: 2 };
        assert_eq!(check(|s| s.payees.truncate(2)), error);
        assert!(matches!(check(|s| s.payees.swap(0, 1)), E::PayeesDigest { .. }));
        assert!(matches!(check(|s| s.payees[0].name.push('a')), E::PayeesDigest { .. }));
        assert!(matches!(check(|s| s.payees[2].address.0[0] ^= 1), E::PayeesDigest { .. }));
        let other = FieldElement::from_u128(1);
        assert!(matches!(check(|s| s.model_commitment = other), E::ModelCommitment { .. }));
        assert!(matches!(check(|s| s.table_commitment = other), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.index_commitment = other), E::IndexCommitment { .. }));
        let method = MethodId::Influence;
        assert!(matches!(check(|s| s.header.method = method), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.dataset_root = other), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.rows += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.lam += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.eta += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.epsilon += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.norm_sum += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.admitted -= 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.validation += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.right += 1), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.validation_right += 1), E::Header(_)));
        assert!(matches!(check(|s| s.header.head_norm -= 1), E::IndexCommitment { .. }));
        let registrar = Address([1; 20]);
        assert!(matches!(check(|s| s.header.registrar = registrar), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.header.contributors_ppm = 0), E::IndexCommitment { .. }));
    }

    #[test]
    fn edited_payees_with_a_new_digest_still_break_the_commitment() {
        let error = check(|s| {
            s.payees[0].address.0[0] ^= 1;
            s.header.payees_digest = payees_digest(&s.payees);
        });
        assert!(matches!(error, SubjectError::IndexCommitment { .. }));
    }
}
