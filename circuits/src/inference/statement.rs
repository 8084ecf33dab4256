//! Packs the public output and weights, or the totals of a batch (`docs/formats.md`, section 7).
//!
//! # Relation
//! A batch has a bit $u$ for each slot, and publishes $u$ times the input commitment and the output. $F_c$ is 0 where $u = 0$. The totals are
//! $W_c = \sum_q (F_{q,c} - F_{q,c-1})$, 32 bits each.
//!
//! # Soundness
//! No input has the commitment 0, so a slot whose input commitment isn't 0 has $u = 1$, and what it publishes is of the query; a slot of zeros has $u = 0$ and adds nothing to a total.
//! Every $F$ lies in $0 ..= P$ and there are at most 4096 slots, so a total fits its bits. As $F_{q,M-1}$ is $P$ or 0, the totals sum to $P$ times the number of attributed queries.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::Builder;
use super::attribution::Weights;
use crate::encode::power_of_two;
use crate::machine::program::{NONE, Relation, Wire};
use crate::params::{LOGITS_PER_ELEMENT, TOTALS_PER_ELEMENT, WEIGHTS_PER_ELEMENT};

/// Bits of a weight.
const WEIGHT_BITS: u32 = 20;
/// Bits of a total.
const TOTAL_BITS: u32 = 32;

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

    /// Packs the weights $F_c - F_{c-1}$: $\sum_m 2^{20m} (F_m - F_{m-1})$ for each element.
    pub(super) fn packed_weights(&mut self, weights: &Weights) -> Vec<Wire> {
        let shares = &weights.cumulative;
        let mut elements = Vec::new();
        for first in (0..shares.len()).step_by(WEIGHTS_PER_ELEMENT) {
            let end = shares.len().min(first + WEIGHTS_PER_ELEMENT);
            let mut rows = self.rows();
            let terms = differences(shares, first..end, WEIGHT_BITS);
            let sums = rows.running_sums("weights: F - F of the one before", terms);
            rows.finish();
            elements.extend(sums.last());
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

    /// Cumulative weights of this query and of those above it in its thread.
    pub(super) fn running_totals(&mut self, shares: &[Wire], above: &[Wire]) -> Vec<Wire> {
        if above.is_empty() {
            return shares.to_vec();
        }
        let add = Relation { previous: Fr::ONE, operand: Fr::ONE, ..NONE };
        let mut totals = Vec::with_capacity(shares.len());
        for (share, above) in shares.iter().zip(above) {
            let mut rows = self.rows();
            let operands = [Some(*above), Some(*share)];
            totals.push(rows.compute("totals: of the queries above", add, operands, None));
            rows.finish();
        }
        totals
    }

    /// Packs the totals $W_c$ of all threads' cumulative ones.
    pub(super) fn packed_totals(&mut self, threads: &[Vec<Wire>]) -> Vec<Wire> {
        let contributors = self.params.shape.contributors;
        let mut elements = Vec::new();
        for first in (0..contributors).step_by(TOTALS_PER_ELEMENT) {
            let end = contributors.min(first + TOTALS_PER_ELEMENT);
            let terms: Vec<(Fr, Wire)> = threads
                .iter()
                .flat_map(|totals| {
                    differences(totals, first..end, TOTAL_BITS).collect::<Vec<_>>()
                })
                .collect();
            let mut rows = self.rows();
            let sums = rows.running_sums("totals: W of all threads", terms);
            rows.finish();
            elements.extend(sums.last());
        }
        elements
    }
}

/// The terms of $\sum_m 2^{Bm} (F_m - F_{m-1})$ over a range of contributors.
fn differences(
    cumulative: &[Wire],
    range: std::ops::Range<usize>,
    bits: u32,
) -> impl Iterator<Item = (Fr, Wire)> + '_ {
    let before = range.start.checked_sub(1).map(|before| (-Fr::ONE, cumulative[before]));
    let end = range.end;
    let terms = (0u32..).zip(range).map(move |(m, c)| {
        let next = if c + 1 == end { Fr::ZERO } else { power_of_two(bits * (m + 1)) };
        (power_of_two(bits * m) - next, cumulative[c])
    });
    before.into_iter().chain(terms)
}
