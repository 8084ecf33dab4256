//! `requests.csv`: salts and contexts of the queries that requesters committed to.

use std::path::Path;

use tribute_verifier::field::FieldElement;

use super::error::{DataError, Problem};
use super::table::{Table, shown};

/// The largest requests file.
const FILE_LIMIT: u64 = 64 << 20;
const HEADER: &str = "salt,context";

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Salt of the requester's input commitment.
    pub salt: FieldElement,
    /// The request that is answered.
    pub context: FieldElement,
}

/// Reads one request a line.
///
/// # Errors
/// Fails on a wrong header, and on the first cell that is no field element.
pub fn read_requests(path: &Path) -> Result<Vec<Requested>, DataError> {
    let mut table = Table::open(path, FILE_LIMIT, HEADER)?;
    table.expect_leading(&["salt", "context"], HEADER)?;
    let mut requests = Vec::new();
    while table.advance()? {
        let element = |column: usize| {
            let cell = table.cell(column)?;
            let fault = |_| table.here(Some(column), Problem::NoElement { cell: shown(cell) });
            cell.parse::<FieldElement>().map_err(fault)
        };
        requests.push(Requested { salt: element(0)?, context: element(1)? });
    }
    Ok(requests)
}
