//! Contributors by name and address, in registry order, and the digest that binds them.
//!
//! # Relation
//! `payees_digest = keccak(keccak("tribute/payees/1") || M || keccak(name_0) || address_0 || ..)`,
//! every item a word of 32 bytes, an address padded on the left.

use core::fmt;
use core::str::FromStr;
use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::digest::Digest;
use crate::text::{self, HexError};

/// Most contributors that one index can have.
pub const MAX_CONTRIBUTORS: usize = 4096;

/// Most contributors that a registry on a chain pays (`contracts/src/Subjects.sol`).
pub const MAX_PAID: usize = 512;

const DOMAIN: &[u8] = b"tribute/payees/1";

/// An account on the chain, 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);

/// One who is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contributor {
    /// Name in the dataset.
    pub name: String,
    /// Where shares go.
    pub address: Address,
}

/// Why a list of contributors cannot be registered.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PayeesError {
    /// The list is empty or too long.
    #[error("{found} contributors; 1 to {MAX_CONTRIBUTORS} can be registered")]
    Count {
        /// Contributors in the list.
        found: usize,
    },
    /// A name has no characters.
    #[error("contributor {position} has an empty name")]
    EmptyName {
        /// Place in the list, from 0.
        position: usize,
    },
    /// Two contributors share a name.
    #[error("the name {name:?} is there twice")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// An address is zero, so a share would be lost.
    #[error("contributor {name:?} has the zero address")]
    ZeroAddress {
        /// Name of the contributor.
        name: String,
    },
    /// Two contributors share an address.
    #[error("the address {address} is there twice")]
    DuplicateAddress {
        /// The address.
        address: Address,
    },
}

/// Checks that a list can be registered: names and addresses unique, none empty or zero.
///
/// # Errors
/// Fails on the first contributor that breaks a rule.
pub fn check_payees(payees: &[Contributor]) -> Result<(), PayeesError> {
    if payees.is_empty() || payees.len() > MAX_CONTRIBUTORS {
        return Err(PayeesError::Count { found: payees.len() });
    }
    let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for (position, Contributor { name, address }) in payees.iter().enumerate() {
        if name.is_empty() {
            return Err(PayeesError::EmptyName { position });
        }
        if !names.insert(name) {
            return Err(PayeesError::DuplicateName { name: name.clone() });
        }
        if *address == Address::ZERO {
            return Err(PayeesError::ZeroAddress { name: name.clone() });
        }
        if !addresses.insert(address) {
            return Err(PayeesError::DuplicateAddress { address: *address });
        }
    }
    Ok(())
}

/// Returns the digest of a list in its order.
///
/// ```
/// use tribute_verifier::payees::{Address, Contributor, payees_digest};
///
/// let ada = Contributor { name: "ada".into(), address: Address([1; 20]) };
/// let bob = Contributor { name: "bob".into(), address: Address([2; 20]) };
/// let order = [ada.clone(), bob.clone()];
/// assert_ne!(payees_digest(&order), payees_digest(&[bob, ada]));
/// ```
#[must_use]
pub fn payees_digest(payees: &[Contributor]) -> Digest {
    let mut words = vec![Digest::of(&[DOMAIN]).0, word(payees.len() as u64)];
    for Contributor { name, address } in payees {
        words.push(Digest::of(&[name.as_bytes()]).0);
        words.push(address.word());
    }
    Digest::of(&[words.as_flattened()])
}

/// Returns an integer as a word of 32 bytes.
pub(crate) fn word(value: impl Into<u128>) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[16..].copy_from_slice(&value.into().to_be_bytes());
    bytes
}

impl Address {
    /// The address that nobody holds.
    pub const ZERO: Self = Self([0; 20]);

    /// Returns the address padded on the left to a word.
    #[must_use]
    pub fn word(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[12..].copy_from_slice(&self.0);
        bytes
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::encode_bytes(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        text::decode_array(text).map(Self)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contributor(name: &str, last: u8) -> Contributor {
        let mut address = Address::ZERO;
        address.0[19] = last;
        Contributor { name: name.into(), address }
    }

    #[test]
    fn accepts_one_and_the_most() {
        let most: Vec<_> = (0..MAX_CONTRIBUTORS)
            .map(|place| {
                let mut address = Address([1; 20]);
                address.0[..8].copy_from_slice(&(place as u64).to_be_bytes());
                Contributor { name: place.to_string(), address }
            })
            .collect();
        assert_eq!(check_payees(&most), Ok(()));
        assert_eq!(check_payees(&most[..1]), Ok(()));
    }

    #[test]
    fn rejects_lists_that_lose_or_confuse_shares() {
        let found = MAX_CONTRIBUTORS + 1;
        let many = vec![contributor("a", 1); found];
        assert_eq!(check_payees(&[]), Err(PayeesError::Count { found: 0 }));
        assert_eq!(check_payees(&many), Err(PayeesError::Count { found }));
        let list = [contributor("a", 1), contributor("", 2)];
        assert_eq!(check_payees(&list), Err(PayeesError::EmptyName { position: 1 }));
        let list = [contributor("a", 1), contributor("a", 2)];
        assert_eq!(check_payees(&list), Err(PayeesError::DuplicateName { name: "a".into() }));
        let list = [contributor("a", 1), contributor("b", 0)];
        assert_eq!(check_payees(&list), Err(PayeesError::ZeroAddress { name: "b".into() }));
        let list = [contributor("a", 1), contributor("b", 1)];
        let address = list[0].address;
        assert_eq!(check_payees(&list), Err(PayeesError::DuplicateAddress { address }));
    }

    #[test]
    fn the_digest_binds_every_part() {
        let list = [contributor("a", 1), contributor("b", 2)];
        let digest = payees_digest(&list);
        for other in [
            vec![contributor("a", 1), contributor("b", 3)],
            vec![contributor("a", 1), contributor("c", 2)],
            vec![contributor("b", 2), contributor("a", 1)],
            vec![contributor("a", 1)],
        ] {
            assert_ne!(payees_digest(&other), digest);
        }
    }

    #[test]
    fn an_address_has_one_spelling() {
        let text = "0x00000000000000000000000000000000000000ab";
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        assert!(text.to_uppercase().parse::<Address>().is_err());
        assert!(text[..40].parse::<Address>().is_err());
        let json = format!("{{\"name\":\"a\",\"address\":\"{text}\",\"share\":1}}");
        assert!(serde_json::from_str::<Contributor>(&json).is_err());
    }
}
