//! Returned class, exponentials, probabilities and residuals.
//!
//! $$ d_c = \min(\max z - z_c,\ 16 \cdot 2^{10} - 1), \qquad E_c = E(d_c), \qquad
//!    p_c = \mathrm{RDIV}(2^{20} E_c, \textstyle\sum E). $$
//!
//! Probabilities are not renormalized: they sum to $2^{20} + e$ with $|e| \le C/2$. The residual of a
//! vector $v$ at a label is $-v_c$ elsewhere and the sum of the others at the label, so it sums to 0:
//! of $p$ for a training row, of $E$ for a query (the same up to a positive factor, which the weights
//! cancel; no division).

use super::exponential::{DISTANCE_MAX, exponential};
use super::fixed_point::{PROBABILITY_SCALE, round_div};

/// Below this many units per other class, a query's residual is rounding alone.
pub const SATURATION_UNIT: i64 = 16;

/// Softmax of one row of logits, without the division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exponentials {
    /// The class of the largest logit; the lowest index wins a tie.
    pub class: usize,
    /// $\max z - z_c$, before the clamp.
    pub gaps: Vec<u32>,
    /// $d_c$, clamped below 16 nats.
    pub distances: Vec<u32>,
    /// $E_c$, in $1 .. 2^{24}$.
    pub exponentials: Vec<i64>,
}

/// Returns the place of the largest value; the lowest place wins a tie, and 0 if there is none.
///
/// ```
/// use tribute_circuits::reference::softmax::argmax;
///
/// assert_eq!(argmax(&[-5, 7, 7]), 1);
/// ```
#[must_use]
pub fn argmax(values: &[i32]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}

/// Computes class, distances and exponentials of a row of logits.
#[must_use]
pub fn exponentials(logits: &[i32]) -> Exponentials {
    let class = argmax(logits);
    let gaps: Vec<u32> = logits.iter().map(|z| logits[class].abs_diff(*z)).collect();
    let distances: Vec<u32> = gaps.iter().map(|&gap| gap.min(DISTANCE_MAX)).collect();
    let exponentials = distances.iter().map(|&distance| exponential(distance).value).collect();
    Exponentials { class, gaps, distances, exponentials }
}

/// Returns probabilities at scale $2^{20}$ of a row of exponentials.
#[must_use]
pub fn probabilities(exponentials: &[i64]) -> Vec<i64> {
    let sum: i64 = exponentials.iter().sum();
    exponentials.iter().map(|&e| round_div(e << PROBABILITY_SCALE, sum)).collect()
}

/// Returns $-v_c$ for the other classes and the sum of the others' $v$ at the label.
///
/// A label that is no class gives $-v$ throughout; callers check labels.
#[must_use]
pub fn residual(values: &[i64], label: usize) -> Vec<i64> {
    let sum: i64 = values.iter().sum();
    let at = |(class, &value): (usize, &i64)| if class == label { sum - value } else { -value };
    values.iter().enumerate().map(at).collect()
}

/// Returns the one-hot vector of a class.
#[must_use]
pub fn one_hot(class: usize, classes: usize) -> Vec<i64> {
    (0..classes).map(|c| i64::from(c == class)).collect()
}

/// The least residual at the label with which a query still has a direction: $16(C - 1)$.
#[must_use]
pub fn saturation_threshold(classes: usize) -> i64 {
    let others = i64::try_from(classes.saturating_sub(1)).unwrap_or(i64::MAX / SATURATION_UNIT);
    SATURATION_UNIT * others
}

/// Returns whether a query's residual is only rounding: the other classes are too far below.
#[must_use]
pub fn is_saturated(query_residual: &[i64], label: usize) -> bool {
    query_residual.get(label).is_none_or(|&r| r < saturation_threshold(query_residual.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residuals_sum_to_zero() {
        let row = exponentials(&[100, -3000, 4000, 3999]);
        for values in [row.exponentials.clone(), probabilities(&row.exponentials)] {
            for label in 0..4 {
                assert_eq!(residual(&values, label).iter().sum::<i64>(), 0);
            }
        }
        assert_eq!(row.class, 2);
    }

    #[test]
    fn saturation_is_strict() {
        assert!(is_saturated(&[-15, 15], 1));
        assert!(!is_saturated(&[-16, 16], 1));
        assert!(is_saturated(&[31, -15, -16], 0));
        assert!(!is_saturated(&[32, -16, -16], 0));
    }
}
