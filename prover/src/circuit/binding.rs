//! The binding circuit in a plan.

use super::{CircuitError, PROFILE, Planned};
use super::{check_profile, number, numbers, parameters, size, sizes};
use crate::case::Case;
use crate::keys::linked::Linked;
use halo2_proofs::halo2curves::bn256::Fr;
use std::collections::BTreeMap;
use tribute_circuits::{
    BindingCircuit, BindingParams, BindingWitness, CircuitParams, LinkedParams, Shape, WitnessError,
};
use tribute_verifier::plan::{BindingShape, CircuitDescription, Plan};

const HASH_CHIPS: &str = "hash_chips";
const LIMB_LANES: &str = "limb_lanes";
const STREAMS: &str = "streams";

/// Chooses the circuit that binds the columns of an inference circuit.
///
/// # Errors
/// Fails if none does at that number of rows.
pub fn fit(inference: &CircuitParams) -> Result<BindingParams, CircuitError> {
    Ok(BindingParams::fit(&inference.shape, inference.k, inference.linked())?)
}

/// The binding circuit of a case, filled with its model and table.
///
/// # Errors
/// Fails if the case has another shape than the layout.
pub fn filled(layout: &BindingParams, case: &Case) -> Result<BindingCircuit, WitnessError> {
    let witness = BindingWitness {
        model: case.model.clone(),
        table: case.table.clone(),
        model_salt: case.private.model_salt,
        table_salt: case.private.table_salt,
        header_digest: case.subject.header.digest(),
    };
    BindingCircuit::new(layout, &witness)
}

impl Linked for BindingCircuit {
    fn linked_columns(&self) -> Vec<&[Fr]> {
        self.linked_columns()
    }
}

impl Planned for BindingCircuit {
    type Layout = BindingParams;

    fn for_keys(layout: &BindingParams) -> Result<Self, WitnessError> {
        Self::for_keys(layout)
    }

    fn parameters(layout: &BindingParams) -> Option<BindingParams> {
        Some(layout.clone())
    }

    fn describe(layout: &BindingParams) -> Result<CircuitDescription, CircuitError> {
        let BindingParams { shape, k: _, linked, hash_chips, limb_lanes, streams } = layout;
        let Shape { inputs, hidden, classes, contributors, residual } = shape;
        let mut parameters = BTreeMap::new();
        for (name, value) in
            [(HASH_CHIPS, hash_chips), (LIMB_LANES, limb_lanes), (STREAMS, streams)]
        {
            parameters.insert(name.to_owned(), u64::from(number(*value)?));
        }
        Ok(CircuitDescription::Binding(BindingShape {
            profile: PROFILE,
            residual: *residual,
            inputs: number(*inputs)?,
            hidden: numbers(hidden)?,
            classes: number(*classes)?,
            contributors: number(*contributors)?,
            weight_columns: number(linked.columns)?,
            first_row: number(linked.first_row)?,
            spread: number(linked.spread)?,
            parameters,
        }))
    }

    fn links(layout: &BindingParams) -> Result<Option<u32>, CircuitError> {
        Ok(Some(number(layout.linked.columns)?))
    }

    fn described(plan: &Plan) -> Result<BindingParams, CircuitError> {
        let shape = plan.circuit.binding().ok_or(CircuitError::NoBinding)?;
        check_profile(shape.profile)?;
        let [hash_chips, limb_lanes, streams] =
            parameters(&shape.parameters, [HASH_CHIPS, LIMB_LANES, STREAMS])?;
        let params = BindingParams {
            shape: Shape {
                inputs: size(shape.inputs)?,
                hidden: sizes(&shape.hidden)?,
                classes: size(shape.classes)?,
                contributors: size(shape.contributors)?,
                residual: shape.residual,
            },
            k: plan.k,
            linked: LinkedParams {
                columns: size(shape.weight_columns)?,
                first_row: size(shape.first_row)?,
                spread: size(shape.spread)?,
            },
            hash_chips,
            limb_lanes,
            streams,
        };
        params.validate()?;
        Ok(params)
    }
}
