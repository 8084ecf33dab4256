//! A synthetic circuit with its keys, plan, public inputs and a proof.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ff::PrimeField as _;
use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1Affine};
use halo2_proofs::plonk::{
    Circuit, VerifyingKey, create_proof, keygen_pk, keygen_vk, verify_proof,
};
use halo2_proofs::poly::kzg::commitment::{KZGCommitmentScheme, ParamsKZG};
use halo2_proofs::poly::kzg::multiopen::{ProverSHPLONK, VerifierSHPLONK};
use halo2_proofs::poly::kzg::strategy::SingleStrategy;
use halo2_proofs::transcript::{TranscriptReadBuffer as _, TranscriptWriterBuffer as _};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tribute::plan_export::{Claim, export};
use tribute::transcript::{KeccakRead, KeccakWrite};
use tribute_verifier::plan::{BareCircuit, CircuitDescription, Plan};

use super::{Shape, Synthetic};

/// A public input as it travels: 32 bytes, big-endian, not necessarily canonical.
pub type Word = [u8; 32];

/// What keys and a proof are made with.
pub struct Setup {
    /// What to call the case.
    pub name: &'static str,
    /// Log of the rows.
    pub k: u32,
    /// Where the prover's randomness starts.
    pub seed: u64,
}

/// Everything a verdict needs.
pub struct Case {
    /// What to call it.
    pub name: &'static str,
    /// The plan exported from the key.
    pub plan: Plan,
    /// The honest public inputs.
    pub instances: Vec<Word>,
    /// The honest proof.
    pub proof: Vec<u8>,
    params: ParamsKZG<Bn256>,
    key: VerifyingKey<G1Affine>,
}

impl Case {
    /// Makes keys and a proof for a shape.
    pub fn new(shape: &Shape, seed: u64) -> Self {
        let circuit = Synthetic::new(shape.clone(), seed);
        let description = BareCircuit { name: shape.name.to_owned() };
        let instances = circuit.instances();
        let setup = Setup { name: shape.name, k: shape.k, seed };
        Self::of(&setup, &circuit, &instances, CircuitDescription::Bare(description))
    }

    /// Makes keys and a proof for a circuit. The SRS is one that everybody knows the secret of.
    pub fn of<C: Circuit<Fr> + Clone>(
        setup: &Setup,
        circuit: &C,
        instances: &[Fr],
        description: CircuitDescription,
    ) -> Self {
        let params = ParamsKZG::<Bn256>::setup(setup.k, ChaCha20Rng::seed_from_u64(1));
        let key = keygen_vk(&params, circuit).unwrap();
        let count = u32::try_from(instances.len()).unwrap();
        let claim = Claim { circuit: description, instances: count, linked: None };
        let plan = export(&key, &params, claim).unwrap();
        let key_pair = keygen_pk(&params, key, circuit).unwrap();
        let mut transcript = KeccakWrite::init(Vec::new());
        create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, _>, _, _, _, _>(
            &params,
            &key_pair,
            std::slice::from_ref(circuit),
            &[&[instances]],
            ChaCha20Rng::seed_from_u64(setup.seed),
            &mut transcript,
        )
        .unwrap();
        let proof = transcript.finalize();
        let key = key_pair.get_vk().clone();
        let instances = instances.iter().map(to_word).collect();
        Self { name: setup.name, plan, instances, proof, params, key }
    }

    /// halo2's verdict. Its reader takes canonical words only; lengths and counts are its caller's to
    /// check, and it panics where a challenge has no inverse: all of that is a refusal.
    pub fn halo2_accepts(&self, instances: &[Word], proof: &[u8]) -> bool {
        let Some(instances) = instances.iter().map(from_word).collect::<Option<Vec<Fr>>>() else {
            return false;
        };
        if instances.len() != self.instances.len() {
            return false;
        }
        let verdict = catch_unwind(AssertUnwindSafe(|| {
            let mut transcript = KeccakRead::init(proof);
            let verdict = verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<'_, _>, _, _, _>(
                &self.params,
                &self.key,
                SingleStrategy::new(&self.params),
                &[&[&instances]],
                &mut transcript,
            );
            verdict.is_ok() && transcript.into_inner().is_empty()
        }));
        verdict.unwrap_or(false)
    }

    /// The native verdict.
    pub fn native_accepts(&self, instances: &[Word], proof: &[u8]) -> bool {
        let instances: Option<Vec<ark_bn254::Fr>> = instances.iter().map(to_ark).collect();
        instances.is_some_and(|instances| {
            tribute_verifier::plonk::verify(&self.plan, &instances, proof).is_ok()
        })
    }
}

fn to_word(scalar: &Fr) -> Word {
    let mut word = scalar.to_repr();
    word.reverse();
    word
}

fn from_word(word: &Word) -> Option<Fr> {
    let mut repr = *word;
    repr.reverse();
    Fr::from_repr(repr).into()
}

/// Decodes a public input for the native verifier, canonical ones only.
pub fn to_ark(word: &Word) -> Option<ark_bn254::Fr> {
    tribute_verifier::plan::Scalar::from_word(word).map(|scalar| scalar.0)
}
