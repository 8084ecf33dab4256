//! Scalars and curve points of a plan, decoded once and canonical.
//!
//! # Encoding
//! A scalar is `0x` and 64 lower-case hex digits, big-endian, below the modulus. A point of $G_1$ is
//! the list `[x, y]`, a point of $G_2$ is `[x_1, x_0, y_1, y_0]`, each coordinate $c = c_1 u + c_0$ with
//! the imaginary part first, as the EVM's pairing takes it. A point that exists is on the curve and in
//! the subgroup. Only a fixed column that holds nothing but zeros has a commitment at infinity,
//! `[0, 0]`.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ff::{BigInteger as _, PrimeField};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a word or a point of a plan does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// Not `0x` and 64 lower-case hex digits.
    #[error("expected 0x and 64 lower-case hex digits")]
    Hex,
    /// A word at or above the modulus.
    #[error("a word is not below the modulus")]
    NotCanonical,
    /// Coordinates that satisfy no curve equation.
    #[error("a point is not on the curve")]
    OffCurve,
    /// A point of the second curve outside the subgroup.
    #[error("a point is not in the subgroup")]
    Subgroup,
}

/// A scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scalar(pub Fr);

/// A point of $G_1$.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G1(pub G1Affine);

/// A point of $G_2$; never at infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G2(pub G2Affine);

/// Returns the word of a field element, big-endian.
pub(crate) fn to_word<F: PrimeField>(element: &F) -> [u8; 32] {
    let mut word = [0; 32];
    for (to, from) in word.iter_mut().rev().zip(element.into_bigint().to_bytes_le()) {
        *to = from;
    }
    word
}

/// Returns the field element of a word, refusing one at or above the modulus.
pub(crate) fn from_word<F: PrimeField>(word: &[u8; 32]) -> Option<F> {
    let element = F::from_be_bytes_mod_order(word);
    (to_word(&element) == *word).then_some(element)
}

/// Returns the point with these coordinates, refusing one that is off the curve; not at infinity.
pub(crate) fn on_curve(x: Fq, y: Fq) -> Option<G1Affine> {
    let point = G1Affine::new_unchecked(x, y);
    point.is_on_curve().then_some(point)
}

impl Scalar {
    /// Decodes a word, refusing one at or above the modulus.
    #[must_use]
    pub fn from_word(word: &[u8; 32]) -> Option<Self> {
        from_word(word).map(Self)
    }
}

impl G1 {
    /// The point at infinity.
    pub const INFINITY: Self = Self(G1Affine::identity());

    /// Returns the coordinates as words; both zero at infinity.
    #[must_use]
    pub fn words(&self) -> [[u8; 32]; 2] {
        self.0.xy().map_or([[0; 32]; 2], |(x, y)| [to_word(&x), to_word(&y)])
    }

    /// Decodes the coordinates.
    ///
    /// # Errors
    /// Fails unless both are canonical and the point is on the curve or at infinity.
    pub fn from_words([x, y]: [[u8; 32]; 2]) -> Result<Self, EncodingError> {
        if x == [0; 32] && y == [0; 32] {
            return Ok(Self(G1Affine::identity()));
        }
        let x = from_word(&x).ok_or(EncodingError::NotCanonical)?;
        let y = from_word(&y).ok_or(EncodingError::NotCanonical)?;
        on_curve(x, y).map(Self).ok_or(EncodingError::OffCurve)
    }
}

impl G2 {
    /// Returns the coordinates as words, imaginary parts first.
    #[must_use]
    pub fn words(&self) -> [[u8; 32]; 4] {
        let G2Affine { x, y, .. } = self.0;
        [to_word(&x.c1), to_word(&x.c0), to_word(&y.c1), to_word(&y.c0)]
    }

    /// Decodes the coordinates.
    ///
    /// # Errors
    /// Fails unless all are canonical and the point is on the curve and in the subgroup.
    pub fn from_words(words: [[u8; 32]; 4]) -> Result<Self, EncodingError> {
        let mut coordinates = [Fq::from(0_u64); 4];
        for (to, from) in coordinates.iter_mut().zip(&words) {
            *to = from_word(from).ok_or(EncodingError::NotCanonical)?;
        }
        let [x1, x0, y1, y0] = coordinates;
        let point = G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1));
        if !point.is_on_curve() {
            return Err(EncodingError::OffCurve);
        }
        if !point.is_in_correct_subgroup_assuming_on_curve() {
            return Err(EncodingError::Subgroup);
        }
        Ok(Self(point))
    }
}

fn write_word(word: &[u8; 32]) -> String {
    format!("0x{}", hex::encode(word))
}

fn parse_word(text: &str) -> Result<[u8; 32], EncodingError> {
    let digits = text.strip_prefix("0x").ok_or(EncodingError::Hex)?;
    if digits.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return Err(EncodingError::Hex);
    }
    let mut word = [0; 32];
    hex::decode_to_slice(digits, &mut word).map_err(|_| EncodingError::Hex)?;
    Ok(word)
}

fn write_words<S: Serializer, const N: usize>(
    words: [[u8; 32]; N],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(words.iter().map(write_word))
}

fn read_words<'de, D: Deserializer<'de>, const N: usize>(
    deserializer: D,
) -> Result<[[u8; 32]; N], D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.len() != N {
        return Err(D::Error::invalid_length(texts.len(), &"the coordinates of a point"));
    }
    let mut words = [[0; 32]; N];
    for (to, from) in words.iter_mut().zip(&texts) {
        *to = parse_word(from).map_err(D::Error::custom)?;
    }
    Ok(words)
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&write_word(&to_word(&self.0)))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = parse_word(&String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        from_word(&word).map(Self).ok_or_else(|| D::Error::custom(EncodingError::NotCanonical))
    }
}

impl Serialize for G1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_words(self.words(), serializer)
    }
}

impl<'de> Deserialize<'de> for G1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_words(read_words(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for G2 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_words(self.words(), serializer)
    }
}

impl<'de> Deserialize<'de> for G2 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_words(read_words(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json<T: Serialize>(value: &T) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn points_and_scalars_come_back() {
        let scalar = Scalar(-Fr::from(1_u64));
        assert_eq!(serde_json::from_str::<Scalar>(&json(&scalar)).unwrap(), scalar);
        let g1 = G1(G1Affine::generator());
        assert_eq!(serde_json::from_str::<G1>(&json(&g1)).unwrap(), g1);
        let infinity = G1(G1Affine::identity());
        assert_eq!(serde_json::from_str::<G1>(&json(&infinity)).unwrap(), infinity);
        let g2 = G2(G2Affine::generator());
        assert_eq!(serde_json::from_str::<G2>(&json(&g2)).unwrap(), g2);
    }

    #[test]
    fn words_at_the_modulus_are_refused() {
        let mut word = to_word(&-Fr::from(1_u64));
        word[31] += 1;
        assert_eq!(from_word::<Fr>(&word), None);
        let text = format!("\"{}\"", write_word(&word));
        assert!(serde_json::from_str::<Scalar>(&text).is_err());
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let mut words = G1(G1Affine::generator()).words();
        words[1][31] = 3;
        assert_eq!(G1::from_words(words), Err(EncodingError::OffCurve));
        let mut words = G2(G2Affine::generator()).words();
        words[0][31] ^= 1;
        assert_eq!(G2::from_words(words), Err(EncodingError::OffCurve));
    }

    #[test]
    fn text_is_lower_case_and_complete() {
        let upper = format!("0x{}", "A".repeat(64));
        assert_eq!(parse_word(&upper), Err(EncodingError::Hex));
        assert_eq!(parse_word("0x01"), Err(EncodingError::Hex));
        assert_eq!(parse_word(&"0".repeat(66)), Err(EncodingError::Hex));
    }
}
