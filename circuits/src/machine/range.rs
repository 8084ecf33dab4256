//! Range checks: a value is a sum of limbs that the lookup has shown to lie in a table.
//!
//! # Relation
//! A value takes one or several rows; on each, with limbs of $b$ bits in one lane or in all $R$,
//! $$ c = \sum_{j} 2^{bj} L_j + 2^{b \cdot \mathrm{lanes}} c', $$
//! where $c'$ stands on the next row and is left out on the last. A top limb of fewer bits $\beta$ stands alone on the last row and is looked up under the tag $\beta$.
//!
//! # Soundness
//! Every lane of every active row is looked up (see [`super::lookup`]), so each limb is an integer below $2^b$, or $2^\beta$ under that tag, and a chain of rows
//! gives the value as an integer below $2^B$. [`crate::bounds`] keeps $2^B$ far below $p$.
//!
//! # Cost
//! One row for each limb in a single lane, for each $R$ limbs where all lanes take part.

use ff::PrimeField;
use halo2_proofs::halo2curves::bn256::Fr;

use crate::gadgets::limbs::LimbFormat;

/// Bits that a value must fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// Exactly this many: a value that doesn't fit has no witness.
    Exactly(u32),
    /// This many or a few more, whatever fills whole rows: a bound against wraparound.
    AtLeast(u32),
}

/// One row of limbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimbRow {
    /// Lanes that take part.
    pub(crate) lanes: usize,
    /// Bits that the row holds.
    pub(crate) bits: u32,
    /// What the first lane is looked up under: 0 for a whole limb, or the bits of a shorter one.
    pub(crate) tag: u32,
}

impl Width {
    /// The rows of a value, lowest limbs first.
    pub(crate) fn rows(self, limbs: LimbFormat) -> Vec<LimbRow> {
        let LimbFormat { bits, lanes } = limbs;
        let row = |lanes: usize| LimbRow { lanes, bits: bits * lane_count(lanes), tag: 0 };
        let (wide, single, rest) = match self {
            Self::Exactly(width) => {
                let whole = (width / bits) as usize;
                let wide = if lanes > 1 { whole / lanes } else { 0 };
                (wide, whole - wide * lanes, width % bits)
            }
            Self::AtLeast(width) => match width.div_ceil(bits) as usize {
                whole if lanes > 1 && whole > 1 => (whole.div_ceil(lanes), 0, 0),
                whole => (0, whole, 0),
            },
        };
        let mut rows = vec![row(lanes); wide];
        rows.extend(vec![row(1); single]);
        rows.extend((rest > 0).then_some(LimbRow { lanes: 1, bits: rest, tag: rest }));
        rows
    }

    /// Bits that the rows hold.
    pub(crate) fn bits(self, limbs: LimbFormat) -> u32 {
        self.rows(limbs).iter().map(|row| row.bits).sum()
    }
}

/// The widths that are exact, in every circuit: their top limbs have tables of their own.
pub(crate) const EXACT_WIDTHS: [u32; 4] = [12, 14, 16, 24];

fn lane_count(lanes: usize) -> u32 {
    u32::try_from(lanes).unwrap_or(u32::MAX)
}

/// Bits `from..from + count` of the canonical representative, for at most 64 bits.
pub(crate) fn bits_of(value: Fr, from: u32, count: u32) -> u64 {
    let bytes = value.to_repr();
    let bytes = bytes.as_ref();
    let byte = |at: usize| u128::from(bytes.get(at).copied().unwrap_or(0));
    let first = (from / 8) as usize;
    let word = (0..9).rev().fold(0u128, |word, at| (word << 8) | byte(first + at));
    let bits = (word >> (from % 8)) & ((1 << count) - 1);
    u64::try_from(bits).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_widths_into_rows() {
        let rows = |width: Width, bits, lanes| -> Vec<(usize, u32)> {
            let rows = width.rows(LimbFormat { bits, lanes });
            rows.into_iter().map(|row| (row.lanes, row.tag)).collect()
        };
        assert_eq!(rows(Width::Exactly(24), 12, 1), [(1, 0), (1, 0)]);
        assert_eq!(rows(Width::Exactly(16), 12, 1), [(1, 0), (1, 4)]);
        assert_eq!(rows(Width::AtLeast(25), 12, 1), [(1, 0), (1, 0), (1, 0)]);
        assert_eq!(rows(Width::Exactly(24), 8, 2), [(2, 0), (1, 0)]);
        assert_eq!(rows(Width::Exactly(14), 8, 4), [(1, 0), (1, 6)]);
        assert_eq!(rows(Width::AtLeast(112), 8, 4), [(4, 0); 4]);
        assert_eq!(rows(Width::AtLeast(7), 8, 4), [(1, 0)]);
        assert_eq!(Width::AtLeast(20).bits(LimbFormat { bits: 12, lanes: 1 }), 24);
    }

    #[test]
    fn reads_bits() {
        let value = Fr::from_u128(0x0123_4567_89ab_cdef_1122_3344_5566_7788);
        assert_eq!(bits_of(value, 0, 12), 0x788);
        assert_eq!(bits_of(value, 12, 12), 0x667);
        assert_eq!(bits_of(value, 60, 16), 0xdef1);
        assert_eq!(bits_of(value, 124, 12), 0);
        assert_eq!(bits_of(value, 250, 12), 0);
    }
}
