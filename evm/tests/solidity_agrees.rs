//! The rendered contract gives the verdict that halo2 and the native verifier give.
//!
//! `TRIBUTE_MUTATIONS=100000 cargo test --release -p tribute-evm -- --nocapture`
//! runs the large campaign.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts and costs are what a reader of the run wants"
)]
#![allow(unreachable_pub, dead_code, reason = "modules shared between test crates")]

mod evm;
#[path = "../../prover/tests/synthetic/mod.rs"]
mod synthetic;

use std::collections::BTreeMap;

use evm::{Chain, Compiled, DEVELOPMENT, Outcome, compile, selector, verify_call};
use revm::primitives::Address;
use synthetic::case::Setup;
use synthetic::{Case, Shape, mutants};
use tribute::circuit::describe;
use tribute_circuits::reference::ResidualKind;
use tribute_circuits::{CircuitParams, InferenceCircuit};
use tribute_verifier::solidity::{KeyPlacement, SolidityError, render, render_with};

/// Mutations of all shapes together, unless the environment asks for more.
const MUTATIONS: usize = 2_000;
/// Largest contract a chain takes (EIP-170).
const MAX_CODE: usize = 24_576;

fn mutations_per_shape() -> usize {
    let asked = std::env::var("TRIBUTE_MUTATIONS").ok().and_then(|count| count.parse().ok());
    asked.unwrap_or(MUTATIONS).div_ceil(Shape::all().len())
}

/// A case with its contract on a chain.
struct Deployed {
    case: Case,
    chain: Chain,
    contract: Address,
    compiled: BTreeMap<String, Compiled>,
}

impl Deployed {
    fn new(shape: &Shape, seed: u64, placement: KeyPlacement) -> Self {
        Self::of(Case::new(shape, seed), placement)
    }

    fn of(case: Case, placement: KeyPlacement) -> Self {
        let compiled = compile(&render_with(&case.plan, "Verifier", placement).unwrap().source);
        let mut chain = Chain::new(DEVELOPMENT);
        let contract = chain.deploy_verifier(&compiled).expect("development chains are allowed");
        Self { case, chain, contract, compiled }
    }

    /// All shapes, with the key in either place.
    fn all() -> Vec<Self> {
        let placements = [KeyPlacement::Embedded, KeyPlacement::Separate];
        let shapes = Shape::all().into_iter().zip(1..).zip(placements.into_iter().cycle());
        shapes.map(|((shape, seed), placement)| Self::new(&shape, seed, placement)).collect()
    }

    fn size(&self) -> usize {
        self.compiled["Verifier"].size
    }

    fn call(&mut self, data: Vec<u8>) -> Outcome {
        self.chain.call(self.contract, data)
    }
}

fn accepts(outcome: &Outcome) -> bool {
    let mut one = [0; 32];
    one[31] = 1;
    outcome.output.as_deref() == Some(&one)
}

#[test]
fn the_contract_accepts_the_honest_proof() {
    if evm::compiler_is_missing() {
        return;
    }
    for mut deployed in Deployed::all() {
        let Case { name, instances, proof, .. } = &deployed.case;
        let (name, call) = (*name, verify_call(proof, instances));
        let bytes = proof.len();
        let outcome = deployed.call(call);
        println!("{name}: {} gas, proof {bytes} B, code {} B", outcome.gas, deployed.size());
        assert!(accepts(&outcome), "{name}: {outcome:?}");
        assert!(deployed.size() <= MAX_CODE, "{name}: {} B", deployed.size());
    }
}

/// The inference circuit of a shape, filled with zeros: its cost does not depend on what it holds.
fn inference(name: &'static str, inputs: usize, hidden: Vec<usize>) -> Case {
    let shape = tribute_circuits::Shape {
        inputs,
        hidden,
        classes: 10,
        contributors: 12,
        residual: ResidualKind::Query,
    };
    let params = CircuitParams::fit(shape).unwrap();
    let circuit = InferenceCircuit::for_keys(&params).unwrap();
    let setup = Setup { name, k: params.k, seed: 1 };
    Case::of(&setup, &circuit, circuit.instance(), describe(&params).unwrap())
}

#[test]
fn the_contract_of_an_inference_fits_a_chain() {
    if evm::compiler_is_missing() {
        return;
    }
    for (name, inputs, hidden) in
        [("digits 64-32-10", 64, vec![32]), ("logistic 64-10", 64, Vec::new())]
    {
        let mut deployed = Deployed::of(inference(name, inputs, hidden), KeyPlacement::Separate);
        let Case { plan, instances, proof, .. } = &deployed.case;
        assert!(deployed.case.halo2_accepts(instances, proof), "halo2: {name}");
        assert!(deployed.case.native_accepts(instances, proof), "native: {name}");
        let (k, columns, bytes) = (plan.k, plan.advice_phases.len(), proof.len());
        let call = verify_call(proof, instances);
        let outcome = deployed.call(call);
        let size = deployed.size();
        println!(
            "{name}: k = {k}, {columns} advice columns, {} gas, proof {bytes} B, code {size} B",
            outcome.gas
        );
        assert!(accepts(&outcome), "{name}: {outcome:?}");
        assert!(size <= MAX_CODE, "{name}: {size} B");
    }
}

#[test]
fn the_contract_refuses_every_mutation() {
    if evm::compiler_is_missing() {
        return;
    }
    let mut counts = BTreeMap::new();
    let mut failures = Vec::new();
    for (mut deployed, seed) in Deployed::all().into_iter().zip(1..) {
        for mutant in mutants(&deployed.case, mutations_per_shape(), seed) {
            let native = deployed.case.native_accepts(&mutant.instances, &mutant.proof);
            let outcome = deployed.call(verify_call(&mutant.proof, &mutant.instances));
            if native || accepts(&outcome) {
                failures.push((deployed.case.name, mutant.class, native, outcome));
            }
            *counts.entry(mutant.class).or_insert(0_usize) += 1;
        }
    }
    for (class, count) in &counts {
        println!("{class:>22} {count:>7} refused");
    }
    assert!(failures.is_empty(), "accepted: {failures:?}");
    assert_eq!(counts.len(), 15, "every class of mutation occurs");
}

#[test]
fn a_malformed_proof_is_cheap() {
    if evm::compiler_is_missing() {
        return;
    }
    let mut deployed = Deployed::new(&Shape::all()[1], 2, KeyPlacement::Embedded);
    let honest = deployed.case.proof.clone();
    let instances = deployed.case.instances.clone();
    let budget = deployed.call(verify_call(&honest, &instances)).gas / 2;
    let scalar = 64 * (deployed.case.plan.proof_points() - 2);
    for at in [0, 32, 63, scalar, scalar + 32, honest.len() - 64, honest.len() - 1] {
        let mut proof = honest.clone();
        proof[at / 32 * 32..at / 32 * 32 + 32].fill(0xff);
        let outcome = deployed.call(verify_call(&proof, &instances));
        assert!(!accepts(&outcome) && outcome.gas < budget, "byte {at}: {outcome:?}");
    }
}

#[test]
fn one_call_has_one_encoding() {
    if evm::compiler_is_missing() {
        return;
    }
    let mut deployed = Deployed::new(&Shape::all()[0], 1, KeyPlacement::Embedded);
    let honest = verify_call(&deployed.case.proof, &deployed.case.instances);
    assert!(accepts(&deployed.call(honest.clone())));
    let word = |at: usize, value: u64| {
        let mut call = honest.clone();
        call[4 + 32 * at + 24..4 + 32 * at + 32].copy_from_slice(&value.to_be_bytes());
        call
    };
    // A word before the proof, with offsets to match: a decoder alone would take it.
    let mut moved = honest.clone();
    moved.splice(4 + 64..4 + 64, [0; 32]);
    moved[4 + 31] += 0x20;
    let second = u64::from_be_bytes(honest[4 + 56..4 + 64].try_into().unwrap()) + 0x20;
    moved[4 + 56..4 + 64].copy_from_slice(&second.to_be_bytes());
    let mut trailing = honest.clone();
    trailing.extend([0; 32]);
    let mut byte = honest.clone();
    byte.push(0);
    let calls = [
        ("moved", moved),
        ("trailing word", trailing),
        ("trailing byte", byte),
        ("missing byte", honest[..honest.len() - 1].to_vec()),
        ("missing word", honest[..honest.len() - 32].to_vec()),
        ("proof offset", word(0, 0x60)),
        ("instances offset", word(1, 0x40)),
        ("proof length", word(2, deployed.case.proof.len() as u64 - 32)),
        ("no arguments", honest[..4].to_vec()),
    ];
    for (name, call) in calls {
        assert_ne!(call, honest);
        assert!(!accepts(&deployed.call(call)), "{name}");
    }
}

#[test]
fn a_tainted_contract_says_so_and_stays_on_development_chains() {
    if evm::compiler_is_missing() {
        return;
    }
    let mut deployed = Deployed::new(&Shape::all()[0], 1, KeyPlacement::Embedded);
    let outcome = deployed.call(selector("UNSAFE_SRS()").to_vec());
    assert!(accepts(&outcome), "UNSAFE_SRS is true");
    let digest = deployed.call(selector("PLAN_DIGEST()").to_vec()).output.unwrap();
    assert_eq!(digest, deployed.case.plan.digest().unwrap());
    for chain in [1, 10, 137, 8453, 42161, 11_155_111] {
        assert_eq!(
            Chain::new(chain).deploy(&deployed.compiled["Verifier"].creation),
            None,
            "chain {chain}"
        );
    }
    let mut clean = deployed.case.plan.clone();
    clean.unsafe_srs = false;
    let compiled = compile(&render(&clean, "Verifier").unwrap().source);
    let mut mainnet = Chain::new(1);
    let contract = mainnet.deploy_verifier(&compiled).expect("a clean plan goes anywhere");
    assert!(!accepts(&mainnet.call(contract, selector("UNSAFE_SRS()").to_vec())));
}

#[test]
fn a_verifier_takes_no_key_but_its_own() {
    if evm::compiler_is_missing() {
        return;
    }
    let case = Case::new(&Shape::all()[0], 1);
    let compiled =
        compile(&render_with(&case.plan, "Verifier", KeyPlacement::Separate).unwrap().source);
    let mut other = case.plan.clone();
    other.fixed_commitments.swap(0, 1);
    let other = compile(&render_with(&other, "Verifier", KeyPlacement::Separate).unwrap().source);
    let mut chain = Chain::new(DEVELOPMENT);
    let own = chain.deploy(&compiled["VerifierKey0"].creation).unwrap();
    let foreign = chain.deploy(&other["VerifierKey0"].creation).unwrap();
    let mut construct = |key: Address| {
        let creation = [&compiled["Verifier"].creation[..], &key.into_word()[..]].concat();
        chain.deploy(&creation)
    };
    assert_eq!(construct(foreign), None, "another key");
    assert_eq!(construct(Address::ZERO), None, "no code");
    assert!(construct(own).is_some());
}

#[test]
fn names_that_solidity_would_not_take_are_refused() {
    let case = Case::new(&Shape::all()[0], 1);
    for name in ["", "1A", "A B", "A;", "Verifier{}"] {
        assert!(matches!(render(&case.plan, name), Err(SolidityError::Name)));
    }
}
