//! Between integers and field elements: $v \ge 0$ is itself, $v < 0$ is $p + v$.

use std::sync::LazyLock;

use ff::{Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::{BigInt, BigUint, Sign};
use tribute_verifier::field::FieldElement;

/// Encodes an integer of either sign.
#[must_use]
pub fn encode(value: i128) -> Fr {
    let magnitude = value.unsigned_abs();
    // Most integers are small, and a conversion bit by bit is slow.
    let magnitude = u64::try_from(magnitude).map_or_else(|_| Fr::from_u128(magnitude), Fr::from);
    if value < 0 { -magnitude } else { magnitude }
}

/// The same element, in the proof system's representation.
#[must_use]
pub fn from_element(element: FieldElement) -> Fr {
    let mut repr = element.to_be_bytes();
    repr.reverse();
    // A field element is canonical, so this doesn't fail.
    Option::from(Fr::from_repr(repr)).unwrap_or(Fr::ZERO)
}

/// The same element, in the verifier's representation.
#[must_use]
pub fn to_element(element: Fr) -> FieldElement {
    let mut bytes = element.to_repr();
    bytes.reverse();
    FieldElement::from_be_bytes(bytes).unwrap_or(FieldElement::ZERO)
}

/// Encodes a wide integer, reduced modulo $p$.
#[must_use]
pub fn encode_wide(value: &BigInt) -> Fr {
    let radix = Fr::from(u64::MAX) + Fr::ONE;
    let magnitude = value
        .magnitude()
        .iter_u64_digits()
        .rev()
        .fold(Fr::ZERO, |sum, digit| sum * radix + Fr::from(digit));
    if value.sign() == Sign::Minus { -magnitude } else { magnitude }
}

/// $2^{\mathrm{bits}}$ as a field element.
#[must_use]
pub fn power_of_two(bits: u32) -> Fr {
    power(&POWERS, Fr::from(2), bits)
}

/// $2^{-\mathrm{bits}}$ as a field element.
pub(crate) fn inverse_power_of_two(bits: u32) -> Fr {
    power(&INVERSE_POWERS, HALF, bits)
}

/// Exponents whose powers are kept: those of every packed value.
const KEPT: u32 = 256;
/// $1/2$.
const HALF: Fr = Fr::TWO_INV;
static POWERS: LazyLock<Vec<Fr>> = LazyLock::new(|| powers(Fr::from(2)));
static INVERSE_POWERS: LazyLock<Vec<Fr>> = LazyLock::new(|| powers(HALF));

fn powers(base: Fr) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(power * base)).take(KEPT as usize).collect()
}

fn power(kept: &[Fr], base: Fr, exponent: u32) -> Fr {
    let kept = usize::try_from(exponent).ok().and_then(|exponent| kept.get(exponent));
    kept.copied().unwrap_or_else(|| base.pow_vartime([u64::from(exponent)]))
}

/// The representative of an element in $(-p/2, p/2)$.
#[must_use]
pub fn decode(element: Fr) -> BigInt {
    let value = BigUint::from_bytes_le(element.to_repr().as_ref());
    let negated = BigUint::from_bytes_le((-element).to_repr().as_ref());
    if negated < value { -BigInt::from(negated) } else { BigInt::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_it_encodes() {
        for value in [0, 1, -1, 1 << 40, -(1 << 40), i128::MAX, i128::MIN] {
            assert_eq!(decode(encode(value)), BigInt::from(value));
            assert_eq!(encode_wide(&BigInt::from(value)), encode(value));
        }
        let wide = BigInt::from(i128::MIN) * 1_000_003;
        assert_eq!(decode(encode_wide(&wide)), wide);
        assert_eq!(power_of_two(70), encode(1 << 70));
        for bits in [0, 1, 70, 255, 256, 300] {
            assert_eq!(power_of_two(bits) * inverse_power_of_two(bits), Fr::ONE);
        }
    }
}
