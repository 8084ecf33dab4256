//! Brings a program to its rows.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::columns::MachineColumns;
use super::linear::{ENTRIES, LinearLayout, MATRICES};
use super::lookup;
use super::place::{Frame, closing_row};
use super::program::{Limbs, Operand, Place, Program, Slot};
use crate::encode::{encode, power_of_two};
use crate::grid::{Cell, Grid};
use crate::linked;
use crate::params::active_rows;
use crate::reference::{Model, Table};

/// What a row does to the combination and the accumulator.
const CLOSE: u64 = 1;
const OUTPUT: u64 = 2;

/// Fills a grid with a program and the matrices that its jobs read.
pub(crate) fn write(
    k: u32,
    columns: &MachineColumns,
    frame: &Frame,
    program: Program,
    matrices: (&Model, &Table),
) -> Grid {
    let (bases, _) = frame.place(program.segments.iter().map(Vec::len));
    let mut grid = Grid::blank(k, active_rows(k), columns.counts);
    for row in 0..grid.active {
        grid.set(columns.q_active, row, Fr::ONE);
    }
    let mut writer = Writer { grid, columns, frame, bases };
    lookup::load_table(&mut writer.grid, columns);
    for (row, public) in program.public.iter().enumerate() {
        writer.slot(row, &public.slot);
        writer.grid.assign(columns.c, row + 1, public.value);
        if let Some(copy) = public.copy {
            writer.tie(copy, Cell { column: columns.c, row: row + 1 });
        }
    }
    writer.matrices(matrices);
    writer.jobs(&program);
    writer.constant_matrices();
    writer.blocks(&program);
    writer.segments(&program);
    let mut grid = writer.grid;
    grid.instance = program.public.iter().map(|public| public.instance).collect();
    grid.constraints = program.constraints;
    #[cfg(test)]
    {
        grid.forgery = program.forgery;
        if let Some(change) = grid.forgery.cells.clone() {
            change(&mut grid);
        }
    }
    lookup::count(&mut grid, columns);
    grid
}

struct Writer<'a> {
    grid: Grid,
    columns: &'a MachineColumns,
    frame: &'a Frame,
    bases: Vec<usize>,
}

impl Writer<'_> {
    /// The cell that holds what was made at a place.
    fn cell(&self, place: Place) -> Cell {
        let row = match place {
            Place::Segment { segment, row } => self.bases[segment] + row,
            Place::Output { job, output } => self.frame.linked.jobs()[job].output_row + output,
            Place::Product { map, word, block } => self.frame.linear.words[map][word].run + block,
        };
        Cell { column: self.columns.c, row }
    }

    fn tie(&mut self, copy: Operand, cell: Cell) {
        if copy.enforced {
            let source = self.cell(copy.from);
            self.grid.copies.push((source, cell));
        }
    }

    fn operand(&mut self, row: usize, operand: Operand) {
        self.grid.assign(self.columns.a, row, operand.value);
        self.tie(operand, Cell { column: self.columns.a, row });
    }

    fn slot(&mut self, row: usize, slot: &Slot) {
        for (column, coefficient) in self.columns.relation.all().into_iter().zip(slot.coefficients)
        {
            self.grid.set(column, row, coefficient);
        }
        if let Some(operand) = slot.operand {
            self.operand(row, operand);
        }
    }

    /// Values of the linked columns.
    fn matrices(&mut self, (model, table): (&Model, &Table)) {
        let columns = self.columns;
        let values: Vec<i64> = linked::values(model, table).collect();
        for block in self.frame.linked.blocks() {
            let offset = power_of_two(block.bits - 1);
            self.grid.set(columns.offset, block.row, offset);
            for (cell, column) in columns.weights.iter().enumerate() {
                let value = block.value(cell).map_or(0, |value| i128::from(values[value]));
                self.grid.assign(*column, block.row, encode(value) + offset);
            }
        }
    }

    fn jobs(&mut self, program: &Program) {
        let columns = self.columns;
        for (job, rows) in program.jobs.iter().zip(self.frame.linked.jobs()) {
            for (row, output) in (rows.output_row..).zip(&job.outputs) {
                self.grid.assign(columns.c, row, *output);
                self.grid.set(columns.step, row, Fr::from(OUTPUT));
            }
            for (number, input) in job.inputs.iter().enumerate() {
                let row = closing_row(rows, number);
                if let Some(factor) = &input.factor {
                    self.slot(row - 2, factor);
                    self.grid.assign(columns.c, row - 1, input.factor_value);
                }
                self.slot(row - 1, &input.slot);
                self.grid.assign(columns.c, row, input.value);
                self.grid.set(columns.step, row, Fr::from(CLOSE));
            }
        }
    }

    /// The rows of the hash's matrices that are the same for every witness.
    fn constant_matrices(&mut self) {
        let columns = self.columns;
        let linear = &self.frame.linear;
        for (words, matrix) in linear.words.iter().zip(&*MATRICES) {
            for (word, rows) in words.iter().enumerate() {
                let entries = LinearLayout::entries(matrix, word);
                for (row, entries) in (rows.entries..).zip(entries.chunks(ENTRIES)) {
                    self.grid.set(columns.q_matrix, row, Fr::ONE);
                    for (column, entry) in columns.relation.all().into_iter().zip(entries) {
                        self.grid.set(column, row, *entry);
                    }
                }
                let reset = rows.run + linear.stride;
                for row in rows.run..reset {
                    self.grid.set(columns.step, row, Fr::from(OUTPUT));
                }
                // The reset multiplies `c` into the accumulator: the row above makes it 0.
                self.grid.set(columns.relation.result, reset - 1, Fr::ONE);
                self.grid.set(columns.step, reset, Fr::from(CLOSE));
            }
        }
    }

    fn blocks(&mut self, program: &Program) {
        for (words, blocks) in self.frame.linear.words.iter().zip(&program.blocks) {
            for (number, block) in blocks.iter().enumerate() {
                for (rows, (input, output)) in
                    words.iter().zip(block.inputs.iter().zip(&block.outputs))
                {
                    let row = rows.run + number;
                    self.operand(row, *input);
                    self.grid.assign(self.columns.c, row, *output);
                }
            }
        }
    }

    fn segments(&mut self, program: &Program) {
        let columns = self.columns;
        for (number, rows) in program.segments.iter().enumerate() {
            let base = self.bases[number];
            for (at, content) in rows.iter().enumerate() {
                let row = base + at;
                if at > 0 {
                    self.grid.assign(columns.c, row, content.value);
                }
                if let Some(slot) = &content.slot {
                    self.slot(row, slot);
                }
                if let Some(limbs) = &content.limbs {
                    self.limbs(row, limbs);
                }
            }
        }
    }

    fn limbs(&mut self, row: usize, limbs: &Limbs) {
        let columns = self.columns;
        let Limbs { row: shape, values, chained, tag } = limbs;
        for (lane, value) in columns.lanes.iter().zip(values) {
            self.grid.assign(*lane, row, *value);
        }
        self.grid.set(columns.range, row, Fr::from(1 + u64::from(*chained)));
        self.grid.set(columns.tag, row, Fr::from(u64::from(*tag)));
        if let Some(q_wide) = columns.q_wide.filter(|_| shape.lanes > 1) {
            self.grid.set(q_wide, row, Fr::ONE);
        }
    }
}
