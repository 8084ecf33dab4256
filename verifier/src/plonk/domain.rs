//! The evaluation domain around the challenge $x$.
//!
//! # Constants
//! $7$ generates the multiplicative group of the scalar field. $\omega = 7^{(p-1)/n}$ generates the domain
//! of $n = 2^k$ rows, $\delta = 7^{2^{28}}$ tells permuted columns apart.
//!
//! # Lagrange polynomials
//! $$ L_i(x) = \frac{\omega^i (x^n - 1)}{n (x - \omega^i)}. $$

use ark_bn254::Fr;
use ark_ff::{Field as _, One as _, PrimeField as _, Zero as _, batch_inversion};

use super::error::PlonkError;
use crate::plan::Plan;

const GENERATOR: u64 = 7;
const TWO_ADICITY: u32 = 28;

/// Returns $\omega$ for $2^k$ rows.
pub(crate) fn omega(k: u32) -> Fr {
    // (p - 1) / 2^k is p / 2^k rounded down, since p is odd.
    Fr::from(GENERATOR).pow(Fr::MODULUS >> k)
}

/// Returns $\delta$.
pub(crate) fn delta() -> Fr {
    Fr::from(GENERATOR).pow([1_u64 << TWO_ADICITY])
}

/// The domain of a plan, seen from $x$.
#[derive(Debug)]
pub(super) struct Domain {
    /// Where polynomials are evaluated.
    pub(super) x: Fr,
    /// $x^n$.
    pub(super) x_n: Fr,
    omega: Fr,
    omega_inverse: Fr,
    /// $(x^n - 1) / n$.
    numerator: Fr,
}

impl Domain {
    /// Sets up the domain. Fails where $x$ lies in it.
    pub(super) fn new(plan: &Plan, x: Fr) -> Result<Self, PlonkError> {
        let rows = 1_u64 << plan.k;
        let omega = omega(plan.k);
        let x_n = x.pow([rows]);
        let invert = |of: Fr| of.inverse().ok_or(PlonkError::DegenerateChallenge);
        if x_n.is_one() || x.is_zero() {
            return Err(PlonkError::DegenerateChallenge);
        }
        let numerator = (x_n - Fr::one()) * invert(Fr::from(rows))?;
        Ok(Self { x, x_n, omega, omega_inverse: invert(omega)?, numerator })
    }

    /// Returns $\omega^r$.
    pub(super) fn power(&self, rotation: i64) -> Fr {
        let base = if rotation < 0 { self.omega_inverse } else { self.omega };
        base.pow([rotation.unsigned_abs()])
    }

    /// Returns $x \omega^r$.
    pub(super) fn rotated(&self, rotation: i64) -> Fr {
        self.x * self.power(rotation)
    }

    /// Returns $L_i(x)$ for `count` rows from `first` on; rows below 0 count from the end.
    pub(super) fn lagrange(&self, first: i64, count: usize) -> Vec<Fr> {
        let mut powers = Vec::with_capacity(count);
        let mut power = self.power(first);
        for _ in 0..count {
            powers.push(power);
            power *= self.omega;
        }
        let mut values: Vec<Fr> = powers.iter().map(|power| self.x - power).collect();
        batch_inversion(&mut values);
        for (value, power) in values.iter_mut().zip(&powers) {
            *value *= self.numerator * power;
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn omega_spans_the_rows() {
        assert!(omega(5).pow([32_u64]).is_one());
        assert!(!omega(5).pow([16_u64]).is_one());
    }

    #[test]
    fn delta_has_odd_order() {
        // Cosets of different columns are disjoint because no power of delta is a power of omega.
        let order = Fr::MODULUS >> TWO_ADICITY;
        assert!(delta().pow(order).is_one());
    }
}
