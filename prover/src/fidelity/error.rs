//! Why fidelity is not measured.

use crate::case::CaseError;
use crate::model::RefitError;
use plotters::drawing::DrawingAreaErrorKind;
use std::io;
use tribute_circuits::reference::RangeError;

/// One variant per check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FidelityError {
    /// The case cannot be used.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// There is nobody to compare with.
    #[error("{found} contributors have admitted rows; ranks are compared from 2 on")]
    Contributors {
        /// Contributors with admitted rows.
        found: usize,
    },
    /// The head has no optimum on all rows.
    #[error("the head cannot be refitted: {0}")]
    Refit(#[source] RefitError),
    /// The head has no optimum without one contributor.
    #[error("the head cannot be refitted without contributor {contributor}: {source}")]
    RefitWithout {
        /// Who is left out, in registry order from 0.
        contributor: usize,
        /// Why.
        source: RefitError,
    },
    /// A query does not run through the model.
    #[error("query {row} does not fit the model's integers: {source}")]
    Query {
        /// Data row of the file, from 0.
        row: u64,
        /// What does not fit.
        source: RangeError,
    },
    /// The plot cannot be drawn.
    #[error("the plot cannot be drawn: {0}")]
    Plot(#[from] DrawingAreaErrorKind<io::Error>),
}
