//! `setup`: keys for a case's shape, the plan, the binding proof, and the registration.

use crate::bind::{BindError, bind};
use crate::case::{Answers, Case, CaseError, LinkTail};
use crate::circuit::CircuitError;
use crate::files::{Existing, FileError, Privacy, json};
use crate::keys::ring::{self, Keep, Origin, RingError};
use crate::planner::batch::PickError;
use crate::planner::{Goal, choose};
use crate::progress::Observer;
use crate::srs::SrsSource;
use tribute_circuits::InferenceCircuit;
use tribute_verifier::certificate::Limits;
use tribute_verifier::digest::Digest;
use tribute_verifier::plan::PlanError;
use tribute_verifier::policy::Policy;
use tribute_verifier::registration::{Registration, RegistrationError, RegistrationFormat};
use tribute_verifier::verify::verify_index;

/// Why there is no registration.
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
    /// No number of queries for a batch.
    #[error(transparent)]
    Pick(#[from] PickError),
    /// The keys cannot be made or kept.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The columns of model and table cannot be bound.
    #[error(transparent)]
    Bind(Box<BindError>),
    /// The plan has no digest.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Plan and subject do not go together.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}

boxed_from!(SetupError: Bind(BindError));

/// What `setup` made.
#[derive(Clone, Debug)]
pub struct SetupOutcome {
    /// Plan, subject and binding proof.
    pub registration: Registration,
    /// Digest of the plan.
    pub plan_digest: Digest,
    /// Where the proving key came from.
    pub origin: Origin,
    /// Why the index proof of the former registration is not in this one, where that had one.
    pub dropped: Option<String>,
}

/// Makes keys, plan, binding proof and registration of a case, for so many queries in one proof, in the layout that is
/// best for a goal. An index proof that an earlier registration carried is kept, since it does not depend on the keys
/// for queries, and a binding proof that still fits; one that does not fit any more, as with another SRS, is said to be gone.
///
/// The registration is written last, and is the one switch: keys stand under the digest of their plan and tails under
/// that of their binding proof, beside those of the former registration, which are as they were until then.
///
/// # Errors
/// Fails if the registration exists and may not be replaced, if another process writes the case, or with the first
/// thing that cannot be made.
pub fn setup(
    case: &Case,
    source: &SrsSource,
    (queries, goal): (usize, Goal),
    existing: Existing,
    observer: &dyn Observer,
) -> Result<SetupOutcome, SetupError> {
    let _lock = case.lock("tribute setup")?;
    let target = case.paths.registration();
    if existing == Existing::Refuse && target.symlink_metadata().is_ok() {
        return Err(FileError::Exists { path: target }.into());
    }
    let params = choose(&case.shape(), queries, goal)?;
    observer.stage("preparing the SRS");
    let srs = source.prepare(params.k, &case.paths).map_err(RingError::from)?;
    let (keys, origin) = ring::obtain::<InferenceCircuit>(
        &case.paths,
        (source, srs),
        &params,
        Keep::Always,
        observer,
    )?;
    let binding = bind(case, &params, (source, keys.srs), observer)?;
    let plan_digest = Digest(keys.plan.digest()?);
    let subject = case.subject.clone();
    let format = RegistrationFormat::V4;
    let mut registration = Registration { format, plan: keys.plan, subject, binding, index: None };
    registration.check()?;
    let index = |answers| case.clone().answering(answers).registration().ok()?.index;
    let earlier = index(Answers::One).or_else(|| index(Answers::Batch));
    let had = earlier.is_some();
    registration.index = earlier;
    let kept = verify_index(&registration, &Policy::equations_alone(Limits::NONE));
    let dropped = kept.err().filter(|_| had).map(|refusal| refusal.to_string());
    if dropped.is_some() {
        registration.index = None;
    }
    json::write(&target, &registration, Privacy::Public, existing)?;
    LinkTail::sweep(&case.paths);
    Ok(SetupOutcome { registration, plan_digest, origin, dropped })
}
