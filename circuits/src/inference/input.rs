//! The input: its values, their packing, and the hash that commits to them.
//!
//! # Relation
//! Each input has a raw value $\mathrm{raw} = x + 2^{15}$ of 16 bits; elements are $e = \sum_m \mathrm{raw}_m 2^{16m}$, 15 values each; the commitment is
//! $H(4; \mathrm{salt}, n_0, e_0, ..)$ (`docs/formats.md`, 3 and 4).
//!
//! A permutation turns $x$ into $(x + k)^5$ in every word of a full round and, thirteen partial rounds at a time, in one word each; what lies between is linear, and
//! [`crate::machine::linear`] shows it.
//!
//! # Soundness
//! Raw values lie below $2^{16}$ and 15 of them stay below $2^{252} < p$, so an element has one decomposition. Every row of an S-box is determined by its operand, every output of a matrix by
//! the accumulator. Nothing is chosen but the salt and the inputs.
//!
//! # Cost
//! Four rows for each of 169 S-boxes a permutation, and the rows of its matrices.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::hash::{FULL_ROUNDS, Tag, initial_state};

use super::Builder;
use crate::constraint::ConstraintKind;
use crate::encode::{encode, from_element, power_of_two};
use crate::gadgets::poseidon::{BLOCK, ROUNDS_PER_STEP, WIDTH};
use crate::gadgets::poseidon_constants::CONSTANTS;
use crate::machine::linear::{FULL, STEP, apply};
use crate::machine::program::{Block, NONE, Operand, Place, Relation, Wire};
use crate::machine::range::Width;

/// Inputs in an element.
const PER_ELEMENT: usize = 15;
/// Bits of an input.
const INPUT_BITS: u32 = 16;

/// A word of the state: made in the circuit, or a constant.
#[derive(Clone, Copy)]
enum Word {
    Wire(Wire),
    Constant(Fr),
}

/// Names the outputs of the hash's matrices, for forgeries.
pub(super) const MATRIX: &str = "poseidon: outputs of a matrix";

impl Builder<'_> {
    /// The raw values of the input.
    pub(super) fn inputs(&mut self) -> Vec<Wire> {
        let offset = power_of_two(INPUT_BITS - 1);
        let witness = self.witness;
        let inputs = witness.input.iter().map(|value| encode(i128::from(*value)) + offset);
        inputs.map(|raw| self.range_checked("input: raw value", raw)).collect()
    }

    fn range_checked(&mut self, name: &'static str, value: Fr) -> Wire {
        let mut rows = self.rows();
        let wire = rows.hint(name, value, Some(Width::Exactly(INPUT_BITS)));
        rows.finish();
        wire
    }

    /// The commitment to the input.
    pub(super) fn input_commitment(&mut self, raw: &[Wire]) -> Wire {
        let witness = self.witness;
        let mut rows = self.rows();
        let salt = rows.hint("input: salt", from_element(witness.input_salt), None);
        rows.finish();
        let length = encode(i128::try_from(raw.len()).unwrap_or(i128::MAX));
        let mut elements = vec![Word::Wire(salt), Word::Constant(length)];
        for chunk in raw.chunks(PER_ELEMENT) {
            let mut rows = self.rows();
            let mut element: Option<Wire> = None;
            for value in chunk.iter().rev() {
                let previous = if element.is_some() { power_of_two(INPUT_BITS) } else { Fr::ZERO };
                let relation = Relation { previous, operand: Fr::ONE, ..NONE };
                element =
                    Some(rows.compute("input: packed", relation, [element, Some(*value)], None));
            }
            rows.finish();
            elements.extend(element.map(Word::Wire));
        }
        let start = from_element(initial_state(Tag::Input, elements.len()).into());
        elements.resize(elements.len().next_multiple_of(BLOCK), Word::Constant(Fr::ZERO));
        let mut chained = Word::Constant(start);
        let mut digest = None;
        for block in elements.chunks(BLOCK) {
            let mut state = vec![Word::Constant(Fr::ZERO), chained];
            state.extend_from_slice(block);
            let output = self.permutation(state);
            chained = Word::Wire(output);
            digest = Some(output);
        }
        // A hash has at least one block.
        digest.unwrap_or(salt)
    }

    /// Word 0 of the permutation of a state.
    fn permutation(&mut self, mut state: Vec<Word>) -> Wire {
        let constants = &*CONSTANTS;
        let (before, after) = constants.full.split_at(FULL_ROUNDS / 2);
        for round in before {
            state = self.full_round(&state, round);
        }
        for step in &constants.partial {
            state = self.partial_rounds(&state, step);
        }
        let mut first = None;
        for round in after {
            state = self.full_round(&state, round);
            first = match state.first() {
                Some(Word::Wire(wire)) => Some(*wire),
                _ => None,
            };
        }
        first.unwrap_or_else(|| unreachable!("a round makes wires"))
    }

    fn full_round(&mut self, state: &[Word], round: &[Fr]) -> Vec<Word> {
        let fifths: Vec<Wire> =
            state.iter().zip(round).map(|(word, k)| self.s_box(*word, *k)).collect();
        let inputs: Vec<Operand> = fifths.iter().map(|wire| self.matrix_input(*wire)).collect();
        let words: Vec<Fr> = inputs.iter().map(|input| input.value).collect();
        let outputs = apply(FULL, &words).into_iter().map(|output| self.matrix_output(output));
        let outputs: Vec<Fr> = outputs.collect();
        self.block(FULL, inputs, outputs)
    }

    fn partial_rounds(&mut self, state: &[Word], step: &[Fr]) -> Vec<Word> {
        let mut words = Vec::with_capacity(WIDTH + ROUNDS_PER_STEP);
        let mut inputs = Vec::with_capacity(WIDTH + ROUNDS_PER_STEP);
        for word in state {
            let Word::Wire(wire) = word else { unreachable!("a round makes wires") };
            inputs.push(self.matrix_input(*wire));
        }
        words.extend(inputs.iter().map(|input| input.value));
        let block = self.program.blocks[STEP].len();
        let mut s_box_inputs = Vec::with_capacity(ROUNDS_PER_STEP);
        for (t, k) in step.iter().enumerate() {
            let mut known = words.clone();
            known.resize(WIDTH + ROUNDS_PER_STEP, Fr::ZERO);
            let value = self.matrix_output(apply(STEP, &known)[WIDTH + t]);
            s_box_inputs.push(value);
            let place = Place::Product { map: STEP, word: WIDTH + t, block };
            let fifth = self.s_box(Word::Wire(Wire { place, value }), *k);
            let input = self.matrix_input(fifth);
            words.push(input.value);
            inputs.push(input);
        }
        let mut outputs: Vec<Fr> = apply(STEP, &words)[..WIDTH].to_vec();
        outputs.iter_mut().for_each(|output| *output = self.matrix_output(*output));
        outputs.extend(s_box_inputs);
        let mut next = self.block(STEP, inputs, outputs);
        next.truncate(WIDTH);
        next
    }

    fn matrix_input(&mut self, wire: Wire) -> Operand {
        self.program.copy(ConstraintKind::CopyA, "poseidon: inputs of a matrix", wire)
    }

    fn matrix_output(&mut self, honest: Fr) -> Fr {
        self.program.witness(ConstraintKind::Gate, MATRIX, honest)
    }

    fn block(&mut self, map: usize, inputs: Vec<Operand>, outputs: Vec<Fr>) -> Vec<Word> {
        let block = self.program.blocks[map].len();
        let wires = outputs.iter().enumerate().map(|(word, value)| {
            Word::Wire(Wire { place: Place::Product { map, word, block }, value: *value })
        });
        let wires = wires.collect();
        self.program.blocks[map].push(Block { inputs, outputs });
        wires
    }

    /// $(x + k)^5$.
    fn s_box(&mut self, word: Word, k: Fr) -> Wire {
        let mut rows = self.rows();
        let shift = Relation { constant: k, ..NONE };
        let input = match word {
            Word::Wire(wire) => {
                let relation = Relation { operand: Fr::ONE, ..shift };
                rows.compute("poseidon: x + k", relation, [None, Some(wire)], None)
            }
            Word::Constant(value) => rows.constant("poseidon: a constant word", value + k),
        };
        let product = Relation { product: Fr::ONE, ..NONE };
        let square = rows.compute("poseidon: square", product, [Some(input), Some(input)], None);
        let fourth =
            rows.compute("poseidon: fourth power", product, [Some(square), Some(square)], None);
        let fifth =
            rows.compute("poseidon: fifth power", product, [Some(fourth), Some(input)], None);
        rows.finish();
        fifth
    }
}
