//! `inclusion`: one row, opened so that its contributor can find it under the registered root.

use crate::case::{Case, CaseError, CommittedRows, narrow};
use crate::files::{TEXT_LIMIT, read_bounded};
use crate::table::Rows;
use std::path::Path;
use tribute_verifier::dataset::{InclusionPath, row_salt};
use tribute_verifier::inclusion::{
    InclusionFile, InclusionFormat, RowAdmission, RowCounts, RowOwner,
};

/// Opens a row of a case.
///
/// # Errors
/// Fails if there is no such row, or if the rows are not those that the case commits to.
pub fn open_row(case: &Case, row: u64) -> Result<InclusionFile, CaseError> {
    let CommittedRows { rows, leaves } = case.committed_rows()?;
    let Rows { features, labels, owners, .. } = &rows;
    let place = usize::try_from(row).ok().filter(|&place| place < leaves.len());
    let place = place.ok_or(CaseError::NoSuchRow { row, rows: leaves.len() })?;
    let number: u32 = narrow("a row number", place)?;
    let owner = owners[place];
    let payee = case.subject.payees.get(owner).ok_or(CaseError::Owner {
        row: place,
        owner,
        contributors: case.subject.payees.len(),
    })?;
    Ok(InclusionFile {
        format: InclusionFormat::V1,
        dataset_root: case.subject.header.dataset_root,
        rows: narrow("a number of rows", leaves.len())?,
        row: number,
        owner: RowOwner {
            place: narrow("a contributor number", owner)?,
            name: payee.name.clone(),
            address: payee.address,
        },
        label: narrow("a class", labels[place])?,
        features: features[place].clone(),
        salt: row_salt(&case.private.dataset_salt.0, number),
        path: InclusionPath::new(&leaves, number)?,
        counts: counts(&rows, place)?,
    })
}

fn counts(rows: &Rows, row: usize) -> Result<RowCounts, CaseError> {
    let Rows { features, owners, admitted, .. } = rows;
    let training = admitted.len().saturating_sub(rows.validation);
    let same = features.iter().position(|other| other == &features[row]);
    let first = same.filter(|&first| first < row);
    let admission = match first {
        _ if row >= training => RowAdmission::Validation,
        Some(first) => RowAdmission::DuplicateOf(narrow("a row number", first)?),
        None => RowAdmission::Unique,
    };
    let owned =
        owners.iter().zip(&admitted[..training]).filter(|(owner, _)| **owner == owners[row]);
    let (owner_rows, owner_admitted) = owned.fold((0, 0), |(rows, admitted), (_, &takes_part)| {
        (rows + 1, admitted + u64::from(takes_part))
    });
    Ok(RowCounts { admission, owner_rows, owner_admitted })
}

/// Reads an opened row.
///
/// # Errors
/// Fails if it cannot be read or is malformed.
pub fn read_inclusion(path: &Path) -> Result<InclusionFile, CaseError> {
    let bytes = read_bounded(path, TEXT_LIMIT)?;
    InclusionFile::from_json(&bytes)
        .map_err(|source| CaseError::Malformed { path: path.to_path_buf(), source })
}
