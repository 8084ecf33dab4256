//! The second-phase columns: functions of the first phase and the challenges.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::columns::MachineColumns;
use super::linear::{ENTRIES, TOP_POWER};
use super::lookup;
use crate::grid::{Challenges, Grid, LateGrid};

/// Fills combination, accumulator, helpers and the lookup's running sum.
pub(crate) fn fill(
    grid: &Grid,
    columns: &MachineColumns,
    stride: usize,
    challenges: Challenges,
) -> LateGrid {
    let mut late = LateGrid::new(columns.counts, grid.rows());
    sums(grid, (columns, stride), challenges.rho, [Fr::ZERO; 2], &mut late);
    lookup::fill_late(grid, columns, challenges, &mut late);
    #[cfg(test)]
    if let Some(change) = grid.forgery.late.clone() {
        change(grid, challenges, &mut late);
    }
    late
}

/// Fills combination and accumulator from their first values on: zeros, for an honest prover.
pub(crate) fn sums(
    grid: &Grid,
    (columns, stride): (&MachineColumns, usize),
    rho: Fr,
    [mut t, mut accumulator]: [Fr; 2],
    late: &mut LateGrid,
) {
    let power = |base: Fr, exponent: usize| base.pow_vartime([exponent as u64]);
    let word = power(rho, stride);
    let (row_power, output_power) = (power(rho, columns.weights.len()), power(word, TOP_POWER));
    let entry_power = power(word, ENTRIES);
    let offsets = columns.weights.iter().fold(Fr::ZERO, |sum, _| sum * rho + Fr::ONE);
    for row in 0..grid.active {
        late.assign(columns.combination, row, t);
        late.assign(columns.accumulator, row, accumulator);
        let c = grid.advice(columns.c, row);
        let step = grid.fixed(columns.step, row);
        if step == Fr::from(2) {
            accumulator = rho * accumulator + output_power * c - t * grid.advice(columns.a, row);
            continue;
        }
        let offset = grid.fixed(columns.offset, row);
        let weights = columns.weights.iter().map(|column| grid.advice(*column, row));
        let whole =
            row_power * t + weights.fold(Fr::ZERO, |sum, w| sum * rho + w) - offset * offsets;
        if step == Fr::ONE {
            accumulator -= output_power * c * whole;
            t = Fr::ZERO;
        } else if grid.fixed(columns.q_matrix, row) == Fr::ONE {
            let entries = columns.relation.all().map(|column| grid.fixed(column, row));
            t = entry_power * t + entries.iter().fold(Fr::ZERO, |sum, entry| sum * word + entry);
        } else {
            t = whole;
        }
    }
    late.assign(columns.combination, grid.active, t);
    late.assign(columns.accumulator, grid.active, accumulator);
}
