//! Elements of the BN254 scalar field as files and statements hold them.
//!
//! A [`FieldElement`] is 32 bytes, big-endian, below the order $p$ of the field. It cannot hold
//! anything else: a value in $[p, 2^{256})$ is refused where it is read, never reduced, so that a
//! commitment has one spelling.

use core::fmt;
use core::str::FromStr;

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::text::{self, HexError};

/// The order of the field, big-endian.
pub const MODULUS: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d,
    0x28, 0x33, 0xe8, 0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

/// Why a text or 32 bytes are no field element.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FieldError {
    /// The text is no byte string of 32 bytes.
    #[error(transparent)]
    Text(#[from] HexError),
    /// The value is not below the order of the field.
    #[error("a field element is below the order of the field; this value is not")]
    NotCanonical,
}

/// A field element in its canonical bytes.
///
/// ```
/// use tribute_verifier::field::FieldElement;
///
/// let five = FieldElement::from_u128(5);
/// assert_eq!(five.to_string().len(), 66);
/// assert_eq!(five.to_string().parse(), Ok(five));
/// assert!("0x5".parse::<FieldElement>().is_err());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldElement([u8; 32]);

impl FieldElement {
    /// The element 0.
    pub const ZERO: Self = Self([0; 32]);

    /// Returns an integer of at most 128 bits as an element.
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        let small = value.to_be_bytes();
        let mut bytes = [0; 32];
        let mut place = 0;
        while place < 16 {
            bytes[16 + place] = small[place];
            place += 1;
        }
        Self(bytes)
    }

    /// Returns the element with these big-endian bytes.
    ///
    /// # Errors
    /// Fails if the value is not below the order of the field.
    pub fn from_be_bytes(bytes: [u8; 32]) -> Result<Self, FieldError> {
        if bytes < MODULUS { Ok(Self(bytes)) } else { Err(FieldError::NotCanonical) }
    }

    /// Returns the big-endian bytes, a word of the transcript.
    #[must_use]
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Returns the element for arithmetic.
    #[must_use]
    pub fn to_fr(self) -> Fr {
        self.into()
    }
}

impl From<Fr> for FieldElement {
    fn from(element: Fr) -> Self {
        let mut bytes = [0; 32];
        let limbs = element.into_bigint().0;
        for (word, limb) in bytes.chunks_exact_mut(8).zip(limbs.iter().rev()) {
            word.copy_from_slice(&limb.to_be_bytes());
        }
        Self(bytes)
    }
}

impl From<FieldElement> for Fr {
    fn from(element: FieldElement) -> Self {
        // Exact: the bytes are below the order, so nothing is reduced.
        Self::from_be_bytes_mod_order(&element.0)
    }
}

impl From<&FieldElement> for Fr {
    fn from(element: &FieldElement) -> Self {
        (*element).into()
    }
}

/// Whether the canonical integer of `element` is below $2^{bits}$.
pub(crate) fn fits(integer: &BigInt<4>, bits: usize) -> bool {
    usize::try_from(integer.num_bits()).is_ok_and(|found| found <= bits)
}

impl fmt::Display for FieldElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::encode_bytes(&self.0))
    }
}

impl fmt::Debug for FieldElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FieldElement {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        Self::from_be_bytes(text::decode_array(text)?)
    }
}

impl Serialize for FieldElement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldElement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::{AdditiveGroup, Field};

    use super::*;

    #[test]
    fn the_modulus_is_that_of_the_field() {
        assert_eq!(Fr::MODULUS.to_bytes_be(), MODULUS);
    }

    #[test]
    fn accepts_the_largest_element_and_no_more() {
        let largest = FieldElement::from(-Fr::ONE);
        assert_eq!(FieldElement::from_be_bytes(largest.to_be_bytes()), Ok(largest));
        assert_eq!(FieldElement::from_be_bytes(MODULUS), Err(FieldError::NotCanonical));
        assert_eq!(FieldElement::from_be_bytes([0xff; 32]), Err(FieldError::NotCanonical));
    }

    #[test]
    fn converts_without_change() {
        for value in [0, 1, 255, 256, u128::MAX] {
            let element = FieldElement::from_u128(value);
            assert_eq!(element.to_fr(), Fr::from(value));
            assert_eq!(FieldElement::from(Fr::from(value)), element);
        }
        assert_eq!(FieldElement::from(Fr::ZERO), FieldElement::ZERO);
    }

    #[test]
    fn rejects_other_spellings() {
        let text = FieldElement::from_u128(0xabc).to_string();
        assert_eq!(text.parse(), Ok(FieldElement::from_u128(0xabc)));
        for other in [&text[2..], &text[..65], &format!("{text}0"), &text.to_uppercase(), ""] {
            assert!(other.parse::<FieldElement>().is_err(), "{other}");
        }
        let upper = text.replace("abc", "ABC");
        assert!(matches!(
            upper.parse::<FieldElement>(),
            Err(FieldError::Text(HexError::Digit { .. }))
        ));
    }

    #[test]
    fn json_is_the_text() {
        let element = FieldElement::from_u128(7);
        let json = serde_json::to_string(&element).unwrap();
        assert_eq!(json, format!("\"{element}\""));
        assert_eq!(serde_json::from_str::<FieldElement>(&json).unwrap(), element);
        assert!(serde_json::from_str::<FieldElement>("7").is_err());
    }
}
