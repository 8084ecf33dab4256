//! `inspect`: any of our files in words.
//!
//! The kind of a file follows from its first bytes: a container, or the `format` field of a JSON object. Every reader
//! is the one that uses the file, so that what is explained here is what would be used.

mod binary;
mod layout;
mod text;

use crate::case::{self, CaseError};
use crate::check::{CheckError, Compared, compare_plans};
use crate::files::{FileError, TEXT_LIMIT, container, json, open_regular, read_bounded};
use crate::progress::Observer;
use crate::srs::{Srs, SrsError};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use tribute_verifier::digest::Digest;
use tribute_verifier::file::Malformed;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::plan::{PlanError, SrsPoints};
use tribute_verifier::registration::Registration;
use tribute_verifier::srs::SrsOrigin;

/// Largest key or SRS whose digest is checked for an explanation.
const BINARY_LIMIT: u64 = 2 << 30;

/// Why a file cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not what its format says.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The file is not what its format says.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Malformed,
    },
    /// The plan is none.
    #[error("{}: {source}", path.display())]
    Plan {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PlanError,
    },
    /// The file is none of ours.
    #[error("{} has the format {format:?}, which is none of tribute's", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it says it is.
        format: String,
    },
    /// `--srs` was given for something without a plan.
    #[error("--srs rebuilds the plan of a registration; {} is none", path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
    },
    /// The SRS cannot be used.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// The plans cannot be made anew.
    #[error(transparent)]
    Check(#[from] CheckError),
}

/// One line of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// Its value, in words.
    pub value: String,
}

/// A file, explained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Description {
    /// What the file is and is for.
    pub title: String,
    /// Its contents.
    pub facts: Vec<Fact>,
    /// What follows from them.
    pub remarks: Vec<String>,
    /// What does not hold together.
    pub problems: Vec<String>,
    /// Whether its SRS is of no known ceremony. A proof does not know its SRS; the registration does.
    pub unsafe_srs: bool,
    /// The SRSs that were found, each once.
    #[serde(skip)]
    pub srs: Vec<SrsPoints>,
    /// Whether it names an attribution.
    pub attributes: bool,
    /// Whether it is a registration, which says whether its table is proven.
    pub registers: bool,
    /// What an index proof in it certifies, where there is one that holds.
    pub index: Option<IndexVerdict>,
}

impl Description {
    fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    fn fact(&mut self, name: &'static str, value: &impl ToString) -> &mut Self {
        self.facts.push(Fact { name, value: value.to_string() });
        self
    }

    fn remark(&mut self, text: impl Into<String>) -> &mut Self {
        self.remarks.push(text.into());
        self
    }

    fn problem(&mut self, text: &impl ToString) -> &mut Self {
        self.problems.push(text.to_string());
        self
    }

    /// Notes an SRS.
    fn found_srs(&mut self, points: &SrsPoints) {
        if !self.srs.contains(points) {
            self.srs.push(points.clone());
            let known = points.ceremony().map_or("no known ceremony", |ceremony| ceremony.name);
            self.fact("srs", &format!("{}, of {known}", points.digest()));
        }
        self.unsafe_srs |= points.ceremony().is_none();
    }

    /// Takes the SRSs with these digests as those of ceremonies.
    pub fn trust(&mut self, trusted: &BTreeSet<Digest>) {
        self.unsafe_srs = self.srs.iter().any(|points| points.origin(trusted).is_unsafe());
        let named = |points: &&SrsPoints| points.origin(trusted) == SrsOrigin::Trusted;
        if self.srs.iter().any(|points| named(&points)) {
            self.remark("SRS of your own ceremony, trusted by name.");
        }
    }

    /// Returns whether everything that was looked at holds together.
    pub fn sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Explains a file; with an SRS the plan of a registration is made anew and compared.
///
/// # Errors
/// Fails if the file cannot be read or is none of ours. What is well-formed and does not hold together is a problem
/// of the description, not an error.
pub fn inspect(
    path: &Path,
    srs: Option<&Path>,
    observer: &dyn Observer,
) -> Result<Description, InspectError> {
    let (file, _) = open_regular(path, u64::MAX)?;
    let mut start = Vec::new();
    file.take(8).read_to_end(&mut start).map_err(FileError::io("read", path))?;
    if container::is_container(&start) {
        return match srs {
            None => binary::describe(path),
            Some(_) => Err(InspectError::NoPlan { path: path.to_path_buf() }),
        };
    }
    let bytes = read_bounded(path, TEXT_LIMIT)?;
    let format = json::format_of(path, &bytes)?;
    if format != "tribute/registration/4" && srs.is_some() {
        return Err(InspectError::NoPlan { path: path.to_path_buf() });
    }
    match format.as_str() {
        "tribute/registration/4" => {
            let registration = case::read_registration(path)?;
            let mut description = text::registration(&registration);
            if let Some(srs) = srs {
                compare(&mut description, &registration, srs, observer)?;
            }
            Ok(description)
        }
        "tribute/plan/4" => text::plan(path, &bytes),
        "tribute/subject/2" => text::subject(path, &bytes),
        "tribute/binding-proof/1" => text::binding_proof(path, &bytes),
        "tribute/index-proof/2" => text::index_proof(path, &bytes),
        "tribute/proof/2" => text::proof(path, &bytes),
        "tribute/batch-proof/2" => text::batch_proof(path, &bytes),
        "tribute/batch-run/1" => text::batch_run(path),
        "tribute/inclusion/1" => text::inclusion(path),
        "tribute/report/2" => text::report(path),
        "tribute/input-opening/1" => text::opening(path),
        "tribute/link-tail/1" => text::link_tail(path),
        "tribute/case/1" => text::private_case(path),
        _ => Err(InspectError::Unknown {
            path: path.to_path_buf(),
            format: format.chars().take(40).collect(),
        }),
    }
}

/// Makes the plans anew from their descriptions and an SRS, and says whether they are the registered ones.
fn compare(
    description: &mut Description,
    registration: &Registration,
    srs: &Path,
    observer: &dyn Observer,
) -> Result<(), InspectError> {
    observer.stage("reading the SRS");
    let srs = Srs::read(srs)?;
    for Compared { plan, difference } in compare_plans(registration, &srs, observer)? {
        match difference {
            Some(difference) => _ = description.problem(&format!("{plan} {difference}")),
            None => {
                let words = "was made anew from its description and this SRS, and is the same.";
                description.remark(format!("{plan} {words}"));
            }
        }
    }
    Ok(())
}
