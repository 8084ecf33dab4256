//! The filled grid as a halo2 circuit.

use std::sync::Arc;

use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem, Error};
use tribute_verifier::field::FieldElement;

use super::layout::BindingLayout;
use super::params::BindingParams;
use super::{BindingWitness, cells};
use crate::constraint::Constraint;
use crate::encode::to_element;
use crate::gadgets::gates::{Columns, Gates};
use crate::gadgets::stream::{Counterparts, Start};
use crate::gadgets::{lookup, poseidon, stream};
use crate::grid::{Challenges, Grid};
use crate::inference::WitnessError;
use crate::linked::TAIL_ROWS;
use crate::synthesis::{first_phase, late_copies, second_phase};
use crate::witness::Witness;

/// Degree of the largest gate: a selector, a helper, and three looked-up lanes.
const DEGREE: usize = 5;

/// The linked columns of one model and table, ready to be bound to their commitments.
#[derive(Clone, Debug)]
pub struct BindingCircuit {
    params: BindingParams,
    layout: Arc<BindingLayout>,
    grid: Arc<Grid>,
}

impl BindingCircuit {
    /// Fills the circuit with a witness.
    ///
    /// # Errors
    /// Fails if the parameters describe no circuit or the witness has another shape. A witness whose values exceed their declared widths gives a circuit that isn't satisfied.
    pub fn new(params: &BindingParams, witness: &BindingWitness) -> Result<Self, WitnessError> {
        let (layout, grid) = super::build(
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
    pub fn for_keys(params: &BindingParams) -> Result<Self, WitnessError> {
        params.validate()?;
        Self::new(params, &BindingWitness::zero(&params.shape))
    }

    #[cfg(test)]
    pub(super) fn forged(
        params: &BindingParams,
        witness: &BindingWitness,
        forgery: crate::forgery::Forgery,
    ) -> Result<Self, WitnessError> {
        let (layout, grid) = super::build(params, witness, forgery)?;
        Ok(Self { params: params.clone(), layout: Arc::new(layout), grid: Arc::new(grid) })
    }

    #[cfg(test)]
    pub(super) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The parameters of this circuit.
    #[must_use]
    pub fn circuit_params(&self) -> &BindingParams {
        &self.params
    }

    /// The public inputs: the commitments to model and index.
    #[must_use]
    pub fn public_inputs(&self) -> Vec<FieldElement> {
        self.grid.instance.iter().map(|element| to_element(*element)).collect()
    }

    /// The same, in the proof system's representation.
    #[must_use]
    pub fn instance(&self) -> &[Fr] {
        &self.grid.instance
    }

    /// The linked columns, all rows of the domain; the last rows, which a proof blinds, are 0.
    #[must_use]
    pub fn linked_columns(&self) -> Vec<&[Fr]> {
        self.layout.cells.iter().map(|column| &*self.grid.advice[column.0]).collect()
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
pub struct BindingConfig(Option<Columns>);

fn configure(
    cs: &mut ConstraintSystem<Fr>,
    params: &BindingParams,
) -> Result<(Columns, Vec<Constraint>), WitnessError> {
    params.validate()?;
    let layout = BindingLayout::new(params);
    let columns = Columns::allocate(cs, layout.counts, &layout.equality_columns(), 2);
    for column in layout.late_equality_columns() {
        cs.enable_equality(columns.late[column.0]);
    }
    let mut gates = Gates { cs, columns: &columns, names: Vec::new() };
    cells::configure(&mut gates, &layout);
    let start = |number| if number == 0 { Start::Zero } else { Start::Continued };
    for (number, chip) in layout.streams.iter().enumerate() {
        let last = number + 1 == layout.streams.len();
        let hash = layout.hashes.last().filter(|_| last).map(|chip| chip.fingerprint);
        let end = hash.map(|hash| Counterparts { weights: layout.fingerprint, hash });
        stream::configure(&mut gates, chip, start(number), end);
    }
    for (number, chip) in layout.hashes.iter().enumerate() {
        poseidon::configure(&mut gates, chip, start(number));
    }
    lookup::configure(&mut gates, &layout.lookup);
    let names = gates.names;
    cs.set_minimum_degree(DEGREE);
    Ok((columns, names))
}

impl Witness for BindingCircuit {
    fn first_phase(&self) -> Vec<Vec<Fr>> {
        self.grid.advice.clone()
    }

    fn second_phase(&self, challenges: &[Fr]) -> Vec<Vec<Fr>> {
        let &[rho, alpha] = challenges else { return Vec::new() };
        super::fill_late(&self.layout, &self.grid, Challenges { rho, alpha }).columns
    }
}

impl Circuit<Fr> for BindingCircuit {
    type Config = BindingConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Option<BindingParams>;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Option<BindingParams> {
        Some(self.params.clone())
    }

    fn configure(_: &mut ConstraintSystem<Fr>) -> BindingConfig {
        BindingConfig(None)
    }

    fn configure_with_params(
        cs: &mut ConstraintSystem<Fr>,
        params: Option<BindingParams>,
    ) -> BindingConfig {
        let columns =
            params.and_then(|params| configure(cs, &params).ok()).map(|(columns, _)| columns);
        // Exactly the tail is unusable: one row less, and a usable row would be free.
        BindingConfig(
            columns.filter(|_| cs.degree() == DEGREE && cs.blinding_factors() + 1 == TAIL_ROWS),
        )
    }

    fn synthesize(
        &self,
        config: BindingConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        let Some(columns) = config.0 else { return Err(Error::Synthesis) };
        let grid = &*self.grid;
        let cells = layouter.assign_region(
            || "first phase",
            |mut region| Ok(first_phase(&mut region, &columns, grid)),
        )?;
        layouter.next_phase();
        let challenges = layouter
            .get_challenge(columns.challenges[0])
            .zip(layouter.get_challenge(columns.challenges[1]));
        let mut late = None;
        challenges.map(|(rho, alpha)| {
            late = Some(super::fill_late(&self.layout, grid, Challenges { rho, alpha }));
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
