//! Four cheats and why each is refused.

use super::policy;
use crate::case::{Case, CaseError, PrivateCase};
use crate::progress::Observer;
use crate::prove::{ProveError, ProveRequest, Prover};
use serde::Serialize;
use tribute_verifier::field::FieldElement;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::subject::{Subject, SubjectError};
use tribute_verifier::verify::verify;

/// One refused cheat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forgery {
    /// What was forged.
    pub forged: &'static str,
    /// The check that refused it.
    pub check: &'static str,
    /// Why, in words.
    pub reason: String,
}

/// Why a forgery could not be tried, or worse.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeryError {
    /// A forgery was accepted.
    #[error("a forgery was accepted ({0}); please report this")]
    Accepted(&'static str),
    /// There is nothing to forge.
    #[error("the proof has no {0} to change")]
    Nothing(&'static str),
    /// The other model could not be committed.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The other model could not be committed.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The other model could not be proven.
    #[error(transparent)]
    Prove(#[from] ProveError),
}

/// Tries all forgeries against the registration of an honest prover.
pub(super) fn all(
    prover: &Prover,
    request: &ProveRequest,
    honest: &ProofFile,
    observer: &dyn Observer,
) -> Result<Vec<Forgery>, ForgeryError> {
    let context = request.context;
    let mut forgeries = Vec::new();
    let mut attempt = |forged, proof: &ProofFile, context| match verify(
        prover.registration(),
        proof,
        &policy(prover.registration(), context),
    ) {
        Ok(_) => Err(ForgeryError::Accepted(forged)),
        Err(refusal) => {
            let (check, reason) = (refusal.check(), refusal.to_string());
            forgeries.push(Forgery { forged, check, reason });
            Ok(())
        }
    };
    attempt(
        "one part per million moved from one share to another",
        &moved_share(honest)?,
        context,
    )?;
    attempt("another output: a logit one step higher", &raised_logit(honest)?, context)?;
    observer.stage("forging with another model");
    let other = other_model(prover, request)?;
    attempt(
        "another model: one weight changed, honestly proven with the same keys, linked to the registered one",
        &other,
        context,
    )?;
    attempt("the same proof for another request", honest, FieldElement::from_u128(2))?;
    Ok(forgeries)
}

/// Moves one part per million; the sum stays what it was.
fn moved_share(honest: &ProofFile) -> Result<ProofFile, ForgeryError> {
    let mut forged = honest.clone();
    let weights = &mut forged.statement.weights_ppm;
    let from =
        weights.iter().position(|weight| *weight > 0).ok_or(ForgeryError::Nothing("share"))?;
    let to = usize::from(from == 0);
    weights[from] -= 1;
    *weights.get_mut(to).ok_or(ForgeryError::Nothing("second share"))? += 1;
    Ok(forged)
}

/// Raises the logit of the returned class, which stays the largest.
fn raised_logit(honest: &ProofFile) -> Result<ProofFile, ForgeryError> {
    let mut forged = honest.clone();
    let class = usize::try_from(forged.statement.output).unwrap_or(usize::MAX);
    *forged.statement.logits.get_mut(class).ok_or(ForgeryError::Nothing("logit"))? += 1;
    Ok(forged)
}

/// Proves the query with a model of the same shape and says it is the registered one: the equations hold, the link does not.
fn other_model(prover: &Prover, request: &ProveRequest) -> Result<ProofFile, ForgeryError> {
    let Case { paths, private, subject, table, .. } = prover.case().clone();
    let mut private: PrivateCase = private;
    let bias = private.model.head.last_mut().ok_or(ForgeryError::Nothing("weight"))?;
    *bias = if *bias > 0 { *bias - 1 } else { *bias + 1 };
    let mut header = subject.header.clone();
    header.model_commitment = private.model_commitment(&private.model()?)?;
    let other = Subject::new(header, private.table_commitment(&table)?, subject.payees)?;
    let case = Case::assemble(paths, private, other)?;
    Ok(prover.forge(&case, request)?)
}
