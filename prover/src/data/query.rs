//! `q.csv`: inputs to be attributed, one of which is chosen, or all of them.

use std::num::NonZeroUsize;
use std::path::Path;

use super::error::{DataError, Problem};
use super::table::Table;
use super::training::{check_columns, features};

/// The largest query file.
pub(super) const FILE_LIMIT: u64 = 64 << 20;
pub(super) const HEADER: &str = "f0,f1,..";

/// One query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Row in the file, counted from 0.
    pub row: u64,
    /// Features as integers.
    pub features: Vec<i16>,
    /// Features as they stood in the file.
    pub values: Vec<f32>,
}

/// Reads the query in row `row` (counted from 0); the row may be left out where there is only one.
///
/// # Errors
/// Fails if the row does not exist or must be named, or on the first cell of it that is not what it must be.
pub fn read_query(path: &Path, inputs: usize, row: Option<u64>) -> Result<Query, DataError> {
    let mut table = open(path, inputs)?;
    let wanted = row.unwrap_or(0);
    let mut rows = 0;
    let mut found = None;
    while table.advance()? {
        if rows == wanted {
            let (features, values) = features(&table, 0)?;
            found = Some(Query { row: wanted, features, values });
        }
        rows += 1;
    }
    let fault = |problem| table.fault(None, None, problem);
    match (found, row) {
        (None, _) if rows == 0 => Err(fault(Problem::NoRows)),
        (None, _) => Err(fault(Problem::NoSuchRow { row: wanted, rows })),
        (Some(_), None) if rows > 1 => Err(fault(Problem::RowNeeded { rows })),
        (Some(query), _) => Ok(query),
    }
}

/// Reads the first `most` queries of a file, or all of them.
///
/// # Errors
/// Fails if there are none, or on the first cell that is not what it must be.
pub fn read_queries(
    path: &Path,
    inputs: usize,
    most: Option<NonZeroUsize>,
) -> Result<Vec<Query>, DataError> {
    let mut rows = QueryRows::open(path, inputs)?;
    let mut queries = Vec::new();
    while most.is_none_or(|most| queries.len() < most.get())
        && let Some(query) = rows.advance()?
    {
        queries.push(query);
    }
    if queries.is_empty() {
        Err(rows.table.fault(None, None, Problem::NoRows))
    } else {
        Ok(queries)
    }
}

/// An open query file.
#[derive(Debug)]
pub struct QueryRows {
    table: Table,
    next: u64,
}

impl QueryRows {
    /// Opens a file.
    ///
    /// # Errors
    /// Fails on a header that is not of as many features as the model has inputs.
    pub fn open(path: &Path, inputs: usize) -> Result<Self, DataError> {
        Ok(Self { table: open(path, inputs)?, next: 0 })
    }

    /// The next query; nothing behind the last.
    ///
    /// # Errors
    /// Fails on the first cell that is not what it must be.
    pub fn advance(&mut self) -> Result<Option<Query>, DataError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let (features, values) = features(&self.table, 0)?;
        let row = self.next;
        self.next += 1;
        Ok(Some(Query { row, features, values }))
    }
}

/// Opens a query file behind its header.
fn open(path: &Path, inputs: usize) -> Result<Table, DataError> {
    let table = Table::open(path, FILE_LIMIT, HEADER)?;
    if table.expect_leading(&["contributor", "label"], HEADER).is_ok() {
        return Err(table.fault(Some(1), None, Problem::TrainingAsQuery));
    }
    check_columns(&table, 0, inputs)?;
    Ok(table)
}
