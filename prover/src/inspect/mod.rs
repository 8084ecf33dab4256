//! `inspect`: any of our files in words.
//!
//! The kind of a file follows from its first bytes: a container, or the `format` field of a JSON object. Every reader
//! is the one that uses the file, so that what is explained here is what would be used.

mod binary;
mod layout;
mod text;

use crate::case::{self, CaseError};
use crate::circuit::Planned;
use crate::files::{FileError, TEXT_LIMIT, container, json, open_regular, read_bounded};
use crate::keys::ring::{self, RingError};
use crate::progress::Observer;
use crate::srs::{Srs, SrsError};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use tribute_circuits::{BindingCircuit, IndexCircuit, InferenceCircuit};
use tribute_verifier::file::Malformed;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::plan::{Plan, PlanError};
use tribute_verifier::registration::Registration;

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
    /// The plan cannot be made anew.
    #[error("the plan cannot be made anew: {0}")]
    Ring(#[from] RingError),
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
    /// Whether it goes back to a development SRS.
    pub unsafe_srs: bool,
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
    if format != "tribute/registration/2" && srs.is_some() {
        return Err(InspectError::NoPlan { path: path.to_path_buf() });
    }
    match format.as_str() {
        "tribute/registration/2" => {
            let registration = case::read_registration(path)?;
            let mut description = text::registration(&registration);
            if let Some(srs) = srs {
                compare_plans(&mut description, &registration, srs, observer)?;
            }
            Ok(description)
        }
        "tribute/plan/4" => text::plan(path, &bytes),
        "tribute/subject/1" => text::subject(path, &bytes),
        "tribute/binding-proof/1" => text::binding_proof(path, &bytes),
        "tribute/index-proof/1" => text::index_proof(path, &bytes),
        "tribute/proof/1" => text::proof(path, &bytes),
        "tribute/batch-proof/1" => text::batch_proof(path, &bytes),
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
fn compare_plans(
    description: &mut Description,
    registration: &Registration,
    srs: &Path,
    observer: &dyn Observer,
) -> Result<(), InspectError> {
    observer.stage("reading the SRS");
    let srs = Srs::read(srs)?;
    observer.stage("making the plan anew");
    compare_plan::<InferenceCircuit>(description, &registration.plan, "plan", &srs)?;
    observer.stage("making the plan of the binding proof anew");
    let binding = &registration.binding.plan;
    compare_plan::<BindingCircuit>(description, binding, "plan of the binding proof", &srs)?;
    if let Some(index) = &registration.index {
        observer.stage("making the plan of the index proof anew");
        compare_plan::<IndexCircuit>(description, &index.plan, "plan of the index proof", &srs)?;
    }
    Ok(())
}

fn compare_plan<C: Planned>(
    description: &mut Description,
    plan: &Plan,
    name: &str,
    srs: &Srs,
) -> Result<(), InspectError> {
    let layout = C::described(plan).map_err(RingError::from)?;
    let rebuilt = ring::rebuild_plan::<C>(&srs.clone().cut(plan.k)?, &layout)?;
    if rebuilt == *plan {
        let words = "was made anew from its description and this SRS, and is the same.";
        description.remark(format!("The {name} {words}"));
    } else if rebuilt.srs != plan.srs {
        description.problem(&format!("the {name} was made with another SRS than the one given"));
    } else {
        description.problem(&format!(
            "the {name} is not the one that its description and this SRS make: its equations are others than it claims"
        ));
    }
    Ok(())
}
