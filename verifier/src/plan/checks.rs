//! Checks that several parts of a plan share.

use super::error::PlanError;

const MAX_NAME_BYTES: usize = 200;

/// Checks a name: printable ASCII that JSON writes without an escape, the same bytes everywhere.
pub(super) fn check_name(name: &str) -> Result<(), PlanError> {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(plain) {
        return Err(PlanError::Name);
    }
    Ok(())
}

/// Checks that a number lies in `min..=max`.
pub(super) fn check_range(
    what: &'static str,
    value: u32,
    min: u32,
    max: u32,
) -> Result<(), PlanError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(PlanError::Range { what, value, min, max })
    }
}
