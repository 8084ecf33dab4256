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
use crate::grid::{Challenges, Grid, LateGrid};
use crate::machine::columns::MachineColumns;
use crate::machine::gates::{ACCUMULATOR, RELATION};
use crate::machine::late::{self, Sums};
use crate::machine::linear::TOP_POWER;
use crate::machine::lookup;
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
                let cell = &mut grid.advice[columns.threads[0].lanes[0].0][row];
                *cell = if *cell == Fr::ZERO { Fr::ONE } else { Fr::ZERO };
            })]
        }
        "combination: built from weights or constants, kept, reset" => {
            let (columns, frame) = (Arc::clone(&columns), base.frame());
            vec![wrong_output().late(move |grid, challenges, late| {
                let row = last_product(&frame);
                let threads = columns.threads.iter();
                let a = threads.fold(Fr::ZERO, |sum, thread| {
                    sum * challenges.rho + grid.advice(thread.a, row)
                });
                let end = &late.columns[columns.accumulator.0];
                let change = end[grid.active]
                    * (a * multiplied(grid, &columns, challenges, row + 1)).invert().unwrap();
                late.columns[columns.combination.0][row] += change;
                add_below(grid, &columns, challenges, (row + 1, -change * a), late);
            })]
        }
        "inputs: combined over queries" => {
            let (columns, frame) = (Arc::clone(&columns), base.frame());
            vec![wrong_output().late(move |grid, challenges, late| {
                let last = frame.linked.jobs().last().unwrap();
                let row = frame.closing_row(last, last.inputs - 1);
                let times = late.columns[columns.combination.0][row]
                    * output_power(&columns, &frame, challenges);
                let end = &late.columns[columns.accumulator.0];
                let change = end[grid.active]
                    * (times * multiplied(grid, &columns, challenges, row + 1)).invert().unwrap();
                late.columns[columns.inputs.unwrap().combined.0][row] += change;
                add_below(grid, &columns, challenges, (row + 1, -change * times), late);
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
            vec![started(base, |start| Sums { combination: start, ..Sums::default() })]
        }
        "inputs: 0 at both ends" => {
            vec![started(base, |start| Sums { inputs: start, ..Sums::default() })]
        }
        "accumulator: 0 at both ends" => vec![wrong_output()],
        lookup::HELPER => {
            let helpers = Arc::clone(&columns);
            vec![limb_beyond(&columns, 1).late(move |grid, _, late| {
                let row = wide_row(grid, &helpers, 1);
                let missing = late.columns[helpers.sum.0][grid.active];
                late.columns[helpers.helpers[0].column.0][row] -= missing;
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

/// A wrong output, and a start of the sums that makes the accumulator end at 0 all the same: its end is linear in the start.
fn started(base: &Base, start: impl Fn(Fr) -> Sums + Send + Sync + 'static) -> Forgery {
    let (columns, strides) = (base.columns(), base.strides());
    wrong_output().late(move |grid, challenges, late| {
        let mut end = |value: Fr| {
            late::sums(grid, (&columns, strides), challenges.rho, start(value), late);
            late.columns[columns.accumulator.0][grid.active]
        };
        let (zero, one) = (end(Fr::ZERO), end(Fr::ONE));
        end(zero * (zero - one).invert().unwrap());
    })
}

/// What the accumulator of a row is multiplied with until the end.
fn multiplied(grid: &Grid, columns: &MachineColumns, challenges: Challenges, row: usize) -> Fr {
    let outputs = (row..grid.active).filter(|row| grid.fixed(columns.step, *row) == Fr::from(2));
    challenges.rho.pow_vartime([(outputs.count() * columns.threads.len()) as u64])
}

/// Adds to the accumulator of a row, and to those below what follows from that.
fn add_below(
    grid: &Grid,
    columns: &MachineColumns,
    challenges: Challenges,
    (first, mut part): (usize, Fr),
    late: &mut LateGrid,
) {
    for row in first..=grid.active {
        late.columns[columns.accumulator.0][row] += part;
        part *= multiplied(grid, columns, challenges, row)
            * multiplied(grid, columns, challenges, row + 1).invert().unwrap();
    }
}

/// $\beta^D$.
fn output_power(columns: &MachineColumns, frame: &Frame, challenges: Challenges) -> Fr {
    let word = frame.linear.stride * columns.threads.len();
    challenges.rho.pow_vartime([(word * TOP_POWER) as u64])
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
    let lanes = columns.lanes.unwrap();
    row_of(grid, |grid, row| {
        grid.fixed(lanes, row) == Fr::from(2)
            && (grid.advice(columns.threads[0].lanes[lane + 1], row) != Fr::ZERO
                || grid.advice(columns.threads[0].lanes[lane], row)
                    >= power_of_two(columns.limbs.bits))
    })
}

/// A limb of $2^b$ more than it is, and the one above it one less.
fn limb_beyond(columns: &Arc<MachineColumns>, lane: usize) -> Forgery {
    let columns = Arc::clone(columns);
    Forgery::default().cells(move |grid| {
        let row = wide_row(grid, &columns, lane);
        grid.advice[columns.threads[0].lanes[lane].0][row] += power_of_two(columns.limbs.bits);
        grid.advice[columns.threads[0].lanes[lane + 1].0][row] -= Fr::ONE;
    })
}
