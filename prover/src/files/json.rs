//! Text files: JSON objects whose `format` field is looked at before anything else.

use super::{Existing, FileError, Privacy, TEXT_LIMIT, read_bounded, write_file};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A longer name than this is no format of anybody's, and is cut in messages.
const NAME_LIMIT: usize = 40;

/// The one field that every text file of ours has.
#[derive(Deserialize)]
struct Head {
    format: String,
}

/// Returns the `format` field of a text file's bytes.
///
/// # Errors
/// Fails if the bytes are no JSON object with such a field.
pub fn format_of(path: &Path, bytes: &[u8]) -> Result<String, FileError> {
    let head: Head = serde_json::from_slice(bytes)
        .map_err(|source| FileError::Json { path: path.to_path_buf(), source })?;
    Ok(head.format)
}

/// Reads a text file of the given format. Its type must refuse unknown fields.
///
/// # Errors
/// Fails on another format, and on whatever the type refuses.
pub fn read<T: DeserializeOwned>(path: &Path, format: &'static str) -> Result<T, FileError> {
    let bytes = read_bounded(path, TEXT_LIMIT)?;
    let actual = format_of(path, &bytes)?;
    if actual != format {
        let actual = actual.chars().take(NAME_LIMIT).collect();
        return Err(FileError::Format { path: path.to_path_buf(), expected: format, actual });
    }
    serde_json::from_slice(&bytes)
        .map_err(|source| FileError::Json { path: path.to_path_buf(), source })
}

/// Writes a text file, indented, with a line feed at its end.
///
/// # Errors
/// Fails as [`write_file`] does.
pub fn write<T: Serialize>(
    path: &Path,
    value: &T,
    privacy: Privacy,
    existing: Existing,
) -> Result<(), FileError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|source| FileError::Json { path: path.to_path_buf(), source })?;
    bytes.push(b'\n');
    write_file(path, &bytes, privacy, existing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Note {
        format: String,
        value: u8,
    }

    #[test]
    fn reads_back_what_it_wrote_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("note.json");
        let note = Note { format: "tribute/note/1".into(), value: 7 };
        write(&path, &note, Privacy::Public, Existing::Refuse).unwrap();
        assert_eq!(read::<Note>(&path, "tribute/note/1").unwrap(), note);
        let other = read::<Note>(&path, "tribute/note/2");
        assert!(matches!(other, Err(FileError::Format { .. })));
        for text in ["", "{", "[]", "7", r#"{"value":7}"#, r#"{"format":3,"value":7}"#] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(read::<Note>(&path, "tribute/note/1"), Err(FileError::Json { .. })));
        }
        std::fs::write(&path, r#"{"format":"tribute/note/1","value":7,"more":1}"#).unwrap();
        assert!(matches!(read::<Note>(&path, "tribute/note/1"), Err(FileError::Json { .. })));
    }
}
