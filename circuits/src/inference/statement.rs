//! Packs the public output and weights, and puts the public inputs in their order (`docs/formats.md`, section 7).

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::Builder;
use super::attribution::Weights;
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::power_of_two;
use crate::gadgets::arithmetic::{NONE, Relation};
use crate::grid::Wire;
use crate::params::{LOGITS_PER_ELEMENT, WEIGHTS_PER_ELEMENT};

impl Builder<'_> {
    /// Packs class, flag and logits.
    pub(super) fn output(&mut self, class: Wire, attributed: Wire, logits: &[Wire]) -> Vec<Wire> {
        let mut rows = self.arithmetic();
        let mut elements = Vec::new();
        for (number, chunk) in logits.chunks(LOGITS_PER_ELEMENT).enumerate() {
            for (position, logit) in chunk.iter().rev().enumerate() {
                let previous = if position == 0 { Fr::ZERO } else { power_of_two(24) };
                rows.compute(
                    "output: logits",
                    Relation { previous, a: Fr::ONE, ..NONE },
                    &[*logit],
                    None,
                );
            }
            let previous = power_of_two(9);
            elements.push(if number == 0 {
                let flag = power_of_two(8);
                let first = Relation { previous, a: Fr::ONE, b: -flag, constant: flag, ..NONE };
                rows.compute("output: class and flag", first, &[class, attributed], None)
            } else {
                rows.compute("output: further logits", Relation { previous, ..NONE }, &[], None)
            });
        }
        elements
    }

    /// Packs the weights $F_c - F_{c-1}$.
    pub(super) fn packed_weights(&mut self, weights: &Weights) -> Vec<Wire> {
        let mut rows = self.arithmetic();
        let mut elements = Vec::new();
        let shares: Vec<(usize, Wire)> = weights.cumulative.iter().copied().enumerate().collect();
        for chunk in shares.chunks(WEIGHTS_PER_ELEMENT) {
            let mut element = None;
            for &(c, share) in chunk.iter().rev() {
                let previous = if element.is_some() { power_of_two(20) } else { Fr::ZERO };
                let difference = Relation { previous, a: Fr::ONE, b: -Fr::ONE, ..NONE };
                element = Some(if c == 0 {
                    rows.compute(
                        "weights: F of the first",
                        Relation { b: Fr::ZERO, ..difference },
                        &[share],
                        None,
                    )
                } else {
                    rows.compute(
                        "weights: F - F of the one before",
                        difference,
                        &[share, shares[c - 1].1],
                        None,
                    )
                });
            }
            elements.extend(element);
        }
        elements
    }

    /// Puts a value among the public inputs.
    pub(super) fn publish(&mut self, name: &'static str, wire: Wire) {
        let row = self.grid.instance.len();
        let copy =
            self.grid.copy(Constraint::new(ConstraintKind::CopyA, name), wire, self.layout.c, row);
        self.publish_cell(copy);
    }

    /// Puts a value of the requester's choice among the public inputs.
    pub(super) fn publish_free(&mut self, value: Fr) {
        let cell = self.grid.assign(self.layout.c, self.grid.instance.len(), value);
        self.publish_cell(cell);
    }

    fn publish_cell(&mut self, wire: Wire) {
        const PUBLIC: &str = "public input: c = instance";
        self.grid.set(self.layout.statement.q_instance, wire.cell.row, Fr::ONE);
        let value = self.grid.witness(ConstraintKind::Gate, PUBLIC, wire.value);
        self.grid.instance.push(value);
    }
}
