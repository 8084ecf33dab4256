//! The identities of a circuit as data, for tests that evaluate them without the proof system.
//!
//! They come from the configured constraint system and are evaluated on any of the $2^k$ rows, around the end to row 0, as the proof system's quotient sees them.

use std::collections::BTreeMap;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{ConstraintSystem, Expression};

use crate::grid::{Cell, Challenges, Grid, LateGrid, Source};
use crate::layout::Advice;

/// All identities of a circuit.
pub(crate) struct Identities {
    /// Those of the first phase alone.
    pub(crate) early: Vec<Node>,
    late: Vec<Node>,
}

impl Identities {
    pub(crate) fn new(cs: &ConstraintSystem<Fr>, first: usize, challenges: Challenges) -> Self {
        let nodes = cs.gates().iter().flat_map(|gate| gate.polynomials().to_vec());
        let (late, early) =
            nodes.map(|node| Node::new(&node, challenges)).partition(|node| node.reads_late(first));
        Self { early, late }
    }

    /// Whether those of the first phase hold on these rows.
    pub(crate) fn early_hold(
        &self,
        grid: &Grid,
        late: &LateGrid,
        mut rows: impl Iterator<Item = usize>,
    ) -> bool {
        rows.all(|row| self.early.iter().all(|node| node.value(grid, late, row) == Fr::ZERO))
    }

    /// Whether all hold on these rows, and copies into the second phase everywhere.
    pub(crate) fn hold(
        &self,
        grid: &Grid,
        late: &LateGrid,
        mut rows: impl Iterator<Item = usize>,
    ) -> bool {
        let copies = grid.late_copies.iter().filter(|(_, _, enforced)| *enforced);
        let mut copies = copies.map(|(source, cell, _)| {
            let source = match source {
                Source::First(cell) => grid.advice(cell.column, cell.row),
                Source::Late(cell) => late.value(*cell),
            };
            source == late.value(*cell)
        });
        copies.all(|equal| equal)
            && rows.all(|row| {
                let mut nodes = self.early.iter().chain(&self.late);
                nodes.all(|node| node.value(grid, late, row) == Fr::ZERO)
            })
    }
}

/// An identity with the challenges filled in and all constants folded.
pub(crate) enum Node {
    Constant(Fr),
    Fixed(usize, i32),
    Advice(usize, i32),
    Instance(i32),
    Sum(Box<Self>, Box<Self>),
    Product(Box<Self>, Box<Self>),
}

impl Node {
    fn new(expression: &Expression<Fr>, challenges: Challenges) -> Self {
        let challenge = [challenges.rho, challenges.alpha];
        expression.evaluate(
            &Self::Constant,
            &|_| unreachable!("no selectors"),
            &|query| Self::Fixed(query.column_index(), query.rotation().0),
            &|query| Self::Advice(query.column_index(), query.rotation().0),
            &|query| Self::Instance(query.rotation().0),
            &|number| Self::Constant(challenge[number.index()]),
            &|node| Self::product(Self::Constant(-Fr::ONE), node),
            &Self::sum,
            &Self::product,
            &|node, factor| Self::product(Self::Constant(factor), node),
        )
    }

    fn sum(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Constant(left), Self::Constant(right)) => Self::Constant(left + right),
            (left, right) => Self::Sum(Box::new(left), Box::new(right)),
        }
    }

    fn product(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Constant(left), Self::Constant(right)) => Self::Constant(left * right),
            (left, right) => Self::Product(Box::new(left), Box::new(right)),
        }
    }

    fn reads_late(&self, first: usize) -> bool {
        match self {
            Self::Advice(column, _) => *column >= first,
            Self::Sum(left, right) | Self::Product(left, right) => {
                left.reads_late(first) || right.reads_late(first)
            }
            _ => false,
        }
    }

    pub(crate) fn value(&self, grid: &Grid, late: &LateGrid, row: usize) -> Fr {
        let at = |rotation: i32| {
            let rows = i64::try_from(grid.rows()).unwrap();
            let row = i64::try_from(row).unwrap() + i64::from(rotation);
            usize::try_from(row.rem_euclid(rows)).unwrap()
        };
        match self {
            Self::Constant(value) => *value,
            Self::Fixed(column, rotation) => grid.fixed[*column][at(*rotation)],
            Self::Advice(column, rotation) => match column.checked_sub(grid.advice.len()) {
                None => grid.advice[*column][at(*rotation)],
                Some(column) => late.columns[column][at(*rotation)],
            },
            Self::Instance(rotation) => {
                grid.instance.get(at(*rotation)).copied().unwrap_or(Fr::ZERO)
            }
            Self::Sum(left, right) => left.value(grid, late, row) + right.value(grid, late, row),
            Self::Product(left, right) => {
                let left = left.value(grid, late, row);
                if left == Fr::ZERO { left } else { left * right.value(grid, late, row) }
            }
        }
    }

    /// The derivative towards a cell of the first phase.
    pub(crate) fn derivative(&self, grid: &Grid, late: &LateGrid, row: usize, towards: Cell) -> Fr {
        match self {
            Self::Constant(_) | Self::Fixed(..) | Self::Instance(_) => Fr::ZERO,
            Self::Advice(column, rotation) => {
                let hit = *column == towards.column.0
                    && i64::try_from(row).unwrap() + i64::from(*rotation)
                        == i64::try_from(towards.row).unwrap();
                if hit { Fr::ONE } else { Fr::ZERO }
            }
            Self::Sum(left, right) => {
                left.derivative(grid, late, row, towards)
                    + right.derivative(grid, late, row, towards)
            }
            Self::Product(left, right) => {
                left.derivative(grid, late, row, towards) * right.value(grid, late, row)
                    + left.value(grid, late, row) * right.derivative(grid, late, row, towards)
            }
        }
    }
}

/// Cells of the first phase, by what copies make equal.
pub(crate) fn classes(grid: &Grid) -> Vec<Vec<Cell>> {
    let key = |cell: &Cell| (cell.column.0, cell.row);
    let mut class: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut members: BTreeMap<usize, Vec<Cell>> = BTreeMap::new();
    for column in 0..grid.advice.len() {
        for row in 0..=grid.active {
            let cell = Cell { column: Advice(column), row };
            let number = members.len();
            class.insert(key(&cell), number);
            members.insert(number, vec![cell]);
        }
    }
    for (left, right) in &grid.copies {
        let (left, right) = (class[&key(left)], class[&key(right)]);
        if left != right {
            let moved = members.remove(&right).unwrap();
            for cell in &moved {
                class.insert(key(cell), left);
            }
            members.get_mut(&left).unwrap().extend(moved);
        }
    }
    members.into_values().collect()
}
