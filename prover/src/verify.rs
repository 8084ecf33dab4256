//! `verify`: reading what is verified. The check itself is [`tribute_verifier::verify`].

use crate::case::CaseError;
use crate::files::{TEXT_LIMIT, read_bounded};
use std::path::Path;
use tribute_verifier::batch_proof::AnswerFile;

/// Reads the proof of a query or of a batch.
///
/// # Errors
/// Fails if it cannot be read or is malformed.
pub fn read_answers(path: &Path) -> Result<AnswerFile, CaseError> {
    let bytes = read_bounded(path, TEXT_LIMIT)?;
    AnswerFile::from_json(&bytes)
        .map_err(|source| CaseError::Malformed { path: path.to_path_buf(), source })
}
