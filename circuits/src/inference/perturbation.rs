//! Every cell of a small circuit changed, one at a time, and with all cells that copies tie to it: accepted where no constraint reads the cell, and nowhere else.
//!
//! A changed first phase gets its multiplicities and its second phase as an honest prover would compute them; then all identities are evaluated on all $2^k$ rows.
//!
//! Which cells nobody reads is said by [`Unread`], from fixed columns alone.

use std::collections::{BTreeMap, BTreeSet};

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;

use super::tests::{accepted, shape, witness};
use crate::grid::{Cell, Challenges, Grid, LateGrid};
use crate::identities::{Identities, classes};
use crate::machine::columns::MachineColumns;
use crate::machine::{late, linear, lookup};
use crate::reference::{self, ResidualKind};
use crate::{CircuitParams, InferenceCircuit, InferenceWitness};

/// An honest circuit, its constraints as data, and challenges.
struct Subject {
    columns: MachineColumns,
    stride: usize,
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
        let identities = Identities::new(&cs, columns.counts.advice, challenges);
        let stride = linear::stride(&params.shape);
        let grid = circuit.grid().clone();
        let filled = late::fill(&grid, &columns, stride, challenges);
        let subject = Self { columns, stride, challenges, identities, grid, filled };
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
        if changed.iter().any(|cell| self.columns.lanes.contains(&cell.column)) {
            lookup::count(grid, &self.columns);
        }
        let late = late::fill(grid, &self.columns, self.stride, self.challenges);
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
        if row >= grid.active && column != columns.c {
            return Some("below the active rows");
        }
        let fixed = |column, row| grid.fixed(column, row);
        let step = fixed(columns.step, row);
        let relates = |row: usize| fixed(columns.q_matrix, row) == Fr::ZERO;
        let [previous, operand, product, ..] = columns.relation.all();
        let read = |of| relates(row) && fixed(of, row) != Fr::ZERO;
        if columns.weights.contains(&column) {
            if step == Fr::from(2) {
                return Some("linked, on a row of outputs");
            }
            let multiplied = step == Fr::ONE && grid.advice(columns.c, row) != Fr::ZERO;
            return (step == Fr::ONE && !multiplied).then_some("linked, multiplied with 0 alone");
        }
        if column == columns.a {
            let unread = !tied && !read(operand) && !read(product);
            let times = self.0.filled.columns[columns.combination.0][row];
            return (unread && (step != Fr::from(2) || times == Fr::ZERO)).then_some("a, unread");
        }
        if column == columns.c {
            let above = row.checked_sub(1).filter(|above| relates(*above));
            let made = above.is_some_and(|above| fixed(columns.relation.result, above) != Fr::ZERO);
            let chained = row > 0 && fixed(columns.range, row - 1) == Fr::from(2);
            let limbs = fixed(columns.range, row) != Fr::ZERO;
            let unread = !tied && !made && !chained && !limbs;
            return (unread && !read(previous) && !read(product) && step == Fr::ZERO)
                .then_some("c, neither made nor read");
        }
        let lane = columns.lanes.iter().position(|lane| *lane == column)?;
        let range = fixed(columns.range, row) != Fr::ZERO;
        let wide = columns.q_wide.is_some_and(|q_wide| fixed(q_wide, row) == Fr::ONE);
        let unread = !range || (lane > 0 && !wide);
        let limb = (0..1u64 << columns.limbs.bits).any(|limb| value == Fr::from(limb));
        (unread && limb).then_some("lane, unread, and a limb")
    }
}

fn subject() -> Subject {
    let shape = shape(2, &[2], 3, 2, ResidualKind::Query);
    let params = CircuitParams { shape, k: 11, weight_columns: 2, limb_bits: 8, limb_lanes: 3 };
    // Nothing that is multiplied with a matrix is 0, or a change of the matrix would be none.
    let honest = (0..200).map(|seed| {
        let mut witness = witness(&params.shape, seed);
        witness.model.head.iter_mut().for_each(|weight| *weight /= 64);
        witness
    });
    let honest = honest.into_iter().find(|witness| {
        let InferenceWitness { model, table, input, .. } = witness;
        reference::query(model, table, ResidualKind::Query, input).is_ok_and(|trace| {
            !trace.unattributed
                && input.iter().all(|x| *x != 0)
                && trace.scores.iter().all(|score| *score > 0)
                && trace.forward.layers[0].activations.iter().all(|h| *h > 0)
                && trace.distances.iter().filter(|d| **d > 0).count() == 2
        })
    });
    Subject::new(&params, &honest.unwrap())
}

#[test]
fn every_cell_of_the_first_phase_is_read_or_known_to_be_unread() {
    let subject = subject();
    let classes = classes(&subject.grid);
    let unread = Unread(&subject);
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
    let subject = subject();
    let mut late = subject.filled.clone();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let helpers: Vec<usize> = subject.columns.helpers.iter().map(|helper| helper.0).collect();
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

/// Coefficients of `a` and `c` in the accumulator's last value, by row, for one challenge.
fn accumulated(subject: &Subject, rho: Fr) -> Vec<(Cell, Fr)> {
    let Subject { columns, grid, stride, .. } = subject;
    let mut late = LateGrid::new(columns.counts, grid.rows());
    late::sums(grid, (columns, *stride), rho, [Fr::ZERO; 2], &mut late);
    let output = rho.pow_vartime([(stride * linear::TOP_POWER) as u64]);
    let row_power = rho.pow_vartime([columns.weights.len() as u64]);
    let mut power = Fr::ONE;
    let mut coefficients = Vec::new();
    for row in (0..grid.active).rev() {
        let t = late.columns[columns.combination.0][row];
        let [a, c] = [columns.a, columns.c].map(|column| Cell { column, row });
        let step = grid.fixed(columns.step, row);
        if step == Fr::from(2) {
            coefficients.extend([(c, power * output), (a, -power * t)]);
            power *= rho;
        } else if step == Fr::ONE {
            let offset = grid.fixed(columns.offset, row);
            let weights = columns.weights.iter().map(|column| grid.advice(*column, row) - offset);
            let whole = row_power * t + weights.fold(Fr::ZERO, |sum, weight| sum * rho + weight);
            coefficients.push((c, -power * output * whole));
        }
    }
    coefficients
}

/// With limbs, weights and public inputs held fast, no cell that is read has a direction to move in: all identities at once, to first order around an honest witness.
///
/// Rows of the constant matrices that no application needs are left out: whatever satisfies the matrix may stand there, and no copy leads away from them.
#[test]
fn no_cell_that_is_read_can_move() {
    let subject = subject();
    let Subject { columns, grid, filled, .. } = &subject;
    let mut class = BTreeMap::new();
    for (number, members) in classes(grid).iter().enumerate() {
        for cell in members {
            let spare = members.len() == 1
                && cell.column == columns.a
                && grid.fixed(columns.step, cell.row) == Fr::from(2);
            if !spare {
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
            for cell in [
                Cell { column: columns.a, row },
                Cell { column: columns.c, row },
                Cell { column: columns.c, row: row + 1 },
            ] {
                let factor = gate.derivative(grid, filled, row, cell);
                if let Some(number) = unknown(&cell).filter(|_| factor != Fr::ZERO) {
                    *equation.entry(number).or_insert(Fr::ZERO) += factor;
                    read.insert(number);
                }
            }
            equations.add(equation);
        }
    }
    let alone = equations.pivots.len();
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let outputs = (0..grid.active).filter(|row| grid.fixed(columns.step, *row) == Fr::from(2));
    for _ in 0..outputs.count() + 10 {
        let mut equation = BTreeMap::new();
        for (cell, factor) in accumulated(&subject, Fr::random(&mut random)) {
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
    assert!(alone < read.len() && free.is_empty(), "{free:?}");
}
