//! Brings programs to their rows.
//!
//! Program $q$ of $B = T H$ stands in thread $q \bmod T$ and block $\lfloor q / T \rfloor$: programs of one block share rows, coefficients and selectors, and have columns of their own. One more program
//! may follow, about all queries; it reads and writes the first thread, and the others hold the same values beside it, copied from nowhere.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::columns::MachineColumns;
use super::linear::{ENTRIES, LinearLayout, MATRICES};
use super::lookup;
use super::place::Frame;
use super::program::{At, BlockInput, Extent, Limbs, Operand, Place, Program, Public, SBox, Slot};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, power_of_two};
use crate::grid::{Cell, Grid};
use crate::linked;
use crate::params::CircuitParams;
use crate::reference::{Model, Table};

/// What a row does to the combination and the accumulator.
const CLOSE: u64 = 1;
const OUTPUT: u64 = 2;
const CONSTANTS: u64 = 3;

/// Names the copies that keep constants from the accumulator.
pub(crate) const VANISH: Constraint =
    Constraint::new(ConstraintKind::CopyA, "accumulator: no input beside constants");
/// Names the rows that keep a reset from the accumulator.
pub(crate) const RESET: Constraint =
    Constraint::new(ConstraintKind::Relation, "accumulator: no input on a reset");

/// Fills a grid with programs, one after the other, and the matrices that their jobs read.
pub(crate) struct Writer<'a> {
    grid: Grid,
    columns: &'a MachineColumns,
    frame: &'a Frame,
    /// The first row of each segment, block by block.
    bases: Vec<Vec<usize>>,
    /// Public inputs of a query, and those before the first one's.
    public: (usize, usize),
}

impl<'a> Writer<'a> {
    /// A grid with everything that is the same for all witnesses but what programs say, and the linked columns.
    pub(crate) fn new(
        params: &CircuitParams,
        columns: &'a MachineColumns,
        frame: &'a Frame,
        extents: &[Vec<Extent>],
        matrices: (&Model, &Table),
    ) -> Self {
        let (mut rows, _) = frame.place(extents.iter().flatten().copied());
        let mut bases = Vec::with_capacity(extents.len());
        for block in extents {
            let below = rows.split_off(block.len());
            bases.push(std::mem::replace(&mut rows, below));
        }
        let mut grid = Grid::blank(params.k, params.active_rows(), columns.counts);
        for row in 0..grid.active {
            grid.set(columns.q_active, row, Fr::ONE);
        }
        grid.instance = vec![Fr::ZERO; params.public_inputs()];
        let mut writer = Self { grid, columns, frame, bases, public: params.public_rows() };
        lookup::load_table(&mut writer.grid, columns);
        writer.matrices(matrices);
        writer.steps();
        writer
    }

    /// Writes the program of a query.
    pub(crate) fn query(&mut self, program: &Program) {
        let thread = program.number % self.frame.threads;
        self.jobs(program, thread);
        self.blocks(program, thread);
        self.segments(program, thread, true);
        let (each, before) = self.public;
        self.finish_program(program, before + program.number * each);
    }

    /// Writes the program about all queries.
    pub(crate) fn totals(&mut self, program: &Program) {
        (0..self.frame.threads).for_each(|thread| self.segments(program, thread, thread == 0));
        self.finish_program(program, 0);
    }

    fn finish_program(&mut self, program: &Program, first: usize) {
        for (row, public) in (first..).zip(&program.public) {
            self.public(row, public);
        }
        self.grid.constraints.extend(program.constraints.iter().copied());
    }

    /// The grid, with the multiplicities of what it looks up.
    pub(crate) fn finish(self, #[cfg(test)] forgery: crate::forgery::Forgery) -> Grid {
        let Self { mut grid, columns, .. } = self;
        #[cfg(test)]
        {
            grid.forgery = forgery;
            if let Some(change) = grid.forgery.cells.clone() {
                change(&mut grid);
            }
        }
        lookup::count(&mut grid, columns);
        grid
    }
}

impl Writer<'_> {
    fn block(&self, program: usize) -> usize {
        program / self.frame.threads
    }

    /// The first row of a program's segment.
    fn base(&self, program: usize, segment: usize) -> usize {
        self.bases[self.block(program)][segment]
    }

    /// The row on which a program's application of a constant matrix to a word stands.
    fn application_row(&self, program: usize, (map, word, number): (usize, usize, usize)) -> usize {
        let linear = &self.frame.linear;
        linear.words[map][word].run + self.block(program) * linear.applications[map] + number
    }

    /// The cell that holds what was made at a place.
    fn cell(&self, Place { program, at }: Place) -> Cell {
        let thread = &self.columns.threads[program % self.frame.threads];
        let jobs = self.frame.linked.jobs();
        let (column, row) = match at {
            At::Segment { segment, row } => (thread.c, self.base(program, segment) + row),
            At::Operand { segment, row } => (thread.a, self.base(program, segment) + row),
            At::Output { job, output } => {
                (thread.c, jobs[job].output_row(output, self.block(program)))
            }
            At::Product { map, word, block } => {
                (thread.c, self.application_row(program, (map, word, block)))
            }
        };
        Cell { column, row }
    }

    fn tie(&mut self, copy: Operand, cell: Cell) {
        if copy.enforced {
            let source = self.cell(copy.from);
            self.grid.copies.push((source, cell));
        }
    }

    fn copy(&mut self, copy: Operand, cell: Cell) {
        self.grid.assign(cell.column, cell.row, copy.value);
        self.tie(copy, cell);
    }

    fn coefficients(&mut self, row: usize, slot: &Slot) {
        for (column, coefficient) in self.columns.relation.all().into_iter().zip(slot.coefficients)
        {
            self.grid.set(column, row, coefficient);
        }
    }

    /// A public input: the first thread alone reads the column of instances.
    fn public(&mut self, row: usize, public: &Public) {
        let cell = Cell { column: self.columns.threads[0].c, row: row + 1 };
        self.coefficients(row, &public.slot);
        self.grid.assign(cell.column, cell.row, public.value);
        if let Some(copy) = public.copy {
            self.tie(copy, cell);
        }
        self.grid.instance[row] = public.instance;
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

    /// What rows do to the sums: the same for every witness.
    fn steps(&mut self) {
        let (columns, frame) = (self.columns, self.frame);
        for job in frame.linked.jobs() {
            for row in job.output_row..job.value_row {
                self.grid.set(columns.step, row, Fr::from(OUTPUT));
            }
            for input in 0..job.inputs {
                self.grid.set(columns.step, frame.closing_row(job, input), Fr::from(CLOSE));
                if let Some(inputs) = &columns.inputs {
                    for block in 0..frame.blocks {
                        self.grid.set(inputs.q_input, job.input_row(input, block), Fr::ONE);
                    }
                }
            }
        }
        for (words, matrix) in frame.linear.words.iter().zip(&*MATRICES) {
            for (word, rows) in words.iter().enumerate() {
                let entries = LinearLayout::entries(matrix, word);
                let reset = rows.run + frame.linear.stride;
                for (row, entries) in (rows.entries..).zip(entries.chunks(ENTRIES)) {
                    self.grid.set(columns.step, row, Fr::from(CONSTANTS));
                    for (column, entry) in columns.entries().into_iter().zip(entries) {
                        self.grid.set(column, row, *entry);
                    }
                    self.vanish(row, reset);
                }
                for row in rows.run..reset {
                    self.grid.set(columns.step, row, Fr::from(OUTPUT));
                }
                self.grid.set(columns.step, reset, Fr::from(CLOSE));
                // The reset multiplies `c` into the accumulator: the row above makes it 0.
                if columns.inputs.is_none() && self.grid.enforce(RESET) {
                    self.grid.set(columns.relation.result, reset - 1, Fr::ONE);
                }
            }
        }
    }

    /// Ties `c` of a row of constants to that of the reset below, which is 0: where inputs aren't combined, the identity of the accumulator multiplies it.
    fn vanish(&mut self, row: usize, reset: usize) {
        if self.columns.inputs.is_none() && self.grid.enforce(VANISH) {
            for thread in &self.columns.threads {
                let cell = |row| Cell { column: thread.c, row };
                self.grid.copies.push((cell(reset), cell(row)));
            }
        }
    }

    fn jobs(&mut self, program: &Program, thread: usize) {
        let thread = &self.columns.threads[thread];
        let block = self.block(program.number);
        for (job, rows) in program.jobs.iter().zip(self.frame.linked.jobs()) {
            for (number, output) in job.outputs.iter().enumerate() {
                self.grid.assign(thread.c, rows.output_row(number, block), *output);
            }
            for (number, input) in job.inputs.iter().enumerate() {
                let row = rows.input_row(number, block);
                self.copy(input.c, Cell { column: thread.c, row });
                self.copy(input.a, Cell { column: thread.a, row });
            }
        }
    }

    fn blocks(&mut self, program: &Program, thread: usize) {
        let thread = &self.columns.threads[thread];
        for (map, blocks) in program.blocks.iter().enumerate() {
            for (number, block) in blocks.iter().enumerate() {
                for (word, (input, output)) in block.inputs.iter().zip(&block.outputs).enumerate() {
                    let row = self.application_row(program.number, (map, word, number));
                    let cell = Cell { column: thread.a, row };
                    match *input {
                        BlockInput::Copied(operand) => self.copy(operand, cell),
                        BlockInput::Made(value) => {
                            self.grid.assign(cell.column, cell.row, value);
                        }
                    }
                    self.grid.assign(thread.c, row, *output);
                    if let Some(s_box) = &block.s_boxes[word] {
                        let below = if block.below { Fr::ONE } else { Fr::ZERO };
                        self.grid.set(self.columns.offset, row, below);
                        self.s_box(row, thread.lanes[0], s_box);
                    }
                }
            }
        }
    }

    fn s_box(&mut self, row: usize, square: crate::layout::Advice, s_box: &SBox) {
        self.grid.set(self.columns.q_s_box, row, Fr::ONE);
        self.grid.set(self.columns.relation.constant, row, s_box.constant);
        self.grid.assign(square, row, s_box.square);
    }

    fn segments(&mut self, program: &Program, thread: usize, copies: bool) {
        let thread = &self.columns.threads[thread];
        for (number, segment) in program.segments.iter().enumerate() {
            let base = self.base(program.number, number);
            for (at, content) in segment.rows.iter().enumerate() {
                let row = base + at;
                let (a, c) = (Cell { column: thread.a, row }, Cell { column: thread.c, row });
                if at > 0 {
                    self.grid.assign(thread.c, row, content.value);
                }
                if let Some(slot) = &content.slot {
                    self.coefficients(row, slot);
                    if let Some(operand) = slot.operand {
                        self.grid.assign(thread.a, row, operand.value);
                        if copies {
                            self.tie(operand, a);
                        }
                    }
                }
                if let Some(made) = content.made {
                    self.grid.assign(thread.a, row, made);
                }
                if let Some((s_box, copy)) = &content.s_box {
                    self.copy(*copy, c);
                    self.grid.assign(thread.a, row, s_box.output);
                    self.s_box(row, thread.lanes[0], s_box);
                }
                if let Some(limbs) = &content.limbs {
                    self.limbs(row, &thread.lanes, limbs);
                }
            }
        }
    }

    fn limbs(&mut self, row: usize, lanes: &[crate::layout::Advice], limbs: &Limbs) {
        let columns = self.columns;
        let Limbs { row: shape, values, chained } = limbs;
        for (lane, value) in lanes.iter().zip(values) {
            self.grid.assign(*lane, row, *value);
        }
        self.grid.set(columns.range, row, Fr::from(1 + u64::from(*chained)));
        self.grid.set(columns.tag, row, Fr::from(u64::from(shape.tag)));
        if let Some(lanes) = columns.lanes {
            self.grid.set(lanes, row, Fr::from(shape.lanes as u64));
        }
    }
}
