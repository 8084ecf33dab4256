//! How many features a query file has, for those who know no model.

use super::error::DataError;
use super::table::Table;
use std::path::Path;

/// Returns the number of feature columns of a query file.
///
/// # Errors
/// Fails if the file cannot be read or has no header.
pub fn column_count(path: &Path) -> Result<usize, DataError> {
    Ok(Table::open(path, super::query::FILE_LIMIT, super::query::HEADER)?.header.len())
}
