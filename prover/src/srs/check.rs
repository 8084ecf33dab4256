//! Is this an SRS? Structure, by random combination.
//!
//! # Relation
//! For powers $g_0 .. g_{n-1}$ and a pair $(G, T)$ of the second group: $g_0 = G_1$, $G = G_2$, $T$ is none of
//! $O, \pm G_2$, and for random $\rho_i$
//! $$ e\Big(\sum_i \rho_i g_{i+1}, G_2\Big) = e\Big(\sum_i \rho_i g_i, T\Big). $$
//! For Lagrange points $\ell_i$: $\sum_i \rho_i \ell_i = \sum_i c_i g_i$, where $c$ are the coefficients of the
//! polynomial with the values $\rho$.
//!
//! # Soundness
//! With $T = \tau G_2$, a single $g_{i+1} \ne \tau g_i$ passes for one $\rho$ in the order of the group. The equation
//! holds for $\tau = 1$ as for any other: that is why the trivial secrets are named. That nobody knows $\tau$ no
//! equation can show; a ceremony and its pinned digest stand for that.

use super::{SrsError, random_scalar};
use ff::PrimeField;
use group::Curve;
use group::prime::PrimeCurveAffine;
use halo2_proofs::arithmetic::best_multiexp;
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine, G2Affine, pairing};
use halo2_proofs::poly::EvaluationDomain;

/// The two points of the second group.
#[derive(Clone, Copy, Debug)]
pub struct G2Pair {
    /// The generator.
    pub generator: G2Affine,
    /// The generator times the secret.
    pub tau: G2Affine,
}

/// Checks that points are the successive powers of the secret behind a pair.
///
/// # Errors
/// Fails with the check that does not hold.
pub fn structure(powers: &[G1Affine], pair: &G2Pair) -> Result<(), SrsError> {
    if powers.first() != Some(&G1Affine::generator()) {
        return Err(SrsError::Generator { group: "first" });
    }
    if pair.generator != G2Affine::generator() {
        return Err(SrsError::Generator { group: "second" });
    }
    let trivial = [G2Affine::identity(), G2Affine::generator(), -G2Affine::generator()];
    if trivial.contains(&pair.tau) {
        return Err(SrsError::TrivialSecret);
    }
    let (Some((_, later)), Some((_, earlier))) = (powers.split_first(), powers.split_last()) else {
        return Err(SrsError::Powers);
    };
    let scalars: Vec<Fr> = later.iter().map(|_| random_scalar()).collect();
    let shifted = best_multiexp(&scalars, later).to_affine();
    let straight = best_multiexp(&scalars, earlier).to_affine();
    if pairing(&shifted, &pair.generator) == pairing(&straight, &pair.tau) {
        Ok(())
    } else {
        Err(SrsError::Powers)
    }
}

/// Checks that points are the Lagrange form of powers.
///
/// # Errors
/// Fails if they are not, or if there is another number of them.
pub fn lagrange(powers: &[G1Affine], lagrange: &[G1Affine]) -> Result<(), SrsError> {
    let log = powers.len().checked_ilog2().ok_or(SrsError::Lagrange)?;
    if powers.len() != lagrange.len() || !powers.len().is_power_of_two() || log > Fr::S {
        return Err(SrsError::Lagrange);
    }
    let values: Vec<Fr> = powers.iter().map(|_| random_scalar()).collect();
    let coefficients = interpolate(values.clone(), log);
    if best_multiexp(&values, lagrange) == best_multiexp(&coefficients, powers) {
        Ok(())
    } else {
        Err(SrsError::Lagrange)
    }
}

/// Returns the coefficients of the polynomial that has these values on the subgroup of order $2^{log}$.
fn interpolate(values: Vec<Fr>, log: u32) -> Vec<Fr> {
    let domain = EvaluationDomain::new(2, log);
    let polynomial = domain.lagrange_to_coeff(domain.lagrange_from_vec(values));
    polynomial.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::Field;
    use halo2_proofs::poly::commitment::ParamsProver;

    fn srs(secret: Fr, count: usize) -> (Vec<G1Affine>, G2Pair) {
        let mut power = Fr::ONE;
        let powers = (0..count)
            .map(|_| {
                let point = (G1Affine::generator() * power).to_affine();
                power *= secret;
                point
            })
            .collect();
        let generator = G2Affine::generator();
        (powers, G2Pair { generator, tau: (generator * secret).to_affine() })
    }

    #[test]
    fn accepts_powers_and_rejects_one_that_is_off() {
        let (mut powers, pair) = srs(random_scalar(), 8);
        structure(&powers, &pair).unwrap();
        for place in 1..8 {
            let honest = powers[place];
            powers[place] = (powers[place] + G1Affine::generator()).to_affine();
            assert!(matches!(structure(&powers, &pair), Err(SrsError::Powers)), "power {place}");
            powers[place] = honest;
        }
    }

    #[test]
    fn rejects_trivial_secrets_though_their_powers_are_powers() {
        for secret in [Fr::ZERO, Fr::ONE, -Fr::ONE] {
            let (powers, pair) = srs(secret, 8);
            assert!(matches!(structure(&powers, &pair), Err(SrsError::TrivialSecret)));
        }
    }

    #[test]
    fn rejects_other_generators() {
        let (mut powers, mut pair) = srs(random_scalar(), 8);
        pair.generator = pair.tau;
        let second = structure(&powers, &pair);
        assert!(matches!(second, Err(SrsError::Generator { group: "second" })));
        powers.remove(0);
        let first = structure(&powers, &pair);
        assert!(matches!(first, Err(SrsError::Generator { group: "first" })));
    }

    #[test]
    fn rejects_a_foreign_lagrange_form() {
        let first = crate::srs::Srs::generate_unsafe_dev(3).unwrap();
        let second = crate::srs::Srs::generate_unsafe_dev(3).unwrap();
        lagrange(first.params().get_g(), first.lagrange()).unwrap();
        let mixed = lagrange(first.params().get_g(), second.lagrange());
        assert!(matches!(mixed, Err(SrsError::Lagrange)));
    }
}
