//! What a verification costs has not moved: gas of whole transactions, held against `snapshots/verification.json`.
//!
//! `UPDATE_ARTIFACTS=1 cargo test --release -p tribute-evm --test gas` writes the file anew.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts and costs are what a reader of the run wants"
)]
#![allow(unreachable_pub, dead_code, unused_imports, reason = "modules shared between test crates")]

mod evm;
mod linked;
#[path = "../../prover/tests/synthetic/mod.rs"]
mod synthetic;

use std::collections::BTreeMap;
use std::path::Path;

use evm::deployed::{Deployed, accepts};
use linked::{Linked, Secrets};
use synthetic::case::Word;
use synthetic::{Case, Shape};
use tribute_verifier::plan::Plan;
use tribute_verifier::solidity::KeyPlacement;

/// By how many hundredths gas may differ. Proofs are random, and a zero byte of calldata costs less than another one.
const TOLERANCE: u64 = 2;
/// Numbers of linked columns.
const WIDTHS: [usize; 3] = [1, 2, 4];

fn measured(name: &str, plan: &Plan, words: &[Word], proof: &[u8]) -> BTreeMap<String, u64> {
    let placements = [KeyPlacement::Embedded, KeyPlacement::Separate, KeyPlacement::Interpreted];
    let suiting = KeyPlacement::suiting(plan).unwrap();
    // What is larger than it needs to be is measured where it suits.
    let small = suiting == KeyPlacement::Embedded;
    let placements = placements.into_iter().filter(|placement| small || *placement == suiting);
    let measure = |placement| {
        let outcome = Deployed::new(plan, placement).verify(words, proof);
        assert!(accepts(&outcome), "{name}, {placement:?}: {outcome:?}");
        (format!("{name}: {placement:?}").to_lowercase(), outcome.gas)
    };
    placements.map(measure).collect()
}

/// Gas of all shapes, by name and placement.
fn all() -> BTreeMap<String, u64> {
    let mut gas = BTreeMap::new();
    for (shape, seed) in Shape::all().iter().chain([&Shape::widest()]).zip(1..) {
        let Case { name, plan, instances, proof, .. } = Case::new(shape, seed);
        gas.extend(measured(name, &plan, &instances, &proof));
    }
    for columns in WIDTHS {
        let case = Linked::new(columns, 6, 1);
        let call = case.link(&Secrets::new(columns, 3));
        let name = format!("lean, {columns} linked");
        gas.extend(measured(&name, &case.plan, &call.words(), &call.proof));
        let mut unlinked = case.plan;
        unlinked.link = None;
        let name = format!("lean, {columns} not linked");
        gas.extend(measured(&name, &unlinked, &case.instances, &case.plonk));
    }
    gas
}

#[test]
fn verification_costs_what_it_did() {
    if evm::compiler_is_missing() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/verification.json");
    let gas = all();
    if std::env::var_os("UPDATE_ARTIFACTS").is_some_and(|value| value == "1") {
        let text = serde_json::to_string_pretty(&gas).unwrap() + "\n";
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let snapshot: BTreeMap<String, u64> =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(gas.keys().collect::<Vec<_>>(), snapshot.keys().collect::<Vec<_>>());
    let moved: Vec<_> = gas
        .iter()
        .filter(|(name, gas)| 100 * gas.abs_diff(snapshot[*name]) > TOLERANCE * snapshot[*name])
        .map(|(name, gas)| format!("{name}: {} -> {gas}", snapshot[name]))
        .collect();
    assert!(moved.is_empty(), "{moved:#?}");
}
