//! The index statement: every committed row ran through the committed model, and the committed table is what the method makes of them.
//!
//! # Relation
//! Public: the commitments to model, index and dataset, the header's digest, the number of admitted rows, lambda, epsilon, the norms' sum, a norm of the head, the
//! numbers of right answers, and a word of what the shape fixes: profile, method, eta, features, classes, contributors, rows, validation rows. A verifier demands
//! $0 < \lambda < 2^{32}$, $\epsilon < 2^{128}$, a head's norm below $2^{64}$ and both counts below $2^{32}$; the circuit doesn't. There are a model, rows with salts, and a table with these commitments such that, with $h_i$, $p_i$, $\delta_i$
//! what [`crate::reference::row_trace`] gives for row $i$ and $w_i$ whether no row before it has its features,
//! * the table is $\sum_i w_i h_i \otimes \delta_i$ of each contributor's rows (`tracin`, `representer`), or the certified solution of the Newton system
//!   (`influence`, `group-newton`; [`matrices`]);
//! * $|2^{16} \sum_c G_c - \lambda 2^{20} W|_\infty \le \epsilon$;
//! * $\sum_i w_i s_i$ is the norms' sum, with $s_i \ge |h_i|_2$, and $\sum_i w_i$ the number of admitted rows;
//! * the head's norm is at most $|W|_F$;
//! * `right` is the number of training rows whose label is the class that the model returns, and $2^{32}$ times that of validation rows.
//!
//! Validation rows are committed behind the training rows and have $w_i = 0$.
//!
//! # Layout
//! See [`layout`] and [`block`]. Every training row takes the same rows of the circuit, one below the other; what relates values of different training rows is linear, so
//! random combinations carry it ([`sums`], [`matrices`]): about $n_0 + K + M C$ values a row, none of them repeated.
//!
//! # Soundness
//! [`rows`] makes each value of a training row a function of its leaf and the model; [`sums`] and [`matrices`] relate the rows to model and table; the stream and the hash tie
//! leaves, model and table to the commitments ([`tree`]). Every committed row takes part: the blocks are as many as the shape has rows, and the root binds that number.

mod block;
mod circuit;
mod fill;
mod layout;
mod matrices;
mod order;
mod params;
#[cfg(test)]
mod rejects;
mod residual;
mod rows;
mod rules;
mod statement;
mod sums;
#[cfg(test)]
mod tests;
mod tree;
mod values;

use halo2_proofs::halo2curves::bn256::Fr;
use rayon::prelude::*;
use tribute_verifier::field::FieldElement;

pub use self::circuit::IndexCircuit;
pub use self::params::{IndexParams, IndexShape, MAX_INDEX_K};

use self::block::Block;
use self::layout::IndexLayout;
use self::rules::{Filler, Program};
use self::values::RowValues;
use crate::gadgets::{lookup, poseidon, stream};
use crate::grid::{Challenges, Grid, LateGrid, Source, Wire};
use crate::inference::WitnessError;
use crate::layout::Advice;
use crate::reference::fixed_point::TABLE_FRACTION_BITS;
use crate::reference::norms::{norm_above, norm_step};
use crate::reference::{Model, Table, admit_first};

/// One training row.
#[derive(Clone, Debug)]
pub struct IndexRow {
    /// Features at scale 8.
    pub features: Vec<i16>,
    /// Label.
    pub label: u16,
    /// Place of its contributor in registry order.
    pub owner: u16,
    /// Salt of its leaf.
    pub salt: FieldElement,
}

/// Everything the prover of an index knows.
#[derive(Clone, Debug)]
pub struct IndexWitness {
    /// The model.
    pub model: Model,
    /// The attribution table.
    pub table: Table,
    /// With a Newton method, what the certified solution exceeds $2^{32}$ times the table by, in table order; else nothing.
    pub fractions: Vec<i32>,
    /// Salt of the model commitment.
    pub model_salt: FieldElement,
    /// Salt of the table commitment.
    pub table_salt: FieldElement,
    /// Digest of the index header.
    pub header_digest: FieldElement,
    /// All rows: training rows in registration order, then validation rows.
    pub rows: Vec<IndexRow>,
    /// Lambda in 1/256.
    pub lam: u32,
    /// Bound of the stationarity residual.
    pub epsilon: u128,
    /// A norm that the head's is not below.
    pub head_norm: u64,
}

impl IndexWitness {
    /// A witness of zeros: key generation reads nothing but the shape.
    fn zero(shape: &IndexShape) -> Self {
        let inference = crate::InferenceWitness::zero(&shape.shape);
        let row = IndexRow {
            features: vec![0; shape.shape.inputs],
            label: 0,
            owner: 0,
            salt: FieldElement::ZERO,
        };
        Self {
            model: inference.model,
            fractions: vec![
                0;
                if shape.method.is_newton() { inference.table.entries.len() } else { 0 }
            ],
            table: inference.table,
            model_salt: FieldElement::ZERO,
            table_salt: FieldElement::ZERO,
            header_digest: FieldElement::ZERO,
            rows: vec![row; shape.committed()],
            lam: 0,
            epsilon: 0,
            head_norm: 0,
        }
    }

    /// The certified solution of a Newton method, in table order.
    fn solution(&self) -> Vec<i128> {
        let entries = self.table.entries.iter().zip(&self.fractions);
        let solved = |(entry, fraction): (&i64, &i32)| {
            (i128::from(*entry) << TABLE_FRACTION_BITS) + i128::from(*fraction)
        };
        entries.map(solved).collect()
    }

    fn check(&self, shape: &IndexShape) -> Result<(), WitnessError> {
        crate::preimage::check_shapes(&self.model, &self.table, &shape.shape)?;
        let fractions = if shape.method.is_newton() { self.table.entries.len() } else { 0 };
        if self.fractions.len() != fractions {
            return Err(WitnessError::Shape { what: "list of fractions" });
        }
        let rows = self.rows.len() == shape.committed()
            && self.rows.iter().all(|row| {
                row.features.len() == shape.shape.inputs
                    && usize::from(row.label) < shape.shape.classes
                    && usize::from(row.owner) < shape.shape.contributors
            });
        if rows { Ok(()) } else { Err(WitnessError::Shape { what: "list of rows" }) }
    }
}

/// Makes a port of the stream a copy of a digest.
fn tie_port(grid: &mut Grid, pack: Advice, digest: Wire, row: usize) {
    grid.copy(fill::PORT, digest, pack, row);
}

/// A circuit with every value in place.
pub(crate) struct Built {
    pub(crate) layout: IndexLayout,
    pub(crate) grid: Grid,
}

/// Fills the grid of one circuit.
fn build(params: &IndexParams, witness: &IndexWitness) -> Result<Built, WitnessError> {
    let rows = checked_values(params, witness)?;
    Ok(build_from(
        params,
        witness,
        &rows,
        #[cfg(test)]
        crate::forgery::Forgery::default(),
    ))
}

fn checked_values(
    params: &IndexParams,
    witness: &IndexWitness,
) -> Result<Vec<RowValues>, WitnessError> {
    params.validate()?;
    witness.check(&params.shape)?;
    let features: Vec<Vec<i16>> = witness.rows.iter().map(|row| row.features.clone()).collect();
    let solution = witness.solution();
    let mut rows: Vec<RowValues> = witness
        .rows
        .par_iter()
        .enumerate()
        .map(|(number, row)| RowValues::new(witness, row, number, &solution))
        .collect::<Result<_, _>>()?;
    for (row, admitted) in rows.iter_mut().zip(admit_first(&features)) {
        row.admitted = i128::from(admitted);
    }
    let training = params.shape.rows;
    rows[training..].iter_mut().for_each(|row| row.validation = true);
    round_norms(&witness.model, &mut rows[..training]);
    Ok(rows)
}

/// Rounds the norms of training rows up, so that their sum doesn't tell that of a single one.
fn round_norms(model: &Model, rows: &mut [RowValues]) {
    let squares = |row: &RowValues| row.features(model).iter().map(|h| h * h).sum();
    let admitted = rows.iter().filter(|row| row.admitted != 0);
    let step = norm_step(admitted.map(squares).max().unwrap_or(0));
    rows.iter_mut().for_each(|row| row.norm = norm_above(squares(row), step));
}

/// Fills the grid with these values of the rows; what follows from them is computed from them.
fn build_from(
    params: &IndexParams,
    witness: &IndexWitness,
    rows: &[RowValues],
    #[cfg(test)] forgery: crate::forgery::Forgery,
) -> Built {
    let layout = IndexLayout::new(params);
    let block = Block::new(params);
    let mut grid = Grid::new(params.k, &layout);
    #[cfg(test)]
    {
        grid.forgery = forgery;
    }
    let lookup = layout.lookup_chip(params::LOOKUP_BATCH);
    lookup::load_table(&mut grid, &lookup);
    let statement = statement::Statement { params, layout: &layout, block: &block, witness, rows };
    statement.fill(&mut grid);
    #[cfg(test)]
    if let Some(change) = grid.forgery.cells.clone() {
        change(&mut grid);
    }
    lookup::count(&mut grid, &lookup);
    Built { layout, grid }
}

/// The challenges' part of the grid.
pub(crate) fn fill_late(
    params: &IndexParams,
    layout: &IndexLayout,
    grid: &Grid,
    challenges: &[Fr],
) -> LateGrid {
    let late = LateGrid::new(layout.counts, grid.rows());
    #[cfg(test)]
    if let Some(absorption) = &grid.forgery.absorption {
        return absorption.fill(|forced| {
            let mut late = late.clone();
            late.force(forced);
            fill_sums(params, layout, grid, challenges, late)
        });
    }
    fill_sums(params, layout, grid, challenges, late)
}

fn fill_sums(
    params: &IndexParams,
    layout: &IndexLayout,
    grid: &Grid,
    challenges: &[Fr],
    mut late: LateGrid,
) -> LateGrid {
    let pair = Challenges { rho: challenges[0], alpha: challenges[1] };
    stream::fill_late(grid, &[layout.stream_chip()], pair, &mut late);
    poseidon::fill_late(grid, &[layout.hash_chip()], pair, &mut late);
    lookup::fill_late(grid, &layout.lookup_chip(params::LOOKUP_BATCH), pair, &mut late);
    let count = sums::CHALLENGES;
    let blocks = Program::compile(layout, count, |query| sums::rules(query, layout, params));
    let matrices = Program::compile(layout, count, |query| {
        let mut rules = matrices::rules(query, layout);
        rules.push(sums::total(query, layout, params));
        rules
    });
    let mut filler = Filler::new(grid, challenges);
    filler.fill(&blocks, &mut late);
    sums::fill_permutation(grid, layout, pair, &mut late);
    for (source, cell, _) in &grid.late_copies {
        let value = match source {
            Source::First(source) => grid.advice(source.column, source.row),
            Source::Late(source) => late.value(*source),
        };
        late.assign(cell.column, cell.row, value);
    }
    filler.fill(&matrices, &mut late);
    #[cfg(test)]
    if let Some(change) = grid.forgery.late.clone() {
        change(grid, pair, &mut late);
    }
    late
}
