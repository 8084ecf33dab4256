//! The filled grid as a halo2 circuit.

use std::sync::Arc;

use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem, Error};
use tribute_verifier::field::FieldElement;

use crate::constraint::Constraint;
use crate::encode::to_element;
use crate::gadgets::gates::{Columns, Gates};
use crate::grid::{Challenges, Grid};
use crate::inference::{self, InferenceWitness, WitnessError};
use crate::machine::columns::MachineColumns;
use crate::machine::gates::DEGREE;
use crate::machine::{gates, late};
use crate::params::{CircuitParams, RESERVED_ROWS};
use crate::synthesis;
use crate::witness::Witness;

/// One inference, ready to be proven.
#[derive(Clone, Debug)]
pub struct InferenceCircuit {
    params: CircuitParams,
    layout: Arc<MachineColumns>,
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

    /// The linked columns, zero on the rows that a proof blinds.
    #[must_use]
    pub fn linked_columns(&self) -> Vec<&[Fr]> {
        self.layout.weights.iter().map(|column| self.grid.advice[column.0].as_slice()).collect()
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
    let layout = MachineColumns::new(params);
    let columns = Columns::allocate(cs, layout.counts, &layout.equality_columns(), 2);
    let mut gates = Gates { cs, columns: &columns, names: Vec::new() };
    gates::configure(&mut gates, &layout, params.strides());
    let names = gates.names;
    cs.set_minimum_degree(DEGREE);
    Ok((columns, names))
}

impl Witness for InferenceCircuit {
    fn first_phase(&self) -> Vec<Vec<Fr>> {
        self.grid.advice.clone()
    }

    fn second_phase(&self, challenges: &[Fr]) -> Vec<Vec<Fr>> {
        let &[rho, alpha] = challenges else { return Vec::new() };
        let challenges = Challenges { rho, alpha };
        late::fill(&self.grid, &self.layout, self.params.strides(), challenges).columns
    }
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
        layouter.assign_region(
            || "first phase",
            |mut region| {
                synthesis::first_phase(&mut region, &columns, grid);
                Ok(())
            },
        )?;
        layouter.next_phase();
        let challenges = layouter
            .get_challenge(columns.challenges[0])
            .zip(layouter.get_challenge(columns.challenges[1]));
        let mut filled = None;
        challenges.map(|(rho, alpha)| {
            let challenges = Challenges { rho, alpha };
            filled = Some(late::fill(grid, &self.layout, self.params.strides(), challenges));
        });
        layouter.assign_region(
            || "second phase",
            |mut region| {
                synthesis::second_phase(&mut region, &columns, grid, filled.as_ref());
                Ok(())
            },
        )
    }
}
