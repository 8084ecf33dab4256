//! The filled grid as a halo2 circuit.

use std::sync::Arc;

use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem, Error};
use tribute_verifier::field::FieldElement;

use super::layout::IndexLayout;
use super::params::{IndexParams, LOOKUP_BATCH};
use super::{Built, IndexWitness, matrices, rows, rules, sums};
use crate::constraint::Constraint;
use crate::encode::to_element;
use crate::gadgets::gates::{Columns, Gates};
use crate::gadgets::stream::{Counterparts, Start};
use crate::gadgets::{lookup, poseidon, stream};
use crate::grid::Grid;
use crate::inference::WitnessError;
use crate::params::RESERVED_ROWS;
use crate::synthesis::{first_phase, late_copies, second_phase};
use crate::witness::Witness;

/// Degree of the largest gate: a selector and a rule of degree four.
const DEGREE: usize = 5;

/// One index, ready to be proven.
#[derive(Clone, Debug)]
pub struct IndexCircuit {
    params: IndexParams,
    layout: Arc<IndexLayout>,
    grid: Arc<Grid>,
}

impl IndexCircuit {
    /// Fills the circuit with a witness.
    ///
    /// # Errors
    /// Fails if the parameters describe no circuit or the witness has another shape. A witness that the statement doesn't hold for gives a circuit that isn't satisfied.
    pub fn new(params: &IndexParams, witness: &IndexWitness) -> Result<Self, WitnessError> {
        super::build(params, witness).map(|built| Self::from_built(params, built))
    }

    /// The circuit for key generation: everything that depends on the shape, and zeros.
    ///
    /// # Errors
    /// Fails if the parameters describe no circuit.
    pub fn for_keys(params: &IndexParams) -> Result<Self, WitnessError> {
        params.validate()?;
        Self::new(params, &IndexWitness::zero(&params.shape))
    }

    pub(super) fn from_built(params: &IndexParams, built: Built) -> Self {
        Self { params: params.clone(), layout: Arc::new(built.layout), grid: Arc::new(built.grid) }
    }

    /// The parameters of this circuit.
    #[must_use]
    pub fn circuit_params(&self) -> &IndexParams {
        &self.params
    }

    /// The public inputs, in the order of `docs/formats.md`, section 7.
    #[must_use]
    pub fn public_inputs(&self) -> Vec<FieldElement> {
        self.grid.instance.iter().map(|element| to_element(*element)).collect()
    }

    /// The same, in the proof system's representation.
    #[must_use]
    pub fn instance(&self) -> &[Fr] {
        &self.grid.instance
    }

    /// Every gate identity and copy of this circuit, by name.
    #[must_use]
    pub fn constraints(&self) -> Vec<Constraint> {
        let mut cs = ConstraintSystem::default();
        let mut all = configure(&mut cs, &self.params).map(|(_, names)| names).unwrap_or_default();
        all.extend(&self.grid.constraints);
        all
    }
}

/// Columns of a configured circuit; nothing if the parameters describe none.
#[derive(Clone, Debug)]
pub struct IndexConfig(Option<Columns>);

fn configure(
    cs: &mut ConstraintSystem<Fr>,
    params: &IndexParams,
) -> Result<(Columns, Vec<Constraint>), WitnessError> {
    params.validate()?;
    let layout = IndexLayout::new(params);
    let columns =
        Columns::allocate(cs, layout.counts, &layout.equality_columns(), sums::CHALLENGES);
    for column in layout.late_equality_columns() {
        cs.enable_equality(columns.late[column.0]);
    }
    let mut gates = Gates { cs, columns: &columns, names: Vec::new() };
    rows::configure(&mut gates, &layout, params);
    gates.create(|query| {
        let mut all = sums::rules(query, &layout, params);
        all.extend(matrices::rules(query, &layout));
        all.push(sums::total(query, &layout, params));
        let mut identities = rules::identities(query, &layout, all);
        identities.extend(sums::ends(query, &layout));
        identities.extend(matrices::ends(query, &layout));
        let public =
            query.fixed(layout.statement.q_instance) * (query.advice(layout.c) - query.instance());
        identities.push(("public input: c = instance", public));
        identities
    });
    let end = Counterparts { weights: layout.weights_fingerprint, hash: layout.hash_fingerprint };
    stream::configure(&mut gates, &layout.stream_chip(), Start::Zero, Some(end));
    poseidon::configure(&mut gates, &layout.hash_chip(), Start::Zero);
    lookup::configure(&mut gates, &layout.lookup_chip(LOOKUP_BATCH));
    let names = gates.names;
    cs.set_minimum_degree(DEGREE);
    Ok((columns, names))
}

impl Witness for IndexCircuit {
    fn first_phase(&self) -> Vec<Vec<Fr>> {
        self.grid.advice.clone()
    }

    fn second_phase(&self, challenges: &[Fr]) -> Vec<Vec<Fr>> {
        super::fill_late(&self.params, &self.layout, &self.grid, challenges).columns
    }
}

impl Circuit<Fr> for IndexCircuit {
    type Config = IndexConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Option<IndexParams>;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Option<IndexParams> {
        Some(self.params.clone())
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> IndexConfig {
        IndexConfig(None)
    }

    fn configure_with_params(
        cs: &mut ConstraintSystem<Fr>,
        params: Option<IndexParams>,
    ) -> IndexConfig {
        let columns =
            params.and_then(|params| configure(cs, &params).ok()).map(|(columns, _)| columns);
        IndexConfig(
            columns.filter(|_| cs.degree() == DEGREE && cs.blinding_factors() + 3 <= RESERVED_ROWS),
        )
    }

    fn synthesize(
        &self,
        config: IndexConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        let Some(columns) = config.0 else { return Err(Error::Synthesis) };
        let grid = &*self.grid;
        let cells = layouter.assign_region(
            || "first phase",
            |mut region| Ok(first_phase(&mut region, &columns, grid)),
        )?;
        layouter.next_phase();
        let challenges: Vec<Value<Fr>> =
            columns.challenges.iter().map(|challenge| layouter.get_challenge(*challenge)).collect();
        let challenges: Value<Vec<Fr>> = challenges.into_iter().collect();
        let mut late = None;
        challenges.map(|challenges| {
            late = Some(super::fill_late(&self.params, &self.layout, grid, &challenges));
        });
        layouter.assign_region(
            || "second phase",
            |mut region| {
                second_phase(&mut region, &columns, grid, late.as_ref());
                late_copies(&mut region, &columns, grid, late.as_ref(), &cells);
                Ok(())
            },
        )
    }
}
