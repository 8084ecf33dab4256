//! The filled grid as a halo2 circuit.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem, Error};
use tribute_verifier::field::FieldElement;

use crate::bounds::Bounds;
use crate::constraint::Constraint;
use crate::encode::to_element;
use crate::gadgets::gates::{Columns, Gates};
use crate::gadgets::stream::{Counterparts, Start};
use crate::gadgets::{arithmetic, dense, limbs, lookup, poseidon, stream};
use crate::grid::{Challenges, Grid};
use crate::inference::{self, InferenceWitness, WitnessError};
use crate::layout::Layout;
use crate::params::{CircuitParams, RESERVED_ROWS};

/// Degree of the largest gate: a selector, a helper, and three looked-up lanes.
const DEGREE: usize = 5;

/// One inference, ready to be proven.
#[derive(Clone, Debug)]
pub struct InferenceCircuit {
    params: CircuitParams,
    layout: Arc<Layout>,
    grid: Arc<Grid>,
}

impl InferenceCircuit {
    /// Fills the circuit with a witness.
    ///
    /// # Errors
    /// Fails if the parameters describe no circuit or the witness has another shape. A witness whose values exceed their declared widths gives a circuit that isn't satisfied.
    pub fn new(params: &CircuitParams, witness: &InferenceWitness) -> Result<Self, WitnessError> {
        let (layout, grid) = inference::build(
            params,
            witness,
            #[cfg(test)]
            crate::forgery::Forgery::default(),
        )?;
        Ok(Self { params: params.clone(), layout: Arc::new(layout), grid: Arc::new(grid) })
    }

    /// The circuit for key generation: everything that depends on the shape, and zeros.
    ///
    /// # Errors
    /// Fails if the parameters describe no circuit.
    pub fn for_keys(params: &CircuitParams) -> Result<Self, WitnessError> {
        params.validate()?;
        Self::new(params, &InferenceWitness::zero(&params.shape))
    }

    #[cfg(test)]
    pub(crate) fn forged(
        params: &CircuitParams,
        witness: &InferenceWitness,
        forgery: crate::forgery::Forgery,
    ) -> Result<Self, WitnessError> {
        let (layout, grid) = inference::build(params, witness, forgery)?;
        Ok(Self { params: params.clone(), layout: Arc::new(layout), grid: Arc::new(grid) })
    }

    #[cfg(test)]
    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The parameters of this circuit.
    #[must_use]
    pub fn circuit_params(&self) -> &CircuitParams {
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

    /// Every gate identity, relation, range and copy of this circuit, by name.
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
pub struct InferenceConfig(Option<Columns>);

fn configure(
    cs: &mut ConstraintSystem<Fr>,
    params: &CircuitParams,
) -> Result<(Columns, Vec<Constraint>), WitnessError> {
    params.validate()?;
    let bounds = Bounds::of(&params.shape).map_err(crate::params::ParamsError::from)?;
    let layout = Layout::new(params, &bounds);
    let columns = Columns::allocate(cs, layout.counts, &layout.equality_columns(), 2);
    let mut gates = Gates { cs, columns: &columns, names: Vec::new() };
    limbs::configure(&mut gates, &layout);
    arithmetic::configure(&mut gates, &layout);
    let end = Counterparts { weights: layout.weights_fingerprint, hash: layout.hash_fingerprint };
    stream::configure(&mut gates, &layout.stream_chip(), Start::Zero, Some(end));
    dense::configure(&mut gates, &layout);
    poseidon::configure(&mut gates, &layout.hash_chip(), Start::Zero);
    lookup::configure(&mut gates, &layout.lookup_chip(params.lookup_batch));
    let names = gates.names;
    cs.set_minimum_degree(DEGREE);
    Ok((columns, names))
}

impl Circuit<Fr> for InferenceCircuit {
    type Config = InferenceConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = CircuitParams;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> CircuitParams {
        self.params.clone()
    }

    fn configure(cs: &mut ConstraintSystem<Fr>) -> InferenceConfig {
        Self::configure_with_params(cs, CircuitParams::default())
    }

    fn configure_with_params(
        cs: &mut ConstraintSystem<Fr>,
        params: CircuitParams,
    ) -> InferenceConfig {
        let columns = configure(cs, &params).ok().map(|(columns, _)| columns);
        InferenceConfig(
            columns.filter(|_| cs.degree() == DEGREE && cs.blinding_factors() + 3 <= RESERVED_ROWS),
        )
    }

    fn synthesize(
        &self,
        config: InferenceConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        let Some(columns) = config.0 else { return Err(Error::Synthesis) };
        let grid = &*self.grid;
        let used = 0..=grid.active;
        layouter.assign_region(
            || "first phase",
            |mut region| {
                for (column, values) in columns.fixed.iter().zip(&grid.fixed) {
                    for (row, value) in values[used.clone()]
                        .iter()
                        .enumerate()
                        .filter(|(_, value)| **value != Fr::ZERO)
                    {
                        region.assign_fixed(*column, row, *value);
                    }
                }
                let mut cells = Vec::with_capacity(columns.advice.len());
                for (column, values) in columns.advice.iter().zip(&grid.advice) {
                    let assigned = values[used.clone()].iter().enumerate().map(|(row, value)| {
                        region.assign_advice(*column, row, Value::known(*value)).cell()
                    });
                    cells.push(assigned.collect::<Vec<_>>());
                }
                for (left, right) in &grid.copies {
                    region.constrain_equal(
                        cells[left.column.0][left.row],
                        cells[right.column.0][right.row],
                    );
                }
                Ok(())
            },
        )?;
        layouter.next_phase();
        let challenges = layouter
            .get_challenge(columns.challenges[0])
            .zip(layouter.get_challenge(columns.challenges[1]));
        let mut late = None;
        challenges.map(|(rho, alpha)| {
            late = Some(inference::fill_late(
                &self.params,
                &self.layout,
                grid,
                Challenges { rho, alpha },
            ))
        });
        let Some(late) = late else { return Ok(()) };
        layouter.assign_region(
            || "second phase",
            |mut region| {
                for (column, values) in columns.late.iter().zip(&late.columns) {
                    for (row, value) in values[used.clone()].iter().enumerate() {
                        region.assign_advice(*column, row, Value::known(*value));
                    }
                }
                Ok(())
            },
        )
    }
}
