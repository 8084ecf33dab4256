//! Norms that are published only from one side, and coarsely: what a sum or a root must not tell.
//!
//! A training row enters the sum of norms with the least multiple of a step that isn't below its norm, the step being the largest power
//! of two that is at most a sixteenth of the largest norm. Whoever knows all rows but one learns that row's norm to a step, not
//! exactly, and the sum grows by less than a step for each row. The norm of the head is published with four significant bits,
//! rounded down.

/// Norms are rounded up to steps of at most this part of the largest.
const STEPS: u128 = 16;
/// Significant bits of the published norm of a head.
const HEAD_NORM_BITS: u32 = 4;

/// The step that norms are rounded up to, if this is the largest sum of squares.
#[must_use]
pub fn norm_step(largest_squares: i128) -> i128 {
    let part = largest_squares.unsigned_abs().isqrt() / STEPS;
    part.checked_ilog2().map_or(1, |bits| 1 << bits)
}

/// The least multiple of the step whose square is at least the sum of squares.
#[must_use]
pub fn norm_above(squares: i128, step: i128) -> i128 {
    let root = squares.isqrt();
    let root = root + i128::from(root * root < squares);
    (root + step - 1) / step * step
}

/// What is published of the Frobenius norm of a head, in its integers: the norm rounded down to four significant bits.
#[must_use]
pub fn head_norm_below(head: &[i32]) -> u64 {
    let squares: u128 = head.iter().map(|weight| u128::from(weight.unsigned_abs()).pow(2)).sum();
    // A head has at most 2^24 weights of 24 bits.
    let norm = u64::try_from(squares.isqrt()).unwrap_or(u64::MAX);
    let dropped = norm.checked_ilog2().unwrap_or(0).saturating_sub(HEAD_NORM_BITS - 1);
    norm >> dropped << dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_multiples_of_a_step_from_above() {
        assert_eq!(norm_step(0), 1);
        assert_eq!(norm_step(255), 1);
        assert_eq!(norm_step(1024), 2);
        assert_eq!(norm_step(1000 * 1000), 32);
        for (squares, step, norm) in
            [(0, 8, 0), (1, 8, 8), (64, 8, 8), (65, 8, 16), (65, 1, 9), (81, 1, 9)]
        {
            assert_eq!(norm_above(squares, step), norm, "{squares} {step}");
        }
    }

    #[test]
    fn a_head_norm_has_four_bits_from_below() {
        for (head, norm) in
            [(&[][..], 0), (&[1], 1), (&[-15], 15), (&[17], 16), (&[300, -400], 480), (&[511], 480)]
        {
            assert_eq!(head_norm_below(head), norm, "{head:?}");
        }
    }
}
