//! The index circuit in a plan.

use super::{CircuitError, PROFILE, Planned, inference};
use super::{check_profile, number, numbers, parameters, size, sizes};
use std::collections::BTreeMap;
use tribute_circuits::reference::Model;
use tribute_circuits::{IndexCircuit, IndexParams, IndexShape, Shape, WitnessError};
use tribute_verifier::header::Header;
use tribute_verifier::plan::{self, CircuitDescription, Plan};

const WEIGHT_COLUMNS: &str = "weight_columns";
const LIMB_LANES: &str = "limb_lanes";
const FEATURE_SLOTS: &str = "feature_slots";
const UNIT_SLOTS: &str = "unit_slots";
const CONTRIBUTOR_SLOTS: &str = "contributor_slots";

/// Chooses the circuit for the index of a model.
///
/// # Errors
/// Fails if no circuit exists for the shape, or it takes more rows than the tool proves.
pub fn fit(model: &Model, header: &Header) -> Result<IndexParams, CircuitError> {
    let count = |value: u64| usize::try_from(value).map_err(|_| CircuitError::Number);
    let method = header.method;
    let shape = inference::shape(model, count(header.contributors)?, method.residual());
    let (rows, validation) = (count(header.rows)?, count(header.validation)?);
    Ok(IndexParams::fit(IndexShape { shape, method, rows, validation, eta: header.eta })?)
}

impl Planned for IndexCircuit {
    type Layout = IndexParams;

    fn for_keys(layout: &IndexParams) -> Result<Self, WitnessError> {
        Self::for_keys(layout)
    }

    fn parameters(layout: &IndexParams) -> Option<IndexParams> {
        Some(layout.clone())
    }

    fn describe(layout: &IndexParams) -> Result<CircuitDescription, CircuitError> {
        let IndexParams {
            shape,
            k: _,
            weight_columns,
            limb_lanes,
            feature_slots,
            unit_slots,
            contributor_slots,
        } = layout;
        let IndexShape { shape, method, rows, validation, eta } = shape;
        let Shape { inputs, hidden, classes, contributors, residual: _ } = shape;
        let mut parameters = BTreeMap::new();
        for (name, value) in [
            (WEIGHT_COLUMNS, weight_columns),
            (LIMB_LANES, limb_lanes),
            (FEATURE_SLOTS, feature_slots),
            (UNIT_SLOTS, unit_slots),
            (CONTRIBUTOR_SLOTS, contributor_slots),
        ] {
            parameters.insert(name.to_owned(), u64::from(number(*value)?));
        }
        Ok(CircuitDescription::Index(plan::IndexShape {
            profile: PROFILE,
            method: *method,
            inputs: number(*inputs)?,
            hidden: numbers(hidden)?,
            classes: number(*classes)?,
            contributors: number(*contributors)?,
            rows: number(*rows)?,
            validation: number(*validation)?,
            eta: *eta,
            parameters,
        }))
    }

    fn links(_: &IndexParams) -> Result<Option<u32>, CircuitError> {
        Ok(None)
    }

    fn described(plan: &Plan) -> Result<IndexParams, CircuitError> {
        let shape = plan.circuit.index().ok_or(CircuitError::NoIndex)?;
        check_profile(shape.profile)?;
        let names = [WEIGHT_COLUMNS, LIMB_LANES, FEATURE_SLOTS, UNIT_SLOTS, CONTRIBUTOR_SLOTS];
        let [weight_columns, limb_lanes, feature_slots, unit_slots, contributor_slots] =
            parameters(&shape.parameters, names)?;
        let params = IndexParams {
            shape: IndexShape {
                shape: Shape {
                    inputs: size(shape.inputs)?,
                    hidden: sizes(&shape.hidden)?,
                    classes: size(shape.classes)?,
                    contributors: size(shape.contributors)?,
                    residual: shape.method.residual(),
                },
                method: shape.method,
                rows: size(shape.rows)?,
                validation: size(shape.validation)?,
                eta: shape.eta,
            },
            k: plan.k,
            weight_columns,
            limb_lanes,
            feature_slots,
            unit_slots,
            contributor_slots,
        };
        params.validate()?;
        Ok(params)
    }
}
