//! Newton tables: the rounding of integer solutions of $M_c\, x_c = 2^{\sigma + S} G_c + R_c$ with a small residual, $S = 32$.
//!
//! $x_c = 2^S T_c + f_c$, where $T_c$ is the table and $-2^{S-1} \le f < 2^{S-1}$ are its fractions.
//! $M_c$ is $H_s$ for `influence` and $H_s - H_c$ for `group-newton`. A float Cholesky factor gives
//! the direction; the residual is taken in exact integers, so each round of refinement gains what
//! the factor is good for, until the solution is the rounded one. What is returned was checked in
//! exact integers: $|R_c|_\infty \le 2^{\eta}$, $\eta$ the least with
//! $2^{\eta} \ge \lceil |M|_\infty / 2 \rceil$. A rounded solution $x + e$, $|e|_\infty \le 1/2$, has
//! $|R|_\infty = |M e|_\infty \le |M|_\infty / 2$ and so always meets it.

use ethnum::I256;
use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tribute_circuits::reference::RowTrace;
use tribute_circuits::reference::fixed_point::{
    PROBABILITY_SCALE, TABLE_BITS, TABLE_FRACTION_BITS,
};
use tribute_verifier::method::HessianRows;

use super::Progress;
use super::error::TableError;
use super::hessian::{Hessian, ridge};

/// The largest $KC$ of a system that is solved.
pub const SYSTEM_MAX: usize = 2048;
/// Rounds of refinement after which a system counts as unsolvable.
const ROUNDS_MAX: usize = 12;

/// $\sigma = f_p + f_h + 40$.
#[must_use]
pub const fn sigma(feature_scale: u32) -> u32 {
    PROBABILITY_SCALE + feature_scale + 40
}

/// What the systems of all contributors share.
pub(super) struct Systems<'a> {
    pub(super) features: usize,
    pub(super) classes: usize,
    pub(super) feature_scale: u32,
    pub(super) lam_256ths: u32,
    /// Admitted rows of each contributor.
    pub(super) owned: Vec<Vec<&'a RowTrace>>,
    /// $G$, in table order.
    pub(super) gradients: &'a [i64],
}

/// Solutions in table order, and the bound they meet.
pub(super) struct Solutions {
    pub(super) entries: Vec<i64>,
    /// What the solutions exceed $2^{32}$ times the entries by.
    pub(super) fractions: Vec<i32>,
    pub(super) eta: u32,
}

/// A matrix with its Cholesky factor, scaled by $2^{-(2 f_p + 2 f_h)}$.
pub(super) struct Factored {
    pub(super) matrix: Hessian,
    pub(super) factor: Llt<f64>,
}

impl Systems<'_> {
    /// Solves every contributor's system and checks every certificate.
    pub(super) fn solve(
        &self,
        hessian: HessianRows,
        progress: Progress<'_>,
    ) -> Result<Solutions, TableError> {
        let (features, classes) = (self.features, self.classes);
        let size = features * classes;
        if size > SYSTEM_MAX {
            return Err(TableError::TooLarge { features, classes, size });
        }
        let rows: Vec<&RowTrace> = self.owned.iter().flatten().copied().collect();
        let ridge = ridge(self.lam_256ths, self.feature_scale);
        let full = Hessian::new(&rows, features, classes, ridge);
        let full_norm = full.row_norm();
        let shared = match hessian {
            HessianRows::All => Some(self.factor(full.clone(), 0)?),
            HessianRows::Others => None,
        };
        let contributors = self.owned.len();
        let done = AtomicUsize::new(0);
        let solved: Vec<(Vec<i128>, u128)> = (0..contributors)
            .into_par_iter()
            .map(|contributor| {
                let owned = &self.owned[contributor];
                let solved = if owned.is_empty() {
                    // Without rows G is zero, and zero solves its system exactly.
                    (vec![0; size], full_norm)
                } else if let Some(shared) = &shared {
                    (self.refine(shared, full_norm, contributor)?, full_norm)
                } else {
                    let own = self.factor(full.without(owned), contributor)?;
                    let norm = own.matrix.row_norm();
                    (self.refine(&own, norm, contributor)?, norm)
                };
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, contributors);
                Ok(solved)
            })
            .collect::<Result<_, TableError>>()?;
        let eta = solved.iter().map(|(_, norm)| eta_of(*norm)).max().unwrap_or(0);
        let rounded = (0..size)
            .flat_map(|i| solved.iter().enumerate().map(move |(c, (x, _))| round(c, x[i])))
            .collect::<Result<Vec<_>, _>>()?;
        let (entries, fractions) = rounded.into_iter().unzip();
        Ok(Solutions { entries, fractions, eta })
    }

    fn scale(&self) -> f64 {
        ((1_u128) << (2 * PROBABILITY_SCALE + 2 * self.feature_scale)) as f64
    }

    pub(super) fn factor(
        &self,
        matrix: Hessian,
        contributor: usize,
    ) -> Result<Factored, TableError> {
        let (size, scale) = (matrix.size(), self.scale());
        let floats = Mat::from_fn(size, size, |i, j| matrix.row(i)[j] as f64 / scale);
        let factor =
            floats.llt(Side::Lower).map_err(|_| TableError::NotPositive { contributor })?;
        Ok(Factored { matrix, factor })
    }

    /// The solution of one contributor's system, rounded to integers and certified.
    fn refine(
        &self,
        system: &Factored,
        norm: u128,
        contributor: usize,
    ) -> Result<Vec<i128>, TableError> {
        self.reach(system, &self.target(contributor), eta_of(norm), contributor)
    }

    /// $2^{\sigma + S} G_c$.
    pub(super) fn target(&self, contributor: usize) -> Vec<I256> {
        let gradients = self.gradients.iter().skip(contributor).step_by(self.owned.len());
        let shift = sigma(self.feature_scale) + TABLE_FRACTION_BITS;
        gradients.map(|gradient| I256::from(*gradient) << shift).collect()
    }

    /// Integers whose product with the matrix is within $2^\eta$ of the target.
    pub(super) fn reach(
        &self,
        system: &Factored,
        target: &[I256],
        eta: u32,
        contributor: usize,
    ) -> Result<Vec<i128>, TableError> {
        let mut x = vec![0_i128; target.len()];
        let mut left = target.to_owned();
        for _ in 0..ROUNDS_MAX {
            let step = self.step(&system.factor, &left);
            let Some(step) = step else { return Err(TableError::Residual { contributor, eta }) };
            if step.iter().all(|&s| s == 0) {
                break;
            }
            x.iter_mut().zip(&step).for_each(|(x, s)| *x += s);
            let product = system.matrix.times(&x);
            left = target.iter().zip(product).map(|(t, p)| t - p).collect();
        }
        if left.iter().any(|r| r.unsigned_abs() > ethnum::U256::ONE << eta) {
            return Err(TableError::Residual { contributor, eta });
        }
        Ok(x)
    }

    /// The float solution for what is left, rounded to integers; none if it left all bounds.
    fn step(&self, factor: &Llt<f64>, left: &[I256]) -> Option<Vec<i128>> {
        let scale = self.scale();
        let rhs = Mat::from_fn(left.len(), 1, |i, _| left[i].as_f64() / scale);
        let solution = factor.solve(&rhs);
        (0..left.len()).map(|i| to_integer(solution[(i, 0)])).collect()
    }
}

/// The entry of a table that a value of the solution rounds to, and the fraction.
pub(super) fn round(contributor: usize, value: i128) -> Result<(i64, i32), TableError> {
    let half = 1_i128 << (TABLE_BITS - 1);
    let entry = (value + (1 << (TABLE_FRACTION_BITS - 1))) >> TABLE_FRACTION_BITS;
    let fraction = i32::try_from(value - (entry << TABLE_FRACTION_BITS)).ok();
    let narrow = i64::try_from(entry).ok().filter(|_| (-half..half).contains(&entry));
    narrow.zip(fraction).ok_or(TableError::Entry { contributor, entry })
}

/// Rounds a float that is finite and below $2^{100}$ in size.
#[allow(clippy::cast_possible_truncation, reason = "the bound is checked first")]
fn to_integer(value: f64) -> Option<i128> {
    (value.abs() < 2_f64.powi(100)).then(|| value.round() as i128)
}

/// The least $\eta$ with $2^{\eta} \ge \lceil norm / 2 \rceil$.
pub(super) fn eta_of(norm: u128) -> u32 {
    u128::BITS - norm.div_ceil(2).saturating_sub(1).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eta_is_the_least_power() {
        let powers =
            [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (8, 2), (9, 3), (1 << 90, 89)];
        for (norm, eta) in powers {
            assert_eq!(eta_of(norm), eta, "{norm}");
        }
    }

    /// One contributor, two features, two classes, no rows: the matrix is the ridge alone.
    fn systems(gradients: &[i64]) -> Systems<'_> {
        let owned = vec![Vec::new()];
        Systems { features: 2, classes: 2, feature_scale: 8, lam_256ths: 256, owned, gradients }
    }

    #[test]
    fn solves_the_ridge_exactly() {
        let systems = systems(&[5, -6, 7, 0]);
        let matrix = Hessian::new(&[], 2, 2, ridge(256, 8));
        let norm = matrix.row_norm();
        let system = systems.factor(matrix, 0).unwrap();
        let solution = systems.refine(&system, norm, 0).unwrap();
        assert_eq!(solution, [5 << 44, -6 << 44, 7 << 44, 0]);
    }

    #[test]
    fn a_table_is_the_rounded_solution() {
        let round = |value| round(3, value).unwrap();
        assert_eq!(round(0), (0, 0));
        assert_eq!(round((1 << 31) - 1), (0, i32::MAX));
        assert_eq!(round(1 << 31), (1, i32::MIN));
        assert_eq!(round(-(1 << 31)), (0, i32::MIN));
        assert_eq!(round(-(1 << 31) - 1), (-1, i32::MAX));
        assert_eq!(round(-(1 << 87)), (-(1 << 55), 0));
        let entry = 1 << 55;
        let error = super::round(3, 1 << 87).unwrap_err();
        assert_eq!(error, TableError::Entry { contributor: 3, entry });
    }

    #[test]
    fn rejects_a_solution_that_misses_its_bound() {
        // The factor of another matrix, 64 times as large, leaves most of the way after each round.
        let systems = systems(&[5, -6, 7, 0]);
        let matrix = Hessian::new(&[], 2, 2, ridge(256, 8));
        let norm = matrix.row_norm();
        let other = Hessian::new(&[], 2, 2, ridge(256, 8) * 64);
        let Factored { factor, .. } = systems.factor(other, 0).unwrap();
        let error = systems.refine(&Factored { matrix, factor }, norm, 0).unwrap_err();
        assert_eq!(error, TableError::Residual { contributor: 0, eta: 55 });
    }

    #[test]
    fn rejects_a_matrix_that_is_not_positive() {
        let matrix = Hessian::new(&[], 2, 2, -1);
        let error = systems(&[0; 4]).factor(matrix, 7).err();
        assert_eq!(error, Some(TableError::NotPositive { contributor: 7 }));
    }
}
