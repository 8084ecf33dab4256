//! $2^{24} e^{-d / 2^{10}}$ for a distance $d$ of 0 to 16 nats, from two tables of 128 rows.
//!
//! $$ d = 128\,i + j, \qquad E(d) = \mathrm{RS}(\mathrm{HIGH}_i \cdot \mathrm{LOW}_j, 24). $$
//!
//! Distances beyond 16 nats are clamped to the largest, so $E > 0$ always (it is 2 there). Two
//! roundings make $E$ exact to about one unit, and not monotone in its last units: $E(13567) = 29$,
//! $E(13568) = 30$.

use super::exp_tables::{EXP_HIGH, EXP_LOW};
use super::fixed_point::{EXPONENTIAL_SCALE, LOGIT_SCALE, rescale};

/// Bits of the low index.
pub const LOW_BITS: u32 = 7;
/// Bits of a clamped distance.
pub const DISTANCE_BITS: u32 = LOGIT_SCALE + 4;
/// The largest distance: one below 16 nats.
pub const DISTANCE_MAX: u32 = (1 << DISTANCE_BITS) - 1;

/// One evaluation of the exponential, step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exponential {
    /// Row of the high table.
    pub high_index: u32,
    /// Row of the low table.
    pub low_index: u32,
    /// $\mathrm{HIGH}_i$.
    pub high: i64,
    /// $\mathrm{LOW}_j$.
    pub low: i64,
    /// $E(d)$, in $1 .. 2^{24}$.
    pub value: i64,
}

/// Evaluates $E$ at the distance `min(distance, DISTANCE_MAX)`.
///
/// ```
/// use tribute_circuits::reference::exponential::exponential;
///
/// assert_eq!(exponential(0).value, 1 << 24);
/// assert_eq!(exponential(u32::MAX), exponential((16 << 10) - 1));
/// ```
#[must_use]
pub const fn exponential(distance: u32) -> Exponential {
    let distance = if distance < DISTANCE_MAX { distance } else { DISTANCE_MAX };
    let high_index = distance >> LOW_BITS;
    let low_index = distance & ((1 << LOW_BITS) - 1);
    let high = EXP_HIGH[high_index as usize] as i64;
    let low = EXP_LOW[low_index as usize] as i64;
    Exponential { high_index, low_index, high, low, value: rescale(high * low, EXPONENTIAL_SCALE) }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    /// $\lfloor 2^{24} e^{-n/1024} + 1/2 \rfloor$ by the alternating series at 256 bits.
    fn exact(n: u32) -> u32 {
        let one: BigUint = BigUint::from(1_u32) << 256;
        let (mut positive, mut negative) = (one.clone(), BigUint::ZERO);
        let mut term = one;
        for k in 1_u32.. {
            term = (term * n) / (k * 1024);
            if term == BigUint::ZERO {
                break;
            }
            *(if k % 2 == 0 { &mut positive } else { &mut negative }) += &term;
        }
        let value = positive - negative;
        u32::try_from((value + (BigUint::from(1_u32) << 231)) >> 232).unwrap()
    }

    #[test]
    fn tables_are_the_exact_exponential() {
        for i in 0..128_u32 {
            assert_eq!(EXP_HIGH[i as usize], exact(i << LOW_BITS), "high {i}");
            assert_eq!(EXP_LOW[i as usize], exact(i), "low {i}");
        }
    }

    #[test]
    fn stays_positive_and_at_most_one() {
        for distance in 0..=DISTANCE_MAX {
            let e = exponential(distance).value;
            assert!(0 < e && e <= 1 << EXPONENTIAL_SCALE, "{distance}");
        }
    }
}
