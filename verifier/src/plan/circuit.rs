//! What the circuit behind a plan claims, as data.
//!
//! The equations of a plan do not tell what they are about. The description does, so that a verifier
//! can demand exactly the public inputs of that claim and can explain the plan in words. It is trusted
//! as far as the plan is: who registers a plan answers for both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::method::ResidualKind;

use super::checks::{check_name, check_range};
use super::error::PlanError;

const LOGITS_PER_ELEMENT: u32 = 10;
const WEIGHTS_PER_ELEMENT: u32 = 12;
const MAX_PARAMETERS: usize = 64;

/// The claim a circuit makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CircuitDescription {
    /// Output and contributors' weights of one query.
    Inference(InferenceShape),
    /// Bare equations: nothing of ours is claimed, and no subject fits.
    Bare(BareCircuit),
}

/// Shape of an inference circuit. Two models of one shape share a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InferenceShape {
    /// Numeric profile; 20 is the one that exists.
    pub profile: u32,
    /// What scores are taken against.
    pub residual: ResidualKind,
    /// Number of inputs.
    pub inputs: u32,
    /// Widths of the hidden layers.
    pub hidden: Vec<u32>,
    /// Number of classes.
    pub classes: u32,
    /// Number of contributors.
    pub contributors: u32,
    /// Columns that hold weights and table.
    pub weight_columns: u32,
    /// Range-checked limbs in a row.
    pub limb_lanes: u32,
    /// Whatever else the layout depends on.
    pub parameters: BTreeMap<String, u64>,
}

/// A circuit that is only its equations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BareCircuit {
    /// What to call it.
    pub name: String,
}

impl InferenceShape {
    /// Returns the number of public inputs (`docs/formats.md`, 7).
    #[must_use]
    pub fn instances(&self) -> u32 {
        4 + self.classes.div_ceil(LOGITS_PER_ELEMENT)
            + self.contributors.div_ceil(WEIGHTS_PER_ELEMENT)
    }

    fn validate(&self, instances: u32) -> Result<(), PlanError> {
        let Self { profile, hidden, classes, contributors, parameters, .. } = self;
        if *profile != 20 {
            return Err(PlanError::Profile { profile: *profile });
        }
        if hidden.len() > 64 {
            return Err(PlanError::TooMany { what: "hidden layers", count: hidden.len(), max: 64 });
        }
        for width in hidden.iter().chain([&self.inputs]) {
            check_range("layer width", *width, 1, 65_535)?;
        }
        check_range("number of classes", *classes, 2, 256)?;
        check_range("number of contributors", *contributors, 1, 4096)?;
        check_range("number of weight columns", self.weight_columns, 1, 1024)?;
        check_range("number of limb lanes", self.limb_lanes, 1, 1024)?;
        if parameters.len() > MAX_PARAMETERS {
            let count = parameters.len();
            return Err(PlanError::TooMany { what: "parameters", count, max: MAX_PARAMETERS });
        }
        for name in parameters.keys() {
            check_name(name)?;
        }
        if self.instances() != instances {
            return Err(PlanError::InstanceCount { expected: self.instances(), actual: instances });
        }
        Ok(())
    }
}

impl CircuitDescription {
    pub(super) fn validate(&self, instances: u32) -> Result<(), PlanError> {
        match self {
            Self::Inference(shape) => shape.validate(instances),
            Self::Bare(circuit) => check_name(&circuit.name),
        }
    }

    /// Returns the shape of an inference, if that is what the circuit proves.
    #[must_use]
    pub fn inference(&self) -> Option<&InferenceShape> {
        match self {
            Self::Inference(shape) => Some(shape),
            Self::Bare(_) => None,
        }
    }
}
