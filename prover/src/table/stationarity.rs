//! The figures that say how far the committed head is from the optimum of its loss.
//!
//! $$ R = 2^{16} \sum_c G_c - \lambda\, 2^{f_p + f_h - 8}\, W_{head}, \qquad
//!    \epsilon = |R|_\infty, \qquad N \ge \sum_i |\tilde h_i|_2. $$
//!
//! $W^*$ is the only minimum of the L2-regularized (bias included) logistic loss on the integer
//! features of the admitted rows. From $\epsilon$ and $N$ alone, [`tribute_verifier::certificate`] bounds
//! $|W - W^*|_F$; `docs/attribution.md` has the proof.

use tribute_circuits::reference::fixed_point::{HEAD_SCALE, LAMBDA_SCALE, PROBABILITY_SCALE};
use tribute_circuits::reference::norms::{norm_above, norm_step};
use tribute_circuits::reference::{Model, RowTrace};
use tribute_verifier::certificate::Stationarity;

/// Computes the figures from the admitted rows' features and the gradient table; every norm is rounded up, coarsely.
pub(super) fn measure(
    model: &Model,
    rows: &[&RowTrace],
    gradients: &[i64],
    contributors: usize,
    lam_256ths: u32,
) -> Stationarity {
    let feature_scale = model.feature_scale();
    let pull = i128::from(lam_256ths) << (PROBABILITY_SCALE + feature_scale - LAMBDA_SCALE);
    let residual = gradients.chunks_exact(contributors).zip(&model.head).map(|(g, &w)| {
        let sum: i128 = g.iter().map(|&g| i128::from(g)).sum();
        (sum << HEAD_SCALE) - pull * i128::from(w)
    });
    let squares: Vec<i128> = rows.iter().map(|row| squares(&row.features)).collect();
    let step = norm_step(squares.iter().copied().max().unwrap_or(0));
    let norms = squares.into_iter().map(|squares| norm_above(squares, step).unsigned_abs());
    Stationarity {
        epsilon: residual.map(i128::unsigned_abs).max().unwrap_or(0),
        norm_sum: norms.sum(),
        admitted: rows.len() as u64,
    }
}

/// $|\tilde h|^2$.
fn squares(features: &[i64]) -> i128 {
    features.iter().map(|h| i128::from(*h).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(features: &[i64]) -> RowTrace {
        let features = features.to_vec();
        RowTrace { features, probabilities: Vec::new(), residual: Vec::new(), right: true }
    }

    fn norm_sum(rows: &[RowTrace]) -> u128 {
        let rows: Vec<_> = rows.iter().collect();
        let model = Model::new(1, Vec::new(), 2, vec![0; 4]).unwrap();
        measure(&model, &rows, &[0; 4], 1, 256).norm_sum
    }

    #[test]
    fn norms_are_rounded_up_to_steps_of_the_largest() {
        assert_eq!(norm_sum(&[row(&[3, -4])]), 5);
        assert_eq!(norm_sum(&[row(&[1, 1])]), 2);
        assert_eq!(norm_sum(&[row(&[0])]), 0);
        // 320 / 16 = 20, a step of 16.
        assert_eq!(norm_sum(&[row(&[320]), row(&[1]), row(&[17])]), 320 + 16 + 32);
    }

    /// Whoever knows all rows but one, and all that is published, cannot tell its norm.
    #[test]
    fn the_norm_of_a_single_unknown_row_is_not_told() {
        let known: Vec<RowTrace> = (1000..1100).map(|h| row(&[h, 256])).collect();
        let with = |unknown: i64| {
            let mut rows = known.clone();
            rows.push(row(&[unknown, 256]));
            norm_sum(&rows)
        };
        let told = with(900);
        let alike = (256..1100).filter(|unknown| with(*unknown) == told).count();
        assert!(alike >= 32, "{alike}");
        // And the bound hardly grows.
        let exact: f64 = known.iter().map(|row| (squares(&row.features) as f64).sqrt()).sum();
        assert!((norm_sum(&known) as f64) < 1.1 * exact);
    }
}
