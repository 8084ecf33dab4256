//! No two parts of a program stand on one cell, for many shapes and columns: what [`crate::machine::write`] would overwrite without a word.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use std::collections::BTreeMap;

use super::tests::{shape, witness};
use super::{Frame, Program, Source, block_extents, extents, programs};
use crate::CircuitParams;
use crate::forgery::Forgery;
use crate::params::Shape;
use crate::reference::ResidualKind;

/// The rows on which a column is taken, and by what.
#[derive(Default)]
struct Taken(BTreeMap<usize, &'static str>);

impl Taken {
    fn take(&mut self, row: usize, what: &'static str) {
        let before = self.0.insert(row, what);
        assert!(before.is_none(), "row {row} is taken by {before:?} and {what}");
    }

    fn free(&self, row: usize) -> bool {
        !self.0.contains_key(&row)
    }
}

fn take_constant_matrices(frame: &Frame, c: &mut Taken, relations: &mut Taken) {
    for word in frame.linear.words.iter().flatten() {
        for row in word.entries..word.run {
            relations.take(row, "entries");
        }
        for row in word.run..word.run + frame.linear.stride {
            // `a` of these rows is that of an application.
            relations.take(row, "application");
            c.take(row, "application");
        }
        c.take(word.run + frame.linear.stride, "reset");
    }
}

fn assert_disjoint(params: &CircuitParams) {
    let frame = Frame::new(params);
    let witness = witness(&params.shape, 1);
    let source = Source::new(params, &witness, &frame).unwrap();
    let mut all = Vec::new();
    programs(&source, &mut Forgery::default(), |program| all.push(program));
    let (queries, totals) = all.split_at(params.queries);
    // Rows of c, rows of relations (and with them of a).
    let (mut c, mut relations) = (Taken::default(), Taken::default());
    for row in 0..params.public_inputs() {
        relations.take(row, "public input");
        c.take(row + 1, "public input");
    }
    assert_eq!(totals.len(), usize::from(params.is_batch()));
    assert_eq!(
        all.iter().map(|program| program.public.len()).sum::<usize>(),
        params.public_inputs()
    );
    for rows in frame.linked.jobs() {
        for row in rows.output_row..rows.value_row {
            c.take(row, "output");
            // The accumulator reads `a` here: the combination must be 0, so the row above has no values.
            assert!(frame.linked.blocks().all(|block| block.row != rows.output_row - 1));
        }
        for input in 0..rows.inputs {
            for block in 0..params.blocks() {
                c.take(rows.input_row(input, block), "input");
                relations.take(rows.input_row(input, block), "input");
            }
            let values = frame.linked.blocks().filter(|block| block.input == input);
            let own =
                values.filter(|block| block.row < rows.free_row && block.row >= rows.value_row);
            assert!(
                own.map(|block| block.row).max()
                    == Some(rows.input_row(input, params.blocks() - 1))
            );
        }
        let last = rows.input_row(rows.inputs - 1, params.blocks() - 1);
        assert_eq!(last + 1, rows.free_row);
        let closing = frame.closing_row(rows, rows.inputs - 1);
        assert_eq!(closing, if params.blocks() > 1 { rows.free_row } else { last });
    }
    take_constant_matrices(&frame, &mut c, &mut relations);
    for program in queries {
        assert_eq!(program.jobs.len(), frame.linked.jobs().len());
        for (job, rows) in program.jobs.iter().zip(frame.linked.jobs()) {
            assert_eq!((job.inputs.len(), job.outputs.len()), (rows.inputs, rows.outputs));
        }
        for (blocks, count) in program.blocks.iter().zip(frame.linear.applications) {
            assert!(blocks.len() == count && count * params.blocks() <= frame.linear.stride);
            // No S-box on the last row above a reset.
            assert!(
                blocks.last().unwrap().s_boxes.iter().all(Option::is_none)
                    || count < frame.linear.applications[0]
            );
        }
    }
    let blocks = queries.iter().step_by(params.threads).chain(totals);
    let written: Vec<_> = blocks.clone().map(Program::extents).collect();
    assert_eq!(written, extents(params, &block_extents(params).unwrap()));
    let (bases, last) = frame.place(written.into_iter().flatten());
    let segments = blocks;
    let segments = segments.flat_map(|program| &program.segments);
    for (base, segment) in bases.iter().zip(segments) {
        let rows = &segment.rows;
        assert!(!segment.clear || *base + 1 >= frame.linear.end);
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                c.take(base + at, "segment");
            }
            if let Some(slot) = &row.slot {
                relations.take(base + at, "segment");
                let makes = slot.coefficients[4] != ff::Field::ZERO;
                assert!(!makes || at + 1 < rows.len(), "makes a value of another");
            }
            if row.s_box.is_some() {
                relations.take(base + at, "S-box");
                assert!(segment.clear && at > 0 && row.limbs.is_none());
            }
            if let Some(limbs) = &row.limbs {
                assert!(at > 0 && (!limbs.chained || rows[at + 1].limbs.is_some()));
            }
        }
        assert!(rows.last().is_some_and(|row| row.slot.is_none() && row.s_box.is_none()));
    }
    // Whatever makes a value makes one of its own: below every relation stands a cell of the same part.
    assert!(c.0.keys().chain(relations.0.keys()).all(|row| *row <= last));
    assert!(last < params.active_rows() && c.free(0));
}

fn columns(
    shape: &Shape,
    (queries, threads): (usize, usize),
    weight_columns: usize,
) -> impl Iterator<Item = CircuitParams> {
    let shape = shape.clone();
    [(6, 1), (8, 1), (8, 4), (9, 3), (12, 1), (6, 8), (13, 2), (8, 15)].into_iter().filter_map(
        move |(limb_bits, limb_lanes)| {
            let params = |k| CircuitParams {
                shape: shape.clone(),
                queries,
                threads,
                k,
                weight_columns,
                limb_bits,
                limb_lanes,
            };
            (10..=15).map(params).find(|params| params.validate().is_ok())
        },
    )
}

#[test]
fn parts_of_a_circuit_do_not_overlap() {
    let mut circuits = 0;
    for residual in [ResidualKind::Query, ResidualKind::OneHot] {
        for shape in [
            shape(1, &[], 2, 1, residual),
            shape(2, &[1], 2, 1, residual),
            shape(3, &[2], 3, 3, residual),
            shape(7, &[5, 4, 3], 4, 6, residual),
            shape(1, &[1, 1], 11, 13, residual),
            shape(31, &[2], 21, 25, residual),
            shape(170, &[], 2, 4, residual),
        ] {
            for weight_columns in [1, 2, 3, 5, 12, 13, 64] {
                for queries in [(1, 1), (2, 2), (3, 1), (6, 2)] {
                    for params in columns(&shape, queries, weight_columns)
                        .take(if queries == (1, 1) { 8 } else { 2 })
                    {
                        assert_disjoint(&params);
                        circuits += 1;
                    }
                }
            }
        }
    }
    assert!(circuits > 500, "{circuits}");
}
