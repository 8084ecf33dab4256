//! A rendered contract accepts a proof that is linked to the registered commitments it is given, and nothing else; as the
//! native verifier does.

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

use evm::deployed::{Deployed, accepts};
use ff::PrimeField as _;
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::plonk::ProvingKey;
use linked::{Call, Linked, Secrets};
use num_bigint::BigUint;
use synthetic::case::Word;
use tribute::circuit::{Planned, fit_binding};
use tribute::keys::generate;
use tribute::keys::linked::{Registered, create_binding_proof, create_linked_proof};
use tribute::plan_export::{Claim, export};
use tribute::srs::Srs;
use tribute_circuits::{BindingCircuit, CircuitParams, InferenceCircuit, Shape};
use tribute_evm::selector;
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::{BindingShape, CircuitDescription, InferenceShape, Plan};
use tribute_verifier::solidity::KeyPlacement;

const ORDER: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
const MODULUS: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
const PLACEMENTS: [KeyPlacement; 3] =
    [KeyPlacement::Embedded, KeyPlacement::Separate, KeyPlacement::Interpreted];
/// Numbers of linked columns.
const WIDTHS: [usize; 3] = [1, 2, 4];

/// Adds a modulus to a word.
fn plus(word: &mut [u8], modulus: &str) {
    let sum = BigUint::from_bytes_be(word) + BigUint::parse_bytes(modulus.as_bytes(), 16).unwrap();
    word.copy_from_slice(&sum.to_bytes_be());
}

/// Negates a coordinate.
fn negate(word: &mut [u8]) {
    let modulus = BigUint::parse_bytes(MODULUS.as_bytes(), 16).unwrap();
    let negated = (modulus - BigUint::from_bytes_be(word)).to_bytes_be();
    word.fill(0);
    word[32 - negated.len()..].copy_from_slice(&negated);
}

/// Changed calls, by what was changed.
struct Forgeries<'a> {
    honest: &'a Call,
    forged: Vec<(String, Call)>,
}

impl Forgeries<'_> {
    fn push(&mut self, name: impl Into<String>, change: impl Fn(&mut Call)) {
        let mut call = self.honest.clone();
        change(&mut call);
        self.forged.push((name.into(), call));
    }
}

/// Every way to change a linked call that an honest one must not survive.
fn forgeries(case: &Linked, honest: &Call, columns: usize) -> Vec<(String, Call)> {
    let mut forgeries = Forgeries { honest, forged: Vec::new() };
    change_link(&mut forgeries);
    change_registered(&mut forgeries, columns);
    link_otherwise(&mut forgeries, case, columns);
    forgeries.forged
}

fn change_link(forgeries: &mut Forgeries<'_>) {
    let end = forgeries.honest.proof.len();
    // The link: x and y of T, two responses.
    for word in 0..4 {
        let at = end - 128 + 32 * word;
        let (modulus, kind) = if word < 2 { (MODULUS, "coordinate") } else { (ORDER, "response") };
        forgeries.push(format!("a bit of {kind} {word}"), |call| call.proof[at + 31] ^= 1);
        forgeries.push(format!("{kind} {word} of zero"), |call| call.proof[at..at + 32].fill(0));
        forgeries.push(format!("{kind} {word} beyond its modulus"), |call| {
            plus(&mut call.proof[at..at + 32], modulus);
        });
        forgeries.push(format!("{kind} {word} of ones"), |call| call.proof[at..at + 32].fill(0xff));
    }
    forgeries.push("T at infinity", |call| call.proof[end - 128..end - 64].fill(0));
    forgeries.push("T negated", |call| negate(&mut call.proof[end - 96..end - 64]));
    forgeries.push("responses exchanged", |call| {
        call.proof[end - 64..].rotate_left(32);
    });
    forgeries.push("no link", |call| call.proof.truncate(end - 128));
    forgeries.push("half a link", |call| call.proof.truncate(end - 64));
    forgeries.push("a link too many", |call| call.proof.extend_from_within(end - 128..));
    forgeries.push("another public input", |call| call.instances[0][31] ^= 1);
}

fn change_registered(forgeries: &mut Forgeries<'_>, columns: usize) {
    for column in 0..columns {
        let of = |call: &mut Call, change: &dyn Fn(&mut [[u8; 32]])| {
            change(&mut call.registered[2 * column..2 * column + 2]);
        };
        forgeries.push(format!("commitment {column} at infinity"), |call| {
            of(call, &|words| words.fill([0; 32]));
        });
        forgeries.push(format!("commitment {column} off the curve"), |call| {
            of(call, &|words| words[1][31] ^= 1);
        });
        forgeries.push(format!("commitment {column} negated"), |call| {
            of(call, &|words| negate(&mut words[1]));
        });
        for word in 0..2 {
            forgeries.push(
                format!("commitment {column}, coordinate {word} beyond the modulus"),
                |call| {
                    of(call, &|words| plus(&mut words[word], MODULUS));
                },
            );
        }
    }
    if columns > 1 {
        forgeries.push("commitments exchanged", |call| call.registered.rotate_left(2));
    }
    forgeries.push("no registered commitments", |call| call.registered.clear());
    forgeries.push("a registered word missing", |call| call.registered.truncate(2 * columns - 1));
    forgeries.push("a registered commitment too many", |call| {
        call.registered.extend_from_within(..2);
    });
}

/// Links made for something else.
fn link_otherwise(forgeries: &mut Forgeries<'_>, case: &Linked, columns: usize) {
    let honest = forgeries.honest;
    let secrets = Secrets::new(columns, 3);
    let other = case.link(&Secrets::new(columns, 4));
    forgeries.push("another registration's commitments", |call| {
        call.registered.clone_from(&other.registered);
    });
    forgeries.push("another registration's link", |call| {
        call.proof.clone_from(&other.proof);
    });
    for column in 0..columns {
        let mut unequal = secrets.clone();
        unequal.others[column] = Fr::from(7);
        let call = case.link(&unequal);
        forgeries.forged.push((format!("other rows differ in column {column}"), call));
    }
    if columns > 1 {
        // Without gamma these would cancel.
        let mut unequal = secrets.clone();
        (unequal.others[0], unequal.others[1]) = (Fr::from(7), -Fr::from(7));
        forgeries.forged.push(("differences that cancel".to_owned(), case.link(&unequal)));
    }
    // With D at infinity every T that is a combination of the bases would do.
    let mut reused = secrets.clone();
    reused.differences.fill([Fr::zero(); 2]);
    forgeries.forged.push(("the registered tail".to_owned(), case.link(&reused)));
    let again = Linked::new(columns, honest.instances.len(), 2);
    let mut call = again.link(&secrets);
    call.registered.clone_from(&honest.registered);
    forgeries.forged.push(("another proof's link".to_owned(), call));
    let mut layout = Linked::new(columns, honest.instances.len(), 1);
    layout.plan.link.as_mut().unwrap().bases.reverse();
    forgeries.forged.push(("another layout's link".to_owned(), layout.link(&secrets)));
}

#[test]
fn the_contract_accepts_links_and_refuses_forgeries() {
    if evm::compiler_is_missing() {
        return;
    }
    for columns in WIDTHS {
        let case = Linked::new(columns, 5, 1);
        let honest = case.link(&Secrets::new(columns, 3));
        assert!(case.native_accepts(&honest), "native: {columns}");
        let forgeries = forgeries(&case, &honest, columns);
        for (name, call) in &forgeries {
            assert!(!case.native_accepts(call), "native, {columns} columns: {name}");
        }
        for placement in PLACEMENTS {
            let mut contract = Deployed::new(&case.plan, placement);
            let outcome = contract.verify(&honest.words(), &honest.proof);
            let (gas, size) = (outcome.gas, contract.size());
            println!("{columns} linked columns, {placement:?}: {gas} gas, code {size} B");
            assert!(accepts(&outcome), "{columns} {placement:?}: {outcome:?}");
            for (name, call) in &forgeries {
                let outcome = contract.verify(&call.words(), &call.proof);
                assert!(!accepts(&outcome), "{columns} columns, {placement:?}: {name}");
                assert_eq!(outcome.output, Some(vec![0; 32]), "{columns} columns: {name}");
            }
        }
    }
}

#[test]
fn a_malformed_link_is_cheap() {
    if evm::compiler_is_missing() {
        return;
    }
    let case = Linked::new(2, 5, 1);
    let honest = case.link(&Secrets::new(2, 3));
    let mut contract = Deployed::new(&case.plan, KeyPlacement::Embedded);
    let budget = contract.verify(&honest.words(), &honest.proof).gas / 2;
    let words = honest.words().len();
    for word in (1..=4).chain([5, 8]) {
        let mut call = honest.clone();
        match word {
            // From the end of the proof: responses, coordinates of T.
            1..=4 => {
                let at = call.proof.len() - 32 * word;
                call.proof[at..at + 32].fill(0xff);
            }
            // Coordinates of registered commitments.
            _ => call.registered[word - 5].fill(0xff),
        }
        let outcome = contract.verify(&call.words(), &call.proof);
        assert!(!accepts(&outcome) && outcome.gas < budget, "word {word} of {words}: {outcome:?}");
    }
}

/// Reads a constant.
fn constant(contract: &mut Deployed, name: &str) -> Option<Vec<u8>> {
    contract.call(selector(&format!("{name}()")).to_vec()).output
}

#[test]
fn a_binding_verifier_names_the_columns_and_checks_no_link() {
    if evm::compiler_is_missing() {
        return;
    }
    let binding = CircuitDescription::Binding(BindingShape {
        profile: 20,
        residual: ResidualKind::Query,
        inputs: 4,
        hidden: vec![3],
        classes: 2,
        contributors: 3,
        weight_columns: 2,
        first_row: 8,
        spread: 1,
        parameters: BTreeMap::new(),
    });
    let inference = CircuitDescription::Inference(InferenceShape {
        profile: 20,
        residual: ResidualKind::Query,
        inputs: 4,
        hidden: vec![3],
        classes: 2,
        contributors: 3,
        weight_columns: 2,
        limb_lanes: 1,
        queries: 1,
        threads: 1,
        parameters: BTreeMap::new(),
    });
    let binding = Linked::of(2, 2, 1, binding);
    let inference = Linked::of(2, 6, 1, inference);
    let call = inference.link(&Secrets::new(2, 3));
    for placement in PLACEMENTS {
        let mut verifier = Deployed::new(&binding.plan, placement);
        assert!(accepts(&verifier.verify(&binding.instances, &binding.plonk)), "{placement:?}");
        let linked = binding.link(&Secrets::new(2, 3));
        assert!(!accepts(&verifier.verify(&linked.words(), &linked.proof)), "{placement:?}");
        let mut other = Deployed::new(&inference.plan, placement);
        assert!(accepts(&other.verify(&call.words(), &call.proof)), "{placement:?}");
        let layout = inference.plan.link_layout().unwrap().0.to_vec();
        for verifier in [&mut verifier, &mut other] {
            assert_eq!(constant(verifier, "LINK_LAYOUT"), Some(layout.clone()));
            let columns = constant(verifier, "LINKED_COLUMNS").unwrap();
            assert_eq!(columns[31], 2);
        }
        assert_eq!(constant(&mut verifier, "CIRCUIT"), None, "it answers no query");
        // Queries, contributors, classes, features, inputs, residual, profile.
        let circuit = [0, 1, 3, 2, 4, 4, 1, 20_u32].map(u32::to_be_bytes).concat();
        assert_eq!(constant(&mut other, "CIRCUIT"), Some(circuit));
    }
}

/// Keys of a circuit of ours, and its plan.
fn keys<C: Planned>(
    srs: &Srs,
    layout: &C::Layout,
    circuit: &C,
    inputs: &[Fr],
) -> (ProvingKey<G1Affine>, Plan) {
    let key = generate(srs, circuit).unwrap();
    let claim = Claim {
        circuit: C::describe(layout).unwrap(),
        instances: u32::try_from(inputs.len()).unwrap(),
        linked: C::links(layout).unwrap(),
    };
    let plan = export(key.get_vk(), srs.params(), claim).unwrap();
    (key, plan)
}

fn input_words(inputs: &[Fr]) -> Vec<Word> {
    let word = |input: &Fr| {
        let mut word = input.to_repr();
        word.reverse();
        word
    };
    inputs.iter().map(word).collect()
}

/// The two circuits of a small model and the prover's own links: proofs serve the registration that they were made for.
#[test]
fn what_the_prover_links_is_accepted_for_its_registration_alone() {
    if evm::compiler_is_missing() {
        return;
    }
    let shape = Shape {
        inputs: 6,
        hidden: vec![4],
        classes: 3,
        contributors: 3,
        residual: ResidualKind::Query,
    };
    let params = CircuitParams::fit(&shape).unwrap();
    let layout = fit_binding(&params).unwrap();
    let srs = Srs::generate_unsafe_dev(params.k).unwrap();
    let binding = BindingCircuit::for_keys(&layout).unwrap();
    let inference = InferenceCircuit::for_keys(&params).unwrap();
    let (binding_key, binding_plan) = keys(&srs, &layout, &binding, binding.instance());
    let (key, plan) = keys(&srs, &params, &inference, inference.instance());
    assert_eq!(binding_plan.link_layout(), plan.link_layout());

    let placement = KeyPlacement::suiting(&binding_plan).unwrap();
    let mut binding_verifier = Deployed::new(&binding_plan, placement);
    let mut verifier = Deployed::new(&plan, KeyPlacement::suiting(&plan).unwrap());
    let instances = input_words(inference.instance());
    let columns = usize::try_from(plan.link.as_ref().unwrap().columns).unwrap();
    let made = [0, 1].map(|_| {
        let (bound, tails) =
            create_binding_proof(&srs, &binding_key, &binding, binding.instance()).unwrap();
        let outcome = binding_verifier.verify(&input_words(binding.instance()), &bound);
        println!(
            "binding, {placement:?}: k = {}, {} gas, proof {} B, code {} B",
            layout.k,
            outcome.gas,
            bound.len(),
            binding_verifier.size()
        );
        assert!(accepts(&outcome), "{outcome:?}");
        let registered = Registered::new(plan.link_layout().unwrap(), &bound, tails).unwrap();
        let proof =
            create_linked_proof(&srs, &key, &inference, inference.instance(), &registered).unwrap();
        let words = bound[..64 * columns].chunks(32).map(|word| word.try_into().unwrap());
        (words.collect::<Vec<Word>>(), proof)
    });
    for (own, (registered, _)) in made.iter().enumerate() {
        for (of, (_, proof)) in made.iter().enumerate() {
            let words = [&instances[..], registered].concat();
            let outcome = verifier.verify(&words, proof);
            assert_eq!(accepts(&outcome), own == of, "{outcome:?}");
        }
    }
}

#[test]
fn a_verifier_without_linked_columns_names_none() {
    if evm::compiler_is_missing() {
        return;
    }
    let mut plan = Linked::new(1, 3, 1).plan;
    plan.link = None;
    let mut contract = Deployed::new(&plan, KeyPlacement::Embedded);
    assert_eq!(constant(&mut contract, "LINKED_COLUMNS"), None);
    assert_eq!(constant(&mut contract, "LINK_LAYOUT"), None);
    assert_eq!(constant(&mut contract, "CIRCUIT"), None);
}
