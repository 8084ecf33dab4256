//! The plain-integer semantics of everything tribute proves (profile P20).
//!
//! No floats and no field elements: these functions define the behavior, ties, rounding and
//! overflow included. Witnesses are made from their traces and tests compare circuits with them.
//!
//! | file | defines |
//! |---|---|
//! | [`fixed_point`] | scales, widths, the two ways to round |
//! | [`exponential`] | $2^{24} e^{-d/2^{10}}$ from two tables of 128 rows |
//! | [`model`], [`mod@forward`] | the network and its forward pass |
//! | [`softmax`] | returned class, probabilities, residuals, saturation |
//! | [`table`], [`scores`] | the attribution table and $A_c = \tilde h^T G_c r$ |
//! | [`weights`] | clip at zero, cumulative floor, parts per million |
//! | [`mod@query`] | all of the above for one query |
//! | [`norms`] | the norms that an index publishes, rounded |
//! | [`rows`], [`admission`] | training rows: residuals, gradient table, the uniqueness rule |
//!
//! Every declared width is enforced: a value that does not fit is a [`RangeError`] (or, for what a
//! model or table holds, a [`ShapeError`]) that names its place. Nothing saturates silently.

pub mod admission;
pub mod exp_tables;
pub mod exponential;
pub mod fixed_point;
pub mod forward;
pub mod model;
pub mod norms;
pub mod query;
pub mod range_error;
pub mod rows;
pub mod scores;
pub mod softmax;
pub mod table;
pub mod weights;

pub use admission::{admit_first, admit_training};
pub use forward::{Forward, HiddenTrace, forward};
pub use model::{HiddenLayer, Model, ShapeError};
pub use query::{QueryTrace, query};
pub use range_error::RangeError;
pub use rows::{RowTrace, gradient_table, row_trace};
pub use table::Table;
pub use tribute_verifier::method::{MethodId, ResidualKind};
