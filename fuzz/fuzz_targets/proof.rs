//! Any bytes as a proof, of a file and on their own, of one query and of a batch: nothing but the honest ones is accepted.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tribute_verifier::batch_proof::{AnswerFile, BatchProof};
use tribute_verifier::certificate::Limits;
use tribute_verifier::policy::Policy;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::{verify, verify_batch};

macro_rules! stored {
    ($name:literal) => {
        include_bytes!(concat!("../../verifier/tests/old_proofs/", $name, ".json"))
    };
}

static ONE: LazyLock<(Registration, ProofFile)> = LazyLock::new(|| {
    (
        Registration::from_json(stored!("digits_mlp/registration")).expect("a registration"),
        ProofFile::from_json(stored!("digits_mlp/proof")).expect("a proof"),
    )
});

static BATCH: LazyLock<(Registration, BatchProof)> = LazyLock::new(|| {
    (
        Registration::from_json(stored!("digits_batch/registration")).expect("a registration"),
        BatchProof::from_json(stored!("digits_batch/proof")).expect("a proof"),
    )
});

fuzz_target!(|bytes: &[u8]| {
    match AnswerFile::from_json(bytes) {
        Ok(AnswerFile::Single(file)) => {
            let (registration, honest) = &*ONE;
            assert_eq!(verify(registration, &file, &Policy::equations_alone(Limits::default())).is_ok(), file == *honest);
        }
        Ok(AnswerFile::Batch(file)) => {
            let (registration, honest) = &*BATCH;
            assert_eq!(verify_batch(registration, &file, &Policy::equations_alone(Limits::default())).is_ok(), file == *honest);
        }
        Err(_) => {}
    }
    // The bytes alone, which no JSON stands before.
    let (registration, honest) = &*ONE;
    let changed = ProofFile { proof: bytes.to_vec(), ..honest.clone() };
    assert_eq!(verify(registration, &changed, &Policy::equations_alone(Limits::default())).is_ok(), changed == *honest);
    let (registration, honest) = &*BATCH;
    let changed = BatchProof { proof: bytes.to_vec(), ..honest.clone() };
    assert_eq!(verify_batch(registration, &changed, &Policy::equations_alone(Limits::default())).is_ok(), changed == *honest);
});
