//! `commit`: from a trained model and its rows to commitments, table and report.
//!
//! Read, quantize, admit, build the table, commit. Everything is held in memory until it holds
//! together; then the case appears as a whole.

use super::warnings::Found;
use super::{
    Case, CaseError, CasePaths, HeadReport, PrivateCase, PrivateRows, RefitReport, Report,
};
use super::{notices, refit};
use crate::circuit;
use crate::data::{DataShape, Owner, Registry, TrainingSet, read_registry, read_training};
use crate::files::{Existing, Privacy, StagedDirectory, json, write_file};
use crate::head;
use crate::limits;
use crate::model::QuantizationReport;
use crate::model::{
    self, FitRows, FloatModel, LoadedModel, compare, head_norm, quantize, refit_head,
};
use crate::progress::Observer;
use crate::salt;
use crate::table::{self, BuiltTable, Rows};
use std::path::{Path, PathBuf};
use tribute_circuits::reference::{Model, admit_first};
use tribute_verifier::certificate::Limits;
use tribute_verifier::commitment::PROFILE;
use tribute_verifier::dataset::dataset_root;
use tribute_verifier::digest::Digest;
use tribute_verifier::header::{Admission, Header};
use tribute_verifier::method::MethodId;
use tribute_verifier::payees::{Address, Contributor, payees_digest};
use tribute_verifier::subject::Subject;

/// Domain of addresses that stand for nobody.
const PLACEHOLDER: &[u8] = b"tribute/no-address/1";
const NO_ADDRESSES: &str = "no contributors.csv was given: the addresses are placeholders that nobody holds, so nothing \
                            can be paid out";

/// What to commit.
#[derive(Clone, Debug)]
pub struct CommitRequest {
    /// The model, ONNX.
    pub model: PathBuf,
    /// The rows, CSV.
    pub data: PathBuf,
    /// Rows that the model was not trained on, CSV: their accuracy is proven with the index.
    pub validation: Option<PathBuf>,
    /// Contributors in registry order, CSV.
    pub contributors: Option<PathBuf>,
    /// The method of attribution.
    pub method: MethodId,
    /// The regularization in 1/256.
    pub lam_256ths: u32,
    /// Which head is committed.
    pub head: HeadSource,
    /// Whether an index proof must be possible.
    pub index: IndexSource,
    /// Who may register the index on a chain, and the least part of a fee that contributors have there, in millionths.
    pub registrar: Option<(Address, u32)>,
}

/// Whether a case must have a circuit for its index proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexSource {
    /// It must.
    Provable,
    /// It need not: its table stays unproven.
    Without,
}

/// Which head of a model is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadSource {
    /// The one in the file.
    AsTrained,
    /// One that is fitted to the admitted rows, over the file's hidden layers.
    Refitted,
}

/// A case that was committed and written.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The case, read back.
    pub case: Case,
    /// Figures for a buyer.
    pub report: Report,
}

/// A case that is held in memory.
struct Prepared {
    private: PrivateCase,
    subject: Subject,
    report: Report,
    /// The refitted model, an ONNX file.
    refitted: Option<Vec<u8>>,
}

/// Commits to a model, its rows and its table, and writes the case as a whole.
///
/// # Errors
/// Fails with the first thing that cannot be committed, and names its place. The target is then as it was.
pub fn commit(
    request: &CommitRequest,
    target: &Path,
    existing: Existing,
    observer: &dyn Observer,
) -> Result<Committed, CaseError> {
    let ours = |path: &Path| CasePaths::new(path).is_case();
    let staged = StagedDirectory::begin(target, existing, ours, "tribute commit")?;
    let prepared = prepare(request, observer)?;
    prepared.write(&staged)?;
    staged.publish()?;
    Ok(Committed { case: Case::load(target)?, report: prepared.report })
}

fn prepare(request: &CommitRequest, observer: &dyn Observer) -> Result<Prepared, CaseError> {
    observer.stage("reading the model");
    let LoadedModel { model: float, notices } = model::read(&request.model)?;
    observer.stage("reading the rows");
    let registry = request.contributors.as_deref().map(read_registry).transpose()?;
    let shape = DataShape { inputs: float.inputs(), classes: float.classes() };
    let set = read_training(&request.data, shape, registry)?;
    let placeholders = set.registry.owners().iter().any(|owner| owner.address.is_none());
    let admitted = admit_first(&set.features);
    let validation = match &request.validation {
        Some(path) => {
            observer.stage("reading the validation rows");
            Some(read_training(path, shape, Some(set.registry.clone()))?)
        }
        None => None,
    };
    observer.stage("quantizing");
    let (quantized, refit_steps) = match request.head {
        HeadSource::AsTrained => (quantize(&float)?, None),
        HeadSource::Refitted => {
            observer.stage("refitting the head");
            let (features, labels, admitted) = (&set.features, &set.labels, &admitted);
            let rows = FitRows { features, labels, admitted };
            let refitted = refit_head(&float, rows, request.lam_256ths)?;
            (refitted.quantized, Some(refitted.steps))
        }
    };
    let refitted = refit_steps.map(|_| model::encode(&quantized.float));
    let quantization = compare(&quantized, &set)?;
    let mut notices = notices::sentences(&notices, &quantized);
    if placeholders {
        notices.push(NO_ADDRESSES.into());
    }
    let mut rows = Rows {
        features: set.features.clone(),
        labels: set.labels.clone(),
        owners: set.owners.clone(),
        admitted,
        contributors: set.registry.len(),
        validation: 0,
    };
    if let Some(set) = validation {
        rows.validate(set.features, set.labels, set.owners);
    }
    check_lambda(request, &rows)?;
    observer.stage("building the attribution table");
    let steps = |done, of| observer.steps(done, of);
    let built = table::build(&quantized.model, &rows, request.method, request.lam_256ths, &steps)?;
    observer.stage("committing");
    let refit = change(request, &float, &quantized.model, &rows, &built);
    let head = HeadReport {
        distance: head::real(built.distance),
        relative: head::real(built.distance.relative_to(built.head_norm)),
        freedom: built.freedom.0 as f64 / f64::from(1_u32 << 31) / 2.0,
        norm: head_norm(&quantized),
        refit_steps,
        refit,
    };
    let model = quantized.model;
    conclude(request, Made { set, model, rows, built, quantization, head, notices, refitted })
}

/// Everything that is committed, and what is told of it.
struct Made {
    set: TrainingSet,
    model: Model,
    rows: Rows,
    built: BuiltTable,
    quantization: QuantizationReport,
    head: HeadReport,
    notices: Vec<String>,
    refitted: Option<Vec<u8>>,
}

/// Commits to everything, asks what later steps will say, and writes the report.
fn conclude(request: &CommitRequest, made: Made) -> Result<Prepared, CaseError> {
    let Made { set, model, rows, built, quantization, head, notices, refitted } = made;
    let (training, validation) = (rows.labels.len() - rows.validation, rows.validation);
    let admitted = rows.admitted[..training].to_vec();
    let (private, subject) = seal(request, &model, rows, &built, payees(&set.registry))?;
    let shape = circuit::shape(&model, set.registry.len(), request.method.residual());
    let with_index = request.index == IndexSource::Provable;
    let needs = limits::needs(&shape, &model, &subject.header, with_index)?;
    let found = Found {
        method: request.method,
        classes: shape.classes,
        set: &set,
        admitted: &admitted,
        quantization: &quantization,
        distance: built.distance.relative_to(built.head_norm),
        freedom: built.freedom,
        head: &head,
        needs: &needs,
    };
    let warnings = found.warnings();
    let report = Report {
        format: Report::FORMAT.into(),
        inputs: shape.inputs,
        hidden: shape.hidden,
        classes: shape.classes,
        method: request.method,
        lam_n: f64::from(request.lam_256ths) / 256.0,
        rows: training,
        admitted: admitted.iter().filter(|admitted| **admitted).count(),
        validation,
        right: built.right,
        quantization,
        head,
        needs,
        warnings,
        notices,
    };
    Ok(Prepared { private, subject, report, refitted })
}

/// Refuses what every verifier would: a regularization that outweighs the rows.
fn check_lambda(request: &CommitRequest, rows: &Rows) -> Result<(), CaseError> {
    let (limits, lam) = (Limits::default(), request.lam_256ths);
    let admitted = rows.admitted.iter().filter(|admitted| **admitted).count() as u64;
    if request.method.is_newton() && !limits.accepts_lam(lam, admitted) {
        let most = u64::from(limits.lam_per_row).saturating_mul(admitted);
        return Err(CaseError::Lambda { method: request.method, lam, admitted, most });
    }
    Ok(())
}

/// What a refit changed, or would where verifiers refuse the head of a method that assumes an optimum.
fn change(
    request: &CommitRequest,
    float: &FloatModel,
    committed: &Model,
    rows: &Rows,
    built: &BuiltTable,
) -> Option<RefitReport> {
    let lam = request.lam_256ths;
    let relative = built.distance.relative_to(built.head_norm);
    let refused = request.method.is_newton() && relative > Limits::default().distance;
    match request.head {
        HeadSource::Refitted => refit::applied(float, committed, rows, lam),
        HeadSource::AsTrained if refused => refit::offer(float, committed, rows, lam),
        HeadSource::AsTrained => None,
    }
}

/// Draws salts and commits to everything.
fn seal(
    request: &CommitRequest,
    model: &Model,
    rows: Rows,
    built: &BuiltTable,
    payees: Vec<Contributor>,
) -> Result<(PrivateCase, Subject), CaseError> {
    let dataset_salt = Digest(salt::bytes().map_err(CaseError::Randomness)?);
    let Rows { features, labels, owners, admitted, contributors: _, validation } = rows;
    let private = PrivateCase {
        format: PrivateCase::FORMAT.into(),
        model_salt: salt::field_element()?,
        table_salt: salt::field_element()?,
        dataset_salt,
        model: model.into(),
        table: (&built.table).into(),
        rows: PrivateRows { features, labels, owners, admitted },
    };
    let (registrar, contributors_ppm) = request.registrar.unwrap_or((Address::ZERO, 0));
    let header = Header {
        profile: PROFILE,
        method: request.method,
        model_commitment: private.model_commitment(model)?,
        dataset_root: dataset_root(&private.leaves()?)?,
        rows: (private.rows.labels.len() - validation) as u64,
        contributors: payees.len() as u64,
        payees_digest: payees_digest(&payees),
        lam: request.lam_256ths,
        sigma: built.sigma,
        eta: built.eta,
        epsilon: built.stationarity.epsilon,
        norm_sum: built.stationarity.norm_sum,
        admission: Admission::FirstRegistered,
        admitted: built.stationarity.admitted,
        validation: validation as u64,
        right: built.right[0],
        validation_right: built.right[1],
        head_norm: built.head_norm,
        registrar,
        contributors_ppm,
    };
    let subject = Subject::new(header, private.table_commitment(&built.table)?, payees)?;
    Ok((private, subject))
}

/// Returns contributors with addresses; one without gets an address that follows from the name and that nobody holds.
fn payees(registry: &Registry) -> Vec<Contributor> {
    let payee = |owner: &Owner| {
        let address = owner.address.unwrap_or_else(|| {
            let digest = Digest::of(&[PLACEHOLDER, owner.name.as_bytes()]);
            let mut bytes = [0; 20];
            bytes.copy_from_slice(&digest.0[12..]);
            Address(bytes)
        });
        Contributor { name: owner.name.clone(), address }
    };
    registry.owners().iter().map(payee).collect()
}

impl Prepared {
    fn write(&self, staged: &StagedDirectory) -> Result<(), CaseError> {
        staged.private_directory(CasePaths::PRIVATE)?;
        let paths = CasePaths::new(staged.path());
        json::write(&paths.private(), &self.private, Privacy::Private, Existing::Refuse)?;
        if let Some(model) = &self.refitted {
            write_file(&paths.refitted(), model, Privacy::Private, Existing::Refuse)?;
        }
        json::write(&paths.report(), &self.report, Privacy::Public, Existing::Refuse)?;
        json::write(&paths.subject(), &self.subject, Privacy::Public, Existing::Refuse)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributors_without_address_get_one_that_follows_from_their_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("train.csv");
        std::fs::write(&path, "contributor,label,f0\nada,0,1\nbob,1,2\nada,1,3\n").unwrap();
        let shape = DataShape { inputs: 1, classes: 2 };
        let set = read_training(&path, shape, None).unwrap();
        let payees = payees(&set.registry);
        assert_eq!(payees.len(), 2);
        assert_ne!(payees[0].address, payees[1].address);
        assert_eq!(payees, super::payees(&set.registry));
    }
}
