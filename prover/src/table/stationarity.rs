//! The figures that say how far the committed head is from the optimum of its loss.
//!
//! $$ R = 2^{16} \sum_c G_c - \lambda\, 2^{f_p + f_h - 8}\, W_{head}, \qquad
//!    \epsilon = |R|_\infty, \qquad N \ge \sum_i |\tilde h_i|_2. $$
//!
//! $W^*$ is the only minimum of the L2-regularized (bias included) logistic loss on the integer
//! features of the admitted rows. From $\epsilon$ and $N$ alone, [`tribute_verifier::certificate`] bounds
//! $|W - W^*|_F$; `docs/attribution.md` has the proof.

use tribute_circuits::reference::fixed_point::{HEAD_SCALE, LAMBDA_SCALE, PROBABILITY_SCALE};
use tribute_circuits::reference::{Model, RowTrace};
use tribute_verifier::certificate::Stationarity;

/// Computes the figures from the admitted rows' features and the gradient table; every norm is rounded up.
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
    Stationarity {
        epsilon: residual.map(i128::unsigned_abs).max().unwrap_or(0),
        norm_sum: rows.iter().map(|row| norm_rounded_up(&row.features)).sum(),
        admitted: rows.len() as u64,
    }
}

/// The least integer whose square is at least $|h|^2$; $2^{16}$ values of $2^{16}$ keep it in 64 bits.
fn norm_rounded_up(features: &[i64]) -> u128 {
    let square: u64 = features.iter().map(|h| h.unsigned_abs().pow(2)).sum();
    let root = square.isqrt();
    u128::from(root + u64::from(root * root < square))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_are_rounded_up() {
        assert_eq!(norm_rounded_up(&[3, -4]), 5);
        assert_eq!(norm_rounded_up(&[1, 1]), 2);
        assert_eq!(norm_rounded_up(&[0]), 0);
    }
}
