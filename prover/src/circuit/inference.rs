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

/// Returns the shape of a model's claims.
pub fn shape(model: &Model, contributors: usize, residual: ResidualKind) -> Shape {
    let hidden = model.hidden.iter().map(|layer| layer.outputs).collect();
    let (inputs, classes) = (model.inputs, model.classes);
    Shape { inputs, hidden, classes, contributors, residual }
}

/// Returns the layout that a plan names, whether or not there is a circuit of it.
///
/// # Errors
/// Fails if it is of another profile or version.
pub fn layout(shape: &InferenceShape, k: u32) -> Result<CircuitParams, CircuitError> {
    check_profile(shape.profile)?;
    let [limb_bits] = parameters(&shape.parameters, [LIMB_BITS])?;
    Ok(CircuitParams {
        shape: Shape {
            inputs: size(shape.inputs)?,
            hidden: sizes(&shape.hidden)?,
            classes: size(shape.classes)?,
            contributors: size(shape.contributors)?,
            residual: shape.residual,
        },
        queries: size(shape.queries)?,
        threads: size(shape.threads)?,
        k,
        weight_columns: size(shape.weight_columns)?,
        limb_bits: number(limb_bits)?,
        limb_lanes: size(shape.limb_lanes)?,
    })
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
        let CircuitParams { shape, queries, threads, k: _, weight_columns, limb_bits, limb_lanes } =
            layout;
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
            queries: number(*queries)?,
            threads: number(*threads)?,
            parameters,
        }))
    }

    fn links(layout: &CircuitParams) -> Result<Option<u32>, CircuitError> {
        Ok(Some(number(layout.weight_columns)?))
    }

    fn described(plan: &Plan) -> Result<CircuitParams, CircuitError> {
        let shape = plan.circuit.inference().ok_or(CircuitError::NoInference)?;
        let params = layout(shape, plan.k)?;
        params.validate()?;
        Ok(params)
    }
}
