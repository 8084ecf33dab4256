//! What a circuit computes, before it has rows: segments of relations, matrix jobs, constant matrices, public inputs.
//!
//! # Relation
//! A row relates its cells and the result of the next row:
//! $$ q_c\, c' = q_p\, c + q_a a + q_m\, c\, a + q_k + \mathrm{instance}. $$
//! `a` is a copy of a cell made elsewhere; $c'$ is a new value, which may be range-checked (see [`super::range`]) and may be read by its own row.
//!
//! # Segments
//! A segment is a run of rows in which every value but copies is made. It may stand anywhere where that many rows are free; [`super::place`] says where.
//! Its first row lends the relation alone: the `c` of that row belongs to whoever stands above.
//!
//! # Soundness
//! The coefficients are fixed, so a row says the same for every witness. Where $q_c = 1$, $c'$ is determined by the row above; a hint is a value that no relation makes,
//! and whoever makes one constrains it on the rows that follow. A row that demands zero has $q_c = 0$.

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::gates::{S_BOX, SQUARE};
use super::range::{INPUT_BITS, Lanes, LimbRow, Width, bits_of};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{inverse_power_of_two, power_of_two};
use crate::gadgets::limbs::LimbFormat;

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
    /// What the first lane is looked up under.
    pub(crate) tag: u32,
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
    fn slot(
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

    fn place(&self, at: At) -> Place {
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

    /// Starts a segment.
    pub(crate) fn segment(&mut self, limbs: LimbFormat) -> Segment<'_> {
        let rows = vec![Row::default()];
        Segment { number: self.segments.len(), program: self, limbs, rows, clear: false }
    }
}

/// Names the rows that make cells of public inputs.
const PUBLIC: &str = "public input: c = instance";
/// Names the rows that bring a value to where the next relation reads it.
pub(crate) const LOAD: &str = "arithmetic: a loaded value is its source";

/// A segment while it is written.
pub(crate) struct Segment<'a> {
    program: &'a mut Program,
    limbs: LimbFormat,
    number: usize,
    rows: Vec<Row>,
    clear: bool,
}

impl Segment<'_> {
    /// The output of an S-box whose input is a copy of the wire.
    pub(crate) fn s_box(&mut self, name: &'static str, word: Wire, constant: Fr) -> Wire {
        let copy = self.program.copy(ConstraintKind::CopyB, name, word);
        let s_box = self.program.s_box(constant, copy.value);
        let at = At::Operand { segment: self.number, row: self.rows.len() };
        self.rows.push(Row { value: copy.value, s_box: Some((s_box, copy)), ..Row::default() });
        self.clear = true;
        Wire { place: self.program.place(at), value: s_box.output }
    }

    /// A value of the prover's choice, bounded if a width is given.
    pub(crate) fn hint(&mut self, name: &'static str, value: Fr, width: Option<Width>) -> Wire {
        let value = self.program.witness(ConstraintKind::Range, name, value);
        self.given(name, value, width)
    }

    /// A hint that was asked of the prover before: whatever depends on it is known.
    pub(crate) fn given(&mut self, name: &'static str, value: Fr, width: Option<Width>) -> Wire {
        self.push(name, value, width)
    }

    /// Values of 16 bits, packed: $P_m = v_m + 2^{16} P_{m+1}$ stands in `c`, with the limbs of $v_m$, and $v_m - 2^{15}$ in the operand.
    /// Returns $P_0$ and the operands.
    pub(crate) fn packed(
        &mut self,
        [raw, shifted]: [&'static str; 2],
        row: LimbRow,
        values: &[Fr],
    ) -> (Wire, Vec<Wire>) {
        let enforced = self.program.enforce(ConstraintKind::Range, raw);
        let offset = power_of_two(INPUT_BITS - 1);
        let values: Vec<Fr> =
            values.iter().map(|v| self.program.witness(ConstraintKind::Range, raw, *v)).collect();
        let mut packed: Vec<Fr> = Vec::with_capacity(values.len());
        for value in values.iter().rev() {
            let above = packed.last().map_or(Fr::ZERO, |above| *above * power_of_two(INPUT_BITS));
            packed.push(above + value);
        }
        packed.reverse();
        let first = self.rows.len();
        let mut operands = Vec::with_capacity(values.len());
        for (number, (value, packed)) in values.iter().zip(&packed).enumerate() {
            let chained = number + 1 < values.len();
            let limbs = self.limbs(row, *value, 0, chained);
            let relation =
                Relation { previous: Fr::ONE, operand: -Fr::ONE, constant: -offset, ..NONE };
            let above = if chained { power_of_two(INPUT_BITS) } else { Fr::ZERO };
            let slot = self.program.slot(shifted, relation, above, None);
            let made = self.program.witness(ConstraintKind::Relation, shifted, *value - offset);
            let at = At::Operand { segment: self.number, row: self.rows.len() };
            operands.push(Wire { place: self.program.place(at), value: made });
            self.rows.push(Row {
                value: *packed,
                limbs: enforced.then_some(limbs),
                slot: Some(slot),
                made: Some(made),
                s_box: None,
            });
        }
        let at = At::Segment { segment: self.number, row: first };
        (Wire { place: self.program.place(at), value: packed[0] }, operands)
    }

    /// A new value that the relation determines, bounded if a width is given.
    pub(crate) fn compute(
        &mut self,
        name: &'static str,
        relation: Relation,
        [previous, operand]: [Option<Wire>; 2],
        width: Option<Width>,
    ) -> Wire {
        let value = self.relate(name, relation, [previous, operand]);
        let value = self.program.witness(ConstraintKind::Relation, name, value);
        self.push(name, value, width)
    }

    /// Demands that a linear form of a value is in the table under a tag; returns it.
    pub(crate) fn look_up(
        &mut self,
        name: &'static str,
        relation: Relation,
        [previous, operand]: [Option<Wire>; 2],
        tag: u32,
    ) -> Wire {
        let value = self.relate(name, relation, [previous, operand]);
        let value = self.program.witness(ConstraintKind::Relation, name, value);
        let wire = self.push(name, value, None);
        if self.program.enforce(ConstraintKind::Range, name) {
            let row = LimbRow { lanes: Lanes::One, bits: 0, tag };
            self.last().limbs = Some(Limbs { row, values: vec![value], chained: false, tag });
        }
        wire
    }

    /// Demands that the relation gives zero.
    pub(crate) fn zero(
        &mut self,
        name: &'static str,
        relation: Relation,
        previous: Wire,
        operand: Option<Wire>,
    ) {
        let row = match self.own_row(previous) {
            Some(row) if self.rows[row].slot.is_none() => row,
            _ => {
                self.load(name, previous);
                self.rows.len() - 1
            }
        };
        let operand = operand.map(|wire| self.program.copy(ConstraintKind::CopyA, name, wire));
        self.rows[row].slot = Some(self.program.slot(name, relation, Fr::ZERO, operand));
    }

    /// A constant.
    pub(crate) fn constant(&mut self, name: &'static str, value: Fr) -> Wire {
        self.compute(name, Relation { constant: value, ..NONE }, [None, None], None)
    }

    /// $c' = c + q_a a$ over all operands, as running sums; returns each of them.
    pub(crate) fn running_sums(
        &mut self,
        name: &'static str,
        operands: impl IntoIterator<Item = (Fr, Wire)>,
    ) -> Vec<Wire> {
        let mut sums: Vec<Wire> = Vec::new();
        for (coefficient, operand) in operands {
            let last = sums.last().copied();
            let previous = if last.is_some() { Fr::ONE } else { Fr::ZERO };
            let relation = Relation { previous, operand: coefficient, ..NONE };
            sums.push(self.compute(name, relation, [last, Some(operand)], None));
        }
        sums
    }

    /// Ends the segment.
    pub(crate) fn finish(mut self) {
        if self.rows.last().is_some_and(|row| row.slot.is_some() || row.s_box.is_some()) {
            // The row below belongs to whoever comes next, and takes its relation from here.
            self.rows.push(Row::default());
        }
        self.program.segments.push(Rows { rows: self.rows, clear: self.clear });
    }

    fn relate(
        &mut self,
        name: &'static str,
        relation: Relation,
        [previous, operand]: [Option<Wire>; 2],
    ) -> Fr {
        if let Some(previous) = previous
            && !self.is_last(previous)
        {
            self.load(name, previous);
        }
        if self.last().slot.is_some() {
            self.rows.push(Row::default());
        }
        let c = self.last().value;
        let operand = operand.map(|wire| self.program.copy(ConstraintKind::CopyA, name, wire));
        let slot = self.program.slot(name, relation, Fr::ONE, operand);
        self.last().slot = Some(slot);
        let a = operand.map_or(Fr::ZERO, |operand| operand.value);
        relation.previous * c + relation.operand * a + relation.product * c * a + relation.constant
    }

    /// Whether the value stands on the last row, and that row's relation is free.
    fn is_last(&self, wire: Wire) -> bool {
        let last = self.rows.len() - 1;
        self.own_row(wire) == Some(last) && self.rows[last].slot.is_none()
    }

    /// The row of this segment that made the value.
    fn own_row(&self, wire: Wire) -> Option<usize> {
        match wire.place {
            Place { program, at: At::Segment { segment, row } }
                if (program, segment) == (self.program.number, self.number) =>
            {
                Some(row)
            }
            _ => None,
        }
    }

    /// Copies a value to the last row.
    fn load(&mut self, name: &'static str, wire: Wire) {
        if self.last().slot.is_some() {
            self.rows.push(Row::default());
        }
        let operand = self.program.copy(ConstraintKind::CopyB, name, wire);
        let relation = Relation { operand: Fr::ONE, ..NONE };
        let slot = self.program.slot(LOAD, relation, Fr::ONE, Some(operand));
        self.last().slot = Some(slot);
        let value = self.program.witness(ConstraintKind::Relation, LOAD, operand.value);
        self.rows.push(Row { value, ..Row::default() });
    }

    fn last(&mut self) -> &mut Row {
        if self.rows.is_empty() {
            self.rows.push(Row::default());
        }
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    fn push(&mut self, name: &'static str, value: Fr, width: Option<Width>) -> Wire {
        let at = At::Segment { segment: self.number, row: self.rows.len() };
        let place = self.program.place(at);
        let Some(width) = width else {
            self.rows.push(Row { value, ..Row::default() });
            return Wire { place, value };
        };
        let enforced = self.program.enforce(ConstraintKind::Range, name);
        let rows = width.rows(self.limbs);
        let (mut rest, mut from) = (value, 0);
        for (number, row) in rows.iter().enumerate() {
            let chained = number + 1 < rows.len();
            let limbs = self.limbs(*row, value, from, chained);
            self.rows.push(Row { value: rest, limbs: enforced.then_some(limbs), ..Row::default() });
            rest = (rest - low_bits(value, from, row.bits)) * inverse_power_of_two(row.bits);
            from += row.bits;
        }
        Wire { place, value }
    }

    /// Bits of a value as the limbs of a row.
    fn limbs(&self, row: LimbRow, value: Fr, from: u32, chained: bool) -> Limbs {
        let values = row.cut(self.limbs, value, from).into_iter().map(Fr::from).collect();
        Limbs { row, values, chained, tag: row.tag }
    }
}

/// Some bits of the canonical representative, as a number.
fn low_bits(value: Fr, from: u32, bits: u32) -> Fr {
    let mut parts =
        (0..bits).step_by(32).map(|at| (at, bits_of(value, from + at, (bits - at).min(32))));
    parts.by_ref().fold(Fr::ZERO, |sum, (at, part)| sum + Fr::from(part) * power_of_two(at))
}
