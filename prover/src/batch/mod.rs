//! `prove --all`: proofs of many queries, several to a proof, each verified before anybody sees it.
//!
//! # Files
//! A folder holds `batch-00000.json`, .. in the order of the queries, and `private/run.json`, which belongs to the model's owner: what the run is of, and the
//! secret of its salts, so that one that was interrupted goes on where it stopped, with the proofs that are there.
//!
//! # Memory
//! The queries are read three times: to see that all of them fit and what the run is of, to check the proofs that are there, to make those that are missing.
//! No pass holds more than one batch.

mod run;
mod source;

pub use run::Run;
pub use source::Source;

use crate::attribute::attribute;
use crate::case::Case;
use crate::data::DataError;
use crate::files::{Existing, FileError, FolderLock, Privacy, TEXT_LIMIT, json, read_bounded};
use crate::keys::linked;
use crate::keys::ring::Keys;
use crate::progress::Observer;
use crate::prove::{ProveError, Prover};
use rayon::prelude::*;
use run::digest;
use serde::Serialize;
use source::Asked;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tribute_circuits::reference::RangeError;
use tribute_circuits::{InferenceCircuit, InferenceWitness, Query};
use tribute_verifier::batch::{BatchError, BatchQuery, BatchStatement};
use tribute_verifier::batch_proof::{BatchProof, BatchProofFormat};
use tribute_verifier::certificate::Limits;
use tribute_verifier::commitment::input_commitment;
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;
use tribute_verifier::policy::Policy;
use tribute_verifier::verify::verify_batch;

/// Why there are no proofs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllError {
    /// A query does not fit the model's integers.
    #[error("{}, data row {row}: cannot be proven: {source}", path.display())]
    Range {
        /// The file.
        path: PathBuf,
        /// Data row of the file, from 0.
        row: u64,
        /// What is wrong.
        source: RangeError,
    },
    /// There are more or fewer requests than queries.
    #[error("{} and {} have another number of rows; give one request for each query", requests.display(), input.display())]
    Count {
        /// The file of queries.
        input: PathBuf,
        /// The file of requests.
        requests: PathBuf,
    },
    /// There is nothing to prove.
    #[error("{} has no rows", path.display())]
    NoQueries {
        /// The file of queries.
        path: PathBuf,
    },
    /// A row of a file is not what it must be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The folder is of another run.
    #[error("{} is of other queries or another registration; choose another folder, or --force", path.display())]
    ForeignRun {
        /// The file that says so.
        path: PathBuf,
    },
    /// A proof in the folder is none of this run.
    #[error("{} is not a proof of this run; remove it, or --force", path.display())]
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
    /// No secret could be drawn.
    #[error("no randomness could be drawn: {0}")]
    Secret(#[source] rand_core::Error),
    /// There is no proof.
    #[error(transparent)]
    Prove(Box<ProveError>),
}

impl From<ProveError> for AllError {
    fn from(error: ProveError) -> Self {
        Self::Prove(Box::new(error))
    }
}

/// A file that was written, or was there.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Where it stands.
    pub path: PathBuf,
    /// Its queries.
    pub queries: usize,
    /// Seconds that the proof took, with its check; nothing where an earlier run made it.
    pub seconds: Option<f64>,
}

/// Proves all queries, as many to a proof as the registration has slots. With [`Existing::Replace`], a run of other queries in the folder is replaced, and
/// proofs that are none of this run; those that are stay.
///
/// # Errors
/// Fails with the first query that does not fit and with the first file that is in the way, before anything is proven, and with the first proof that cannot be made or written.
pub fn prove_all(
    prover: &Prover,
    source: &Source,
    folder: &Path,
    existing: Existing,
    observer: &dyn Observer,
) -> Result<Vec<Written>, AllError> {
    let (inputs, slots) = (prover.params.shape.inputs, prover.params.queries);
    observer.stage("reading the queries");
    let plan = Digest(prover.registration.plan.digest().map_err(ProveError::from)?);
    let registration = [plan, Digest::of(&[&prover.registration.binding.proof])];
    let fits = |asked: &Asked| match attribute(&prover.case, &asked.input) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(AllError::Range { path: source.input.clone(), row: asked.row, source: error })
        }
    };
    let (of, count) = digest(&registration, source, inputs, fits)?;
    if count == 0 {
        return Err(AllError::NoQueries { path: source.input.clone() });
    }
    std::fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
    let _lock = FolderLock::take(folder, "tribute prove --all")?;
    let run = Run::open(folder, of, count, existing)?;
    let queries = |chunk: Vec<Asked>| -> Vec<Query> {
        let query = |asked: Asked| Query {
            salt: run.salt(&asked),
            context: asked.requested.context.unwrap_or(FieldElement::ZERO),
            input: asked.input,
        };
        chunk.into_iter().map(query).collect()
    };
    let proofs = count.div_ceil(slots as u64);
    refuse_others(folder, proofs, existing)?;

    observer.stage("checking the proofs that are there");
    let mut pass = source.pass(inputs)?;
    let mut kept = Vec::new();
    for number in 0..proofs {
        let chunk = queries(pass.chunk(slots)?);
        let path = proof_path(folder, number);
        let own = path.symlink_metadata().is_ok() && prover.is_proof_of(&chunk, &path)?;
        if !own && path.symlink_metadata().is_ok() && existing == Existing::Refuse {
            return Err(AllError::ForeignProof { path });
        }
        kept.push(own);
    }

    observer.stage("proving batches");
    let mut pass = source.pass(inputs)?;
    let mut written = Vec::new();
    for (number, kept) in (0..proofs).zip(kept) {
        observer.steps(written.len(), usize::try_from(proofs).unwrap_or(usize::MAX));
        let (chunk, path) = (queries(pass.chunk(slots)?), proof_path(folder, number));
        let start = Instant::now();
        if !kept {
            json::write(&path, &prover.prove_batch(&chunk)?, Privacy::Public, existing)?;
        }
        let seconds = (!kept).then(|| start.elapsed().as_secs_f64());
        written.push(Written { path, queries: chunk.len(), seconds });
    }
    observer.steps(written.len(), written.len());
    Ok(written)
}

fn proof_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("batch-{number:05}.json"))
}

/// Refuses a folder with proofs behind the last of this run, which another one must have left; or removes them.
fn refuse_others(folder: &Path, proofs: u64, existing: Existing) -> Result<(), AllError> {
    let listed = std::fs::read_dir(folder).map_err(FileError::io("read", folder))?;
    for entry in listed {
        let path = entry.map_err(FileError::io("read", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix("batch-").and_then(|rest| rest.strip_suffix(".json"));
        let number = number.and_then(|number| number.parse::<u64>().ok());
        if number.is_some_and(|number| number >= proofs) {
            if existing == Existing::Refuse {
                return Err(AllError::ForeignProof { path });
            }
            std::fs::remove_file(&path).map_err(FileError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// What is asked of a proof of one's own, whose registration is known: its contexts are compared with its statement.
fn own() -> Policy {
    Policy::equations_alone(Limits::NONE)
}

impl Prover {
    /// Whether a file is the proof that these queries have in a run.
    fn is_proof_of(&self, queries: &[Query], path: &Path) -> Result<bool, AllError> {
        let Ok(proof) = BatchProof::from_json(&read_bounded(path, TEXT_LIMIT)?) else {
            return Ok(false);
        };
        let accepted = verify_batch(&self.registration, &proof, &own()).is_ok();
        Ok(accepted && proof.statement == self.batch_statement(queries)?)
    }

    /// What a proof says of these queries.
    fn batch_statement(&self, queries: &[Query]) -> Result<BatchStatement, AllError> {
        let Case { subject, .. } = &self.case;
        let answers = queries.par_iter().map(|Query { input, salt, context }| {
            let answer = attribute(&self.case, input).map_err(ProveError::from)?;
            let query = BatchQuery {
                context: *context,
                input_commitment: input_commitment(*salt, input),
                output: answer.output,
                logits: answer.logits,
                unattributed: answer.unattributed,
            };
            Ok((query, answer.weights_ppm))
        });
        let answers: Result<Vec<_>, ProveError> = answers.collect();
        let (queries, weights): (Vec<_>, Vec<_>) = answers?.into_iter().unzip();
        let mut totals_ppm = vec![0; subject.payees.len()];
        for weights in &weights {
            for (total, weight) in totals_ppm.iter_mut().zip(weights) {
                *total += weight;
            }
        }
        Ok(BatchStatement {
            method: subject.header.method,
            model_commitment: subject.model_commitment,
            index_commitment: subject.index_commitment,
            queries,
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
        let Keys { srs, key, plan: _ } = &self.keys;
        let instance = circuit.instance();
        let proof = linked::create_linked_proof(srs, key, &circuit, instance, &self.registered)
            .map_err(|error| self.explained(error))?;
        let format = BatchProofFormat::V2;
        let file = BatchProof { format, statement, proof };
        verify_batch(&self.registration, &file, &own()).map_err(ProveError::from)?;
        Ok(file)
    }
}
