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

use std::num::NonZeroUsize;
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
use tribute::case::{Answers, Case, CommitRequest, Committed, HeadSource, IndexSource, commit};
use tribute::circuit::Planned as _;
use tribute::data::read_queries;
use tribute::files::Existing;
use tribute::keys::ring::{self, Keys};
use tribute::planner::calibration::REFERENCE;
use tribute::planner::{Counts, Goal, predict};
use tribute::progress::Unobserved;
use tribute::prove::{Disclosure, ProveRequest, Prover};
use tribute::setup::setup;
use tribute::srs::SrsSource;
use tribute::transcript::{KeccakChallenge, KeccakRead};
use tribute_circuits::{InferenceCircuit, Query};
use tribute_verifier::batch_proof::{AnswerFile, BatchProof};
use tribute_verifier::certificate::Limits;
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::MethodId;
use tribute_verifier::policy::Policy;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::solidity::{KeyPlacement, MAX_CODE};
use tribute_verifier::verify::{verify, verify_batch};

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

    fn judge(&mut self, file: &AnswerFile) -> (Verdicts, u64) {
        let policy = Policy::equations_alone(Limits::default());
        let (inputs, proof, native) = match file {
            AnswerFile::Single(file) => {
                let native = verify(&self.registration, file, &policy).is_ok();
                (file.statement.public_inputs().unwrap(), &file.proof, native)
            }
            AnswerFile::Batch(file) => {
                let slots = self.registration.plan.circuit.inference().unwrap().queries;
                let inputs = file.statement.public_inputs(usize::try_from(slots).unwrap());
                let native = verify_batch(&self.registration, file, &policy).is_ok();
                (inputs.unwrap(), &file.proof, native)
            }
        };
        let instances: Vec<Word> = inputs.iter().map(|input| input.to_be_bytes()).collect();
        let registered = self.registration.binding.registered().unwrap();
        let words =
            instances.iter().copied().chain(registered.iter().flat_map(|point| point.words()));
        let outcome = self.contract.verify(&words.collect::<Vec<_>>(), proof);
        ([self.halo2(&instances, proof), native, accepts(&outcome)], outcome.gas)
    }

    /// Everybody accepts, at the gas and in the bytes that were predicted; returns the gas.
    fn accept(&mut self, name: &str, file: &AnswerFile) -> u64 {
        let params = InferenceCircuit::described(&self.registration.plan).unwrap();
        let predicted = predict(&Counts::of(&params).unwrap(), &REFERENCE);
        let (verdicts, gas) = self.judge(file);
        assert_eq!(verdicts, [true; 3], "{name}");
        let deviation = gas.abs_diff(predicted.gas);
        assert!(50 * deviation <= gas, "{name}: {gas} gas, {} predicted", predicted.gas);
        let length = proof(file).len();
        assert_eq!(length, predicted.proof_bytes);
        println!(
            "{name}: k = {}, {gas} gas, proof {length} B, code {} B",
            self.registration.plan.k,
            self.contract.size()
        );
        gas
    }
}

fn proof(file: &AnswerFile) -> &[u8] {
    match file {
        AnswerFile::Single(file) => &file.proof,
        AnswerFile::Batch(file) => &file.proof,
    }
}

/// Commits a case, sets it up for so many queries in one proof and a goal.
fn committed(
    target: &Path,
    folder: &Path,
    method: MethodId,
    (queries, goal): (usize, Goal),
) -> (Case, Registration) {
    let request = CommitRequest {
        model: folder.join("model.onnx"),
        data: folder.join("train.csv"),
        validation: None,
        contributors: Some(folder.join("contributors.csv")),
        method,
        lam_256ths: 256,
        head: HeadSource::AsTrained,
        index: IndexSource::Provable,
        registrar: None,
    };
    let Committed { case, .. } = commit(&request, target, Existing::Refuse, &Unobserved).unwrap();
    let answers = if queries > 1 { Answers::Batch } else { Answers::One };
    let case = case.answering(answers);
    let source = SrsSource::UnsafeDev;
    let outcome = setup(&case, &source, (queries, goal), Existing::Refuse, &Unobserved).unwrap();
    (case, outcome.registration)
}

/// The features of the first rows of a case's queries.
fn features(folder: &Path, inputs: usize, rows: usize) -> Vec<Vec<i16>> {
    let queries = read_queries(&folder.join("queries.csv"), inputs, NonZeroUsize::new(rows));
    queries.unwrap().into_iter().map(|query| query.features).collect()
}

fn request(input: Vec<i16>, context: u128) -> ProveRequest {
    let context = FieldElement::from_u128(context);
    ProveRequest { input, salt: None, context, disclosure: Disclosure::Committed }
}

fn agree(name: &str, method: MethodId, goal: Goal) {
    if evm::compiler_is_missing() {
        return;
    }
    let target = tempfile::tempdir().unwrap();
    let folder = cases().join(name);
    let (case, registration) = committed(&target.path().join("case"), &folder, method, (1, goal));
    let features = features(&folder, case.model.inputs, 3);
    let mut judges = Judges::new(&case, registration);
    let prover = Prover::open(case, &Unobserved).unwrap();
    let mut files = Vec::new();
    for (row, input) in (0u128..).zip(&features) {
        let file = prover.prove(&request(input.clone(), row), &Unobserved).unwrap();
        judges.accept(
            &format!("{name}, {method}, {goal:?}, row {row}"),
            &AnswerFile::Single(file.clone()),
        );
        files.push(file);
    }
    assert!(judges.contract.size() <= MAX_CODE, "{} B", judges.contract.size());
    let honest = AnswerFile::Single(files[0].clone());
    refuse_bits(&mut judges, &honest);
    refuse_changes(&mut judges, &files[0], &SINGLE_CHANGES, AnswerFile::Single);
    // The same model committed again: another subject, other registered columns, the same plan but for its SRS.
    let (_, other) = committed(&target.path().join("again"), &folder, method, (1, goal));
    refuse_other_columns(&mut judges, &honest, other);
}

/// Judges of batches of a case, and a proof of so many queries that all of them accept; returns the gas of its verification, too.
fn accepted_batch(
    folder: &Path,
    target: &Path,
    method: MethodId,
    (slots, goal): (usize, Goal),
    asked: usize,
) -> (Judges, BatchProof, u64) {
    let (case, registration) = committed(target, folder, method, (slots, goal));
    let features = features(folder, case.model.inputs, 3);
    let mut judges = Judges::new(&case, registration);
    let prover = Prover::open(case, &Unobserved).unwrap();
    let query = |(number, input): (u128, &Vec<i16>)| Query {
        input: input.clone(),
        salt: FieldElement::from_u128(100 + number),
        context: FieldElement::from_u128(number),
    };
    let queries: Vec<Query> =
        (1u128..).zip(features.iter().cycle()).take(asked).map(query).collect();
    let file = prover.prove_batch(&queries).unwrap();
    let honest = AnswerFile::Batch(file.clone());
    let name = folder.file_name().unwrap().to_string_lossy();
    let name = format!("{name}, {method}, {goal:?}, {asked} queries in {slots} slots");
    let gas = judges.accept(&name, &honest);
    (judges, file, gas)
}

/// Three queries in a batch of more: the other slots stay empty.
fn agree_on_batches(name: &str, method: MethodId, queries: (usize, Goal)) {
    if evm::compiler_is_missing() {
        return;
    }
    let (target, folder) = (tempfile::tempdir().unwrap(), cases().join(name));
    let (mut judges, file, _) =
        accepted_batch(&folder, &target.path().join("case"), method, queries, 3);
    let honest = AnswerFile::Batch(file.clone());
    refuse_bits(&mut judges, &honest);
    refuse_changes(&mut judges, &file, &BATCH_CHANGES, AnswerFile::Batch);
    let (_, other) = committed(&target.path().join("again"), &folder, method, queries);
    refuse_other_columns(&mut judges, &honest, other);
}

/// One bit in every word of the proof, the link included.
fn refuse_bits(judges: &mut Judges, honest: &AnswerFile) {
    let plonk = judges.registration.plan.plonk_bytes();
    for word in 0..proof(honest).len() / 32 {
        let mut file = honest.clone();
        let bytes = match &mut file {
            AnswerFile::Single(file) => &mut file.proof,
            AnswerFile::Batch(file) => &mut file.proof,
        };
        bytes[32 * word + word % 32] ^= 1 << (word % 8);
        let ([halo2, native, contract], _) = judges.judge(&file);
        assert!(!native && !contract, "word {word}");
        assert_eq!(halo2, 32 * word >= plonk, "halo2 reads all but the link: word {word}");
    }
}

/// One change in every public part of the statement.
fn refuse_changes<F: Clone>(
    judges: &mut Judges,
    honest: &F,
    changes: &[fn(&mut F)],
    wrap: fn(F) -> AnswerFile,
) {
    for (number, change) in changes.iter().enumerate() {
        let mut file = honest.clone();
        change(&mut file);
        assert_eq!(judges.judge(&wrap(file)).0, [false; 3], "change {number}");
    }
}

/// A proof is for the columns that were registered, and no others.
fn refuse_other_columns(judges: &mut Judges, honest: &AnswerFile, other: Registration) {
    judges.registration.binding = other.binding;
    let ([_, native, contract], _) = judges.judge(honest);
    assert!(!native && !contract, "another registration's columns");
}

const SINGLE_CHANGES: [fn(&mut ProofFile); 7] = [
    |file| file.statement.context = FieldElement::from_u128(1),
    |file| file.statement.input_commitment = FieldElement::from_u128(1),
    |file| file.statement.model_commitment = FieldElement::from_u128(1),
    |file| file.statement.index_commitment = FieldElement::from_u128(1),
    |file| file.statement.logits[1] ^= 1,
    |file| file.statement.output ^= 1,
    |file| give_on(&mut file.statement.weights_ppm),
];

const BATCH_CHANGES: [fn(&mut BatchProof); 11] = [
    |file| file.statement.model_commitment = FieldElement::from_u128(1),
    |file| file.statement.index_commitment = FieldElement::from_u128(1),
    |file| file.statement.queries[0].context = FieldElement::from_u128(9),
    |file| file.statement.queries[2].input_commitment = FieldElement::from_u128(1),
    |file| file.statement.queries[1].logits[1] ^= 1,
    |file| file.statement.queries[1].output ^= 1,
    |file| give_on(&mut file.statement.totals_ppm),
    |file| file.statement.queries.swap(0, 1),
    // A query left out, one said twice, one that nobody supports.
    |file| drop(file.statement.queries.pop()),
    |file| file.statement.queries.push(file.statement.queries[0].clone()),
    |file| file.statement.queries[0].unattributed ^= true,
];

/// A part per million goes from a contributor to the next.
fn give_on(weights: &mut [u32]) {
    let from = weights.iter().position(|weight| *weight > 0).unwrap_or(0);
    let to = (from + 1) % weights.len();
    weights[from] = weights[from].saturating_sub(1);
    weights[to] += 1;
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

#[test]
fn a_batch_for_the_prover() {
    agree_on_batches("digits_mlp_n200", MethodId::GroupNewton, (4, Goal::Prover));
}

#[test]
fn a_batch_of_many_threads() {
    agree_on_batches("digits_deep_n300", MethodId::TracIn, (16, Goal::Prover));
}

#[test]
fn a_batch_for_the_chain() {
    agree_on_batches("digits_lr_n200", MethodId::TracIn, (4, Goal::Gas));
}

/// Takes two minutes and 1.3 GiB: it runs with `TRIBUTE_SLOW=1`.
#[test]
fn sixty_four_queries_for_the_chain() {
    if evm::compiler_is_missing() || std::env::var_os("TRIBUTE_SLOW").is_none() {
        return;
    }
    let target = tempfile::tempdir().unwrap();
    let (folder, queries) = (cases().join("digits_mlp_n200"), (64, Goal::Gas));
    let (_, _, gas) =
        accepted_batch(&folder, &target.path().join("case"), MethodId::TracIn, queries, 64);
    assert!(gas < 64 * 10_000, "{gas}");
}
