//! `demo`: the whole way on an embedded case, through the functions that the verbs call.
//!
//! The case is the digits model of the tests: 64 inputs, 32 hidden units, 10 classes, 200 rows of 8 contributors. After
//! an accepted proof four forgeries are tried, each the edit that a cheat would make, and each must be refused.

mod forgery;

pub use forgery::{Forgery, ForgeryError};

use crate::case::{CaseError, CommitRequest, Committed, HeadSource, IndexSource, commit};
use crate::data::{DataError, read_query};
use crate::files::{Existing, FileError};
use crate::planner::Goal;
use crate::progress::Observer;
use crate::prove::{Disclosure, ProveError, ProveRequest, Prover};
use crate::setup::{SetupError, setup};
use crate::srs::SrsSource;
use std::fs;
use std::path::Path;
use std::time::Instant;
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::MethodId;
use tribute_verifier::policy::{Contexts, Policy, Trust};
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::{Refusal, verify};

const FILES: [(&str, &[u8]); 4] = [
    ("model.onnx", include_bytes!("digits/model.onnx")),
    ("train.csv", include_bytes!("digits/train.csv")),
    ("contributors.csv", include_bytes!("digits/contributors.csv")),
    ("queries.csv", include_bytes!("digits/queries.csv")),
];

/// Why the demonstration ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The case could not be committed.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The query could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No keys.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No proof.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The honest proof was refused.
    #[error("the honest proof was refused: {0}")]
    Refused(#[from] Refusal),
    /// A forgery could not be tried or was accepted.
    #[error(transparent)]
    Forgery(#[from] ForgeryError),
}

/// How long each step took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seconds {
    /// Committing.
    pub commit: f64,
    /// Making keys.
    pub setup: f64,
    /// Proving, with the native check of the proof.
    pub prove: f64,
    /// Verifying.
    pub verify: f64,
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Story {
    /// Rows of the case.
    pub rows: usize,
    /// Digest of the plan.
    pub plan_digest: Digest,
    /// The accepted proof.
    pub proof: ProofFile,
    /// The refused ones.
    pub forgeries: Vec<Forgery>,
    /// How long it took.
    pub seconds: Seconds,
}

/// Commits, sets up, proves, verifies, forges; nothing is left behind.
///
/// # Errors
/// Fails if a step fails, if the honest proof is refused, or if a forgery is accepted.
pub fn demo(observer: &dyn Observer) -> Result<Story, DemoError> {
    let directory = tempfile::Builder::new()
        .prefix("tribute-demo-")
        .tempdir()
        .map_err(FileError::io("create", &std::env::temp_dir()))?;
    let _guard = crate::files::interrupt::guard(directory.path());
    tell(directory.path(), observer)
}

/// What the demonstration accepts: its own registration, made a moment ago with a development SRS and without an index proof.
fn policy(registration: &Registration, context: FieldElement) -> Policy {
    Policy {
        trust: registration.digest().map_or_else(|_| Trust::default(), Trust::Digest),
        development_srs: true,
        unproven_table: true,
        contexts: Contexts::Expected(vec![context]),
        ..Policy::default()
    }
}

fn tell(directory: &Path, observer: &dyn Observer) -> Result<Story, DemoError> {
    for (name, bytes) in FILES {
        let path = directory.join(name);
        fs::write(&path, bytes).map_err(FileError::io("write", &path))?;
    }
    let request = CommitRequest {
        model: directory.join("model.onnx"),
        data: directory.join("train.csv"),
        validation: None,
        contributors: Some(directory.join("contributors.csv")),
        method: MethodId::GroupNewton,
        lam_256ths: 256,
        head: HeadSource::AsTrained,
        index: IndexSource::Provable,
        registrar: None,
    };
    let mut seconds = Seconds::default();
    let clock = Instant::now();
    let target = directory.join("case");
    let Committed { case, report } = commit(&request, &target, Existing::Refuse, observer)?;
    seconds.commit = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let outcome =
        setup(&case, &SrsSource::UnsafeDev, (1, Goal::Prover), Existing::Refuse, observer)?;
    seconds.setup = clock.elapsed().as_secs_f64();

    let input = read_query(&directory.join("queries.csv"), case.model.inputs, Some(0))?.features;
    let prover = Prover::open(case, observer)?;
    let context = FieldElement::from_u128(1);
    let clock = Instant::now();
    let honest = ProveRequest { input, salt: None, context, disclosure: Disclosure::Committed };
    let proof = prover.prove(&honest, observer)?;
    seconds.prove = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    verify(&outcome.registration, &proof, &policy(&outcome.registration, context))?;
    seconds.verify = clock.elapsed().as_secs_f64();

    observer.stage("forging");
    let forgeries = forgery::all(&prover, &honest, &proof, observer)?;
    let plan_digest = outcome.plan_digest;
    Ok(Story { rows: report.rows, plan_digest, proof, forgeries, seconds })
}
