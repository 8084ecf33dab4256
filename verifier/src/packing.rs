//! Integers of a declared width, several to a field element.
//!
//! # Relation
//! A signed value $v$ of width $B$ has the raw value $v + 2^{B-1}$, an unsigned one is its own. A
//! segment of raw values becomes elements of $\lfloor 252 / B \rfloor$ slots,
//! $$ e = \sum_m \mathrm{raw}_m 2^{Bm}, $$
//! slot 0 lowest. Empty slots of the last element hold 0, and segments never share an element.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, PrimeField};
use thiserror::Error;

use crate::field::fits;

/// Bits of an element that slots may use; below the 253.6 bits of the field.
pub const CAPACITY_BITS: u32 = 252;

/// How many bits a value has and whether it has a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    bits: u32,
    signed: bool,
}

impl Width {
    /// A value of a descriptor: 16 bits.
    pub const DESCRIPTOR: Self = Self { bits: 16, signed: false };
    /// A value of an input, or a weight of a hidden layer: 16 bits and sign.
    pub const INPUT: Self = Self { bits: 16, signed: true };
    /// A weight of a hidden layer, of the same width as an input.
    pub const HIDDEN_WEIGHT: Self = Self::INPUT;
    /// A weight of the head, its bias row included: 24 bits and sign.
    pub const HEAD: Self = Self { bits: 24, signed: true };
    /// A bias of a hidden layer: 32 bits and sign.
    pub const BIAS: Self = Self { bits: 32, signed: true };
    /// An entry of the attribution table: 56 bits and sign.
    pub const TABLE: Self = Self { bits: 56, signed: true };
    /// A logit: 24 bits and sign.
    pub const LOGIT: Self = Self { bits: 24, signed: true };
    /// A weight in parts per million: 20 bits.
    pub const PPM: Self = Self { bits: 20, signed: false };
    /// A sum of weights of a batch, in parts per million of one query: 32 bits.
    pub const TOTAL: Self = Self { bits: 32, signed: false };

    /// Number of bits of a raw value.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.bits
    }

    /// Whether values have a sign.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        self.signed
    }

    /// What is added to a value to make it raw: $2^{B-1}$ with a sign, 0 without.
    #[must_use]
    pub const fn offset(self) -> i64 {
        if self.signed { 1 << (self.bits - 1) } else { 0 }
    }

    /// Values that one element holds.
    #[must_use]
    pub const fn slots(self) -> usize {
        (CAPACITY_BITS / self.bits) as usize
    }

    /// Elements that a segment of `values` values takes.
    #[must_use]
    pub const fn element_count(self, values: usize) -> usize {
        values.div_ceil(self.slots())
    }

    /// Smallest value.
    #[must_use]
    pub const fn min(self) -> i64 {
        -self.offset()
    }

    /// Largest value.
    #[must_use]
    pub const fn max(self) -> i64 {
        (1 << self.bits) - 1 - self.offset()
    }

    /// Returns the raw value, or nothing for a value that this width does not encode.
    ///
    /// ```
    /// use tribute_verifier::packing::Width;
    ///
    /// assert_eq!(Width::INPUT.raw(-32768), Some(0));
    /// assert_eq!(Width::INPUT.raw(32768), None);
    /// assert_eq!(Width::PPM.raw(-1), None);
    /// ```
    #[must_use]
    pub fn raw(self, value: i64) -> Option<u64> {
        if value < self.min() || value > self.max() {
            return None;
        }
        u64::try_from(value + self.offset()).ok()
    }

    /// Returns the value of a raw value below $2^B$.
    #[must_use]
    pub fn value(self, raw: u64) -> Option<i64> {
        let shifted = i64::try_from(raw).ok()?;
        (shifted >> self.bits == 0).then(|| shifted - self.offset())
    }
}

/// A value that its width does not encode.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("value {position} is {value}, outside {min} .. {max}")]
pub struct PackError {
    /// Place in the segment, from 0.
    pub position: usize,
    /// The value.
    pub value: i64,
    /// Smallest value of the width.
    pub min: i64,
    /// Largest value of the width.
    pub max: i64,
}

/// Why elements are no segment.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UnpackError {
    /// The number of elements is not that of the number of values.
    #[error("{values} values take {expected} elements, not {found}")]
    Count {
        /// Values asked for.
        values: usize,
        /// Elements they take.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// An element holds bits outside its used slots.
    #[error("element {position} holds bits that no value takes")]
    StrayBits {
        /// Place of the element, from 0.
        position: usize,
    },
}

/// Packs one segment.
///
/// ```
/// use tribute_verifier::packing::{Width, pack};
///
/// let elements = pack(Width::INPUT, (0..16).map(i64::from)).unwrap();
/// assert_eq!(elements.len(), 2); // 15 slots to an element
/// assert!(pack(Width::HEAD, [1 << 23]).is_err());
/// ```
///
/// # Errors
/// Fails on the first value that the width does not encode.
pub fn pack(width: Width, values: impl IntoIterator<Item = i64>) -> Result<Vec<Fr>, PackError> {
    let mut elements = Vec::new();
    let mut limbs = Limbs::default();
    let mut slot = 0;
    for (position, value) in values.into_iter().enumerate() {
        let raw = width.raw(value).ok_or(PackError {
            position,
            value,
            min: width.min(),
            max: width.max(),
        })?;
        limbs.or_at(raw, width.bits * slot);
        slot += 1;
        if width.bits * (slot + 1) > CAPACITY_BITS {
            elements.push(limbs.take());
            slot = 0;
        }
    }
    if slot > 0 {
        elements.push(limbs.take());
    }
    Ok(elements)
}

/// Unpacks a segment of `count` values and checks that nothing else stands in it.
///
/// # Errors
/// Fails if the number of elements is wrong or a bit is set that no value takes.
pub fn unpack(width: Width, count: usize, elements: &[Fr]) -> Result<Vec<i64>, UnpackError> {
    let expected = width.element_count(count);
    if elements.len() != expected {
        return Err(UnpackError::Count { values: count, expected, found: elements.len() });
    }
    let mut values = Vec::with_capacity(count);
    for (position, element) in elements.iter().enumerate() {
        let slots = (count - values.len()).min(width.slots());
        let integer = element.into_bigint();
        if !fits(&integer, slots * width.bits as usize) {
            return Err(UnpackError::StrayBits { position });
        }
        let mask = (1_u64 << width.bits) - 1;
        for at in (0..).step_by(width.bits as usize).take(slots) {
            let raw = Limbs(integer.0).word_at(at) & mask;
            values.push(width.value(raw).ok_or(UnpackError::StrayBits { position })?);
        }
    }
    Ok(values)
}

/// A 256-bit integer that is being put together; least significant word first.
#[derive(Clone, Copy, Default)]
pub(crate) struct Limbs([u64; 4]);

impl Limbs {
    /// Sets the bits of `raw` from bit `at` on; both stay inside [`CAPACITY_BITS`].
    pub(crate) fn or_at(&mut self, raw: u64, at: u32) {
        let (word, shift) = ((at / 64) as usize, at % 64);
        let wide = u128::from(raw) << shift;
        let [low, high] = [wide & u128::from(u64::MAX), wide >> 64];
        for (limb, part) in self.0[word..].iter_mut().zip([low, high]) {
            *limb |= u64::try_from(part).unwrap_or_default();
        }
    }

    /// Reads 64 bits from bit `at` on.
    fn word_at(self, at: u32) -> u64 {
        let (word, shift) = ((at / 64) as usize, at % 64);
        let high = self.0.get(word + 1).and_then(|limb| limb.checked_shl(64 - shift));
        self.0[word] >> shift | high.unwrap_or(0)
    }

    /// Returns the integer as an element and starts again from zero.
    pub(crate) fn take(&mut self) -> Fr {
        let integer = ark_ff::BigInt::new(core::mem::take(&mut self.0));
        // Below 2^252, so there is always such an element.
        Fr::from_bigint(integer).unwrap_or(Fr::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::Field;
    use proptest::prelude::*;

    use super::*;

    const WIDTHS: [Width; 7] = [
        Width::DESCRIPTOR,
        Width::INPUT,
        Width::HEAD,
        Width::BIAS,
        Width::TABLE,
        Width::LOGIT,
        Width::PPM,
    ];

    /// A width and up to 40 values of it.
    fn segments() -> impl Strategy<Value = (Width, Vec<i64>)> {
        proptest::sample::select(WIDTHS.to_vec()).prop_flat_map(|width| {
            let values = proptest::collection::vec(width.min()..=width.max(), 0..40);
            (Just(width), values)
        })
    }

    proptest! {
        #[test]
        fn unpacks_what_it_packs((width, values) in segments()) {
            let elements = pack(width, values.iter().copied()).unwrap();
            prop_assert_eq!(elements.len(), width.element_count(values.len()));
            prop_assert_eq!(unpack(width, values.len(), &elements), Ok(values));
        }

        #[test]
        fn packing_is_the_sum_of_the_format((width, values) in segments()) {
            let elements = pack(width, values.iter().copied()).unwrap();
            for (element, chunk) in elements.iter().zip(values.chunks(width.slots())) {
                let base = Fr::from(1_u64 << width.bits());
                let sum = chunk.iter().rev().fold(Fr::ZERO, |sum, value| {
                    sum * base + Fr::from(*value) + Fr::from(width.offset())
                });
                prop_assert_eq!(*element, sum);
            }
        }
    }

    #[test]
    fn slots_are_those_of_the_format() {
        assert_eq!(WIDTHS.map(Width::slots), [15, 15, 10, 7, 4, 10, 12]);
    }

    #[test]
    fn rejects_values_beside_the_ends() {
        for width in WIDTHS {
            assert!(pack(width, [width.min(), width.max()]).is_ok());
            for value in [width.min() - 1, width.max() + 1, i64::MIN, i64::MAX] {
                let error = PackError { position: 1, value, min: width.min(), max: width.max() };
                assert_eq!(pack(width, [0, value]), Err(error));
            }
        }
    }

    #[test]
    fn rejects_bits_in_empty_slots() {
        let mut elements = pack(Width::HEAD, [1, 2, 3]).unwrap();
        assert_eq!(unpack(Width::HEAD, 3, &elements).unwrap(), [1, 2, 3]);
        elements[0] += Fr::from(1_u128 << 72);
        assert_eq!(unpack(Width::HEAD, 3, &elements), Err(UnpackError::StrayBits { position: 0 }));
        let above = Fr::from(2_u8).pow([252]);
        let full = pack(Width::DESCRIPTOR, [0; 15]).unwrap()[0] + above;
        assert_eq!(
            unpack(Width::DESCRIPTOR, 15, &[full]),
            Err(UnpackError::StrayBits { position: 0 })
        );
    }

    #[test]
    fn rejects_another_number_of_elements() {
        let error = UnpackError::Count { values: 16, expected: 2, found: 1 };
        assert_eq!(unpack(Width::INPUT, 16, &[Fr::ZERO]), Err(error));
    }
}
