//! Which rows and columns of an inference circuit hold what: for pictures.

use std::ops::Range;

use crate::inference::{block_extents, extents};
use crate::linked::LinkedJob;
use crate::machine::columns::MachineColumns;
use crate::machine::lookup::table_rows;
use crate::machine::place::Frame;
use crate::params::{CircuitParams, ParamsError};

/// A block of cells that hold one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// What it holds.
    pub name: &'static str,
    /// Its columns: those of the first phase are counted first, then those of the second, then fixed ones.
    pub columns: Range<usize>,
    /// Its rows.
    pub rows: Range<usize>,
}

impl CircuitParams {
    /// The blocks that cells with something in them make up. Those of different names may share rows and columns only where an output or an input of a product stands
    /// in a segment's way.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn regions(&self) -> Result<Vec<Region>, ParamsError> {
        self.validate()?;
        let columns = MachineColumns::new(self);
        let frame = Frame::new(self);
        let extents = extents(self, &block_extents(self)?);
        let extents: Vec<_> = extents.into_iter().flatten().collect();
        let (bases, last) = frame.place(extents.iter().copied());
        let table = table_rows(self.limbs());
        let used = (last + 1).max(table);
        let (first_phase, advice) =
            (columns.counts.advice, columns.counts.advice + columns.counts.late);
        let weights = self.weight_columns;
        let per_thread = 2 + self.limb_lanes;
        let threads = weights..weights + self.threads * per_thread;

        let mut regions = Vec::new();
        let mut add = |name, columns: Range<usize>, rows: Range<usize>| {
            regions.push(Region { name, columns, rows });
        };
        for (base, extent) in bases.iter().zip(&extents) {
            add("values and limbs", threads.clone(), *base..base + extent.rows);
        }
        add("public inputs", weights + 1..weights + 2, 1..self.public_inputs() + 1);
        for job in frame.linked.jobs() {
            let name = match job.what {
                LinkedJob::Hidden(_) => "weights of hidden layers",
                LinkedJob::Head => "weights of the head",
                LinkedJob::Table => "attribution table",
            };
            add(name, 0..weights, job.value_row..job.free_row);
            for first in threads.clone().step_by(per_thread) {
                let c = first + 1;
                add("outputs of matrix products", c..c + 1, job.output_row..job.value_row);
            }
        }
        add("matrices of the hash", threads.clone(), frame.linear.start..frame.linear.end);
        add("multiplicities", threads.end..first_phase, 0..table);
        let sums = frame.linked.start()..frame.linear.end;
        add("sums of matrix products", first_phase..first_phase + 2, sums);
        add("sums of the lookup", first_phase + 2..advice, 0..self.active_rows());
        add("selectors and constants", advice..advice + columns.table.0, 0..used);
        add("lookup table", advice + columns.table.0..advice + columns.counts.fixed, 0..table);
        Ok(regions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Shape;
    use crate::reference::ResidualKind;

    #[test]
    fn regions_lie_in_the_circuit_and_hold_all_weights() {
        let shape = Shape {
            inputs: 5,
            hidden: vec![4, 3],
            classes: 3,
            contributors: 2,
            residual: ResidualKind::Query,
        };
        for params in crate::layouts(&shape, 1).unwrap() {
            let size = params.size().unwrap();
            let columns = size.first_phase + size.second_phase + size.fixed;
            let regions = params.regions().unwrap();
            for Region { name, columns: wide, rows } in &regions {
                assert!(wide.start < wide.end && wide.end <= columns, "{name}");
                assert!(rows.start < rows.end && rows.end <= 1 << params.k, "{name}");
            }
            let cells: usize = regions
                .iter()
                .filter(|region| region.columns.start == 0)
                .map(|region| region.rows.len() * region.columns.len())
                .sum();
            assert!(cells >= 6 * 4 + 5 * 3 + 4 * 3 + 4 * 3 * 2);
            let last = regions.iter().filter(|region| region.name != "sums of the lookup");
            assert_eq!(last.map(|region| region.rows.end).max(), Some(size.rows));
        }
    }
}
