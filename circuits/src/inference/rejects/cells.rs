//! Forgeries of cells, for identities that hold on many rows.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::bases::Base;
use super::values::add;
use crate::constraint::ConstraintKind::{Range, Relation};
use crate::forgery::Forgery;
use crate::gadgets::dense::{OUTPUT, WEIGHT};
use crate::gadgets::forgeries::{of_core, shift_start};
use crate::grid::{Grid, LateGrid};
use crate::layout::{Fixed, Layout};

/// Forgeries of cells, for gates that hold for many rows.
pub(in crate::inference) fn of_gate(base: &Base, name: &'static str) -> Vec<Forgery> {
    let layout = Arc::new(base.layout());
    let none = Forgery::default;
    match name {
        "arithmetic: c = q_p c_prev + q_a a + q_b b + q_m a b + q_k" => {
            vec![add(none(), Relation, "weights: T' = T + t", 0, Fr::ONE)]
        }
        "range: c = sum of limbs" => {
            let layout = Arc::clone(&layout);
            vec![none().cells(move |grid| {
                let (_, q_range) = layout.ranges[0];
                let row = first_row(grid, q_range);
                let cell = &mut grid.advice[layout.lanes[0].0][row];
                *cell = if *cell == Fr::ZERO { Fr::ONE } else { Fr::ZERO };
            })]
        }
        "range: the top limb has the bits that are left" => {
            let layout = Arc::clone(&layout);
            let drop_scaled = move |forgery: Forgery| {
                let layout = Arc::clone(&layout);
                forgery.cells(move |grid| {
                    for lane in &layout.lanes {
                        grid.advice[lane.0]
                            .iter_mut()
                            .filter(|cell| **cell > Fr::from(255))
                            .for_each(|cell| *cell = Fr::ZERO);
                    }
                })
            };
            (0..3)
                .map(|class| drop_scaled(add(none(), Range, "logit: z + 2^23", class, -Fr::ONE)))
                .collect()
        }
        "fingerprint: weights advance by rho^n F + sum rho^j W_j" => {
            let (weights, stream) = (layout.weights_fingerprint, layout.stream_fingerprint);
            vec![other_weight().late(move |grid, _, late| {
                late.columns[weights.0][grid.active] = late.columns[stream.0][grid.active];
            })]
        }
        "fingerprint: weights start at 0" => {
            let (weights, stream) = (layout.weights_fingerprint, layout.stream_fingerprint);
            let layout = Arc::clone(&layout);
            vec![shift_start(&other_weight(), weights, stream, move |grid, row| {
                let kinds = layout.dense.kinds.iter();
                let kinds = kinds.filter(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE);
                kinds.map(|(count, _)| *count).sum()
            })]
        }
        "dense: t' = rho^n t + sum rho^j (W_j - o)" => vec![wrong_output(
            &layout,
            |grid, late, layout, row| {
                let _ = grid;
                let wrong = late.columns[layout.accumulator.0][row + 1];
                late.columns[layout.combination.0][row + 1] += wrong;
            },
            1,
        )],
        "dense: accumulator' = accumulator + x t'" => {
            vec![wrong_output(&layout, |_, _, _, _| (), 1)]
        }
        "dense: accumulator starts at 0" => {
            vec![wrong_output(&layout, |_, _, _, _| (), usize::MAX)]
        }
        _ => of_core(&layout, name, &other_weight()),
    }
}

fn first_row(grid: &Grid, selector: Fixed) -> usize {
    grid.fixed[selector.0].iter().position(|value| *value == Fr::ONE).unwrap()
}

/// A wrong first output; the accumulator is corrected from `rows` below the end of its job on (from everywhere for the maximum).
fn wrong_output(
    layout: &Arc<Layout>,
    correct: fn(&Grid, &mut LateGrid, &Layout, usize),
    rows: usize,
) -> Forgery {
    let layout = Arc::clone(layout);
    add(Forgery::default(), OUTPUT.kind, OUTPUT.name, 0, Fr::ONE).late(move |grid, _, late| {
        let row = first_row(grid, layout.dense.q_close_outputs);
        correct(grid, late, &layout, row);
        let wrong = late.columns[layout.accumulator.0][row + 1];
        let start = if rows == usize::MAX { 0 } else { row + rows };
        late.columns[layout.accumulator.0][start..=grid.active]
            .iter_mut()
            .for_each(|cell| *cell -= wrong);
    })
}

/// A weight of the product that isn't the committed one.
fn other_weight() -> Forgery {
    add(Forgery::default(), WEIGHT.kind, WEIGHT.name, 1, Fr::ONE)
}
