//! The input: its values, their packing, and the hash that commits to them.
//!
//! # Relation
//! Each input has a raw value $\mathrm{raw} = x + 2^{15}$ of 16 bits; elements are $e = \sum_m \mathrm{raw}_m 2^{16m}$, 15 values each; the commitment is
//! $H(4; \mathrm{salt}, n_0, e_0, ..)$ (`docs/formats.md`, 3 and 4).
//!
//! A permutation turns $x$ into $(x + k)^5$ in every word of a full round and, thirteen partial rounds at a time, in one word each; what lies between is linear, and
//! [`crate::machine::linear`] shows both.
//!
//! # Soundness
//! Raw values lie below $2^{16}$ and 15 of them stay below $2^{252} < p$, so an element has one decomposition. Every row of an S-box is determined by its operand, every output of a matrix by
//! the accumulator. Nothing is chosen but the salt and the inputs.
//!
//! # Cost
//! One row for each input, or three and its limbs where two lanes don't hold it; for each permutation 312 rows on which matrices are applied, and 26 of S-boxes on rows of their own.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::hash::{FULL_ROUNDS, Tag, initial_state};

use super::Builder;
use crate::constraint::ConstraintKind;
use crate::encode::{encode, from_element, power_of_two};
use crate::gadgets::poseidon::{BLOCK, ROUNDS_PER_STEP, WIDTH};
use crate::gadgets::poseidon_constants::CONSTANTS;
use crate::machine::linear::{FULL, STEP, apply};
use crate::machine::program::{Block, BlockInput, NONE, Relation, SBox, Wire};
use crate::machine::range::{INPUT_BITS, LimbRow, Width};

/// Inputs in an element.
const PER_ELEMENT: usize = 15;

/// A word of the state: made in the circuit, or a constant.
#[derive(Clone, Copy)]
enum Word {
    Wire(Wire),
    Constant(Fr),
}

/// Names the outputs of the hash's matrices, for forgeries.
pub(super) const MATRIX: &str = "poseidon: outputs of a matrix";
const MATRIX_INPUT: &str = "poseidon: inputs of a matrix";

/// The inputs: their values, and the elements that they are packed to.
pub(super) struct Inputs {
    pub(super) values: Vec<Wire>,
    elements: Vec<Wire>,
}

const RAW: &str = "input: raw value";
const SHIFTED: &str = "input: x = raw - 2^15";

impl Builder<'_> {
    /// The values of the input, packed.
    pub(super) fn inputs(&mut self) -> Inputs {
        let offset = power_of_two(INPUT_BITS - 1);
        let raw = self.query.input.iter().map(|value| encode(i128::from(*value)) + offset);
        let raw: Vec<Fr> = raw.collect();
        let mut inputs = Inputs { values: Vec::with_capacity(raw.len()), elements: Vec::new() };
        let row = LimbRow::input(self.params.limbs());
        for chunk in raw.chunks(PER_ELEMENT) {
            let (element, values) = match row {
                Some(row) => {
                    let mut rows = self.rows();
                    let packed = rows.packed([RAW, SHIFTED], row, chunk);
                    rows.finish();
                    packed
                }
                None => self.packed_apart(chunk, offset),
            };
            inputs.elements.push(element);
            inputs.values.extend(values);
        }
        inputs
    }

    /// The same where a row doesn't hold an input: limbs on rows of their own, then sums.
    fn packed_apart(&mut self, raw: &[Fr], offset: Fr) -> (Wire, Vec<Wire>) {
        let mut wires = Vec::with_capacity(raw.len());
        let mut values = Vec::with_capacity(raw.len());
        for value in raw {
            let mut rows = self.rows();
            let value = rows.hint(RAW, *value, Some(Width::Exactly(INPUT_BITS)));
            let shift = Relation { previous: Fr::ONE, constant: -offset, ..NONE };
            values.push(rows.compute(SHIFTED, shift, [Some(value), None], None));
            rows.finish();
            wires.push(value);
        }
        let mut rows = self.rows();
        let terms = (0u32..).zip(&wires).map(|(m, wire)| (power_of_two(INPUT_BITS * m), *wire));
        let sums = rows.running_sums("input: packed", terms);
        rows.finish();
        (sums[sums.len() - 1], values)
    }

    /// The commitment to the input.
    pub(super) fn input_commitment(&mut self, inputs: &Inputs) -> Wire {
        let salt = from_element(self.query.salt);
        let mut rows = self.rows();
        let salt = rows.hint("input: salt", salt, None);
        rows.finish();
        let length = encode(i128::try_from(inputs.values.len()).unwrap_or(i128::MAX));
        let mut elements = vec![Word::Wire(salt), Word::Constant(length)];
        elements.extend(inputs.elements.iter().copied().map(Word::Wire));
        let start = from_element(initial_state(Tag::Input, elements.len()).into());
        elements.resize(elements.len().next_multiple_of(BLOCK), Word::Constant(Fr::ZERO));
        let mut chained = Word::Constant(start);
        let mut digest = None;
        for block in elements.chunks(BLOCK) {
            let mut state = vec![Word::Constant(Fr::ZERO), chained];
            state.extend_from_slice(block);
            let output = self.permutation(&state);
            chained = Word::Wire(output);
            digest = Some(output);
        }
        // A hash has at least one block.
        digest.unwrap_or(salt)
    }

    /// Word 0 of the permutation of a state.
    fn permutation(&mut self, state: &[Word]) -> Wire {
        let constants = &*CONSTANTS;
        let (before, after) = constants.full.split_at(FULL_ROUNDS / 2);
        let mut state = self.full_rounds(state, before);
        for step in &constants.partial {
            state = self.partial_rounds(&state, step);
        }
        let state: Vec<Word> = state.into_iter().map(Word::Wire).collect();
        self.full_rounds(&state, after)[0]
    }

    /// Full rounds: the S-boxes of the first on rows of their own, those of the others on the rows of the round before.
    fn full_rounds(&mut self, state: &[Word], rounds: &[Vec<Fr>]) -> Vec<Wire> {
        let mut inputs = self.s_boxes(state, &rounds[0]);
        let mut wires = Vec::new();
        for next in 1..=rounds.len() {
            let words: Vec<Fr> = inputs.iter().map(BlockInput::value).collect();
            let outputs = self.matrix_outputs(FULL, &words);
            let s_boxes: Vec<Option<SBox>> = match rounds.get(next) {
                Some(round) => outputs
                    .iter()
                    .zip(round)
                    .map(|(output, k)| Some(self.program.s_box(*k, *output)))
                    .collect(),
                None => vec![None; WIDTH],
            };
            let made = s_boxes.iter().flatten().map(|s_box| BlockInput::Made(s_box.output));
            let made = made.collect();
            wires = self.block(FULL, Block { inputs, outputs, s_boxes, below: true });
            inputs = made;
        }
        wires
    }

    /// $(x + k)^5$ of all words.
    fn s_boxes(&mut self, state: &[Word], round: &[Fr]) -> Vec<BlockInput> {
        let constant = "poseidon: S-box of a constant word";
        let mut words = Vec::with_capacity(WIDTH);
        for (word, k) in state.iter().zip(round) {
            words.push(match word {
                Word::Wire(wire) => (*wire, Some(*k)),
                Word::Constant(value) => {
                    (self.constant(constant, (value + k).pow_vartime([5])), None)
                }
            });
        }
        let mut rows = self.rows();
        for (wire, k) in &mut words {
            if let Some(k) = k {
                *wire = rows.s_box("poseidon: input of an S-box", *wire, *k);
            }
        }
        rows.finish();
        words.into_iter().map(|(wire, _)| self.matrix_input(wire)).collect()
    }

    fn partial_rounds(&mut self, state: &[Wire], step: &[Fr]) -> Vec<Wire> {
        let mut inputs: Vec<BlockInput> =
            state.iter().map(|wire| self.matrix_input(*wire)).collect();
        let mut s_boxes: Vec<Option<SBox>> = vec![None; WIDTH];
        let mut s_box_inputs = Vec::with_capacity(ROUNDS_PER_STEP);
        let mut words: Vec<Fr> = inputs.iter().map(BlockInput::value).collect();
        for (t, k) in step.iter().enumerate() {
            let mut known = words.clone();
            known.resize(WIDTH + ROUNDS_PER_STEP, Fr::ZERO);
            let value = self.matrix_output(apply(STEP, &known)[WIDTH + t]);
            s_box_inputs.push(value);
            let s_box = self.program.s_box(*k, value);
            words.push(s_box.output);
            inputs.push(BlockInput::Made(s_box.output));
            s_boxes.push(Some(s_box));
        }
        let mut outputs: Vec<Fr> = apply(STEP, &words)[..WIDTH].to_vec();
        outputs.iter_mut().for_each(|output| *output = self.matrix_output(*output));
        outputs.extend(s_box_inputs);
        let mut next = self.block(STEP, Block { inputs, outputs, s_boxes, below: false });
        next.truncate(WIDTH);
        next
    }

    fn matrix_input(&mut self, wire: Wire) -> BlockInput {
        BlockInput::Copied(self.program.copy(ConstraintKind::CopyA, MATRIX_INPUT, wire))
    }

    fn matrix_outputs(&mut self, map: usize, words: &[Fr]) -> Vec<Fr> {
        apply(map, words).into_iter().map(|output| self.matrix_output(output)).collect()
    }

    fn matrix_output(&mut self, honest: Fr) -> Fr {
        self.program.witness(ConstraintKind::Gate, MATRIX, honest)
    }

    fn block(&mut self, map: usize, block: Block) -> Vec<Wire> {
        let number = self.program.blocks[map].len();
        let wires = block.outputs.iter().enumerate();
        let wires =
            wires.map(|(word, value)| self.program.product(map, word, number, *value)).collect();
        self.program.blocks[map].push(block);
        wires
    }
}
