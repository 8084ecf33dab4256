//! JSON files, in words.

use super::{Description, InspectError};
use crate::case::{PrivateCase, Report};
use crate::files::json;
use crate::head;
use crate::inclusion::read_inclusion;
use crate::opening::InputOpening;
use std::path::Path;
use tribute_verifier::digest::Digest;
use tribute_verifier::inclusion::InclusionFile;
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::{CircuitDescription, Plan};
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::subject::Subject;

/// Explains a registration.
pub(super) fn registration(registration: &Registration) -> Description {
    let mut description = Description::new(
        "A registration: the plan that proofs are checked with, and the subject they are about. Public, and all that a \
         buyer or a contract needs besides the proof.",
    );
    plan_facts(&mut description, &registration.plan);
    subject_facts(&mut description, &registration.subject);
    if let Some(shape) = registration.plan.circuit.inference() {
        let distance = head::distance(&registration.subject.header, shape);
        let words =
            format!("at most {distance:.4} from the regularized optimum, by its owner's figures");
        description.fact("head", &words);
    }
    if let Err(error) = registration.check() {
        description.problem(&error);
    }
    description
}

/// Explains a plan.
pub(super) fn plan(path: &Path, bytes: &[u8]) -> Result<Description, InspectError> {
    let plan = Plan::from_json(bytes)
        .map_err(|source| InspectError::Plan { path: path.to_path_buf(), source })?;
    let mut description = Description::new(
        "A plan: a verifying key as data. It knows a shape, not a model: without a subject a proof only says that some \
         model of this shape returned the output.",
    );
    plan_facts(&mut description, &plan);
    Ok(description)
}

/// Explains a subject.
pub(super) fn subject(path: &Path, bytes: &[u8]) -> Result<Description, InspectError> {
    let subject = Subject::from_json(bytes)
        .map_err(|source| InspectError::Malformed { path: path.to_path_buf(), source })?;
    let mut description =
        Description::new("A subject: which model, rows, method and payees proofs are about.");
    subject_facts(&mut description, &subject);
    if let Err(error) = subject.check() {
        description.problem(&error);
    }
    Ok(description)
}

/// Explains a proof. Nothing is verified.
pub(super) fn proof(path: &Path, bytes: &[u8]) -> Result<Description, InspectError> {
    let ProofFile { format: _, statement, proof, unsafe_srs } = ProofFile::from_json(bytes)
        .map_err(|source| InspectError::Malformed { path: path.to_path_buf(), source })?;
    let mut description = Description::new(
        "A proof and its statement. Not verified here: `tribute verify` does that, with the registration.",
    );
    description.unsafe_srs = unsafe_srs;
    description.attributes = true;
    description
        .fact("claims output", &format!("class {}", statement.output))
        .fact("by method", &statement.method)
        .fact("model", &statement.model_commitment)
        .fact("index", &statement.index_commitment)
        .fact("input commitment", &statement.input_commitment)
        .fact("input", &if statement.input.is_some() { "disclosed" } else { "not disclosed" })
        .fact("context", &statement.context)
        .fact("proof bytes", &proof.len());
    if statement.unattributed {
        description.fact("shares", &"none: nobody supports the output");
    }
    for (contributor, weight) in statement.contributors.iter().zip(&statement.weights_ppm) {
        let share = format!("{weight} ppm to {} at {}", contributor.name, contributor.address);
        description.fact("share", &share);
    }
    if let Err(error) = statement.check() {
        description.problem(&format!("no proof can show this statement: {error}"));
    }
    Ok(description)
}

/// Explains an opened row without showing it.
pub(super) fn inclusion(path: &Path) -> Result<Description, InspectError> {
    let file = read_inclusion(path)?;
    let InclusionFile { dataset_root, rows, row, ref owner, label, ref features, .. } = file;
    let mut description = Description::new(
        "One row of a dataset, opened for its contributor and private to them. Not compared with a registration here: \
         `tribute verify-inclusion` does that.",
    );
    description
        .fact("row", &format!("{row} of {rows}, counted from 0"))
        .fact("contributor", &format!("{} at {}", owner.name, owner.address))
        .fact("label", &label)
        .fact("features", &features.len())
        .fact("dataset root", &dataset_root)
        .fact("counts", &format!("{}, by the word of the model's owner", file.counts));
    match file.root() {
        Ok(root) if root == dataset_root => {}
        Ok(_) => _ = description.problem(&"the path leads to another root than the file names"),
        Err(error) => _ = description.problem(&error),
    }
    Ok(description)
}

/// Explains a report.
pub(super) fn report(path: &Path) -> Result<Description, InspectError> {
    let report: Report = json::read(path, Report::FORMAT)?;
    let mut description = Description::new(
        "A report on a committed case: figures by its owner, not part of any proof.",
    );
    description.attributes = true;
    description
        .fact("inputs", &report.inputs)
        .fact("hidden layers", &format!("{:?}", report.hidden))
        .fact("classes", &report.classes)
        .fact("method", &report.method)
        .fact("lambda", &report.lam_n)
        .fact("rows", &format!("{}, of which {} take part", report.rows, report.admitted))
        .fact("head", &format!("within {:.4} of the regularized optimum", report.head.distance));
    for notice in report.notices {
        description.remark(format!("Note: {notice}"));
    }
    Ok(description)
}

/// Explains an input opening.
pub(super) fn opening(path: &Path) -> Result<Description, InspectError> {
    let opening: InputOpening = json::read(path, InputOpening::FORMAT)?;
    let mut description = Description::new(
        "An input opening: an input, its salt and its commitment. Private to the requester and the prover.",
    );
    description
        .fact("input commitment", &opening.input_commitment)
        .fact("values", &opening.input.len());
    if !opening.holds() {
        description.problem(&"input and salt do not open the commitment");
    }
    Ok(description)
}

/// Explains a private case without showing what is private.
pub(super) fn private_case(path: &Path) -> Result<Description, InspectError> {
    let case: PrivateCase = json::read(path, PrivateCase::FORMAT)?;
    let mut description = Description::new(
        "The private half of a case: weights, rows and salts. Not to be published; its values are not shown.",
    );
    description
        .fact("inputs", &case.model.inputs)
        .fact("hidden layers", &case.model.hidden.len())
        .fact("classes", &case.model.classes)
        .fact("rows", &case.rows.labels.len())
        .fact("contributors", &case.table.contributors);
    if let Err(error) = case.model().and(case.table().map(drop)) {
        description.problem(&error);
    }
    Ok(description)
}

fn plan_facts(description: &mut Description, plan: &Plan) {
    description.unsafe_srs = plan.unsafe_srs;
    if let Ok(digest) = plan.digest() {
        description.fact("plan", &Digest(digest));
    }
    match &plan.circuit {
        CircuitDescription::Inference(shape) => {
            let widths = [shape.inputs].into_iter().chain(shape.hidden.iter().copied());
            let widths = widths.chain([shape.classes]).map(|width| width.to_string());
            let against = match shape.residual {
                ResidualKind::Query => "the residual of the returned class",
                ResidualKind::OneHot => "the returned class",
            };
            description
                .fact("claims", &"output and shares of one query")
                .fact("model shape", &widths.collect::<Vec<_>>().join("-"))
                .fact("contributors", &shape.contributors)
                .fact("scores against", &against)
                .fact("profile", &shape.profile);
            description.attributes = true;
        }
        CircuitDescription::Bare(circuit) => {
            description.fact("claims", &format!("nothing of a model ({})", circuit.name));
        }
    }
    description
        .fact("rows", &format!("2^{}", plan.k))
        .fact("advice columns", &plan.advice_phases.len())
        .fact("gates", &plan.gates.len())
        .fact("public inputs", &plan.instances)
        .fact("proof bytes", &plan.proof_bytes());
}

fn subject_facts(description: &mut Description, subject: &Subject) {
    let header = &subject.header;
    description.attributes = true;
    description
        .fact("model", &subject.model_commitment)
        .fact("index", &subject.index_commitment)
        .fact("table", &subject.table_commitment)
        .fact("dataset root", &header.dataset_root)
        .fact("rows", &format!("{}, of which {} take part", header.rows, header.admitted))
        .fact("method", &header.method)
        .fact("lambda", &(f64::from(header.lam) / 256.0));
    for payee in &subject.payees {
        description.fact("payee", &format!("{} at {}", payee.name, payee.address));
    }
}
