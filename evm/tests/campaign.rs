//! Three verdicts on every mutation of a proof: halo2's, the native verifier's, the contract's (unrolled and interpreting).
//! None accepts one.
//!
//! `TRIBUTE_MUTATIONS=100000 cargo test --release -p tribute-evm --test campaign -- --nocapture`
//! runs the large campaign.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts are what a reader of the run wants"
)]
#![allow(unreachable_pub, dead_code, reason = "modules shared between test crates")]

mod evm;
#[path = "../../prover/tests/synthetic/mod.rs"]
mod synthetic;

use std::collections::BTreeMap;

use evm::deployed::{Deployed, accepts, inference};
use synthetic::mutate::Class;
use synthetic::{Case, Shape, mutants};
use tribute_verifier::solidity::KeyPlacement;

/// Mutations of all circuits together beside the structured ones, unless the environment asks for more.
const MUTATIONS: usize = 2_000;
/// All the ways to change a proof or its public inputs.
const CLASSES: usize = 15;

/// What one circuit came to.
#[derive(Default)]
struct Tally {
    refused: BTreeMap<Class, usize>,
    accepted: Vec<String>,
}

fn cases() -> Vec<Case> {
    let shapes = Shape::all().into_iter().zip(1..);
    let synthetic = shapes.map(|(shape, seed)| Case::new(&shape, seed));
    synthetic.chain([inference("inference 64-32-10", 64, vec![32]).0]).collect()
}

/// Asks all verifiers about the honest proof and about its mutants.
fn judge(case: &Case, count: usize, seed: u64) -> Tally {
    let placements = [KeyPlacement::Separate, KeyPlacement::Interpreted];
    let mut contracts = placements.map(|placement| Deployed::new(&case.plan, placement));
    let mut verdicts = |instances: &[_], proof: &[u8]| {
        let mut verdicts =
            vec![case.halo2_accepts(instances, proof), case.native_accepts(instances, proof)];
        let contracts = contracts.iter_mut();
        verdicts.extend(contracts.map(|contract| accepts(&contract.verify(instances, proof))));
        verdicts
    };
    let honest = verdicts(&case.instances, &case.proof);
    assert!(honest.iter().all(|verdict| *verdict), "{}: {honest:?}", case.name);
    let mut tally = Tally::default();
    for mutant in mutants(case, count, seed) {
        let verdicts = verdicts(&mutant.instances, &mutant.proof);
        if verdicts.contains(&true) {
            tally.accepted.push(format!("{}: {} {verdicts:?}", case.name, mutant.class));
        }
        *tally.refused.entry(mutant.class).or_default() += 1;
    }
    tally
}

#[test]
fn all_verifiers_refuse_every_mutation() {
    if evm::compiler_is_missing() {
        return;
    }
    let asked = std::env::var("TRIBUTE_MUTATIONS").ok().and_then(|count| count.parse().ok());
    // halo2 panics where a challenge has no inverse.
    std::panic::set_hook(Box::new(|_| {}));
    let cases = cases();
    let count = asked.unwrap_or(MUTATIONS).div_ceil(cases.len());
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let judged = cases.iter().zip(1..);
        let judged: Vec<_> =
            judged.map(|(case, seed)| scope.spawn(move || judge(case, count, seed))).collect();
        judged
            .into_iter()
            .map(|judged| judged.join().expect("honest proofs are accepted"))
            .collect()
    });
    let _ = std::panic::take_hook();
    let mut refused = BTreeMap::new();
    for (class, count) in tallies.iter().flat_map(|tally| &tally.refused) {
        *refused.entry(class).or_insert(0) += count;
    }
    for (class, count) in &refused {
        println!(
            "{class:>22} {count:>7} refused by halo2, natively, by the contract and by the interpreting contract"
        );
    }
    let total: usize = refused.values().sum();
    println!("{:>22} {total:>7}", "all");
    let accepted: Vec<&String> = tallies.iter().flat_map(|tally| &tally.accepted).collect();
    assert!(
        accepted.is_empty(),
        "accepted (halo2, native, contract, interpreting contract): {accepted:#?}"
    );
    assert_eq!(refused.len(), CLASSES, "every class of mutation occurs");
    assert!(total >= asked.unwrap_or(MUTATIONS));
}
