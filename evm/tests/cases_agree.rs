//! Queries of every case, through files and the keys that `setup` keeps: halo2, the native verifier and the contract accept what the prover made, for its
//! registration alone, and none of them accepts it changed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts and costs are what a reader of the run wants"
)]
#![allow(unreachable_pub, dead_code, unused_imports, reason = "modules shared between test crates")]

mod evm;
#[path = "../../prover/tests/synthetic/mod.rs"]
mod synthetic;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use evm::deployed::{Deployed, accepts};
use ff::PrimeField as _;
use halo2_proofs::halo2curves::bn256::{Bn256, Fr};
use halo2_proofs::plonk::verify_proof;
use halo2_proofs::poly::kzg::commitment::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::multiopen::VerifierSHPLONK;
use halo2_proofs::poly::kzg::strategy::SingleStrategy;
use halo2_proofs::transcript::TranscriptReadBuffer as _;
use synthetic::case::Word;
use tribute::case::{Case, CommitRequest, Committed, HeadSource, commit};
use tribute::circuit::Planned as _;
use tribute::data::read_query;
use tribute::files::Existing;
use tribute::keys::ring::{self, Keys};
use tribute::planner::calibration::REFERENCE;
use tribute::planner::{Counts, Goal, predict};
use tribute::progress::Unobserved;
use tribute::prove::{Disclosure, ProveRequest, Prover};
use tribute::setup::setup;
use tribute::srs::SrsSource;
use tribute::transcript::{KeccakChallenge, KeccakRead};
use tribute_circuits::InferenceCircuit;
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::MethodId;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::solidity::{KeyPlacement, MAX_CODE};
use tribute_verifier::verify::verify;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../prover/tests/cases")
}

/// A case that was set up, with everybody who judges its proofs.
struct Judges {
    registration: Registration,
    keys: Keys,
    contract: Deployed,
}

/// Who accepts: halo2 (the proof without its link), the native verifier, the contract.
type Verdicts = [bool; 3];

impl Judges {
    fn new(case: &Case, registration: Registration) -> Self {
        let plan = &registration.plan;
        let params = InferenceCircuit::described(plan).unwrap();
        let keys = ring::open::<InferenceCircuit>(&case.paths, plan, &params).unwrap();
        let contract = Deployed::new(plan, KeyPlacement::suiting(plan).unwrap());
        Self { registration, keys, contract }
    }

    fn halo2(&self, instances: &[Word], proof: &[u8]) -> bool {
        let scalar = |word: &Word| {
            let mut repr = *word;
            repr.reverse();
            Option::<Fr>::from(Fr::from_repr(repr))
        };
        let Some(scalars) = instances.iter().map(scalar).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let plonk = &proof[..proof.len().min(self.registration.plan.plonk_bytes())];
        let params = self.keys.srs.params();
        // It panics where a challenge has no inverse.
        let verdict = catch_unwind(AssertUnwindSafe(|| {
            let strategy = SingleStrategy::new(params);
            let mut transcript = KeccakRead::init(plonk);
            verify_proof::<
                KZGCommitmentScheme<Bn256>,
                VerifierSHPLONK<'_, Bn256>,
                KeccakChallenge,
                _,
                _,
            >(params, self.keys.key.get_vk(), strategy, &[&[&scalars]], &mut transcript)
            .is_ok()
        }));
        verdict.unwrap_or(false)
    }

    fn judge(&mut self, file: &ProofFile) -> (Verdicts, u64) {
        let inputs = file.statement.public_inputs().unwrap();
        let instances: Vec<Word> = inputs.iter().map(|input| input.to_be_bytes()).collect();
        let registered = self.registration.binding.registered().unwrap();
        let words =
            instances.iter().copied().chain(registered.iter().flat_map(|point| point.words()));
        let outcome = self.contract.verify(&words.collect::<Vec<_>>(), &file.proof);
        let native = verify(&self.registration, file, None).is_ok();
        ([self.halo2(&instances, &file.proof), native, accepts(&outcome)], outcome.gas)
    }
}

/// Commits a case, sets it up for a goal.
fn committed(target: &Path, folder: &Path, method: MethodId, goal: Goal) -> (Case, Registration) {
    let request = CommitRequest {
        model: folder.join("model.onnx"),
        data: folder.join("train.csv"),
        contributors: Some(folder.join("contributors.csv")),
        method,
        lam_256ths: 256,
        head: HeadSource::AsTrained,
    };
    let Committed { case, .. } = commit(&request, target, Existing::Refuse, &Unobserved).unwrap();
    let outcome =
        setup(&case, &SrsSource::UnsafeDev, (1, goal), Existing::Refuse, &Unobserved).unwrap();
    (case, outcome.registration)
}

fn agree(name: &str, method: MethodId, goal: Goal) {
    if evm::compiler_is_missing() {
        return;
    }
    let target = tempfile::tempdir().unwrap();
    let folder = cases().join(name);
    let (case, registration) = committed(&target.path().join("case"), &folder, method, goal);
    let inputs = case.model.inputs;
    let mut judges = Judges::new(&case, registration);
    let params = InferenceCircuit::described(&judges.registration.plan).unwrap();
    let predicted = predict(&Counts::of(&params).unwrap(), &REFERENCE);
    let prover = Prover::open(case, &Unobserved).unwrap();
    let mut first = None;
    for row in 0..3 {
        let query = read_query(&folder.join("queries.csv"), inputs, Some(row)).unwrap();
        let request = ProveRequest {
            input: query.features,
            salt: None,
            context: FieldElement::from_u128(u128::from(row)),
            disclosure: Disclosure::Committed,
        };
        let file = prover.prove(&request, &Unobserved).unwrap();
        let (verdicts, gas) = judges.judge(&file);
        assert_eq!(verdicts, [true; 3], "{name}, row {row}");
        let deviation = gas.abs_diff(predicted.gas);
        assert!(50 * deviation <= gas, "{name}: {gas} gas, {} predicted", predicted.gas);
        assert_eq!(file.proof.len(), predicted.proof_bytes);
        println!(
            "{name}, {method}, {goal:?}, row {row}: k = {}, {gas} gas, proof {} B, code {} B",
            judges.registration.plan.k,
            file.proof.len(),
            judges.contract.size()
        );
        first.get_or_insert(file);
    }
    assert!(judges.contract.size() <= MAX_CODE, "{} B", judges.contract.size());
    refuse_changes(&mut judges, &first.unwrap());
    // The same model committed again: another subject, other registered columns, the same plan but for its SRS.
    let again = target.path().join("again");
    let (_, other) = committed(&again, &folder, method, goal);
    let query = read_query(&folder.join("queries.csv"), inputs, Some(0)).unwrap();
    let request = ProveRequest {
        input: query.features,
        salt: None,
        context: FieldElement::ZERO,
        disclosure: Disclosure::Committed,
    };
    let file = prover.prove(&request, &Unobserved).unwrap();
    judges.registration.binding = other.binding;
    let ([_, native, contract], _) = judges.judge(&file);
    assert!(!native && !contract, "{name}: another registration's columns");
}

/// One bit in every word of the proof, the link included, and one in every public part of the statement.
fn refuse_changes(judges: &mut Judges, honest: &ProofFile) {
    let plonk = judges.registration.plan.plonk_bytes();
    for word in 0..honest.proof.len() / 32 {
        let mut file = honest.clone();
        file.proof[32 * word + word % 32] ^= 1 << (word % 8);
        let ([halo2, native, contract], _) = judges.judge(&file);
        assert!(!native && !contract, "word {word}");
        assert_eq!(halo2, 32 * word >= plonk, "halo2 reads all but the link: word {word}");
    }
    let mut changed = Vec::new();
    let mut change = |change: &dyn Fn(&mut ProofFile)| {
        let mut file = honest.clone();
        change(&mut file);
        changed.push(file);
    };
    let one = FieldElement::from_u128(1);
    change(&|file| file.statement.context = one);
    change(&|file| file.statement.input_commitment = one);
    change(&|file| file.statement.model_commitment = one);
    change(&|file| file.statement.index_commitment = one);
    change(&|file| file.statement.logits[1] ^= 1);
    change(&|file| file.statement.output ^= 1);
    change(&|file| {
        let weights = &mut file.statement.weights_ppm;
        let from = weights.iter().position(|weight| *weight > 0).unwrap_or(0);
        let to = (from + 1) % weights.len();
        weights[from] = weights[from].saturating_sub(1);
        weights[to] += 1;
    });
    for (number, file) in changed.iter().enumerate() {
        assert_eq!(judges.judge(file).0, [false; 3], "change {number}");
    }
}

#[test]
fn logistic_regression_by_representer_points() {
    agree("digits_lr_n200", MethodId::Representer, Goal::Prover);
}

#[test]
fn one_hidden_layer_for_the_prover() {
    agree("digits_mlp_n200", MethodId::GroupNewton, Goal::Prover);
}

#[test]
fn one_hidden_layer_for_the_chain() {
    agree("digits_mlp_n200", MethodId::Influence, Goal::Gas);
}

#[test]
fn two_hidden_layers() {
    agree("digits_deep_n300", MethodId::TracIn, Goal::Prover);
}

#[test]
fn a_wide_layer() {
    agree("digits28_mlp_n300", MethodId::TracIn, Goal::Prover);
}
