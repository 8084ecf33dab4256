//! Writing segments: rows of relations, hints, limbs and S-boxes, one below the other.
//!
//! # Layout
//! The relation of a row makes the `c` of the row below it, so a value that the next relation reads stands on the last row or is loaded there. The first row
//! lends its relation alone: its `c` belongs to whoever stands above.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::program::{At, LOAD, Limbs, NONE, Place, Program, Relation, Row, Rows, Wire};
use super::range::{INPUT_BITS, Lanes, LimbRow, Width, bits_of};
use crate::constraint::ConstraintKind;
use crate::encode::{inverse_power_of_two, power_of_two};
use crate::gadgets::limbs::LimbFormat;

/// A segment while it is written.
pub(crate) struct Segment<'a> {
    program: &'a mut Program,
    limbs: LimbFormat,
    number: usize,
    rows: Vec<Row>,
    clear: bool,
}

impl Segment<'_> {
    /// Starts a segment of a program.
    pub(crate) fn new(program: &mut Program, limbs: LimbFormat) -> Segment<'_> {
        let rows = vec![Row::default()];
        Segment { number: program.segments.len(), program, limbs, rows, clear: false }
    }

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
            self.last().limbs = Some(Limbs { row, values: vec![value], chained: false });
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
        // A segment starts with a row.
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    /// A value on the row below, bounded if a width is given: a hint that the prover was asked for before, or what a relation makes.
    pub(crate) fn push(&mut self, name: &'static str, value: Fr, width: Option<Width>) -> Wire {
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
        Limbs { row, values, chained }
    }
}

/// Some bits of the canonical representative, as a number.
fn low_bits(value: Fr, from: u32, bits: u32) -> Fr {
    let part =
        |at: u32| Fr::from(bits_of(value, from + at, (bits - at).min(32))) * power_of_two(at);
    (0..bits).step_by(32).map(part).sum()
}
