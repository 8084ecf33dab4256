//! The inference circuit in a plan.

use super::{CircuitError, PROFILE, Planned};
use super::{check_profile, number, numbers, parameters, size, sizes};
use crate::keys::linked::Linked;
use halo2_proofs::halo2curves::bn256::Fr;
use std::collections::BTreeMap;
use tribute_circuits::reference::Model;
use tribute_circuits::{CircuitParams, InferenceCircuit, Shape, WitnessError};
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::{CircuitDescription, InferenceShape, Plan};

const LIMB_BITS: &str = "limb_bits";

/// Chooses the circuit for a model and a number of contributors.
///
/// # Errors
/// Fails if no circuit exists for the shape.
pub fn fit(
    model: &Model,
    contributors: usize,
    residual: ResidualKind,
) -> Result<CircuitParams, CircuitError> {
    Ok(CircuitParams::fit(shape(model, contributors, residual))?)
}

/// The shape of a model's claims.
pub(super) fn shape(model: &Model, contributors: usize, residual: ResidualKind) -> Shape {
    let hidden = model.hidden.iter().map(|layer| layer.outputs).collect();
    let (inputs, classes) = (model.inputs, model.classes);
    Shape { inputs, hidden, classes, contributors, residual }
}

impl Linked for InferenceCircuit {
    fn linked_columns(&self) -> Vec<&[Fr]> {
        self.linked_columns()
    }
}

impl Planned for InferenceCircuit {
    type Layout = CircuitParams;

    fn for_keys(layout: &CircuitParams) -> Result<Self, WitnessError> {
        Self::for_keys(layout)
    }

    fn parameters(layout: &CircuitParams) -> CircuitParams {
        layout.clone()
    }

    fn describe(layout: &CircuitParams) -> Result<CircuitDescription, CircuitError> {
        let CircuitParams { shape, k: _, weight_columns, limb_bits, limb_lanes } = layout;
        let Shape { inputs, hidden, classes, contributors, residual } = shape;
        let parameters = BTreeMap::from([(LIMB_BITS.to_owned(), u64::from(*limb_bits))]);
        Ok(CircuitDescription::Inference(InferenceShape {
            profile: PROFILE,
            residual: *residual,
            inputs: number(*inputs)?,
            hidden: numbers(hidden)?,
            classes: number(*classes)?,
            contributors: number(*contributors)?,
            weight_columns: number(*weight_columns)?,
            limb_lanes: number(*limb_lanes)?,
            parameters,
        }))
    }

    fn links(layout: &CircuitParams) -> Result<Option<u32>, CircuitError> {
        Ok(Some(number(layout.weight_columns)?))
    }

    fn described(plan: &Plan) -> Result<CircuitParams, CircuitError> {
        let shape = plan.circuit.inference().ok_or(CircuitError::NoInference)?;
        check_profile(shape.profile)?;
        let [limb_bits] = parameters(&shape.parameters, [LIMB_BITS])?;
        let params = CircuitParams {
            shape: Shape {
                inputs: size(shape.inputs)?,
                hidden: sizes(&shape.hidden)?,
                classes: size(shape.classes)?,
                contributors: size(shape.contributors)?,
                residual: shape.residual,
            },
            k: plan.k,
            weight_columns: size(shape.weight_columns)?,
            limb_bits: number(limb_bits)?,
            limb_lanes: size(shape.limb_lanes)?,
        };
        params.validate()?;
        Ok(params)
    }
}
