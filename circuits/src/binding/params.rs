//! What fixes a binding circuit: the shape, the linked columns, and how many chips hash beside them.

use super::layout::BindingLayout;
use crate::gadgets::limbs::LimbFormat;
use crate::gadgets::{lookup, poseidon, stream};
use crate::linked::{LinkedLayout, LinkedParams, TAIL_ROWS};
use crate::params::{CircuitSize, MAX_K, MAX_QUERIES, ParamsError, Shape, active_rows, within};

/// A shape and the columns for it: all that keys depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingParams {
    /// The shape of the inference circuit that has the same linked columns.
    pub shape: Shape,
    /// Binary logarithm of the number of rows, of both circuits.
    pub k: u32,
    /// The linked columns of both circuits.
    pub linked: LinkedParams,
    /// Chips that hash side by side.
    pub hash_chips: usize,
    /// Byte limbs in a row of each part of the stream.
    pub limb_lanes: usize,
    /// Parts of the stream, side by side.
    pub streams: usize,
}

const MIN_K: u32 = 10;
/// Bits of a limb.
const LIMB_BITS: u32 = 8;
/// Limbs that share one helper column of the lookup.
pub(super) const LOOKUP_BATCH: usize = 3;
/// A value of 56 bits takes a row of its own.
const MIN_LIMB_LANES: usize = 7;
/// With these every packed element takes one row.
const MAX_PLANNED_LIMB_LANES: usize = 30;
const MAX_LIMB_LANES: usize = 64;
const MAX_STREAMS: usize = 64;
const MAX_HASH_CHIPS: usize = 64;
/// The most rows of one packed element: its values, one in each.
const ELEMENT_ROWS: usize = 15;

impl BindingParams {
    /// The parameters that fit $2^k$ rows with the fewest chips, then the fewest parts of the stream, then the fewest lanes.
    ///
    /// # Errors
    /// Fails if the shape lies outside the formats, or its values don't fit the linked columns, or what is hashed doesn't fit the columns that a circuit may have.
    pub fn fit(shape: &Shape, k: u32, linked: LinkedParams) -> Result<Self, ParamsError> {
        let widest = Self {
            shape: shape.clone(),
            k,
            linked,
            hash_chips: 1,
            limb_lanes: MAX_PLANNED_LIMB_LANES,
            streams: MAX_STREAMS,
        };
        widest.check()?;
        let available = widest.active_rows();
        let run = (available.saturating_sub(2) / (poseidon::rows_of(1) - 2)).max(1);
        let hash_chips = widest.permutations().div_ceil(run).clamp(1, MAX_HASH_CHIPS);
        let widest = Self { hash_chips, ..widest };
        let fitting = (1..=MAX_STREAMS)
            .flat_map(|streams| {
                (MIN_LIMB_LANES..=MAX_PLANNED_LIMB_LANES).map(move |lanes| (streams, lanes))
            })
            .map(|(streams, limb_lanes)| Self { streams, limb_lanes, ..widest.clone() })
            .find(|params| params.stream_rows() <= available);
        let params = fitting.unwrap_or(widest);
        params.validate()?;
        Ok(params)
    }

    /// Checks every parameter and the room for all rows.
    ///
    /// # Errors
    /// Names the first that doesn't hold.
    pub fn validate(&self) -> Result<(), ParamsError> {
        self.check()?;
        let most = MAX_HASH_CHIPS.min(self.permutations());
        within("hash chips", self.hash_chips, 1, most)?;
        // What the inference circuit leaves free at the end stays free here too.
        let linked = LinkedLayout::new(&self.shape, &self.linked).end();
        self.fits(linked, active_rows(self.k))?;
        self.fits(self.side_rows(), self.active_rows())
    }

    fn fits(&self, needed: usize, available: usize) -> Result<(), ParamsError> {
        if needed > available {
            return Err(ParamsError::Rows { needed, available, k: self.k });
        }
        Ok(())
    }

    fn check(&self) -> Result<(), ParamsError> {
        self.shape.check()?;
        within("k", self.k as usize, MIN_K as usize, MAX_K as usize)?;
        within("weight columns", self.linked.columns, 1, 64)?;
        within("first linked row", self.linked.first_row, 1, active_rows(self.k))?;
        within("rows of an input", self.linked.spread, 1, MAX_QUERIES)?;
        within("limb lanes", self.limb_lanes, MIN_LIMB_LANES, MAX_LIMB_LANES)?;
        within("streams", self.streams, 1, MAX_STREAMS)
    }

    /// Rows and columns of the circuit.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn size(&self) -> Result<CircuitSize, ParamsError> {
        self.validate()?;
        let layout = BindingLayout::new(self);
        Ok(CircuitSize {
            rows: self.side_rows().max(layout.linked.end()),
            first_phase: layout.counts.advice,
            second_phase: layout.counts.late,
            fixed: layout.counts.fixed,
        })
    }

    /// Rows with a successor: all that halo2 lets a constraint act on, but the last of them.
    pub(crate) fn active_rows(&self) -> usize {
        (1 << self.k) - TAIL_ROWS - 1
    }

    pub(super) fn limbs(&self) -> LimbFormat {
        LimbFormat { bits: LIMB_BITS, lanes: self.limb_lanes }
    }

    /// Permutations of all hashes.
    pub(super) fn permutations(&self) -> usize {
        let [_, committed @ ..] = stream::preimage_lengths(&self.shape);
        committed.iter().map(|length| length.div_ceil(poseidon::BLOCK)).sum()
    }

    /// Rows after which the next part of the stream begins.
    pub(super) fn rows_per_stream(&self) -> usize {
        stream::committed_rows(&self.shape, self.limbs()).div_ceil(self.streams)
    }

    /// Rows of the longest part of the stream. Elements aren't divided, so all but the last may end late.
    fn stream_rows(&self) -> usize {
        let late = if self.streams == 1 { 0 } else { ELEMENT_ROWS - 1 };
        self.rows_per_stream() + late
    }

    /// Rows of what stands beside the linked columns.
    fn side_rows(&self) -> usize {
        let hash = poseidon::rows_of(self.permutations().div_ceil(self.hash_chips));
        self.stream_rows().max(hash).max(lookup::limb_rows(self.limbs()))
    }
}
