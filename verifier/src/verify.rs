//! The check of a proof, from the registration to the pairing.
//!
//! # Soundness
//! A proof binds the public inputs. What a statement says beyond them is bound on the way there:
//!
//! | field | bound by |
//! |---|---|
//! | `method`, `contributors` | equal to the registered ones, which the index commitment binds |
//! | `model_commitment`, `index_commitment` | equal to the registered ones, and public inputs of the binding proof, whose columns the proof is linked to |
//! | `context` | public input, and compared with the expected one where one is given |
//! | `input_commitment`, `output`, `logits`, `weights_ppm`, `unattributed` | public inputs |
//! | `input`, `salt` | must hash to the input commitment |
//! | `unsafe_srs` | equal to the registered plan's |
//!
//! Of a batch, contexts, input commitments and outputs of all queries and the totals are public inputs, and so are the zeros of
//! its empty slots. The rest is bound alike.
//!
//! The number of public inputs is that of the plan, whose shape is compared with the statement.
//!
//! Where the registration carries an index proof, it is checked too: then the table is proven to come from the rows, and
//! nothing in an attribution is taken on trust. Without one it is committed, not proven, and the verdict says so.

mod batch;
mod refusal;

pub use batch::{Answer, BatchVerdict, verify_batch, verify_batch_within};
pub use refusal::Refusal;

use core::fmt;
use std::thread;

use serde::Serialize;

use crate::certificate::Limits;
use crate::claim::{ClaimError, check_claim, check_opening};
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::index_proof::{IndexVerdict, verify_table};
use crate::method::MethodId;
use crate::plan::{InferenceShape, index};
use crate::plonk;
use crate::proof_file::ProofFile;
use crate::registration::Registration;

/// What was accepted, and under which reservations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Digest of the plan that was used.
    pub plan_digest: Digest,
    /// The model that was run.
    pub model_commitment: FieldElement,
    /// The attribution index.
    pub index_commitment: FieldElement,
    /// Method of the attribution.
    pub method: MethodId,
    /// The returned class.
    pub output: u32,
    /// Number of contributors.
    pub contributors: usize,
    /// Whether nobody supports the output.
    pub unattributed: bool,
    /// The request that the proof answers.
    pub context: FieldElement,
    /// Whether the context was compared with an expected one.
    pub context_compared: bool,
    /// Whether the statement discloses the input.
    pub input_disclosed: bool,
    /// Whether the keys of one of the proofs come from a development SRS, so that it may be forged.
    pub unsafe_srs: bool,
    /// Whether an index proof shows that the attribution table is what the method makes of the rows.
    pub table_proven_from_rows: bool,
    /// What that index proof certifies.
    pub index: Option<IndexVerdict>,
}

/// Checks a proof against a registration and, where one is expected, a context. The index, where it is proven, must
/// stay within [`Limits::default`].
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify(
    registration: &Registration,
    proof: &ProofFile,
    expected_context: Option<FieldElement>,
) -> Result<Verdict, Refusal> {
    verify_within(registration, proof, expected_context, Limits::default())
}

/// As [`verify`], with limits of the caller's for what a registered index proof certifies.
///
/// # Errors
/// Fails with the first check that does not hold.
pub fn verify_within(
    registration: &Registration,
    proof: &ProofFile,
    expected_context: Option<FieldElement>,
    limits: Limits,
) -> Result<Verdict, Refusal> {
    let ProofFile { format: _, statement, proof: bytes, unsafe_srs } = proof;
    let shape = registration.check()?;
    if shape.is_batch() {
        return Err(Refusal::SingleForBatch { queries: shape.queries });
    }
    check_claim(&registration.subject, statement, expected_context)?;
    check_class_count(shape, statement.logits.len())?;
    check_opening(statement, index(shape.inputs))?;
    let inputs = statement.public_inputs().map_err(ClaimError::from)?;
    let shown = Shown { registration, shape, inputs, bytes, unsafe_srs: *unsafe_srs };
    let Basis { plan_digest, index, unsafe_srs } = shown.check(limits)?;
    Ok(Verdict {
        plan_digest,
        model_commitment: statement.model_commitment,
        index_commitment: statement.index_commitment,
        method: statement.method,
        output: statement.output,
        contributors: statement.contributors.len(),
        unattributed: statement.unattributed,
        context: statement.context,
        context_compared: expected_context.is_some(),
        input_disclosed: statement.input.is_some(),
        unsafe_srs,
        table_proven_from_rows: index.is_some(),
        index,
    })
}

/// What a proof must show, once its statement is one about the registered subject.
struct Shown<'a> {
    registration: &'a Registration,
    shape: &'a InferenceShape,
    inputs: Vec<FieldElement>,
    bytes: &'a [u8],
    unsafe_srs: bool,
}

/// What a verdict rests on besides the statement.
struct Basis {
    plan_digest: Digest,
    index: Option<IndexVerdict>,
    unsafe_srs: bool,
}

impl Shown<'_> {
    /// Checks the keys and, side by side, the binding proof, the proof with its link, and the index proof where there is one.
    fn check(self, limits: Limits) -> Result<Basis, Refusal> {
        let Self { registration, shape, inputs, bytes, unsafe_srs } = self;
        let Registration { plan, subject, binding, index, .. } = registration;
        if plan.unsafe_srs != unsafe_srs {
            return Err(Refusal::UnsafeSrs { plan: plan.unsafe_srs, proof: unsafe_srs });
        }
        let inputs: Vec<_> = inputs.into_iter().map(FieldElement::to_fr).collect();
        // What the link is checked against counts for nothing unless the binding proof that it was read off holds as well.
        let registered = binding.registered().unwrap_or_default();
        let bind = || binding.verify(subject);
        let table = || index.as_ref().map(|index| verify_table(subject, shape, index, limits));
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
        let index = index.transpose()?;
        let unsafe_srs = unsafe_srs || index.as_ref().is_some_and(|index| index.unsafe_srs);
        Ok(Basis { plan_digest: Digest(plan.digest()?), index, unsafe_srs })
    }
}

fn finish<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn check_class_count(shape: &InferenceShape, statement: usize) -> Result<(), Refusal> {
    let plan = index(shape.classes);
    if plan == statement { Ok(()) } else { Err(Refusal::ClassCount { plan, statement }) }
}

/// Writes what a verdict says of table and keys.
fn write_basis(
    f: &mut fmt::Formatter<'_>,
    index: Option<&IndexVerdict>,
    context: fmt::Arguments<'_>,
    unsafe_srs: bool,
) -> fmt::Result {
    match index {
        Some(index) => write!(f, " ({index})")?,
        None => f.write_str(" (table committed, not proven to come from the rows)")?,
    }
    write!(f, "; {context}")?;
    if unsafe_srs {
        f.write_str("; UNSAFE: keys of a development SRS, whose maker can forge proofs")?;
    }
    Ok(())
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model_commitment, output, method, contributors, context, .. } = self;
        write!(f, "model {model_commitment} returned class {output}")?;
        match &self.input_disclosed {
            true => f.write_str(" for the disclosed input")?,
            false => f.write_str(" for the committed input")?,
        }
        if self.unattributed {
            write!(f, "; by {method} nobody supports it, so no share is paid")?;
        } else {
            write!(f, "; by {method} these are the shares of {contributors} contributors")?;
        }
        let compared = if self.context_compared { "as expected" } else { "not compared" };
        let context = format_args!("context {context}, {compared}");
        write_basis(f, self.index.as_ref(), context, self.unsafe_srs)
    }
}
