//! Columns that the circuits with a hash share, and how they are handed out.
//!
//! All parts start at row 0 of their own columns and run side by side:
//!
//! | columns | rows |
//! |---|---|
//! | lanes, `pack` | public inputs, then the committed stream: what is hashed, limb by limb, see [`crate::gadgets::stream`] |
//! | hash | 32 rows for each permutation, see [`crate::gadgets::poseidon`] |
//! | `a`, `b`, `c`, weight columns | whatever else a circuit computes |

use crate::gadgets::{limbs::LimbFormat, poseidon, stream};
use crate::params::LOGITS_PER_ELEMENT;

/// A fixed column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fixed(pub(crate) usize);

/// An advice column of the first phase: committed before any challenge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advice(pub(crate) usize);

/// An advice column of the second phase: computed from the first and the challenges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late(pub(crate) usize);

/// Columns that every circuit has: limbs, the committed stream, the hash, the lookup, public inputs.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    pub(crate) limbs: LimbFormat,
    pub(crate) lanes: Vec<Advice>,
    pub(crate) pack: Advice,
    pub(crate) a: Advice,
    pub(crate) b: Advice,
    pub(crate) c: Advice,
    pub(crate) weights: Vec<Advice>,
    pub(crate) hash: Vec<Advice>,
    pub(crate) multiplicity: Advice,

    pub(crate) weights_fingerprint: Late,
    pub(crate) stream_fingerprint: Late,
    pub(crate) ports_fingerprint: Late,
    pub(crate) hash_fingerprint: Late,
    pub(crate) helpers: Vec<Late>,
    pub(crate) sum: Late,

    pub(crate) q_active: Fixed,
    pub(crate) q_first: Fixed,
    pub(crate) q_last: Fixed,
    pub(crate) statement: StatementColumns,
    pub(crate) stream: StreamColumns,
    pub(crate) poseidon: PoseidonColumns,
    pub(crate) table: TableColumns,

    pub(crate) counts: ColumnCounts,
}

/// The rows on which constraints act, and the first and the row below the last of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSelectors {
    pub(crate) q_active: Fixed,
    pub(crate) q_first: Fixed,
    pub(crate) q_last: Fixed,
}

/// Columns that hold the committed stream, or a part of it.
#[derive(Clone, Debug)]
pub(crate) struct StreamChip {
    pub(crate) limbs: LimbFormat,
    pub(crate) lanes: Vec<Advice>,
    pub(crate) pack: Advice,
    /// Combines the values.
    pub(crate) fingerprint: Late,
    /// Combines the packed elements.
    pub(crate) ports: Late,
    pub(crate) columns: StreamColumns,
    pub(crate) rows: RowSelectors,
}

/// Columns that hold hashes.
#[derive(Clone, Debug)]
pub(crate) struct HashChip {
    pub(crate) words: Vec<Advice>,
    /// Combines what is absorbed.
    pub(crate) fingerprint: Late,
    pub(crate) columns: PoseidonColumns,
    pub(crate) rows: RowSelectors,
}

/// Columns of the lookup.
#[derive(Clone, Debug)]
pub(crate) struct LookupChip {
    pub(crate) limb_bits: u32,
    pub(crate) lanes: Vec<Advice>,
    /// Limbs that share one helper.
    pub(crate) batch: usize,
    pub(crate) helpers: Vec<Late>,
    pub(crate) multiplicity: Advice,
    pub(crate) sum: Late,
    pub(crate) index: Fixed,
    /// Only in a circuit whose lane 0 looks up the exponential as well.
    pub(crate) exponential: Option<ExponentialColumns>,
    pub(crate) rows: RowSelectors,
}

/// Where the halves of the exponential are looked up, and the parts of the table for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExponentialColumns {
    pub(crate) a: Advice,
    pub(crate) q_high: Fixed,
    pub(crate) q_low: Fixed,
    pub(crate) value: Fixed,
    pub(crate) tag: Fixed,
}

impl Core {
    pub(crate) fn rows(&self) -> RowSelectors {
        RowSelectors { q_active: self.q_active, q_first: self.q_first, q_last: self.q_last }
    }

    /// The columns of its stream.
    pub(crate) fn stream_chip(&self) -> StreamChip {
        StreamChip {
            limbs: self.limbs,
            lanes: self.lanes.clone(),
            pack: self.pack,
            fingerprint: self.stream_fingerprint,
            ports: self.ports_fingerprint,
            columns: self.stream.clone(),
            rows: self.rows(),
        }
    }

    /// The columns of its hash.
    pub(crate) fn hash_chip(&self) -> HashChip {
        HashChip {
            words: self.hash.clone(),
            fingerprint: self.hash_fingerprint,
            columns: self.poseidon.clone(),
            rows: self.rows(),
        }
    }

    /// The columns of its lookup.
    pub(crate) fn lookup_chip(&self, batch: usize) -> LookupChip {
        LookupChip {
            limb_bits: self.limbs.bits,
            lanes: self.lanes.clone(),
            batch,
            helpers: self.helpers.clone(),
            multiplicity: self.multiplicity,
            sum: self.sum,
            index: self.table.index,
            exponential: Some(ExponentialColumns {
                a: self.a,
                q_high: self.statement.q_high,
                q_low: self.statement.q_low,
                value: self.table.value,
                tag: self.table.tag,
            }),
            rows: self.rows(),
        }
    }
}

/// How many columns of each kind a circuit has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ColumnCounts {
    pub(crate) fixed: usize,
    pub(crate) advice: usize,
    pub(crate) late: usize,
}

/// Selectors of public inputs, and of the two halves of the exponential's table.
#[derive(Clone, Debug)]
pub(crate) struct StatementColumns {
    pub(crate) q_instance: Fixed,
    pub(crate) q_high: Fixed,
    pub(crate) q_low: Fixed,
}

/// Selectors of the committed stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamColumns {
    /// One selector for each kind of row: `values` values of `bits` bits.
    pub(crate) kinds: Vec<(stream::RowKind, Fixed)>,
    /// The same for values that are packed and not tied to weight columns.
    pub(crate) untied: Vec<(stream::RowKind, Fixed)>,
    pub(crate) carry: Fixed,
    pub(crate) shift: Fixed,
    pub(crate) q_port: Fixed,
    pub(crate) q_constant: Fixed,
}

/// Constants and selectors of the hash.
#[derive(Clone, Debug)]
pub(crate) struct PoseidonColumns {
    pub(crate) constants: Vec<Fixed>,
    /// The chaining value that a hash starts from, on the row above it.
    pub(crate) start: Fixed,
    pub(crate) q_full: Fixed,
    pub(crate) q_partial: Fixed,
    pub(crate) q_start: Fixed,
    pub(crate) q_chain: Fixed,
    pub(crate) q_link: Fixed,
}

/// The lookup table: index, value and tag.
#[derive(Clone, Debug)]
pub(crate) struct TableColumns {
    pub(crate) index: Fixed,
    pub(crate) value: Fixed,
    pub(crate) tag: Fixed,
}

/// Hands out columns, one after the other.
#[derive(Default)]
pub(crate) struct Allocator(ColumnCounts);

impl Allocator {
    pub(crate) fn fixed(&mut self) -> Fixed {
        self.0.fixed += 1;
        Fixed(self.0.fixed - 1)
    }

    pub(crate) fn advice(&mut self) -> Advice {
        self.0.advice += 1;
        Advice(self.0.advice - 1)
    }

    pub(crate) fn late(&mut self) -> Late {
        self.0.late += 1;
        Late(self.0.late - 1)
    }

    pub(crate) fn counts(&self) -> ColumnCounts {
        self.0
    }

    pub(crate) fn statement(&mut self) -> StatementColumns {
        StatementColumns { q_instance: self.fixed(), q_high: self.fixed(), q_low: self.fixed() }
    }

    pub(crate) fn stream(
        &mut self,
        kinds: impl IntoIterator<Item = stream::RowKind>,
        untied: impl IntoIterator<Item = stream::RowKind>,
    ) -> StreamColumns {
        StreamColumns {
            kinds: kinds.into_iter().map(|kind| (kind, self.fixed())).collect(),
            untied: untied.into_iter().map(|kind| (kind, self.fixed())).collect(),
            carry: self.fixed(),
            shift: self.fixed(),
            q_port: self.fixed(),
            q_constant: self.fixed(),
        }
    }

    pub(crate) fn poseidon(&mut self) -> PoseidonColumns {
        let constants: Vec<_> = (0..poseidon::WIDTH).map(|_| self.fixed()).collect();
        PoseidonColumns {
            // No round starts on the row above a permutation.
            start: constants[1],
            constants,
            q_full: self.fixed(),
            q_partial: self.fixed(),
            q_start: self.fixed(),
            q_chain: self.fixed(),
            q_link: self.fixed(),
        }
    }

    pub(crate) fn table(&mut self) -> TableColumns {
        TableColumns { index: self.fixed(), value: self.fixed(), tag: self.fixed() }
    }
}

const _: () = assert!(LOGITS_PER_ELEMENT * 24 + 9 <= 252);
