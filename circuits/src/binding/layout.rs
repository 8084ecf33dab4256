//! Columns of the binding circuit.
//!
//! | columns | rows |
//! |---|---|
//! | linked, advice $0 .. w$ | see [`crate::linked`] |
//! | lanes and `pack`, for each part of the stream | a part of what is hashed, limb by limb, see [`crate::gadgets::stream`] |
//! | hash, for each chip | 32 rows for each permutation, see [`crate::gadgets::poseidon`] |
//! | `c` | the public inputs |
//!
//! All start at row 0 and run side by side.

use std::collections::BTreeSet;

use super::params::{BindingParams, LOOKUP_BATCH};
use crate::gadgets::{lookup, poseidon, stream};
use crate::layout::{
    Advice, Allocator, ColumnCounts, Fixed, HashChip, Late, LookupChip, PoseidonColumns,
    RowSelectors, StreamChip,
};
use crate::linked::LinkedLayout;

/// All columns of the binding circuit.
#[derive(Clone, Debug)]
pub(crate) struct BindingLayout {
    /// Where the values stand.
    pub(super) linked: LinkedLayout,
    /// The linked columns.
    pub(super) cells: Vec<Advice>,
    /// Public inputs.
    pub(super) c: Advice,
    pub(super) streams: Vec<StreamChip>,
    pub(super) hashes: Vec<HashChip>,
    pub(super) lookup: LookupChip,
    /// Combines the values of the linked columns.
    pub(super) fingerprint: Late,
    /// One selector for each number of values in a row, with that number.
    pub(super) kinds: Vec<(usize, Fixed)>,
    /// What the cells of a row hold that have no value.
    pub(super) offset: Fixed,
    pub(super) rows: RowSelectors,
    pub(super) q_instance: Fixed,
    pub(super) counts: ColumnCounts,
}

impl BindingLayout {
    pub(super) fn new(params: &BindingParams) -> Self {
        let mut new = Allocator::default();
        let linked = LinkedLayout::new(&params.shape, &params.linked);
        // The linked columns come first: they have the same numbers in the inference circuit.
        let cells = (0..linked.columns()).map(|_| new.advice()).collect();
        let rows =
            RowSelectors { q_active: new.fixed(), q_first: new.fixed(), q_last: new.fixed() };
        let streams = streams(&mut new, params, rows);
        let lanes: Vec<_> = streams.iter().flat_map(|chip| chip.lanes.clone()).collect();
        let helpers = lookup::equal_groups(lanes.len(), LOOKUP_BATCH).map(|_| new.late()).collect();
        let lookup = LookupChip {
            limb_bits: params.limbs().bits,
            lanes,
            batch: LOOKUP_BATCH,
            helpers,
            multiplicity: new.advice(),
            sum: new.late(),
            index: new.fixed(),
            exponential: None,
            rows,
        };
        Self {
            cells,
            c: new.advice(),
            hashes: hashes(&mut new, params.hash_chips, rows),
            fingerprint: new.late(),
            kinds: kinds(&linked).into_iter().map(|count| (count, new.fixed())).collect(),
            offset: new.fixed(),
            q_instance: new.fixed(),
            counts: new.counts(),
            linked,
            streams,
            lookup,
            rows,
        }
    }

    /// First-phase columns that copies reach.
    pub(super) fn equality_columns(&self) -> Vec<Advice> {
        std::iter::once(self.c).chain(self.hashes.iter().map(|chip| chip.words[0])).collect()
    }

    /// Second-phase columns that copies reach.
    pub(super) fn late_equality_columns(&self) -> Vec<Late> {
        self.chains().into_iter().filter(|chain| chain.len() > 1).flatten().collect()
    }

    /// The fingerprints of stream, ports and hash, each chip by chip.
    pub(super) fn chains(&self) -> [Vec<Late>; 3] {
        [
            self.streams.iter().map(|chip| chip.fingerprint).collect(),
            self.streams.iter().map(|chip| chip.ports).collect(),
            self.hashes.iter().map(|chip| chip.fingerprint).collect(),
        ]
    }
}

fn streams(new: &mut Allocator, params: &BindingParams, rows: RowSelectors) -> Vec<StreamChip> {
    let limbs = params.limbs();
    let kinds = stream::row_kinds(&params.shape, limbs);
    let chip = |_| StreamChip {
        limbs,
        lanes: (0..limbs.lanes).map(|_| new.advice()).collect(),
        pack: new.advice(),
        fingerprint: new.late(),
        ports: new.late(),
        columns: new.stream(kinds.iter().copied(), []),
        rows,
    };
    (0..params.streams).map(chip).collect()
}

/// Chips that share the constants of the rounds; where hashes start is each one's own.
fn hashes(new: &mut Allocator, count: usize, rows: RowSelectors) -> Vec<HashChip> {
    let shared = new.poseidon();
    let chip = |number| HashChip {
        words: (0..poseidon::WIDTH).map(|_| new.advice()).collect(),
        fingerprint: new.late(),
        columns: if number == 0 {
            shared.clone()
        } else {
            PoseidonColumns {
                start: new.fixed(),
                q_start: new.fixed(),
                q_chain: new.fixed(),
                q_link: new.fixed(),
                ..shared.clone()
            }
        },
        rows,
    };
    (0..count).map(chip).collect()
}

/// The numbers of values that rows hold.
fn kinds(linked: &LinkedLayout) -> BTreeSet<usize> {
    let inputs = (0..linked.jobs().len()).flat_map(|job| linked.input_blocks(job, 0));
    inputs.map(|block| block.outputs.len()).collect()
}
