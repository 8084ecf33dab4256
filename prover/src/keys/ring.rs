//! The keys of a case: made for a circuit, kept under the digest of its plan, found there again.
//!
//! A key takes long to make and depends on the plan alone. What is found is used only if it is that plan's, whole and
//! unchanged; whatever else stands there is made again.

use super::cache::{self, Identity};
use super::{KeyError, preprocess};
use crate::case::CasePaths;
use crate::circuit::{CircuitError, Planned};
use crate::files::{Existing, FileError};
use crate::plan_export::{self, Claim, ExportError};
use crate::progress::Observer;
use crate::srs::{Srs, SrsError, SrsSource};
use halo2_proofs::halo2curves::bn256::G1Affine;
use halo2_proofs::plonk::{ProvingKey, VerifyingKey};
use std::fs;
use tribute_circuits::WitnessError;
use tribute_verifier::plan::{Plan, PlanError};

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RingError {
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
    /// The keys cannot be made, kept or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is none that a plan can say.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The plan has no digest.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// All that a proof is made with but the witness.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The SRS, cut to the circuit.
    pub srs: Srs,
    /// The proving key.
    pub key: ProvingKey<G1Affine>,
    /// Its verifying key as data.
    pub plan: Plan,
}

/// Where keys came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They were there already.
    Cached,
    /// They were made and written.
    Made,
}

/// Which keys are written beside the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of them.
    Always,
    /// Those of an SRS file: what is made for development is soon made again.
    OfFile,
}

impl Keep {
    /// Returns whether keys that were made with an SRS of this source are written.
    pub(crate) fn applies(self, source: &SrsSource) -> bool {
        self == Self::Always || *source != SrsSource::UnsafeDev
    }
}

/// Makes the keys of a circuit with an SRS of its number of rows, or finds them beside the case. The source is where the
/// SRS came from.
///
/// # Errors
/// Fails with the first thing that cannot be made.
pub fn obtain<C: Planned>(
    paths: &CasePaths,
    (source, srs): (&SrsSource, Srs),
    layout: &C::Layout,
    keep: Keep,
    observer: &dyn Observer,
) -> Result<(Keys, Origin), RingError> {
    let (keys, origin) = find_or_make::<C>(paths, srs, layout, observer)?;
    if origin == Origin::Made && keep.applies(source) {
        observer.stage("writing the keys");
        write(paths, &keys)?;
    }
    Ok((keys, origin))
}

/// Makes the keys of a circuit with an SRS, or finds them beside the case; writes nothing.
///
/// # Errors
/// Fails with the first thing that cannot be made.
pub fn find_or_make<C: Planned>(
    paths: &CasePaths,
    srs: Srs,
    layout: &C::Layout,
    observer: &dyn Observer,
) -> Result<(Keys, Origin), RingError> {
    observer.stage("making the verifying key");
    let preprocessed = preprocess(&srs, &C::for_keys(layout)?)?;
    let key = preprocessed.verifying_key(&srs);
    let plan = plan_of::<C>(&key, &srs, layout)?;
    if let Some(key) = kept::<C>(paths, &srs, &plan, layout)? {
        return Ok((Keys { srs, key, plan }, Origin::Cached));
    }
    observer.stage("making the proving key");
    let key = preprocessed.proving_key(key);
    Ok((Keys { srs, key, plan }, Origin::Made))
}

/// Reads the keys of a plan; keys of anything else are refused.
///
/// # Errors
/// Fails if they are missing, damaged, stale or foreign.
pub fn open<C: Planned>(
    paths: &CasePaths,
    plan: &Plan,
    layout: &C::Layout,
) -> Result<Keys, RingError> {
    let identity = identity(plan)?;
    let path = paths.proving_key(&identity.plan);
    let (key, digest) = cache::read::<C>(&path, C::parameters(layout), &identity)?;
    let srs = Srs::read_pinned(&paths.srs(&identity.plan), &digest)?;
    if plan_of::<C>(key.get_vk(), &srs, layout)?.digest()? != identity.plan {
        return Err(KeyError::Stale.into());
    }
    Ok(Keys { srs, key, plan: plan.clone() })
}

/// Exports a verifying key of a circuit.
///
/// # Errors
/// Fails if the key is none that a plan can say.
pub fn plan_of<C: Planned>(
    key: &VerifyingKey<G1Affine>,
    srs: &Srs,
    layout: &C::Layout,
) -> Result<Plan, RingError> {
    let description = C::describe(layout)?;
    let instances = description.instances().ok_or(CircuitError::Number)?;
    let linked = C::links(layout)?;
    let claim = Claim { circuit: description, instances, linked };
    Ok(plan_export::export(key, srs.params(), claim)?)
}

/// Makes the plan of a circuit anew, from nothing but its description and the SRS.
///
/// # Errors
/// Fails if no key can be made.
pub fn rebuild_plan<C: Planned>(srs: &Srs, layout: &C::Layout) -> Result<Plan, RingError> {
    let key = preprocess(srs, &C::for_keys(layout)?)?.verifying_key(srs);
    plan_of::<C>(&key, srs, layout)
}

/// What the proving key of a plan must be.
fn identity(plan: &Plan) -> Result<Identity, RingError> {
    let count = |count: usize| u32::try_from(count).map_err(|_| CircuitError::Number);
    Ok(Identity {
        plan: plan.digest()?,
        k: plan.k,
        fixed: count(plan.fixed_commitments.len())?,
        permutation: count(plan.permutation_commitments.len())?,
    })
}

/// Returns the key that is kept, if it is usable and its SRS is there.
fn kept<C: Planned>(
    paths: &CasePaths,
    srs: &Srs,
    plan: &Plan,
    layout: &C::Layout,
) -> Result<Option<ProvingKey<G1Affine>>, RingError> {
    let identity = identity(plan)?;
    let path = paths.proving_key(&identity.plan);
    if !path.is_file() {
        return Ok(None);
    }
    let Ok((key, digest)) = cache::read::<C>(&path, C::parameters(layout), &identity) else {
        return Ok(None);
    };
    let kept = Srs::read_pinned(&paths.srs(&identity.plan), &digest);
    Ok(kept.is_ok_and(|kept| kept.secret_digest() == srs.secret_digest()).then_some(key))
}

/// Writes keys beside the case.
///
/// # Errors
/// Fails if they cannot be written.
pub fn write(paths: &CasePaths, keys: &Keys) -> Result<(), RingError> {
    let Keys { srs, key, plan } = keys;
    let identity = identity(plan)?;
    let directory = paths.keys();
    fs::create_dir_all(&directory).map_err(FileError::io("create", &directory))?;
    let digest = srs.write(&paths.srs(&identity.plan), Existing::Replace)?;
    let path = paths.proving_key(&identity.plan);
    cache::write(&path, key, &identity, &digest, Existing::Replace)?;
    Ok(())
}
