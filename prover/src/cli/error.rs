//! Errors of the command, and the status that each ends with.

use crate::batch::AllError;
use crate::case::CaseError;
use crate::check::CheckError;
use crate::data::DataError;
use crate::demo::DemoError;
use crate::export::ExportError;
use crate::fidelity::FidelityError;
use crate::files::FileError;
use crate::index::IndexError;
use crate::inspect::InspectError;
use crate::keys::KeyError;
use crate::keys::ring::RingError;
use crate::pins::PinError;
use crate::prove::ProveError;
use crate::setup::SetupError;
use crate::sizes::SizesError;
use crate::srs::SrsError;
use std::io;
use tribute_circuits::reference::RangeError;
use tribute_verifier::cli::InputError;
use tribute_verifier::field::FieldError;

/// Status of a refusal: the input is well-formed, and it is not accepted.
pub(super) const REFUSED: u8 = 1;
/// Status of everything else that ends early.
const UNUSABLE: u8 = 2;

/// Why a verb ends without an outcome.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The arguments are none.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A CSV file is not what it must be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A case cannot be made or used.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// No keys.
    #[error(transparent)]
    Setup(Box<SetupError>),
    /// No proof.
    #[error(transparent)]
    Prove(Box<ProveError>),
    /// No proofs of batches.
    #[error(transparent)]
    All(Box<AllError>),
    /// No index proof.
    #[error(transparent)]
    Index(Box<IndexError>),
    /// A query that does not fit.
    #[error("this query does not fit the model's integers: {0}")]
    Range(#[from] RangeError),
    /// A file to verify is none, or the pins are.
    #[error(transparent)]
    Input(Box<InputError>),
    /// A registration could not be checked.
    #[error(transparent)]
    Check(Box<CheckError>),
    /// Nothing was pinned.
    #[error(transparent)]
    Pin(Box<PinError>),
    /// No SRS.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// Nothing was measured.
    #[error(transparent)]
    Fidelity(Box<FidelityError>),
    /// Nothing to deploy.
    #[error(transparent)]
    Export(Box<ExportError>),
    /// No sizes.
    #[error(transparent)]
    Sizes(Box<SizesError>),
    /// A file cannot be explained.
    #[error(transparent)]
    Inspect(Box<InspectError>),
    /// The demonstration did not go through.
    #[error(transparent)]
    Demo(Box<DemoError>),
    /// No salt.
    #[error("a salt could not be drawn: {0}")]
    Salt(#[from] FieldError),
    /// The threads cannot be started.
    #[error("the threads cannot be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Ctrl-C cannot be waited for.
    #[error("no handler for Ctrl-C can be installed: {0}")]
    Interrupt(io::Error),
    /// Standard output is closed or full.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl CliError {
    /// Returns the status that the process ends with.
    pub(super) fn status(&self) -> u8 {
        let case = |error: &CaseError| {
            let foreign = matches!(
                error,
                CaseError::Subject(_)
                    | CaseError::Bound(_)
                    | CaseError::ForeignModel
                    | CaseError::ForeignTable
                    | CaseError::ForeignRows
                    | CaseError::ForeignAdmission
                    | CaseError::StaleRegistration { .. }
                    | CaseError::ForeignLinkTail { .. }
            );
            if foreign { REFUSED } else { UNUSABLE }
        };
        match self {
            Self::Case(error) => case(error),
            Self::Setup(error) => match error.as_ref() {
                SetupError::Case(error) => case(error),
                _ => UNUSABLE,
            },
            Self::Prove(error) => match error.as_ref() {
                ProveError::Case(error) => case(error),
                ProveError::Registration(_)
                | ProveError::ForeignPlan
                | ProveError::Limits(_)
                | ProveError::Refused(_) => REFUSED,
                ProveError::Ring(error) => match error.as_ref() {
                    RingError::Key(KeyError::Foreign | KeyError::Stale)
                    | RingError::Srs(SrsError::Pinned) => REFUSED,
                    _ => UNUSABLE,
                },
                _ => UNUSABLE,
            },
            Self::All(error) => match error.as_ref() {
                AllError::Prove(error) if matches!(**error, ProveError::Refused(_)) => REFUSED,
                _ => UNUSABLE,
            },
            Self::Index(error) => match error.as_ref() {
                IndexError::Case(error) => case(error),
                IndexError::Registration(_) | IndexError::Refused(_) => REFUSED,
                _ => UNUSABLE,
            },
            Self::Fidelity(error) => match error.as_ref() {
                FidelityError::Case(error) => case(error),
                _ => UNUSABLE,
            },
            Self::Export(error) => match error.as_ref() {
                ExportError::Refused(_)
                | ExportError::Binding(_)
                | ExportError::Registration(_) => REFUSED,
                _ => UNUSABLE,
            },
            _ => UNUSABLE,
        }
    }
}

boxed_from!(CliError: Input(InputError), Check(CheckError), Pin(PinError), All(AllError), Setup(SetupError), Prove(ProveError), Index(IndexError), Export(ExportError), Fidelity(FidelityError), Inspect(InspectError), Sizes(SizesError), Demo(DemoError));
