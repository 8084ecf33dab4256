//! Between a case's shape, the circuits' parameters, and their description in a plan.

mod binding;
mod index;
mod inference;

pub use binding::{filled as filled_binding, fit as fit_binding};
pub use index::fit as fit_index;
pub use inference::{layout, shape};

use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Circuit;
use std::collections::BTreeMap;
use tribute_circuits::{ParamsError, WitnessError};
use tribute_verifier::plan::{CircuitDescription, Plan};

/// Version of the circuits; a proof of another version is of another plan.
pub const CIRCUIT_VERSION: u32 = 3;

const PROFILE: u32 = 20;

/// A circuit of ours: keys are made from what a plan says of it, and from nothing else.
pub trait Planned: Circuit<Fr, Params: Send> + Sized {
    /// What keys depend on.
    type Layout: Clone;

    /// Returns the circuit for key generation.
    ///
    /// # Errors
    /// Fails if the layout describes no circuit.
    fn for_keys(layout: &Self::Layout) -> Result<Self, WitnessError>;

    /// Returns the layout as the proof system takes it.
    fn parameters(layout: &Self::Layout) -> Self::Params;

    /// Describes the circuit for its plan.
    ///
    /// # Errors
    /// Fails if a number exceeds its field.
    fn describe(layout: &Self::Layout) -> Result<CircuitDescription, CircuitError>;

    /// Returns the number of linked columns, for a circuit that has some.
    ///
    /// # Errors
    /// Fails if the number exceeds its field.
    fn links(layout: &Self::Layout) -> Result<Option<u32>, CircuitError>;

    /// Returns the layout that a plan describes.
    ///
    /// # Errors
    /// Fails if the plan is not of this circuit in this version.
    fn described(plan: &Plan) -> Result<Self::Layout, CircuitError>;
}

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
    /// The plan claims nothing of a table.
    #[error("the plan is not of an index circuit")]
    NoIndex,
    /// The plan binds no columns.
    #[error("the plan is not of a binding circuit")]
    NoBinding,
    /// The plan names a parameter that this program does not know, or lacks one that it needs.
    #[error("the plan's parameters are not those of circuit version {CIRCUIT_VERSION}")]
    Parameters,
    /// The plan is of another profile.
    #[error("the plan is of profile {0}, this program knows profile {PROFILE}")]
    Profile(u32),
}

fn check_profile(profile: u32) -> Result<(), CircuitError> {
    if profile == PROFILE { Ok(()) } else { Err(CircuitError::Profile(profile)) }
}

/// Returns the values of exactly these parameters.
fn parameters<const N: usize>(
    parameters: &BTreeMap<String, u64>,
    names: [&str; N],
) -> Result<[usize; N], CircuitError> {
    if parameters.len() != N {
        return Err(CircuitError::Parameters);
    }
    let mut values = [0; N];
    for (value, name) in values.iter_mut().zip(names) {
        let found = parameters.get(name).copied().ok_or(CircuitError::Parameters)?;
        *value = usize::try_from(found).map_err(|_| CircuitError::Parameters)?;
    }
    Ok(values)
}

fn number(value: usize) -> Result<u32, CircuitError> {
    u32::try_from(value).map_err(|_| CircuitError::Number)
}

fn numbers(values: &[usize]) -> Result<Vec<u32>, CircuitError> {
    values.iter().map(|value| number(*value)).collect()
}

fn size(value: u32) -> Result<usize, CircuitError> {
    usize::try_from(value).map_err(|_| CircuitError::Number)
}

fn sizes(values: &[u32]) -> Result<Vec<usize>, CircuitError> {
    values.iter().map(|value| size(*value)).collect()
}
