//! A circuit with two linked columns, small enough to look at.

use super::Linked;
use ff::Field as _;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{
    Advice, Circuit, Column, ConstraintSystem, Error, Fixed, Instance, Selector,
};
use halo2_proofs::poly::Rotation;
use tribute_circuits::Witness;

/// Rows that hold weights.
pub(super) const ROWS: usize = 12;

/// Shows that $\sum_i s (a_i + 2 b_i)$ over the linked columns $a, b$ is the public input.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    scale: u64,
    pub(super) columns: [Vec<Fr>; 2],
}

#[derive(Clone, Debug)]
pub(super) struct SumConfig {
    linked: [Column<Advice>; 2],
    sum: Column<Advice>,
    scale: Column<Fixed>,
    public: Column<Instance>,
    q_sum: Selector,
}

impl Sum {
    /// A model by its first weight.
    pub(super) fn new(scale: u64, k: u32, first: u64) -> Self {
        let column = |factor: u64| {
            let values = (0..1_u64 << k).map(|row| match row {
                row if row < ROWS as u64 => Fr::from(factor * (first + row)),
                _ => Fr::ZERO,
            });
            values.collect()
        };
        Self { scale, columns: [column(1), column(7)] }
    }

    fn steps(&self) -> impl Iterator<Item = Fr> + '_ {
        let [left, right] = &self.columns;
        let pairs = left.iter().zip(right).take(ROWS);
        pairs.map(|(left, right)| Fr::from(self.scale) * (left + right.double()))
    }

    pub(super) fn public(&self) -> Fr {
        self.steps().sum()
    }
}

impl Linked for Sum {
    fn linked_columns(&self) -> Vec<&[Fr]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }
}

impl Witness for Sum {
    fn first_phase(&self) -> Vec<Vec<Fr>> {
        let [left, right] = &self.columns;
        let mut sums = vec![Fr::ZERO; left.len()];
        for (row, step) in self.steps().enumerate() {
            sums[row + 1] = sums[row] + step;
        }
        vec![left.clone(), right.clone(), sums]
    }

    fn second_phase(&self, _: &[Fr]) -> Vec<Vec<Fr>> {
        Vec::new()
    }
}

impl Circuit<Fr> for Sum {
    type Config = SumConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> SumConfig {
        let config = SumConfig {
            linked: [meta.advice_column(), meta.advice_column()],
            sum: meta.advice_column(),
            scale: meta.fixed_column(),
            public: meta.instance_column(),
            q_sum: meta.selector(),
        };
        meta.enable_equality(config.sum);
        meta.enable_equality(config.public);
        meta.create_gate("sum: next = sum + scale * (a + 2 b)", |meta| {
            let q_sum = meta.query_selector(config.q_sum);
            let [a, b] = config.linked.map(|column| meta.query_advice(column, Rotation::cur()));
            let scale = meta.query_fixed(config.scale, Rotation::cur());
            let sum = meta.query_advice(config.sum, Rotation::cur());
            let next = meta.query_advice(config.sum, Rotation::next());
            vec![q_sum * (sum + scale * (a + b * Fr::from(2)) - next)]
        });
        config
    }

    fn synthesize(&self, config: SumConfig, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let cell = layouter.assign_region(
            || "sum",
            |mut region| {
                for (column, values) in config.linked.iter().zip(&self.columns) {
                    for (row, value) in values.iter().enumerate().take(ROWS) {
                        region.assign_advice(*column, row, Value::known(*value));
                    }
                }
                let mut sum = Fr::ZERO;
                region.assign_advice(config.sum, 0, Value::known(sum));
                let mut last = None;
                for (row, step) in self.steps().enumerate() {
                    config.q_sum.enable(&mut region, row)?;
                    region.assign_fixed(config.scale, row, Fr::from(self.scale));
                    sum += step;
                    last =
                        Some(region.assign_advice(config.sum, row + 1, Value::known(sum)).cell());
                }
                last.ok_or(Error::Synthesis)
            },
        )?;
        layouter.constrain_instance(cell, config.public, 0);
        Ok(())
    }
}
