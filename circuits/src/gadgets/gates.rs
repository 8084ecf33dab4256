//! From the layout's columns to halo2's, and from named identities to gates.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{
    self, Challenge, Column, ConstraintSystem, Expression, FirstPhase, SecondPhase, VirtualCells,
};
use halo2_proofs::poly::Rotation;

use crate::constraint::{Constraint, ConstraintKind};
use crate::layout::{Advice, ColumnCounts, Fixed, Late};

/// An identity of a gate, with the name that says what it is.
pub(crate) type Identity = (&'static str, Expression<Fr>);

/// halo2's columns, in the layout's order.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) fixed: Vec<Column<plonk::Fixed>>,
    pub(crate) advice: Vec<Column<plonk::Advice>>,
    pub(crate) late: Vec<Column<plonk::Advice>>,
    pub(crate) instance: Column<plonk::Instance>,
    /// rho, alpha, then those of one circuit alone.
    pub(crate) challenges: Vec<Challenge>,
}

impl Columns {
    pub(crate) fn allocate(
        cs: &mut ConstraintSystem<Fr>,
        counts: ColumnCounts,
        equality: &[Advice],
        challenges: usize,
    ) -> Self {
        let fixed = (0..counts.fixed).map(|_| cs.fixed_column()).collect();
        let advice: Vec<_> = (0..counts.advice).map(|_| cs.advice_column()).collect();
        let late = (0..counts.late).map(|_| cs.advice_column_in(SecondPhase)).collect();
        for column in equality {
            cs.enable_equality(advice[column.0]);
        }
        let challenges = (0..challenges).map(|_| cs.challenge_usable_after(FirstPhase)).collect();
        Self { fixed, advice, late, instance: cs.instance_column(), challenges }
    }
}

/// Creates the gates of one chip and keeps their names.
pub(crate) struct Gates<'a> {
    pub(crate) cs: &'a mut ConstraintSystem<Fr>,
    pub(crate) columns: &'a Columns,
    pub(crate) names: Vec<Constraint>,
}

impl Gates<'_> {
    pub(crate) fn create(&mut self, identities: impl FnOnce(&mut Query<'_, '_>) -> Vec<Identity>) {
        let (columns, names) = (self.columns, &mut self.names);
        self.cs.create_gate("tribute", |cells| {
            let mut enforced = Vec::new();
            for (name, identity) in identities(&mut Query::new(cells, columns)) {
                let constraint = Constraint::new(ConstraintKind::Gate, name);
                if !names.contains(&constraint) {
                    names.push(constraint);
                }
                if constraint.enforced() {
                    enforced.push((name, identity));
                }
            }
            if enforced.is_empty() {
                enforced.push(("nothing", Expression::Constant(Fr::ZERO)));
            }
            enforced
        });
    }
}

/// Reads columns in a gate.
pub(crate) struct Query<'a, 'b> {
    cells: &'a mut VirtualCells<'b, Fr>,
    columns: &'a Columns,
}

impl<'a, 'b> Query<'a, 'b> {
    pub(crate) fn new(cells: &'a mut VirtualCells<'b, Fr>, columns: &'a Columns) -> Self {
        Self { cells, columns }
    }
}

impl Query<'_, '_> {
    pub(crate) fn fixed(&mut self, column: Fixed) -> Expression<Fr> {
        self.cells.query_fixed(self.columns.fixed[column.0], Rotation::cur())
    }

    pub(crate) fn fixed_next(&mut self, column: Fixed) -> Expression<Fr> {
        self.cells.query_fixed(self.columns.fixed[column.0], Rotation::next())
    }

    pub(crate) fn advice(&mut self, column: Advice) -> Expression<Fr> {
        self.advice_at(column, 0)
    }

    pub(crate) fn advice_at(&mut self, column: Advice, rotation: i32) -> Expression<Fr> {
        self.cells.query_advice(self.columns.advice[column.0], Rotation(rotation))
    }

    pub(crate) fn late(&mut self, column: Late) -> Expression<Fr> {
        self.cells.query_advice(self.columns.late[column.0], Rotation::cur())
    }

    pub(crate) fn late_at(&mut self, column: Late, rotation: i32) -> Expression<Fr> {
        self.cells.query_advice(self.columns.late[column.0], Rotation(rotation))
    }

    pub(crate) fn late_next(&mut self, column: Late) -> Expression<Fr> {
        self.cells.query_advice(self.columns.late[column.0], Rotation::next())
    }

    pub(crate) fn instance(&mut self) -> Expression<Fr> {
        self.cells.query_instance(self.columns.instance, Rotation::cur())
    }

    pub(crate) fn rho(&mut self) -> Expression<Fr> {
        self.challenge(0)
    }

    pub(crate) fn alpha(&mut self) -> Expression<Fr> {
        self.challenge(1)
    }

    pub(crate) fn challenge(&mut self, number: usize) -> Expression<Fr> {
        self.cells.query_challenge(self.columns.challenges[number])
    }
}

/// A constant.
pub(crate) fn constant(value: Fr) -> Expression<Fr> {
    Expression::Constant(value)
}

/// $\sum$ of the terms; zero if there are none.
pub(crate) fn sum(terms: impl IntoIterator<Item = Expression<Fr>>) -> Expression<Fr> {
    terms.into_iter().reduce(|left, right| left + right).unwrap_or(Expression::Constant(Fr::ZERO))
}

/// $\sum_j \rho^{n-1-j} e_j$.
pub(crate) fn combine(
    rho: &Expression<Fr>,
    terms: impl IntoIterator<Item = Expression<Fr>>,
) -> Expression<Fr> {
    terms
        .into_iter()
        .reduce(|combined, term| combined * rho.clone() + term)
        .unwrap_or(Expression::Constant(Fr::ZERO))
}

/// $e^n$ for $n \ge 1$.
pub(crate) fn power(base: &Expression<Fr>, exponent: usize) -> Expression<Fr> {
    (1..exponent).fold(base.clone(), |product, _| product * base.clone())
}
