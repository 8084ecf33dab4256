//! Any bytes as a proof, of a file and on their own: nothing but the honest one is accepted.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::verify::verify;

const PROOF: &[u8] = include_bytes!("../../verifier/tests/old_proofs/digits_mlp/proof.json");
const REGISTRATION: &[u8] =
    include_bytes!("../../verifier/tests/old_proofs/digits_mlp/registration.json");

static HONEST: LazyLock<(Registration, ProofFile)> = LazyLock::new(|| {
    let registration = Registration::from_json(REGISTRATION).expect("the stored registration");
    (registration, ProofFile::from_json(PROOF).expect("the stored proof"))
});

fuzz_target!(|bytes: &[u8]| {
    let (registration, honest) = &*HONEST;
    if let Ok(file) = ProofFile::from_json(bytes) {
        assert_eq!(verify(registration, &file, None).is_ok(), file == *honest);
    }
    // The bytes alone, which no JSON stands before.
    let changed = ProofFile { proof: bytes.to_vec(), ..honest.clone() };
    assert_eq!(verify(registration, &changed, None).is_ok(), changed == *honest);
});
