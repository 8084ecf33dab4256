//! Spearman's rank correlation.

use std::cmp::Ordering;

/// Returns Spearman's correlation of two lists, the linear correlation of their ranks; equal values
/// share the mean of the ranks they take. None where a list has no two different values.
pub(super) fn spearman<A, B>(
    first: &[A],
    by_first: impl Fn(&A, &A) -> Ordering,
    second: &[B],
    by_second: impl Fn(&B, &B) -> Ordering,
) -> Option<f64> {
    let (first, second) = (ranks(first, by_first), ranks(second, by_second));
    // The mean rank does not depend on ties.
    let mean = (first.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let spread = product(&first, &first) * product(&second, &second);
    (spread > 0.0).then(|| product(&first, &second) / spread.sqrt())
}

/// Returns the rank of every value, from 1; equal values share the mean of theirs.
fn ranks<T>(values: &[T], by: impl Fn(&T, &T) -> Ordering) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| by(&values[a], &values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| by(&values[a], &values[b]) == Ordering::Equal) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|&place| ranks[place] = rank);
        before += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(first: &[i32], second: &[i32]) -> Option<f64> {
        spearman(first, i32::cmp, second, i32::cmp)
    }

    fn near(found: Option<f64>, expected: f64) {
        assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?} is not {expected}");
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(ranks(&[10, 20, 20, 5, 20], i32::cmp), [2.0, 4.0, 4.0, 1.0, 4.0]);
        assert_eq!(ranks(&[7, 7], i32::cmp), [1.5, 1.5]);
        assert_eq!(ranks(&[0.5, -0.5], f64::total_cmp), [2.0, 1.0]);
    }

    #[test]
    fn known_values() {
        // Without ties 1 - 6 sum d^2 / (n (n^2 - 1)): d = (0, 1, -1, 0), n = 4.
        near(of(&[1, 2, 3, 4], &[1, 3, 2, 4]), 0.8);
        near(of(&[1, 2, 3], &[10, 20, 70]), 1.0);
        near(of(&[1, 2, 3], &[9, 8, 7]), -1.0);
        // The example of SciPy's documentation, with a tie: 8 / sqrt(95).
        near(of(&[1, 2, 3, 4, 5], &[5, 6, 7, 8, 7]), 8.0 / 95_f64.sqrt());
        // Ties in both: ranks (1.5, 1.5, 3, 4) and (1, 2.5, 2.5, 4).
        near(of(&[0, 0, 5, 6], &[1, 2, 2, 3]), 3.75 / 4.5);
    }

    #[test]
    fn nothing_can_be_said_of_equal_values() {
        assert_eq!(of(&[3, 3, 3], &[1, 2, 3]), None);
        assert_eq!(of(&[1], &[1]), None);
        assert_eq!(of(&[], &[]), None);
    }
}
