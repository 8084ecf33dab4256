//! Range checks: a value is a sum of limbs that the lookup has shown to lie in a table.
//!
//! # Relation
//! A value takes one or several rows; on each stand limbs of $b$ bits in one lane, in two, or in all $R$. With $m$ lanes
//! $$ c = \sum_{j = 1}^{m - 1} 2^{b (j - 1)} L_j + 2^{b (m - 1)} L_0 + 2^s c', $$
//! where $c'$ stands on the next row and is left out on the last; $s$ is $b$ below one lane, $bR$ below all, and 16 below two. The first lane holds the top limb,
//! which may have fewer bits $\beta$: then it is looked up under the tag $\beta$.
//!
//! # Soundness
//! Every lane of every active row is looked up (see [`super::lookup`]), but for squares beside S-boxes, where no limbs stand. So each limb is an integer below $2^b$, or $2^\beta$ under that tag, and a chain of rows
//! gives the value as an integer below $2^B$. [`crate::bounds`] keeps $2^B$ far below $p$.
//!
//! # Cost
//! One row for each limb in a single lane, for each two in two lanes, for each $R$ where all lanes take part.

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

/// The lanes that take part in a row. The numbers are those of the fixed column that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lanes {
    One = 0,
    Two = 1,
    All = 2,
}

/// Bits of a row of two lanes that goes on below: an input of the model.
pub(crate) const INPUT_BITS: u32 = 16;

/// One row of limbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimbRow {
    /// Lanes that take part.
    pub(crate) lanes: Lanes,
    /// Bits that the row holds.
    pub(crate) bits: u32,
    /// What the first lane is looked up under: 0 for a whole limb, or the bits of a shorter one.
    pub(crate) tag: u32,
}

impl LimbRow {
    fn new(limbs: LimbFormat, lanes: Lanes, bits: u32) -> Self {
        let top = bits - limbs.bits * (lanes.count(limbs) - 1);
        Self { lanes, bits, tag: if top == limbs.bits { 0 } else { top } }
    }

    /// A row that holds an input, where two lanes can.
    pub(crate) fn input(limbs: LimbFormat) -> Option<Self> {
        let LimbFormat { bits, lanes } = limbs;
        let fits = lanes > 1 && (bits + 1..=2 * bits).contains(&INPUT_BITS);
        fits.then(|| Self::new(limbs, Lanes::Two, INPUT_BITS))
    }

    /// The limbs of a value, in the order of the lanes.
    pub(crate) fn cut(&self, limbs: LimbFormat, value: Fr, from: u32) -> Vec<u64> {
        let low = self.lanes.count(limbs) - 1;
        let top = bits_of(value, from + low * limbs.bits, self.bits - low * limbs.bits);
        let low = (0..low).map(|limb| bits_of(value, from + limb * limbs.bits, limbs.bits));
        std::iter::once(top).chain(low).collect()
    }
}

impl Lanes {
    fn count(self, limbs: LimbFormat) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::All => u32::try_from(limbs.lanes).unwrap_or(u32::MAX),
        }
    }
}

impl Width {
    /// The rows of a value, lowest limbs first.
    pub(crate) fn rows(self, limbs: LimbFormat) -> Vec<LimbRow> {
        let LimbFormat { bits, lanes } = limbs;
        let all = bits * Lanes::All.count(limbs);
        match self {
            Self::AtLeast(width) => match width.div_ceil(bits) as usize {
                whole if lanes == 1 || whole < 2 => {
                    vec![LimbRow::new(limbs, Lanes::One, bits); whole]
                }
                2 => vec![LimbRow::new(limbs, Lanes::Two, 2 * bits)],
                whole => vec![LimbRow::new(limbs, Lanes::All, all); whole.div_ceil(lanes)],
            },
            Self::Exactly(mut width) => {
                let mut rows = Vec::new();
                loop {
                    let last = [(Lanes::One, 0), (Lanes::Two, bits), (Lanes::All, all - bits)];
                    let last = last
                        .into_iter()
                        .take(lanes.min(3))
                        .find(|(_, above)| (above + 1..=above + bits).contains(&width));
                    if let Some((lanes, _)) = last {
                        rows.push(LimbRow::new(limbs, lanes, width));
                        return rows;
                    }
                    // Limbs below are whole: as many as leave something for the last row.
                    let row = if lanes > 2 && width > all {
                        LimbRow::new(limbs, Lanes::All, all)
                    } else {
                        LimbRow::new(limbs, Lanes::One, bits)
                    };
                    width -= row.bits;
                    rows.push(row);
                }
            }
        }
    }

    /// Bits that the rows hold.
    pub(crate) fn bits(self, limbs: LimbFormat) -> u32 {
        self.rows(limbs).iter().map(|row| row.bits).sum()
    }
}

/// The widths that are exact, in every circuit: their top limbs have tables of their own.
pub(crate) const EXACT_WIDTHS: [u32; 4] = [12, 14, 16, 24];

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
        use Lanes::{All, One, Two};
        let rows = |width: Width, bits, lanes| -> Vec<(Lanes, u32)> {
            let rows = width.rows(LimbFormat { bits, lanes });
            rows.into_iter().map(|row| (row.lanes, row.tag)).collect()
        };
        assert_eq!(rows(Width::Exactly(24), 12, 1), [(One, 0), (One, 0)]);
        assert_eq!(rows(Width::Exactly(16), 12, 1), [(One, 0), (One, 4)]);
        assert_eq!(rows(Width::AtLeast(25), 12, 1), [(One, 0), (One, 0), (One, 0)]);
        assert_eq!(rows(Width::Exactly(24), 8, 2), [(One, 0), (Two, 0)]);
        assert_eq!(rows(Width::Exactly(24), 9, 3), [(All, 6)]);
        assert_eq!(rows(Width::Exactly(14), 8, 4), [(Two, 6)]);
        assert_eq!(rows(Width::Exactly(7), 8, 4), [(One, 7)]);
        assert_eq!(rows(Width::AtLeast(112), 8, 4), [(All, 0); 4]);
        assert_eq!(rows(Width::AtLeast(24), 8, 2), [(All, 0); 2]);
        assert_eq!(rows(Width::AtLeast(16), 8, 4), [(Two, 0)]);
        assert_eq!(rows(Width::AtLeast(7), 8, 4), [(One, 0)]);
        assert_eq!(Width::AtLeast(20).bits(LimbFormat { bits: 12, lanes: 1 }), 24);
    }

    #[test]
    fn rows_hold_exactly_the_width() {
        for bits in 6..=14 {
            for lanes in 1..=16 {
                let limbs = LimbFormat { bits, lanes };
                for width in 1..=64 {
                    assert_eq!(Width::Exactly(width).bits(limbs), width, "{limbs:?}");
                    assert!(Width::AtLeast(width).bits(limbs) >= width, "{limbs:?}");
                    let rows = Width::Exactly(width).rows(limbs);
                    let (last, below) = rows.split_last().unwrap();
                    assert!(below.iter().all(|row| row.tag == 0 && row.lanes != Lanes::Two));
                    assert!(last.tag < bits, "{limbs:?}");
                }
                let input = LimbRow::input(limbs).map(|row| row.bits);
                assert_eq!(input, (lanes > 1 && (8..16).contains(&bits)).then_some(16));
            }
        }
    }

    #[test]
    fn the_first_lane_holds_the_top_limb() {
        let row = LimbRow::input(LimbFormat { bits: 9, lanes: 3 }).unwrap();
        assert_eq!(row.cut(LimbFormat { bits: 9, lanes: 3 }, Fr::from(0xfe01), 0), [127, 1]);
        assert_eq!(row.tag, 7);
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
