//! How our JSON files are read: bounded, named, versioned, strict.
//!
//! A reader looks at the `format` field first, so that a file of another kind or a later version is
//! told apart from a broken one, and then reads every field it knows and no other.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::plan::PlanError;

/// Most bytes of a file that a reader looks at.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// Why bytes are no file of ours: nothing can be said about what they claim.
#[derive(Debug, Error)]
pub enum Malformed {
    /// The file is too large.
    #[error("more than {MAX_FILE_BYTES} bytes")]
    TooLarge,
    /// The bytes are no JSON object with a format.
    #[error("no JSON object of ours: {0}")]
    Json(#[source] serde_json::Error),
    /// There is no `format` field.
    #[error("no field `format`; expected \"{expected}\"")]
    NoFormat {
        /// Name and version that was looked for.
        expected: &'static str,
    },
    /// The format is another one, or another version.
    #[error("the format is {found:?}, not \"{expected}\"{}", older(expected, found))]
    Format {
        /// Name and version that was looked for.
        expected: &'static str,
        /// What the file says.
        found: String,
    },
    /// A field is missing, unknown, there twice, or holds what it cannot hold.
    #[error("no valid {expected}: {source}")]
    Content {
        /// Name and version of the format.
        expected: &'static str,
        /// The field and its place.
        source: serde_json::Error,
    },
    /// The plan inside is none that a verifier could use.
    #[error("no usable plan: {0}")]
    Plan(#[from] PlanError),
}

/// Says what to do about a file of another version of the same format.
fn older(expected: &str, found: &str) -> &'static str {
    let name = |format: &str| format.rsplit_once('/').map(|(name, _)| name.to_owned());
    match name(found) {
        Some(name_found) if Some(&name_found) == name(expected).as_ref() => {
            ": make it anew with `tribute commit`, `setup`, `index` or `prove`"
        }
        _ => "",
    }
}

/// What tells one file from another.
#[derive(Deserialize)]
struct Probe {
    format: Option<String>,
}

/// Whether bytes call themselves a file of a format. Those that cannot be read do not.
pub(crate) fn is_of(format: &str, bytes: &[u8]) -> bool {
    bytes.len() <= MAX_FILE_BYTES
        && serde_json::from_slice::<Probe>(bytes)
            .is_ok_and(|probe| probe.format.as_deref() == Some(format))
}

/// Reads a file of a format.
///
/// # Errors
/// Fails on anything but one strict JSON object of this format.
pub(crate) fn read<T: DeserializeOwned>(
    expected: &'static str,
    bytes: &[u8],
) -> Result<T, Malformed> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Malformed::TooLarge);
    }
    let probe: Probe = serde_json::from_slice(bytes).map_err(Malformed::Json)?;
    match probe.format {
        None => return Err(Malformed::NoFormat { expected }),
        Some(found) if found == expected => {}
        Some(found) => {
            let found = found.chars().take(64).collect();
            return Err(Malformed::Format { expected, found });
        }
    }
    serde_json::from_slice(bytes).map_err(|source| Malformed::Content { expected, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only whether it can be read matters")]
    struct Small {
        format: String,
        value: u8,
    }

    fn read_small(text: &str) -> Result<Small, Malformed> {
        read("tribute/small/1", text.as_bytes())
    }

    #[test]
    fn accepts_the_format() {
        assert_eq!(read_small(r#"{"format":"tribute/small/1","value":3}"#).unwrap().value, 3);
    }

    #[test]
    fn tells_other_formats_from_broken_files() {
        assert!(matches!(read_small("[]"), Err(Malformed::Json(_))));
        assert!(matches!(read_small(""), Err(Malformed::Json(_))));
        assert!(matches!(read_small("{\"format\":"), Err(Malformed::Json(_))));
        assert!(matches!(read_small("{}"), Err(Malformed::NoFormat { .. })));
        assert!(matches!(
            read_small(r#"{"format":"tribute/small/2","unknown":0}"#),
            Err(Malformed::Format { found, .. }) if found == "tribute/small/2"
        ));
        assert!(matches!(read_small(r#"{"format":1}"#), Err(Malformed::Json(_))));
    }

    #[test]
    fn rejects_what_is_not_exactly_the_format() {
        for text in [
            r#"{"format":"tribute/small/1"}"#,
            r#"{"format":"tribute/small/1","value":256}"#,
            r#"{"format":"tribute/small/1","value":"3"}"#,
            r#"{"format":"tribute/small/1","value":3.0}"#,
            r#"{"format":"tribute/small/1","value":3,"more":1}"#,
            r#"{"format":"tribute/small/1","value":3,"value":3}"#,
        ] {
            assert!(matches!(read_small(text), Err(Malformed::Content { .. })), "{text}");
        }
        let trailing = r#"{"format":"tribute/small/1","value":3} 1"#;
        assert!(matches!(read_small(trailing), Err(Malformed::Json(_))));
    }

    #[test]
    fn rejects_more_bytes_than_the_limit() {
        let bytes = vec![b' '; MAX_FILE_BYTES + 1];
        assert!(matches!(read::<Small>("tribute/small/1", &bytes), Err(Malformed::TooLarge)));
    }
}
