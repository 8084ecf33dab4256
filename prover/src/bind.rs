//! The binding proof of a case: made by `setup`, kept as long as it fits.
//!
//! Its first points are the registered commitments, to which every later proof is linked. A new one has other commitments,
//! and a contract that registered the old ones refuses proofs for the new: so one that is there and holds is not replaced.

use crate::case::{Case, CaseError, LinkTail};
use crate::circuit::{self, CircuitError, Planned};
use crate::keys::KeyError;
use crate::keys::linked::{self, Linked};
use crate::keys::ring::{self, Keep, Keys, Origin, RingError};
use crate::progress::Observer;
use crate::srs::{Srs, SrsSource};
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_circuits::Witness;
use tribute_circuits::{BindingCircuit, BindingParams, CircuitParams, WitnessError};
use tribute_verifier::binding_proof::{BindingProof, BindingProofFormat, public_inputs};
use tribute_verifier::plan::PlanError;
use tribute_verifier::plonk::PlonkError;

/// Why there is no binding proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The tails cannot be written.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The shape has no circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The circuit takes no such witness.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The keys cannot be made or kept.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The proof system makes no proof.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A plan has no digest.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Circuit and subject have different commitments.
    #[error(
        "the circuit commits to another model or table than subject.json; commit the case anew"
    )]
    Disagreement,
    /// The proof that was made is not accepted.
    #[error(
        "the binding proof that was made is refused ({0}); nothing was written, please report this"
    )]
    Refused(#[source] PlonkError),
}

/// Returns the binding proof of a case, for the columns of an inference circuit whose keys were made with `srs`: the one
/// that an earlier registration carries if it holds and its tails are there, or a new one. The tails of a new one are
/// written beside those in use; which are in use says the registration.
///
/// # Errors
/// Fails with the first thing that cannot be made.
pub fn bind(
    case: &Case,
    inference: &CircuitParams,
    (source, srs): (&SrsSource, Srs),
    observer: &dyn Observer,
) -> Result<BindingProof, BindError> {
    let layout = circuit::fit_binding(inference)?;
    if let Some(earlier) = earlier(case, &layout, &srs, observer)? {
        return Ok(earlier);
    }
    observer.stage("making the keys of the binding proof");
    let (keys, origin) = ring::find_or_make::<BindingCircuit>(&case.paths, srs, &layout, observer)?;
    if origin == Origin::Made && Keep::OfFile.applies(source) {
        observer.stage("writing the keys of the binding proof");
        ring::write(&case.paths, &keys)?;
    }
    let circuit = circuit::filled_binding(&layout, case)?;
    if circuit.public_inputs() != public_inputs(&case.subject) {
        return Err(BindError::Disagreement);
    }
    observer.stage("proving the binding");
    let (binding, tails) = prove(&keys, &circuit, circuit.instance())?;
    binding.verify(&case.subject).map_err(BindError::Refused)?;
    tails.write(&case.paths).map_err(CaseError::from)?;
    Ok(binding)
}

/// Makes a binding proof of any circuit with linked columns, and its tails.
///
/// # Errors
/// Fails if the proof system does, or commits to the columns with other randomness than it was given.
pub fn prove<C: Planned + Linked + Witness>(
    keys: &Keys,
    circuit: &C,
    public_inputs: &[Fr],
) -> Result<(BindingProof, LinkTail), BindError> {
    let Keys { srs, key, plan } = keys;
    let (proof, tails) = linked::create_binding_proof(srs, key, circuit, public_inputs)?;
    let binding = BindingProof { format: BindingProofFormat::V1, plan: plan.clone(), proof };
    let tails = LinkTail::new(&binding, &tails)?;
    Ok((binding, tails))
}

/// Returns the binding proof of an earlier registration, if it is of this layout and SRS, holds, and has its tails.
fn earlier(
    case: &Case,
    layout: &BindingParams,
    srs: &Srs,
    observer: &dyn Observer,
) -> Result<Option<BindingProof>, BindError> {
    let Ok(earlier) = case.registration().map(|registration| registration.binding) else {
        return Ok(None);
    };
    if LinkTail::read(&case.paths, &earlier).is_err() || earlier.verify(&case.subject).is_err() {
        return Ok(None);
    }
    observer.stage("comparing the plan of the binding proof");
    let plan = ring::rebuild_plan::<BindingCircuit>(srs, layout)?;
    Ok((plan == earlier.plan).then_some(earlier))
}
