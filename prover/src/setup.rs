//! `setup`: keys for a case's shape, the plan, and the registration.
//!
//! A key takes long to make and depends on the plan alone, so it is kept under the plan's digest. What is found there
//! is used only if it is that plan's, whole and unchanged.

use crate::case::{Case, CaseError};
use crate::circuit::{self, CircuitError};
use crate::files::container::Taint;
use crate::files::{Existing, FileError, Privacy, json};
use crate::keys::cache::{self, Identity};
use crate::keys::{self, KeyError};
use crate::plan_export::{self, ExportError};
use crate::progress::Observer;
use crate::srs::{Srs, SrsError};
use halo2_proofs::halo2curves::bn256::G1Affine;
use halo2_proofs::plonk::{ProvingKey, VerifyingKey};
use std::fs;
use std::path::PathBuf;
use tribute_circuits::{CircuitParams, InferenceCircuit, WitnessError};
use tribute_verifier::digest::Digest;
use tribute_verifier::plan::{Plan, PlanError};
use tribute_verifier::registration::{Registration, RegistrationError, RegistrationFormat};

/// Where the SRS comes from. There is no default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SrsSource {
    /// A file that `srs import` wrote.
    File(PathBuf),
    /// Made here and now, for development.
    UnsafeDev,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The case cannot be used.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The shape has no circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The circuit cannot be laid out.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The SRS cannot be used.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// The keys cannot be made or kept.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is none that a plan can say.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The plan has no digest.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Plan and subject do not go together.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}

/// What `setup` made.
#[derive(Clone, Debug)]
pub struct SetupOutcome {
    /// Plan and subject.
    pub registration: Registration,
    /// Digest of the plan.
    pub plan_digest: Digest,
    /// Whether the proving key was there already.
    pub cached: bool,
}

/// Makes keys, plan and registration of a case. The registration is written last.
///
/// # Errors
/// Fails if the registration exists and may not be replaced, or with the first thing that cannot be made.
pub fn setup(
    case: &Case,
    source: &SrsSource,
    existing: Existing,
    observer: &dyn Observer,
) -> Result<SetupOutcome, SetupError> {
    let target = case.paths.registration();
    if existing == Existing::Refuse && target.symlink_metadata().is_ok() {
        return Err(FileError::Exists { path: target }.into());
    }
    let method = case.subject.header.method;
    let params = circuit::fit(&case.model, case.subject.payees.len(), method.residual())?;
    observer.stage("preparing the SRS");
    let srs = match source {
        SrsSource::File(path) => Srs::read(path)?.cut(params.k)?,
        SrsSource::UnsafeDev => Srs::generate_unsafe_dev(params.k)?,
    };
    observer.stage("making the verifying key");
    let circuit = InferenceCircuit::for_keys(&params)?;
    let key = keys::verifying_key(&srs, &circuit)?;
    let plan = plan_of(&key, &srs, &params)?;
    let plan_digest = plan.digest()?;
    let cached = has_key(case, &srs, &plan, &params)?;
    if !cached {
        observer.stage("making the proving key");
        let key = keys::proving_key(&srs, key, &circuit)?;
        observer.stage("writing the keys");
        keep_key(case, &srs, &plan, &key)?;
    }
    let subject = case.subject.clone();
    let registration = Registration { format: RegistrationFormat::V1, plan, subject };
    registration.check()?;
    json::write(&target, &registration, Privacy::Public, existing)?;
    Ok(SetupOutcome { registration, plan_digest: Digest(plan_digest), cached })
}

/// Exports a verifying key of the inference circuit.
///
/// # Errors
/// Fails if the key is none that a plan can say.
pub fn plan_of(
    key: &VerifyingKey<G1Affine>,
    srs: &Srs,
    params: &CircuitParams,
) -> Result<Plan, SetupError> {
    let instances =
        u32::try_from(params.shape.public_inputs()).map_err(|_| CircuitError::Number)?;
    let description = circuit::describe(params)?;
    Ok(plan_export::export(key, srs.params(), description, instances, srs.taint())?)
}

/// Makes the plan of a circuit anew, from nothing but its parameters and the SRS.
///
/// # Errors
/// Fails if no key can be made.
pub fn rebuild_plan(srs: &Srs, params: &CircuitParams) -> Result<Plan, SetupError> {
    let circuit = InferenceCircuit::for_keys(params)?;
    let key = keys::verifying_key(srs, &circuit)?;
    plan_of(&key, srs, params)
}

/// What the proving key of a plan must be.
///
/// # Errors
/// Fails if the plan has no digest, or a count beyond 32 bits.
pub fn identity(plan: &Plan) -> Result<Identity, SetupError> {
    let count = |count: usize| u32::try_from(count).map_err(|_| CircuitError::Number);
    Ok(Identity {
        plan: plan.digest()?,
        k: plan.k,
        fixed: count(plan.fixed_commitments.len())?,
        permutation: count(plan.permutation_commitments.len())?,
        taint: if plan.unsafe_srs { Taint::Unsafe } else { Taint::Clean },
    })
}

/// Returns whether a usable key and its SRS are there; a damaged or foreign one is made again.
fn has_key(
    case: &Case,
    srs: &Srs,
    plan: &Plan,
    params: &CircuitParams,
) -> Result<bool, SetupError> {
    let identity = identity(plan)?;
    let path = case.paths.proving_key(&identity.plan);
    if !path.is_file() {
        return Ok(false);
    }
    let Ok((_, digest)) = cache::read::<InferenceCircuit>(&path, params.clone(), &identity) else {
        return Ok(false);
    };
    let kept = Srs::read_pinned(&case.paths.srs(&identity.plan), &digest);
    Ok(kept.is_ok_and(|kept| kept.secret_digest() == srs.secret_digest()))
}

fn keep_key(
    case: &Case,
    srs: &Srs,
    plan: &Plan,
    key: &ProvingKey<G1Affine>,
) -> Result<(), SetupError> {
    let identity = identity(plan)?;
    let directory = case.paths.keys();
    fs::create_dir_all(&directory).map_err(FileError::io("create", &directory))?;
    let digest = srs.write(&case.paths.srs(&identity.plan), Existing::Replace)?;
    let path = case.paths.proving_key(&identity.plan);
    cache::write(&path, key, &identity, &digest, Existing::Replace)?;
    Ok(())
}
