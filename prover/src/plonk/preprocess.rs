//! Key generation: the columns and copies that a circuit fixes, and the keys that are made of them.
//!
//! # Method
//! What the library's key generation does, and the same keys to the byte; but a circuit is laid out once for both keys, into field elements in place of fractions, and columns are
//! transformed and committed to as those of proofs are.

use std::ops::Range;

use ff::{Field as _, PrimeField as _};
use group::Curve as _;
use halo2_proofs::circuit::Value;
use halo2_proofs::halo2curves::bn256::{Fr, G1, G1Affine};
use halo2_proofs::plonk::{
    Advice, Any, Assigned, Assignment, Challenge, Circuit, Column, ConstraintSystem, Error, Fixed,
    FloorPlanner as _, Instance, ProvingKey, Selector, VerifyingKey, permutation,
};
use halo2_proofs::poly::{Coeff, EvaluationDomain, LagrangeCoeff, Polynomial};
use rayon::prelude::*;

use super::domain::Domain;
use super::msm;
use crate::srs::Srs;

/// All that keys are made of.
pub(crate) struct Preprocessed {
    k: u32,
    cs: ConstraintSystem<Fr>,
    /// Fixed columns, selectors last, by their values.
    fixed: Vec<Vec<Fr>>,
    copies: Copies,
}

impl Preprocessed {
    /// Lays a circuit out in $2^k$ rows; selectors become columns of their own.
    ///
    /// # Errors
    /// Fails if the circuit does not fit the rows, or assigns what it did not configure.
    pub(crate) fn new<C: Circuit<Fr>>(k: u32, circuit: &C) -> Result<Self, Error> {
        let mut cs = ConstraintSystem::default();
        let config = C::configure_with_params(&mut cs, circuit.params());
        let rows = 1usize << k;
        if rows < cs.minimum_rows() {
            return Err(Error::NotEnoughRowsAvailable { current_k: k });
        }
        let mut cells = Cells {
            k,
            fixed: vec![vec![Fr::ZERO; rows]; cs.num_fixed_columns()],
            selectors: vec![vec![false; rows]; cs.num_selectors()],
            copies: Copies::new(cs.permutation().get_columns(), rows),
            usable: 0..rows - (cs.blinding_factors() + 1),
            failure: None,
        };
        C::FloorPlanner::synthesize(&mut cells, circuit, config, cs.constants().clone())?;
        let Cells { mut fixed, selectors, copies, failure, .. } = cells;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let (cs, selectors) = cs.directly_convert_selectors_to_fixed(selectors);
        fixed.extend(selectors);
        Ok(Self { k, cs, fixed, copies })
    }

    /// Commits to the columns with an SRS of as many rows.
    pub(crate) fn verifying_key(&self, srs: &Srs) -> VerifyingKey<G1Affine> {
        let permuted = self.copies.columns(&Domain::new(self.k));
        let permutation = permutation::VerifyingKey::from_commitments(commit(srs, &permuted));
        let domain = self.domain();
        let fixed = commit(srs, &self.fixed);
        VerifyingKey::from_parts(domain, fixed, permutation, self.cs.clone(), Vec::new(), false)
    }

    /// Makes the proving key that goes with the verifying key.
    pub(crate) fn proving_key(self, verifying: VerifyingKey<G1Affine>) -> ProvingKey<G1Affine> {
        let (domain, library) = (Domain::new(self.k), self.domain());
        let blinding = self.cs.blinding_factors();
        let last = domain.rows() - (blinding + 1);
        let indicator = |range: Range<usize>| {
            let mut column = vec![Fr::ZERO; domain.rows()];
            column[range].fill(Fr::ONE);
            domain.to_coefficients(&mut column);
            library.coeff_from_vec(column)
        };
        let coefficients = |columns: &[Vec<Fr>]| -> Vec<Polynomial<Fr, Coeff>> {
            let transformed = columns.par_iter().map(|column| {
                let mut column = column.clone();
                domain.to_coefficients(&mut column);
                library.coeff_from_vec(column)
            });
            transformed.collect()
        };
        let values = |columns: Vec<Vec<Fr>>| -> Vec<Polynomial<Fr, LagrangeCoeff>> {
            columns.into_iter().map(|column| library.lagrange_from_vec(column)).collect()
        };
        let permuted = self.copies.columns(&domain);
        let polynomials = coefficients(&permuted);
        let permutation = permutation::ProvingKey::from_parts(values(permuted), polynomials);
        let [first, end, active] = [0..1, last..last + 1, 0..last].map(indicator);
        let polynomials = coefficients(&self.fixed);
        let fixed = values(self.fixed);
        ProvingKey::from_parts(verifying, first, end, active, fixed, polynomials, permutation)
    }

    fn domain(&self) -> EvaluationDomain<Fr> {
        EvaluationDomain::new(u32::try_from(self.cs.degree()).unwrap_or(u32::MAX), self.k)
    }
}

fn commit(srs: &Srs, columns: &[Vec<Fr>]) -> Vec<G1Affine> {
    let points = srs.lagrange();
    let commitments = columns.par_iter().map(|column| msm::multiply(column, points));
    let commitments: Vec<G1> = commitments.collect();
    let mut affine = vec![G1Affine::default(); commitments.len()];
    G1::batch_normalize(&commitments, &mut affine);
    affine
}

/// Cells of permuted columns, each followed by the next one that it is equal to.
struct Copies {
    columns: Vec<Column<Any>>,
    rows: usize,
    /// The next cell, by place: row by row, column by column.
    next: Vec<usize>,
    /// A cell of the same cycle that is closer to the one that stands for it.
    closer: Vec<usize>,
}

impl Copies {
    fn new(columns: Vec<Column<Any>>, rows: usize) -> Self {
        let places: Vec<usize> = (0..columns.len() * rows).collect();
        Self { columns, rows, next: places.clone(), closer: places }
    }

    /// Makes two cells equal: their cycles become one.
    fn merge(
        &mut self,
        left: (Column<Any>, usize),
        right: (Column<Any>, usize),
    ) -> Result<(), Error> {
        let place = |(column, row): (Column<Any>, usize)| {
            let number = self.columns.iter().position(|other| *other == column);
            let place = number.map(|number| number * self.rows + row);
            place.ok_or(Error::ColumnNotInPermutation(column))
        };
        let (left, right) = (place(left)?, place(right)?);
        let (one, other) = (self.representative(left), self.representative(right));
        if one != other {
            self.closer[other] = one;
            self.next.swap(left, right);
        }
        Ok(())
    }

    fn representative(&mut self, mut place: usize) -> usize {
        while self.closer[place] != place {
            self.closer[place] = self.closer[self.closer[place]];
            place = self.closer[place];
        }
        place
    }

    /// For each permuted column the names $\delta^j \omega^i$ of the cells that come next.
    fn columns(&self, domain: &Domain) -> Vec<Vec<Fr>> {
        let cosets = super::domain::powers(Fr::DELTA, self.columns.len());
        let name = |place: &usize| cosets[place / self.rows] * domain.powers()[place % self.rows];
        self.next.par_chunks(self.rows).map(|column| column.iter().map(name).collect()).collect()
    }
}

/// Where a circuit is laid out.
struct Cells {
    k: u32,
    fixed: Vec<Vec<Fr>>,
    selectors: Vec<Vec<bool>>,
    copies: Copies,
    usable: Range<usize>,
    /// The first assignment that went wrong, where the library's interface has no way to say so.
    failure: Option<Error>,
}

impl Cells {
    fn usable(&self, row: usize) -> Result<(), Error> {
        if self.usable.contains(&row) {
            Ok(())
        } else {
            Err(Error::NotEnoughRowsAvailable { current_k: self.k })
        }
    }

    fn note(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.failure.get_or_insert(error);
        }
    }

    fn set(&mut self, column: Column<Fixed>, row: usize, value: Fr) -> Result<(), Error> {
        self.usable(row)?;
        let cell = self.fixed.get_mut(column.index()).and_then(|column| column.get_mut(row));
        *cell.ok_or(Error::BoundsFailure)? = value;
        Ok(())
    }
}

impl Assignment<Fr> for Cells {
    fn enter_region<NR: Into<String>, N: FnOnce() -> NR>(&mut self, _: N) {}

    fn exit_region(&mut self) {}

    fn annotate_column<A: FnOnce() -> AR, AR: Into<String>>(&mut self, _: A, _: Column<Any>) {}

    fn push_namespace<NR: Into<String>, N: FnOnce() -> NR>(&mut self, _: N) {}

    fn pop_namespace(&mut self, _: Option<String>) {}

    fn enable_selector<A: FnOnce() -> AR, AR: Into<String>>(
        &mut self,
        _: A,
        selector: &Selector,
        row: usize,
    ) -> Result<(), Error> {
        self.usable(row)?;
        let column = self.selectors.get_mut(selector.index()).ok_or(Error::BoundsFailure)?;
        column[row] = true;
        Ok(())
    }

    fn query_instance(&self, _: Column<Instance>, row: usize) -> Result<Value<Fr>, Error> {
        self.usable(row)?;
        Ok(Value::unknown())
    }

    fn assign_advice<'v>(
        &mut self,
        _: Column<Advice>,
        _: usize,
        _: Value<Assigned<Fr>>,
    ) -> Value<&'v Assigned<Fr>> {
        Value::unknown()
    }

    fn assign_fixed(&mut self, column: Column<Fixed>, row: usize, to: Assigned<Fr>) {
        let set = self.set(column, row, to.evaluate());
        self.note(set);
    }

    fn copy(
        &mut self,
        left_column: Column<Any>,
        left_row: usize,
        right_column: Column<Any>,
        right_row: usize,
    ) {
        let usable = self.usable(left_row).and_then(|()| self.usable(right_row));
        let merged = usable
            .and_then(|()| self.copies.merge((left_column, left_row), (right_column, right_row)));
        self.note(merged);
    }

    fn fill_from_row(
        &mut self,
        column: Column<Fixed>,
        row: usize,
        to: Value<Assigned<Fr>>,
    ) -> Result<(), Error> {
        self.usable(row)?;
        let mut filled = Err(Error::Synthesis);
        to.map(|to| {
            let value = to.evaluate();
            filled = (row..self.usable.end).try_for_each(|row| self.set(column, row, value));
        });
        filled
    }

    fn get_challenge(&self, _: Challenge) -> Value<Fr> {
        Value::unknown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate;
    use crate::keys::tests::Square;
    use crate::planner::sample;
    use halo2_proofs::SerdeFormat;
    use halo2_proofs::plonk;
    use tribute_circuits::{IndexCircuit, IndexParams, IndexShape, InferenceCircuit};
    use tribute_circuits::{Shape, layouts};
    use tribute_verifier::method::{MethodId, ResidualKind};

    fn agree<C: Circuit<Fr>>(k: u32, circuit: &C) {
        let srs = Srs::generate_unsafe_dev(k).unwrap();
        let ours = generate(&srs, circuit).unwrap();
        let theirs = plonk::keygen_pk2(srs.params(), circuit, false).unwrap();
        let bytes = [ours, theirs].map(|key| key.to_bytes(SerdeFormat::RawBytes));
        assert!(bytes[0] == bytes[1]);
    }

    #[test]
    fn keys_are_those_of_the_library() {
        agree(5, &Square { scale: 3, root: None });
        let residual = ResidualKind::Query;
        let shape = Shape { inputs: 3, hidden: vec![2], classes: 2, contributors: 2, residual };
        for queries in [1, 4] {
            let params = layouts(&shape, queries).unwrap().remove(0);
            let witness = sample::witness(&shape, queries);
            agree(params.k, &InferenceCircuit::new(&params, &witness).unwrap());
        }
        let method = MethodId::TracIn;
        let shape = Shape { residual: method.residual(), ..shape };
        let params =
            IndexParams::fit(IndexShape { shape, method, rows: 5, validation: 0, eta: 0 }).unwrap();
        agree(params.k, &IndexCircuit::for_keys(&params).unwrap());
    }

    #[test]
    fn circuits_of_more_rows_are_refused() {
        let circuit = Square { scale: 3, root: None };
        let refused = Preprocessed::new(1, &circuit);
        assert!(matches!(refused, Err(Error::NotEnoughRowsAvailable { current_k: 1 })));
    }
}
