//! The filled-in circuit as plain data: fixed cells, first-phase advice, copies, public inputs.
//!
//! Chips write here and not into halo2's regions: the same data then serves key generation (which reads only what
//! depends on the shape), the prover, and tests that forge it.

use std::collections::BTreeSet;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use crate::constraint::{Constraint, ConstraintKind};
use crate::layout::{Advice, ColumnCounts, Core, Fixed, Late, RowSelectors};
use crate::params::active_rows;

/// A cell of a first-phase column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) column: Advice,
    pub(crate) row: usize,
}

/// A cell of a second-phase column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LateCell {
    pub(crate) column: Late,
    pub(crate) row: usize,
}

/// Where the value of a second-phase cell is copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    First(Cell),
    Late(LateCell),
}

/// A cell together with the value it holds: the only way a value enters a gadget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub(crate) cell: Cell,
    pub(crate) value: Fr,
}

/// All cells of one circuit.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub(crate) fixed: Vec<Vec<Fr>>,
    pub(crate) advice: Vec<Vec<Fr>>,
    pub(crate) copies: Vec<(Cell, Cell)>,
    /// Second-phase cells that are filled with another cell's value, and whether the two are made equal.
    pub(crate) late_copies: Vec<(Source, LateCell, bool)>,
    pub(crate) instance: Vec<Fr>,
    pub(crate) constraints: BTreeSet<Constraint>,
    pub(crate) active: usize,
    pub(crate) k: u32,
    #[cfg(test)]
    pub(crate) forgery: crate::forgery::Forgery,
}

impl Grid {
    pub(crate) fn new(k: u32, layout: &Core) -> Self {
        Self::with_rows(k, active_rows(k), layout.counts, layout.rows())
    }

    /// A grid of zeros with this many active rows.
    pub(crate) fn with_rows(
        k: u32,
        active: usize,
        counts: ColumnCounts,
        selectors: RowSelectors,
    ) -> Self {
        let mut grid = Self::blank(k, active, counts);
        for row in 0..grid.active {
            grid.set(selectors.q_active, row, Fr::ONE);
        }
        grid.set(selectors.q_first, 0, Fr::ONE);
        grid.set(selectors.q_last, grid.active, Fr::ONE);
        grid
    }

    /// A grid of zeros.
    pub(crate) fn blank(k: u32, active: usize, counts: ColumnCounts) -> Self {
        let rows = 1 << k;
        Self {
            fixed: vec![vec![Fr::ZERO; rows]; counts.fixed],
            advice: vec![vec![Fr::ZERO; rows]; counts.advice],
            copies: Vec::new(),
            late_copies: Vec::new(),
            instance: Vec::new(),
            constraints: BTreeSet::new(),
            active,
            k,
            #[cfg(test)]
            forgery: crate::forgery::Forgery::default(),
        }
    }

    /// Sets a fixed cell.
    pub(crate) fn set(&mut self, column: Fixed, row: usize, value: Fr) {
        self.fixed[column.0][row] = value;
    }

    /// Reads a fixed cell.
    pub(crate) fn fixed(&self, column: Fixed, row: usize) -> Fr {
        self.fixed[column.0][row]
    }

    /// Fills an advice cell.
    pub(crate) fn assign(&mut self, column: Advice, row: usize, value: Fr) -> Wire {
        self.advice[column.0][row] = value;
        Wire { cell: Cell { column, row }, value }
    }

    /// Reads an advice cell.
    pub(crate) fn advice(&self, column: Advice, row: usize) -> Fr {
        self.advice[column.0][row]
    }

    /// Fills `cell` with the wire's value and makes the two equal, under the name of the constraint.
    pub(crate) fn copy(
        &mut self,
        constraint: Constraint,
        wire: Wire,
        column: Advice,
        row: usize,
    ) -> Wire {
        let value = self.witness(constraint.kind, constraint.name, wire.value);
        let copy = self.assign(column, row, value);
        if self.enforce(constraint) {
            self.copies.push((wire.cell, copy.cell));
        }
        copy
    }

    /// Makes a second-phase cell a copy of another one, under the name of the constraint.
    pub(crate) fn copy_late(&mut self, constraint: Constraint, source: LateCell, cell: LateCell) {
        let enforced = self.enforce(constraint);
        self.late_copies.push((Source::Late(source), cell, enforced));
    }

    /// Makes a second-phase cell a copy of a first-phase one, under the name of the constraint.
    pub(crate) fn copy_to_late(&mut self, constraint: Constraint, source: Cell, cell: LateCell) {
        let enforced = self.enforce(constraint);
        self.late_copies.push((Source::First(source), cell, enforced));
    }

    /// Rows of the domain.
    pub(crate) fn rows(&self) -> usize {
        1 << self.k
    }

    /// Notes that the constraint is used here, and tells whether it is enforced.
    pub(crate) fn enforce(&mut self, constraint: Constraint) -> bool {
        self.constraints.insert(constraint);
        constraint.enforced()
    }

    /// The value a prover fills in: the honest one, unless a test forges the value of this name.
    #[cfg(not(test))]
    #[allow(clippy::unused_self, reason = "the test build reads it")]
    pub(crate) fn witness(&mut self, _kind: ConstraintKind, _name: &'static str, honest: Fr) -> Fr {
        honest
    }

    /// The value a prover fills in: the honest one, unless a test forges the value of this name.
    #[cfg(test)]
    pub(crate) fn witness(&mut self, kind: ConstraintKind, name: &'static str, honest: Fr) -> Fr {
        self.forgery.apply(Constraint::new(kind, name), honest)
    }
}

/// The challenges of the second phase.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Challenges {
    /// Combines outputs, stream values, hash inputs and the parts of a table row.
    pub(crate) rho: Fr,
    /// The point of the log-derivative argument.
    pub(crate) alpha: Fr,
}

/// The second-phase columns.
#[derive(Clone, Debug)]
pub(crate) struct LateGrid {
    pub(crate) columns: Vec<Vec<Fr>>,
    /// A cell that holds this much more than it should.
    #[cfg(test)]
    forced: Option<(LateCell, Fr)>,
}

impl LateGrid {
    pub(crate) fn new(counts: ColumnCounts, rows: usize) -> Self {
        Self {
            columns: vec![vec![Fr::ZERO; rows]; counts.late],
            #[cfg(test)]
            forced: None,
        }
    }

    /// Adds to a cell, now and whenever it is assigned.
    #[cfg(test)]
    pub(crate) fn force(&mut self, (cell, by): (LateCell, Fr)) {
        self.columns[cell.column.0][cell.row] += by;
        self.forced = Some((cell, by));
    }

    /// Fills a cell and returns what it holds.
    pub(crate) fn assign(&mut self, column: Late, row: usize, value: Fr) -> Fr {
        #[cfg(test)]
        let value = match self.forced {
            Some((cell, by)) if cell == (LateCell { column, row }) => value + by,
            _ => value,
        };
        self.columns[column.0][row] = value;
        value
    }

    pub(crate) fn value(&self, cell: LateCell) -> Fr {
        self.columns[cell.column.0][cell.row]
    }
}
