//! The check of a proof, from the registration to the pairing.
//!
//! # Soundness
//! A proof binds the public inputs. What a statement says beyond them is bound on the way there:
//!
//! | field | bound by |
//! |---|---|
//! | `method`, `contributors` | equal to the registered ones, which the index commitment binds |
//! | `model_commitment`, `index_commitment` | equal to the registered ones, and public inputs of the binding proof, whose columns the proof is linked to |
//! | `context` | public input, and compared with the expected one unless the policy takes any |
//! | `input_commitment`, `output`, `logits`, `weights_ppm`, `unattributed` | public inputs |
//! | `input`, `salt` | must hash to the input commitment |
//!
//! Of a batch, contexts, input commitments and outputs of all queries and the totals are public inputs, and so are the zeros of
//! its empty slots. The rest is bound alike.
//!
//! The number of public inputs is that of the plan, whose shape is compared with the statement.
//!
//! Where the registration carries an index proof, it is checked too: then the table is proven to come from the rows, and
//! nothing in an attribution is taken on trust. Without one it is committed, not proven, and the verdict says so.
//!
//! What equations cannot show, whose plans they are, is the matter of a [`Policy`], which is asked first.

mod basis;
mod batch;
mod refusal;
mod whole;

pub use basis::{Basis, Lambda, PlanDigests, SrsBasis};
pub use batch::{Answer, BatchVerdict, verify_batch};
pub use refusal::Refusal;
pub use whole::{RegistrationVerdict, verify_registration};

use core::fmt;
use std::thread;

use serde::Serialize;

use crate::claim::{ClaimError, check_claim, check_opening};
use crate::field::FieldElement;
use crate::index_proof::{IndexRefusal, IndexVerdict, verify_table};
use crate::method::MethodId;
use crate::payees::{Address, Contributor};
use crate::plan::{InferenceShape, index};
use crate::plonk;
use crate::policy::{Policy, Trusted};
use crate::proof_file::ProofFile;
use crate::registration::Registration;

/// What was accepted, and under which reservations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The model that was run.
    pub model_commitment: FieldElement,
    /// The attribution index.
    pub index_commitment: FieldElement,
    /// Method of the attribution.
    pub method: MethodId,
    /// The returned class.
    pub output: u32,
    /// What every contributor is due of it; nothing to anybody where it is unattributed.
    pub shares: Vec<Share>,
    /// Whether nobody supports the output.
    pub unattributed: bool,
    /// The input that the model was run on.
    pub input_commitment: FieldElement,
    /// Whether the statement discloses the input.
    pub input_disclosed: bool,
    /// The request that the proof answers.
    pub context: FieldElement,
    /// Whether the context was compared with an expected one.
    pub context_compared: bool,
    /// What all of it rests on.
    #[serde(flatten)]
    pub basis: Basis,
}

/// The share of a contributor, in one answer or in those of a batch together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Name in the dataset.
    pub name: String,
    /// Where it goes.
    pub address: Address,
    /// Parts per million of an answer.
    pub ppm: u32,
}

/// What was accepted of a table alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableVerdict {
    /// The model that the rows ran through.
    pub model_commitment: FieldElement,
    /// The attribution index.
    pub index_commitment: FieldElement,
    /// Method of the attribution.
    pub method: MethodId,
    /// What it rests on.
    #[serde(flatten)]
    pub basis: Basis,
    /// What the proof certifies; in the JSON it stands in the basis.
    #[serde(skip)]
    pub certified: IndexVerdict,
}

/// Checks a proof against a registration that the policy trusts.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify(
    registration: &Registration,
    proof: &ProofFile,
    policy: &Policy,
) -> Result<Verdict, Refusal> {
    let ProofFile { format: _, statement, proof: bytes } = proof;
    let trusted = policy.trusts(registration)?;
    let shape = registration.check()?;
    if shape.is_batch() {
        return Err(Refusal::SingleForBatch { queries: shape.queries });
    }
    check_claim(&registration.subject, statement, &policy.contexts)?;
    check_class_count(shape, statement.logits.len())?;
    check_opening(statement, index(shape.inputs))?;
    let inputs = statement.public_inputs().map_err(ClaimError::from)?;
    let shown = Shown { registration, shape, inputs, bytes };
    Ok(Verdict {
        basis: shown.check(trusted, policy)?,
        model_commitment: statement.model_commitment,
        index_commitment: statement.index_commitment,
        method: statement.method,
        output: statement.output,
        shares: shares(&statement.contributors, &statement.weights_ppm),
        unattributed: statement.unattributed,
        input_commitment: statement.input_commitment,
        input_disclosed: statement.input.is_some(),
        context: statement.context,
        context_compared: policy.contexts.compares(),
    })
}

/// Checks the index proof of a registration that the policy trusts, and nothing else of it.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_index(registration: &Registration, policy: &Policy) -> Result<TableVerdict, Refusal> {
    let trusted = policy.trusts(registration)?;
    let shape = registration.check()?;
    let Registration { subject, index, .. } = registration;
    let proof = index.as_ref().ok_or(IndexRefusal::Missing)?;
    policy.accepts_srs(registration)?;
    let certified = verify_table(subject, shape, proof, policy.limits)?;
    let index = Some(certified.clone());
    Ok(TableVerdict {
        model_commitment: subject.model_commitment,
        index_commitment: subject.index_commitment,
        method: subject.header.method,
        basis: Basis::new(registration, shape, trusted, policy, index)?,
        certified,
    })
}

/// What a proof must show, once its statement is one about the registered subject.
struct Shown<'a> {
    registration: &'a Registration,
    shape: &'a InferenceShape,
    inputs: Vec<FieldElement>,
    bytes: &'a [u8],
}

impl Shown<'_> {
    /// Checks the keys and, side by side, the binding proof, the proof with its link, and the index proof where there is one.
    fn check(self, trusted: Trusted, policy: &Policy) -> Result<Basis, Refusal> {
        let Self { registration, shape, inputs, bytes } = self;
        let Registration { plan, subject, binding, index, .. } = registration;
        policy.accepts_srs(registration)?;
        policy.accepts_table(registration)?;
        let inputs: Vec<_> = inputs.into_iter().map(FieldElement::to_fr).collect();
        // What the link is checked against counts for nothing unless the binding proof that it was read off holds as well.
        let Some(registered) = binding.registered() else {
            let short = binding.verify(subject).err().unwrap_or(plonk::PlonkError::Unregistered);
            return Err(Refusal::Binding(short));
        };
        let bind = || binding.verify(subject);
        let table =
            || index.as_ref().map(|index| verify_table(subject, shape, index, policy.limits));
        let (bound, linked, index) = thread::scope(|scope| {
            // Where the system gives no thread, one comes after the other.
            let bound = thread::Builder::new().spawn_scoped(scope, bind);
            let index = thread::Builder::new().spawn_scoped(scope, table);
            let linked = plonk::verify_linked(plan, &inputs, &registered, bytes);
            let bound = bound.map_or_else(|_| bind(), finish);
            (bound, linked, index.map_or_else(|_| table(), finish))
        });
        bound.map_err(Refusal::Binding)?;
        linked?;
        Ok(Basis::new(registration, shape, trusted, policy, index.transpose()?)?)
    }
}

fn finish<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn check_class_count(shape: &InferenceShape, statement: usize) -> Result<(), Refusal> {
    let plan = index(shape.classes);
    if plan == statement { Ok(()) } else { Err(Refusal::ClassCount { plan, statement }) }
}

/// Puts contributors and what they are due side by side.
fn shares(contributors: &[Contributor], ppm: &[u32]) -> Vec<Share> {
    let share = |(contributor, ppm): (&Contributor, &u32)| Share {
        name: contributor.name.clone(),
        address: contributor.address,
        ppm: *ppm,
    };
    contributors.iter().zip(ppm).map(share).collect()
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model_commitment, output, method, context, .. } = self;
        write!(f, "model {model_commitment} returned class {output}")?;
        match &self.input_disclosed {
            true => f.write_str(" for the disclosed input")?,
            false => f.write_str(" for the committed input")?,
        }
        if self.unattributed {
            write!(f, "; by {method} nobody supports it, so no share is paid")?;
        } else {
            let contributors = self.shares.len();
            write!(f, "; by {method} these are the shares of {contributors} contributors")?;
        }
        let compared = if self.context_compared { "as expected" } else { "not compared" };
        self.basis.write(f, format_args!("context {context}, {compared}"))
    }
}

impl fmt::Display for TableVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { certified, basis, model_commitment, .. } = self;
        write!(f, "{certified}; model {model_commitment}; registration {}", basis.trusted)?;
        write!(f, "; {}", basis.srs)
    }
}
