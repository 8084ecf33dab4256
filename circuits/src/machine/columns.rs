//! The columns of the machine, and the challenges' powers that depend on the shape.

use crate::gadgets::limbs::LimbFormat;
use crate::layout::{Advice, Allocator, ColumnCounts, Fixed, Late};
use crate::params::CircuitParams;

/// All columns, allocated in one order: the linked ones first.
#[derive(Clone, Debug)]
pub(crate) struct MachineColumns {
    pub(crate) limbs: LimbFormat,
    /// Weights and table entries: the linked columns.
    pub(crate) weights: Vec<Advice>,
    pub(crate) a: Advice,
    pub(crate) c: Advice,
    pub(crate) lanes: Vec<Advice>,
    pub(crate) multiplicity: Advice,

    pub(crate) combination: Late,
    pub(crate) accumulator: Late,
    pub(crate) sum: Late,
    /// Of the lanes but the first, by twos.
    pub(crate) helpers: Vec<Late>,

    pub(crate) q_active: Fixed,
    pub(crate) relation: RelationColumns,
    /// What the row does to the combination and the accumulator.
    pub(crate) step: Fixed,
    pub(crate) offset: Fixed,
    /// Whether the row is of a constant matrix: then the coefficients of the relation are its entries.
    pub(crate) q_matrix: Fixed,
    /// Whether limbs make up the result, and whether more of them stand below.
    pub(crate) range: Fixed,
    /// Whether all lanes take part in it; absent where there is one.
    pub(crate) q_wide: Option<Fixed>,
    /// What the first lane is looked up under.
    pub(crate) tag: Fixed,
    pub(crate) table: Fixed,
    pub(crate) table_tag: Fixed,

    pub(crate) counts: ColumnCounts,
}

/// Coefficients of the relation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelationColumns {
    pub(crate) previous: Fixed,
    pub(crate) operand: Fixed,
    pub(crate) product: Fixed,
    pub(crate) constant: Fixed,
    pub(crate) result: Fixed,
}

impl RelationColumns {
    /// The columns in the order in which they hold entries of a matrix.
    pub(crate) fn all(&self) -> [Fixed; 5] {
        [self.previous, self.operand, self.product, self.constant, self.result]
    }
}

impl MachineColumns {
    pub(crate) fn new(params: &CircuitParams) -> Self {
        let mut new = Allocator::default();
        let limbs = params.limbs();
        let weights = (0..params.weight_columns).map(|_| new.advice()).collect();
        let [a, c] = [(); 2].map(|()| new.advice());
        let lanes: Vec<_> = (0..limbs.lanes).map(|_| new.advice()).collect();
        let multiplicity = new.advice();
        let [combination, accumulator, sum] = [(); 3].map(|()| new.late());
        let helpers = (1..lanes.len()).step_by(2).map(|_| new.late()).collect();
        let q_active = new.fixed();
        let [previous, operand, product, constant, result] = [(); 5].map(|()| new.fixed());
        let relation = RelationColumns { previous, operand, product, constant, result };
        let [step, offset, q_matrix, range] = [(); 4].map(|()| new.fixed());
        let q_wide = (lanes.len() > 1).then(|| new.fixed());
        let [tag, table, table_tag] = [(); 3].map(|()| new.fixed());
        Self {
            limbs,
            weights,
            a,
            c,
            lanes,
            multiplicity,
            combination,
            accumulator,
            sum,
            helpers,
            q_active,
            relation,
            step,
            offset,
            q_matrix,
            range,
            q_wide,
            tag,
            table,
            table_tag,
            counts: new.counts(),
        }
    }

    /// Columns that copies reach.
    pub(crate) fn equality_columns(&self) -> [Advice; 2] {
        [self.a, self.c]
    }
}
