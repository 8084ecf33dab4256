//! Byte strings and wide integers as our files write them.
//!
//! A byte string is `0x` and an even number of lower-case hexadecimal digits; a wide integer is a
//! string of decimal digits without sign or leading zeros. One value has one text, so two files
//! that hold the same statement hold the same characters.

use thiserror::Error;

/// Why a text is no byte string of the expected length.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HexError {
    /// The text does not begin with `0x`.
    #[error("a byte string begins with 0x")]
    Prefix,
    /// The number of digits is odd.
    #[error("a byte string has an even number of digits, not {digits}")]
    Odd {
        /// Digits found after the prefix.
        digits: usize,
    },
    /// The number of digits is not the one this field has.
    #[error("expected {expected} hexadecimal digits after 0x, found {digits}")]
    Length {
        /// Digits the field has.
        expected: usize,
        /// Digits found after the prefix.
        digits: usize,
    },
    /// A character is no lower-case hexadecimal digit.
    #[error("character {position} after 0x is no lower-case hexadecimal digit")]
    Digit {
        /// Place of the character, counted from 0 behind the prefix.
        position: usize,
    },
}

/// Decodes a byte string of any length.
///
/// ```
/// use tribute_verifier::text::{HexError, decode_bytes};
///
/// assert_eq!(decode_bytes("0x00ff"), Ok(vec![0, 255]));
/// assert_eq!(decode_bytes("0x00FF"), Err(HexError::Digit { position: 2 }));
/// ```
///
/// # Errors
/// Fails on a missing prefix, an odd number of digits or a foreign character.
pub fn decode_bytes(text: &str) -> Result<Vec<u8>, HexError> {
    let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?.as_bytes();
    if digits.len() % 2 != 0 {
        return Err(HexError::Odd { digits: digits.len() });
    }
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for (pair, two) in digits.chunks_exact(2).enumerate() {
        let high = nibble(two[0]).ok_or(HexError::Digit { position: 2 * pair })?;
        let low = nibble(two[1]).ok_or(HexError::Digit { position: 2 * pair + 1 })?;
        bytes.push(high << 4 | low);
    }
    Ok(bytes)
}

/// Decodes a byte string of exactly `N` bytes.
///
/// # Errors
/// As [`decode_bytes`], and on any other length.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let digits = text.strip_prefix("0x").ok_or(HexError::Prefix)?.len();
    if digits != 2 * N {
        return Err(HexError::Length { expected: 2 * N, digits });
    }
    let bytes = decode_bytes(text)?;
    bytes.try_into().map_err(|_| HexError::Length { expected: 2 * N, digits })
}

/// Writes bytes as `0x` and lower-case digits.
#[must_use]
pub fn encode_bytes(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Byte strings in JSON, for `#[serde(with)]` on a `Vec<u8>`.
pub mod bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the bytes as text.
    ///
    /// # Errors
    /// Passes on what the serializer refuses.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::encode_bytes(bytes))
    }

    /// Reads the text strictly.
    ///
    /// # Errors
    /// Fails on a text that [`decode_bytes`](super::decode_bytes) refuses.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::decode_bytes(&text).map_err(D::Error::custom)
    }
}

/// Wide non-negative integers in JSON as decimal strings, for `#[serde(with)]` on a `u128`.
pub mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the number in decimal digits.
    ///
    /// # Errors
    /// Passes on what the serializer refuses.
    pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads the one decimal text of the number.
    ///
    /// # Errors
    /// Fails on a sign, a leading zero, a foreign character or a number of more than 128 bits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value: u128 = text.parse().map_err(D::Error::custom)?;
        if value.to_string() == text {
            Ok(value)
        } else {
            Err(D::Error::custom("a decimal string has neither sign nor leading zeros"))
        }
    }
}

/// Most characters of a line; a hostile file may name a field of any length.
const MAX_LINE_CHARS: usize = 800;

/// Makes text that came from files safe to show: no line breaks, no control characters, bounded.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == MAX_LINE_CHARS {
            line.push_str(" ..");
            break;
        }
        match character {
            '"' | '\'' | '\\' => line.push(character),
            other => line.extend(other.escape_debug()),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_it_encodes() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(decode_bytes(&encode_bytes(&bytes)), Ok(bytes));
        assert_eq!(decode_bytes("0x"), Ok(vec![]));
    }

    #[test]
    fn rejects_every_other_spelling() {
        assert_eq!(decode_bytes("00"), Err(HexError::Prefix));
        assert_eq!(decode_bytes("0X00"), Err(HexError::Prefix));
        assert_eq!(decode_bytes("0x0"), Err(HexError::Odd { digits: 1 }));
        assert_eq!(decode_bytes("0x0A"), Err(HexError::Digit { position: 1 }));
        assert_eq!(decode_bytes("0x 0"), Err(HexError::Digit { position: 0 }));
        assert_eq!(decode_array::<2>("0x00"), Err(HexError::Length { expected: 4, digits: 2 }));
        assert_eq!(decode_array::<1>("0x0000"), Err(HexError::Length { expected: 2, digits: 4 }));
        assert_eq!(decode_array::<1>("0xé"), Err(HexError::Digit { position: 0 }));
    }

    #[test]
    fn a_decimal_has_one_text() {
        #[derive(serde::Deserialize, serde::Serialize)]
        struct Wide(#[serde(with = "decimal")] u128);
        let read = |text: &str| serde_json::from_str::<Wide>(text).map(|wide| wide.0);
        assert_eq!(read("\"0\"").unwrap(), 0);
        assert_eq!(read(&format!("\"{}\"", u128::MAX)).unwrap(), u128::MAX);
        for text in ["\"01\"", "\"+1\"", "\"-1\"", "\"\"", "\"1 \"", "1", "\"0x1\""] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("\"340282366920938463463374607431768211456\"").is_err());
        assert_eq!(serde_json::to_string(&Wide(7)).unwrap(), "\"7\"");
    }

    #[test]
    fn a_line_shows_no_control_characters() {
        let line = one_line("a\nb\u{1b}[2J\u{202e}\"q\" 'r' é 人");
        assert_eq!(line, "a\\nb\\u{1b}[2J\\u{202e}\"q\" 'r' é 人");
    }

    #[test]
    fn a_line_is_bounded() {
        assert_eq!(one_line(&"x".repeat(1 << 20)).len(), MAX_LINE_CHARS + 3);
    }
}
