//! An honest index to start from, and what a dishonest prover makes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ff::Field;
use halo2_proofs::dev::MockProver;
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::method::MethodId;

use super::super::block::Block;
use super::super::layout::IndexLayout;
use super::super::order::OrderedRow;
use super::super::tests::{index_shape, witness};
use super::super::values::RowValues;
use super::super::{IndexCircuit, IndexParams, IndexWitness, build_from, checked_values};
use crate::constraint::Constraint;
use crate::encode::encode;
use crate::forgery::Forgery;
use crate::grid::Grid;
use crate::layout::{Advice, Fixed};

/// An honest index of six rows: the fourth has the features of the second.
pub(super) struct Base {
    pub(super) params: IndexParams,
    pub(super) witness: IndexWitness,
    pub(super) rows: Vec<RowValues>,
    pub(super) layout: Arc<IndexLayout>,
    pub(super) block: Block,
    pub(super) grid: Grid,
}

/// The row that most forgeries change: the last, admitted, of the second contributor.
pub(super) const VICTIM: usize = 5;
/// The row that repeats the features of [`ORIGINAL`].
pub(super) const DUPLICATE: usize = 3;
/// The row that it repeats.
pub(super) const ORIGINAL: usize = 1;

impl Base {
    pub(super) fn new(method: MethodId) -> Self {
        // Sixteen inputs: two packed elements, the second the same in all rows.
        let shape = index_shape((16, &[2], 3, 3), method, 6);
        let params = IndexParams::fit(shape).unwrap();
        let mut witness = witness(&params.shape, 7);
        witness.rows.iter_mut().for_each(|row| row.features[15] = 9);
        Self::of(params, witness)
    }

    pub(super) fn of(params: IndexParams, mut witness: IndexWitness) -> Self {
        let rows = checked_values(&params, &witness).unwrap();
        fit(&params, &mut witness, &rows);
        let rows = checked_values(&params, &witness).unwrap();
        let built = build_from(&params, &witness, &rows, Forgery::default());
        let (block, layout) = (Block::new(&params), Arc::new(built.layout));
        Self { block, layout, rows, grid: built.grid, params, witness }
    }

    /// The honest prover.
    pub(super) fn honest(&self) -> Attack {
        Attack {
            witness: self.witness.clone(),
            rows: self.rows.clone(),
            forgery: Forgery::default(),
            instance: Vec::new(),
        }
    }

    /// Changes values of rows; table and epsilon fit them.
    pub(super) fn rows(&self, change: impl FnOnce(&IndexWitness, &mut [RowValues])) -> Attack {
        let mut attack = self.honest();
        change(&attack.witness, &mut attack.rows);
        fit(&self.params, &mut attack.witness, &attack.rows);
        attack
    }

    /// Changes values of one row.
    pub(super) fn row(&self, place: usize, change: impl FnOnce(&mut RowValues)) -> Attack {
        self.rows(|_, rows| change(&mut rows[place]))
    }

    /// Fills in other cells than those of the honest prover.
    pub(super) fn cells(&self, change: impl Fn(&mut Grid) + Send + Sync + 'static) -> Attack {
        self.honest().cells(change)
    }

    /// Row of the circuit, from the place of a training row and an offset in its block.
    pub(super) fn at(&self, place: usize, offset: usize) -> usize {
        place * self.block.rows + offset
    }

    /// The first of a training row's closing rows.
    pub(super) fn close(&self, place: usize) -> usize {
        self.at(place, self.block.close)
    }

    /// The first row of a class.
    pub(super) fn class(&self, place: usize, class: usize) -> usize {
        self.at(place, self.block.classes + class * self.block.class_rows)
    }

    /// Rows on which a selector is set.
    pub(super) fn selected(&self, selector: Fixed) -> Vec<usize> {
        (0..self.grid.active).filter(|row| self.grid.fixed(selector, *row) == Fr::ONE).collect()
    }

    /// The honest order.
    pub(super) fn ordered(&self) -> Vec<OrderedRow> {
        let leaf = |place: usize| {
            let rows = self.at(place, 0)..self.at(place + 1, 0);
            let ports = rows
                .filter(|row| self.grid.fixed(self.layout.block.q_element, *row) == Fr::ONE)
                .map(|row| self.grid.advice(self.layout.pack, row));
            [Fr::ZERO; 2].into_iter().chain(ports).collect::<Vec<_>>()
        };
        let leaves: Vec<_> = (0..self.rows.len()).map(leaf).collect();
        OrderedRow::all(&self.rows, &leaves, self.block.elements())
    }
}

/// All that a dishonest prover chooses.
pub(super) struct Attack {
    pub(super) witness: IndexWitness,
    pub(super) rows: Vec<RowValues>,
    pub(super) forgery: Forgery,
    /// Public inputs that are claimed in place of those that follow, by number.
    pub(super) instance: Vec<(usize, Fr)>,
}

impl Attack {
    /// Forges cells as well.
    pub(super) fn cells(mut self, change: impl Fn(&mut Grid) + Send + Sync + 'static) -> Self {
        self.forgery = self.forgery.cells(change);
        self
    }

    /// Forges a named value as well.
    pub(super) fn add(mut self, constraint: Constraint, occurrence: usize) -> Self {
        self.forgery = self.forgery.value(constraint, occurrence, |value| value + Fr::ONE);
        self
    }

    /// The circuit with all these values.
    pub(super) fn circuit(&self, base: &Base) -> IndexCircuit {
        let built = build_from(&base.params, &self.witness, &self.rows, self.forgery.clone());
        IndexCircuit::from_built(&base.params, built)
    }

    fn prover(&self, base: &Base) -> MockProver<Fr> {
        let circuit = self.circuit(base);
        let mut instance = circuit.instance().to_vec();
        for (place, value) in &self.instance {
            instance[*place] = *value;
        }
        MockProver::run(base.params.k, &circuit, vec![instance]).unwrap()
    }

    /// Whether the circuit accepts.
    pub(super) fn accepted(&self, base: &Base) -> bool {
        self.prover(base).verify().is_ok()
    }

    /// Names of the identities that don't hold; "copy" stands for any copy.
    pub(super) fn broken(&self, base: &Base) -> BTreeSet<String> {
        let names = IndexCircuit::for_keys(&base.params).unwrap().constraints();
        let failures = self.prover(base).verify().err().unwrap_or_default();
        let name = |failure: &halo2_proofs::dev::VerifyFailure| {
            let text = failure.to_string();
            let name = names.iter().find(|name| text.contains(&format!("('{}')", name.name)));
            name.map_or("copy", |name| name.name).to_owned()
        };
        failures.iter().map(name).collect()
    }
}

/// Makes table (but with a Newton method, where any fits whose residual eta bounds) and epsilon those of the rows.
pub(super) fn fit(params: &IndexParams, witness: &mut IndexWitness, rows: &[RowValues]) {
    let contributors = witness.table.contributors;
    let mut gradient = vec![0_i128; witness.table.entries.len()];
    for row in &rows[..params.shape.rows] {
        let (features, residual) = (row.features(&witness.model), row.residual());
        let owners = &row.owners[row.owners.len() - contributors..];
        let products = features.iter().flat_map(|h| residual.iter().map(move |delta| h * delta));
        for (product, sums) in products.zip(gradient.chunks_mut(contributors)) {
            for (owner, sum) in owners.iter().zip(sums) {
                *sum += row.admitted * owner * product;
            }
        }
    }
    let pull = i128::from(witness.lam) << 20;
    let residuals =
        gradient.chunks(contributors).zip(&witness.model.head).map(|(gradient, weight)| {
            (gradient.iter().sum::<i128>() << 16) - pull * i128::from(*weight)
        });
    witness.epsilon = residuals.map(i128::unsigned_abs).max().unwrap();
    if !params.newton() {
        let entries = gradient.iter().map(|entry| i64::try_from(*entry).unwrap());
        witness.table.entries = entries.collect();
    }
}

/// Writes a value into lanes, limb by limb.
pub(super) fn put_limbs(
    grid: &mut Grid,
    layout: &IndexLayout,
    lanes: std::ops::Range<usize>,
    row: usize,
    value: i128,
) {
    let limbs = layout.limbs.decompose(encode(value), lanes.len());
    for (lane, limb) in layout.lanes[lanes].iter().zip(limbs) {
        put(grid, *lane, row, Fr::from(limb));
    }
}

/// Writes a cell.
pub(super) fn put(grid: &mut Grid, column: Advice, row: usize, value: Fr) {
    grid.assign(column, row, value);
}
