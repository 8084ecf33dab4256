//! The matrices of the hash, by random combination: every application of a constant matrix with one accumulator.
//!
//! # Relation
//! For a matrix $M$ of $d$ words and its applications $r$: $o_{r,j} = \sum_i M_{ji} n_{r,i}$ for all $j$.
//!
//! # Layout
//! Word by word. For word $i$: rows that build $T_i = \sum_j M_{ji} \beta^{D - j + i}$ in the combination column, six entries to a row; $S$ rows, one for each
//! application, with $o_{r,i}$ in `c` and $n_{r,i}$ in `a`, on which $T$ stays; a row that resets $T$. With $T$ threads, $\beta = \rho^{TS}$; $D = 25$.
//! On each of the $S$ rows the accumulator becomes $\rho^T \mathrm{acc} + \sum_t \rho^{T-1-t} (\beta^D c_t - T a_t)$.
//!
//! # S-boxes
//! A row of a full round has the S-boxes of the next one: $n_{r+1,i} = (o_{r,i} + k)^5$ stands in `a` below. A row of partial rounds has its own: $n_{r,i} = (o_{r,i} + k)^5$ stands beside it.
//! The square stands in the first lane, which isn't looked up there. The inputs of a permutation, and what the partial rounds give, have their S-boxes on rows of their own.
//!
//! # Soundness
//! Behind the last row the accumulator holds, beside the parts of other jobs, $\sum_r \rho^{e - r} \sum_j \beta^{D - j} (o_{r,j} - \sum_i M_{ji} n_{r,i})$: the row of word $i$ is
//! followed by $S$ times fewer multiplications for each word, which the factor $\beta^i$ in $T_i$ makes good. Exponents $S (D - j) + e - r$, threads apart, are different for all $(r, j)$ and from those
//! of every other output, so each difference is a coefficient of one polynomial in $\rho$, committed before $\rho$ was drawn.
//! Applications beyond those that the circuit needs hold whatever satisfies the matrix, and nobody reads them.
//!
//! # Cost
//! $39 S$ rows and about 290 more, no column of its own.

use std::sync::LazyLock;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use crate::gadgets::poseidon::{BLOCK, ROUNDS_PER_STEP, STEPS, WIDTH};
use crate::gadgets::poseidon_constants::CONSTANTS;
use crate::gadgets::stream::preimage_lengths;
use crate::params::Shape;
use tribute_verifier::hash::FULL_ROUNDS;

/// Words that a step of partial rounds relates: its state and its S-boxes.
pub(crate) const STEP_WORDS: usize = WIDTH + ROUNDS_PER_STEP;
/// The highest power of $\beta$ that an output is multiplied with.
pub(crate) const TOP_POWER: usize = STEP_WORDS - 1;
/// Entries on one row.
pub(crate) const ENTRIES: usize = 6;
/// The matrix of a full round.
pub(crate) const FULL: usize = 0;
/// The matrix of a step of partial rounds.
pub(crate) const STEP: usize = 1;

/// The matrices, by rows.
pub(crate) static MATRICES: LazyLock<[Vec<Vec<Fr>>; 2]> = LazyLock::new(|| {
    let constants = &*CONSTANTS;
    let concat = |left: &[Fr], right: &[Fr]| {
        let padding = ROUNDS_PER_STEP - right.len();
        left.iter().chain(right).copied().chain(vec![Fr::ZERO; padding]).collect::<Vec<Fr>>()
    };
    let state = constants.state_from_state.iter().zip(&constants.state_from_outputs);
    let inputs = constants.input_from_state.iter().zip(&constants.input_from_outputs);
    let step = state.chain(inputs).map(|(left, right)| concat(left, right)).collect();
    [constants.mds.clone(), step]
});

/// The rows of one word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WordRows {
    /// The first row of entries.
    pub(crate) entries: usize,
    /// The first row of applications.
    pub(crate) run: usize,
}

/// The rows of both matrices.
#[derive(Clone, Debug)]
pub(crate) struct LinearLayout {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Applications of each matrix that have rows: $S$.
    pub(crate) stride: usize,
    /// Applications of each matrix for one input.
    pub(crate) applications: [usize; 2],
    pub(crate) words: [Vec<WordRows>; 2],
}

/// Permutations that the hash of an input takes.
pub(crate) fn permutations(shape: &Shape) -> usize {
    preimage_lengths(shape)[0].div_ceil(BLOCK)
}

/// Applications of each matrix for one input.
pub(crate) fn applications(shape: &Shape) -> [usize; 2] {
    [FULL_ROUNDS, STEPS].map(|each| each * permutations(shape))
}

impl LinearLayout {
    /// The layout for inputs that stand in `blocks` below each other.
    pub(crate) fn new(shape: &Shape, blocks: usize, start: usize) -> Self {
        const { assert!(FULL_ROUNDS > STEPS) };
        let applications = applications(shape);
        let stride = applications[FULL] * blocks;
        let mut row = start;
        let words = [WIDTH, STEP_WORDS].map(|words| {
            (0..words)
                .map(|word| {
                    let entries = row;
                    let run = entries + (TOP_POWER + 1 + word).div_ceil(ENTRIES);
                    row = run + stride + 1;
                    WordRows { entries, run }
                })
                .collect()
        });
        Self { start, end: row, stride, applications, words }
    }

    /// The entries on the rows of a word: coefficients of $T_i$, highest power first, zeros in front.
    pub(crate) fn entries(matrix: &[Vec<Fr>], word: usize) -> Vec<Fr> {
        let length = (TOP_POWER + 1 + word).next_multiple_of(ENTRIES);
        let mut entries = vec![Fr::ZERO; length];
        for (j, row) in matrix.iter().enumerate() {
            entries[length - 1 - (TOP_POWER - j + word)] = row[word];
        }
        entries
    }
}

/// A matrix applied to words.
pub(crate) fn apply(map: usize, words: &[Fr]) -> Vec<Fr> {
    let row = |row: &Vec<Fr>| row.iter().zip(words).map(|(m, word)| m * word).sum();
    MATRICES[map].iter().map(row).collect()
}
