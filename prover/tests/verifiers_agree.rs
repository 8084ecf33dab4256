//! halo2 and the native verifier give one verdict, on honest and on mutated proofs.
//!
//! `TRIBUTE_MUTATIONS=100000 cargo test --release -p tribute --test verifiers_agree -- --nocapture`
//! runs the large campaign.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(clippy::print_stdout, reason = "counts and costs are what a reader of the run wants")]
#![allow(unreachable_pub, dead_code, reason = "modules shared between test crates")]

mod synthetic;

use std::collections::BTreeMap;

use synthetic::{Case, Shape, mutants};

/// Mutations of all shapes together, unless the environment asks for more.
const MUTATIONS: usize = 2_000;

fn mutations_per_shape() -> usize {
    let asked = std::env::var("TRIBUTE_MUTATIONS").ok().and_then(|count| count.parse().ok());
    asked.unwrap_or(MUTATIONS).div_ceil(Shape::all().len())
}

#[test]
fn both_accept_the_honest_proof() {
    for (shape, seed) in Shape::all().into_iter().zip(1..) {
        for seed in [seed, seed + 100] {
            let case = Case::new(&shape, seed);
            assert_eq!(case.proof.len(), case.plan.proof_bytes(), "{}", case.name);
            assert!(case.halo2_accepts(&case.instances, &case.proof), "halo2: {}", case.name);
            assert!(case.native_accepts(&case.instances, &case.proof), "native: {}", case.name);
        }
    }
}

#[test]
fn both_refuse_every_mutation() {
    // halo2 panics where a challenge has no inverse.
    std::panic::set_hook(Box::new(|_| {}));
    let mut counts = BTreeMap::new();
    let mut failures = Vec::new();
    for (shape, seed) in Shape::all().into_iter().zip(1..) {
        let case = Case::new(&shape, seed);
        for mutant in mutants(&case, mutations_per_shape(), seed) {
            let halo2 = case.halo2_accepts(&mutant.instances, &mutant.proof);
            let native = case.native_accepts(&mutant.instances, &mutant.proof);
            if halo2 || native {
                failures.push((case.name, mutant.class, halo2, native));
            }
            *counts.entry(mutant.class).or_insert(0_usize) += 1;
        }
    }
    let _ = std::panic::take_hook();
    for (class, count) in &counts {
        println!("{class:>22} {count:>7} refused by both");
    }
    assert!(failures.is_empty(), "accepted (halo2, native): {failures:?}");
    assert_eq!(counts.len(), 15, "every class of mutation occurs");
}

#[test]
fn keys_proofs_and_inputs_do_not_mix() {
    let cases: Vec<Case> =
        Shape::all().into_iter().zip(1..).map(|(shape, seed)| Case::new(&shape, seed)).collect();
    let other = Case::new(&Shape::all()[0], 50);
    for (place, of_plan) in cases.iter().enumerate() {
        for (other, of_proof) in cases.iter().enumerate().filter(|(other, _)| *other != place) {
            let accepted = of_plan.native_accepts(&of_proof.instances, &of_proof.proof);
            assert!(!accepted, "plan {place}, proof {other}");
        }
    }
    assert!(!cases[0].native_accepts(&other.instances, &cases[0].proof));
    assert!(!cases[0].native_accepts(&cases[0].instances, &other.proof));
    assert!(cases[0].native_accepts(&other.instances, &other.proof), "one shape, one plan");
}

/// Writes the stored proofs of `verifier/tests/vectors/plonk`, which later releases must go on accepting.
#[test]
#[ignore = "writes into the source tree; run it by name to add proofs"]
fn write_stored_proofs() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../verifier/tests/vectors/plonk");
    std::fs::create_dir_all(folder).unwrap();
    for (shape, seed) in Shape::all().iter().zip(1..) {
        let case = Case::new(shape, seed);
        let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
        let stored = serde_json::json!({
            "plan": case.plan,
            "digest": hex(&case.plan.digest().unwrap()),
            "instances": case.instances.iter().map(|word| hex(word)).collect::<Vec<_>>(),
            "proof": hex(&case.proof),
        });
        let name = case.name.replace(", ", "_").replace(' ', "_");
        let text = serde_json::to_string(&stored).unwrap();
        std::fs::write(format!("{folder}/{name}.json"), text).unwrap();
    }
}
