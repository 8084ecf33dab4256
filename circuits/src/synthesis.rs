//! From a filled grid to halo2's cells.

use ff::Field;
use halo2_proofs::circuit::{Cell, Region, Value};
use halo2_proofs::halo2curves::bn256::Fr;

use crate::gadgets::gates::Columns;
use crate::grid::{Grid, LateCell, LateGrid, Source};

/// Assigns fixed and first-phase cells and makes copies; returns the cells, column by column.
pub(crate) fn first_phase(
    region: &mut Region<'_, Fr>,
    columns: &Columns,
    grid: &Grid,
) -> Vec<Vec<Cell>> {
    let used = 0..=grid.active;
    for (column, values) in columns.fixed.iter().zip(&grid.fixed) {
        let set = values[used.clone()].iter().enumerate();
        for (row, value) in set.filter(|(_, value)| **value != Fr::ZERO) {
            region.assign_fixed(*column, row, *value);
        }
    }
    let mut cells = Vec::with_capacity(columns.advice.len());
    for (column, values) in columns.advice.iter().zip(&grid.advice) {
        let assigned = values[used.clone()]
            .iter()
            .enumerate()
            .map(|(row, value)| region.assign_advice(*column, row, Value::known(*value)).cell());
        cells.push(assigned.collect::<Vec<_>>());
    }
    for (left, right) in &grid.copies {
        region.constrain_equal(cells[left.column.0][left.row], cells[right.column.0][right.row]);
    }
    cells
}

/// Assigns second-phase cells, where there are values.
pub(crate) fn second_phase(
    region: &mut Region<'_, Fr>,
    columns: &Columns,
    grid: &Grid,
    late: Option<&LateGrid>,
) {
    let Some(late) = late else { return };
    for (column, values) in columns.late.iter().zip(&late.columns) {
        for (row, value) in values[..=grid.active].iter().enumerate() {
            region.assign_advice(*column, row, Value::known(*value));
        }
    }
}

/// Makes copies into second-phase cells. In key generation those have no values yet.
pub(crate) fn late_copies(
    region: &mut Region<'_, Fr>,
    columns: &Columns,
    grid: &Grid,
    late: Option<&LateGrid>,
    cells: &[Vec<Cell>],
) {
    let late_cell = |region: &mut Region<'_, Fr>, cell: &LateCell| {
        let value = late.map_or_else(Value::unknown, |late| Value::known(late.value(*cell)));
        region.assign_advice(columns.late[cell.column.0], cell.row, value).cell()
    };
    for (source, cell, enforced) in &grid.late_copies {
        if *enforced {
            let copy = late_cell(region, cell);
            let source = match source {
                Source::First(cell) => cells[cell.column.0][cell.row],
                Source::Late(cell) => late_cell(region, cell),
            };
            region.constrain_equal(source, copy);
        }
    }
}
