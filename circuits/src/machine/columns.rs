//! The columns of the machine.

use crate::gadgets::limbs::LimbFormat;
use crate::layout::{Advice, Allocator, ColumnCounts, Fixed, Late};
use crate::params::CircuitParams;

/// Degree that the lanes of one helper may make up.
const GROUP_DEGREE: usize = 3;

/// All columns, allocated in one order: the linked ones first.
#[derive(Clone, Debug)]
pub(crate) struct MachineColumns {
    pub(crate) limbs: LimbFormat,
    /// Weights and table entries: the linked columns.
    pub(crate) weights: Vec<Advice>,
    /// What each query on a row has for itself.
    pub(crate) threads: Vec<Thread>,
    pub(crate) multiplicity: Advice,

    pub(crate) combination: Late,
    pub(crate) accumulator: Late,
    pub(crate) sum: Late,
    /// Combines the inputs of queries that stand below each other; absent where there are none.
    pub(crate) inputs: Option<InputColumns>,
    /// Of all lanes but the first thread's first.
    pub(crate) helpers: Vec<Helper>,

    pub(crate) q_active: Fixed,
    pub(crate) relation: RelationColumns,
    /// What the row does to the combination and the accumulator.
    pub(crate) step: Fixed,
    /// What the weights of a row hold beyond their values; on the rows of a matrix an entry, beside an S-box whether its output stands below.
    pub(crate) offset: Fixed,
    pub(crate) q_s_box: Fixed,
    /// Whether limbs make up the result, and whether more of them stand below.
    pub(crate) range: Fixed,
    /// Which lanes take part in it; absent where there is one.
    pub(crate) lanes: Option<Fixed>,
    /// What the first lane is looked up under.
    pub(crate) tag: Fixed,
    pub(crate) table: Fixed,
    pub(crate) table_tag: Fixed,

    pub(crate) counts: ColumnCounts,
}

/// The first-phase columns of one query.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) a: Advice,
    pub(crate) c: Advice,
    pub(crate) lanes: Vec<Advice>,
}

/// The columns that combine inputs row by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputColumns {
    pub(crate) combined: Late,
    pub(crate) q_input: Fixed,
}

/// A lane of a thread, by numbers.
pub(crate) type Lane = (usize, usize);

/// A helper column of the lookup, and the lanes whose inverses it sums.
#[derive(Clone, Debug)]
pub(crate) struct Helper {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) column: Late,
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
    /// The columns in the order of a relation's coefficients.
    pub(crate) fn all(&self) -> [Fixed; 5] {
        [self.previous, self.operand, self.product, self.constant, self.result]
    }
}

impl MachineColumns {
    pub(crate) fn new(params: &CircuitParams) -> Self {
        let mut new = Allocator::default();
        let limbs = params.limbs();
        let weights = (0..params.weight_columns).map(|_| new.advice()).collect();
        let thread = |new: &mut Allocator| Thread {
            a: new.advice(),
            c: new.advice(),
            lanes: (0..limbs.lanes).map(|_| new.advice()).collect(),
        };
        let threads: Vec<Thread> = (0..params.threads).map(|_| thread(&mut new)).collect();
        let multiplicity = new.advice();
        let [combination, accumulator, sum] = [(); 3].map(|()| new.late());
        let helper = |lanes| Helper { lanes, column: new.late() };
        let helpers = groups(threads.len(), limbs.lanes).into_iter().map(helper).collect();
        let q_active = new.fixed();
        let [previous, operand, product, constant, result] = [(); 5].map(|()| new.fixed());
        let relation = RelationColumns { previous, operand, product, constant, result };
        let [step, offset, q_s_box, range] = [(); 4].map(|()| new.fixed());
        let lanes = (limbs.lanes > 1).then(|| new.fixed());
        let inputs = (params.blocks() > 1)
            .then(|| InputColumns { combined: new.late(), q_input: new.fixed() });
        let [tag, table, table_tag] = [(); 3].map(|()| new.fixed());
        Self {
            limbs,
            weights,
            threads,
            multiplicity,
            combination,
            accumulator,
            sum,
            inputs,
            helpers,
            q_active,
            relation,
            step,
            offset,
            q_s_box,
            range,
            lanes,
            tag,
            table,
            table_tag,
            counts: new.counts(),
        }
    }

    /// The columns that hold entries of a matrix, in their order.
    pub(crate) fn entries(&self) -> [Fixed; 6] {
        let [previous, operand, product, constant, result] = self.relation.all();
        [previous, operand, product, constant, result, self.offset]
    }

    /// Columns that copies reach.
    pub(crate) fn equality_columns(&self) -> Vec<Advice> {
        self.threads.iter().flat_map(|thread| [thread.a, thread.c]).collect()
    }

    /// All columns of limbs, thread by thread.
    pub(crate) fn limb_columns(&self) -> impl Iterator<Item = (Lane, Advice)> + '_ {
        self.threads.iter().enumerate().flat_map(|(thread, columns)| {
            columns.lanes.iter().enumerate().map(move |(lane, column)| ((thread, lane), *column))
        })
    }
}

/// Which lanes share a helper: a thread's first lane, which is an expression of degree 2, with one other, the rest by threes.
fn groups(threads: usize, lanes: usize) -> Vec<Vec<Lane>> {
    let mut others = (0..threads).flat_map(|thread| (1..lanes).map(move |lane| (thread, lane)));
    let mut groups: Vec<Vec<Lane>> = (1..threads)
        .map(|thread| std::iter::once((thread, 0)).chain(others.next()).collect())
        .collect();
    let others: Vec<Lane> = others.collect();
    groups.extend(others.chunks(GROUP_DEGREE).map(<[Lane]>::to_vec));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_but_the_first_has_one_helper() {
        for threads in 1..5 {
            for lanes in 1..8 {
                let groups = groups(threads, lanes);
                let mut all: Vec<Lane> = groups.iter().flatten().copied().collect();
                all.sort_unstable();
                let expected = (0..threads).flat_map(|t| (0..lanes).map(move |lane| (t, lane)));
                assert_eq!(all, expected.skip(1).collect::<Vec<_>>());
                let degree = |group: &Vec<Lane>| -> usize {
                    group.iter().map(|(_, lane)| if *lane == 0 { 2 } else { 1 }).sum()
                };
                assert!(groups.iter().all(|group| degree(group) <= GROUP_DEGREE));
            }
        }
    }
}
