//! The rows of a case, compared with what its subject commits to.

use super::{Case, CaseError, PrivateCase, PrivateRows};
use crate::table::Rows;
use rayon::prelude::*;
use tribute_circuits::reference::admit_training;
use tribute_verifier::dataset::{Row, dataset_root, leaf, row_salt};
use tribute_verifier::field::FieldElement;

/// Rows whose leaves hash to the dataset root.
#[derive(Clone, Debug)]
pub struct CommittedRows {
    /// Features, labels, owners, admission.
    pub rows: Rows,
    /// A leaf for each row.
    pub leaves: Vec<FieldElement>,
}

impl Case {
    /// Returns the rows after comparing them with the dataset root, and their admission with the rule.
    ///
    /// # Errors
    /// Fails if they are not equally many, not the committed ones, or admitted by another rule.
    pub fn committed_rows(&self) -> Result<CommittedRows, CaseError> {
        let leaves = self.private.leaves()?;
        if dataset_root(&leaves)? != self.subject.header.dataset_root {
            return Err(CaseError::ForeignRows);
        }
        let PrivateRows { features, labels, owners, admitted } = self.private.rows.clone();
        let validation = narrow_count(self.subject.header.validation, features.len());
        if admit_training(&features, features.len() - validation) != admitted {
            return Err(CaseError::ForeignAdmission);
        }
        let contributors = self.subject.payees.len();
        let rows = Rows { features, labels, owners, admitted, contributors, validation };
        Ok(CommittedRows { rows, leaves })
    }
}

impl PrivateCase {
    /// Returns the leaf of every row.
    ///
    /// # Errors
    /// Fails if a row lacks a part, or a number does not fit its field.
    pub(super) fn leaves(&self) -> Result<Vec<FieldElement>, CaseError> {
        let PrivateRows { features, labels, owners, admitted } = &self.rows;
        let counts = [labels.len(), owners.len(), admitted.len()];
        if counts.iter().any(|&count| count != features.len()) {
            let [labels, owners, admitted] = counts;
            return Err(CaseError::RowCounts { rows: features.len(), labels, owners, admitted });
        }
        let leaf_of = |number: usize| {
            let row = Row {
                number: narrow("a row number", number)?,
                label: narrow("a class", labels[number])?,
                owner: narrow("a contributor number", owners[number])?,
                features: &features[number],
            };
            Ok(leaf(row_salt(&self.dataset_salt.0, row.number), &row))
        };
        (0..labels.len()).into_par_iter().map(leaf_of).collect()
    }
}

/// As many of the rows as a header says, or all.
fn narrow_count(count: u64, rows: usize) -> usize {
    usize::try_from(count).map_or(rows, |count| count.min(rows))
}

/// Puts a number into a narrower field.
pub(crate) fn narrow<T: TryFrom<usize>>(what: &'static str, value: usize) -> Result<T, CaseError> {
    T::try_from(value).map_err(|_| CaseError::Number { what })
}
