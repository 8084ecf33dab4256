//! Why an attribution table is not built.

use thiserror::Error;
use tribute_circuits::reference::{RangeError, ShapeError};
use tribute_verifier::certificate::BoundError;

use super::newton::SYSTEM_MAX;

/// One variant per check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Features, labels, owners and admission bits are not equally many.
    #[error("{rows} rows, but {labels} labels, {owners} owners and {admitted} admission bits")]
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
    /// The regularization is zero.
    #[error("lam is 0; it must be at least 1/256")]
    Lambda,
    /// A row does not run through the model.
    #[error("training row {row}: {source}")]
    Row {
        /// Row, counted from 0.
        row: usize,
        /// What does not fit.
        source: RangeError,
    },
    /// A row belongs to nobody in the registry.
    #[error("training row {row} belongs to contributor {owner}, there are {contributors}")]
    Owner {
        /// Row, counted from 0.
        row: usize,
        /// The owner.
        owner: usize,
        /// Number of contributors.
        contributors: usize,
    },
    /// The sum of gradients leaves a table entry's width.
    #[error("gradient table: {0}")]
    Gradient(#[source] RangeError),
    /// The Newton system is larger than this tool solves exactly.
    #[error(
        "features times classes is {features} x {classes} = {size}, a Newton table is built up to {SYSTEM_MAX}; choose the method tracin or representer, or a narrower last layer"
    )]
    TooLarge {
        /// Features K.
        features: usize,
        /// Classes C.
        classes: usize,
        /// K times C.
        size: usize,
    },
    /// The Cholesky factorization in floats broke down.
    #[error(
        "contributor {contributor}: the Newton system is too badly conditioned to factor; a larger lam helps"
    )]
    NotPositive {
        /// Contributor, in registry order from 0.
        contributor: usize,
    },
    /// Refinement ended and the residual is still above $2^{eta}$.
    #[error(
        "contributor {contributor}: the Newton solution misses the certificate's bound 2^{eta}; a larger lam helps"
    )]
    Residual {
        /// Contributor, in registry order from 0.
        contributor: usize,
        /// The bound's exponent.
        eta: u32,
    },
    /// An entry of a Newton solution leaves 56 bits.
    #[error(
        "contributor {contributor}: table entry {entry} does not fit 56 bits; a larger lam helps"
    )]
    Entry {
        /// Contributor, in registry order from 0.
        contributor: usize,
        /// The integer that does not fit.
        entry: i128,
    },
    /// The figures have no bound.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// The table cannot be committed.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}
