//! The index of every case is accepted by halo2, natively and by the contract, in the placement that `export` chooses; a changed one by none of them.
//!
//! The case with 784 inputs takes minutes and gigabytes: it runs with `TRIBUTE_SLOW=1`.

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

use std::path::{Path, PathBuf};

use evm::deployed::{Deployed, accepts};
use synthetic::case::{Setup, Word};
use synthetic::{Case, mutants};
use tribute::case::{CommitRequest, Committed, HeadSource, IndexSource, commit};
use tribute::circuit::Planned as _;
use tribute::files::Existing;
use tribute::index::filled_circuit;
use tribute::progress::Unobserved;
use tribute_circuits::IndexCircuit;
use tribute_verifier::index_proof::IndexStatement;
use tribute_verifier::method::MethodId;
use tribute_verifier::solidity::{KeyPlacement, MAX_CODE};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../prover/tests/cases")
}

/// Commits a case by a method, proves its index, and asks all three.
fn agree(name: &'static str, folder: &Path, method: MethodId) {
    if evm::compiler_is_missing() {
        return;
    }
    let target = tempfile::tempdir().unwrap();
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
    let path = target.path().join("case");
    let Committed { case, .. } = commit(&request, &path, Existing::Refuse, &Unobserved).unwrap();
    let circuit = filled_circuit(&case).unwrap();
    let params = circuit.circuit_params();
    let (features, classes) = (params.shape.shape.features(), params.shape.shape.classes);
    let statement = IndexStatement::new(
        &case.subject,
        u32::try_from(features).unwrap(),
        u32::try_from(classes).unwrap(),
    );
    assert_eq!(circuit.public_inputs(), statement.public_inputs(), "{name}");

    let setup = Setup { name, k: params.k, seed: 1 };
    let description = IndexCircuit::describe(params).unwrap();
    let proven = Case::of(&setup, &circuit, circuit.instance(), description);
    let Case { plan, instances, proof, .. } = &proven;
    let placement = KeyPlacement::suiting(plan).unwrap();
    let mut contract = Deployed::new(plan, placement);
    let outcome = contract.verify(instances, proof);
    println!(
        "{name}, {method}: k = {}, {} gas, proof {} B, {placement:?} code {} B",
        params.k,
        outcome.gas,
        proof.len(),
        contract.size()
    );
    assert!(proven.halo2_accepts(instances, proof), "halo2: {name}");
    assert!(proven.native_accepts(instances, proof), "native: {name}");
    assert!(accepts(&outcome), "contract: {name}: {outcome:?}");
    assert!(contract.size() <= MAX_CODE, "{name}: {} B", contract.size());

    for changed in 0..instances.len() {
        let mut others = instances.clone();
        others[changed][31] ^= 1;
        refused(&proven, &mut contract, &others, proof);
    }
    // A sample of each class of mutation; the campaign has them all on smaller circuits.
    for mutant in mutants(&proven, 0, 1).into_iter().step_by(211) {
        refused(&proven, &mut contract, &mutant.instances, &mutant.proof);
    }
}

fn refused(proven: &Case, contract: &mut Deployed, instances: &[Word], proof: &[u8]) {
    assert!(!proven.halo2_accepts(instances, proof), "halo2: {}", proven.name);
    assert!(!proven.native_accepts(instances, proof), "native: {}", proven.name);
    assert!(!accepts(&contract.verify(instances, proof)), "contract: {}", proven.name);
}

#[test]
fn logistic_regression_by_representer_points() {
    agree("digits_lr_n200", &cases().join("digits_lr_n200"), MethodId::Representer);
}

#[test]
fn one_hidden_layer_by_influence() {
    agree("digits_mlp_n200", &cases().join("digits_mlp_n200"), MethodId::Influence);
}

#[test]
fn two_hidden_layers_by_group_newton() {
    agree("digits_deep_n300", &cases().join("digits_deep_n300"), MethodId::GroupNewton);
}

#[test]
fn the_embedded_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../prover/src/demo/digits");
    agree("embedded", &folder, MethodId::GroupNewton);
}

#[test]
fn a_wide_layer_by_group_newton() {
    if std::env::var_os("TRIBUTE_SLOW").is_some() {
        agree("digits28_mlp_n300", &cases().join("digits28_mlp_n300"), MethodId::GroupNewton);
    }
}
