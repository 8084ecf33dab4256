//! Packs the public output and weights, or the totals of a batch (`docs/formats.md`, section 7).
//!
//! # Relation
//! A batch has a bit $u$ for each slot, and publishes $u$ times the input commitment and the output; $l$ is 0 where $u$ is. The totals are
//! $W_c = \sum_q l_q (F_{q,c} - F_{q,c-1})$, 32 bits each: packed, they are the sums of the packed weights.
//!
//! # Soundness
//! No input has the commitment 0, so a slot whose input commitment isn't 0 has $u = 1$, and what it publishes is of the query; a slot of zeros has $u = 0$ and adds nothing to a total.
//! $F$ rises from 0 to $P$ and there are at most 4096 slots, so a total fits its bits. As $F_{q,M-1}$ is $P$ where $l_q = 1$, the totals sum to $P$ times the number of attributed queries.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::Builder;
use super::attribution::Weights;
use crate::encode::power_of_two;
use crate::machine::program::{NONE, Relation, Wire};
use crate::params::{LOGITS_PER_ELEMENT, TOTALS_PER_ELEMENT, WEIGHTS_PER_ELEMENT};

/// How weights are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeightFormat {
    bits: u32,
    per_element: usize,
}

/// Weights of one query.
pub(super) const WEIGHTS: WeightFormat =
    WeightFormat { bits: 20, per_element: WEIGHTS_PER_ELEMENT };
/// Weights that are added up over a batch.
pub(super) const TOTALS: WeightFormat = WeightFormat { bits: 32, per_element: TOTALS_PER_ELEMENT };

impl Builder<'_> {
    /// Packs class, flag and logits.
    pub(super) fn output(&mut self, class: Wire, attributed: Wire, logits: &[Wire]) -> Vec<Wire> {
        let mut elements = Vec::new();
        for (number, chunk) in logits.chunks(LOGITS_PER_ELEMENT).enumerate() {
            let mut rows = self.rows();
            let mut packed: Option<Wire> = None;
            for logit in chunk.iter().rev() {
                let previous = if packed.is_some() { power_of_two(24) } else { Fr::ZERO };
                let relation = Relation { previous, operand: Fr::ONE, ..NONE };
                packed =
                    Some(rows.compute("output: logits", relation, [packed, Some(*logit)], None));
            }
            let previous = power_of_two(9);
            elements.push(if number == 0 {
                let flag = power_of_two(8);
                let first = Relation { previous, operand: Fr::ONE, constant: flag, ..NONE };
                let operands = [packed, Some(class)];
                let packed = rows.compute("output: class", first, operands, None);
                let flagged = Relation { previous: Fr::ONE, operand: -flag, ..NONE };
                let operands = [Some(packed), Some(attributed)];
                rows.compute("output: flag", flagged, operands, None)
            } else {
                let further = Relation { previous, ..NONE };
                rows.compute("output: further logits", further, [packed, None], None)
            });
            rows.finish();
        }
        elements
    }

    /// Packs the weights $l (F_c - F_{c-1})$: $l \sum_m 2^{Bm} (F_m - F_{m-1})$ for each element.
    pub(super) fn packed_weights(&mut self, weights: &Weights, format: WeightFormat) -> Vec<Wire> {
        let shares = &weights.cumulative;
        let mut elements = Vec::new();
        for first in (0..shares.len()).step_by(format.per_element) {
            let end = shares.len().min(first + format.per_element);
            let before = first.checked_sub(1).map(|before| (-Fr::ONE, shares[before]));
            let terms = (0u32..).zip(first..end).map(|(m, c)| {
                let next =
                    if c + 1 == end { Fr::ZERO } else { power_of_two(format.bits * (m + 1)) };
                (power_of_two(format.bits * m) - next, shares[c])
            });
            let mut rows = self.rows();
            let sums = rows
                .running_sums("weights: F - F of the one before", before.into_iter().chain(terms));
            let attributed = Relation { product: Fr::ONE, ..NONE };
            let operands = [sums.last().copied(), Some(weights.attributed)];
            elements.push(rows.compute("weights: l times the element", attributed, operands, None));
            rows.finish();
        }
        elements
    }

    /// Whether the slot of a batch holds a query.
    pub(super) fn counted(&mut self) -> Wire {
        let counted = Fr::from(u64::from(self.counts));
        let boolean = Relation { product: Fr::ONE, previous: -Fr::ONE, ..NONE };
        let mut rows = self.rows();
        let bit = rows.hint("slot: counted", counted, None);
        rows.zero("slot: counted is 0 or 1", boolean, bit, Some(bit));
        rows.finish();
        bit
    }

    /// What a slot publishes: the value if it's counted, else 0.
    pub(super) fn masked(&mut self, value: Wire, counted: Wire) -> Wire {
        let product = Relation { product: Fr::ONE, ..NONE };
        let mut rows = self.rows();
        let masked =
            rows.compute("slot: u times the element", product, [Some(value), Some(counted)], None);
        rows.finish();
        masked
    }

    /// The packed weights of this query and of those above it in its thread, added.
    pub(super) fn running_totals(&mut self, weights: &[Wire], above: &[Wire]) -> Vec<Wire> {
        if above.is_empty() {
            return weights.to_vec();
        }
        let add = Relation { previous: Fr::ONE, operand: Fr::ONE, ..NONE };
        let mut totals = Vec::with_capacity(weights.len());
        for (weights, above) in weights.iter().zip(above) {
            let mut rows = self.rows();
            let operands = [Some(*above), Some(*weights)];
            totals.push(rows.compute("totals: of the queries above", add, operands, None));
            rows.finish();
        }
        totals
    }

    /// The totals of all threads, added.
    pub(super) fn packed_totals(&mut self, threads: &[Vec<Wire>]) -> Vec<Wire> {
        let mut elements = Vec::new();
        for element in 0..self.params.shape.total_elements() {
            let mut rows = self.rows();
            let terms = threads.iter().map(|totals| (Fr::ONE, totals[element]));
            let sums = rows.running_sums("totals: of all threads", terms);
            rows.finish();
            elements.extend(sums.last());
        }
        elements
    }
}
