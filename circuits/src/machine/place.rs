//! Where everything stands.
//!
//! # Layout
//! | rows | |
//! |---|---|
//! | $i < n$ | the relation of row $i$ makes `c` of row $i + 1$ the public input $i$ |
//! | the linked region | values of the matrices in the linked columns (see [`crate::linked`]); outputs and inputs of jobs in `c` and `a` |
//! | the constant matrices | see [`super::linear`] |
//! | the rest | free |
//!
//! A job needs `c` on its output rows, and `c` and `a` on the last rows of each input, one for each block of queries; everything else in the linked region
//! is free for segments, as are the rows below the constant matrices. Segments go to the first gap that holds them, in the order in which they were written.
//! Those with S-boxes read the column of offsets, so they stand below the constant matrices.

use std::collections::BTreeMap;
use std::ops::Range;

use super::linear::LinearLayout;
use super::program::Extent;
use crate::linked::{Job, LinkedLayout};
use crate::params::CircuitParams;

/// Places of everything that isn't a segment, and the gaps between.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) linked: LinkedLayout,
    pub(crate) linear: LinearLayout,
    /// Threads, and blocks of queries.
    pub(crate) threads: usize,
    pub(crate) blocks: usize,
    /// From the row whose relation is free to the last row whose `c` is.
    gaps: Vec<Range<usize>>,
    /// The row behind whose relation everything is free.
    tail: usize,
}

impl Frame {
    pub(crate) fn new(params: &CircuitParams) -> Self {
        let linked = LinkedLayout::new(&params.shape, &params.linked());
        let mut gaps = Vec::new();
        let mut free = params.public_inputs();
        for job in linked.jobs() {
            gaps.push(free..job.output_row - 1);
            free = job.value_row - 1;
            for input in 0..job.inputs {
                gaps.push(free..job.input_row(input, 0) - 1);
                free = job.input_row(input + 1, 0) - job.free_rows();
            }
        }
        let linear = LinearLayout::new(&params.shape, params.blocks(), linked.end());
        gaps.push(free..linear.start - 1);
        let tail = linear.end - 1;
        gaps.retain(|gap| gap.end > gap.start);
        Self { linked, linear, threads: params.threads, blocks: params.blocks(), gaps, tail }
    }

    /// The first rows of segments of these extents, and the last row in use.
    pub(crate) fn place(&self, extents: impl IntoIterator<Item = Extent>) -> (Vec<usize>, usize) {
        let mut gaps = self.gaps.clone();
        let mut tail = self.tail;
        // A gap only gets smaller: what didn't hold a length once never will.
        let mut candidates: BTreeMap<usize, usize> = BTreeMap::new();
        let mut bases = Vec::new();
        for Extent { rows, clear } in extents {
            let cells = rows - 1;
            let start = if clear {
                &mut tail
            } else {
                let candidate = candidates.entry(cells).or_default();
                while gaps.get(*candidate).is_some_and(|gap| gap.end < gap.start + cells) {
                    *candidate += 1;
                }
                gaps.get_mut(*candidate).map_or(&mut tail, |gap| &mut gap.start)
            };
            bases.push(*start);
            *start += cells;
        }
        (bases, tail)
    }

    /// The row that closes an input of a job: its last, or the one below where inputs of several queries are combined first.
    pub(crate) fn closing_row(&self, job: &Job, input: usize) -> usize {
        let below = job.value_row + (input + 1) * job.input_rows;
        if self.blocks > 1 { below } else { below - 1 }
    }
}
