//! One bilinear relation a row, over values copied in from where they were made.
//!
//! # Relation
//! $$ q_p\, c_{-1} + q_a a + q_b b + q_m a b + q_k = q_c\, c $$
//! where $c_{-1}$ is the result of the row above. Operands `a`, `b` are copies of cells made elsewhere; `c` is a new value, which
//! may be range-checked on the same row (see [`super::limbs`]) and may be read by the row below.
//! On the first rows of the circuit a second identity makes $c$ the public input of that row.
//!
//! # Soundness
//! The coefficients are fixed, so a row says the same for every witness. Where $q_c \ne 0$, $c$ is determined by the operands;
//! a hint is a row without coefficients, and whoever makes one constrains it on the rows that follow.
//!
//! # Cost
//! One row, three equality columns, degree 3.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::gates::Gates;
use super::limbs;
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::decode;
use crate::grid::{Cell, Grid, Wire};
use crate::layout::{Core, Layout};
use crate::reference::exp_tables::{EXP_HIGH, EXP_LOW};

/// Coefficients of one row. The result has coefficient 1 unless the row demands zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relation {
    /// Of the result of the row above.
    pub(crate) previous: Fr,
    /// Of operand `a`.
    pub(crate) a: Fr,
    /// Of operand `b`.
    pub(crate) b: Fr,
    /// Of the product of the operands.
    pub(crate) product: Fr,
    /// The constant.
    pub(crate) constant: Fr,
}

/// Which half of the bits of a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// The seven high bits.
    High,
    /// The seven low bits.
    Low,
}

const EXPONENTIAL_INDEX: &str = "exponential: c = the index that lane 0 looks up";

/// No coefficient at all, for struct update.
pub(crate) const NONE: Relation = Relation {
    previous: Fr::ZERO,
    a: Fr::ZERO,
    b: Fr::ZERO,
    product: Fr::ZERO,
    constant: Fr::ZERO,
};

/// Creates the arithmetic gate and the one that reads public inputs.
pub(crate) fn configure(gates: &mut Gates<'_>, layout: &Layout) {
    let columns = &layout.arithmetic;
    gates.create(|query| {
        let (a, b, c) = (query.advice(layout.a), query.advice(layout.b), query.advice(layout.c));
        let previous = query.advice_at(layout.c, -1);
        let relation = query.fixed(columns.previous) * previous
            + query.fixed(columns.a) * a.clone()
            + query.fixed(columns.b) * b.clone()
            + query.fixed(columns.product) * a * b
            + query.fixed(columns.constant)
            - query.fixed(columns.result) * c.clone();
        let public = query.fixed(layout.statement.q_instance) * (c.clone() - query.instance());
        let exponential = (query.fixed(layout.statement.q_high)
            + query.fixed(layout.statement.q_low))
            * (c.clone() - query.advice(layout.lanes[0]));
        vec![
            (EXPONENTIAL_INDEX, exponential),
            ("arithmetic: c = q_p c_prev + q_a a + q_b b + q_m a b + q_k", relation),
            ("public input: c = instance", public),
        ]
    });
}

/// Writes rows of arithmetic, one below the other.
pub(crate) struct Arithmetic<'a> {
    pub(crate) grid: &'a mut Grid,
    pub(crate) layout: &'a Layout,
    /// The next row.
    pub(crate) row: &'a mut usize,
}

impl Arithmetic<'_> {
    /// A value of the prover's choice, bounded by `width` bits if given.
    pub(crate) fn hint(&mut self, name: &'static str, value: Fr, width: Option<u32>) -> Wire {
        let value = self.grid.witness(ConstraintKind::Range, name, value);
        self.finish(name, value, width)
    }

    /// A new value that the relation determines, bounded by `width` bits if given.
    pub(crate) fn compute(
        &mut self,
        name: &'static str,
        relation: Relation,
        operands: &[Wire],
        width: Option<u32>,
    ) -> Wire {
        let value = self.relate(name, relation, operands, Fr::ONE);
        let value = self.grid.witness(ConstraintKind::Relation, name, value);
        self.finish(name, value, width)
    }

    /// One half of an exponential: the index in `c` and in lane 0, its entry in `a`, tied by the lookup.
    pub(crate) fn exponential(&mut self, half: Half, index: u32) -> (Wire, Wire) {
        let (name, table, selector) = match half {
            Half::High => {
                ("exponential: entry of the high bits", &EXP_HIGH, self.layout.statement.q_high)
            }
            Half::Low => {
                ("exponential: entry of the low bits", &EXP_LOW, self.layout.statement.q_low)
            }
        };
        let index =
            self.grid.witness(ConstraintKind::Gate, EXPONENTIAL_INDEX, Fr::from(u64::from(index)));
        let looked_up = self.grid.witness(ConstraintKind::CopyA, name, index);
        let entry = usize::try_from(decode(looked_up))
            .ok()
            .and_then(|index| table.get(index))
            .copied()
            .unwrap_or(0);
        let entry = self.grid.witness(ConstraintKind::Relation, name, Fr::from(u64::from(entry)));
        if self.grid.enforce(Constraint::new(ConstraintKind::Relation, name)) {
            self.grid.set(selector, *self.row, Fr::ONE);
        }
        self.grid.assign(self.layout.lanes[0], *self.row, looked_up);
        let wires = (
            self.grid.assign(self.layout.c, *self.row, index),
            self.grid.assign(self.layout.a, *self.row, entry),
        );
        *self.row += 1;
        wires
    }

    /// A value of the prover's choice that the next row alone reads, as its operand `b`.
    pub(crate) fn operand_hint(&mut self, name: &'static str, value: Fr) -> Wire {
        let value = self.grid.witness(ConstraintKind::Range, name, value);
        self.grid.assign(self.layout.b, *self.row, value)
    }

    /// Demands that the relation gives zero.
    pub(crate) fn zero(&mut self, name: &'static str, relation: Relation, operands: &[Wire]) {
        self.relate(name, relation, operands, Fr::ZERO);
        *self.row += 1;
    }

    /// A constant.
    pub(crate) fn constant(&mut self, name: &'static str, value: Fr) -> Wire {
        self.compute(name, Relation { constant: value, ..NONE }, &[], None)
    }

    /// $c = c_{-1} + q_a a + q_m a b$ over all operands, as running sums; returns each of them.
    pub(crate) fn running_sums(
        &mut self,
        name: &'static str,
        relation: Relation,
        terms: impl IntoIterator<Item = [Option<Wire>; 2]>,
    ) -> Vec<Wire> {
        let mut sums = Vec::new();
        for term in terms {
            let previous = if sums.is_empty() { Fr::ZERO } else { Fr::ONE };
            let operands: Vec<Wire> = term.into_iter().flatten().collect();
            sums.push(self.compute(name, Relation { previous, ..relation }, &operands, None));
        }
        sums
    }

    fn relate(
        &mut self,
        name: &'static str,
        relation: Relation,
        operands: &[Wire],
        result: Fr,
    ) -> Fr {
        let Core { a, b, c, .. } = &**self.layout;
        let arithmetic = &self.layout.arithmetic;
        let row = *self.row;
        let mut values = [Fr::ZERO; 2];
        let slots = [(ConstraintKind::CopyA, *a), (ConstraintKind::CopyB, *b)];
        for ((value, wire), (kind, column)) in values.iter_mut().zip(operands).zip(slots) {
            *value = if wire.cell == (Cell { column, row }) {
                wire.value
            } else {
                self.grid.copy(Constraint::new(kind, name), *wire, column, row).value
            };
        }
        if self.grid.enforce(Constraint::new(ConstraintKind::Relation, name)) {
            self.grid.set(arithmetic.previous, row, relation.previous);
            self.grid.set(arithmetic.a, row, relation.a);
            self.grid.set(arithmetic.b, row, relation.b);
            self.grid.set(arithmetic.product, row, relation.product);
            self.grid.set(arithmetic.constant, row, relation.constant);
            self.grid.set(arithmetic.result, row, result);
        }
        relation.previous * self.grid.advice(*c, row - 1)
            + relation.a * values[0]
            + relation.b * values[1]
            + relation.product * values[0] * values[1]
            + relation.constant
    }

    fn finish(&mut self, name: &'static str, value: Fr, width: Option<u32>) -> Wire {
        let wire = self.grid.assign(self.layout.c, *self.row, value);
        if let Some(width) = width
            && self.grid.enforce(Constraint::new(ConstraintKind::Range, name))
        {
            limbs::assign_range(self.grid, self.layout, width, *self.row, value);
        }
        *self.row += 1;
        wire
    }
}
