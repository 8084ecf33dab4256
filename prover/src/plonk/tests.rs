//! Our prover beside the library's.

use super::*;
use crate::keys::generate;
use crate::planner::sample;
use crate::srs::Srs;
use crate::transcript::{KeccakChallenge, KeccakRead};
use halo2_proofs::halo2curves::bn256::Bn256;
use halo2_proofs::plonk::{self, Circuit, verify_proof};
use halo2_proofs::poly::kzg::commitment::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::multiopen::{ProverSHPLONK, VerifierSHPLONK};
use halo2_proofs::poly::kzg::strategy::SingleStrategy;
use halo2_proofs::transcript::TranscriptReadBuffer as _;
use tribute_circuits::{InferenceCircuit, Shape, layouts};
use tribute_verifier::method::ResidualKind;

/// Bytes of a point.
const POINT: usize = 64;

fn ours<C: Witness>(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &C,
    inputs: &[Fr],
    seed: u64,
) -> Vec<u8> {
    let randomness = ChaCha20Rng::seed_from_u64(seed);
    create_proof(srs, key, circuit, inputs, randomness).unwrap().finalize()
}

fn theirs<C: Circuit<Fr>>(
    srs: &Srs,
    key: &ProvingKey<G1Affine>,
    circuit: &C,
    inputs: &[Fr],
    seed: u64,
) -> Vec<u8> {
    let mut transcript = Writer::init(Vec::new());
    plonk::create_proof::<
        KZGCommitmentScheme<Bn256>,
        ProverSHPLONK<'_, Bn256>,
        KeccakChallenge,
        _,
        _,
        _,
    >(
        srs.params(),
        key,
        std::slice::from_ref(circuit),
        &[&[inputs]],
        ChaCha20Rng::seed_from_u64(seed),
        &mut transcript,
    )
    .unwrap();
    transcript.finalize()
}

fn accepted(srs: &Srs, key: &ProvingKey<G1Affine>, inputs: &[Fr], proof: &[u8]) -> bool {
    verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, Bn256>, KeccakChallenge, _, _>(
        srs.params(),
        key.get_vk(),
        SingleStrategy::new(srs.params()),
        &[&[inputs]],
        &mut KeccakRead::init(proof),
    )
    .is_ok()
}

/// Of the same randomness both make the same commitments, up to the one that the library draws from elsewhere; both are accepted.
fn agree<C: Circuit<Fr> + Witness>(k: u32, circuit: &C, inputs: &[Fr]) {
    let srs = Srs::generate_unsafe_dev(k).unwrap();
    let key = generate(&srs, circuit).unwrap();
    let (ours, theirs) =
        (ours(&srs, &key, circuit, inputs, 7), theirs(&srs, &key, circuit, inputs, 7));
    assert_eq!(ours.len(), theirs.len());
    let cs = key.get_vk().cs();
    let sets =
        cs.permutation().get_columns().chunks(permutation::columns_of_a_set(cs.degree())).len();
    let same = POINT * (cs.num_advice_columns() + sets);
    assert_eq!(ours[..same], theirs[..same]);
    assert_ne!(ours[same..], theirs[same..]);
    for proof in [&ours, &theirs] {
        assert!(accepted(&srs, &key, inputs, proof));
        let mut other = inputs.to_vec();
        other[0] += Fr::ONE;
        assert!(!accepted(&srs, &key, &other, proof));
    }
}

#[test]
fn inferences_of_every_kind_of_layout() {
    let residual = ResidualKind::Query;
    let shape = Shape { inputs: 5, hidden: vec![4], classes: 3, contributors: 2, residual };
    for queries in [1, 6] {
        let all: Vec<_> =
            layouts(&shape, queries).unwrap().into_iter().filter(|params| params.k <= 11).collect();
        assert!(!all.is_empty());
        for params in [all.first(), all.last()].into_iter().flatten() {
            let witness = sample::witness(&shape, queries);
            let circuit = InferenceCircuit::new(params, &witness).unwrap();
            agree(params.k, &circuit, circuit.instance());
        }
    }
}

/// A small circuit with its keys.
fn small() -> (Srs, ProvingKey<G1Affine>, InferenceCircuit) {
    let residual = ResidualKind::Query;
    let shape = Shape { inputs: 2, hidden: vec![], classes: 2, contributors: 2, residual };
    let params = layouts(&shape, 1).unwrap().remove(0);
    let circuit = InferenceCircuit::new(&params, &sample::witness(&shape, 1)).unwrap();
    let srs = Srs::generate_unsafe_dev(params.k).unwrap();
    let key = generate(&srs, &circuit).unwrap();
    (srs, key, circuit)
}

#[test]
fn a_witness_that_does_not_satisfy_is_not_accepted() {
    let (srs, key, circuit) = small();
    let mut inputs = circuit.instance().to_vec();
    inputs[0] += Fr::ONE;
    assert!(!accepted(&srs, &key, &inputs, &ours(&srs, &key, &circuit, &inputs, 1)));
}

#[test]
fn public_inputs_beyond_the_rows_are_refused() {
    let (srs, key, circuit) = small();
    let inputs = vec![Fr::ONE; 1 << srs.k()];
    let refused = create_proof(&srs, &key, &circuit, &inputs, OsRng);
    assert!(matches!(refused, Err(Error::InstanceTooLarge)));
}
