//! What a circuit computes, before it has rows: segments of relations, matrix jobs, constant matrices, public inputs.
//!
//! # Relation
//! A row relates its cells and the result of the next row:
//! $$ q_c\, c' = q_p\, c + q_a a + q_m\, c\, a + q_k + \mathrm{instance}. $$
//! `a` is a copy of a cell made elsewhere, or made by the row's own relation; $c'$ is a new value, which may be range-checked (see [`super::range`]) and may be read by its own row.
//!
//! # Segments
//! A segment is a run of rows in which every value but copies is made (see [`super::segment`]). It may stand anywhere where that many rows are free; [`super::place`] says where.
//!
//! # Soundness
//! The coefficients are fixed, so a row says the same for every witness. Where $q_c = 1$, $c'$ is determined by the row above; a hint is a value that no relation makes,
//! and whoever makes one constrains it on the rows that follow. A row that demands zero has $q_c = 0$.

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::gates::{S_BOX, SQUARE};
use super::range::LimbRow;
use crate::constraint::{Constraint, ConstraintKind};

/// Where a value was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Number of the program.
    pub(crate) program: usize,
    pub(crate) at: At,
}

/// Where in its program a value was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// On a row of a segment.
    Segment { segment: usize, row: usize },
    /// In the operand of a row of a segment: what its relation, or its S-box, makes there.
    Operand { segment: usize, row: usize },
    /// Beside a matrix job: one of its outputs.
    Output { job: usize, output: usize },
    /// An output of a constant matrix.
    Product { map: usize, word: usize, block: usize },
}

/// A value together with the place that made it: the only way a value enters a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub(crate) place: Place,
    pub(crate) value: Fr,
}

/// Coefficients of one row. The result has coefficient 1 unless the row demands zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relation {
    /// Of the row's own result.
    pub(crate) previous: Fr,
    /// Of the operand.
    pub(crate) operand: Fr,
    /// Of the product of both.
    pub(crate) product: Fr,
    /// The constant.
    pub(crate) constant: Fr,
}

/// No coefficient at all, for struct update.
pub(crate) const NONE: Relation =
    Relation { previous: Fr::ZERO, operand: Fr::ZERO, product: Fr::ZERO, constant: Fr::ZERO };

/// A copied operand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(crate) from: Place,
    pub(crate) value: Fr,
    pub(crate) enforced: bool,
}

/// A relation as a row holds it: coefficients in the order of the columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) coefficients: [Fr; 5],
    pub(crate) operand: Option<Operand>,
}

/// The limbs of a row.
#[derive(Clone, Debug)]
pub(crate) struct Limbs {
    pub(crate) row: LimbRow,
    pub(crate) values: Vec<Fr>,
    /// Whether more limbs stand on the next row.
    pub(crate) chained: bool,
}

/// One row of a segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) value: Fr,
    pub(crate) limbs: Option<Limbs>,
    pub(crate) slot: Option<Slot>,
    /// The operand, where it is made on the row.
    pub(crate) made: Option<Fr>,
    /// The S-box of the row, and what its input is copied from.
    pub(crate) s_box: Option<(SBox, Operand)>,
}

/// Rows that stand below each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    /// Whether they must stand where no weights do.
    pub(crate) clear: bool,
}

/// Number of rows, and whether they must stand where no weights do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) rows: usize,
    pub(crate) clear: bool,
}

/// A matrix job: outputs $y_j = \sum_i x_i W_{ij}$ of a linked matrix.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) inputs: Vec<JobInput>,
    pub(crate) outputs: Vec<Fr>,
}

/// An input: the product of two cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobInput {
    pub(crate) c: Operand,
    pub(crate) a: Operand,
}

impl JobInput {
    pub(crate) fn value(&self) -> Fr {
        self.c.value * self.a.value
    }
}

/// An S-box: $b = (c + k)^2$ and its output $b^2 (c + k)$.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SBox {
    pub(crate) constant: Fr,
    pub(crate) square: Fr,
    pub(crate) output: Fr,
}

/// One application of a constant matrix.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// What the matrix is applied to; copies where no S-box makes it.
    pub(crate) inputs: Vec<BlockInput>,
    pub(crate) outputs: Vec<Fr>,
    /// The S-boxes on its rows; their outputs are the inputs of the next application, or of this one.
    pub(crate) s_boxes: Vec<Option<SBox>>,
    /// Whether their outputs are those of the next application.
    pub(crate) below: bool,
}

/// One word that a constant matrix is applied to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BlockInput {
    Copied(Operand),
    Made(Fr),
}

impl BlockInput {
    pub(crate) fn value(&self) -> Fr {
        match self {
            Self::Copied(operand) => operand.value,
            Self::Made(value) => *value,
        }
    }
}

/// One public input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Public {
    pub(crate) instance: Fr,
    /// The relation that makes a cell of it.
    pub(crate) slot: Slot,
    /// The value of that cell, and where it was made.
    pub(crate) value: Fr,
    pub(crate) copy: Option<Operand>,
}

/// Everything that is computed for one query, or for all of them together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) number: usize,
    pub(crate) segments: Vec<Rows>,
    pub(crate) jobs: Vec<Job>,
    /// Applications of each constant matrix.
    pub(crate) blocks: [Vec<Block>; 2],
    pub(crate) public: Vec<Public>,
    pub(crate) constraints: BTreeSet<Constraint>,
    #[cfg(test)]
    pub(crate) forgery: crate::forgery::Forgery,
}

impl Program {
    /// What placing its segments takes.
    pub(crate) fn extents(&self) -> Vec<Extent> {
        let segments = self.segments.iter();
        segments.map(|Rows { rows, clear }| Extent { rows: rows.len(), clear: *clear }).collect()
    }

    /// Notes that the constraint is used here, and tells whether it is enforced.
    pub(crate) fn enforce(&mut self, kind: ConstraintKind, name: &'static str) -> bool {
        let constraint = Constraint::new(kind, name);
        self.constraints.insert(constraint);
        constraint.enforced()
    }

    /// The value a prover fills in: the honest one, unless a test forges the value of this name.
    #[cfg(not(test))]
    #[allow(clippy::unused_self, reason = "the test build reads it")]
    pub(crate) fn witness(&mut self, _kind: ConstraintKind, _name: &'static str, honest: Fr) -> Fr {
        honest
    }

    /// The value a prover fills in: the honest one, unless a test forges the value of this name.
    #[cfg(test)]
    pub(crate) fn witness(&mut self, kind: ConstraintKind, name: &'static str, honest: Fr) -> Fr {
        self.forgery.apply(Constraint::new(kind, name), honest)
    }

    /// A copy of a wire under the name of the constraint.
    pub(crate) fn copy(&mut self, kind: ConstraintKind, name: &'static str, wire: Wire) -> Operand {
        let value = self.witness(kind, name, wire.value);
        Operand { from: wire.place, value, enforced: self.enforce(kind, name) }
    }

    /// The next relation that a row holds; coefficients are zero where the constraint is left out.
    pub(super) fn slot(
        &mut self,
        name: &'static str,
        relation: Relation,
        result: Fr,
        operand: Option<Operand>,
    ) -> Slot {
        let Relation { previous, operand: linear, product, constant } = relation;
        let enforced = self.enforce(ConstraintKind::Relation, name);
        let coefficients = [previous, linear, product, constant, result];
        Slot { coefficients: coefficients.map(|q| if enforced { q } else { Fr::ZERO }), operand }
    }

    /// Puts a value among the public inputs.
    pub(crate) fn publish(&mut self, name: &'static str, wire: Wire) {
        let copy = self.copy(ConstraintKind::CopyA, name, wire);
        self.publish_value(copy.value, Some(copy));
    }

    /// Puts a value that the circuit doesn't make among the public inputs.
    pub(crate) fn publish_free(&mut self, value: Fr) {
        self.publish_value(value, None);
    }

    fn publish_value(&mut self, value: Fr, copy: Option<Operand>) {
        let slot = self.slot(PUBLIC, NONE, Fr::ONE, None);
        let instance = self.witness(ConstraintKind::Relation, PUBLIC, value);
        self.public.push(Public { instance, slot, value, copy });
    }

    /// An input of a matrix job: the product of two values.
    pub(crate) fn job_input(
        &mut self,
        name: &'static str,
        factor: Wire,
        operand: Wire,
    ) -> JobInput {
        let c = self.copy(ConstraintKind::CopyB, name, factor);
        let a = self.copy(ConstraintKind::CopyA, name, operand);
        JobInput { c, a }
    }

    /// An S-box: the prover's square and output.
    pub(crate) fn s_box(&mut self, constant: Fr, word: Fr) -> SBox {
        let input = word + constant;
        let square = self.witness(ConstraintKind::Gate, SQUARE, input.square());
        let output = self.witness(ConstraintKind::Gate, S_BOX, square.square() * input);
        SBox { constant, square, output }
    }

    pub(super) fn place(&self, at: At) -> Place {
        Place { program: self.number, at }
    }

    /// The wire of an output of a job.
    pub(crate) fn output(&self, job: usize, output: usize, value: Fr) -> Wire {
        Wire { place: self.place(At::Output { job, output }), value }
    }

    /// The wire of an output of a constant matrix.
    pub(crate) fn product(&self, map: usize, word: usize, block: usize, value: Fr) -> Wire {
        Wire { place: self.place(At::Product { map, word, block }), value }
    }
}

/// Names the rows that make cells of public inputs.
const PUBLIC: &str = "public input: c = instance";
/// Names the rows that bring a value to where the next relation reads it.
pub(crate) const LOAD: &str = "arithmetic: a loaded value is its source";
