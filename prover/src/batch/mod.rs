//! `prove --all`: proofs of many queries, several to a proof, each verified before anybody sees it.
//!
//! # Files
//! A folder holds `batch-00000.json`, .. in the order of the queries, and `private/salts.json`, which belongs to the model's owner: the salts of the run, so
//! that one that was interrupted goes on where it stopped, with the proofs that are there.

use crate::attribute::attribute;
use crate::case::Case;
use crate::files::{Existing, FileError, Privacy, TEXT_LIMIT, json, read_bounded};
use crate::keys::linked;
use crate::keys::ring::Keys;
use crate::progress::Observer;
use crate::prove::{ProveError, Prover};
use crate::salt;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tribute_circuits::reference::RangeError;
use tribute_circuits::{InferenceCircuit, InferenceWitness, Query};
use tribute_verifier::batch::{BatchError, BatchQuery, BatchStatement};
use tribute_verifier::batch_proof::{BatchProof, BatchProofFormat};
use tribute_verifier::certificate::Limits;
use tribute_verifier::commitment::input_commitment;
use tribute_verifier::digest::Digest;
use tribute_verifier::field::{FieldElement, FieldError};
use tribute_verifier::verify::verify_batch_within;

/// Why there are no proofs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllError {
    /// A query does not fit the model's integers.
    #[error("row {row} cannot be proven: {source}")]
    Range {
        /// Data row of the file, from 0.
        row: usize,
        /// What is wrong.
        source: RangeError,
    },
    /// There are more or fewer requests than queries.
    #[error("there are {requests} requests for {queries} queries; give one line for each row")]
    Count {
        /// Lines of the file of requests.
        requests: usize,
        /// Rows of the file of queries.
        queries: usize,
    },
    /// The folder is of another run.
    #[error("{} is of other queries or another registration; choose another folder, or --force", path.display())]
    ForeignRun {
        /// The file that says so.
        path: PathBuf,
    },
    /// A proof in the folder is none of this run.
    #[error("{} is not the proof that this run would make; remove it, or --force", path.display())]
    ForeignProof {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The statement is none.
    #[error(transparent)]
    Statement(#[from] BatchError),
    /// A salt could not be drawn.
    #[error("a salt could not be drawn: {0}")]
    Salt(#[from] FieldError),
    /// There is no proof.
    #[error(transparent)]
    Prove(Box<ProveError>),
}

impl From<ProveError> for AllError {
    fn from(error: ProveError) -> Self {
        Self::Prove(Box::new(error))
    }
}

/// Salts of a run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Salts {
    format: String,
    /// Digest of plan, inputs and contexts.
    run: Digest,
    salts: Vec<FieldElement>,
}

impl Salts {
    const FORMAT: &'static str = "tribute/batch-salts/1";
}

/// A file that was written, or was there.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Where it stands.
    pub path: PathBuf,
    /// Its queries.
    pub queries: usize,
    /// Whether an earlier run made it.
    pub kept: bool,
}

/// Queries of a run, with what their requesters gave.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Inputs, row by row.
    pub inputs: Vec<Vec<i16>>,
    /// Salts, where requesters gave them.
    pub salts: Option<Vec<FieldElement>>,
    /// Contexts, zero for none.
    pub contexts: Vec<FieldElement>,
}

/// Proves all queries, as many to a proof as the registration has slots.
///
/// # Errors
/// Fails with the first query that does not fit, before anything is proven, and with the first proof that cannot be made or written.
pub fn prove_all(
    prover: &Prover,
    asked: Asked,
    folder: &Path,
    existing: Existing,
    observer: &dyn Observer,
) -> Result<Vec<Written>, AllError> {
    let count = asked.inputs.len();
    if asked.contexts.len() != count {
        return Err(AllError::Count { requests: asked.contexts.len(), queries: count });
    }
    for (row, input) in asked.inputs.iter().enumerate() {
        attribute(&prover.case, input).map_err(|source| AllError::Range { row, source })?;
    }
    let salts = salts(prover, &asked, folder, existing)?;
    let queries: Vec<Query> = asked
        .inputs
        .into_iter()
        .zip(salts)
        .zip(asked.contexts)
        .map(|((input, salt), context)| Query { input, salt, context })
        .collect();
    let mut written = Vec::new();
    observer.stage("proving batches");
    for (number, queries) in queries.chunks(prover.params.queries).enumerate() {
        observer.steps(number * prover.params.queries, count);
        let path = folder.join(format!("batch-{number:05}.json"));
        let kept = path.symlink_metadata().is_ok() && existing == Existing::Refuse;
        if kept {
            check(prover, queries, &path)?;
        } else {
            let proof = prover.prove_batch(queries)?;
            json::write(&path, &proof, Privacy::Public, existing)?;
        }
        written.push(Written { path, queries: queries.len(), kept });
    }
    observer.steps(count, count);
    Ok(written)
}

/// The salts of an earlier run of the same, or new ones, which are written first.
fn salts(
    prover: &Prover,
    asked: &Asked,
    folder: &Path,
    existing: Existing,
) -> Result<Vec<FieldElement>, AllError> {
    let plan = prover.registration.plan.digest().map_err(ProveError::from)?;
    let mut parts: Vec<Vec<u8>> = vec![plan.to_vec(), prover.registration.binding.proof.clone()];
    for (input, context) in asked.inputs.iter().zip(&asked.contexts) {
        parts.push(input.iter().flat_map(|value| value.to_be_bytes()).collect());
        parts.push(context.to_be_bytes().to_vec());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let run = Digest::of(&parts);
    let path = folder.join("private").join("salts.json");
    if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
        let earlier: Salts = json::read(&path, Salts::FORMAT)?;
        let fits = earlier.run == run
            && earlier.salts.len() == asked.inputs.len()
            && asked.salts.as_ref().is_none_or(|salts| *salts == earlier.salts);
        return if fits { Ok(earlier.salts) } else { Err(AllError::ForeignRun { path }) };
    }
    let salts = match &asked.salts {
        Some(salts) => salts.clone(),
        None => asked.inputs.iter().map(|_| salt::field_element()).collect::<Result<_, _>>()?,
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(FileError::io("create", parent))?;
    }
    let file = Salts { format: Salts::FORMAT.into(), run, salts };
    json::write(&path, &file, Privacy::Private, existing)?;
    Ok(file.salts)
}

/// Demands that a file is the proof that this run would make.
fn check(prover: &Prover, queries: &[Query], path: &Path) -> Result<(), AllError> {
    let foreign = || AllError::ForeignProof { path: path.to_path_buf() };
    let bytes = read_bounded(path, TEXT_LIMIT)?;
    let proof = BatchProof::from_json(&bytes).map_err(|_| foreign())?;
    let accepted = verify_batch_within(&prover.registration, &proof, None, Limits::NONE).is_ok();
    let same = proof.statement == prover.batch_statement(queries)?;
    if accepted && same { Ok(()) } else { Err(foreign()) }
}

impl Prover {
    /// What a proof says of these queries.
    fn batch_statement(&self, queries: &[Query]) -> Result<BatchStatement, AllError> {
        let Case { subject, .. } = &self.case;
        let mut totals_ppm = vec![0; subject.payees.len()];
        let mut answers = Vec::with_capacity(queries.len());
        for Query { input, salt, context } in queries {
            let answer = attribute(&self.case, input).map_err(ProveError::from)?;
            for (total, weight) in totals_ppm.iter_mut().zip(&answer.weights_ppm) {
                *total += weight;
            }
            answers.push(BatchQuery {
                context: *context,
                input_commitment: input_commitment(*salt, input),
                output: answer.output,
                logits: answer.logits,
                unattributed: answer.unattributed,
            });
        }
        Ok(BatchStatement {
            method: subject.header.method,
            model_commitment: subject.model_commitment,
            index_commitment: subject.index_commitment,
            queries: answers,
            contributors: subject.payees.clone(),
            totals_ppm,
        })
    }

    /// Proves queries in one proof, and verifies it.
    ///
    /// # Errors
    /// Fails if a query does not fit, and if the proof is not accepted.
    pub fn prove_batch(&self, queries: &[Query]) -> Result<BatchProof, AllError> {
        let statement = self.batch_statement(queries)?;
        let witness = InferenceWitness {
            model: self.case.model.clone(),
            table: self.case.table.clone(),
            model_commitment: statement.model_commitment,
            index_commitment: statement.index_commitment,
            queries: queries.to_vec(),
        };
        let circuit = InferenceCircuit::new(&self.params, &witness).map_err(ProveError::from)?;
        if circuit.public_inputs() != statement.public_inputs(self.params.queries)? {
            return Err(ProveError::Disagreement.into());
        }
        let Keys { srs, key, plan } = &self.keys;
        let instance = circuit.instance();
        let proof = linked::create_linked_proof(srs, key, &circuit, instance, &self.registered)
            .map_err(ProveError::from)?;
        let format = BatchProofFormat::V1;
        let file = BatchProof { format, statement, proof, unsafe_srs: plan.unsafe_srs };
        verify_batch_within(&self.registration, &file, None, Limits::NONE)
            .map_err(ProveError::from)?;
        Ok(file)
    }
}
