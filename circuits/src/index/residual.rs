//! What the certificate and the stationarity identity leave, in the field: both are integers that the limbs bound.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use rayon::prelude::*;

use super::values::RowValues;
use super::{IndexParams, IndexWitness};
use crate::encode::{encode, power_of_two};
use crate::reference::fixed_point::{HEAD_SCALE, LAMBDA_SCALE, PROBABILITY_SCALE};
use tribute_verifier::method::HessianRows;

/// Residuals in the order of table and head.
pub(super) struct Residuals {
    /// $R_c$ at $(kC + a) M + c$; empty but for Newton methods.
    pub(super) certificate: Vec<Fr>,
    /// $R'$ at $kC + a$.
    pub(super) stationarity: Vec<Fr>,
}

/// Sums over the admitted rows, as integers: they stay below 127 bits.
#[derive(Clone)]
struct Sums {
    /// $\sum_i w_i h_i \otimes \delta_i$ for each contributor.
    gradient: Vec<i128>,
    /// $\sum_i w_i h_i \otimes S_i Y_{ic}$, over the rows that the method counts.
    hessian: Vec<Fr>,
}

impl Residuals {
    pub(super) fn new(params: &IndexParams, witness: &IndexWitness, rows: &[RowValues]) -> Self {
        let scale = witness.model.feature_scale();
        let sums = rows[..params.shape.rows]
            .par_chunks(64)
            .map(|rows| Sums::of(params, witness, rows))
            .reduce(|| Sums::zero(params, witness), Sums::add);
        let contributors = witness.table.contributors;
        let lam = Fr::from(u64::from(witness.lam));
        let pull = lam * power_of_two(PROBABILITY_SCALE + scale - LAMBDA_SCALE);
        let stationarity = sums.gradient.chunks(contributors).zip(&witness.model.head);
        let stationarity = stationarity.map(|(gradients, weight)| {
            let sum: i128 = gradients.iter().sum();
            encode(sum) * power_of_two(HEAD_SCALE) - pull * encode(i128::from(*weight))
        });
        let ridge = lam * power_of_two(2 * PROBABILITY_SCALE + 2 * scale - LAMBDA_SCALE);
        let sigma = power_of_two(super::sums::sigma(params));
        let certificate = sums.hessian.iter().zip(&sums.gradient).zip(witness.solution());
        let certificate = certificate.map(|((hessian, gradient), entry)| {
            *hessian + ridge * encode(entry) - sigma * encode(*gradient)
        });
        Self { certificate: certificate.collect(), stationarity: stationarity.collect() }
    }
}

impl Sums {
    fn zero(params: &IndexParams, witness: &IndexWitness) -> Self {
        let entries = witness.table.entries.len();
        let hessian = if params.newton() { entries } else { 0 };
        Self { gradient: vec![0; entries], hessian: vec![Fr::ZERO; hessian] }
    }

    fn add(mut self, other: Self) -> Self {
        self.gradient.iter_mut().zip(other.gradient).for_each(|(sum, more)| *sum += more);
        self.hessian.iter_mut().zip(other.hessian).for_each(|(sum, more)| *sum += more);
        self
    }

    fn of(params: &IndexParams, witness: &IndexWitness, rows: &[RowValues]) -> Self {
        let mut sums = Self::zero(params, witness);
        let (classes, contributors) = (witness.table.classes, witness.table.contributors);
        for row in rows.iter().filter(|row| row.admitted != 0) {
            let features = row.features(&witness.model);
            let features: Vec<i128> = features.iter().map(|h| row.admitted * h).collect();
            let residual = row.residual();
            let owners = &row.owners[row.owners.len() - contributors..];
            for (k, feature) in features.iter().enumerate() {
                for (a, delta) in residual.iter().enumerate() {
                    let place = (k * classes + a) * contributors;
                    for (c, owned) in owners.iter().enumerate().filter(|(_, owned)| **owned != 0) {
                        sums.gradient[place + c] += owned * feature * delta;
                    }
                }
            }
            if params.newton() {
                sums.add_hessian(params, row, &features, contributors);
            }
        }
        sums
    }

    fn add_hessian(
        &mut self,
        params: &IndexParams,
        row: &RowValues,
        features: &[i128],
        contributors: usize,
    ) {
        let total = row.probability_sum();
        let probabilities: Vec<i128> = row.classes.iter().map(|class| class.probability).collect();
        let mut products = vec![Fr::ZERO; row.responses.len()];
        for c in 0..contributors {
            let counted = |place: usize| match params.shape.method.hessian() {
                Some(HessianRows::Others) => (1 - row.owners[place]) * row.responses[place],
                Some(HessianRows::All) | None => row.responses[place],
            };
            let terms = probabilities.iter().enumerate().map(|(a, p)| (a * contributors + c, p));
            let mean: Fr = terms.clone().map(|(at, p)| encode(*p) * encode(counted(at))).sum();
            for (at, p) in terms {
                products[at] = encode(*p) * (encode(total) * encode(counted(at)) - mean);
            }
        }
        for (feature, sums) in features.iter().zip(self.hessian.chunks_mut(products.len())) {
            if *feature != 0 {
                let feature = encode(*feature);
                sums.iter_mut().zip(&products).for_each(|(sum, product)| *sum += feature * product);
            }
        }
    }
}
