//! `check`: whether a registration is what it says it is, from nothing but itself and the SRS.
//!
//! # Why
//! A verifier checks the equations of a plan, and whoever makes a plan chooses them. A plan also describes its circuit
//! in words, and circuits are made from such a description by this program: so the plan is made anew from description
//! and SRS, and every byte is compared. What is the same has the equations of the circuit that `docs/` argue about.
//! Then the proofs in the registration are checked under the limits of a policy.
//!
//! # Cost
//! That of the verifying keys, once for a registration: a commitment for each column of fixed values, no proof.

use crate::circuit::{CircuitError, Planned};
use crate::keys::ring::{self, RingError};
use crate::progress::Observer;
use crate::srs::{Srs, SrsError};
use serde::Serialize;
use serde_json::{Value, json};
use tribute_circuits::{BindingCircuit, IndexCircuit, InferenceCircuit};
use tribute_verifier::plan::Plan;
use tribute_verifier::policy::{Policy, Trust};
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::{Refusal, RegistrationVerdict, verify_registration};

/// Why a registration could not be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The SRS cannot be used.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// The SRS has fewer powers than a plan needs.
    #[error(
        "{plan} needs an SRS with k = {needed}; the one given has k = {actual}: give --srs a larger one of the same ceremony"
    )]
    SmallSrs {
        /// The plan.
        plan: PlanName,
        /// Its k.
        needed: u32,
        /// That of the SRS.
        actual: u32,
    },
    /// No plan can be made.
    #[error("{plan} cannot be made anew: {source}")]
    Ring {
        /// The plan.
        plan: PlanName,
        /// Why not.
        source: Box<RingError>,
    },
}

/// One of the plans of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanName {
    /// Of the answers to queries.
    Inference,
    /// Of the binding proof.
    Binding,
    /// Of the index proof.
    Index,
}

impl std::fmt::Display for PlanName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inference => "the plan of queries",
            Self::Binding => "the plan of the binding proof",
            Self::Index => "the plan of the index proof",
        })
    }
}

/// How a plan is not the one that its description and the SRS make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Points of another SRS.
    #[error("was made with another SRS than the one given")]
    Srs,
    /// A description of no circuit of this program.
    #[error("describes no circuit of this program: {0}")]
    NoCircuit(String),
    /// Other contents.
    #[error(
        "is not the one that its description and this SRS make, so that its equations are others than it claims; it differs in {}",
        .0.join(", ")
    )]
    Contents(Vec<String>),
}

/// A plan, and how it differs from the one that was made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Which plan.
    pub plan: PlanName,
    /// Nothing where every byte is the same.
    pub difference: Option<Difference>,
}

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The plans.
    pub plans: Vec<Compared>,
    /// What the proofs in the registration show; refused where a plan differs or a proof does not hold.
    pub verdict: Option<Result<RegistrationVerdict, Refusal>>,
}

impl Checked {
    /// Returns the verdict, if nothing was found.
    #[must_use]
    pub fn accepted(&self) -> Option<&RegistrationVerdict> {
        self.verdict.as_ref()?.as_ref().ok()
    }

    /// Returns all that was found, each with the name of its check.
    #[must_use]
    pub fn findings(&self) -> Vec<(&'static str, String)> {
        let differing = |compared: &Compared| {
            let Compared { plan, difference } = compared;
            let difference = difference.as_ref()?;
            let check = match plan {
                PlanName::Inference => "plan-differs",
                PlanName::Binding => "binding-plan-differs",
                PlanName::Index => "index-plan-differs",
            };
            Some((check, format!("{plan} {difference}")))
        };
        let refusal = self.verdict.as_ref().and_then(|verdict| verdict.as_ref().err());
        let refusal = refusal.map(|refusal| (refusal.check(), refusal.to_string()));
        self.plans.iter().filter_map(differing).chain(refusal).collect()
    }
}

/// Makes every plan of a registration anew and compares it, and checks the proofs in it under the limits of a policy,
/// whose trust is not asked for: it is what this check is there to give.
///
/// # Errors
/// Fails if the SRS is too small, or no plan can be made. What differs is a finding, not an error.
pub fn check(
    registration: &Registration,
    srs: &Srs,
    policy: &Policy,
    observer: &dyn Observer,
) -> Result<Checked, CheckError> {
    let plans = compare_plans(registration, srs, observer)?;
    if plans.iter().any(|compared| compared.difference.is_some()) {
        // Proofs under equations that are none say nothing.
        return Ok(Checked { plans, verdict: None });
    }
    observer.stage("verifying the proofs in the registration");
    let policy = Policy { trust: Trust::Unchecked, ..policy.clone() };
    let verdict = Some(verify_registration(registration, &policy));
    Ok(Checked { plans, verdict })
}

/// Makes every plan of a registration anew from its description and an SRS, and compares each.
///
/// # Errors
/// Fails if the SRS is too small, or no plan can be made.
pub fn compare_plans(
    registration: &Registration,
    srs: &Srs,
    observer: &dyn Observer,
) -> Result<Vec<Compared>, CheckError> {
    let Registration { plan, binding, index, .. } = registration;
    observer.stage("making the plan of queries anew");
    let mut compared = vec![compare::<InferenceCircuit>(plan, PlanName::Inference, srs)?];
    observer.stage("making the plan of the binding proof anew");
    compared.push(compare::<BindingCircuit>(&binding.plan, PlanName::Binding, srs)?);
    if let Some(index) = index {
        observer.stage("making the plan of the index proof anew");
        compared.push(compare::<IndexCircuit>(&index.plan, PlanName::Index, srs)?);
    }
    Ok(compared)
}

fn compare<C: Planned>(plan: &Plan, name: PlanName, srs: &Srs) -> Result<Compared, CheckError> {
    let differs = |difference| Ok(Compared { plan: name, difference });
    let layout = match C::described(plan) {
        Ok(layout) => layout,
        Err(error) => return differs(Some(Difference::NoCircuit(error.to_string()))),
    };
    if srs.k() < plan.k {
        return Err(CheckError::SmallSrs { plan: name, needed: plan.k, actual: srs.k() });
    }
    match ring::rebuild_plan::<C>(&srs.clone().cut(plan.k)?, &layout) {
        Ok(rebuilt) => differs(difference(plan, &rebuilt)),
        // A description that no circuit can be laid out from.
        Err(RingError::Circuit(error @ CircuitError::Params(_))) => {
            differs(Some(Difference::NoCircuit(error.to_string())))
        }
        Err(RingError::Witness(error)) => differs(Some(Difference::NoCircuit(error.to_string()))),
        Err(RingError::Key(error)) => differs(Some(Difference::NoCircuit(error.to_string()))),
        Err(source) => Err(CheckError::Ring { plan: name, source: Box::new(source) }),
    }
}

/// Compares every field; names those that differ.
fn difference(plan: &Plan, rebuilt: &Plan) -> Option<Difference> {
    if plan == rebuilt {
        return None;
    }
    if plan.srs != rebuilt.srs {
        return Some(Difference::Srs);
    }
    let (found, expected) = (json!(plan), json!(rebuilt));
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (found, expected) = (fields(&found), fields(&expected));
    let mut differing: Vec<String> = found
        .iter()
        .filter(|(name, value)| expected.get(*name) != Some(value))
        .map(|(name, value)| place(name, value, expected.get(name)))
        .collect();
    let missing = expected.keys().filter(|name| !found.contains_key(*name));
    differing.extend(missing.map(|name| format!("{name}, which it lacks")));
    Some(Difference::Contents(differing))
}

/// Says where in a field the first difference is.
fn place(name: &str, found: &Value, expected: Option<&Value>) -> String {
    let (Value::Array(found), Some(Value::Array(expected))) = (found, expected) else {
        return name.to_owned();
    };
    if found.len() != expected.len() {
        return format!("{name} ({} in place of {})", found.len(), expected.len());
    }
    let first = found.iter().zip(expected).position(|(found, expected)| found != expected);
    first.map_or_else(|| name.to_owned(), |first| format!("{name}[{first}]"))
}
