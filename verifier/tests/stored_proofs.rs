//! Proofs of earlier releases verify, and each check of plan and proof refuses what it is there for.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

use ark_bn254::Fr;
use serde_json::{Value, json};
use tribute_verifier::plan::{Plan, PlanError, Scalar};
use tribute_verifier::plonk::{PlonkError, verify};
use tribute_verifier::text::decode_bytes;

struct Stored {
    plan: Value,
    digest: Vec<u8>,
    instances: Vec<Fr>,
    proof: Vec<u8>,
}

fn stored(text: &str) -> Stored {
    let value: Value = serde_json::from_str(text).unwrap();
    let bytes = |value: &Value| decode_bytes(value.as_str().unwrap()).unwrap();
    let instances = value["instances"].as_array().unwrap().iter().map(|instance| {
        let word: [u8; 32] = bytes(instance).try_into().unwrap();
        Scalar::from_word(&word).unwrap().0
    });
    Stored {
        plan: value["plan"].clone(),
        digest: bytes(&value["digest"]),
        instances: instances.collect(),
        proof: bytes(&value["proof"]),
    }
}

fn all() -> [Stored; 4] {
    [
        include_str!("vectors/plonk/narrow_two_phases.json"),
        include_str!("vectors/plonk/wide_several_products_instance_permuted.json"),
        include_str!("vectors/plonk/no_permutation_high_degree.json"),
        include_str!("vectors/plonk/one_phase_no_challenges.json"),
    ]
    .map(stored)
}

fn plan(value: &Value) -> Result<Plan, PlanError> {
    Plan::from_json(value.to_string().as_bytes())
}

#[test]
fn earlier_proofs_verify_and_plans_keep_their_digest() {
    for stored in all() {
        let plan = plan(&stored.plan).unwrap();
        verify(&plan, &stored.instances, &stored.proof).unwrap();
        assert_eq!(plan.digest().unwrap().to_vec(), stored.digest);
        assert_eq!(Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
    }
}

#[test]
fn a_proof_fits_its_own_plan_only() {
    let all = all();
    for (place, of_plan) in all.iter().enumerate() {
        let plan = plan(&of_plan.plan).unwrap();
        for of_proof in
            all.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, of)| of)
        {
            assert!(verify(&plan, &of_proof.instances, &of_proof.proof).is_err());
        }
    }
}

/// Asserts that an edit of the plan is refused by the check that the pattern names.
macro_rules! refuses_plan {
    ($edit:expr, $pattern:pat) => {{
        let mut value = stored(include_str!("vectors/plonk/narrow_two_phases.json")).plan;
        let edit: fn(&mut Value) = $edit;
        edit(&mut value);
        let refusal = plan(&value);
        assert!(matches!(refusal, Err($pattern)), "{refusal:?}");
    }};
}

fn append(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

#[test]
fn rejects_text_that_is_no_plan() {
    refuses_plan!(|plan| plan["format"] = json!("tribute/plan/2"), PlanError::Json(_));
    refuses_plan!(|plan| plan["extra"] = json!(1), PlanError::Json(_));
    refuses_plan!(|plan| drop(plan.as_object_mut().unwrap().remove("k")), PlanError::Json(_));
    refuses_plan!(|plan| plan["k"] = json!("6"), PlanError::Json(_));
    refuses_plan!(|plan| plan["k"] = json!(-6), PlanError::Json(_));
    refuses_plan!(|plan| plan["circuit"]["kind"] = json!("other"), PlanError::Json(_));
    refuses_plan!(|plan| plan["nodes"][0] = json!({"lookup": 0}), PlanError::Json(_));
    refuses_plan!(
        |plan| plan["transcript_repr"] = json!(format!("0x{}", "f".repeat(64))),
        PlanError::Json(_)
    );
    refuses_plan!(
        |plan| plan["fixed_commitments"][0][0] = json!(format!("0x{:064x}", 5)),
        PlanError::Json(_)
    );
    assert!(matches!(Plan::from_json(b""), Err(PlanError::Json(_))));
    let long = vec![b' '; tribute_verifier::plan::MAX_PLAN_BYTES + 1];
    assert!(matches!(Plan::from_json(&long), Err(PlanError::Size { .. })));
}

/// Asserts that an edit of a plan with a linked column is refused by the check that the pattern names.
macro_rules! refuses_linked {
    ($edit:expr, $pattern:pat) => {{
        let registration: Value =
            serde_json::from_str(include_str!("fixtures/registration.json")).unwrap();
        let mut value = registration["plan"].clone();
        assert!(plan(&value).is_ok());
        let edit: fn(&mut Value) = $edit;
        edit(&mut value);
        let refusal = plan(&value);
        assert!(matches!(refusal, Err($pattern)), "{refusal:?}");
    }};
}

#[test]
fn rejects_links_that_hide_nothing_or_bind_nothing() {
    refuses_linked!(
        |plan| drop(plan.as_object_mut().unwrap().remove("link")),
        PlanError::LinkMissing
    );
    refuses_linked!(|plan| plan["link"]["columns"] = json!(0), PlanError::LinkColumns { .. });
    refuses_linked!(|plan| plan["link"]["columns"] = json!(3), PlanError::LinkColumns { .. });
    refuses_linked!(
        |plan| plan["link"]["columns"] = json!(2),
        PlanError::LinkWidth { columns: 2, weights: 1 }
    );
    refuses_linked!(
        |plan| plan["advice_phases"] = json!([1, 0]),
        PlanError::LinkPhase { column: 0 }
    );
    refuses_linked!(
        |plan| append(&mut plan["advice_queries"], json!([0, 1])),
        PlanError::LinkQuery { column: 0 }
    );
    refuses_linked!(
        |plan| {
            let queries = plan["advice_queries"].as_array_mut().unwrap();
            *queries.iter_mut().find(|query| **query == json!([0, 0])).unwrap() = json!([0, -1]);
        },
        PlanError::LinkQuery { column: 0 }
    );
    refuses_linked!(
        |plan| {
            let zero = format!("0x{:064x}", 0);
            plan["link"]["bases"][1] = json!([zero, zero]);
        },
        PlanError::LinkInfinity { base: 1 }
    );
    refuses_linked!(
        |plan| plan["link"]["bases"][1] = plan["link"]["bases"][0].clone(),
        PlanError::LinkBases
    );
    refuses_linked!(
        |plan| plan["link"]["bases"][0][1] = plan["link"]["bases"][1][1].clone(),
        PlanError::Json(_)
    );
    refuses_linked!(|plan| plan["link"]["more"] = json!(0), PlanError::Json(_));
}

#[test]
fn an_index_has_no_linked_columns() {
    let index: Value = serde_json::from_str(include_str!("fixtures/index.json")).unwrap();
    let registration: Value =
        serde_json::from_str(include_str!("fixtures/registration.json")).unwrap();
    let mut value = index["plan"].clone();
    assert!(plan(&value).is_ok());
    value["link"] = registration["plan"]["link"].clone();
    assert!(matches!(plan(&value), Err(PlanError::LinkForeign)));
}

#[test]
fn the_layout_of_linked_columns_is_the_documented_hash() {
    use sha3::{Digest as _, Keccak256};
    let registration: Value =
        serde_json::from_str(include_str!("fixtures/registration.json")).unwrap();
    let plan = plan(&registration["plan"]).unwrap();
    let bases = plan.link.as_ref().unwrap().bases.iter().flat_map(|base| base.words());
    let mut bytes = Keccak256::digest(b"tribute/link-layout/3").to_vec();
    // Profile, residual, k, columns, inputs, hidden layers and their width, classes, contributors, first row, spread.
    for number in [20_u8, 1, 5, 1, 4, 1, 2, 3, 4, 8, 1] {
        bytes.extend([[0; 31].as_slice(), &[number]].concat());
    }
    bytes.extend(bases.flatten());
    let expected: [u8; 32] = Keccak256::digest(&bytes).into();
    assert_eq!(plan.link_layout().unwrap().0, expected);
}

#[test]
fn rejects_numbers_out_of_range() {
    refuses_plan!(|plan| plan["k"] = json!(2), PlanError::Range { what: "k", .. });
    refuses_plan!(|plan| plan["k"] = json!(25), PlanError::Range { what: "k", .. });
    refuses_plan!(|plan| plan["degree"] = json!(2), PlanError::Range { what: "degree", .. });
    refuses_plan!(|plan| plan["degree"] = json!(10), PlanError::Range { what: "degree", .. });
    refuses_plan!(|plan| plan["instances"] = json!(0), PlanError::Range { .. });
    refuses_plan!(|plan| plan["instances"] = json!(60), PlanError::InstanceRows { .. });
    refuses_plan!(
        |plan| plan["advice_phases"][0] = json!(3),
        PlanError::Range { what: "phase", .. }
    );
    refuses_plan!(|plan| plan["circuit"]["name"] = json!("a\nb"), PlanError::Name);
    refuses_plan!(|plan| plan["gates"][0]["name"] = json!(""), PlanError::Name);
    refuses_plan!(
        |plan| plan["challenge_phases"] = json!(vec![0; 65]),
        PlanError::TooMany { what: "challenges", .. }
    );
    refuses_plan!(|plan| plan["k"] = json!(3), PlanError::InstanceRows { usable: 2, .. });
    refuses_plan!(|plan| plan["blinding_factors"] = json!(4), PlanError::BlindingFactors { .. });
    refuses_plan!(|plan| plan["blinding_factors"] = json!(u32::MAX), PlanError::Rows { .. });
}

#[test]
fn rejects_references_that_lead_nowhere() {
    refuses_plan!(|plan| plan["challenge_phases"][0] = json!(2), PlanError::ChallengePhase { .. });
    refuses_plan!(|plan| plan["advice_queries"][0][0] = json!(99), PlanError::QueryColumn { .. });
    refuses_plan!(|plan| plan["fixed_queries"][0][1] = json!(32), PlanError::Rotation { .. });
    refuses_plan!(|plan| plan["fixed_queries"][0][1] = json!(-32), PlanError::Rotation { .. });
    refuses_plan!(|plan| plan["fixed_queries"][0][1] = json!(i32::MIN), PlanError::Rotation { .. });
    refuses_plan!(
        |plan| plan["fixed_queries"][1] = plan["fixed_queries"][0].clone(),
        PlanError::RepeatedQuery { .. }
    );
    refuses_plan!(|plan| plan["nodes"][0] = json!({"negated": 0}), PlanError::NodeReference { .. });
    refuses_plan!(
        |plan| plan["nodes"][0] = json!({"challenge": 9}),
        PlanError::NodeReference { .. }
    );
    refuses_plan!(
        |plan| {
            let last = plan["nodes"].as_array().unwrap().len();
            append(&mut plan["nodes"], json!({"product": [last - 1, last - 1]}));
            append(&mut plan["nodes"], json!({"product": [last, last]}));
        },
        PlanError::NodeDegree { .. }
    );
    refuses_plan!(
        |plan| plan["gates"][0]["constraints"][0] = json!(99_999),
        PlanError::GateReference { .. }
    );
    refuses_plan!(|plan| plan["gates"][0]["constraints"] = json!([]), PlanError::EmptyGate { .. });
}

#[test]
fn rejects_permutations_and_points_that_do_not_fit() {
    refuses_plan!(
        |plan| plan["permutation"][1] = plan["permutation"][0].clone(),
        PlanError::RepeatedColumn { .. }
    );
    refuses_plan!(
        |plan| plan["permutation"][0] = json!({"advice": 77}),
        PlanError::PermutationQuery { .. }
    );
    refuses_plan!(
        |plan| drop(plan["permutation_commitments"].as_array_mut().unwrap().pop()),
        PlanError::PermutationCount { .. }
    );
    refuses_plan!(
        |plan| {
            let zero = format!("0x{:064x}", 0);
            plan["permutation_commitments"][0] = json!([zero, zero]);
        },
        PlanError::PermutationInfinity { .. }
    );
    refuses_plan!(
        |plan| plan["srs"]["g1"] = plan["permutation_commitments"][0].clone(),
        PlanError::Generator
    );
    refuses_plan!(|plan| plan["srs"]["s_g2"] = plan["srs"]["g2"].clone(), PlanError::TrivialSecret);
}

#[test]
fn rejects_descriptions_that_do_not_fit_the_public_inputs() {
    fn describe(plan: &mut Value, profile: u32, classes: u32) {
        describe_batch(plan, profile, classes, 1, 1);
    }

    fn describe_batch(plan: &mut Value, profile: u32, classes: u32, queries: u32, threads: u32) {
        plan["circuit"] = json!({
            "kind": "inference", "profile": profile, "residual": "query", "inputs": 64,
            "hidden": [32], "classes": classes, "contributors": 12, "weight_columns": 8,
            "limb_lanes": 1, "queries": queries, "threads": threads, "parameters": {},
        });
    }
    refuses_plan!(|plan| describe(plan, 20, 10), PlanError::InstanceCount { expected: 6, .. });
    refuses_plan!(|plan| describe(plan, 19, 10), PlanError::Profile { profile: 19 });
    refuses_plan!(|plan| describe(plan, 20, 1), PlanError::Range { .. });
    refuses_plan!(
        |plan| describe_batch(plan, 20, 10, 6, 2),
        PlanError::InstanceCount { expected: 22, .. }
    );
    refuses_plan!(
        |plan| describe_batch(plan, 20, 10, 6, 4),
        PlanError::Threads { queries: 6, threads: 4 }
    );
    refuses_plan!(
        |plan| describe_batch(plan, 20, 10, 0, 1),
        PlanError::Range { what: "number of queries", .. }
    );
    refuses_plan!(
        |plan| describe_batch(plan, 20, 10, 4097, 1),
        PlanError::Range { what: "number of queries", .. }
    );
    refuses_plan!(
        |plan| describe_batch(plan, 20, 10, 6, 0),
        PlanError::Range { what: "number of threads", .. }
    );
    refuses_plan!(
        |plan| describe_batch(plan, 20, 10, 6, 12),
        PlanError::Range { what: "number of threads", .. }
    );
}

#[test]
fn rejects_bindings_that_stand_nowhere() {
    fn binding(field: &str, value: u32) -> PlanError {
        let registration: Value =
            serde_json::from_str(include_str!("fixtures/registration.json")).unwrap();
        let mut value_of = registration["binding"]["plan"].clone();
        assert!(plan(&value_of).is_ok());
        value_of["circuit"][field] = json!(value);
        plan(&value_of).unwrap_err()
    }
    assert!(matches!(binding("first_row", 0), PlanError::Range { what: "first row", .. }));
    assert!(matches!(binding("first_row", u32::MAX), PlanError::Range { .. }));
    assert!(matches!(binding("spread", 0), PlanError::Range { what: "spread", .. }));
    assert!(matches!(binding("spread", 4097), PlanError::Range { .. }));
}

/// Asserts that a change of public inputs or proof is refused by the check that the pattern names.
macro_rules! refuses_proof {
    ($change:expr, $pattern:pat) => {{
        let mut stored = stored(include_str!("vectors/plonk/narrow_two_phases.json"));
        let plan = plan(&stored.plan).unwrap();
        let change: fn(&mut Stored) = $change;
        change(&mut stored);
        let refusal = verify(&plan, &stored.instances, &stored.proof);
        assert!(matches!(refusal, Err($pattern)), "{refusal:?}");
    }};
}

#[test]
fn rejects_proofs_that_are_not_canonical() {
    refuses_proof!(|it| it.proof.push(0), PlonkError::ProofLength { .. });
    refuses_proof!(|it| it.proof.clear(), PlonkError::ProofLength { .. });
    refuses_proof!(|it| it.proof[..32].fill(0xff), PlonkError::Coordinate { offset: 0 });
    refuses_proof!(|it| it.proof[32..64].fill(0xff), PlonkError::Coordinate { offset: 32 });
    refuses_proof!(|it| it.proof[..64].fill(0), PlonkError::Infinity { offset: 0 });
    refuses_proof!(|it| it.proof[63] ^= 1, PlonkError::OffCurve { offset: 0 });
    refuses_proof!(
        |it| {
            let scalar = it.proof.len() - 128 - 32;
            it.proof[scalar..scalar + 32].fill(0xff);
        },
        PlonkError::Scalar { .. }
    );
}

#[test]
fn rejects_proofs_of_something_else() {
    refuses_proof!(|it| it.instances.push(Fr::from(0_u64)), PlonkError::InstanceCount { .. });
    refuses_proof!(|it| it.instances.clear(), PlonkError::InstanceCount { .. });
    refuses_proof!(|it| it.instances[0] += Fr::from(1_u64), PlonkError::Opening);
    refuses_proof!(|it| it.instances.swap(0, 1), PlonkError::Opening);
    refuses_proof!(
        |it| {
            let scalar = it.proof.len() - 128 - 32;
            it.proof[scalar..scalar + 32].fill(0);
        },
        PlonkError::Opening
    );
}

#[test]
fn rejects_a_plan_that_was_edited_in_memory() {
    let stored = &all()[0];
    let mut plan = plan(&stored.plan).unwrap();
    plan.k = 30;
    let refusal = verify(&plan, &stored.instances, &stored.proof);
    assert!(matches!(refusal, Err(PlonkError::Plan(PlanError::Range { .. }))));
}
