//! Circuits made to exercise a verifier: every kind of column, phase, rotation and permutation that a
//! plan can say, in several shapes.
//!
//! # Relation
//! * `instance`: public input $i$ stands in advice column 0 on row $i$, in column 1 two rows further
//!   down, in column 2 one row further up (rotations 0, -2, +1 of the instance column).
//! * `far`: on marked rows, the product of column 0 at all far rotations is what the last first-phase
//!   column says.
//! * `accumulate` (two phases): $s' = s + \sum_j \rho^j a_j + \sigma$.
//! * copies: each permuted column carries a value of the column before it, another row; one comes from a
//!   fixed column, and one from the instance column where that is permuted; the accumulator's last value stands on two
//!   rows where it is permuted.

pub mod case;
pub mod mutate;

pub use case::Case;
pub use mutate::mutants;

use ff::Field as _;
use halo2_proofs::circuit::{Cell, Layouter, Region, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{
    Advice, Challenge, Circuit, Column, ConstraintSystem, Error, Expression, FirstPhase, Fixed,
    Instance, SecondPhase,
};
use halo2_proofs::poly::Rotation;

/// First row of the copies, behind everything else.
const COPY_ROW: usize = 24;
/// First row behind the copies.
const FAR_ROW: usize = 36;
/// Rows of far products.
const FAR_ROWS: usize = 4;
/// Rows of the accumulator.
const SUM_ROWS: usize = 10;
/// What the fixed column that takes part in the permutation holds.
const CONSTANT: u64 = 1_000_003;

/// Shape of a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// What to call it.
    pub name: &'static str,
    /// Log of the rows.
    pub k: u32,
    /// Degree the key is made for.
    pub degree: usize,
    /// First-phase columns beside the one for far products; at least 3.
    pub width: usize,
    /// How many of them are permuted, besides the fixed column.
    pub permuted: usize,
    /// Whether the instance column is permuted too.
    pub instance_permuted: bool,
    /// Public inputs; at least 1.
    pub instances: usize,
    /// Rotations that are multiplied; two at degree 3, more above.
    pub far: Vec<i32>,
    /// Whether there is a second phase.
    pub second_phase: bool,
    /// Whether the second-phase column is permuted too.
    pub sum_permuted: bool,
}

impl Shape {
    /// The shapes that tests run on.
    pub fn all() -> [Self; 4] {
        [
            Self {
                name: "narrow, two phases",
                k: 6,
                degree: 3,
                width: 3,
                permuted: 2,
                instances: 3,
                far: vec![-4, 3],
                second_phase: true,
                ..Self::default()
            },
            Self {
                name: "wide, several products, instance permuted",
                k: 7,
                degree: 4,
                width: 7,
                permuted: 6,
                instance_permuted: true,
                instances: 13,
                far: vec![-17, 0, 5],
                second_phase: true,
                ..Self::default()
            },
            Self {
                name: "no permutation, high degree",
                k: 6,
                degree: 6,
                width: 4,
                instances: 1,
                far: vec![-3, -1, 0, 1, 6],
                second_phase: true,
                ..Self::default()
            },
            Self {
                name: "one phase, no challenges",
                k: 6,
                degree: 5,
                width: 3,
                permuted: 3,
                instances: 5,
                far: vec![2, -2],
                ..Self::default()
            },
        ]
    }

    /// A shape with as many columns as a circuit of ours may have, read many rows away.
    pub fn widest() -> Self {
        Self {
            name: "widest, far rotations, second phase permuted",
            k: 8,
            degree: 5,
            width: 84,
            permuted: 24,
            instance_permuted: true,
            instances: 20,
            far: vec![-60, -1, 1],
            second_phase: true,
            sum_permuted: true,
        }
    }

    /// First row of the far products: behind the copies, and with all rotated rows there.
    fn far_row(&self) -> usize {
        let up = self.far.iter().map(|rotation| rotation.min(&0).unsigned_abs()).max();
        FAR_ROW.max(up.unwrap_or_default() as usize)
    }
}

/// A circuit of a shape with a witness from a seed.
#[derive(Clone, Debug)]
pub struct Synthetic {
    shape: Shape,
    seed: u64,
}

impl Synthetic {
    /// Returns the circuit.
    pub fn new(shape: Shape, seed: u64) -> Self {
        Self { shape, seed }
    }

    /// Returns the public inputs.
    pub fn instances(&self) -> Vec<Fr> {
        (0..self.shape.instances).map(|row| self.free(99, row)).collect()
    }

    /// A pseudo-random value that belongs to a place.
    fn free(&self, column: usize, row: usize) -> Fr {
        let place = Fr::from((column as u64 + 1) << 32 | (row as u64 + 1));
        (place + Fr::from(self.seed)).pow_vartime([5_u64])
    }

    /// Returns the first-phase witness: `width` columns and the far products.
    fn columns(&self) -> Vec<Vec<Fr>> {
        let Shape { width, permuted, instance_permuted, .. } = self.shape;
        let instances = self.instances();
        let far_row = self.shape.far_row();
        let rows = far_row + FAR_ROWS + 8;
        let mut columns: Vec<Vec<Fr>> = (0..width)
            .map(|column| (0..rows).map(|row| self.free(column, row)).collect())
            .collect();
        for (row, value) in instances.iter().enumerate() {
            columns[0][row] = *value;
            columns[1][row + 2] = *value;
            if row > 0 {
                columns[2][row - 1] = *value;
            }
        }
        for column in 0..permuted {
            columns[column][COPY_ROW] = match column {
                0 => Fr::from(CONSTANT),
                1 if instance_permuted => instances[instances.len() - 1],
                _ => columns[column - 1][COPY_ROW + 1],
            };
        }
        let far = (0..rows).map(|row| {
            if !(far_row..far_row + FAR_ROWS).contains(&row) {
                return self.free(width, row);
            }
            let at = |rotation: &i32| row.checked_add_signed(*rotation as isize).unwrap();
            self.shape.far.iter().map(|rotation| columns[0][at(rotation)]).product()
        });
        let far = far.collect();
        columns.push(far);
        columns
    }
}

/// Columns of the circuit.
#[derive(Clone, Debug)]
pub struct Config {
    shape: Shape,
    advice: Vec<Column<Advice>>,
    instance: Column<Instance>,
    constant: Column<Fixed>,
    q_instance: [Column<Fixed>; 3],
    q_far: Column<Fixed>,
    sum: Option<SumConfig>,
}

#[derive(Clone, Debug)]
struct SumConfig {
    column: Column<Advice>,
    selector: halo2_proofs::plonk::Selector,
    rho: Challenge,
    sigma: Challenge,
}

impl Circuit<Fr> for Synthetic {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn params(&self) -> Shape {
        self.shape.clone()
    }

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> Config {
        unreachable!("the circuit is configured with its shape")
    }

    fn configure_with_params(system: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        system.set_minimum_degree(shape.degree);
        let config = Config {
            advice: (0..=shape.width).map(|_| system.advice_column_in(FirstPhase)).collect(),
            instance: system.instance_column(),
            constant: system.fixed_column(),
            q_instance: [(); 3].map(|()| system.fixed_column()),
            q_far: system.fixed_column(),
            sum: shape.second_phase.then(|| SumConfig {
                column: system.advice_column_in(SecondPhase),
                selector: system.selector(),
                rho: system.challenge_usable_after(FirstPhase),
                sigma: system.challenge_usable_after(FirstPhase),
            }),
            shape,
        };
        config.configure_gates(system);
        for column in &config.advice[..config.shape.permuted] {
            system.enable_equality(*column);
        }
        if config.shape.permuted > 0 {
            system.enable_equality(config.constant);
        }
        if config.shape.instance_permuted {
            system.enable_equality(config.instance);
        }
        if let Some(sum) = config.sum.as_ref().filter(|_| config.shape.sum_permuted) {
            system.enable_equality(sum.column);
        }
        config
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let columns = self.columns();
        let from_instance = layouter.assign_region(
            || "first phase",
            |mut region| Ok(config.assign_first(&mut region, &columns)),
        )?;
        if let Some(cell) = from_instance {
            layouter.constrain_instance(cell, config.instance, self.shape.instances - 1);
        }
        let Some(sum) = &config.sum else { return Ok(()) };
        layouter.next_phase();
        let rho = layouter.get_challenge(sum.rho);
        let sigma = layouter.get_challenge(sum.sigma);
        layouter.assign_region(
            || "second phase",
            |mut region| sum.assign(&mut region, &columns, &self.shape, rho.zip(sigma)),
        )
    }
}

impl Config {
    fn configure_gates(&self, system: &mut ConstraintSystem<Fr>) {
        let shape = &self.shape;
        system.create_gate("instance: the public inputs stand in columns 0 to 2", |meta| {
            let shifts = self.q_instance.iter().zip(&self.advice).zip([0, -2, 1]);
            let constraints = shifts.map(|((q_instance, advice), rotation)| {
                let q_instance = meta.query_fixed(*q_instance, Rotation::cur());
                let advice = meta.query_advice(*advice, Rotation::cur());
                q_instance * (meta.query_instance(self.instance, Rotation(rotation)) - advice)
            });
            constraints.collect::<Vec<_>>()
        });
        system.create_gate("far: the product over far rows", |meta| {
            let far = shape
                .far
                .iter()
                .map(|rotation| meta.query_advice(self.advice[0], Rotation(*rotation)));
            let product = far.reduce(|product, factor| product * factor).unwrap();
            let q_far = meta.query_fixed(self.q_far, Rotation::cur());
            vec![q_far * (product - meta.query_advice(self.advice[shape.width], Rotation::cur()))]
        });
        let Some(sum) = &self.sum else { return };
        system.create_gate("accumulate: s' = s + sum_j rho^j a_j + sigma", |meta| {
            let selector = meta.query_selector(sum.selector);
            let rho = meta.query_challenge(sum.rho);
            let here = meta.query_advice(sum.column, Rotation::cur());
            let next = meta.query_advice(sum.column, Rotation::next());
            let columns: Vec<_> = self.advice[..shape.width]
                .iter()
                .map(|column| meta.query_advice(*column, Rotation::cur()))
                .collect();
            let horner = columns.into_iter().rev();
            let combined = horner.reduce(|sum, column| sum * rho.clone() + column).unwrap();
            // A scaled term, so that the plan has one.
            let sigma = meta.query_challenge(sum.sigma);
            let doubled = Expression::Scaled(Box::new(sigma), Fr::from(2));
            vec![selector * (next - here - combined - doubled)]
        });
    }

    /// Fills in the first phase; returns the cell that the instance column is copied to.
    fn assign_first(&self, region: &mut Region<'_, Fr>, columns: &[Vec<Fr>]) -> Option<Cell> {
        let shape = &self.shape;
        let mut cells = Vec::new();
        for (column, values) in self.advice.iter().zip(columns) {
            let of_column = values.iter().enumerate().map(|(row, value)| {
                region.assign_advice(*column, row, Value::known(*value)).cell()
            });
            cells.push(of_column.collect::<Vec<_>>());
        }
        for row in 0..shape.instances {
            region.assign_fixed(self.q_instance[0], row, Fr::ONE);
            region.assign_fixed(self.q_instance[1], row + 2, Fr::ONE);
            // One row further up there is none for the first input. With one input the column stays
            // empty, and its commitment is at infinity.
            if let Some(row) = row.checked_sub(1) {
                region.assign_fixed(self.q_instance[2], row, Fr::ONE);
            }
        }
        for row in shape.far_row()..shape.far_row() + FAR_ROWS {
            region.assign_fixed(self.q_far, row, Fr::ONE);
        }
        let constant = region.assign_fixed(self.constant, 0, Fr::from(CONSTANT));
        let mut from_instance = None;
        for column in 0..shape.permuted {
            let cell = cells[column][COPY_ROW];
            match column {
                0 => region.constrain_equal(constant, cell),
                1 if shape.instance_permuted => from_instance = Some(cell),
                _ => region.constrain_equal(cells[column - 1][COPY_ROW + 1], cell),
            }
        }
        from_instance
    }
}

impl SumConfig {
    fn assign(
        &self,
        region: &mut Region<'_, Fr>,
        columns: &[Vec<Fr>],
        shape: &Shape,
        challenges: Value<(Fr, Fr)>,
    ) -> Result<(), Error> {
        for row in 0..SUM_ROWS {
            self.selector.enable(region, row)?;
        }
        let mut sum = challenges.map(|_| Fr::from(7));
        for row in 0..SUM_ROWS {
            region.assign_advice(self.column, row, sum);
            let combined = |rho| {
                let combined = columns[..shape.width].iter().rev();
                combined.fold(Fr::ZERO, |sum, column| sum * rho + column[row])
            };
            sum =
                sum.zip(challenges).map(|(sum, (rho, sigma))| sum + combined(rho) + sigma.double());
        }
        let last = region.assign_advice(self.column, SUM_ROWS, sum).cell();
        if shape.sum_permuted {
            let copy = region.assign_advice(self.column, COPY_ROW, sum).cell();
            region.constrain_equal(last, copy);
        }
        Ok(())
    }
}
