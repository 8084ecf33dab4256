//! Clip at zero, then cumulative floor: weights in parts per million.
//!
//! $$ B_c = \max(0, A_c), \quad T = \sum B, \quad S_c = B_0 + \dots + B_c, \quad
//!    F_c = \lfloor 10^6 S_c / T \rfloor, \quad w_c = F_c - F_{c-1}. $$
//!
//! They sum to exactly one million without sorting, and splitting a clipped score gains nothing.

use super::fixed_point::PPM;
use super::table::SCORE_SUM_BITS;

/// Bits of one million.
const PPM_BITS: u32 = 20;

/// Clipped scores and the weights they give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// $B_c$.
    pub clipped: Vec<u128>,
    /// $S_c$.
    pub running: Vec<u128>,
    /// $T$.
    pub total: u128,
    /// $F_c$; all 0 if $T$ is.
    pub cumulative: Vec<u32>,
    /// $w_c$; all 0 if $T$ is.
    pub ppm: Vec<u32>,
}

/// Clips and normalizes scores whose sizes add up to less than $2^{126}$.
///
/// ```
/// use tribute_circuits::reference::weights::normalize;
///
/// assert_eq!(normalize(&[1, -7, 1, 1]).ppm, [333_333, 0, 333_333, 333_334]);
/// assert_eq!(normalize(&[-1, 0]).ppm, [0, 0]);
/// ```
#[must_use]
pub fn normalize(scores: &[i128]) -> Weights {
    let clipped: Vec<u128> = scores.iter().map(|s| s.max(&0).unsigned_abs()).collect();
    let mut total = 0;
    let running: Vec<u128> = clipped
        .iter()
        .map(|b| {
            total += b;
            total
        })
        .collect();
    let cumulative: Vec<u32> = running.iter().map(|&part| ppm_of(part, total)).collect();
    let before = std::iter::once(&0).chain(&cumulative);
    let ppm = cumulative.iter().zip(before).map(|(now, before)| now - before).collect();
    Weights { clipped, running, total, cumulative, ppm }
}

/// $\lfloor 10^6 \cdot part / total \rfloor$ for $part \le total < 2^{126}$, one quotient bit at a time
/// (the product may leave 128 bits); 0 if `total` is.
fn ppm_of(part: u128, total: u128) -> u32 {
    const { assert!(PPM < 1 << PPM_BITS && SCORE_SUM_BITS + 2 <= u128::BITS) };
    if total == 0 {
        return 0;
    }
    // Horner over the bits of one million: quotient * total + remainder = (bits so far) * part.
    let (mut quotient, mut remainder) = (0_u32, 0_u128);
    for bit in (0..PPM_BITS).rev() {
        quotient *= 2;
        remainder *= 2;
        if PPM >> bit & 1 == 1 {
            remainder += part;
        }
        while remainder >= total {
            remainder -= total;
            quotient += 1;
        }
    }
    quotient
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quotient_is_the_floor(a in 0..1_u128 << 126, b in 1..1_u128 << 126) {
            let (part, total) = (a.min(b), a.max(b));
            let exact = BigUint::from(part) * PPM / BigUint::from(total);
            prop_assert_eq!(BigUint::from(ppm_of(part, total)), exact);
        }

        #[test]
        fn weights_sum_to_one_million(scores in prop::collection::vec(-1_i128 << 110..1 << 110, 1..40)) {
            let weights = normalize(&scores);
            let sum: u32 = weights.ppm.iter().sum();
            prop_assert_eq!(sum, if scores.iter().any(|s| *s > 0) { PPM } else { 0 });
        }
    }
}
