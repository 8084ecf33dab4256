//! Every word that the check of a stored proof absorbs and every challenge that it draws, against vectors that
//! `tests/encoder/absorbed.py` writes from plan, statement and proof. A word left out or moved, or a challenge drawn before
//! something that it should depend on, shows by the name of the step.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ark_bn254::Fr;

use crate::batch_proof::BatchProof;
use crate::certificate::Limits;
use crate::field::FieldElement;
use crate::index_proof::IndexProof;
use crate::plan::Plan;
use crate::plonk;
use crate::policy::Policy;
use crate::proof_file::ProofFile;
use crate::registration::Registration;
use crate::text::decode_bytes;
use crate::verify::verify_index;

/// What a transcript did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Absorb([u8; 32]),
    Challenge([u8; 32]),
}

thread_local! {
    static STEPS: RefCell<Option<Vec<Step>>> = const { RefCell::new(None) };
}

/// Notes a step of a transcript, if this thread records.
pub(super) fn note(step: Step) {
    STEPS.with_borrow_mut(|steps| {
        if let Some(steps) = steps {
            steps.push(step);
        }
    });
}

/// What the transcripts of this thread do meanwhile.
fn recorded(check: impl FnOnce()) -> Vec<Step> {
    STEPS.set(Some(Vec::new()));
    check();
    STEPS.take().unwrap()
}

/// Steps with their names, by kind of proof.
fn vectors() -> BTreeMap<String, Vec<(String, String, String)>> {
    serde_json::from_str(include_str!("../../tests/vectors/absorbed.json")).unwrap()
}

const ANEW: &str = "if the stored proofs are new, run `python3 verifier/tests/encoder/encode.py`";

/// Compares what a check does with the vector of this name, step by step.
fn assert_as_described(name: &str, check: impl FnOnce()) {
    let steps = recorded(check);
    let expected = &vectors()[name];
    for (place, (label, what, word)) in expected.iter().enumerate() {
        let word: [u8; 32] = decode_bytes(word).unwrap().try_into().unwrap();
        let step = match what.as_str() {
            "absorb" => Step::Absorb(word),
            "challenge" => Step::Challenge(word),
            other => panic!("a transcript does not {other}"),
        };
        assert_eq!(steps.get(place), Some(&step), "{name}: step {place}, {label}; {ANEW}");
    }
    assert_eq!(steps.len(), expected.len(), "{name}: the number of steps; {ANEW}");
}

fn elements(inputs: &[FieldElement]) -> Vec<Fr> {
    inputs.iter().map(|input| input.to_fr()).collect()
}

fn registration() -> Registration {
    Registration::from_json(include_bytes!("../../tests/fixtures/registration.json")).unwrap()
}

#[test]
fn every_word_of_a_query_and_its_link_is_absorbed_in_order() {
    let proof = ProofFile::from_json(include_bytes!("../../tests/fixtures/proof.json")).unwrap();
    let Registration { plan, binding, .. } = registration();
    let inputs = elements(&proof.statement.public_inputs().unwrap());
    let registered = binding.registered().unwrap();
    assert_as_described("query and link", || {
        plonk::verify_linked(&plan, &inputs, &registered, &proof.proof).unwrap();
    });
}

#[test]
fn every_word_of_a_batch_and_its_link_is_absorbed_in_order() {
    let text = include_bytes!("../../tests/fixtures/batch_registration.json");
    let Registration { plan, binding, .. } = Registration::from_json(text).unwrap();
    let proof = include_bytes!("../../tests/fixtures/batch_proof.json");
    let proof = BatchProof::from_json(proof).unwrap();
    let slots = plan.circuit.inference().unwrap().queries;
    let slots = usize::try_from(slots).unwrap();
    let inputs = elements(&proof.statement.public_inputs(slots).unwrap());
    let registered = binding.registered().unwrap();
    assert_as_described("batch and link", || {
        plonk::verify_linked(&plan, &inputs, &registered, &proof.proof).unwrap();
    });
}

#[test]
fn every_word_of_a_binding_is_absorbed_in_order() {
    let Registration { subject, binding, .. } = registration();
    assert_as_described("binding", || {
        binding.verify(&subject).unwrap();
    });
}

#[test]
fn every_word_of_an_index_is_absorbed_in_order() {
    let index = IndexProof::from_json(include_bytes!("../../tests/fixtures/index.json")).unwrap();
    let registration = Registration { index: Some(index), ..registration() };
    assert_as_described("index", || {
        verify_index(&registration, &Policy::equations_alone(Limits::NONE)).unwrap();
    });
}

/// Plans with several phases, challenges and running products, of no circuit of ours.
#[test]
fn every_word_under_plans_of_other_forms_is_absorbed_in_order() {
    for (name, text) in [
        ("narrow_two_phases", include_str!("../../tests/vectors/plonk/narrow_two_phases.json")),
        (
            "wide_several_products_instance_permuted",
            include_str!("../../tests/vectors/plonk/wide_several_products_instance_permuted.json"),
        ),
        (
            "no_permutation_high_degree",
            include_str!("../../tests/vectors/plonk/no_permutation_high_degree.json"),
        ),
        (
            "one_phase_no_challenges",
            include_str!("../../tests/vectors/plonk/one_phase_no_challenges.json"),
        ),
    ] {
        let case: serde_json::Value = serde_json::from_str(text).unwrap();
        let plan = Plan::from_json(case["plan"].to_string().as_bytes()).unwrap();
        let instances: Vec<FieldElement> =
            serde_json::from_value(case["instances"].clone()).unwrap();
        let proof = decode_bytes(case["proof"].as_str().unwrap()).unwrap();
        assert_as_described(name, || {
            plonk::verify(&plan, &elements(&instances), &proof).unwrap();
        });
    }
}

/// What stands in a proof and in no transcript: the two responses of a link. Everything else is absorbed.
#[test]
fn nothing_of_a_proof_but_the_responses_of_its_link_is_left_out() {
    let proof = ProofFile::from_json(include_bytes!("../../tests/fixtures/proof.json")).unwrap();
    let vectors = vectors();
    let absorbed: Vec<&str> =
        vectors["query and link"].iter().map(|(_, _, word)| word.as_str()).collect();
    let (words, _) = proof.proof.as_chunks::<32>();
    let missing = words.iter().enumerate().filter(|(_, word)| {
        let text = word.iter().fold(String::from("0x"), |text, byte| format!("{text}{byte:02x}"));
        !absorbed.contains(&text.as_str())
    });
    let missing: Vec<usize> = missing.map(|(place, _)| place).collect();
    assert_eq!(missing, [words.len() - 2, words.len() - 1]);
}
