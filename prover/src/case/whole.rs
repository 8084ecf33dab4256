//! A writer that is killed, or whose disk is full, at every point of every write: what stood there works as before.
//!
//! The test process starts itself with [`child`] alone, which does one step on a case in a folder and meets the fault that
//! its environment names. What is left is then used: the case loads, its keys open, and a query is proven and verified.

use super::{Answers, Case, CommitRequest, HeadSource, IndexSource, commit};
use crate::files::{Existing, fault};
use crate::model::{DenseLayer, FloatModel, Name, NodeName, encode};
use crate::planner::Goal;
use crate::progress::Unobserved;
use crate::prove::{Disclosure, ProveRequest, Prover};
use crate::setup::setup;
use crate::srs::{Srs, SrsSource};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::MethodId;

const FOLDER: &str = "TRIBUTE_TEST_FOLDER";
const STEP: &str = "TRIBUTE_TEST_STEP";
/// Powers enough for every circuit of the case.
const SRS_K: u32 = 10;
/// More points than any step has.
const POINTS: usize = 200;

/// A model of two inputs and two classes, and four rows of two contributors.
fn files(folder: &Path) {
    let head = DenseLayer {
        node: NodeName { name: Name::new("head"), operator: Name::new("Gemm") },
        inputs: 2,
        outputs: 2,
        weights: vec![0.5, -0.5, -0.25, 0.25],
        biases: vec![0.0, 0.0],
    };
    let model = FloatModel { hidden: Vec::new(), head };
    fs::write(folder.join("model.onnx"), encode(&model)).unwrap();
    let rows = "contributor,label,f0,f1\nada,0,1,0\nbob,1,0,1\nada,0,1.5,0\nbob,1,0,2\n";
    fs::write(folder.join("train.csv"), rows).unwrap();
}

fn committed(folder: &Path, existing: Existing) {
    let request = CommitRequest {
        model: folder.join("model.onnx"),
        data: folder.join("train.csv"),
        validation: None,
        contributors: None,
        method: MethodId::TracIn,
        lam_256ths: 256,
        head: HeadSource::AsTrained,
        index: IndexSource::Provable,
        registrar: None,
    };
    commit(&request, &folder.join("case"), existing, &Unobserved).unwrap();
}

fn set_up(folder: &Path, queries: usize, existing: Existing) {
    let mut case = Case::load(&folder.join("case")).unwrap();
    if queries > 1 {
        case = case.answering(Answers::Batch);
    }
    let goal = (queries, Goal::Prover);
    let source = SrsSource::File(folder.join("setup.srs"));
    setup(&case, &source, goal, existing, &Unobserved).unwrap();
}

/// Puts an SRS of another secret where `setup` finds it, so that it makes everything anew.
fn renew_srs(folder: &Path) {
    let srs = Srs::generate_unsafe_dev(SRS_K).unwrap();
    srs.write(&folder.join("setup.srs"), Existing::Replace).unwrap();
}

/// Does the step that the environment names, and panics where it cannot.
#[test]
#[ignore = "started by the other tests of this file"]
fn child() {
    let folder = std::env::var(FOLDER).unwrap();
    let folder = Path::new(&folder);
    match std::env::var(STEP).unwrap().as_str() {
        "commit" => committed(folder, Existing::Replace),
        "setup" => set_up(folder, 1, Existing::Replace),
        "batch" => set_up(folder, 2, Existing::Replace),
        other => panic!("{other}"),
    }
}

fn start(folder: &Path, step: &str, fault: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "case::whole::child", "--ignored", "--quiet"])
        .env(FOLDER, folder)
        .env(STEP, step)
        .env(fault::VARIABLE, fault)
        .output()
        .unwrap()
        .status
}

/// Proves a query with what stands there.
fn prove(folder: &Path) {
    let case = Case::load(&folder.join("case")).unwrap();
    let prover = Prover::open(case, &Unobserved).unwrap();
    let request = ProveRequest {
        input: vec![256, 0],
        salt: None,
        context: FieldElement::ZERO,
        disclosure: Disclosure::Committed,
    };
    prover.prove(&request, &Unobserved).unwrap();
}

/// Meets a fault at every point of a step, each on what the last one left; returns how many points there are.
fn at_every_point(step: &str, kind: &str, then: impl Fn(&Path)) -> usize {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    committed(folder.path(), Existing::Refuse);
    renew_srs(folder.path());
    set_up(folder.path(), 1, Existing::Refuse);
    for point in 0..POINTS {
        renew_srs(folder.path());
        let status = start(folder.path(), step, &format!("{kind}:{point}"));
        then(folder.path());
        if status.success() {
            return point;
        }
    }
    panic!("{step} does not end")
}

#[test]
fn a_setup_killed_at_any_write_leaves_the_former_case_or_the_new_one() {
    // Keys, SRS, tails and registration, and the keys of the binding proof are not kept: four files.
    assert!(at_every_point("setup", "kill", prove) >= 4 * 4);
}

#[test]
fn a_setup_on_a_full_disk_leaves_the_former_case() {
    assert!(at_every_point("setup", "full", prove) >= 4 * 4);
}

#[test]
fn a_setup_of_batches_killed_at_any_write_leaves_that_of_single_queries() {
    let points = at_every_point("batch", "kill", |folder| {
        prove(folder);
        let case = Case::load(&folder.join("case")).unwrap().answering(Answers::Batch);
        if case.paths.registration().exists() {
            Prover::open(case, &Unobserved).unwrap();
        }
    });
    assert!(points >= 4 * 4);
}

#[test]
fn a_commit_killed_at_any_write_leaves_the_former_case_or_the_new_one() {
    let points = at_every_point("commit", "kill", |folder| {
        let case = Case::load(&folder.join("case")).unwrap();
        // The new case has no registration yet; the former one has all of it.
        if case.paths.registration().exists() {
            Prover::open(case, &Unobserved).unwrap();
        }
    });
    assert!(points >= 3 * 4);
}

#[test]
fn tails_that_no_registration_names_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    committed(folder.path(), Existing::Refuse);
    renew_srs(folder.path());
    for _ in 0..2 {
        set_up(folder.path(), 1, Existing::Replace);
    }
    set_up(folder.path(), 2, Existing::Replace);
    let private = fs::read_dir(folder.path().join("case/private")).unwrap();
    let mut names: Vec<_> =
        private.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let tails = names.iter().filter(|name| name.starts_with("link-")).count();
    assert_eq!((tails, names.len()), (2, 3), "{names:?}");
    prove(folder.path());
}
