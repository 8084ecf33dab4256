//! Between a case's shape, the circuit's parameters, and their description in a plan.

use std::collections::BTreeMap;
use tribute_circuits::reference::Model;
use tribute_circuits::{CircuitParams, ParamsError, Shape};
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::{CircuitDescription, InferenceShape, Plan};

/// Version of the inference circuit; a proof of another version is of another plan.
pub const CIRCUIT_VERSION: u32 = 1;

const PROFILE: u32 = 20;
const LIMB_BITS: &str = "limb_bits";
const LOOKUP_BATCH: &str = "lookup_batch";

/// Why a description and a circuit do not meet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// The shape cannot be proven.
    #[error("this shape cannot be proven: {0}")]
    Params(#[from] ParamsError),
    /// A number of the shape exceeds its field.
    #[error("a number of the circuit does not fit 32 bits")]
    Number,
    /// The plan claims nothing of a model.
    #[error("the plan is not of an inference circuit")]
    NoInference,
    /// The plan names a parameter that this program does not know, or lacks one that it needs.
    #[error("the plan's parameters are not those of circuit version {CIRCUIT_VERSION}")]
    Parameters,
    /// The plan is of another profile.
    #[error("the plan is of profile {0}, this program knows profile {PROFILE}")]
    Profile(u32),
}

/// Chooses the circuit for a model and a number of contributors.
///
/// # Errors
/// Fails if no circuit exists for the shape.
pub fn fit(
    model: &Model,
    contributors: usize,
    residual: ResidualKind,
) -> Result<CircuitParams, CircuitError> {
    let hidden = model.hidden.iter().map(|layer| layer.outputs).collect();
    let (inputs, classes) = (model.inputs, model.classes);
    Ok(CircuitParams::fit(Shape { inputs, hidden, classes, contributors, residual })?)
}

/// Describes a circuit for its plan.
///
/// # Errors
/// Fails if a number exceeds its field.
pub fn describe(params: &CircuitParams) -> Result<CircuitDescription, CircuitError> {
    let CircuitParams { shape, k: _, weight_columns, limb_bits, limb_lanes, lookup_batch } = params;
    let Shape { inputs, hidden, classes, contributors, residual } = shape;
    let parameters = BTreeMap::from([
        (LIMB_BITS.to_owned(), u64::from(*limb_bits)),
        (LOOKUP_BATCH.to_owned(), u64::from(number(*lookup_batch)?)),
    ]);
    Ok(CircuitDescription::Inference(InferenceShape {
        profile: PROFILE,
        residual: *residual,
        inputs: number(*inputs)?,
        hidden: hidden.iter().map(|width| number(*width)).collect::<Result<_, _>>()?,
        classes: number(*classes)?,
        contributors: number(*contributors)?,
        weight_columns: number(*weight_columns)?,
        limb_lanes: number(*limb_lanes)?,
        parameters,
    }))
}

/// Returns the circuit that a plan describes.
///
/// # Errors
/// Fails if the plan is not of an inference circuit of this version.
pub fn described(plan: &Plan) -> Result<CircuitParams, CircuitError> {
    let shape = plan.circuit.inference().ok_or(CircuitError::NoInference)?;
    if shape.profile != PROFILE {
        return Err(CircuitError::Profile(shape.profile));
    }
    let parameter = |name: &str| {
        let value = shape.parameters.get(name).copied().ok_or(CircuitError::Parameters)?;
        u32::try_from(value).map_err(|_| CircuitError::Parameters)
    };
    if shape.parameters.len() != 2 {
        return Err(CircuitError::Parameters);
    }
    let params = CircuitParams {
        shape: Shape {
            inputs: size(shape.inputs)?,
            hidden: shape.hidden.iter().map(|width| size(*width)).collect::<Result<_, _>>()?,
            classes: size(shape.classes)?,
            contributors: size(shape.contributors)?,
            residual: shape.residual,
        },
        k: plan.k,
        weight_columns: size(shape.weight_columns)?,
        limb_bits: parameter(LIMB_BITS)?,
        limb_lanes: size(shape.limb_lanes)?,
        lookup_batch: size(parameter(LOOKUP_BATCH)?)?,
    };
    params.validate()?;
    Ok(params)
}

fn number(value: usize) -> Result<u32, CircuitError> {
    u32::try_from(value).map_err(|_| CircuitError::Number)
}

fn size(value: u32) -> Result<usize, CircuitError> {
    usize::try_from(value).map_err(|_| CircuitError::Number)
}
