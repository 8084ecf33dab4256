//! Forgeries of cells, for identities that hold on many rows.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::bases::Base;
use super::values::add;
use crate::constraint::ConstraintKind::{Gate, Relation};
use crate::encode::power_of_two;
use crate::forgery::Forgery;
use crate::grid::Grid;
use crate::machine::columns::MachineColumns;
use crate::machine::gates::{ACCUMULATOR, RELATION};
use crate::machine::late;
use crate::machine::place::Frame;

/// Forgeries of cells, for gates that hold for many rows.
pub(in crate::inference) fn of_gate(base: &Base, name: &'static str) -> Vec<Forgery> {
    let columns = Arc::new(base.columns());
    let none = Forgery::default;
    match name {
        RELATION => vec![add(none(), Relation, "weights: T' = T + t", 0, Fr::ONE)],
        "range: c = sum of limbs and of what stands below" => {
            vec![none().cells(move |grid| {
                let row = row_of(grid, |grid, row| grid.fixed(columns.range, row) == Fr::ONE);
                let cell = &mut grid.advice[columns.lanes[0].0][row];
                *cell = if *cell == Fr::ZERO { Fr::ONE } else { Fr::ZERO };
            })]
        }
        "combination: built from weights or constants, kept, reset" => {
            let (columns, frame) = (Arc::clone(&columns), base.frame());
            vec![wrong_output().late(move |grid, challenges, late| {
                let row = last_product(&frame);
                let outputs = |row: usize| grid.fixed(columns.step, row) == Fr::from(2);
                let behind = (row + 1..grid.active).filter(|row| outputs(*row)).count();
                let a = grid.advice(columns.a, row);
                let power = challenges.rho.pow_vartime([behind as u64]);
                let wrong = late.columns[columns.accumulator.0][grid.active];
                let change = wrong * (a * power).invert().unwrap();
                late.columns[columns.combination.0][row] += change;
                let mut part = change * a;
                for row in row + 1..=grid.active {
                    late.columns[columns.accumulator.0][row] -= part;
                    part *= if outputs(row) { challenges.rho } else { Fr::ONE };
                }
            })]
        }
        ACCUMULATOR => {
            let (columns, frame) = (Arc::clone(&columns), base.frame());
            vec![wrong_output().late(move |grid, _, late| {
                // Nothing multiplies the accumulator below the last matrix.
                let wrong = late.columns[columns.accumulator.0][grid.active];
                late.columns[columns.accumulator.0][frame.linear.end..=grid.active]
                    .iter_mut()
                    .for_each(|cell| *cell -= wrong);
            })]
        }
        "combination: 0 at both ends" => {
            let (columns, stride) = (Arc::clone(&columns), base.stride());
            vec![wrong_output().late(move |grid, challenges, late| {
                // The accumulator's end is linear in the start of the combination.
                let mut end = |start: Fr| {
                    late::sums(grid, (&columns, stride), challenges.rho, [start, Fr::ZERO], late);
                    late.columns[columns.accumulator.0][grid.active]
                };
                let (zero, one) = (end(Fr::ZERO), end(Fr::ONE));
                end(zero * (zero - one).invert().unwrap());
            })]
        }
        "accumulator: 0 at both ends" => vec![wrong_output()],
        "lookup: h f_1 f_2 = f_1 + f_2" => {
            let helpers = Arc::clone(&columns);
            vec![limb_beyond(&columns, 1).late(move |grid, _, late| {
                let row = wide_row(grid, &helpers, 1);
                let missing = late.columns[helpers.sum.0][grid.active];
                late.columns[helpers.helpers[0].0][row] -= missing;
                late.columns[helpers.sum.0][row + 1..=grid.active]
                    .iter_mut()
                    .for_each(|phi| *phi -= missing);
            })]
        }
        "lookup: (phi' - phi - sum h) f t = t - m f" => {
            let sums = Arc::clone(&columns);
            vec![limb_beyond(&columns, 1).late(move |grid, _, late| {
                let missing = late.columns[sums.sum.0][grid.active];
                late.columns[sums.sum.0][grid.active] -= missing;
            })]
        }
        "lookup: phi is 0 at both ends" => vec![limb_beyond(&columns, 1)],
        _ => Vec::new(),
    }
}

/// The first output of the first job is one too large.
fn wrong_output() -> Forgery {
    add(Forgery::default(), Gate, ACCUMULATOR, 0, Fr::ONE)
}

fn row_of(grid: &Grid, is: impl Fn(&Grid, usize) -> bool) -> usize {
    (0..grid.active).find(|row| is(grid, *row)).unwrap()
}

/// The last row on which a constant matrix is applied.
fn last_product(frame: &Frame) -> usize {
    let last = frame.linear.words[1].last().unwrap();
    last.run + tribute_verifier::hash::PARTIAL_ROUNDS / crate::gadgets::poseidon::ROUNDS_PER_STEP
        - 1
}

/// A row of limbs in all lanes, whose lane `lane + 1` isn't 0.
fn wide_row(grid: &Grid, columns: &MachineColumns, lane: usize) -> usize {
    let q_wide = columns.q_wide.unwrap();
    row_of(grid, |grid, row| {
        grid.fixed(q_wide, row) == Fr::ONE
            && (grid.advice(columns.lanes[lane + 1], row) != Fr::ZERO
                || grid.advice(columns.lanes[lane], row) >= power_of_two(columns.limbs.bits))
    })
}

/// A limb of $2^b$ more than it is, and the one above it one less.
fn limb_beyond(columns: &Arc<MachineColumns>, lane: usize) -> Forgery {
    let columns = Arc::clone(columns);
    Forgery::default().cells(move |grid| {
        let row = wide_row(grid, &columns, lane);
        grid.advice[columns.lanes[lane].0][row] += power_of_two(columns.limbs.bits);
        grid.advice[columns.lanes[lane + 1].0][row] -= Fr::ONE;
    })
}
