//! Packs the public output and weights (`docs/formats.md`, section 7).

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::Builder;
use super::attribution::Weights;
use crate::encode::power_of_two;
use crate::machine::program::{NONE, Relation, Wire};
use crate::params::{LOGITS_PER_ELEMENT, WEIGHTS_PER_ELEMENT};

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
            let chunk = &shares[first..shares.len().min(first + WEIGHTS_PER_ELEMENT)];
            let before = first.checked_sub(1).map(|before| (-Fr::ONE, shares[before]));
            let terms = (0u32..).zip(chunk).map(|(m, share)| {
                let last = m as usize + 1 == chunk.len();
                let next = if last { Fr::ZERO } else { power_of_two(20 * (m + 1)) };
                (power_of_two(20 * m) - next, *share)
            });
            let mut rows = self.rows();
            let sums = rows
                .running_sums("weights: F - F of the one before", before.into_iter().chain(terms));
            rows.finish();
            elements.extend(sums.last());
        }
        elements
    }
}
