//! Keccak-256 digests and their truncation to a field element.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha3::{Digest as _, Keccak256};

use crate::field::FieldElement;
use crate::text::{self, HexError};

/// A Keccak-256 digest, as the EVM computes it.
///
/// ```
/// use tribute_verifier::digest::Digest;
///
/// let empty = Digest::of(&[]);
/// assert!(empty.to_string().starts_with("0xc5d24601"));
/// assert_eq!(empty.truncated().to_string()[2..4], *"00");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Hashes the parts one after the other, with nothing in between.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut keccak = Keccak256::new();
        for part in parts {
            keccak.update(part);
        }
        Self(keccak.finalize().into())
    }

    /// Returns the digest without its last byte as a field element: 248 bits, always below $p$.
    #[must_use]
    pub fn truncated(self) -> FieldElement {
        let mut bytes = [0; 32];
        bytes[1..].copy_from_slice(&self.0[..31]);
        // A leading zero byte puts the value below 2^248, so this never takes the second branch.
        FieldElement::from_be_bytes(bytes).unwrap_or(FieldElement::ZERO)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::encode_bytes(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        text::decode_array(text).map(Self)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text::decode_array(&text).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined() {
        assert_eq!(Digest::of(&[b"ab", b"c"]), Digest::of(&[b"abc"]));
        assert_ne!(Digest::of(&[b"ab"]), Digest::of(&[b"abc"]));
    }

    #[test]
    fn truncation_drops_the_last_byte() {
        let digest = Digest(core::array::from_fn(|place| u8::try_from(place + 1).unwrap()));
        let bytes = digest.truncated().to_be_bytes();
        assert_eq!(bytes[0], 0);
        assert_eq!(bytes[1..], digest.0[..31]);
        assert_ne!(Digest([0xff; 32]).truncated(), FieldElement::ZERO);
    }

    #[test]
    fn json_is_a_byte_string() {
        let digest = Digest::of(&[b"x"]);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"0x00\"").is_err());
    }
}
