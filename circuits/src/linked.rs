//! Where the weights and the table stand in the columns that the binding circuit and the inference circuit share.
//!
//! # Layout
//! The linked columns are advice columns $0 .. w$ of either circuit. Their region starts at row [`LinkedParams::first_row`]; the jobs follow one another: each
//! hidden layer, the head, the table. With $H$ blocks of queries below each other, a job with $J$ outputs takes $H J$ rows for the outputs, on which the linked columns hold 0, then for each input
//! $\max(H, \lceil J / w \rceil)$ rows, of which the last $\lceil J / w \rceil$, its *blocks*, hold values, then one free row:
//!
//! | job | inputs | outputs $J$ | width $B$ |
//! |---|---|---|---|
//! | hidden layer | its inputs, then the constant of the bias | its units | 16, biases 32 |
//! | head | the features, the constant one last | classes | 24 |
//! | table | pairs $(k, a)$, $a$ inner | contributors | 56 |
//!
//! Padding comes first: with $J' = w \lceil J / w \rceil$, cell $c$ of block $b$ belongs to output $bw + c - (J' - J)$, and is padding where that is negative. A cell of an output holds
//! its raw value (value plus $o = 2^{B-1}$), padding holds $o$, and every cell on any other row holds 0.
//!
//! In this order the values are those of the formats (`docs/formats.md`, sections 4 and 5): the number of a value in the committed segments counts up cell by cell.

use std::ops::Range;

use crate::params::Shape;
use crate::reference::{Model, Table};

/// Rows at the end of a linked column that no constraint touches, in any circuit that has it: blinding, and the row that halo2 keeps.
pub(crate) const TAIL_ROWS: usize = 7;

/// What the values of a job are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkedJob {
    /// Weights and biases of the hidden layer of this number.
    Hidden(usize),
    /// The head.
    Head,
    /// The attribution table.
    Table,
}

/// One job: a matrix, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// Which matrix.
    pub(crate) what: LinkedJob,
    /// Its inputs: rows of the matrix.
    pub(crate) inputs: usize,
    /// Its outputs: columns of the matrix.
    pub(crate) outputs: usize,
    /// The first of the rows of its outputs.
    pub(crate) output_row: usize,
    /// The first row with values.
    pub(crate) value_row: usize,
    /// Rows of each input.
    pub(crate) input_rows: usize,
    /// Those of them that hold inputs of queries: the last.
    pub(crate) spread: usize,
    /// The row below its last.
    pub(crate) free_row: usize,
    /// Number of its first value among all values.
    pub(crate) first_value: usize,
}

impl Job {
    /// The row on which an input of a block of queries stands.
    pub(crate) fn input_row(&self, input: usize, block: usize) -> usize {
        self.value_row + input * self.input_rows + self.free_rows() + block
    }

    /// Rows of an input that hold none of a query.
    pub(crate) fn free_rows(&self) -> usize {
        self.input_rows - self.spread
    }

    /// The row on which an output of a block of queries stands.
    pub(crate) fn output_row(&self, output: usize, block: usize) -> usize {
        self.output_row + output * self.spread + block
    }

    /// Width of the values of an input.
    pub(crate) fn bits(&self, input: usize) -> u32 {
        match self.what {
            LinkedJob::Hidden(_) if input + 1 == self.inputs => 32,
            LinkedJob::Hidden(_) => 16,
            LinkedJob::Head => 24,
            LinkedJob::Table => 56,
        }
    }
}

/// One row of values: a block of one input of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The row.
    pub(crate) row: usize,
    /// Number of the job.
    pub(crate) job: usize,
    /// Number of the input in its job.
    pub(crate) input: usize,
    /// Number of the block in its input.
    pub(crate) number: usize,
    /// Whether the input ends with this row.
    pub(crate) closes: bool,
    /// Width $B$ of the values, that is the offset $2^{B-1}$ of every cell.
    pub(crate) bits: u32,
    /// Cells of padding, at the left.
    pub(crate) padding: usize,
    /// The outputs whose values stand in the cells right of the padding.
    pub(crate) outputs: Range<usize>,
    /// Number of the first of these values among all values.
    pub(crate) first_value: usize,
}

impl Block {
    /// The number, among all values, of the one in a cell; nothing if the cell is padding.
    pub(crate) fn value(&self, cell: usize) -> Option<usize> {
        cell.checked_sub(self.padding).map(|place| self.first_value + place)
    }
}

/// What the layout depends on beside the shape of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkedParams {
    /// Linked columns $w$.
    pub columns: usize,
    /// The first row of the region.
    pub first_row: usize,
    /// Blocks of queries below each other: how many rows each output has, and each input at least.
    pub spread: usize,
}

/// The linked columns of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LinkedLayout {
    start: usize,
    columns: usize,
    jobs: Vec<Job>,
}

impl LinkedLayout {
    /// The layout of this shape.
    pub(crate) fn new(shape: &Shape, params: &LinkedParams) -> Self {
        let LinkedParams { columns, first_row: start, spread } = *params;
        let (mut row, mut first_value) = (start, 0);
        let jobs = matrices(shape).map(|(what, inputs, outputs)| {
            let value_row = row + outputs * spread;
            let input_rows = outputs.div_ceil(columns).max(spread);
            let free_row = value_row + inputs * input_rows;
            let job = Job {
                what,
                inputs,
                outputs,
                output_row: row,
                value_row,
                input_rows,
                spread,
                free_row,
                first_value,
            };
            row = free_row + 1;
            first_value += inputs * outputs;
            job
        });
        let jobs = jobs.collect();
        Self { start, columns, jobs }
    }

    /// The first row.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Rows of all jobs, counted from the start.
    pub(crate) fn rows(&self) -> usize {
        self.jobs.last().map_or(0, |job| job.free_row + 1 - self.start)
    }

    /// The row below the last.
    pub(crate) fn end(&self) -> usize {
        self.start() + self.rows()
    }

    /// Number of columns $w$.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The jobs, in order.
    pub(crate) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// All rows of values, from above.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        self.jobs.iter().enumerate().flat_map(move |(number, job)| {
            (0..job.inputs).flat_map(move |input| self.input_blocks(number, input))
        })
    }

    /// The blocks of one input of a job.
    pub(crate) fn input_blocks(
        &self,
        number: usize,
        input: usize,
    ) -> impl Iterator<Item = Block> + use<> {
        let (job, columns) = (self.jobs[number].clone(), self.columns);
        let blocks = job.outputs.div_ceil(columns);
        let padding = blocks * columns - job.outputs;
        let first_row = job.value_row + (input + 1) * job.input_rows - blocks;
        let bits = job.bits(input);
        (0..blocks).map(move |block| {
            let first = (block * columns).saturating_sub(padding);
            Block {
                row: first_row + block,
                job: number,
                input,
                number: block,
                closes: block + 1 == blocks,
                bits,
                padding: if block == 0 { padding } else { 0 },
                outputs: first..(block + 1) * columns - padding,
                first_value: job.first_value + input * job.outputs + first,
            }
        })
    }
}

/// Inputs and outputs of every job, in order.
fn matrices(shape: &Shape) -> impl Iterator<Item = (LinkedJob, usize, usize)> {
    let inputs = std::iter::once(shape.inputs).chain(shape.hidden.iter().copied());
    let hidden = inputs.zip(shape.hidden.iter().copied()).enumerate();
    let (features, classes) = (shape.features(), shape.classes);
    hidden.map(|(layer, (inputs, outputs))| (LinkedJob::Hidden(layer), inputs + 1, outputs)).chain(
        [
            (LinkedJob::Head, features, classes),
            (LinkedJob::Table, features * classes, shape.contributors),
        ],
    )
}

/// All values of model and table, in the order of the linked columns.
pub(crate) fn values<'a>(model: &'a Model, table: &'a Table) -> impl Iterator<Item = i64> + 'a {
    let hidden = model.hidden.iter().flat_map(|layer| {
        let weights = layer.weights.iter().map(|value| i64::from(*value));
        weights.chain(layer.biases.iter().map(|value| i64::from(*value)))
    });
    hidden
        .chain(model.head.iter().map(|value| i64::from(*value)))
        .chain(table.entries.iter().copied())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::reference::ResidualKind;

    /// The linked columns of a circuit of one query.
    pub(crate) fn single(shape: &Shape, columns: usize) -> LinkedParams {
        let first_row = 6 + shape.output_elements() + shape.weight_elements();
        LinkedParams { columns, first_row, spread: 1 }
    }

    fn layout(columns: usize) -> LinkedLayout {
        let shape = Shape {
            inputs: 2,
            hidden: vec![5],
            classes: 3,
            contributors: 2,
            residual: ResidualKind::Query,
        };
        LinkedLayout::new(&shape, &single(&shape, columns))
    }

    #[test]
    fn puts_jobs_below_each_other() {
        let layout = layout(2);
        // Six public inputs; three inputs of three blocks, six of two, eighteen of one.
        assert_eq!(layout.start(), 8);
        let rows: Vec<_> = layout
            .jobs()
            .iter()
            .map(|job| (job.what, job.output_row, job.value_row, job.free_row))
            .collect();
        assert_eq!(
            rows,
            [
                (LinkedJob::Hidden(0), 8, 13, 22),
                (LinkedJob::Head, 23, 26, 38),
                (LinkedJob::Table, 39, 41, 59),
            ]
        );
        assert_eq!((layout.end(), layout.rows()), (60, 52));
    }

    #[test]
    fn pads_the_first_block_of_an_input() {
        let layout = layout(2);
        let blocks: Vec<_> = layout.input_blocks(0, 1).collect();
        let places: Vec<_> = blocks
            .iter()
            .map(|block| (block.row, block.padding, block.outputs.clone(), block.closes))
            .collect();
        assert_eq!(places, [(16, 1, 0..1, false), (17, 0, 1..3, false), (18, 0, 3..5, true)]);
        let values: Vec<_> =
            blocks.iter().flat_map(|block| [block.value(0), block.value(1)]).collect();
        assert_eq!(values, [None, Some(5), Some(6), Some(7), Some(8), Some(9)]);
    }

    #[test]
    fn counts_values_up_cell_by_cell() {
        for columns in 1..9 {
            let layout = layout(columns);
            let blocks: Vec<_> = layout.blocks().collect();
            assert!(blocks.windows(2).all(|pair| pair[0].row < pair[1].row));
            let values: Vec<_> = blocks
                .iter()
                .flat_map(|block| (0..columns).filter_map(|cell| block.value(cell)))
                .collect();
            assert_eq!(values, (0..15 + 18 + 36).collect::<Vec<_>>());
            let widths: Vec<_> =
                layout.blocks().filter(|block| block.closes).map(|block| block.bits).collect();
            assert_eq!(widths[..4], [16, 16, 32, 24]);
            assert_eq!(widths[9..], [56; 18]);
        }
    }
}
