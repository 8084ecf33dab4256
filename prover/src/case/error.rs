//! Why a case is not made or not used.

use crate::data::DataError;
use crate::files::FileError;
use crate::limits::LimitError;
use crate::model::{ModelError, QuantizeError, RefitError, RowError};
use crate::table::TableError;
use std::path::PathBuf;
use tribute_circuits::reference::ShapeError;
use tribute_verifier::certificate::BoundError;
use tribute_verifier::commitment::CommitError;
use tribute_verifier::dataset::{PathError, TooManyRows};
use tribute_verifier::file::Malformed;
use tribute_verifier::method::MethodId;
use tribute_verifier::plan::PlanError;
use tribute_verifier::subject::SubjectError;

/// Why a case could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A text file is not what it must be.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Malformed,
    },
    /// The model cannot be read.
    #[error(transparent)]
    Model(Box<ModelError>),
    /// The model cannot be quantized.
    #[error(transparent)]
    Quantize(#[from] QuantizeError),
    /// The head cannot be refitted.
    #[error(transparent)]
    Refit(#[from] RefitError),
    /// Every verifier would refuse the regularization.
    #[error(
        "lambda is {lam} / 256, and {method} over {admitted} admitted rows takes at most {most} / 256: verifiers refuse a \
         regularization of more than 1 for each; give a smaller --lam-n, or more rows"
    )]
    Lambda {
        /// The method.
        method: MethodId,
        /// Lambda in 1/256.
        lam: u32,
        /// Rows that take part.
        admitted: u64,
        /// The largest lambda that is accepted of them, in 1/256.
        most: u64,
    },
    /// A row does not run through the integer model.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The rows, the contributors or a query cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No table can be built.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A later step would refuse it.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The integers are not those of a model or a table.
    #[error("the integers of the case are malformed: {0}")]
    Shape(#[from] ShapeError),
    /// The integers cannot be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// There are more rows than a dataset tree holds.
    #[error(transparent)]
    Rows(#[from] TooManyRows),
    /// The parts of the subject contradict each other.
    #[error("the subject does not hold together: {0}")]
    Subject(#[from] SubjectError),
    /// The subject's figures are none that an honest index has.
    #[error("the subject's figures: {0}")]
    Bound(#[from] BoundError),
    /// A number does not fit its field in a file.
    #[error("{what} is too large for its field")]
    Number {
        /// Which number.
        what: &'static str,
    },
    /// The private integers are of another model than the subject.
    #[error("the weights in private/case.json are not those that subject.json commits to")]
    ForeignModel,
    /// The private table is another than the subject's.
    #[error("the table in private/case.json is not the one that subject.json commits to")]
    ForeignTable,
    /// The private rows are others than the subject's.
    #[error("the rows in private/case.json are not those that subject.json commits to")]
    ForeignRows,
    /// The admission bits are not those of the rule.
    #[error("the admission bits in private/case.json are not those of the first registered rows")]
    ForeignAdmission,
    /// Features, labels, owners and admission bits are not equally many.
    #[error(
        "private/case.json has {rows} rows, but {labels} labels, {owners} owners and {admitted} admission bits"
    )]
    RowCounts {
        /// Rows of features.
        rows: usize,
        /// Labels.
        labels: usize,
        /// Owners.
        owners: usize,
        /// Admission bits.
        admitted: usize,
    },
    /// The case has no such row.
    #[error("there is no row {row}; the case has {rows} rows, counted from 0")]
    NoSuchRow {
        /// The row.
        row: u64,
        /// Rows of the case.
        rows: usize,
    },
    /// A row belongs to nobody.
    #[error("row {row} belongs to contributor {owner}, there are {contributors}")]
    Owner {
        /// The row.
        row: usize,
        /// Its owner.
        owner: usize,
        /// Contributors of the case.
        contributors: usize,
    },
    /// A row has no path to the root.
    #[error(transparent)]
    Path(#[from] PathError),
    /// `setup` was not run.
    #[error("{} has no keys yet; run `tribute setup --case {}` first", path.display(), path.display())]
    NoSetup {
        /// The case.
        path: PathBuf,
    },
    /// No registration of batches.
    #[error("{} has no registration of batches; run `tribute setup --case {} --batch auto` first", path.display(), path.display())]
    NoBatchSetup {
        /// The case.
        path: PathBuf,
    },
    /// A registration of batches under the name of one of single queries, or the reverse.
    #[error(
        "{} is not of the kind that belongs there: registration.json is of single queries, batch.json of batches; run \
         `tribute setup --case {} --force`",
        path.display(),
        case.display()
    )]
    OtherAnswers {
        /// The registration.
        path: PathBuf,
        /// The case.
        case: PathBuf,
    },
    /// The registration belongs to an earlier or another case.
    #[error(
        "{} is about another subject than this case; run `tribute setup --case {} --force`",
        path.display(),
        case.display()
    )]
    StaleRegistration {
        /// The registration.
        path: PathBuf,
        /// The case.
        case: PathBuf,
    },
    /// The randomness of the registered commitments is not there.
    #[error(
        "{} is missing, and proofs cannot be linked to the registered commitments without it; run `tribute setup --case \
         {} --force`",
        path.display(),
        case.display()
    )]
    NoLinkTail {
        /// The file.
        path: PathBuf,
        /// The case.
        case: PathBuf,
    },
    /// The randomness is that of other commitments.
    #[error(
        "{} belongs to another binding proof than the registered one; run `tribute setup --case {} --force`",
        path.display(),
        case.display()
    )]
    ForeignLinkTail {
        /// The file.
        path: PathBuf,
        /// The case.
        case: PathBuf,
    },
    /// Another process put another case in its place.
    #[error("{} was replaced by another case meanwhile; run this again", path.display())]
    Replaced {
        /// The case.
        path: PathBuf,
    },
    /// A plan has no digest.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A salt is no field element.
    #[error("a salt could not be drawn: {0}")]
    Salt(#[from] tribute_verifier::field::FieldError),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(rand_core::Error),
}

boxed_from!(CaseError: Model(ModelError));
