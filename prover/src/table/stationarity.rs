//! How far the committed head is from the optimum of its loss.
//!
//! $$ R = 2^{16} \sum_c G_c - \lambda\, 2^{f_p + f_h - 8}\, W_{head}, \qquad
//!    \epsilon = |R|_\infty, \qquad N \ge \sum_i |\tilde h_i|_2. $$
//!
//! $W^*$ is the only minimum of the L2-regularized (bias included) logistic loss on the integer
//! features of the admitted rows. From $\epsilon$ and $N$ alone, [`Stationarity::distance`] bounds
//! $|W - W^*|_F$; `docs/attribution.md` has the proof.

use tribute_circuits::reference::fixed_point::{
    HEAD_SCALE, LAMBDA_SCALE, LOGIT_SCALE, PROBABILITY_SCALE,
};
use tribute_circuits::reference::{Model, RowTrace};

/// The certificate of a head, and the shape that its bound depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stationarity {
    /// $\epsilon = |R|_\infty$.
    pub epsilon: u128,
    /// Upper bound of $\sum_i |\tilde h_i|_2$ at the feature scale: every norm rounded up.
    pub norm_sum: u128,
    /// Rows that take part.
    pub admitted: usize,
    /// Features K.
    pub features: usize,
    /// Classes C.
    pub classes: usize,
    /// Scale bits of the features.
    pub feature_scale: u32,
    /// $\lambda$ in 1/256.
    pub lam_256ths: u32,
}

impl Stationarity {
    /// Computes the certificate from the admitted rows' features and the gradient table.
    pub(super) fn new(
        model: &Model,
        rows: &[&RowTrace],
        gradients: &[i64],
        contributors: usize,
        lam_256ths: u32,
    ) -> Self {
        let feature_scale = model.feature_scale();
        let pull = i128::from(lam_256ths) << (PROBABILITY_SCALE + feature_scale - LAMBDA_SCALE);
        let residual = gradients.chunks_exact(contributors).zip(&model.head).map(|(g, &w)| {
            let sum: i128 = g.iter().map(|&g| i128::from(g)).sum();
            (sum << HEAD_SCALE) - pull * i128::from(w)
        });
        Self {
            epsilon: residual.map(i128::unsigned_abs).max().unwrap_or(0),
            norm_sum: rows.iter().map(|row| norm_rounded_up(&row.features)).sum(),
            admitted: rows.len(),
            features: model.feature_count(),
            classes: model.classes,
            feature_scale,
            lam_256ths,
        }
    }

    /// Bounds $|W - W^*|_F$ in real units:
    /// $$ \frac{\sqrt{KC}\,\epsilon\,2^{-(16 + f_p + f_h)} + \sqrt{C}\,\tau\,N\,2^{-f_h}}{\lambda}
    ///    + \sqrt{n / \lambda}\,2^{-12}, \qquad \tau = (5C/8 - 1/2)\,2^{-20}. $$
    ///
    /// The first term is the gradient that $R$ shows, the second what the exponential's tables and
    /// the rounding of probabilities may hide of it, the third what the rounding of logits may.
    #[must_use]
    pub fn distance(&self) -> f64 {
        let lam = f64::from(self.lam_256ths) / exp2(LAMBDA_SCALE);
        let (k, c, n) = (self.features as f64, self.classes as f64, self.admitted as f64);
        let gradient_scale = exp2(HEAD_SCALE + PROBABILITY_SCALE + self.feature_scale);
        let shown = (k * c).sqrt() * self.epsilon as f64 / gradient_scale;
        let tau = (0.625 * c - 0.5) / exp2(PROBABILITY_SCALE);
        let hidden = c.sqrt() * tau * self.norm_sum as f64 / exp2(self.feature_scale);
        (shown + hidden) / lam + (n / lam).sqrt() / exp2(LOGIT_SCALE + 2)
    }
}

fn exp2(bits: u32) -> f64 {
    (1_u64 << bits) as f64
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
