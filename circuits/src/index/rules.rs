//! Second-phase columns by rule: one expression says what a cell must hold, and fills it.
//!
//! # Relation
//! A rule gives a column's value on the next row ([`Place::Sum`], starting from zero, and [`Place::Next`]) or on this one ([`Place::Here`]) as a polynomial in
//! the cells around it. It becomes the identity $q_{active} (L' - f) = 0$, and the prover evaluates the same $f$ row by row.
//!
//! # Soundness
//! By induction over the rows, every value of such a column is determined by first-phase cells and challenges. A column of [`Place::Next`] may start from
//! anything: its fixed carry is 0 on the row above the first one that is read.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{ConstraintSystem, Expression};

use super::layout::IndexLayout;
use crate::gadgets::gates::{Columns, Identity, Query};
use crate::grid::{Grid, LateGrid};
use crate::layout::Late;

/// Where a rule's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the row itself.
    Here,
    /// On the row below; what the first row holds is dropped before it is read.
    Next,
    /// On the row below; the first row holds zero, by the identity of this name.
    Sum(&'static str),
}

/// What one second-phase column holds.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) column: Late,
    pub(super) place: Place,
    pub(super) value: Expression<Fr>,
}

/// The identities of the rules.
pub(super) fn identities(
    query: &mut Query<'_, '_>,
    layout: &IndexLayout,
    rules: Vec<Rule>,
) -> Vec<Identity> {
    let (q_active, q_first) = (query.fixed(layout.q_active), query.fixed(layout.q_first));
    let mut identities = Vec::with_capacity(2 * rules.len());
    for Rule { name, column, place, value } in rules {
        let cell = match place {
            Place::Here => query.late(column),
            Place::Next => query.late_next(column),
            Place::Sum(start) => {
                identities.push((start, q_first.clone() * query.late(column)));
                query.late_next(column)
            }
        };
        identities.push((name, q_active.clone() * (cell - value)));
    }
    identities
}

/// An operation on a stack of values.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Constant(Fr),
    Fixed(usize, i32),
    Advice(usize, i32),
    Late(usize, i32),
    Challenge(usize),
    Negate,
    Add,
    Multiply,
    Scale(Fr),
    /// Goes on behind the given operation if the top of the stack is zero.
    SkipIfZero(usize),
}

/// A rule, ready to be evaluated on many rows.
pub(super) struct Program {
    column: Late,
    place: Place,
    operations: Vec<Operation>,
}

impl Program {
    /// Compiles rules. `make` writes them as for the gates.
    pub(super) fn compile(
        layout: &IndexLayout,
        challenges: usize,
        make: impl FnOnce(&mut Query<'_, '_>) -> Vec<Rule>,
    ) -> Vec<Self> {
        let mut cs = ConstraintSystem::default();
        let columns = Columns::allocate(&mut cs, layout.counts, &[], challenges);
        let mut rules = Vec::new();
        cs.create_gate("rules", |cells| {
            rules = make(&mut Query::new(cells, &columns));
            vec![Expression::Constant(Fr::ZERO)]
        });
        let compile = |rule: &Rule| {
            let mut operations = Vec::new();
            push(&rule.value, layout.counts.advice, &mut operations);
            Self { column: rule.column, place: rule.place, operations }
        };
        rules.iter().map(compile).collect()
    }
}

/// Evaluates rules row by row.
pub(super) struct Filler<'a> {
    pub(super) grid: &'a Grid,
    pub(super) challenges: &'a [Fr],
    stack: Vec<Fr>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(grid: &'a Grid, challenges: &'a [Fr]) -> Self {
        Self { grid, challenges, stack: Vec::new() }
    }

    /// Fills the columns of these rules on all rows.
    pub(super) fn fill(&mut self, programs: &[Program], late: &mut LateGrid) {
        for row in 0..self.grid.active {
            for program in programs {
                let value = self.evaluate(&program.operations, late, row);
                let row = match program.place {
                    Place::Here => row,
                    Place::Next | Place::Sum(_) => row + 1,
                };
                late.assign(program.column, row, value);
            }
        }
    }

    fn evaluate(&mut self, operations: &[Operation], late: &LateGrid, row: usize) -> Fr {
        let Self { grid, challenges, stack } = self;
        let rows = grid.rows();
        let at = |rotation: i32| {
            let distance = rotation.unsigned_abs() as usize;
            if rotation < 0 { (row + rows - distance) % rows } else { (row + distance) % rows }
        };
        stack.clear();
        let mut next = 0;
        while let Some(operation) = operations.get(next) {
            next += 1;
            match *operation {
                Operation::Constant(value) => stack.push(value),
                Operation::Fixed(column, rotation) => stack.push(grid.fixed[column][at(rotation)]),
                Operation::Advice(column, rotation) => {
                    stack.push(grid.advice[column][at(rotation)]);
                }
                Operation::Late(column, rotation) => {
                    stack.push(late.columns[column][at(rotation)]);
                }
                Operation::Challenge(number) => stack.push(challenges[number]),
                Operation::Negate => top(stack, |x| -x),
                Operation::Scale(by) => top(stack, |x| x * by),
                Operation::Add => pair(stack, |x, y| x + y),
                Operation::Multiply => pair(stack, |x, y| x * y),
                Operation::SkipIfZero(target) => {
                    if stack.last().is_some_and(|value| bool::from(value.is_zero())) {
                        next = target;
                    }
                }
            }
        }
        stack.pop().unwrap_or(Fr::ZERO)
    }
}

fn top(stack: &mut [Fr], f: impl FnOnce(Fr) -> Fr) {
    if let Some(value) = stack.last_mut() {
        *value = f(*value);
    }
}

fn pair(stack: &mut Vec<Fr>, f: impl FnOnce(Fr, Fr) -> Fr) {
    if let Some(right) = stack.pop() {
        top(stack, |left| f(left, right));
    }
}

fn push(expression: &Expression<Fr>, advice: usize, operations: &mut Vec<Operation>) {
    match expression {
        Expression::Constant(value) => operations.push(Operation::Constant(*value)),
        Expression::Fixed(query) => {
            operations.push(Operation::Fixed(query.column_index(), query.rotation().0));
        }
        Expression::Advice(query) => {
            let (column, rotation) = (query.column_index(), query.rotation().0);
            operations.push(match column.checked_sub(advice) {
                Some(late) => Operation::Late(late, rotation),
                None => Operation::Advice(column, rotation),
            });
        }
        Expression::Challenge(challenge) => {
            operations.push(Operation::Challenge(challenge.index()));
        }
        Expression::Negated(part) => {
            push(part, advice, operations);
            operations.push(Operation::Negate);
        }
        Expression::Scaled(part, by) => {
            push(part, advice, operations);
            operations.push(Operation::Scale(*by));
        }
        Expression::Sum(left, right) => {
            push(left, advice, operations);
            push(right, advice, operations);
            operations.push(Operation::Add);
        }
        Expression::Product(left, right) => {
            push(left, advice, operations);
            let skip = operations.len();
            operations.push(Operation::SkipIfZero(0));
            push(right, advice, operations);
            operations.push(Operation::Multiply);
            operations[skip] = Operation::SkipIfZero(operations.len());
        }
        Expression::Selector(_) | Expression::Instance(_) => {
            unreachable!("rules read fixed and advice cells only")
        }
    }
}
