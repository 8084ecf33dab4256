//! What is wrong with a CSV file: the file, the line, the column, and what to do.

use std::fmt;
use std::path::PathBuf;

use crate::files::FileError;

/// Why no data came out of a CSV file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file itself cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something in the file is wrong.
    #[error("{}{place}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
        /// What is wrong there.
        problem: Problem,
    },
}

/// A place in a CSV file. Lines count from 1, the header included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line, where one is to blame.
    pub line: Option<u64>,
    /// Header of the column, where one is to blame.
    pub column: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        Ok(())
    }
}

/// What is wrong. One variant per check.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing in the file.
    #[error("the file is empty; its first line must be {expected}")]
    Empty {
        /// The header expected.
        expected: &'static str,
    },
    /// A header and nothing else.
    #[error("there are no rows behind the header")]
    NoRows,
    /// The first line is not the header of this kind of file.
    #[error("the header starts with {actual:?}; this file must start with the line {expected}")]
    Header {
        /// What the first line starts with.
        actual: String,
        /// What it must look like.
        expected: &'static str,
    },
    /// The first line consists of numbers.
    #[error("the first line holds numbers; a header is missing: {expected}")]
    NoHeader {
        /// What the first line must look like.
        expected: &'static str,
    },
    /// The header has another number of features than the model has inputs.
    #[error("there are {actual} feature columns, the model takes {expected} inputs")]
    Columns {
        /// Inputs of the model.
        expected: usize,
        /// Feature columns.
        actual: usize,
    },
    /// A row has more or fewer cells than the header.
    #[error("this row has {actual} cells, the header has {expected}")]
    Cells {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        actual: usize,
    },
    /// A line does not end.
    #[error("a line is longer than {limit} bytes; is a quote left open?")]
    LineTooLong {
        /// Bytes a line may have.
        limit: u64,
    },
    /// Reading stopped.
    #[error("cannot be read: {reason}")]
    Unreadable {
        /// The operating system's reason.
        reason: String,
    },
    /// A cell is no text.
    #[error("this cell is not UTF-8 text")]
    Encoding,
    /// A cell is no field element.
    #[error("{cell:?} is no field element: 0x and 64 hex digits, below the order of the field")]
    NoElement {
        /// The cell.
        cell: String,
    },
    /// A cell is empty.
    #[error("this cell is empty")]
    EmptyCell,
    /// A cell is not a number.
    #[error("{cell:?} is not a decimal number")]
    NotANumber {
        /// The cell, cut to a readable length.
        cell: String,
    },
    /// NaN or an infinity.
    #[error("{cell:?} is not a finite number; remove or impute such rows before training")]
    NotFinite {
        /// The cell.
        cell: String,
    },
    /// A feature outside the input's range.
    #[error(
        "{value} does not fit an input (they must stay within 128); scale the features before training, for example pixels by 1/255"
    )]
    FeatureRange {
        /// The value.
        value: f64,
    },
    /// A label is not a whole number.
    #[error("the label {cell:?} is not a whole number; labels are class numbers from 0")]
    LabelFormat {
        /// The cell.
        cell: String,
    },
    /// A label is not a class of the model.
    #[error("the label {label} is not a class of the model, whose {classes} classes are 0 to {last}", last = classes - 1)]
    LabelRange {
        /// The label.
        label: u64,
        /// Classes of the model.
        classes: usize,
    },
    /// A row belongs to nobody who is listed.
    #[error(
        "contributor {name:?} is not listed in the contributors file; add a line with their address"
    )]
    UnknownContributor {
        /// The name.
        name: String,
    },
    /// A name is used twice.
    #[error("contributor {name:?} is listed twice (first in line {first})")]
    DuplicateName {
        /// The name.
        name: String,
        /// Line of the first.
        first: u64,
    },
    /// An address is used twice.
    #[error("the address {address} is listed twice (first in line {first})")]
    DuplicateAddress {
        /// The address.
        address: String,
        /// Line of the first.
        first: u64,
    },
    /// The address that nobody owns.
    #[error("contributor {name:?} has the zero address; shares sent there are lost")]
    ZeroAddress {
        /// The contributor.
        name: String,
    },
    /// A cell is not an address.
    #[error("{cell:?} is not an address: 0x and 40 hex digits")]
    AddressFormat {
        /// The cell.
        cell: String,
    },
    /// A name that cannot be shown or is too long.
    #[error("the contributor name {name:?} is longer than {limit} bytes or has control characters")]
    NameFormat {
        /// The name, cut.
        name: String,
        /// Bytes a name may have.
        limit: usize,
    },
    /// Too many contributors.
    #[error("there are more than {limit} contributors")]
    TooManyContributors {
        /// Limit.
        limit: usize,
    },
    /// Too many rows.
    #[error("there are more than {limit} rows")]
    TooManyRows {
        /// Limit.
        limit: usize,
    },
    /// Too many features in all rows together.
    #[error("rows times features is more than {limit}")]
    TooManyCells {
        /// Limit.
        limit: usize,
    },
    /// Several queries and none chosen.
    #[error("there are {rows} queries; choose one with --row 0 to --row {last}", last = rows - 1)]
    RowNeeded {
        /// Queries in the file.
        rows: u64,
    },
    /// The chosen query does not exist.
    #[error("--row {row} does not exist: there are {rows} queries, counted from 0")]
    NoSuchRow {
        /// Row asked for.
        row: u64,
        /// Queries in the file.
        rows: u64,
    },
    /// A training file stands in the place of a query file.
    #[error(
        "this looks like a training file (it has the columns contributor and label); queries have features only"
    )]
    TrainingAsQuery,
}
