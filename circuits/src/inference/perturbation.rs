//! Every cell of a small circuit changed, one at a time, and with all cells that copies tie to it: accepted where no constraint reads the cell, and nowhere else.
//!
//! A changed first phase gets its multiplicities and its second phase as an honest prover would compute them; then all identities are evaluated on all $2^k$ rows.
//!
//! Which cells nobody reads is said by [`Unread`], from fixed columns alone.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;

use super::tests::{accepted, shape, witness};
use super::{Frame, block_extents, extents};
use crate::grid::{Cell, Challenges, Grid, LateGrid};
use crate::identities::{Identities, classes};
use crate::machine::columns::{MachineColumns, Thread};
use crate::machine::gates::Strides;
use crate::machine::late::{self, Sums};
use crate::machine::{linear, lookup};
use crate::reference::{self, ResidualKind};
use crate::{CircuitParams, InferenceCircuit, InferenceWitness};

/// An honest circuit, its constraints as data, and challenges.
struct Subject {
    columns: MachineColumns,
    strides: Strides,
    /// Rows of the totals.
    totals: Range<usize>,
    challenges: Challenges,
    identities: Identities,
    grid: Grid,
    filled: LateGrid,
}

impl Subject {
    fn new(params: &CircuitParams, witness: &InferenceWitness) -> Self {
        let circuit = InferenceCircuit::new(params, witness).unwrap();
        accepted(params, &circuit).unwrap();
        let mut cs = ConstraintSystem::default();
        InferenceCircuit::configure_with_params(&mut cs, params.clone());
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let challenges =
            Challenges { rho: Fr::random(&mut random), alpha: Fr::random(&mut random) };
        let columns = MachineColumns::new(params);
        let extents = extents(params, &block_extents(params).unwrap()).into_iter().flatten();
        let (bases, last) = Frame::new(params).place(extents);
        let elements = if params.is_batch() { params.shape.total_elements() } else { 0 };
        let totals = bases.get(bases.len() - elements).map_or(0..0, |first| *first..last + 1);
        let identities = Identities::new(&cs, columns.counts.advice, challenges);
        let strides = params.strides();
        let grid = circuit.grid().clone();
        let filled = late::fill(&grid, &columns, strides, challenges);
        let subject = Self { columns, strides, totals, challenges, identities, grid, filled };
        assert!(subject.identities.hold(&subject.grid, &subject.filled, 0..subject.grid.rows()));
        subject
    }

    /// Whether a changed first phase is accepted, with the multiplicities that its lanes have.
    fn accepts(&self, grid: &mut Grid, changed: &[Cell]) -> bool {
        let last = grid.rows() - 1;
        let near = |row: usize| [row, row.checked_sub(1).unwrap_or(last)];
        let mut rows: Vec<usize> = changed.iter().flat_map(|cell| near(cell.row)).collect();
        if !self.identities.early_hold(grid, &self.filled, rows.iter().copied()) {
            return false;
        }
        if self
            .columns
            .limb_columns()
            .any(|(_, lane)| changed.iter().any(|cell| cell.column == lane))
        {
            lookup::count(grid, &self.columns);
        }
        let late = late::fill(grid, &self.columns, self.strides, self.challenges);
        rows.extend([grid.active - 1, grid.active, last]);
        self.identities.hold(grid, &late, rows.into_iter().chain(0..grid.rows()))
    }
}

/// What no constraint reads, by the fixed columns.
struct Unread<'a>(&'a Subject);

impl Unread<'_> {
    /// Why a change of this cell, and of all cells tied to it, is nobody's business; nothing if it must be noticed.
    fn reason(&self, cell: Cell, value: Fr, tied: bool) -> Option<&'static str> {
        let Subject { columns, grid, .. } = self.0;
        let Cell { column, row } = cell;
        let fixed = |column, row| grid.fixed(column, row);
        let is = |column, row, value: u64| fixed(column, row) == Fr::from(value);
        if columns.weights.contains(&column) {
            let input = |thread: &Thread| grid.advice(thread.c, row) * grid.advice(thread.a, row);
            return match (row < grid.active, &columns.inputs) {
                (false, _) => Some("below the active rows"),
                _ if is(columns.step, row, 2) => Some("linked, on a row of outputs"),
                _ if is(columns.step, row, 3) => Some("linked, on a row of constants"),
                (_, None) if is(columns.step, row, 1) => {
                    let unread = columns.threads.iter().all(|thread| input(thread) == Fr::ZERO);
                    unread.then_some("linked, multiplied with 0 alone")
                }
                _ => None,
            };
        }
        let mut threads = columns.threads.iter();
        let thread = threads.find(|thread| {
            [thread.a, thread.c].contains(&column) || thread.lanes.contains(&column)
        });
        let Some(thread) = thread else {
            return (row >= grid.active).then_some("below the active rows");
        };
        let relates = |row: usize| !is(columns.step, row, 3) && is(columns.q_s_box, row, 0);
        let [previous, operand, product, ..] = columns.relation.all();
        let read = |of| relates(row) && fixed(of, row) != Fr::ZERO;
        let s_box =
            |row: usize, below: u64| is(columns.q_s_box, row, 1) && is(columns.offset, row, below);
        let above = row.checked_sub(1);
        let input = match &columns.inputs {
            Some(inputs) => is(inputs.q_input, row, 1),
            None => is(columns.step, row, 1),
        };
        if column == thread.a {
            let made = s_box(row, 0) || above.is_some_and(|above| s_box(above, 1));
            let times = self.0.filled.columns[columns.combination.0][row];
            let applied = is(columns.step, row, 2) && times != Fr::ZERO;
            let unread = !tied && !made && !applied && !read(operand) && !read(product);
            let input = input && grid.advice(thread.c, row) != Fr::ZERO;
            return (unread && !input).then_some("a, unread");
        }
        if column == thread.c {
            let relation = above.filter(|above| relates(*above));
            let made =
                relation.is_some_and(|above| fixed(columns.relation.result, above) != Fr::ZERO);
            let chained = above.is_some_and(|above| is(columns.range, above, 2));
            let limbs = fixed(columns.range, row) != Fr::ZERO;
            let related = made || chained || limbs || read(previous) || read(product);
            let unread = !tied && !related && !input && is(columns.q_s_box, row, 0);
            return (unread && !is(columns.step, row, 2)).then_some("c, neither made nor read");
        }
        if row >= grid.active {
            return Some("below the active rows");
        }
        let lane = thread.lanes.iter().position(|lane| *lane == column)?;
        if lane == 0 && is(columns.q_s_box, row, 1) {
            return None;
        }
        let range = fixed(columns.range, row) != Fr::ZERO;
        let taken = |number| columns.lanes.is_some_and(|lanes| is(lanes, row, number));
        let read = lane == 0 || (lane == 1 && taken(1)) || taken(2);
        let unread = !range || !read;
        let limb = (0..1u64 << columns.limbs.bits).any(|limb| value == Fr::from(limb));
        (unread && limb).then_some("lane, unread, and a limb")
    }
}

/// Honest circuits: of one query, and of a batch in two threads and two blocks.
fn subjects() -> impl Iterator<Item = Subject> {
    [(1, 1, 11), (4, 2, 12)].into_iter().map(|(queries, threads, k)| {
        let shape = shape(2, &[2], 3, 2, ResidualKind::Query);
        let (weight_columns, limb_bits, limb_lanes) = (2, 8, 3);
        let params =
            CircuitParams { shape, queries, threads, k, weight_columns, limb_bits, limb_lanes };
        Subject::new(&params, &attributed(&params))
    })
}

/// A witness in which nothing that is multiplied with a matrix is 0, or a change of the matrix would be none.
fn attributed(params: &CircuitParams) -> InferenceWitness {
    let shape = &params.shape;
    let mut first = None;
    for seed in 0..2000 {
        let mut witness = witness(shape, seed);
        let base: &InferenceWitness = first.as_ref().unwrap_or(&witness);
        let (mut model, table) = (base.model.clone(), base.table.clone());
        if first.is_none() {
            model.head.iter_mut().for_each(|weight| *weight /= 64);
        }
        let input = &witness.queries[0].input;
        let fits =
            reference::query(&model, &table, ResidualKind::Query, input).is_ok_and(|trace| {
                !trace.unattributed
                    && input.iter().all(|x| *x != 0)
                    && trace.scores.iter().all(|score| *score > 0)
                    && trace.forward.layers[0].activations.iter().all(|h| *h > 0)
                    && trace.distances.iter().filter(|d| **d > 0).count() == 2
            });
        if fits {
            witness.model = model;
            let queries = witness.queries.clone();
            let found: &mut InferenceWitness = match &mut first {
                Some(first) => {
                    first.queries.extend(queries);
                    first
                }
                None => first.insert(witness),
            };
            if found.queries.len() == params.queries {
                break;
            }
        }
    }
    first.unwrap()
}

#[test]
fn every_cell_of_the_first_phase_is_read_or_known_to_be_unread() {
    subjects().for_each(|subject| first_phase_is_read(&subject));
}

fn first_phase_is_read(subject: &Subject) {
    let classes = classes(&subject.grid);
    let unread = Unread(subject);
    let outcomes: Vec<_> = classes
        .par_iter()
        .enumerate()
        .map_init(
            || subject.grid.clone(),
            |grid, (number, class)| {
                let mut random = ChaCha8Rng::seed_from_u64(number as u64);
                let mut outcomes = Vec::new();
                for change in 0..3 {
                    let by = Fr::random(&mut random);
                    let honest = subject.grid.advice(class[0].column, class[0].row);
                    let value = [honest + Fr::ONE, Fr::ZERO, honest + by][change];
                    if value == honest {
                        continue;
                    }
                    let tied = class.len() > 1;
                    let reasons: Option<Vec<_>> =
                        class.iter().map(|cell| unread.reason(*cell, value, tied)).collect();
                    let reason = reasons.map(|all| all[0]);
                    // All of +1 that must be noticed; of what takes longer, some.
                    let rare = if reason.is_some() { 16 } else { 4 };
                    if (change > 0 || reason.is_some()) && random.next_u32() % rare > 0 {
                        continue;
                    }
                    for cell in class {
                        grid.assign(cell.column, cell.row, value);
                    }
                    let accepted = subject.accepts(grid, class);
                    for cell in class {
                        grid.assign(cell.column, cell.row, honest);
                    }
                    let multiplicity = subject.columns.multiplicity.0;
                    grid.advice[multiplicity].clone_from(&subject.grid.advice[multiplicity]);
                    outcomes.push((class.clone(), change, accepted, reason));
                }
                outcomes
            },
        )
        .flatten()
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, _, reason) in &outcomes {
        *counts.entry(reason.unwrap_or("noticed")).or_default() += 1;
    }
    crate::necessity::print(&format!("{counts:#?}"));
    let mut wrong =
        outcomes.iter().filter(|(_, _, accepted, reason)| *accepted != reason.is_some());
    assert!(wrong.next().is_none(), "{:#?}", wrong.take(20).collect::<Vec<_>>());
}

#[test]
fn every_cell_of_the_second_phase_is_read() {
    subjects().for_each(|subject| second_phase_is_read(&subject));
}

fn second_phase_is_read(subject: &Subject) {
    let mut late = subject.filled.clone();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let helpers: Vec<usize> =
        subject.columns.helpers.iter().map(|helper| helper.column.0).collect();
    for column in 0..late.columns.len() {
        for row in 0..=subject.grid.active {
            let honest = late.columns[column][row];
            for value in [honest + Fr::ONE, Fr::ZERO, Fr::random(&mut random)] {
                late.columns[column][row] = value;
                let above = row.checked_sub(1).unwrap_or(subject.grid.rows() - 1);
                let unread = row == subject.grid.active && helpers.contains(&column);
                let accepted =
                    subject.identities.hold(&subject.grid, &late, [row, above].into_iter());
                assert_eq!(accepted, unread || value == honest, "{column} {row}");
            }
            late.columns[column][row] = honest;
        }
    }
}

/// Linear equations, reduced one by one.
#[derive(Default)]
struct Equations {
    /// By the largest unknown of each; its coefficient is 1.
    pivots: BTreeMap<usize, BTreeMap<usize, Fr>>,
}

impl Equations {
    fn add(&mut self, mut equation: BTreeMap<usize, Fr>) {
        equation.retain(|_, factor| *factor != Fr::ZERO);
        while let Some((&unknown, &factor)) = equation.last_key_value() {
            let Some(pivot) = self.pivots.get(&unknown) else {
                let inverse = factor.invert().unwrap();
                equation.values_mut().for_each(|other| *other *= inverse);
                self.pivots.insert(unknown, equation);
                return;
            };
            for (other, coefficient) in pivot {
                *equation.entry(*other).or_insert(Fr::ZERO) -= factor * coefficient;
            }
            equation.retain(|_, factor| *factor != Fr::ZERO);
        }
    }
}

/// Derivatives of the accumulator's last value towards `a` and `c`, for one challenge.
fn accumulated(subject: &Subject, rho: Fr) -> Vec<(Cell, Fr)> {
    let Subject { columns, grid, strides, .. } = subject;
    let mut late = LateGrid::new(columns.counts, grid.rows());
    late::sums(grid, (columns, *strides), rho, Sums::default(), &mut late);
    let pow = |exponent: usize| rho.pow_vartime([exponent as u64]);
    let output = pow(strides.word * linear::TOP_POWER);
    let (queries, row_power) = (pow(strides.queries), pow(strides.queries * columns.weights.len()));
    let threads = columns.threads.len();
    let mut power = Fr::ONE;
    // What an input on this row is multiplied with, once it's closed.
    let mut closed = Fr::ZERO;
    let mut coefficients = Vec::new();
    for row in (0..grid.active).rev() {
        let t = late.columns[columns.combination.0][row];
        let step = grid.fixed(columns.step, row);
        let factor = match &columns.inputs {
            Some(inputs) => {
                let factor = closed * grid.fixed(inputs.q_input, row);
                closed *= pow(threads);
                if step == Fr::ONE {
                    closed = -power * output * t;
                }
                factor
            }
            None if step == Fr::ONE => {
                let offset = grid.fixed(columns.offset, row);
                let weights =
                    columns.weights.iter().map(|column| grid.advice(*column, row) - offset);
                -power * output * weights.fold(row_power * t, |sum, weight| sum * queries + weight)
            }
            None => Fr::ZERO,
        };
        for (number, thread) in columns.threads.iter().enumerate() {
            let [a, c] = [thread.a, thread.c].map(|column| Cell { column, row });
            let own = pow(threads - 1 - number);
            let value = |cell: Cell| grid.advice(cell.column, row);
            coefficients.extend([(c, own * factor * value(a)), (a, own * factor * value(c))]);
            if step == Fr::from(2) {
                coefficients.extend([(c, own * power * output), (a, -own * power * t)]);
            }
        }
        if step == Fr::from(2) {
            power *= pow(threads);
        }
    }
    coefficients
}

/// With limbs, weights and public inputs held fast, no cell that is read has a direction to move in: all identities at once, to first order around an honest witness.
///
/// Rows of the constant matrices that no application needs are left out: whatever satisfies the matrix may stand there, and no copy leads away from them.
#[test]
fn no_cell_that_is_read_can_move() {
    subjects().for_each(|subject| nothing_moves(&subject));
}

fn nothing_moves(subject: &Subject) {
    let Subject { columns, grid, filled, totals, .. } = subject;
    let is = |column, row, value: u64| grid.fixed(column, row) == Fr::from(value);
    let squares = |row: usize| is(columns.q_s_box, row, 1);
    let s_box = |row: usize, below: u64| squares(row) && is(columns.offset, row, below);
    let mut class = BTreeMap::new();
    for (number, members) in classes(grid).iter().enumerate() {
        for cell in members {
            let made = s_box(cell.row, 0) || cell.row > 0 && s_box(cell.row - 1, 1);
            let is_operand = columns.threads.iter().any(|thread| thread.a == cell.column);
            // Beside the totals, threads but the first hold copies that nothing ties or reads.
            let totals =
                totals.contains(&cell.row) && cell.column.0 >= columns.threads[0].lanes[0].0;
            let spare = members.len() == 1
                && is_operand
                && (is(columns.step, cell.row, 2) && !made || totals);
            let limb =
                columns.limb_columns().any(|(_, lane)| lane == cell.column) && !squares(cell.row);
            if !spare && !limb {
                class.insert((cell.column.0, cell.row), number);
            }
        }
    }
    let unknown = |cell: &Cell| class.get(&(cell.column.0, cell.row)).copied();
    let mut equations = Equations::default();
    let mut read = BTreeSet::new();
    for row in 0..grid.active {
        for gate in &subject.identities.early {
            let mut equation = BTreeMap::new();
            for thread in &columns.threads {
                let below = row + 1;
                for (column, of) in [
                    (thread.a, row),
                    (thread.a, below),
                    (thread.c, row),
                    (thread.c, below),
                    (thread.lanes[0], row),
                ] {
                    let cell = Cell { column, row: of };
                    let factor = gate.derivative(grid, filled, row, cell);
                    if let Some(number) = unknown(&cell).filter(|_| factor != Fr::ZERO) {
                        *equation.entry(number).or_insert(Fr::ZERO) += factor;
                        read.insert(number);
                    }
                }
            }
            equations.add(equation);
        }
    }
    let alone = equations.pivots.len();
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let outputs = (0..grid.active).filter(|row| is(columns.step, *row, 2));
    for _ in 0..outputs.count() * columns.threads.len() + 10 {
        let mut equation = BTreeMap::new();
        for (cell, factor) in accumulated(subject, Fr::random(&mut random)) {
            if let Some(number) = unknown(&cell).filter(|_| factor != Fr::ZERO) {
                *equation.entry(number).or_insert(Fr::ZERO) += factor;
                read.insert(number);
            }
        }
        equations.add(equation);
    }
    let free: Vec<_> =
        read.iter().filter(|number| !equations.pivots.contains_key(number)).collect();
    let determined = equations.pivots.len();
    crate::necessity::print(&format!("{alone} and {determined} of {} unknowns", read.len()));
    let cells: Vec<_> = free.iter().map(|number| classes(grid)[**number].clone()).collect();
    assert!(alone < read.len() && free.is_empty(), "{cells:?}");
}
