//! The rendered contract accepts what halo2 and the native verifier accept, in one encoding, where it may be deployed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts and costs are what a reader of the run wants"
)]
#![allow(unreachable_pub, dead_code, reason = "modules shared between test crates")]

mod evm;
mod linked;
#[path = "../../prover/tests/synthetic/mod.rs"]
mod synthetic;

use evm::compile;
use evm::deployed::{Deployed, accepts, inference};
use linked::{Linked, Secrets};
use revm::primitives::Address;
use synthetic::{Case, Shape, mutants};
use tribute_evm::{Chain, DEVELOPMENT, selector, verify_call};
use tribute_verifier::solidity::{
    KeyPlacement, MAX_CODE, SolidityError, render, render_trusting, render_with,
};
use tribute_verifier::srs::CEREMONIES;

/// Most bytes of code of a verifier that interprets its equations.
const INTERPRETER: usize = 6_000;
/// Most gas of a proof that is verified once for each registration.
const MAX_GAS: u64 = 6_000_000;

/// Where key and equations may stand.
const PLACEMENTS: [KeyPlacement; 3] =
    [KeyPlacement::Embedded, KeyPlacement::Separate, KeyPlacement::Interpreted];
/// Most bytes by which the estimate may miss the size of a contract.
const MAX_MARGIN: usize = 768;

#[test]
fn the_contract_accepts_the_honest_proof() {
    if evm::compiler_is_missing() {
        return;
    }
    for (shape, seed) in Shape::all().iter().zip(1..) {
        let Case { name, plan, instances, proof, .. } = Case::new(shape, seed);
        for placement in PLACEMENTS {
            let mut contract = Deployed::new(&plan, placement);
            let outcome = contract.verify(&instances, &proof);
            let (gas, bytes, size) = (outcome.gas, proof.len(), contract.size());
            println!("{name}, {placement:?}: {gas} gas, proof {bytes} B, code {size} B");
            assert!(accepts(&outcome), "{name}: {outcome:?}");
            assert!(size <= MAX_CODE, "{name}: {size} B");
        }
    }
}

#[test]
fn the_contract_of_an_inference_fits_a_chain() {
    if evm::compiler_is_missing() {
        return;
    }
    for (name, inputs, hidden) in
        [("digits 64-32-10", 64, vec![32]), ("logistic 64-10", 64, Vec::new())]
    {
        let (case, description, columns) = inference(name, inputs, hidden);
        assert!(case.halo2_accepts(&case.instances, &case.proof), "halo2: {name}");
        assert!(case.native_accepts(&case.instances, &case.proof), "native: {name}");
        let case = Linked::from_case(case, columns, description);
        let call = case.link(&Secrets::new(columns, 3));
        assert!(case.native_accepts(&call), "native: {name}");
        let (plan, bytes) = (&case.plan, call.proof.len());
        let (k, advice) = (plan.k, plan.advice_phases.len());
        let suiting = KeyPlacement::suiting(plan).unwrap();
        for placement in [suiting, KeyPlacement::Interpreted] {
            let mut contract = Deployed::new(plan, placement);
            let outcome = contract.verify(&call.words(), &call.proof);
            let (gas, size) = (outcome.gas, contract.size());
            println!(
                "{name}, {placement:?}: k = {k}, {advice} advice columns, {columns} linked, {gas} gas, proof {bytes} B, code {size} B"
            );
            assert!(accepts(&outcome), "{name}: {outcome:?}");
            assert!(size <= MAX_CODE, "{name}: {size} B");
        }
    }
}

#[test]
fn interpreting_code_does_not_grow_with_the_circuit() {
    if evm::compiler_is_missing() {
        return;
    }
    let case = Case::new(&Shape::widest(), 1);
    let unrolled = render_with(&case.plan, "Verifier", KeyPlacement::Separate).unwrap();
    assert!(unrolled.code_estimate > INTERPRETER, "{} B unrolled", unrolled.code_estimate);
    let mut contract = Deployed::new(&case.plan, KeyPlacement::Interpreted);
    let honest = contract.verify(&case.instances, &case.proof);
    println!("{}: {} gas, code {} B", case.name, honest.gas, contract.size());
    assert!(case.halo2_accepts(&case.instances, &case.proof), "halo2");
    assert!(case.native_accepts(&case.instances, &case.proof), "native");
    assert!(accepts(&honest) && honest.gas < MAX_GAS, "{honest:?}");
    assert!(contract.size() <= INTERPRETER, "{} B", contract.size());
    // Each class of mutation, on a sample of places; the campaign has them all on smaller circuits.
    for mutant in mutants(&case, 0, 1).into_iter().step_by(41) {
        let outcome = contract.verify(&mutant.instances, &mutant.proof);
        assert!(!accepts(&outcome), "{}", mutant.class);
        assert!(!case.native_accepts(&mutant.instances, &mutant.proof), "{}", mutant.class);
    }
}

#[test]
fn the_size_of_a_contract_is_foreseen() {
    if evm::compiler_is_missing() {
        return;
    }
    let mut plans: Vec<_> = Shape::all().iter().map(|shape| Case::new(shape, 1).plan).collect();
    plans.push(inference("digits 64-32-10", 64, vec![32]).0.plan);
    for plan in plans {
        let rendered = render_with(&plan, "Verifier", KeyPlacement::Separate).unwrap();
        let size = compile(&rendered.source)["Verifier"].size;
        let estimate = rendered.code_estimate;
        println!("code {size} B, estimate {estimate} B");
        assert!((size..=size + MAX_MARGIN).contains(&estimate), "{estimate} for {size}");
    }
}

#[test]
fn a_large_circuit_is_interpreted() {
    let mut widest = Case::new(&Shape::widest(), 1).plan;
    let small = Case::new(&Shape::all()[0], 1).plan;
    assert_eq!(KeyPlacement::suiting(&small).unwrap(), KeyPlacement::Embedded);
    for gate in &mut widest.gates {
        gate.constraints = gate.constraints.repeat(1_000);
    }
    assert_eq!(KeyPlacement::suiting(&widest).unwrap(), KeyPlacement::Interpreted);
}

#[test]
fn a_malformed_proof_is_cheap() {
    if evm::compiler_is_missing() {
        return;
    }
    let Case { plan, instances, proof: honest, .. } = Case::new(&Shape::all()[1], 2);
    let mut deployed = Deployed::new(&plan, KeyPlacement::Embedded);
    let budget = deployed.verify(&instances, &honest).gas / 2;
    let scalar = 64 * (plan.proof_points() - 2);
    for at in [0, 32, 63, scalar, scalar + 32, honest.len() - 64, honest.len() - 1] {
        let mut proof = honest.clone();
        proof[at / 32 * 32..at / 32 * 32 + 32].fill(0xff);
        let outcome = deployed.verify(&instances, &proof);
        assert!(!accepts(&outcome) && outcome.gas < budget, "byte {at}: {outcome:?}");
    }
}

#[test]
fn one_call_has_one_encoding() {
    if evm::compiler_is_missing() {
        return;
    }
    let case = Case::new(&Shape::all()[0], 1);
    let mut deployed = Deployed::new(&case.plan, KeyPlacement::Embedded);
    let honest = verify_call(&case.proof, &case.instances);
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
        ("proof length", word(2, case.proof.len() as u64 - 32)),
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
    let case = Case::new(&Shape::all()[0], 1);
    let mut deployed = Deployed::new(&case.plan, KeyPlacement::Embedded);
    let outcome = deployed.call(selector("UNSAFE_SRS()").to_vec());
    assert!(accepts(&outcome), "UNSAFE_SRS is true");
    let digest = deployed.call(selector("PLAN_DIGEST()").to_vec()).output.unwrap();
    assert_eq!(digest, case.plan.digest().unwrap());
    for chain in [1, 10, 137, 8453, 42161, 11_155_111] {
        assert_eq!(
            Chain::new(chain).deploy(&deployed.compiled["Verifier"].creation),
            None,
            "chain {chain}"
        );
    }
    let mut clean = case.plan.clone();
    clean.srs.s_g2 = CEREMONIES[0].points().unwrap().1;
    let compiled = compile(&render(&clean, "Verifier").unwrap().source);
    let mut mainnet = Chain::new(1);
    let contract =
        mainnet.deploy_verifier(&compiled, "Verifier").expect("a clean plan goes anywhere");
    let outcome = mainnet.call(contract, selector("UNSAFE_SRS()").to_vec()).unwrap();
    assert!(!accepts(&outcome));
}

#[test]
fn a_contract_of_an_own_ceremony_deploys_by_name_and_stays_unsafe_by_its_constants() {
    if evm::compiler_is_missing() {
        return;
    }
    let case = Case::new(&Shape::all()[0], 1);
    let digest = case.plan.srs.digest();
    let rendered =
        render_trusting(&case.plan, "Verifier", KeyPlacement::Embedded, Some(digest)).unwrap();
    let compiled = compile(&rendered.source);
    let mut mainnet = Chain::new(1);
    let contract = mainnet.deploy_verifier(&compiled, "Verifier").expect("it was named");
    let said = mainnet.call(contract, selector("TRUSTED_SRS()").to_vec()).unwrap();
    assert_eq!(said.output.unwrap(), digest.0);
    let said = mainnet.call(contract, selector("UNSAFE_SRS()").to_vec()).unwrap();
    assert!(accepts(&said), "UNSAFE_SRS stays true");
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
