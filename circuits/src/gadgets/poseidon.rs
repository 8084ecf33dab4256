//! The hash $P_{12}$ and its chaining, as in `docs/formats.md`, section 3.
//!
//! # Relation
//! Each block of 11 elements turns the chaining value $s$ into word 0 of the permutation of $(0, s, e_0, .., e_{10})$. The first $s$ is a constant of tag and length.
//!
//! # Layout
//! 13 columns, 32 rows a permutation: a full round is a row of state $x$ and a row of squares $u_i = (x_i + k_i)^2$; thirteen partial rounds
//! are a row of state, a row of squares of the S-box inputs and a row of S-box outputs $s_t = \mathrm{in}_t^5$
//! (see [`super::poseidon_constants`]). On the last row stands the final state; it is also the row above the next permutation:
//! with selectors on it, the next state's word 0 is 0, its word 1 the constant or this row's word 0, and its words 2 to 12 enter the fingerprint.
//!
//! # Soundness
//! Every row is determined by the rows of its round or step above it; nothing is chosen by the prover but the elements, and the fingerprint ties those to the
//! stream's ports ([`super::stream`]). The digest of the table enters the index commitment by an identity between the last row of the one and the first row of the other.
//!
//! Several chips side by side share constants and rounds. A run of permutations ends in one and goes on in the next: row 0 of that one holds a copy of the digest, as if it were
//! the row above. A chip with a shorter run takes part in the last rounds without a start: nothing reads what stands there.
//!
//! # Cost
//! 13 advice columns, 13 fixed columns of constants, degree 4 (two rows a round in place of one buy a degree below the lookup's).

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use tribute_verifier::hash::{
    BLOCK_LEN, FULL_ROUNDS, PARTIAL_ROUNDS, STATE_WIDTH, Tag, initial_state,
};

use super::gates::{Gates, Identity, Query, combine, constant, power, sum};
use super::poseidon_constants::CONSTANTS;
use super::stream::Start;
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::from_element;
use crate::grid::{Cell, Challenges, Grid, LateGrid, Wire};
use crate::layout::HashChip;

/// Words of the state.
pub(crate) const WIDTH: usize = STATE_WIDTH;
/// Elements absorbed by one permutation.
pub(crate) const BLOCK: usize = BLOCK_LEN;
/// Partial rounds that the chip does at once.
pub(crate) const ROUNDS_PER_STEP: usize = 13;
pub(crate) const STEPS: usize = PARTIAL_ROUNDS / ROUNDS_PER_STEP;
const PERMUTATION_ROWS: usize = 2 * FULL_ROUNDS + 3 * STEPS + 1;

/// Rows of this many permutations.
pub(crate) fn rows_of(blocks: usize) -> usize {
    1 + blocks * PERMUTATION_ROWS + 1
}

fn linear(row: &[Fr], words: &[Expression<Fr>]) -> Expression<Fr> {
    sum(row.iter().zip(words).map(|(coefficient, word)| word.clone() * *coefficient))
}

/// Creates the gates of a chip.
pub(crate) fn configure(gates: &mut Gates<'_>, layout: &HashChip, start: Start) {
    gates.create(|query| {
        let rows = [0, 1, 2, 3].map(|rotation| -> Vec<_> {
            layout.words.iter().map(|column| query.advice_at(*column, rotation)).collect()
        });
        let columns = &layout.columns;
        let round: Vec<_> = columns.constants.iter().map(|column| query.fixed(*column)).collect();
        let mut identities = full_round(&query.fixed(columns.q_full), &rows, &round);
        identities.extend(partial_rounds(&query.fixed(columns.q_partial), &rows, &round));
        identities.extend(absorption(query, layout, &rows, start));
        identities
    });
}

/// A row of state, one of squares, the next state.
fn full_round(
    q_full: &Expression<Fr>,
    [state, squares, next, _]: &[Vec<Expression<Fr>>; 4],
    round: &[Expression<Fr>],
) -> Vec<Identity> {
    let inputs: Vec<_> = state.iter().zip(round).map(|(x, k)| x.clone() + k.clone()).collect();
    let fifth = inputs
        .iter()
        .zip(squares)
        .map(|(input, square)| square.clone() * square.clone() * input.clone());
    let fifth: Vec<_> = fifth.collect();
    let squared = inputs.iter().zip(squares).map(|(input, square)| {
        let identity = q_full.clone() * (square.clone() - input.clone() * input.clone());
        ("poseidon: full round, u = (x + k)^2", identity)
    });
    let mixed = CONSTANTS.mds.iter().zip(next).map(|(row, next)| {
        let identity = q_full.clone() * (next.clone() - linear(row, &fifth));
        ("poseidon: full round, x' = M (x + k)^5", identity)
    });
    squared.chain(mixed).collect()
}

/// A row of state, one of squares, one of S-box outputs, the next state.
fn partial_rounds(
    q_partial: &Expression<Fr>,
    [state, squares, outputs, next]: &[Vec<Expression<Fr>>; 4],
    round: &[Expression<Fr>],
) -> Vec<Identity> {
    let constants = &*CONSTANTS;
    let mut identities = Vec::new();
    for (t, (square, output)) in squares.iter().zip(outputs).enumerate() {
        let from_outputs = linear(&constants.input_from_outputs[t][..t], &outputs[..t]);
        let input = linear(&constants.input_from_state[t], state) + from_outputs + round[t].clone();
        let squared = square.clone() - input.clone() * input.clone();
        let fifth = output.clone() - square.clone() * square.clone() * input;
        identities.push(("poseidon: partial rounds, u = in^2", q_partial.clone() * squared));
        identities.push(("poseidon: partial rounds, s = in^5", q_partial.clone() * fifth));
    }
    for (i, next) in next.iter().enumerate() {
        let expected = linear(&constants.state_from_state[i], state)
            + linear(&constants.state_from_outputs[i], outputs);
        let identity = q_partial.clone() * (next.clone() - expected);
        identities.push(("poseidon: partial rounds, x' = P x + Q s", identity));
    }
    identities
}

/// What a permutation starts from, on the row above it.
fn absorption(
    query: &mut Query<'_, '_>,
    layout: &HashChip,
    [above, start, ..]: &[Vec<Expression<Fr>>; 4],
    fingerprint_start: Start,
) -> Vec<Identity> {
    let columns = &layout.columns;
    let [q_start, q_chain, q_link] =
        [columns.q_start, columns.q_chain, columns.q_link].map(|selector| query.fixed(selector));
    let chaining = query.fixed(columns.start);
    let (rho, fingerprint) = (query.rho(), query.late(layout.fingerprint));
    let absorbed = fingerprint.clone() * (power(&rho, BLOCK) - constant(Fr::ONE))
        + combine(&rho, start[2..].iter().cloned());
    let step = query.late_next(layout.fingerprint) - fingerprint.clone();
    let chained = start[1].clone() - q_chain * above[0].clone() - chaining;
    let mut identities = vec![
        ("poseidon: word 0 starts at 0", q_start.clone() * start[0].clone()),
        ("poseidon: word 1 starts at the chaining value", q_start.clone() * chained),
        (LINK.name, q_link * (start[3].clone() - above[0].clone())),
        (
            "fingerprint: hash advances by rho^11 F + sum rho^j e_j",
            query.fixed(layout.rows.q_active) * step - q_start * absorbed,
        ),
    ];
    if fingerprint_start == Start::Zero {
        let zero = query.fixed(layout.rows.q_first) * fingerprint;
        identities.push(("fingerprint: hash starts at 0", zero));
    }
    identities
}

/// Names the elements that enter, for forgeries.
pub(crate) const ELEMENT: Constraint =
    Constraint::new(ConstraintKind::Gate, "fingerprint: ports = hash");
/// Names the table commitment inside the index commitment, for forgeries.
pub(crate) const LINK: Constraint =
    gate("poseidon: the table commitment enters the index commitment");
const fn gate(name: &'static str) -> Constraint {
    Constraint::new(ConstraintKind::Gate, name)
}

/// Writes hashes, one below the other.
pub(crate) struct Poseidon<'a> {
    chips: &'a [HashChip],
    /// Permutations of each chip; the last takes all that follow.
    runs: Vec<usize>,
    /// The chip that comes next, and how many of its permutations are written.
    chip: usize,
    written: usize,
    /// The row above the next permutation.
    row: usize,
}

/// Names what a chip goes on from, for forgeries.
pub(crate) const GO_ON: Constraint = Constraint::new(
    ConstraintKind::CopyA,
    "poseidon: a chip goes on from where the one before it ends",
);

/// Permutations of each chip, out of this many.
fn runs(permutations: usize, chips: usize) -> Vec<usize> {
    let before = |chip: usize| chip * permutations / chips;
    (0..chips).map(|chip| before(chip + 1) - before(chip)).collect()
}

impl<'a> Poseidon<'a> {
    /// Writes into one chip.
    pub(crate) fn new(chip: &'a HashChip) -> Self {
        Self::split(std::slice::from_ref(chip), 0)
    }

    /// Writes this many permutations into several chips, about the same number into each.
    pub(crate) fn split(chips: &'a [HashChip], permutations: usize) -> Self {
        Self { chips, runs: runs(permutations, chips.len()), chip: 0, written: 0, row: 0 }
    }

    fn layout(&self) -> &'a HashChip {
        &self.chips[self.chip]
    }

    /// Hashes whole blocks of elements; `length` is their number without padding. Returns the digest.
    pub(crate) fn hash(
        &mut self,
        grid: &mut Grid,
        tag: Tag,
        length: usize,
        elements: &[Fr],
    ) -> Wire {
        let start = from_element(initial_state(tag, length).into());
        for (number, block) in elements.chunks(BLOCK).enumerate() {
            self.permutation(grid, if number == 0 { Some(start) } else { None }, block);
        }
        let cell = Cell { column: self.layout().words[0], row: self.row };
        Wire { cell, value: grid.advice(cell.column, cell.row) }
    }

    /// Demands that the digest just made is the second element of the next hash.
    pub(crate) fn link_digest(&self, grid: &mut Grid) {
        grid.set(self.layout().columns.q_link, self.row, Fr::ONE);
    }

    fn permutation(&mut self, grid: &mut Grid, start: Option<Fr>, block: &[Fr]) {
        let columns = &self.layout().columns;
        grid.set(columns.q_start, self.row, Fr::ONE);
        let chained = if let Some(start) = start {
            grid.set(columns.start, self.row, start);
            start
        } else {
            grid.set(columns.q_chain, self.row, Fr::ONE);
            grid.advice(self.layout().words[0], self.row)
        };
        let mut state = vec![forge(grid, gate("poseidon: word 0 starts at 0"), Fr::ZERO)];
        state.push(forge(grid, gate("poseidon: word 1 starts at the chaining value"), chained));
        state.extend(block.iter().map(|element| forge(grid, ELEMENT, *element)));
        self.rounds(grid, state);
        self.written += 1;
        if self.written == self.runs[self.chip] && self.chip + 1 < self.chips.len() {
            self.turn(grid);
        }
    }

    /// Goes on in the next chip.
    fn turn(&mut self, grid: &mut Grid) {
        let cell = Cell { column: self.layout().words[0], row: self.row };
        let digest = Wire { cell, value: grid.advice(cell.column, cell.row) };
        (self.chip, self.written, self.row) = (self.chip + 1, 0, 0);
        grid.copy(GO_ON, digest, self.layout().words[0], 0);
    }

    /// Fills the rounds that a chip takes part in without a hash: those that only longer runs need.
    pub(crate) fn finish(mut self, grid: &mut Grid) {
        let longest = self.runs.iter().max().copied().unwrap_or(0);
        for chip in 0..self.chips.len() {
            for idle in self.runs[chip]..longest {
                (self.chip, self.row) = (chip, idle * PERMUTATION_ROWS);
                self.rounds(grid, vec![Fr::ZERO; WIDTH]);
            }
        }
    }

    /// Writes all rounds from this state on, below the current row, up to the final state.
    fn rounds(&mut self, grid: &mut Grid, mut state: Vec<Fr>) {
        let constants = &*CONSTANTS;
        self.row += 1;
        let (before, after) = constants.full.split_at(FULL_ROUNDS / 2);
        for round in before {
            self.full_round(grid, &mut state, round);
        }
        for step in &constants.partial {
            self.partial_rounds(grid, &mut state, step);
        }
        for round in after {
            self.full_round(grid, &mut state, round);
        }
        self.write(grid, &state);
    }

    fn write(&self, grid: &mut Grid, words: &[Fr]) {
        for (column, word) in self.layout().words.iter().zip(words) {
            grid.assign(*column, self.row, *word);
        }
    }

    fn constants(&self, grid: &mut Grid, constants: &[Fr]) {
        for (column, constant) in self.layout().columns.constants.iter().zip(constants) {
            grid.set(*column, self.row, *constant);
        }
    }

    fn full_round(&mut self, grid: &mut Grid, state: &mut Vec<Fr>, round: &[Fr]) {
        self.write(grid, state);
        self.constants(grid, round);
        grid.set(self.layout().columns.q_full, self.row, Fr::ONE);
        let inputs: Vec<Fr> = state.iter().zip(round).map(|(x, k)| x + k).collect();
        let squares: Vec<Fr> = inputs
            .iter()
            .map(|input| forge(grid, gate("poseidon: full round, u = (x + k)^2"), input.square()))
            .collect();
        self.row += 1;
        self.write(grid, &squares);
        self.row += 1;
        let fifth: Vec<Fr> =
            inputs.iter().zip(&squares).map(|(input, square)| square.square() * input).collect();
        *state = CONSTANTS
            .mds
            .iter()
            .map(|row| {
                forge(grid, gate("poseidon: full round, x' = M (x + k)^5"), dot(row, &fifth))
            })
            .collect();
    }

    fn partial_rounds(&mut self, grid: &mut Grid, state: &mut Vec<Fr>, step: &[Fr]) {
        let constants = &*CONSTANTS;
        self.write(grid, state);
        self.constants(grid, step);
        grid.set(self.layout().columns.q_partial, self.row, Fr::ONE);
        let (mut squares, mut outputs) = (Vec::new(), Vec::new());
        for (t, constant) in step.iter().enumerate() {
            let input = dot(&constants.input_from_state[t], state)
                + dot(&constants.input_from_outputs[t], &outputs)
                + constant;
            let square = forge(grid, gate("poseidon: partial rounds, u = in^2"), input.square());
            squares.push(square);
            outputs.push(forge(
                grid,
                gate("poseidon: partial rounds, s = in^5"),
                square.square() * input,
            ));
        }
        self.row += 1;
        self.write(grid, &squares);
        self.row += 1;
        self.write(grid, &outputs);
        self.row += 1;
        let next = (0..WIDTH).map(|i| {
            dot(&constants.state_from_state[i], state)
                + dot(&constants.state_from_outputs[i], &outputs)
        });
        *state = next
            .map(|word| forge(grid, gate("poseidon: partial rounds, x' = P x + Q s"), word))
            .collect();
    }
}

fn dot(row: &[Fr], words: &[Fr]) -> Fr {
    row.iter().zip(words).map(|(coefficient, word)| coefficient * word).sum()
}

fn forge(grid: &mut Grid, constraint: Constraint, honest: Fr) -> Fr {
    grid.witness(constraint.kind, constraint.name, honest)
}

/// Fills the fingerprint of what enters the hash, chip by chip.
pub(crate) fn fill_late(
    grid: &Grid,
    chips: &[HashChip],
    challenges: Challenges,
    late: &mut LateGrid,
) {
    let mut fingerprint = Fr::ZERO;
    for layout in chips {
        for row in 0..grid.active {
            fingerprint = late.assign(layout.fingerprint, row, fingerprint);
            if grid.fixed(layout.columns.q_start, row) == Fr::ONE {
                for column in &layout.words[2..] {
                    fingerprint = fingerprint * challenges.rho + grid.advice(*column, row + 1);
                }
            }
        }
        fingerprint = late.assign(layout.fingerprint, grid.active, fingerprint);
    }
}
