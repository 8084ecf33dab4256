//! The running products of the permutation argument.
//!
//! # Relation
//! With permuted columns $v_j$, their places $\delta^j \omega^i$ and the places $s_j$ they are made equal to, a product goes down the rows by
//! $$ z_{i + 1} = z_i \prod_j \frac{v_j + \beta \delta^j \omega^i + \gamma}{v_j + \beta s_j + \gamma}, $$
//! over as many columns as the degree allows; each starts where the one before ends on the last usable row.

use ff::{BatchInvert as _, Field as _, PrimeField as _};
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::plonk::{Any, Column, ProvingKey};
use halo2_proofs::poly::{LagrangeCoeff, Polynomial};
use rand_core::RngCore;
use rayon::prelude::*;

use super::domain::Domain;
use super::skip_blinds;

/// Values of all columns, row by row.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) advice: &'a [Vec<Fr>],
    pub(super) fixed: &'a [Polynomial<Fr, LagrangeCoeff>],
    pub(super) instance: &'a [Fr],
}

impl<'a> Values<'a> {
    fn of(self, column: Column<Any>) -> &'a [Fr] {
        match column.column_type() {
            Any::Advice(_) => &self.advice[column.index()],
            Any::Fixed => self.fixed[column.index()].values(),
            Any::Instance => self.instance,
        }
    }
}

/// Columns that share a product: a factor for each, one for the product and one for the selector.
pub(super) fn columns_of_a_set(degree: usize) -> usize {
    degree.saturating_sub(2).max(1)
}

/// The running products, blinded, by their values.
pub(super) fn products(
    domain: &Domain,
    key: &ProvingKey<G1Affine>,
    values: Values<'_>,
    (beta, gamma): (Fr, Fr),
    randomness: &mut impl RngCore,
) -> Vec<Vec<Fr>> {
    let cs = key.get_vk().cs();
    let columns = cs.permutation().get_columns();
    let size = columns_of_a_set(cs.degree());
    let sets = columns.par_chunks(size).zip(key.permutation().permutations().par_chunks(size));
    let products = sets.enumerate().map(|(set, (columns, targets))| {
        let columns: Vec<&[Fr]> = columns.iter().map(|column| values.of(*column)).collect();
        let mut factors = vec![Fr::ONE; domain.rows()];
        for (column, target) in columns.iter().zip(targets) {
            for ((factor, value), target) in factors.iter_mut().zip(*column).zip(target.iter()) {
                *factor *= beta * target + gamma + value;
            }
        }
        factors.batch_invert();
        let mut place = beta * Fr::DELTA.pow_vartime([(set * size) as u64]);
        for column in columns {
            for ((factor, value), power) in factors.iter_mut().zip(column).zip(domain.powers()) {
                *factor *= place * power + gamma + value;
            }
            place *= Fr::DELTA;
        }
        let mut product = Fr::ONE;
        for factor in &mut factors {
            product *= std::mem::replace(factor, product);
        }
        factors
    });
    let mut products: Vec<Vec<Fr>> = products.collect();

    let blinded = domain.rows() - cs.blinding_factors();
    let mut start = Fr::ONE;
    for product in &mut products {
        if start != Fr::ONE {
            product.par_iter_mut().for_each(|value| *value *= start);
        }
        for value in &mut product[blinded..] {
            *value = Fr::random(&mut *randomness);
        }
        start = product[blinded - 1];
        skip_blinds(1, randomness);
    }
    products
}
