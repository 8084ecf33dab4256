//! A case: one model with its rows and attribution table, on disk.
//!
//! | file | holds | who may read it |
//! |---|---|---|
//! | `private/case.json` | integers of model, rows and table, salts | the owner alone |
//! | `private/dev-srs.json` | secret of the SRS that `--unsafe-dev-srs` made, so that all keys of the case have one | the owner alone |
//! | `private/link-<digest>.json` | randomness of the commitments of a registered binding proof, after `setup` | the owner alone |
//! | `subject.json` | what proofs are about | anybody |
//! | `report.json` | what quantization cost, admission, distance of the head | anybody |
//! | `registration.json` | plan, subject and binding proof, after `setup` | anybody |
//! | `batch.json` | the same for batches, after `setup --batch` | anybody |
//! | `keys/` | proving keys and SRS, by plan digest, after `setup` | anybody |
//!
//! A registration is the manifest of what `setup` makes: keys and randomness stand under digests of what it carries and
//! are written before it, so that the one rename of `registration.json` switches from one set of files to the next.
//! Who writes a case holds its lock ([`Case::lock`]).

mod commit;
mod error;
mod link;
mod notices;
mod private;
mod refit;
mod report;
mod rows;
mod warnings;
#[cfg(test)]
mod whole;

pub use commit::{CommitRequest, Committed, HeadSource, IndexSource, commit};
pub use error::CaseError;
pub use link::LinkTail;
pub use private::{PrivateCase, PrivateLayer, PrivateModel, PrivateRows, PrivateTable};
pub use refit::RefitReport;
pub use report::{HeadReport, Report};
pub use rows::CommittedRows;
pub(crate) use rows::narrow;
pub use warnings::{About, Warning};

use crate::circuit;
use crate::files::{FolderLock, TEXT_LIMIT, json, read_bounded};
use crate::head;
use std::path::{Path, PathBuf};
use tribute_circuits::Shape;
use tribute_circuits::reference::{Model, Table};
use tribute_verifier::certificate::{Bound, Limits, Stationarity};
use tribute_verifier::digest::Digest;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::plan::InferenceShape;
use tribute_verifier::policy::Policy;
use tribute_verifier::registration::Registration;
use tribute_verifier::subject::Subject;
use tribute_verifier::verify::verify_index;

/// How many queries the proofs of a registration answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// One.
    #[default]
    One,
    /// Several.
    Batch,
}

const LINK: &str = "link-";
const JSON: &str = ".json";

/// Where the parts of a case stand. A case may have two registrations: of single queries, and of batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePaths {
    root: PathBuf,
    answers: Answers,
}

impl CasePaths {
    /// Name of the directory that its owner alone may enter.
    pub const PRIVATE: &'static str = "private";

    /// Names the parts of the case in `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), answers: Answers::One }
    }

    /// The same case, with its registration of this kind.
    #[must_use]
    pub fn answering(&self, answers: Answers) -> Self {
        Self { root: self.root.clone(), answers }
    }

    /// The case itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Integers and salts.
    pub fn private(&self) -> PathBuf {
        self.root.join(Self::PRIVATE).join("case.json")
    }

    /// The secret of the case's development SRS, where it has one.
    pub fn dev_srs(&self) -> PathBuf {
        self.root.join(Self::PRIVATE).join("dev-srs.json")
    }

    /// The randomness of the commitments of a binding proof with this digest.
    pub fn link(&self, proof: &Digest) -> PathBuf {
        let name = format!("{LINK}{}{JSON}", hex::encode(proof.0));
        self.root.join(Self::PRIVATE).join(name)
    }

    /// Whether this is the name of a file of [`link`](Self::link).
    fn is_link(name: &str) -> bool {
        let digest = name.strip_prefix(LINK).and_then(|rest| rest.strip_suffix(JSON));
        digest.is_some_and(|digest| {
            digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    }

    /// The refitted model, where one was made. It holds weights, so it is private.
    pub fn refitted(&self) -> PathBuf {
        self.root.join(Self::PRIVATE).join("refitted.onnx")
    }

    /// What proofs are about.
    pub fn subject(&self) -> PathBuf {
        self.root.join("subject.json")
    }

    /// What quantization cost.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.json")
    }

    /// Plan, subject and binding proof.
    pub fn registration(&self) -> PathBuf {
        self.root.join(match self.answers {
            Answers::One => "registration.json",
            Answers::Batch => "batch.json",
        })
    }

    /// Where keys are kept.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The proving key of a plan.
    pub fn proving_key(&self, plan: &[u8; 32]) -> PathBuf {
        self.keys().join(format!("{}.pkey", hex::encode(plan)))
    }

    /// The SRS of a plan.
    pub fn srs(&self, plan: &[u8; 32]) -> PathBuf {
        self.keys().join(format!("{}.srs", hex::encode(plan)))
    }

    /// Returns whether this is a directory that `commit` wrote.
    pub fn is_case(&self) -> bool {
        self.private().is_file() && self.subject().is_file()
    }
}

/// A case that was read back and holds together.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it stands.
    pub paths: CasePaths,
    /// Salts and rows.
    pub private: PrivateCase,
    /// The model.
    pub model: Model,
    /// The attribution table.
    pub table: Table,
    /// What proofs are about.
    pub subject: Subject,
}

impl Case {
    /// Reads a case and compares its integers with its commitments.
    ///
    /// # Errors
    /// Fails if a part is missing or malformed, or if the parts are not of one case.
    pub fn load(root: &Path) -> Result<Self, CaseError> {
        let case = Self::read(root)?;
        case.check()?;
        Ok(case)
    }

    /// Reads a case without asking whether its integers are the committed ones. A large model takes long to hash, and a proof of other
    /// integers isn't linked to the registered columns: who proves asks only then.
    ///
    /// # Errors
    /// Fails if a part is missing or malformed.
    pub fn read(root: &Path) -> Result<Self, CaseError> {
        let paths = CasePaths::new(root);
        let private: PrivateCase = json::read(&paths.private(), PrivateCase::FORMAT)?;
        let subject = Self::read_subject(&paths)?;
        Self::of_parts(paths, private, subject)
    }

    fn read_subject(paths: &CasePaths) -> Result<Subject, CaseError> {
        let path = paths.subject();
        let bytes = read_bounded(&path, TEXT_LIMIT)?;
        Subject::from_json(&bytes).map_err(|source| CaseError::Malformed { path, source })
    }

    /// Puts a case together from its parts.
    ///
    /// # Errors
    /// Fails if the parts are not of one case.
    pub fn assemble(
        paths: CasePaths,
        private: PrivateCase,
        subject: Subject,
    ) -> Result<Self, CaseError> {
        let case = Self::of_parts(paths, private, subject)?;
        case.check()?;
        Ok(case)
    }

    fn of_parts(
        paths: CasePaths,
        private: PrivateCase,
        subject: Subject,
    ) -> Result<Self, CaseError> {
        subject.check()?;
        let (model, table) = (private.model()?, private.table()?);
        Ok(Self { paths, private, model, table, subject })
    }

    /// Compares the integers with the commitments.
    ///
    /// # Errors
    /// Fails if model or table are not the committed ones.
    pub fn check(&self) -> Result<(), CaseError> {
        let Self { private, model, table, subject, .. } = self;
        let (model, table) =
            rayon::join(|| private.model_commitment(model), || private.table_commitment(table));
        if model? != subject.model_commitment {
            return Err(CaseError::ForeignModel);
        }
        if table? != subject.table_commitment {
            return Err(CaseError::ForeignTable);
        }
        Ok(())
    }

    /// The same case, with its registration of this kind.
    #[must_use]
    pub fn answering(mut self, answers: Answers) -> Self {
        self.paths = self.paths.answering(answers);
        self
    }

    /// Keeps other writers out of the case, in the name of a verb. A case that was read before it was locked must be the
    /// one that stands there still.
    ///
    /// # Errors
    /// Fails if another process writes the case, or replaced it.
    pub fn lock(&self, verb: &'static str) -> Result<FolderLock, CaseError> {
        let lock = FolderLock::take(self.paths.root(), verb)?;
        if Self::read_subject(&self.paths)? == self.subject {
            Ok(lock)
        } else {
            Err(CaseError::Replaced { path: self.paths.root().to_path_buf() })
        }
    }

    /// The shape of what is proven of it.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let residual = self.subject.header.method.residual();
        circuit::shape(&self.model, self.subject.payees.len(), residual)
    }

    /// Bounds how far the head is from the optimum of its regularized loss.
    ///
    /// # Errors
    /// Fails on figures that no honest header has.
    pub fn head_distance(&self) -> Result<Bound, CaseError> {
        let header = &self.subject.header;
        Ok(head::of_model(&self.model, header.lam).distance(Stationarity::from(header))?)
    }

    /// Returns what the registered index proof certifies; nothing where there is none that holds.
    pub fn proven_table(&self) -> Option<IndexVerdict> {
        let registration = self.registration().ok()?;
        let policy = Policy::equations_alone(Limits::NONE);
        verify_index(&registration, &policy).ok().map(|verdict| verdict.certified)
    }

    /// Reads the registration that `setup` wrote, and compares its subject with the case.
    ///
    /// # Errors
    /// Fails if there is none, if it is malformed, or if it is about something else.
    pub fn registration(&self) -> Result<Registration, CaseError> {
        let path = self.paths.registration();
        if !path.exists() {
            let path = self.paths.root.clone();
            return Err(match self.paths.answers {
                Answers::One => CaseError::NoSetup { path },
                Answers::Batch => CaseError::NoBatchSetup { path },
            });
        }
        let registration = read_registration(&path)?;
        let shape = registration.plan.circuit.inference();
        let batch = shape.is_some_and(InferenceShape::is_batch);
        let case = self.paths.root.clone();
        if batch != (self.paths.answers == Answers::Batch) {
            return Err(CaseError::OtherAnswers { path, case });
        }
        if registration.subject == self.subject {
            Ok(registration)
        } else {
            Err(CaseError::StaleRegistration { path, case })
        }
    }
}

/// Reads a registration file.
///
/// # Errors
/// Fails if it cannot be read or is malformed.
pub fn read_registration(path: &Path) -> Result<Registration, CaseError> {
    let bytes = read_bounded(path, TEXT_LIMIT)?;
    Registration::from_json(&bytes)
        .map_err(|source| CaseError::Malformed { path: path.to_path_buf(), source })
}
