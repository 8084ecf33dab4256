//! Poseidon's round constants and matrices, brought into the form that the chip uses.
//!
//! Thirteen partial rounds are one step: their S-box inputs are linear in the step's state and the S-box outputs before,
//! $$ \mathrm{in}_t = \sum_j A_{tj} x_j + \sum_{l < t} B_{tl} s_l + k_t, \qquad x' = P x + Q s, $$
//! with the same $A, B, P, Q$ for every step. The constants of the words that pass by are carried to the next step's.

use std::sync::LazyLock;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::field::FieldElement;
use tribute_verifier::hash::{FULL_ROUNDS, PARTIAL_ROUNDS, Parameters};

use super::poseidon::{ROUNDS_PER_STEP, STEPS, WIDTH};
use crate::encode::from_element;

type Matrix = Vec<Vec<Fr>>;

/// What the chip needs of Poseidon's parameters.
#[derive(Debug)]
pub(crate) struct Constants {
    /// The matrix of a full round.
    pub(crate) mds: Matrix,
    /// S-box inputs from the state.
    pub(crate) input_from_state: Matrix,
    /// S-box inputs from earlier outputs: strictly lower triangular.
    pub(crate) input_from_outputs: Matrix,
    /// Next state from the state.
    pub(crate) state_from_state: Matrix,
    /// Next state from the outputs.
    pub(crate) state_from_outputs: Matrix,
    /// Constants of the full rounds, the first half before the steps.
    pub(crate) full: Vec<Vec<Fr>>,
    /// Constants of the S-box inputs of each step.
    pub(crate) partial: Vec<Vec<Fr>>,
}

/// The constants of the permutation with 13 words.
pub(crate) static CONSTANTS: LazyLock<Constants> = LazyLock::new(derive);

/// A word as a linear form over the step's state, its S-box outputs, and one.
#[derive(Clone)]
struct Form {
    state: Vec<Fr>,
    outputs: Vec<Fr>,
    constant: Fr,
}

fn derive() -> Constants {
    let (ark, mds) = parameters();
    let round = |r: usize| &ark[r * WIDTH..(r + 1) * WIDTH];
    let mut full: Vec<Vec<Fr>> = (0..FULL_ROUNDS / 2).map(|r| round(r).to_vec()).collect();
    let mut carried = vec![Fr::ZERO; WIDTH];
    let mut partial = Vec::new();
    let mut matrices = None;
    for step in 0..STEPS {
        let mut words: Vec<Form> = (0..WIDTH)
            .map(|i| Form {
                state: unit(i),
                outputs: vec![Fr::ZERO; ROUNDS_PER_STEP],
                constant: carried[i],
            })
            .collect();
        let mut inputs = Vec::new();
        for t in 0..ROUNDS_PER_STEP {
            let constants = round(FULL_ROUNDS / 2 + step * ROUNDS_PER_STEP + t);
            for (word, constant) in words.iter_mut().zip(constants) {
                word.constant += constant;
            }
            let output =
                Form { state: vec![Fr::ZERO; WIDTH], outputs: unit(t), constant: Fr::ZERO };
            inputs.push(std::mem::replace(&mut words[0], output));
            words = mds.iter().map(|row| mix(row, &words)).collect();
        }
        partial.push(inputs.iter().map(|form| form.constant).collect());
        carried = words.iter().map(|form| form.constant).collect();
        matrices.get_or_insert((inputs, words));
    }
    full.extend((0..FULL_ROUNDS / 2).map(|r| round(FULL_ROUNDS / 2 + PARTIAL_ROUNDS + r).to_vec()));
    for (constant, carried) in full[FULL_ROUNDS / 2].iter_mut().zip(carried) {
        *constant += carried;
    }
    let (inputs, words) = matrices.unwrap_or_default();
    let split = |forms: Vec<Form>| -> (Matrix, Matrix) {
        forms.into_iter().map(|form| (form.state, form.outputs)).unzip()
    };
    let (input_from_state, input_from_outputs) = split(inputs);
    let (state_from_state, state_from_outputs) = split(words);
    Constants {
        mds,
        input_from_state,
        input_from_outputs,
        state_from_state,
        state_from_outputs,
        full,
        partial,
    }
}

fn unit(index: usize) -> Vec<Fr> {
    (0..WIDTH).map(|i| if i == index { Fr::ONE } else { Fr::ZERO }).collect()
}

fn mix(row: &[Fr], words: &[Form]) -> Form {
    let combine = |part: fn(&Form) -> &[Fr]| {
        (0..WIDTH)
            .map(|i| row.iter().zip(words).map(|(m, word)| *m * part(word)[i]).sum())
            .collect()
    };
    Form {
        state: combine(|form| &form.state),
        outputs: combine(|form| &form.outputs),
        constant: row.iter().zip(words).map(|(m, word)| *m * word.constant).sum(),
    }
}

/// Round constants and matrix of the verifier's hash.
fn parameters() -> (Vec<Fr>, Matrix) {
    let Parameters { round_constants, matrix } = Parameters::load();
    let convert = |row: &[FieldElement; WIDTH]| -> Vec<Fr> {
        row.iter().map(|element| from_element(*element)).collect()
    };
    (round_constants.iter().flat_map(convert).collect(), matrix.iter().map(convert).collect())
}
