//! What the circuit behind a plan claims, as data.
//!
//! The equations of a plan do not tell what they are about. The description does, so that a verifier
//! can demand exactly the public inputs of that claim and can explain the plan in words. It is trusted
//! as far as the plan is: who registers a plan answers for both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::batch::MAX_QUERIES;
use crate::certificate::MAX_ETA;
use crate::commitment::PROFILE;
use crate::dataset::MAX_ROWS;
use crate::method::{MethodId, ResidualKind};

use super::checks::{check_name, check_range};
use super::error::PlanError;

/// Most hidden layers of a model.
pub const MAX_LAYERS: usize = 64;
/// Most inputs of a model, and most units of a layer.
pub const MAX_WIDTH: u32 = 65_535;

const LOGITS_PER_ELEMENT: u32 = 10;
const WEIGHTS_PER_ELEMENT: u32 = 12;
const TOTALS_PER_ELEMENT: u32 = 7;
const MAX_PARAMETERS: usize = 64;
/// Most rows of any plan, and then some.
const MAX_ROW: u32 = 1 << 24;

/// The claim a circuit makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CircuitDescription {
    /// Output and contributors' weights of one query, or outputs of a batch and the sums of its weights.
    Inference(InferenceShape),
    /// The attribution table of a model and its rows.
    Index(IndexShape),
    /// What the linked columns of a model and its table hold.
    Binding(BindingShape),
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
    /// Most queries that a proof answers: 1, with its weights public, or a batch, with their sums public.
    pub queries: u32,
    /// Queries that stand side by side on the rows.
    pub threads: u32,
    /// Whatever else the layout depends on.
    pub parameters: BTreeMap<String, u64>,
}

/// Shape of an index circuit: what it proves of every model, dataset and table is fixed here, not a public input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexShape {
    /// Numeric profile; 20 is the one that exists.
    pub profile: u32,
    /// The method that the table follows.
    pub method: MethodId,
    /// Number of inputs.
    pub inputs: u32,
    /// Widths of the hidden layers.
    pub hidden: Vec<u32>,
    /// Number of classes.
    pub classes: u32,
    /// Number of contributors.
    pub contributors: u32,
    /// Number of training rows, admitted or not.
    pub rows: u32,
    /// Number of validation rows.
    pub validation: u32,
    /// Bits of the residual that the Newton certificate allows; 0 for methods without one.
    pub eta: u32,
    /// Whatever the layout depends on.
    pub parameters: BTreeMap<String, u64>,
}

/// Shape of a binding circuit. Two models of one shape share a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingShape {
    /// Numeric profile; 20 is the one that exists.
    pub profile: u32,
    /// What the table is made to be multiplied with: no constraint depends on it, but no proof that scores against
    /// something else can be linked.
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
    /// Where weights and table start.
    pub first_row: u32,
    /// Fewest rows that the values of an input take.
    pub spread: u32,
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
    /// Returns whether proofs answer batches, not single queries.
    #[must_use]
    pub const fn is_batch(&self) -> bool {
        self.queries > 1
    }

    /// Returns the number of public inputs (`docs/formats.md`, 7).
    #[must_use]
    pub fn instances(&self) -> u32 {
        let outputs = self.classes.div_ceil(LOGITS_PER_ELEMENT);
        if self.is_batch() {
            let totals = self.contributors.div_ceil(TOTALS_PER_ELEMENT);
            self.queries.saturating_mul(2 + outputs).saturating_add(2 + totals)
        } else {
            4 + outputs + self.contributors.div_ceil(WEIGHTS_PER_ELEMENT)
        }
    }

    /// Returns the row where weights and table start in the linked columns.
    #[must_use]
    pub fn first_row(&self) -> u32 {
        self.instances().saturating_add(2)
    }

    /// Returns how many rows the values of an input take at least: one for each query of a thread.
    #[must_use]
    pub const fn spread(&self) -> u32 {
        match self.queries.checked_div(self.threads) {
            Some(spread) => spread,
            None => 0,
        }
    }

    fn validate(&self, instances: u32) -> Result<(), PlanError> {
        let Self { profile, inputs, hidden, classes, contributors, parameters, .. } = self;
        check_profile(*profile)?;
        check_model(*inputs, hidden, *classes, *contributors)?;
        check_range("number of weight columns", self.weight_columns, 1, 1024)?;
        check_range("number of limb lanes", self.limb_lanes, 1, 1024)?;
        let (queries, threads) = (self.queries, self.threads);
        check_range("number of queries", queries, 1, MAX_QUERIES)?;
        check_range("number of threads", threads, 1, queries)?;
        if !queries.is_multiple_of(threads) {
            return Err(PlanError::Threads { queries, threads });
        }
        check_parameters(parameters)?;
        check_instances(self.instances(), instances)
    }
}

impl InferenceShape {
    /// Returns the number of features $K$ of the head, the constant one included.
    #[must_use]
    pub fn features(&self) -> u32 {
        features(self.inputs, &self.hidden)
    }

    /// Returns the word by which a rendered verifier says what it proves (`docs/formats.md`, 10): 32 bits each of profile,
    /// residual, inputs, features, classes, contributors and queries, the profile lowest.
    #[must_use]
    pub fn word(&self) -> [u8; 32] {
        let residual = u32::from(self.residual.number());
        let Self { profile, inputs, classes, contributors, queries, .. } = self;
        let parts =
            [*profile, residual, *inputs, self.features(), *classes, *contributors, *queries];
        let mut word = [0; 32];
        for (bytes, part) in word.rchunks_exact_mut(4).zip(parts) {
            bytes.copy_from_slice(&part.to_be_bytes());
        }
        word
    }
}

impl IndexShape {
    /// Number of public inputs (`docs/formats.md`, 7).
    pub const INSTANCES: u32 = 11;

    /// Returns the number of features $K$ of the head, the constant one included.
    #[must_use]
    pub fn features(&self) -> u32 {
        features(self.inputs, &self.hidden)
    }

    fn validate(&self, instances: u32) -> Result<(), PlanError> {
        let Self { profile, method, inputs, hidden, classes, contributors, .. } = self;
        let Self { rows, validation, eta, parameters, .. } = self;
        check_profile(*profile)?;
        check_model(*inputs, hidden, *classes, *contributors)?;
        // A public input holds it in 16 bits.
        check_range("number of features", self.features(), 2, 65_535)?;
        check_range("number of rows", *rows, 1, u32::try_from(MAX_ROWS).unwrap_or(u32::MAX))?;
        check_range("number of validation rows", *validation, 0, MAX_ROW)?;
        check_range("eta", *eta, 0, if method.is_newton() { MAX_ETA } else { 0 })?;
        check_parameters(parameters)?;
        check_instances(Self::INSTANCES, instances)
    }
}

impl BindingShape {
    /// Number of public inputs (`docs/formats.md`, 7).
    pub const INSTANCES: u32 = 2;

    fn validate(&self, instances: u32) -> Result<(), PlanError> {
        let Self { profile, inputs, hidden, classes, contributors, parameters, .. } = self;
        check_profile(*profile)?;
        check_model(*inputs, hidden, *classes, *contributors)?;
        check_range("number of weight columns", self.weight_columns, 1, 1024)?;
        check_range("first row", self.first_row, 1, MAX_ROW)?;
        check_range("spread", self.spread, 1, MAX_QUERIES)?;
        check_parameters(parameters)?;
        check_instances(Self::INSTANCES, instances)
    }
}

/// Outputs of the last hidden layer, or the inputs, and a constant one.
fn features(inputs: u32, hidden: &[u32]) -> u32 {
    hidden.last().copied().unwrap_or(inputs).saturating_add(1)
}

fn check_profile(profile: u32) -> Result<(), PlanError> {
    if profile == u32::from(PROFILE) { Ok(()) } else { Err(PlanError::Profile { profile }) }
}

fn check_model(
    inputs: u32,
    hidden: &[u32],
    classes: u32,
    contributors: u32,
) -> Result<(), PlanError> {
    if hidden.len() > MAX_LAYERS {
        let (count, max) = (hidden.len(), MAX_LAYERS);
        return Err(PlanError::TooMany { what: "hidden layers", count, max });
    }
    for width in hidden.iter().chain([&inputs]) {
        check_range("layer width", *width, 1, MAX_WIDTH)?;
    }
    check_range("number of classes", classes, 2, 256)?;
    check_range("number of contributors", contributors, 1, 4096)
}

fn check_parameters(parameters: &BTreeMap<String, u64>) -> Result<(), PlanError> {
    let count = parameters.len();
    if count > MAX_PARAMETERS {
        return Err(PlanError::TooMany { what: "parameters", count, max: MAX_PARAMETERS });
    }
    parameters.keys().try_for_each(|name| check_name(name))
}

fn check_instances(expected: u32, actual: u32) -> Result<(), PlanError> {
    if expected == actual { Ok(()) } else { Err(PlanError::InstanceCount { expected, actual }) }
}

impl CircuitDescription {
    pub(super) fn validate(&self, instances: u32) -> Result<(), PlanError> {
        match self {
            Self::Inference(shape) => shape.validate(instances),
            Self::Index(shape) => shape.validate(instances),
            Self::Binding(shape) => shape.validate(instances),
            Self::Bare(circuit) => check_name(&circuit.name),
        }
    }

    /// Returns the number of public inputs that the claim has; nothing where nothing is claimed.
    #[must_use]
    pub fn instances(&self) -> Option<u32> {
        match self {
            Self::Inference(shape) => Some(shape.instances()),
            Self::Index(_) => Some(IndexShape::INSTANCES),
            Self::Binding(_) => Some(BindingShape::INSTANCES),
            Self::Bare(_) => None,
        }
    }

    /// Returns the shape of an inference, if that is what the circuit proves.
    #[must_use]
    pub fn inference(&self) -> Option<&InferenceShape> {
        match self {
            Self::Inference(shape) => Some(shape),
            Self::Index(_) | Self::Binding(_) | Self::Bare(_) => None,
        }
    }

    /// Returns the shape of an index, if that is what the circuit proves.
    #[must_use]
    pub fn index(&self) -> Option<&IndexShape> {
        match self {
            Self::Index(shape) => Some(shape),
            Self::Inference(_) | Self::Binding(_) | Self::Bare(_) => None,
        }
    }

    /// Returns the shape of a binding, if that is what the circuit proves.
    #[must_use]
    pub fn binding(&self) -> Option<&BindingShape> {
        match self {
            Self::Binding(shape) => Some(shape),
            Self::Inference(_) | Self::Index(_) | Self::Bare(_) => None,
        }
    }
}
