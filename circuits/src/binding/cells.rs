//! The linked columns: their values are those of the stream, and nothing else stands in them.
//!
//! # Relation
//! On a row of kind $n$ the last $n$ cells hold values; all values, row by row and from the left, are those of the committed stream in its order. Every other cell of every usable row
//! holds a constant: the offset of its row, which is 0 on rows without values.
//!
//! # Soundness
//! The fingerprint $F' = \rho^n F + \sum_j \rho^{n-1-j} W_j$ runs over all rows with a successor and ends equal to the stream's, with $\rho$ drawn after both are committed.
//! `q_active` and `q_last` together are 1 on every usable row, so a cell is either in the sum of its row's kind or bound to the constant: which of the two, fixed columns say.
//!
//! # Cost
//! One second-phase column, $w$ identities of degree 2, every linked column read at its own row only.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::layout::BindingLayout;
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, power_of_two};
use crate::gadgets::gates::{Gates, combine, constant, power, sum};
use crate::grid::{Challenges, Grid, LateGrid};
use crate::linked;
use crate::reference::{Model, Table};

/// Names the values, for forgeries.
pub(super) const VALUE: Constraint =
    Constraint::new(ConstraintKind::Gate, "fingerprint: weights = stream");
/// Names the cells without a value, for forgeries.
pub(super) const CONSTANT: Constraint = Constraint::new(
    ConstraintKind::Gate,
    "linked: a cell without a value holds the offset of its row",
);
/// Names the public inputs, for forgeries.
pub(super) const PUBLIC: Constraint =
    Constraint::new(ConstraintKind::Gate, "public input: c = instance");

/// Creates the gates of linked columns and public inputs.
pub(super) fn configure(gates: &mut Gates<'_>, layout: &BindingLayout) {
    gates.create(|query| {
        let rho = query.rho();
        let cells: Vec<_> = layout.cells.iter().map(|column| query.advice(*column)).collect();
        let [q_active, q_first, q_last] =
            [layout.rows.q_active, layout.rows.q_first, layout.rows.q_last]
                .map(|selector| query.fixed(selector));
        let offset = query.fixed(layout.offset);
        let kinds: Vec<_> =
            layout.kinds.iter().map(|(count, q_kind)| (*count, query.fixed(*q_kind))).collect();

        let fingerprint = query.late(layout.fingerprint);
        let step = query.late_next(layout.fingerprint) - fingerprint.clone();
        let mut advanced = q_active.clone() * step;
        for (count, q_kind) in &kinds {
            let raw = combine(&rho, cells[cells.len() - count..].iter().cloned());
            let grown = fingerprint.clone() * (power(&rho, *count) - constant(Fr::ONE)) + raw;
            advanced = advanced - q_kind.clone() * grown;
        }
        let public = query.fixed(layout.q_instance) * (query.advice(layout.c) - query.instance());
        let mut identities = vec![
            ("fingerprint: weights advance by rho^n F + sum rho^j W_j", advanced),
            ("fingerprint: weights start at 0", q_first * fingerprint),
            (PUBLIC.name, public),
        ];
        for (place, cell) in cells.iter().enumerate() {
            let holding = kinds.iter().filter(|(count, _)| place + count >= cells.len());
            let q_value = sum(holding.map(|(_, q_kind)| q_kind.clone()));
            let q_constant = q_active.clone() + q_last.clone() - q_value;
            identities.push((CONSTANT.name, q_constant * (cell.clone() - offset.clone())));
        }
        identities
    });
}

/// Fills the linked columns.
pub(super) fn fill(grid: &mut Grid, layout: &BindingLayout, model: &Model, table: &Table) {
    let values: Vec<i64> = linked::values(model, table).collect();
    for block in layout.linked.blocks() {
        let offset = power_of_two(block.bits - 1);
        grid.set(layout.offset, block.row, offset);
        for (_, q_kind) in layout.kinds.iter().filter(|(count, _)| *count == block.outputs.len()) {
            grid.set(*q_kind, block.row, Fr::ONE);
        }
        for (cell, column) in layout.cells.iter().enumerate() {
            let held = match block.value(cell) {
                Some(number) => {
                    let raw = encode(i128::from(values[number])) + offset;
                    grid.witness(VALUE.kind, VALUE.name, raw)
                }
                None => grid.witness(CONSTANT.kind, CONSTANT.name, offset),
            };
            grid.assign(*column, block.row, held);
        }
    }
}

/// Fills the fingerprint of the linked columns.
pub(super) fn fill_late(
    grid: &Grid,
    layout: &BindingLayout,
    challenges: Challenges,
    late: &mut LateGrid,
) {
    let mut fingerprint = Fr::ZERO;
    for row in 0..grid.active {
        fingerprint = late.assign(layout.fingerprint, row, fingerprint);
        let kind = layout.kinds.iter().find(|(_, q_kind)| grid.fixed(*q_kind, row) == Fr::ONE);
        let count = kind.map_or(0, |(count, _)| *count);
        for column in &layout.cells[layout.cells.len() - count..] {
            fingerprint = fingerprint * challenges.rho + grid.advice(*column, row);
        }
    }
    late.assign(layout.fingerprint, grid.active, fingerprint);
}
