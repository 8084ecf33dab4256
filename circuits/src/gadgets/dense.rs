//! Dense layers and scores by random combination: all outputs of a layer with one accumulator.
//!
//! # Relation
//! A job has inputs $x_i$ and a matrix $W$; it shows for each of its $J$ outputs that $y_j = \sum_i x_i W_{ij}$. A layer's last input is the constant that
//! multiplies the bias. The scores are a job too: one input $h_k r_a$ for each pair $(k, a)$, and the contributors as outputs.
//!
//! # Layout
//! Row by row, input-major, $w$ values to a row (the last row of an input holds what is left), stored as raw values $W + o$ with the offset $o$ in a fixed column.
//! On the last row of an input, `a` (and `b`, for scores) holds the input; then follow $J$ rows with $y_j$ in `a`.
//!
//! | second-phase column | next value |
//! |---|---|
//! | combination $t$ | $\rho^{n} t + \sum_{j<n} \rho^{n-1-j} (W_j - o)$ on a row of $n$ values, started from 0 for each input; $\rho t + y$ on output rows |
//! | accumulator | plus $a\, t'$ (or $a b\, t'$) on the last row of an input, minus $t'$ on the last output row, where it must become 0 |
//! | fingerprint | $\rho^n F + \sum_{j<n} \rho^{n-1-j} W_j$ over all rows of all jobs, held elsewhere |
//!
//! # Soundness
//! Inputs, weights and outputs are committed before $\rho$ is drawn. At the end of a job the accumulator is $\sum_j \rho^{J-1-j} (\sum_i x_i W_{ij} - y_j)$, a polynomial in
//! $\rho$ of degree below $J$ that isn't zero if any $y_j$ is wrong: it vanishes for at most $J$ of $p$ challenges. [`crate::bounds`] shows that the sums don't wrap around.
//! The fingerprint ties the values to the committed stream (see [`super::stream`]) in the same way. Rows with fewer than $w$ values are rows of a kind of their own:
//! unused cells enter nothing.
//!
//! # Cost
//! $w$ weight columns, three second-phase columns, degree 4.

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::gates::{Gates, combine, constant, power, sum};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, power_of_two};
use crate::grid::{Challenges, Grid, LateGrid, Wire};
use crate::layout::Layout;
use crate::params::Shape;

/// An input of a job: a value, or a product of two.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    /// An activation, or the constant of the bias.
    Value(Wire),
    /// A feature times a residual.
    Product(Wire, Wire),
}

/// One matrix with its inputs.
pub(crate) struct Job<'a> {
    /// The inputs, in order.
    pub(crate) inputs: Vec<Input>,
    /// Number of outputs.
    pub(crate) outputs: usize,
    /// Entry of the matrix.
    pub(crate) entry: &'a dyn Fn(usize, usize) -> i64,
    /// Width of the entries of an input's row: they're stored with the offset $2^{width-1}$.
    pub(crate) width: &'a dyn Fn(usize) -> u32,
}

/// Inputs and outputs of every job, in order.
fn jobs(shape: &Shape) -> Vec<(usize, usize)> {
    let mut jobs = Vec::new();
    let mut inputs = shape.inputs;
    for &outputs in &shape.hidden {
        jobs.push((inputs + 1, outputs));
        inputs = outputs;
    }
    jobs.push((inputs + 1, shape.classes));
    jobs.push((shape.features() * shape.classes, shape.contributors));
    jobs
}

/// Rows of all jobs.
pub(crate) fn rows(shape: &Shape, columns: usize) -> usize {
    jobs(shape)
        .into_iter()
        .map(|(inputs, outputs)| inputs * outputs.div_ceil(columns) + outputs)
        .sum()
}

/// The numbers of values that rows hold.
pub(crate) fn row_kinds(shape: &Shape, columns: usize) -> BTreeSet<usize> {
    jobs(shape)
        .into_iter()
        .flat_map(|(_, outputs)| [columns.min(outputs), outputs % columns])
        .filter(|count| *count > 0)
        .collect()
}

/// Creates the gates.
pub(crate) fn configure(gates: &mut Gates<'_>, layout: &Layout) {
    let columns = &layout.dense;
    gates.create(|query| {
        let rho = query.rho();
        let (t, t_next) = (query.late(layout.combination), query.late_next(layout.combination));
        let (a, b) = (query.advice(layout.a), query.advice(layout.b));
        let (carry, offset) = (query.fixed(columns.carry), query.fixed(columns.offset));
        let q_output = query.fixed(columns.q_output);
        let weights: Vec<_> = layout.weights.iter().map(|column| query.advice(*column)).collect();

        let mut combination = q_output.clone()
            * (t_next.clone() - carry.clone() * rho.clone() * t.clone() - a.clone());
        let fingerprint = query.late(layout.weights_fingerprint);
        let mut advanced = query.fixed(layout.q_active)
            * (query.late_next(layout.weights_fingerprint) - fingerprint.clone());
        for &(count, q_kind) in &columns.kinds {
            let q_kind = query.fixed(q_kind);
            let raw = combine(&rho, weights[..count].iter().cloned());
            let offsets = combine(&rho, (0..count).map(|_| offset.clone()));
            combination = combination
                + q_kind.clone()
                    * (t_next.clone()
                        - carry.clone() * power(&rho, count) * t.clone()
                        - (raw.clone() - offsets));
            advanced = advanced
                - q_kind * (fingerprint.clone() * (power(&rho, count) - constant(Fr::ONE)) + raw);
        }

        let (accumulator, accumulator_next) =
            (query.late(layout.accumulator), query.late_next(layout.accumulator));
        let (q_layer, q_table, q_outputs) = (
            query.fixed(columns.q_close_layer),
            query.fixed(columns.q_close_table),
            query.fixed(columns.q_close_outputs),
        );
        let accumulated = query.fixed(layout.q_active)
            * (accumulator_next.clone() - accumulator.clone())
            - sum([q_layer * a.clone(), q_table * a * b]) * t_next.clone()
            + q_outputs.clone() * t_next;
        let q_first = query.fixed(layout.q_first);
        vec![
            ("dense: t' = rho^n t + sum rho^j (W_j - o)", combination),
            ("dense: accumulator' = accumulator + x t'", accumulated),
            ("dense: accumulator starts at 0", q_first.clone() * accumulator),
            ("dense: accumulator is 0 after the outputs", q_outputs * accumulator_next),
            ("fingerprint: weights advance by rho^n F + sum rho^j W_j", advanced),
            ("fingerprint: weights start at 0", q_first * fingerprint),
        ]
    });
}

/// Writes jobs, one below the other.
pub(crate) struct Dense<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) row: usize,
}

const INPUT: &str = "dense: input of a row";
/// Names the values in the weight columns, for forgeries.
pub(crate) const WEIGHT: Constraint =
    Constraint::new(ConstraintKind::Gate, "fingerprint: weights = stream");
/// Names the outputs, for forgeries.
pub(crate) const OUTPUT: Constraint =
    Constraint::new(ConstraintKind::Gate, "dense: accumulator is 0 after the outputs");

impl Dense<'_> {
    /// Writes the rows of a job and returns its outputs.
    pub(crate) fn job(&mut self, grid: &mut Grid, job: &Job<'_>) -> Vec<Wire> {
        let columns = &self.layout.dense;
        let mut sums = vec![Fr::ZERO; job.outputs];
        for (i, input) in job.inputs.iter().enumerate() {
            let offset = power_of_two((job.width)(i) - 1);
            let mut combined = vec![Fr::ZERO; job.outputs];
            for first in (0..job.outputs).step_by(self.layout.weights.len()) {
                let count = self.layout.weights.len().min(job.outputs - first);
                for (j, column) in (first..first + count).zip(&self.layout.weights) {
                    let raw = grid.witness(
                        WEIGHT.kind,
                        WEIGHT.name,
                        encode(i128::from((job.entry)(i, j))) + offset,
                    );
                    grid.assign(*column, self.row, raw);
                    combined[j] = raw - offset;
                }
                for (_, q_kind) in columns.kinds.iter().filter(|(values, _)| *values == count) {
                    grid.set(*q_kind, self.row, Fr::ONE);
                }
                grid.set(columns.offset, self.row, offset);
                grid.set(columns.carry, self.row, if first == 0 { Fr::ZERO } else { Fr::ONE });
                self.row += 1;
            }
            let factor = self.input(grid, *input);
            for (sum, weight) in sums.iter_mut().zip(combined) {
                *sum += factor * weight;
            }
        }
        self.outputs(grid, sums)
    }

    /// Puts an input beside the last row of its weights.
    fn input(&self, grid: &mut Grid, input: Input) -> Fr {
        let (row, columns) = (self.row - 1, &self.layout.dense);
        match input {
            Input::Value(x) => {
                grid.set(columns.q_close_layer, row, Fr::ONE);
                grid.copy(Constraint::new(ConstraintKind::CopyA, INPUT), x, self.layout.a, row)
                    .value
            }
            Input::Product(h, r) => {
                grid.set(columns.q_close_table, row, Fr::ONE);
                let h = grid.copy(
                    Constraint::new(ConstraintKind::CopyA, "dense: feature of a score"),
                    h,
                    self.layout.a,
                    row,
                );
                let r = grid.copy(
                    Constraint::new(ConstraintKind::CopyB, "dense: residual of a score"),
                    r,
                    self.layout.b,
                    row,
                );
                h.value * r.value
            }
        }
    }

    fn outputs(&mut self, grid: &mut Grid, sums: Vec<Fr>) -> Vec<Wire> {
        let columns = &self.layout.dense;
        let mut outputs = Vec::with_capacity(sums.len());
        for (j, sum) in sums.into_iter().enumerate() {
            let value = grid.witness(OUTPUT.kind, OUTPUT.name, sum);
            outputs.push(grid.assign(self.layout.a, self.row, value));
            grid.set(columns.q_output, self.row, Fr::ONE);
            grid.set(columns.carry, self.row, if j == 0 { Fr::ZERO } else { Fr::ONE });
            self.row += 1;
        }
        grid.set(columns.q_close_outputs, self.row - 1, Fr::ONE);
        outputs
    }
}

/// Fills combination, accumulator and fingerprint.
pub(crate) fn fill_late(grid: &Grid, layout: &Layout, challenges: Challenges, late: &mut LateGrid) {
    let (columns, rho) = (&layout.dense, challenges.rho);
    let (mut t, mut accumulator, mut fingerprint) = (Fr::ZERO, Fr::ZERO, Fr::ZERO);
    for row in 0..grid.active {
        late.assign(layout.combination, row, t);
        late.assign(layout.accumulator, row, accumulator);
        late.assign(layout.weights_fingerprint, row, fingerprint);
        let a = grid.advice(layout.a, row);
        let carried = grid.fixed(columns.carry, row) * t;
        if let Some((count, _)) =
            columns.kinds.iter().find(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
        {
            let offset = grid.fixed(columns.offset, row);
            t = carried;
            for column in &layout.weights[..*count] {
                let raw = grid.advice(*column, row);
                t = t * rho + raw - offset;
                fingerprint = fingerprint * rho + raw;
            }
        } else if grid.fixed(columns.q_output, row) == Fr::ONE {
            t = carried * rho + a;
        } else {
            t = Fr::ZERO;
        }
        accumulator += grid.fixed(columns.q_close_layer, row) * a * t;
        accumulator += grid.fixed(columns.q_close_table, row) * a * grid.advice(layout.b, row) * t;
        accumulator -= grid.fixed(columns.q_close_outputs, row) * t;
    }
    late.assign(layout.combination, grid.active, t);
    late.assign(layout.accumulator, grid.active, accumulator);
    late.assign(layout.weights_fingerprint, grid.active, fingerprint);
}
