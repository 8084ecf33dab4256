//! The second-phase columns: functions of the first phase and the challenges.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::columns::MachineColumns;
use super::gates::Strides;
use super::linear::{ENTRIES, TOP_POWER};
use super::lookup;
use crate::grid::{Challenges, Grid, LateGrid};

/// Fills combination, accumulator, combined inputs, helpers and the lookup's running sum.
pub(crate) fn fill(
    grid: &Grid,
    columns: &MachineColumns,
    strides: Strides,
    challenges: Challenges,
) -> LateGrid {
    let mut late = LateGrid::new(columns.counts, grid.rows());
    sums(grid, (columns, strides), challenges.rho, Sums::default(), &mut late);
    lookup::fill_late(grid, columns, challenges, &mut late);
    #[cfg(test)]
    if let Some(change) = grid.forgery.late.clone() {
        change(grid, challenges, &mut late);
    }
    late
}

/// What the three columns of sums hold on a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) combination: Fr,
    pub(crate) accumulator: Fr,
    pub(crate) inputs: Fr,
}

/// Fills combination, accumulator and combined inputs from their first values on: zeros, for an honest prover.
pub(crate) fn sums(
    grid: &Grid,
    (columns, strides): (&MachineColumns, Strides),
    rho: Fr,
    start: Sums,
    late: &mut LateGrid,
) {
    let power = |base: Fr, exponent: usize| base.pow_vartime([exponent as u64]);
    let (thread, queries) = (power(rho, columns.threads.len()), power(rho, strides.queries));
    let word = power(rho, strides.word);
    let (row_power, output_power) = (power(queries, columns.weights.len()), power(word, TOP_POWER));
    let entry_power = power(word, ENTRIES);
    let offsets = columns.weights.iter().fold(Fr::ZERO, |sum, _| sum * queries + Fr::ONE);
    let mut now = start;
    for row in 0..grid.active {
        assign(columns, late, row, now);
        let Sums { combination: t, accumulator, inputs: u } = now;
        let over_threads = |value: &dyn Fn(usize) -> Fr| {
            (0..columns.threads.len()).fold(Fr::ZERO, |sum, number| sum * rho + value(number))
        };
        let a = |number: usize| grid.advice(columns.threads[number].a, row);
        let c = |number: usize| grid.advice(columns.threads[number].c, row);
        let input = || over_threads(&|number| c(number) * a(number));
        let step = grid.fixed(columns.step, row);
        let closes = step == Fr::ONE;
        if let Some(inputs) = &columns.inputs {
            now.inputs = if closes { Fr::ZERO } else { thread * u };
            if grid.fixed(inputs.q_input, row) == Fr::ONE {
                now.inputs += input();
            }
        }
        if step == Fr::from(2) {
            now.accumulator =
                thread * accumulator + output_power * over_threads(&c) - t * over_threads(&a);
            continue;
        }
        if step == Fr::from(3) {
            let entries = columns.entries().map(|column| grid.fixed(column, row));
            let entries = entries.iter().fold(Fr::ZERO, |sum, entry| sum * word + entry);
            now.combination = entry_power * t + entries;
            continue;
        }
        let offset = grid.fixed(columns.offset, row);
        let weights = columns.weights.iter().map(|column| grid.advice(*column, row));
        let weights = weights.fold(Fr::ZERO, |sum, w| sum * queries + w) - offset * offsets;
        now.combination = row_power * t + weights;
        if closes {
            let (input, closed, started) = match columns.inputs {
                Some(_) => (u, t, weights),
                None => (input(), now.combination, Fr::ZERO),
            };
            now.accumulator -= output_power * input * closed;
            now.combination = started;
        }
    }
    assign(columns, late, grid.active, now);
}

fn assign(columns: &MachineColumns, late: &mut LateGrid, row: usize, sums: Sums) {
    late.assign(columns.combination, row, sums.combination);
    late.assign(columns.accumulator, row, sums.accumulator);
    if let Some(inputs) = &columns.inputs {
        late.assign(inputs.combined, row, sums.inputs);
    }
}
