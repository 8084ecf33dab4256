//! Data: contributors, training rows and queries out of CSV files.
//!
//! | file | reads |
//! |---|---|
//! | `table` | any of the three: bounded lines, headers, cells, always with their place |
//! | `registry` | `contributor,address`: who is paid, in registry order |
//! | `training` | `contributor,label,f0,f1,..`: the rows a model was trained on |
//! | `query` | `f0,f1,..`: inputs to be attributed |
//! | `requests` | `salt,context`, or one of them: what requesters gave with their queries |
//! | `columns` | how many features a query file has |
//! | `error` | what is wrong with a file, and where |
//!
//! Features become integers here, $Q(v, 8)$ in 16 bits; no other crate sees a decimal number.

mod columns;
mod error;
mod query;
mod registry;
mod requests;
mod table;
mod training;

pub use columns::column_count;
pub use error::{DataError, Problem};
pub use query::{Query, QueryRows, read_queries, read_query};
pub use registry::{Owner, Registry, read_address, read_registry};
pub use requests::{RequestRows, Requested};
pub use training::{CELL_LIMIT, DataShape, ROW_LIMIT, TrainingSet, read_training};
