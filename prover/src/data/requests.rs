//! `requests.csv`: salts and contexts of the queries that requesters committed to.

use std::path::Path;

use tribute_verifier::field::FieldElement;

use super::error::{DataError, Problem};
use super::table::{Table, shown};

/// The largest requests file.
const FILE_LIMIT: u64 = 64 << 20;
const HEADER: &str = "salt,context, or one of them";
const SALT: &str = "salt";
const CONTEXT: &str = "context";

/// One request, as far as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// Salt of the requester's input commitment.
    pub salt: Option<FieldElement>,
    /// The request that is answered.
    pub context: Option<FieldElement>,
}

/// An open requests file.
#[derive(Debug)]
pub struct RequestRows {
    table: Table,
}

impl RequestRows {
    /// Opens a file.
    ///
    /// # Errors
    /// Fails on a header that is not of salts and contexts, or of one of them.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let table = Table::open(path, FILE_LIMIT, HEADER)?;
        let header: Vec<&str> = table.header.iter().map(String::as_str).collect();
        if !matches!(header[..], [SALT, CONTEXT] | [CONTEXT, SALT] | [SALT] | [CONTEXT]) {
            let actual = shown(&header.join(","));
            return Err(table.fault(Some(1), None, Problem::Header { actual, expected: HEADER }));
        }
        Ok(Self { table })
    }

    /// The next request; nothing behind the last.
    ///
    /// # Errors
    /// Fails on a cell that is no field element.
    pub fn advance(&mut self) -> Result<Option<Requested>, DataError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        Ok(Some(Requested { salt: self.element(SALT)?, context: self.element(CONTEXT)? }))
    }

    fn element(&self, name: &str) -> Result<Option<FieldElement>, DataError> {
        let Some(column) = self.table.header.iter().position(|cell| cell == name) else {
            return Ok(None);
        };
        let cell = self.table.cell(column)?;
        let fault = |_| self.table.here(Some(column), Problem::NoElement { cell: shown(cell) });
        cell.parse().map(Some).map_err(fault)
    }
}
