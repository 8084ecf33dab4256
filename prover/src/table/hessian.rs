//! The exact Hessian of the head's loss on the integer features.
//!
//! $$ H = \sum_i (\tilde h_i \tilde h_i^T) \otimes (s_i\,\mathrm{diag}(p_i) - p_i p_i^T), \qquad
//!    s_i = \sum_c p_{i,c}, $$
//! with index $(k, a) \mapsto kC + a$; the regularized $H_s = H + \rho I$ with
//! $\rho = \lambda\, 2^{2 f_p + 2 f_h - 8}$. Using $s_i$ where a real softmax has 1 keeps every block
//! exactly positive semidefinite although rounded probabilities do not sum to one.
//!
//! Sizes: $|\tilde h| \le 2^{16}$, $p \le 2^{20}$, $s_i < 2^{21}$, so a row adds less than $2^{73}$ and
//! $2^{21}$ rows stay below $2^{94}$: `i128` holds every sum.

use ethnum::I256;
use rayon::prelude::*;
use tribute_circuits::reference::RowTrace;
use tribute_circuits::reference::fixed_point::{LAMBDA_SCALE, PROBABILITY_SCALE};

/// A symmetric integer matrix of $KC$ rows, stored in full.
#[derive(Clone, Debug)]
pub(super) struct Hessian {
    size: usize,
    classes: usize,
    entries: Vec<i128>,
}

/// $\rho = \lambda\, 2^{2 f_p + 2 f_h - 8}$ for $\lambda$ in 1/256.
pub(super) fn ridge(lam_256ths: u32, feature_scale: u32) -> i128 {
    i128::from(lam_256ths) << (2 * PROBABILITY_SCALE + 2 * feature_scale - LAMBDA_SCALE)
}

impl Hessian {
    /// Sums the blocks of `rows` and adds `ridge` to the diagonal.
    pub(super) fn new(rows: &[&RowTrace], features: usize, classes: usize, ridge: i128) -> Self {
        let size = features * classes;
        let mut hessian = Self { size, classes, entries: vec![0; size * size] };
        hessian.accumulate(rows, 1);
        for i in 0..size {
            hessian.entries[i * size + i] += ridge;
        }
        hessian
    }

    /// Returns this matrix without the blocks of `rows`.
    pub(super) fn without(&self, rows: &[&RowTrace]) -> Self {
        let mut rest = self.clone();
        rest.accumulate(rows, -1);
        rest
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn row(&self, index: usize) -> &[i128] {
        &self.entries[index * self.size..(index + 1) * self.size]
    }

    /// $|M|_\infty$, the largest sum of absolute values in a row.
    pub(super) fn row_norm(&self) -> u128 {
        let sums = self.entries.chunks_exact(self.size);
        sums.map(|row| row.iter().map(|v| v.unsigned_abs()).sum()).max().unwrap_or(0)
    }

    /// $M x$, exactly: a sum of $2^{11}$ products of $2^{94}$ and $2^{127}$ stays below $2^{233}$.
    pub(super) fn times(&self, x: &[i128]) -> Vec<I256> {
        let product = |row: &[i128]| {
            let terms = row.iter().zip(x).filter(|(m, _)| **m != 0);
            terms.fold(I256::ZERO, |sum, (&m, &x)| sum + I256::from(m) * I256::from(x))
        };
        self.entries.chunks_exact(self.size).map(product).collect()
    }

    /// Adds `sign` times the rows' blocks: the lower triangle of (k, l) blocks, then its mirror.
    fn accumulate(&mut self, rows: &[&RowTrace], sign: i64) {
        let (size, classes) = (self.size, self.classes);
        let weights: Vec<Vec<i64>> = rows.iter().map(|row| softmax_block(row, sign)).collect();
        let bands = self.entries.par_chunks_exact_mut(size * classes).enumerate();
        bands.for_each(|(k, band)| {
            for (row, block) in rows.iter().zip(&weights) {
                add_band(band, &row.features, block, k, classes);
            }
        });
        for i in 0..size {
            for j in (i / classes + 1) * classes..size {
                self.entries[i * size + j] = self.entries[j * size + i];
            }
        }
    }
}

/// $\pm(s\,\mathrm{diag}(p) - p p^T)$ of one row, C x C.
fn softmax_block(row: &RowTrace, sign: i64) -> Vec<i64> {
    let p = &row.probabilities;
    let sum: i64 = p.iter().sum();
    let diagonal = |a: usize, b: usize| if a == b { sum } else { 0 };
    let entry = |a: usize, b: usize| sign * (p[a] * diagonal(a, b) - p[a] * p[b]);
    (0..p.len()).flat_map(|a| (0..p.len()).map(move |b| entry(a, b))).collect()
}

/// Adds one row's blocks (k, 0..=k) to the matrix rows of feature k.
fn add_band(band: &mut [i128], features: &[i64], block: &[i64], k: usize, classes: usize) {
    let size = features.len() * classes;
    if features[k] == 0 {
        return;
    }
    for (matrix_row, weights) in band.chunks_exact_mut(size).zip(block.chunks_exact(classes)) {
        if weights.iter().all(|&w| w == 0) {
            continue;
        }
        let lower = matrix_row.chunks_exact_mut(classes).zip(&features[..=k]);
        for (cells, &feature) in lower.filter(|(_, feature)| **feature != 0) {
            let product = features[k] * feature;
            for (cell, &weight) in cells.iter_mut().zip(weights) {
                *cell += i128::from(product) * i128::from(weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(features: &[i64], probabilities: &[i64]) -> RowTrace {
        let residual = vec![0; probabilities.len()];
        let (features, probabilities) = (features.to_vec(), probabilities.to_vec());
        RowTrace { features, probabilities, residual, right: true }
    }

    #[test]
    fn entries_follow_the_formula_and_taking_rows_away_undoes_them() {
        let rows = [row(&[3, -5, 256], &[700, 300, 48]), row(&[0, 7, 256], &[1, 1_048_575, 1])];
        let both = [&rows[0], &rows[1]];
        let hessian = Hessian::new(&both, 3, 3, 11);
        for (k, l) in (0..3).flat_map(|k| (0..3).map(move |l| (k, l))) {
            for (a, b) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
                let mut expected = if (k, a) == (l, b) { 11 } else { 0 };
                for RowTrace { features: h, probabilities: p, .. } in &rows {
                    let sum: i64 = p.iter().sum();
                    let weight = if a == b { p[a] * sum } else { 0 } - p[a] * p[b];
                    expected += i128::from(h[k] * h[l]) * i128::from(weight);
                }
                assert_eq!(hessian.row(3 * k + a)[3 * l + b], expected, "{k} {a} {l} {b}");
            }
        }
        let one = Hessian::new(&both[..1], 3, 3, 11);
        assert_eq!(hessian.without(&both[1..]).entries, one.entries);
    }
}
