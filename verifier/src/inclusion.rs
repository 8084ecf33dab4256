//! `inclusion.json`: one row, opened against the registered root, for the contributor who owns it.
//!
//! # Relation
//! The row's leaf is the hash of its salt, label, owner, number and features; the path leads from it
//! to a root, and that is the registered dataset root of as many rows.
//!
//! # What is shown, and what is said
//! Shown: that this row, with this label and this owner, stands in the registered dataset at this
//! number. Said by the owner of the model: what the row counts for. Whether an earlier row is
//! identical, and how many rows a contributor has, cannot be seen from one row; what contradicts
//! itself or the registered counts is refused. It never shows that another row is absent.
//!
//! # Soundness
//! A leaf does not hash how many features it has, and an empty slot of the packing looks like the
//! smallest feature. So the number of features is compared with the registered plan's.

use core::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dataset::{InclusionPath, PathError, Row, leaf};
use crate::field::FieldElement;
use crate::file::{self, Malformed};
use crate::header::Header;
use crate::payees::{Address, Contributor};
use crate::plan::{InferenceShape, index};
use crate::policy::{Policy, PolicyRefusal, Trusted};
use crate::registration::{Registration, RegistrationError};

const FORMAT: &str = "tribute/inclusion/1";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InclusionFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/inclusion/1")]
    V1,
}

/// One row with all that leads from it to the root. Private to its contributor: it holds the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionFile {
    /// Name and version.
    pub format: InclusionFormat,
    /// Root of the tree.
    pub dataset_root: FieldElement,
    /// Rows that the root binds.
    pub rows: u64,
    /// The row, counted from 0 in registration order.
    pub row: u32,
    /// Whose it is.
    pub owner: RowOwner,
    /// Its label.
    pub label: u16,
    /// Its features, quantized.
    pub features: Vec<i16>,
    /// The salt of its leaf.
    pub salt: FieldElement,
    /// Children of the nodes above its leaf, lowest level first.
    pub path: InclusionPath,
    /// What it counts for.
    pub counts: RowCounts,
}

/// A contributor by place, name and address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowOwner {
    /// Place in registry order, from 0; the leaf holds it.
    pub place: u16,
    /// Name in the dataset.
    pub name: String,
    /// Where shares go.
    pub address: Address,
}

/// What a row counts for, by the word of the model's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCounts {
    /// Whether it takes part.
    pub admission: RowAdmission,
    /// Rows of its contributor.
    pub owner_rows: u64,
    /// How many of these take part.
    pub owner_admitted: u64,
}

/// Whether a row takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowAdmission {
    /// No earlier row has the same features: it takes part.
    Unique,
    /// The first row with the same features; this one earns nothing.
    DuplicateOf(u32),
    /// A validation row: it stands behind the training rows and earns nothing.
    Validation,
}

/// A row that stands in the registered dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Included {
    /// The row, counted from 0.
    pub row: u32,
    /// Rows of the dataset.
    pub rows: u64,
    /// Whose it is.
    pub owner: RowOwner,
    /// Its label.
    pub label: u16,
    /// Root of the registered dataset.
    pub dataset_root: FieldElement,
    /// The model that it is registered for.
    pub model_commitment: FieldElement,
    /// The attribution index that it is registered for.
    pub index_commitment: FieldElement,
    /// What it counts for, by the word of the model's owner.
    pub counts: RowCounts,
    /// The registration, and how it was trusted.
    #[serde(flatten)]
    pub trusted: Trusted,
}

/// What a row is said to count for contradicts itself or the registered counts.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CountError {
    /// Only an earlier row comes first.
    #[error("row {row} cannot be a duplicate of row {earlier}, which is not before it")]
    NotEarlier {
        /// The row.
        row: u32,
        /// The row that is said to be the first.
        earlier: u32,
    },
    /// Training rows stand before the others.
    #[error(
        "row {row} is said to be another kind of row: {rows} training rows stand before the validation rows"
    )]
    Kind {
        /// The row.
        row: u32,
        /// Training rows.
        rows: u64,
    },
    /// The contributor's rows leave no place for this one.
    #[error(
        "a row that {} cannot be one of {owner_rows} of which {owner_admitted} do",
        if *.admitted { "takes part" } else { "does not take part" }
    )]
    Row {
        /// Whether the row takes part.
        admitted: bool,
        /// Rows of its contributor.
        owner_rows: u64,
        /// How many of these take part.
        owner_admitted: u64,
    },
    /// The contributor's rows are more than the dataset has.
    #[error(
        "{owner_admitted} of {owner_rows} rows cannot take part where {admitted} of {rows} in all do"
    )]
    Dataset {
        /// Rows of the contributor.
        owner_rows: u64,
        /// How many of these take part.
        owner_admitted: u64,
        /// Rows of the dataset.
        rows: u64,
        /// How many of these take part.
        admitted: u64,
    },
}

/// Why an opened row is refused: it could be read, and it is not shown to be registered.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InclusionRefusal {
    /// The registration is none that the verifier accepts.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// The registration does not hold together.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The file is of a dataset with another number of rows.
    #[error("the row is one of {file}, the registered dataset has {registered} rows")]
    Rows {
        /// Rows of the file.
        file: u64,
        /// Rows of the registration.
        registered: u64,
    },
    /// The file is of another dataset.
    #[error("the row is of the dataset {file}, registered is {registered}")]
    DatasetRoot {
        /// Root of the file.
        file: FieldElement,
        /// Root of the registration.
        registered: FieldElement,
    },
    /// Nobody is registered at the owner's place.
    #[error("the row belongs to contributor {place}; {payees} are registered, counted from 0")]
    OwnerPlace {
        /// Place of the owner.
        place: u16,
        /// Registered contributors.
        payees: usize,
    },
    /// Somebody else is registered at the owner's place.
    #[error("contributor {place} is registered as {registered:?}, not {file:?}")]
    OwnerName {
        /// Place of the owner.
        place: u16,
        /// Name in the file.
        file: String,
        /// Registered name.
        registered: String,
    },
    /// The owner is paid elsewhere.
    #[error("contributor {place} is registered at {registered}, not {file}")]
    OwnerAddress {
        /// Place of the owner.
        place: u16,
        /// Address in the file.
        file: Address,
        /// Registered address.
        registered: Address,
    },
    /// The label is none of the model's.
    #[error("the label is {label}; the registered plan is for {classes} classes")]
    Label {
        /// The label.
        label: u16,
        /// Classes of the plan.
        classes: usize,
    },
    /// The row has other features than the model takes.
    #[error("the row has {row} features; the registered plan is for {plan}")]
    FeatureCount {
        /// Features of the row.
        row: usize,
        /// Inputs of the plan.
        plan: usize,
    },
    /// The path does not begin with the row, or does not lead anywhere.
    #[error("the path does not lead from this row to the root: {0}")]
    Path(#[from] PathError),
    /// The path leads to another root.
    #[error("the row leads to the root {recomputed}, registered is {registered}")]
    Root {
        /// Where the path leads.
        recomputed: FieldElement,
        /// Root of the registration.
        registered: FieldElement,
    },
    /// What the row is said to count for cannot be.
    #[error("what the row is said to count for cannot be: {0}")]
    Counts(#[from] CountError),
}

impl InclusionFile {
    /// Reads `inclusion.json`. Nothing is checked but that it is one.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        file::read(FORMAT, bytes)
    }

    /// Returns the leaf of the row.
    #[must_use]
    pub fn leaf(&self) -> FieldElement {
        let Self { row: number, ref owner, label, ref features, salt, .. } = *self;
        leaf(salt, &Row { number, label, owner: owner.place, features })
    }

    /// Returns the root that the row leads to.
    ///
    /// # Errors
    /// Fails if the path does not begin with the row or contradicts itself.
    pub fn root(&self) -> Result<FieldElement, PathError> {
        self.path.root(self.leaf(), self.row, self.rows)
    }

    /// Checks that the row stands in the dataset of a registration that the policy trusts, and belongs to the registered
    /// owner. No equation of a plan is relied on, so neither SRS nor table are asked for.
    ///
    /// # Errors
    /// Fails with the first check that does not hold.
    pub fn verify(
        &self,
        registration: &Registration,
        policy: &Policy,
    ) -> Result<Included, InclusionRefusal> {
        let trusted = policy.trusts(registration)?;
        let shape = registration.check()?;
        let header = &registration.subject.header;
        let committed = header.rows.saturating_add(header.validation);
        if self.rows != committed {
            return Err(InclusionRefusal::Rows { file: self.rows, registered: committed });
        }
        let registered = header.dataset_root;
        if self.dataset_root != registered {
            return Err(InclusionRefusal::DatasetRoot { file: self.dataset_root, registered });
        }
        self.owner.check(&registration.subject.payees)?;
        self.check_shape(shape)?;
        let recomputed = self.root()?;
        if recomputed != registered {
            return Err(InclusionRefusal::Root { recomputed, registered });
        }
        self.counts.check(self.row, header)?;
        Ok(Included {
            row: self.row,
            rows: self.rows,
            owner: self.owner.clone(),
            label: self.label,
            dataset_root: registered,
            model_commitment: registration.subject.model_commitment,
            index_commitment: registration.subject.index_commitment,
            counts: self.counts,
            trusted,
        })
    }

    fn check_shape(&self, shape: &InferenceShape) -> Result<(), InclusionRefusal> {
        let classes = index(shape.classes);
        if usize::from(self.label) >= classes {
            return Err(InclusionRefusal::Label { label: self.label, classes });
        }
        let (row, plan) = (self.features.len(), index(shape.inputs));
        if row != plan {
            return Err(InclusionRefusal::FeatureCount { row, plan });
        }
        Ok(())
    }
}

impl RowOwner {
    fn check(&self, payees: &[Contributor]) -> Result<(), InclusionRefusal> {
        let Self { place, ref name, address } = *self;
        let Some(payee) = payees.get(usize::from(place)) else {
            return Err(InclusionRefusal::OwnerPlace { place, payees: payees.len() });
        };
        if *name != payee.name {
            let (file, registered) = (name.clone(), payee.name.clone());
            return Err(InclusionRefusal::OwnerName { place, file, registered });
        }
        if address != payee.address {
            let registered = payee.address;
            return Err(InclusionRefusal::OwnerAddress { place, file: address, registered });
        }
        Ok(())
    }
}

impl RowCounts {
    fn check(&self, row: u32, header: &Header) -> Result<(), CountError> {
        let Self { admission, owner_rows, owner_admitted } = *self;
        let Header { rows, admitted, .. } = *header;
        let validation = u64::from(row) >= rows;
        if validation != (admission == RowAdmission::Validation) {
            return Err(CountError::Kind { row, rows });
        }
        let possible = match admission {
            RowAdmission::Validation => owner_admitted <= owner_rows,
            RowAdmission::DuplicateOf(earlier) if earlier >= row => {
                return Err(CountError::NotEarlier { row, earlier });
            }
            RowAdmission::DuplicateOf(_) => owner_admitted < owner_rows,
            RowAdmission::Unique => (1..=owner_rows).contains(&owner_admitted),
        };
        if !possible {
            let admitted = admission == RowAdmission::Unique;
            return Err(CountError::Row { admitted, owner_rows, owner_admitted });
        }
        if owner_admitted > admitted || owner_rows - owner_admitted > rows - admitted {
            return Err(CountError::Dataset { owner_rows, owner_admitted, rows, admitted });
        }
        Ok(())
    }
}

impl fmt::Display for Included {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, rows, owner: RowOwner { place, name, address }, label, .. } = self;
        write!(f, "row {row} of {rows} with label {label} stands in the registered dataset ")?;
        write!(f, "{} for contributor {place}, {name:?} at {address}; ", self.dataset_root)?;
        write!(f, "by the word of the model's owner {}", self.counts)?;
        write!(f, "; registration {}", self.trusted)
    }
}

impl fmt::Display for RowCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.admission {
            RowAdmission::Unique => f.write_str("it takes part")?,
            RowAdmission::Validation => f.write_str("it is a validation row and takes no part")?,
            RowAdmission::DuplicateOf(first) => {
                write!(f, "it is a duplicate of row {first} and does not take part")?;
            }
        }
        let Self { admission: _, owner_rows, owner_admitted } = self;
        write!(f, ", and {owner_admitted} of {owner_rows} rows of this contributor do")
    }
}

impl InclusionRefusal {
    /// Returns a stable name of the check that does not hold, for programs.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Policy(refusal) => refusal.check(),
            Self::Registration(error) => error.check(),
            Self::Rows { .. } => "rows",
            Self::DatasetRoot { .. } => "dataset-root",
            Self::OwnerPlace { .. } => "owner-place",
            Self::OwnerName { .. } => "owner-name",
            Self::OwnerAddress { .. } => "owner-address",
            Self::Label { .. } => "label",
            Self::FeatureCount { .. } => "feature-count",
            Self::Path(error) => path_check(error),
            Self::Root { .. } => "root",
            Self::Counts(_) => "counts",
        }
    }
}

const fn path_check(error: &PathError) -> &'static str {
    match error {
        PathError::NoSuchRow { .. } | PathError::TooManyRows(_) => "row",
        PathError::Leaf { .. } => "leaf",
        PathError::Node { .. } => "node",
        PathError::Occupied { .. } => "padding",
    }
}
