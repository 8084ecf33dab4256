//! JSON files, in words.

use super::{Description, InspectError, layout};
use crate::batch::Run;
use crate::case::{LinkTail, PrivateCase, Report};
use crate::files::json;
use crate::head;
use crate::inclusion::read_inclusion;
use crate::opening::InputOpening;
use crate::units::{percent, queries};
use std::path::Path;
use tribute_verifier::batch_proof::BatchProof;
use tribute_verifier::binding_proof::BindingProof;
use tribute_verifier::certificate::Limits;
use tribute_verifier::digest::Digest;
use tribute_verifier::inclusion::InclusionFile;
use tribute_verifier::index_proof::{IndexProof, IndexVerdict};
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::{CircuitDescription, IndexShape, InferenceShape, Plan};
use tribute_verifier::policy::Policy;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::subject::Subject;
use tribute_verifier::verify::verify_index;

/// Explains a registration.
pub(super) fn registration(registration: &Registration) -> Description {
    let mut description = Description::new(
        "A registration: the plan that proofs are checked with, the subject they are about, and the proof that ties one \
         to the other. Public, and all that a buyer or a contract needs besides the proof.",
    );
    description.registers = true;
    plan_facts(&mut description, &registration.plan);
    subject_facts(&mut description, &registration.subject);
    if let Err(error) = registration.check() {
        description.problem(&error);
    }
    binding_facts(&mut description, registration);
    match &registration.index {
        Some(index) => index_facts(&mut description, registration, index),
        None => head_fact(&mut description, registration),
    }
    description
}

/// Verifies the binding proof and says what it shows.
fn binding_facts(description: &mut Description, registration: &Registration) {
    let BindingProof { format: _, plan, proof: _ } = &registration.binding;
    binding_plan_facts(description, plan);
    match registration.binding.verify(&registration.subject) {
        Ok(registered) => {
            let words = format!(
                "{} commitments, shown to hold the weights of this model and the table of this index",
                registered.len()
            );
            description.fact("registered columns", &words);
        }
        Err(error) => _ = description.problem(&format!("the binding proof is refused: {error}")),
    }
}

fn binding_plan_facts(description: &mut Description, plan: &Plan) {
    description.found_srs(&plan.srs);
    if let Ok(digest) = plan.digest() {
        description.fact("binding plan", &Digest(digest));
    }
    match plan.circuit.binding() {
        Some(shape) => {
            let widths = widths(shape.inputs, &shape.hidden, shape.classes);
            let words = format!("{widths}, {} contributors", shape.contributors);
            description.fact("binding circuit", &words);
        }
        None => _ = description.problem(&"the plan of the binding proof binds no columns"),
    }
    description
        .fact("binding rows", &format!("2^{}", plan.k))
        .fact("binding proof bytes", &plan.proof_bytes());
}

/// Explains a binding proof in a file of its own.
pub(super) fn binding_proof(path: &Path, bytes: &[u8]) -> Result<Description, InspectError> {
    let binding = BindingProof::from_json(bytes)
        .map_err(|source| InspectError::Malformed { path: path.to_path_buf(), source })?;
    let mut description = Description::new(
        "A binding proof: that the columns which proofs are linked to hold a committed model and a committed table. Not \
         verified here: it belongs into a registration, which names them.",
    );
    binding_plan_facts(&mut description, &binding.plan);
    Ok(description)
}

/// Explains the randomness of registered commitments without showing it.
pub(super) fn link_tail(path: &Path) -> Result<Description, InspectError> {
    let LinkTail { format: _, plan, proof, tails } = json::read(path, LinkTail::FORMAT)?;
    let mut description = Description::new(
        "The randomness of registered commitments. Not to be published; its values are not shown. Proofs are linked with it.",
    );
    description
        .fact("binding plan", &plan)
        .fact("digest of the proof", &proof)
        .fact("columns", &tails.len());
    Ok(description)
}

/// Explains a run of batches without showing its secret.
pub(super) fn batch_run(path: &Path) -> Result<Description, InspectError> {
    let run: Run = json::read(path, Run::FORMAT)?;
    let mut description = Description::new(
        "What a run of `prove --all` is of, and the secret of its salts. Not to be published; the secret is not shown.",
    );
    description.fact("digest of the run", &run.of).fact("queries", &run.queries);
    Ok(description)
}

/// Says how far the head is from its optimum, by figures that nobody proved.
fn head_fact(description: &mut Description, registration: &Registration) {
    let Some(shape) = registration.plan.circuit.inference() else { return };
    match head::distance(&registration.subject.header, shape) {
        Ok(distance) => {
            let by = "by its owner's figures";
            let words = format!("at most {distance:.4} from the regularized optimum, {by}");
            description.fact("head", &words);
        }
        Err(error) => drop(description.problem(&error)),
    }
}

/// Verifies an index proof and says what it certifies.
fn index_facts(description: &mut Description, registration: &Registration, index: &IndexProof) {
    index_plan_facts(description, &index.plan);
    let policy = Policy::equations_alone(Limits::NONE);
    let verdict = match verify_index(registration, &policy) {
        Ok(verdict) => verdict.certified,
        Err(refusal) => {
            description.problem(&format!("the index proof is refused: {refusal}"));
            return;
        }
    };
    let IndexVerdict { method, rows, admitted, contributors, head_distance, .. } = &verdict;
    let (distance, freedom) = (verdict.head_distance_relative, verdict.table_freedom);
    let slack = match method.is_newton() {
        true => format!(
            "the certificate leaves the solution behind a contributor's table {freedom} of a unit of its entries to choose (Euclidean norm)"
        ),
        false => "none: the table is a sum of integers".into(),
    };
    description
        .fact("proven of", &format!("{rows} rows of {contributors} contributors, every one run through the committed model"))
        .fact("proven admission", &format!("{admitted} rows take part, {} repeat earlier ones and are refused", verdict.refused()))
        .fact("proven table", &format!("what {method} makes of those rows"))
        .fact("slack", &slack)
        .fact("accuracy", &verdict.accuracy())
        .fact(
            "head",
            &format!(
                "at most {head_distance:.4} from the regularized optimum, {distance:.4} of its norm, proven"
            ),
        );
    let limits = Limits::default();
    if method.is_newton() && distance > limits.distance {
        description.remark(format!(
            "The head is beyond the {:.4} of its norm that `tribute verify` accepts unless --max-distance says otherwise.",
            limits.distance
        ));
    }
    if method.is_newton() && !limits.accepts_lam(verdict.lam, *admitted) {
        description.remark(format!(
            "Lambda is beyond the {} / 256 for each admitted row that `tribute verify` accepts.",
            limits.lam_per_row
        ));
    }
    if freedom > limits.freedom {
        description.remark(format!(
            "The slack of the table is beyond the {} units that `tribute verify` accepts.",
            limits.freedom
        ));
    }
    description.index = Some(verdict);
}

/// Explains an index proof in a file of its own. What it certifies depends on a subject, which it does not hold.
pub(super) fn index_proof(path: &Path, bytes: &[u8]) -> Result<Description, InspectError> {
    let index = IndexProof::from_json(bytes)
        .map_err(|source| InspectError::Malformed { path: path.to_path_buf(), source })?;
    let mut description = Description::new(
        "An index proof: that an attribution table is what a method makes of committed rows. Not verified here: \
         `tribute verify --registration R --index FILE` does that, with the registration that names the table.",
    );
    index_plan_facts(&mut description, &index.plan);
    Ok(description)
}

fn index_plan_facts(description: &mut Description, plan: &Plan) {
    description.found_srs(&plan.srs);
    if let Ok(digest) = plan.digest() {
        description.fact("index plan", &Digest(digest));
    }
    match plan.circuit.index() {
        Some(shape) => description.fact("index circuit", &index_words(shape)),
        None => description.problem(&"the plan of the index proof claims nothing of a table"),
    };
    description
        .fact(
            "index circuit size",
            &format!("2^{} rows, {} advice columns", plan.k, plan.advice_phases.len()),
        )
        .fact("index proof bytes", &plan.proof_bytes());
}

/// What an index circuit is of, in a line.
fn index_words(shape: &IndexShape) -> String {
    let IndexShape { method, inputs, hidden, classes, contributors, rows, validation, .. } = shape;
    let model = widths(*inputs, hidden, *classes);
    let validation = match validation {
        0 => String::new(),
        count => format!(" and {count} validation rows"),
    };
    format!("{method} over {rows} rows{validation} of {contributors} contributors, model {model}")
}

fn widths(inputs: u32, hidden: &[u32], classes: u32) -> String {
    let widths = [inputs].into_iter().chain(hidden.iter().copied()).chain([classes]);
    widths.map(|width| width.to_string()).collect::<Vec<_>>().join("-")
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
    let ProofFile { format: _, statement, proof } = ProofFile::from_json(bytes)
        .map_err(|source| InspectError::Malformed { path: path.to_path_buf(), source })?;
    let mut description = Description::new(
        "A proof and its statement. Not verified here: `tribute verify` does that, with the registration, which also says \
         with which plan and SRS it was made.",
    );
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
        let share =
            format!("{} to {} at {}", percent(*weight), contributor.name, contributor.address);
        description.fact("share", &share);
    }
    if let Err(error) = statement.check() {
        description.problem(&format!("no proof can show this statement: {error}"));
    }
    Ok(description)
}

/// Explains the proof of a batch.
pub(super) fn batch_proof(path: &Path, bytes: &[u8]) -> Result<Description, InspectError> {
    let BatchProof { format: _, statement, proof } = BatchProof::from_json(bytes)
        .map_err(|source| InspectError::Malformed { path: path.to_path_buf(), source })?;
    let mut description = Description::new(
        "A proof of several queries and its statement. Not verified here: `tribute verify` does that, with the registration \
         of batches, which also says with which plan and SRS it was made.",
    );
    description.attributes = true;
    description
        .fact("queries", &statement.queries.len())
        .fact("attributed", &statement.attributed())
        .fact("by method", &statement.method)
        .fact("model", &statement.model_commitment)
        .fact("index", &statement.index_commitment)
        .fact("proof bytes", &proof.len());
    for query in &statement.queries {
        let supported = if query.unattributed { ", which nobody supports" } else { "" };
        let answer = format!(
            "class {}{supported} for {} in context {}",
            query.output, query.input_commitment, query.context
        );
        description.fact("answer", &answer);
    }
    for (contributor, total) in statement.contributors.iter().zip(&statement.totals_ppm) {
        let total = format!(
            "{} queries to {} at {}",
            queries(*total),
            contributor.name,
            contributor.address
        );
        description.fact("total", &total);
    }
    if let Err(error) = statement.check(statement.queries.len()) {
        description.problem(&format!("no proof can show this statement: {error}"));
    }
    Ok(description)
}

fn claims(shape: &InferenceShape) -> String {
    match shape.queries {
        1 => "output and shares of one query".to_owned(),
        queries => format!("outputs of up to {queries} queries, and the shares in all of them"),
    }
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
        .fact("validation rows", &report.validation)
        .fact("right", &format!("{:?}", report.right))
        .fact("head", &format!("within {:.4} of the regularized optimum", report.head.distance));
    for warning in report.warnings {
        description.remark(format!("Warning: {}", warning.text));
    }
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
    description.found_srs(&plan.srs);
    if let Ok(digest) = plan.digest() {
        description.fact("plan", &Digest(digest));
    }
    match &plan.circuit {
        CircuitDescription::Inference(shape) => {
            let against = match shape.residual {
                ResidualKind::Query => "the residual of the returned class",
                ResidualKind::OneHot => "the returned class",
            };
            description
                .fact("claims", &claims(shape))
                .fact("model shape", &widths(shape.inputs, &shape.hidden, shape.classes))
                .fact("contributors", &shape.contributors)
                .fact("scores against", &against)
                .fact("profile", &shape.profile);
            description.attributes = true;
        }
        CircuitDescription::Index(shape) => {
            description.fact("claims", &format!("an attribution table: {}", index_words(shape)));
            description.attributes = true;
        }
        CircuitDescription::Binding(shape) => {
            description
                .fact("claims", &"what the linked columns of a model and its table hold")
                .fact("model shape", &widths(shape.inputs, &shape.hidden, shape.classes))
                .fact("contributors", &shape.contributors)
                .fact("profile", &shape.profile);
        }
        CircuitDescription::Bare(circuit) => {
            description.fact("claims", &format!("nothing of a model ({})", circuit.name));
        }
    }
    description
        .fact("rows", &format!("2^{}", plan.k))
        .fact("advice columns", &plan.advice_phases.len())
        .fact("linked columns", &plan.link.as_ref().map_or(0, |link| link.columns))
        .fact("gates", &plan.gates.len())
        .fact("public inputs", &plan.instances)
        .fact("proof bytes", &plan.proof_bytes());
    if let Some(shape) = plan.circuit.inference() {
        layout::facts(description, shape, plan.k);
    }
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
        .fact("right", &format!("on {} of them by the owner's word", header.right))
        .fact("method", &header.method)
        .fact("lambda", &(f64::from(header.lam) / 256.0))
        .fact("on a chain", &header.on_chain());
    for payee in &subject.payees {
        description.fact("payee", &format!("{} at {}", payee.name, payee.address));
    }
}
