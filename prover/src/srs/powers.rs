//! Powers of a secret that this process knows.
//!
//! # Method
//! All scalars are known, so every point is a multiple of the generator: a table holds $d\, 2^{8 w} G_1$ for every byte $d$ and place $w$, and a point is a sum of 32 entries. halo2's
//! own setup takes a chain of doublings for each point, ten times as long.

use super::template;
use ff::{BatchInvert as _, Field as _, PrimeField as _};
use group::prime::PrimeCurveAffine as _;
use group::{Curve as _, Group as _};
use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1, G1Affine, G2Affine};
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use rayon::prelude::*;

/// Points of a task.
const TASK: usize = 1 << 10;
/// Bytes of a scalar.
const PLACES: usize = 32;

/// The SRS of $2^k$ powers of a secret.
pub(super) fn of_secret(k: u32, secret: Fr) -> ParamsKZG<Bn256> {
    let rows = 1usize << k;
    let powers = scalars(rows, secret);
    let root = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
    // L_i = (s^n - 1) / n * w^i / (s - w^i).
    let roots = scalars(rows, root);
    let mut lagrange: Vec<Fr> = roots.iter().map(|root| secret - root).collect();
    lagrange.batch_invert();
    let over = Fr::from(rows as u64).invert().unwrap_or(Fr::ZERO);
    let factor = (secret.pow_vartime([rows as u64]) - Fr::ONE) * over;
    for (scalar, root) in lagrange.iter_mut().zip(&roots) {
        *scalar *= factor * root;
    }
    let table = Table::new();
    let [powers, lagrange] = [powers, lagrange].map(|scalars| table.multiples(&scalars));
    let generator = G2Affine::generator();
    let tau = (generator * secret).to_affine();
    template().from_parts(k, powers, Some(lagrange), generator, tau)
}

fn scalars(count: usize, base: Fr) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(*power * base)).take(count).collect()
}

/// $d\, 2^{8 w} G_1$, for each place $w$ the digits from 1 to 255.
struct Table(Vec<G1Affine>);

impl Table {
    fn new() -> Self {
        let mut entries = Vec::with_capacity(PLACES * 255);
        let mut base = G1::generator();
        for _ in 0..PLACES {
            let mut entry = base;
            for _ in 1..256 {
                entries.push(entry);
                entry += base;
            }
            base = entry;
        }
        Self(normalized(&entries))
    }

    fn multiples(&self, scalars: &[Fr]) -> Vec<G1Affine> {
        let multiple =
            |scalar: &Fr| {
                let digits = scalar.to_repr();
                digits.iter().enumerate().fold(G1::identity(), |sum, (place, digit)| {
                    match usize::from(*digit).checked_sub(1) {
                        Some(digit) => sum + self.0[place * 255 + digit],
                        None => sum,
                    }
                })
            };
        let parts = scalars.par_chunks(TASK).map(|part| {
            let points: Vec<G1> = part.iter().map(multiple).collect();
            normalized(&points)
        });
        parts.collect::<Vec<_>>().concat()
    }
}

fn normalized(points: &[G1]) -> Vec<G1Affine> {
    let mut affine = vec![G1Affine::identity(); points.len()];
    G1::batch_normalize(points, &mut affine);
    affine
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_proofs::SerdeFormat;
    use rand_core::{Error, RngCore};

    /// Draws whatever gives the secret that it was asked for.
    struct Fixed(u64);

    impl RngCore for Fixed {
        fn next_u32(&mut self) -> u32 {
            0
        }

        fn next_u64(&mut self) -> u64 {
            std::mem::take(&mut self.0)
        }

        fn fill_bytes(&mut self, to: &mut [u8]) {
            to.fill(0);
            to[..8].copy_from_slice(&self.next_u64().to_le_bytes());
        }

        fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Error> {
            self.fill_bytes(to);
            Ok(())
        }
    }

    #[test]
    fn powers_are_those_of_the_library() {
        for (k, secret) in [(1, 3), (4, 0x1234_5678_9abc), (6, u64::MAX)] {
            let bytes = |params: ParamsKZG<Bn256>| {
                let mut bytes = Vec::new();
                params.write_custom(&mut bytes, SerdeFormat::RawBytes).unwrap();
                bytes
            };
            let theirs = ParamsKZG::<Bn256>::setup(k, Fixed(secret));
            assert_eq!(bytes(of_secret(k, Fr::from(secret))), bytes(theirs), "k = {k}");
        }
    }
}
