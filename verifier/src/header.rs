//! The opened header of an attribution index.
//!
//! # Relation
//! Twenty-one words in a fixed order; `header_digest` is their Keccak digest without its last byte.
//! The digest enters the index commitment and so every proof, which is how method, payees and rows
//! cannot be edited unnoticed. So do the registrar and the least part of contributors: who may
//! register the index on a chain, and on what terms at least, is not up to whoever registers it.
//!
//! # Soundness
//! A header is hashed outside circuits only: whoever relies on one recomputes the digest. It needs
//! no salt, since all it holds is published; the salt of the table hides the table.

use core::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::commitment::PROFILE;
use crate::dataset::MAX_ROWS;
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::method::MethodId;
use crate::payees::{Address, word};
use crate::text::decimal;

/// Number of words.
pub const WORD_COUNT: usize = 21;
/// One whole, in millionths.
pub const WHOLE_PPM: u32 = 1_000_000;
/// Bits that a Newton system is scaled by: $fp + fh + 40$.
pub const NEWTON_SIGMA: u32 = 68;

const DOMAIN: &[u8] = b"tribute/index-header/3";

/// Which rows take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Admission {
    /// Of rows with identical features the first registered is admitted.
    FirstRegistered = 1,
}

impl Admission {
    /// Returns the number that stands in the header.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::FirstRegistered => 1,
        }
    }
}

/// What an index is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the integer semantics; 20.
    pub profile: u16,
    /// The attribution method.
    pub method: MethodId,
    /// The model whose head the table belongs to.
    pub model_commitment: FieldElement,
    /// Root of the tree over all rows.
    pub dataset_root: FieldElement,
    /// Number of training rows, admitted or not.
    pub rows: u64,
    /// Number of contributors $M$.
    pub contributors: u64,
    /// Digest of their names and addresses, in order.
    pub payees_digest: Digest,
    /// The regularization $\lambda$ in 1/256.
    pub lam: u32,
    /// Scale of the Newton system; 0 for methods without one.
    pub sigma: u32,
    /// Bits of the residual that the Newton certificate allows; 0 for methods without one.
    pub eta: u32,
    /// Bound of the stationarity residual of the head.
    #[serde(with = "decimal")]
    pub epsilon: u128,
    /// Upper bound of the sum of feature norms over admitted rows, at the feature scale.
    #[serde(with = "decimal")]
    pub norm_sum: u128,
    /// Rule by which rows take part.
    pub admission: Admission,
    /// Number of rows that take part.
    pub admitted: u64,
    /// Number of validation rows: the tree holds them behind the others, and the table nothing of them.
    pub validation: u64,
    /// Number of training rows whose label is the class that the model returns.
    pub right: u64,
    /// Number of validation rows of which the same is true.
    pub validation_right: u64,
    /// Lower bound of the head's Frobenius norm, at the scale of its weights.
    pub head_norm: u64,
    /// The only account that may register the index on a chain; zero where none may.
    pub registrar: Address,
    /// The least part of a fee, in millionths, that contributors have on a chain.
    pub contributors_ppm: u32,
}

/// What a header says of registrations on a chain. Contracts hold them to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnChain {
    /// The only account that may register the index; zero where none may.
    pub registrar: Address,
    /// The least part of a fee, in millionths, that goes to contributors.
    pub contributors_ppm: u32,
}

/// Says it to whoever relies on the index.
///
/// ```
/// use tribute_verifier::header::OnChain;
/// use tribute_verifier::payees::Address;
///
/// let nowhere = OnChain { registrar: Address::ZERO, contributors_ppm: 0 };
/// assert_eq!(nowhere.to_string(), "not to be registered on a chain");
/// ```
impl fmt::Display for OnChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registrar, contributors_ppm } = *self;
        if registrar == Address::ZERO {
            return f.write_str("not to be registered on a chain");
        }
        let (whole, part) = (contributors_ppm / 10_000, contributors_ppm % 10_000);
        let percent = format!("{whole}.{part:04}");
        let percent = percent.trim_end_matches('0').trim_end_matches('.');
        write!(f, "registered on a chain by {registrar} only, ")?;
        write!(f, "at least {percent}% of fees to contributors")
    }
}

/// Why a header contradicts itself.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// The semantics are not the ones this version knows.
    #[error("profile {found} is not profile {PROFILE}")]
    Profile {
        /// Profile of the header.
        found: u16,
    },
    /// There are more rows than places.
    #[error("{rows} rows; the tree has {MAX_ROWS} places")]
    Rows {
        /// Rows of the header.
        rows: u64,
    },
    /// More rows take part than there are.
    #[error("{admitted} admitted rows of {rows}")]
    Admitted {
        /// Rows that take part.
        admitted: u64,
        /// All rows.
        rows: u64,
    },
    /// More answers are right than there are.
    #[error("{right} right answers on {rows} {what} rows")]
    Right {
        /// Which rows.
        what: &'static str,
        /// Right answers.
        right: u64,
        /// All rows of the kind.
        rows: u64,
    },
    /// Sigma is not the one of the method.
    #[error("sigma is {found}; with {method} it is {expected}")]
    Sigma {
        /// The method.
        method: MethodId,
        /// Sigma of the method.
        expected: u32,
        /// Sigma of the header.
        found: u32,
    },
    /// Contributors would have more than a fee.
    #[error("contributors have {found} millionths of a fee; {WHOLE_PPM} are all of it")]
    ContributorsPpm {
        /// Millionths of the header.
        found: u32,
    },
    /// A part of fees is promised, and nobody may register the index.
    #[error("contributors have {found} millionths of fees, but nobody may register the index")]
    NoRegistrar {
        /// Millionths of the header.
        found: u32,
    },
    /// Eta is given for a method that has none.
    #[error("eta is {found}; {method} has none, so it is 0")]
    Eta {
        /// The method.
        method: MethodId,
        /// Eta of the header.
        found: u32,
    },
}

impl Header {
    /// Returns the words in the order in which they are hashed.
    #[must_use]
    pub fn words(&self) -> [[u8; 32]; WORD_COUNT] {
        let Self {
            profile,
            method,
            model_commitment,
            dataset_root,
            rows,
            contributors,
            payees_digest,
            lam,
            sigma,
            eta,
            epsilon,
            norm_sum,
            admission,
            admitted,
            validation,
            right,
            validation_right,
            head_norm,
            registrar,
            contributors_ppm,
        } = *self;
        [
            Digest::of(&[DOMAIN]).0,
            word(profile),
            word(method.number()),
            model_commitment.to_be_bytes(),
            dataset_root.to_be_bytes(),
            word(rows),
            word(contributors),
            payees_digest.0,
            word(lam),
            word(sigma),
            word(eta),
            word(epsilon),
            word(norm_sum),
            word(admission.number()),
            word(admitted),
            word(validation),
            word(right),
            word(validation_right),
            word(head_norm),
            registrar.word(),
            word(contributors_ppm),
        ]
    }

    /// Returns the digest that enters the index commitment.
    #[must_use]
    pub fn digest(&self) -> FieldElement {
        Digest::of(&[self.words().as_flattened()]).truncated()
    }

    /// Returns what it says of registrations on a chain.
    #[must_use]
    pub const fn on_chain(&self) -> OnChain {
        OnChain { registrar: self.registrar, contributors_ppm: self.contributors_ppm }
    }

    /// Checks what a header says of itself alone.
    ///
    /// # Errors
    /// Fails on the first contradiction.
    pub fn check(&self) -> Result<(), HeaderError> {
        let Self { profile, method, rows, admitted, validation, sigma, eta, .. } = *self;
        if profile != PROFILE {
            return Err(HeaderError::Profile { found: profile });
        }
        let committed = rows.saturating_add(validation);
        if committed > MAX_ROWS {
            return Err(HeaderError::Rows { rows: committed });
        }
        if admitted > rows {
            return Err(HeaderError::Admitted { admitted, rows });
        }
        for (what, right, rows) in
            [("training", self.right, rows), ("validation", self.validation_right, validation)]
        {
            if right > rows {
                return Err(HeaderError::Right { what, right, rows });
            }
        }
        let expected = if method.is_newton() { NEWTON_SIGMA } else { 0 };
        if sigma != expected {
            return Err(HeaderError::Sigma { method, expected, found: sigma });
        }
        if eta != 0 && !method.is_newton() {
            return Err(HeaderError::Eta { method, found: eta });
        }
        self.check_on_chain()
    }

    fn check_on_chain(&self) -> Result<(), HeaderError> {
        let OnChain { registrar, contributors_ppm: found } = self.on_chain();
        if found > WHOLE_PPM {
            return Err(HeaderError::ContributorsPpm { found });
        }
        if found > 0 && registrar == Address::ZERO {
            return Err(HeaderError::NoRegistrar { found });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            profile: PROFILE,
            method: MethodId::GroupNewton,
            model_commitment: FieldElement::from_u128(3),
            dataset_root: FieldElement::from_u128(4),
            rows: 200,
            contributors: 8,
            payees_digest: Digest::of(&[]),
            lam: 256,
            sigma: NEWTON_SIGMA,
            eta: 65,
            epsilon: 17_656_578_048,
            norm_sum: 1 << 40,
            admission: Admission::FirstRegistered,
            admitted: 199,
            validation: 50,
            right: 190,
            validation_right: 40,
            head_norm: 5 << 16,
            registrar: Address([0xab; 20]),
            contributors_ppm: 700_000,
        }
    }

    #[test]
    fn every_field_changes_the_digest() {
        let digest = header().digest();
        let edits: [fn(&mut Header); 19] = [
            |header| header.profile = 21,
            |header| header.method = MethodId::Influence,
            |header| header.model_commitment = FieldElement::ZERO,
            |header| header.dataset_root = FieldElement::ZERO,
            |header| header.rows += 1,
            |header| header.contributors += 1,
            |header| header.payees_digest.0[31] ^= 1,
            |header| header.lam += 1,
            |header| header.sigma += 1,
            |header| header.eta += 1,
            |header| header.epsilon += 1,
            |header| header.norm_sum += 1,
            |header| header.admitted += 1,
            |header| header.validation += 1,
            |header| header.right += 1,
            |header| header.validation_right += 1,
            |header| header.head_norm += 1,
            |header| header.registrar.0[19] ^= 1,
            |header| header.contributors_ppm -= 1,
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut edited = header();
            edit(&mut edited);
            assert_ne!(edited.digest(), digest, "edit {number}");
        }
    }

    #[test]
    fn rejects_contradictions() {
        assert_eq!(header().check(), Ok(()));
        let check = |edit: fn(&mut Header)| {
            let mut edited = header();
            edit(&mut edited);
            edited.check().unwrap_err()
        };
        let method = MethodId::TracIn;
        assert_eq!(check(|header| header.profile = 19), HeaderError::Profile { found: 19 });
        let rows = MAX_ROWS + 1;
        assert_eq!(check(|header| header.rows = MAX_ROWS - 49), HeaderError::Rows { rows });
        let rows = u64::MAX;
        assert_eq!(check(|header| header.validation = u64::MAX), HeaderError::Rows { rows });
        let error = HeaderError::Right { what: "training", right: 201, rows: 200 };
        assert_eq!(check(|header| header.right = 201), error);
        let error = HeaderError::Right { what: "validation", right: 51, rows: 50 };
        assert_eq!(check(|header| header.validation_right = 51), error);
        let error = HeaderError::Admitted { admitted: 201, rows: 200 };
        assert_eq!(check(|header| header.admitted = 201), error);
        let error = HeaderError::Sigma { method, expected: 0, found: NEWTON_SIGMA };
        assert_eq!(check(|header| header.method = MethodId::TracIn), error);
        let error = HeaderError::Eta { method, found: 65 };
        let edit = |header: &mut Header| (header.method, header.sigma) = (MethodId::TracIn, 0);
        assert_eq!(check(edit), error);
        let error = HeaderError::ContributorsPpm { found: WHOLE_PPM + 1 };
        assert_eq!(check(|header| header.contributors_ppm = WHOLE_PPM + 1), error);
        let error = HeaderError::NoRegistrar { found: 700_000 };
        assert_eq!(check(|header| header.registrar = Address::ZERO), error);
    }

    #[test]
    fn says_who_may_register_it() {
        let mut on_chain = header().on_chain();
        on_chain.contributors_ppm = 333_330;
        let text = on_chain.to_string();
        assert!(text.starts_with("registered on a chain by 0xabab"), "{text}");
        assert!(text.ends_with("only, at least 33.333% of fees to contributors"), "{text}");
        for (ppm, percent) in [(0, "0%"), (1, "0.0001%"), (700_000, "70%"), (WHOLE_PPM, "100%")] {
            on_chain.contributors_ppm = ppm;
            assert!(on_chain.to_string().contains(&format!("at least {percent} of")), "{ppm}");
        }
    }

    #[test]
    fn json_is_strict() {
        let json = serde_json::to_string(&header()).unwrap();
        assert_eq!(serde_json::from_str::<Header>(&json).unwrap(), header());
        assert!(json.contains("\"epsilon\":\"17656578048\""));
        let extra = json.replacen('{', "{\"note\":1,", 1);
        assert!(serde_json::from_str::<Header>(&extra).is_err());
    }
}
