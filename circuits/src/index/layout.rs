//! Columns of the index circuit.
//!
//! | columns | rows |
//! |---|---|
//! | lanes, `pack`, `a`, `b`, classes, contributors, order | one block of rows for each training row, see [`super::block`]; below them, in lanes and `pack`, what else is hashed |
//! | hash | 32 rows for each permutation |
//! | weights | the matrices: layers, head, table, residuals, see [`super::matrices`] |
//!
//! All start at row 0 and run side by side; `c` holds the public inputs.

use std::ops::Deref;

use super::block::Block;
use super::params::{IndexParams, LOOKUP_BATCH};
use crate::gadgets::stream::{self, RowKind};
use crate::gadgets::{lookup, poseidon};
use crate::layout::{Advice, Allocator, Core, Fixed, Late};

use super::matrices;

/// All columns of the index circuit.
#[derive(Clone, Debug)]
pub(crate) struct IndexLayout {
    core: Core,
    pub(super) class: ClassColumns,
    pub(super) order: OrderColumns,
    pub(super) block: BlockColumns,
    pub(super) units: Vec<(UnitKind, Fixed)>,
    pub(super) contributors: Vec<(usize, Fixed)>,
    pub(super) sums: SumColumns,
    pub(super) matrices: MatrixColumns,
}

impl Deref for IndexLayout {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

/// What a row of hidden units holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitKind {
    /// Limbs of the part that a ReLU drops.
    pub(super) negative_limbs: usize,
    /// Number of units.
    pub(super) units: usize,
    /// Whether the units are the features that the head reads.
    pub(super) features: bool,
}

impl UnitKind {
    /// The first lane of a unit.
    pub(super) const fn lane(self, slot: usize) -> usize {
        slot * (5 + self.negative_limbs)
    }
}

/// First-phase columns of the classes and contributors.
#[derive(Clone, Debug)]
pub(super) struct ClassColumns {
    /// On the first row of a class whether its logit is the maximum, on the second whether it is the label.
    pub(super) bit: Advice,
    /// The largest logit.
    pub(super) maximum: Advice,
    /// The sum of the exponentials.
    pub(super) exponentials: Advice,
    /// The sum of the probabilities, on the first closing row.
    pub(super) probabilities: Advice,
    /// Whether a contributor owns the row.
    pub(super) owner: Vec<Advice>,
    /// $Y = h^T g_c$, with a Newton method.
    pub(super) response: Vec<Advice>,
}

/// First-phase columns of the rows in the order of their features.
#[derive(Clone, Debug)]
pub(super) struct OrderColumns {
    /// Packed features.
    pub(super) element: Advice,
    /// Whether this element, or one before, differs from the row before.
    pub(super) differs: Advice,
}

/// Selectors that repeat with every block.
#[derive(Clone, Debug)]
pub(super) struct BlockColumns {
    pub(super) q_keep: Fixed,
    pub(super) q_later: Fixed,
    pub(super) q_meta: Fixed,
    pub(super) q_element: Fixed,
    pub(super) number: Fixed,
    pub(super) t_carry: Fixed,
    pub(super) q_logit: Fixed,
    pub(super) q_probability: Fixed,
    pub(super) class_number: Fixed,
    pub(super) q_class_end: Fixed,
    pub(super) q_same_sums: Fixed,
    pub(super) contributor_carry: Fixed,
    pub(super) contributor_number: Fixed,
    pub(super) q_first_class: Fixed,
    pub(super) q_later_class: Fixed,
    pub(super) q_close: [Fixed; 3],
    /// On the first closing row of a training row; validation rows have no weight.
    pub(super) q_weight: Fixed,
    /// What a right answer counts, on the first row of each class.
    pub(super) right: Fixed,
    pub(super) q_outer_units: Fixed,
    pub(super) q_outer_responses: Fixed,
    pub(super) q_first_element: Fixed,
    pub(super) q_later_element: Fixed,
    pub(super) q_order_hold: Fixed,
}

/// Second-phase columns over the blocks.
#[derive(Clone, Debug)]
pub(super) struct SumColumns {
    /// Inputs and units, each combined over all rows with the powers of sigma.
    pub(super) inputs: Vec<Late>,
    /// The combination of a layer's outputs over all rows.
    pub(super) outputs: Late,
    /// A layer's outputs combined.
    pub(super) t: Late,
    /// Features combined.
    pub(super) features: Late,
    /// Their squares added up.
    pub(super) squares: Late,
    /// With a Newton method.
    pub(super) newton: Option<ResponseColumns>,
    /// The owner's power of rho.
    pub(super) owner: Late,
    /// $\sum_a \beta_a p_a$, and beta's power of the label.
    pub(super) probabilities: Late,
    pub(super) label: Late,
    /// Features of an admitted row combined, and its residual combined.
    pub(super) admitted: Late,
    pub(super) residual: Late,
    /// Sums within a block that end at zero.
    pub(super) check: Late,
    /// A row's packed features combined, as registered and in order.
    pub(super) registered: Late,
    pub(super) ordered: Late,
    /// The product that compares the two orders.
    pub(super) permutation: Late,
    /// The identities over all rows.
    pub(super) total: Late,
}

/// Second-phase columns of the responses.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResponseColumns {
    /// Responses of a class combined: all, and those that the method counts.
    pub(super) responses: Late,
    pub(super) others: Late,
    /// Responses of all classes combined.
    pub(super) all_responses: Late,
    /// $\sum_a p_a X_a$ and $\sum_a \beta_a p_a X_a$.
    pub(super) moment: Late,
    pub(super) combined_moment: Late,
}

/// Columns of the matrices.
#[derive(Clone, Debug)]
pub(super) struct MatrixColumns {
    /// One selector for each number of values in a row, with that number.
    pub(super) kinds: Vec<(usize, Fixed)>,
    pub(super) offset: Fixed,
    pub(super) carry: Fixed,
    pub(super) q_group: Fixed,
    pub(super) group_carry: Fixed,
    pub(super) q_input: Fixed,
    pub(super) input_carry: Fixed,
    pub(super) close: Fixed,
    pub(super) q_outputs: Fixed,
    pub(super) q_matrix: Fixed,
    pub(super) q_scalar: Fixed,
    pub(super) q_plain: Fixed,
    pub(super) coefficients: [Fixed; 5],
    pub(super) q_square: Fixed,

    pub(super) operand: Late,
    pub(super) t: Late,
    pub(super) group: Late,
    pub(super) matrix: Late,
    pub(super) accumulator: Late,
}

impl IndexLayout {
    pub(super) fn new(params: &IndexParams) -> Self {
        let mut new = Allocator::default();
        let limbs = params.limbs();
        let block = Block::new(params);
        let class = ClassColumns::new(&mut new, params);
        let order = OrderColumns { element: new.advice(), differs: new.advice() };
        let kinds = unit_kinds(&block);
        let sums = SumColumns::new(&mut new, params);
        let stream_kinds = stream::row_kinds(&params.shape.shape, limbs)
            .into_iter()
            .chain(matrices::residual_kinds(params))
            .collect::<std::collections::BTreeSet<_>>();
        let core = Core::new(&mut new, params, &block, stream_kinds);
        let mut layout = Self {
            class,
            order,
            block: BlockColumns::new(&mut new),
            units: kinds.into_iter().map(|kind| (kind, new.fixed())).collect(),
            contributors: matrices::row_counts(
                [params.shape.shape.contributors],
                params.contributor_slots,
            )
            .into_iter()
            .map(|count| (count, new.fixed()))
            .collect(),
            sums,
            matrices: MatrixColumns::new(&mut new, params),
            core,
        };
        layout.core.counts = new.counts();
        layout
    }

    /// First-phase columns that copies reach.
    pub(super) fn equality_columns(&self) -> [Advice; 3] {
        [self.c, self.pack, self.hash[0]]
    }

    /// Second-phase columns that copies reach.
    pub(super) fn late_equality_columns(&self) -> Vec<Late> {
        let mut columns = self.sums.inputs.clone();
        columns.extend([self.sums.outputs, self.matrices.operand]);
        columns
    }
}

impl Core {
    fn new(
        new: &mut Allocator,
        params: &IndexParams,
        block: &Block,
        kinds: impl IntoIterator<Item = RowKind>,
    ) -> Self {
        let limbs = params.limbs();
        let lanes: Vec<_> = (0..limbs.lanes).map(|_| new.advice()).collect();
        let features =
            block.features.iter().map(|row| row.count).collect::<std::collections::BTreeSet<_>>();
        let untied = features.into_iter().map(|values| RowKind { bits: 16, values });
        Self {
            limbs,
            helpers: lookup::groups(limbs.lanes, LOOKUP_BATCH).map(|_| new.late()).collect(),
            lanes,
            pack: new.advice(),
            a: new.advice(),
            b: new.advice(),
            c: new.advice(),
            weights: (0..params.weight_columns).map(|_| new.advice()).collect(),
            hash: (0..poseidon::WIDTH).map(|_| new.advice()).collect(),
            multiplicity: new.advice(),
            weights_fingerprint: new.late(),
            stream_fingerprint: new.late(),
            ports_fingerprint: new.late(),
            hash_fingerprint: new.late(),
            sum: new.late(),
            q_active: new.fixed(),
            q_first: new.fixed(),
            q_last: new.fixed(),
            statement: new.statement(),
            stream: new.stream(kinds, untied),
            poseidon: new.poseidon(),
            table: new.table(),
            counts: new.counts(),
        }
    }
}

impl ClassColumns {
    fn new(new: &mut Allocator, params: &IndexParams) -> Self {
        let responses = if params.newton() { params.contributor_slots } else { 0 };
        Self {
            bit: new.advice(),
            maximum: new.advice(),
            exponentials: new.advice(),
            probabilities: new.advice(),
            owner: (0..params.contributor_slots).map(|_| new.advice()).collect(),
            response: (0..responses).map(|_| new.advice()).collect(),
        }
    }
}

impl BlockColumns {
    fn new(new: &mut Allocator) -> Self {
        Self {
            q_keep: new.fixed(),
            q_later: new.fixed(),
            q_meta: new.fixed(),
            q_element: new.fixed(),
            number: new.fixed(),
            t_carry: new.fixed(),
            q_logit: new.fixed(),
            q_probability: new.fixed(),
            class_number: new.fixed(),
            q_class_end: new.fixed(),
            q_same_sums: new.fixed(),
            contributor_carry: new.fixed(),
            contributor_number: new.fixed(),
            q_first_class: new.fixed(),
            q_later_class: new.fixed(),
            q_close: [(); 3].map(|()| new.fixed()),
            q_weight: new.fixed(),
            right: new.fixed(),
            q_outer_units: new.fixed(),
            q_outer_responses: new.fixed(),
            q_first_element: new.fixed(),
            q_later_element: new.fixed(),
            q_order_hold: new.fixed(),
        }
    }
}

impl SumColumns {
    fn new(new: &mut Allocator, params: &IndexParams) -> Self {
        Self {
            inputs: (0..params.feature_slots).map(|_| new.late()).collect(),
            outputs: new.late(),
            t: new.late(),
            features: new.late(),
            squares: new.late(),
            newton: params.newton().then(|| ResponseColumns {
                responses: new.late(),
                others: new.late(),
                all_responses: new.late(),
                moment: new.late(),
                combined_moment: new.late(),
            }),
            owner: new.late(),
            probabilities: new.late(),
            label: new.late(),
            admitted: new.late(),
            residual: new.late(),
            check: new.late(),
            registered: new.late(),
            ordered: new.late(),
            permutation: new.late(),
            total: new.late(),
        }
    }
}

impl MatrixColumns {
    fn new(new: &mut Allocator, params: &IndexParams) -> Self {
        Self {
            kinds: matrices::kinds(params).into_iter().map(|kind| (kind, new.fixed())).collect(),
            offset: new.fixed(),
            carry: new.fixed(),
            q_group: new.fixed(),
            group_carry: new.fixed(),
            q_input: new.fixed(),
            input_carry: new.fixed(),
            close: new.fixed(),
            q_outputs: new.fixed(),
            q_matrix: new.fixed(),
            q_scalar: new.fixed(),
            q_plain: new.fixed(),
            coefficients: [(); 5].map(|()| new.fixed()),
            q_square: new.fixed(),
            operand: new.late(),
            t: new.late(),
            group: new.late(),
            matrix: new.late(),
            accumulator: new.late(),
        }
    }
}

fn unit_kinds(block: &Block) -> Vec<UnitKind> {
    let mut kinds = Vec::new();
    let last = block.layers.len();
    for (number, layer) in (1..).zip(&block.layers) {
        for units in matrices::row_counts([layer.units], block.unit_slots) {
            let kind =
                UnitKind { negative_limbs: layer.negative_limbs, units, features: number == last };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    kinds
}
