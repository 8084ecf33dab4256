//! Forgeries of cells, for identities that hold on many rows.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::bases::Base;
use super::values::add;
use crate::constraint::Constraint;
use crate::constraint::ConstraintKind::{Range, Relation};
use crate::forgery::Forgery;
use crate::gadgets::dense::{OUTPUT, WEIGHT};
use crate::gadgets::poseidon::ELEMENT;
use crate::grid::{Grid, LateGrid};
use crate::layout::{Fixed, Late, Layout};

/// Forgeries of cells, for gates that hold for many rows.
pub(in crate::inference) fn of_gate(base: &Base, name: &'static str) -> Vec<Forgery> {
    let layout = Arc::new(base.layout());
    let none = Forgery::default;
    let copy_end = |forged: Constraint, to: Late, from: Late| {
        add(none(), forged.kind, forged.name, 1, Fr::ONE).late(move |grid, _, late| {
            late.columns[to.0][grid.active] = late.columns[from.0][grid.active];
        })
    };
    let shift_start = |forged: Constraint,
                       column: Late,
                       target: Late,
                       factor: fn(&Layout, &Grid, usize) -> u64| {
        let layout = Arc::clone(&layout);
        add(none(), forged.kind, forged.name, 1, Fr::ONE).late(move |grid, challenges, late| {
            let factors: Vec<Fr> = (0..grid.active)
                .map(|row| challenges.rho.pow_vartime([factor(&layout, grid, row)]))
                .collect();
            let missing = late.columns[target.0][grid.active] - late.columns[column.0][grid.active];
            let mut shift = missing * factors.iter().product::<Fr>().invert().unwrap();
            late.columns[column.0][0] += shift;
            for (row, factor) in factors.iter().enumerate() {
                shift *= factor;
                late.columns[column.0][row + 1] += shift;
            }
        })
    };
    let (weights, stream, ports, hash) = (
        layout.weights_fingerprint,
        layout.stream_fingerprint,
        layout.ports_fingerprint,
        layout.hash_fingerprint,
    );
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
        "fingerprint: stream advances by rho^m F + sum rho^j v_j" => {
            vec![copy_end(WEIGHT, stream, weights)]
        }
        "fingerprint: weights advance by rho^n F + sum rho^j W_j" => {
            vec![copy_end(WEIGHT, weights, stream)]
        }
        "fingerprint: ports advance by rho F + pack" => vec![copy_end(ELEMENT, ports, hash)],
        "fingerprint: hash advances by rho^11 F + sum rho^j e_j" => {
            vec![copy_end(ELEMENT, hash, ports)]
        }
        "fingerprint: stream starts at 0" => {
            vec![shift_start(WEIGHT, stream, weights, |layout, grid, row| {
                layout
                    .stream
                    .kinds
                    .iter()
                    .filter(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
                    .map(|(kind, _)| kind.values as u64)
                    .sum()
            })]
        }
        "fingerprint: weights start at 0" => {
            vec![shift_start(WEIGHT, weights, stream, |layout, grid, row| {
                layout
                    .dense
                    .kinds
                    .iter()
                    .filter(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE)
                    .map(|(count, _)| *count as u64)
                    .sum()
            })]
        }
        "fingerprint: ports start at 0" => {
            vec![shift_start(ELEMENT, ports, hash, |layout, grid, row| {
                u64::from(grid.fixed(layout.stream.q_port, row) == Fr::ONE)
            })]
        }
        "fingerprint: hash starts at 0" => {
            vec![shift_start(ELEMENT, hash, ports, |layout, grid, row| {
                11 * u64::from(grid.fixed(layout.poseidon.q_start, row) == Fr::ONE)
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
        "lookup: h * prod f = sum of prods without one" => {
            vec![limb_beyond(&layout, |grid, layout, late, row| {
                let missing = late.columns[layout.sum.0][grid.active];
                late.columns[layout.helpers[0].0][row] -= missing;
                late.columns[layout.sum.0][row + 1..=grid.active]
                    .iter_mut()
                    .for_each(|phi| *phi -= missing);
            })]
        }
        "lookup: (phi' - phi - sum h) (alpha + t) + m = 0" => {
            vec![limb_beyond(&layout, |grid, layout, late, _| {
                late.columns[layout.sum.0][grid.active] = Fr::ZERO
            })]
        }
        "lookup: phi starts at 0" => vec![limb_beyond(&layout, |grid, layout, late, _| {
            let missing = late.columns[layout.sum.0][grid.active];
            late.columns[layout.sum.0][..=grid.active].iter_mut().for_each(|phi| *phi -= missing);
        })],
        "lookup: phi ends at 0" => vec![limb_beyond(&layout, |_, _, _, _| ())],
        _ => Vec::new(),
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

/// A value decomposed with a limb that isn't in the table.
fn limb_beyond(layout: &Arc<Layout>, correct: fn(&Grid, &Layout, &mut LateGrid, usize)) -> Forgery {
    let layouts = [Arc::clone(layout), Arc::clone(layout)];
    let [cells, late] = layouts;
    let row_of = |grid: &Grid, layout: &Layout| {
        let (_, q_range) = *layout.ranges.iter().find(|(width, _)| *width == 24).unwrap();
        (0..grid.active)
            .find(|row| {
                grid.fixed(q_range, *row) == Fr::ONE
                    && grid.advice(layout.lanes[1], *row) != Fr::ZERO
            })
            .unwrap()
    };
    Forgery::default()
        .cells(move |grid| {
            let row = row_of(grid, &cells);
            grid.advice[cells.lanes[0].0][row] += Fr::from(256);
            grid.advice[cells.lanes[1].0][row] -= Fr::ONE;
        })
        .late(move |grid, _, columns| {
            let (_, q_range) = *late.ranges.iter().find(|(width, _)| *width == 24).unwrap();
            let row = (0..grid.active)
                .find(|row| {
                    grid.fixed(q_range, *row) == Fr::ONE
                        && grid.advice(late.lanes[0], *row) > Fr::from(255)
                })
                .unwrap();
            correct(grid, &late, columns, row);
        })
}
