//! Where everything stands.
//!
//! # Layout
//! | rows | |
//! |---|---|
//! | $i < n$ | the relation of row $i$ makes `c` of row $i + 1$ the public input $i$ |
//! | the linked region | values of the matrices in the linked columns (see [`crate::linked`]); outputs and inputs of jobs in `c` |
//! | the constant matrices | see [`super::linear`] |
//! | the rest | free |
//!
//! A job needs `c` on its output rows and on the last row of each input, and the relation on the row above that; everything else in the linked region
//! is free for segments, as are the rows below the constant matrices. Segments go to the first gap that holds them, in the order in which they were written.

use std::ops::Range;

use super::linear::LinearLayout;
use crate::linked::{Job, LinkedJob, LinkedLayout};
use crate::params::Shape;

/// Places of everything that isn't a segment, and the gaps between.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) linked: LinkedLayout,
    pub(crate) linear: LinearLayout,
    /// From the row whose relation is free to the last row whose `c` is.
    gaps: Vec<Range<usize>>,
    /// The row behind whose relation everything is free.
    tail: usize,
}

impl Frame {
    pub(crate) fn new(shape: &Shape, columns: usize) -> Self {
        let linked = LinkedLayout::new(shape, columns);
        let mut gaps = Vec::new();
        let mut free = shape.public_inputs();
        for job in linked.jobs() {
            gaps.push(free..job.output_row - 1);
            free = job.value_row - 1;
            for input in 0..job.inputs {
                let closing = closing_row(job, input);
                let taken = if stands_as_product(job) { 2 } else { 1 };
                gaps.push(free..closing - taken);
                free = closing;
            }
        }
        let linear = LinearLayout::new(shape, linked.end());
        gaps.push(free..linear.start - 1);
        let tail = linear.end - 1;
        gaps.retain(|gap| gap.end > gap.start);
        Self { linked, linear, gaps, tail }
    }

    /// The first rows of segments of these lengths, and the last row in use.
    pub(crate) fn place(&self, lengths: impl IntoIterator<Item = usize>) -> (Vec<usize>, usize) {
        let mut gaps = self.gaps.clone();
        let mut tail = self.tail;
        // Gaps before this one are full.
        let mut first = 0;
        let mut bases = Vec::new();
        for length in lengths {
            let cells = length - 1;
            while gaps.get(first).is_some_and(|gap| gap.end <= gap.start) {
                first += 1;
            }
            let gap = gaps.iter_mut().skip(first).find(|gap| gap.end >= gap.start + cells);
            let start = gap.map_or(&mut tail, |gap| &mut gap.start);
            bases.push(*start);
            *start += cells;
        }
        (bases, tail)
    }
}

/// The last row of an input's values.
pub(crate) fn closing_row(job: &Job, input: usize) -> usize {
    job.value_row + (input + 1) * blocks(job) - 1
}

fn blocks(job: &Job) -> usize {
    (job.free_row - job.value_row) / job.inputs
}

/// Whether an input of the table is multiplied beside its values, which takes two rows of its own.
pub(crate) fn stands_as_product(job: &Job) -> bool {
    job.what == LinkedJob::Table && blocks(job) > 1
}
