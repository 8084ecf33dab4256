//! Writing the store of registrations that are trusted here ([`tribute_verifier::pins`]).
//!
//! Who writes holds the lock of a file beside the store, reads what is there, and puts the longer store in its place at
//! once: two commands at a time lose no pin, and a reader sees the old store or the new one.

use crate::files::{Existing, FileError, Privacy, write_file};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tribute_verifier::digest::Digest;
use tribute_verifier::pins::{MAX_STORE_BYTES, Pin, Pins, PinsError};
use tribute_verifier::registration::Registration;

/// Stands at the top of every store that is written.
const HEADING: &str = "\
# Registrations that were checked or made on this machine: digest, model commitment, date, how.
# Written by `tribute check`, `setup` and `index`; `tribute pins` lists and removes.
";

/// Why nothing was pinned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinError {
    /// The user has no place for a store.
    #[error("there is no place for pins: set TRIBUTE_HOME or HOME")]
    NoPlace,
    /// The store that is there cannot be used.
    #[error(transparent)]
    Store(#[from] PinsError),
    /// The store cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registration has no digest.
    #[error("the registration has no digest: {0}")]
    Digest(#[from] serde_json::Error),
    /// The store is full.
    #[error("{} is full ({MAX_STORE_BYTES} bytes); remove pins with `tribute pins remove`", path.display())]
    Full {
        /// The store.
        path: PathBuf,
    },
}

/// Returns where the pins of this user are.
///
/// # Errors
/// Fails for a user without a home.
pub fn place() -> Result<PathBuf, PinError> {
    Pins::place().ok_or(PinError::NoPlace)
}

/// Pins a registration that was checked or made here; one that is pinned stays as it is.
///
/// # Errors
/// Fails if the store cannot be read or written; it is then as it was.
pub fn pin(store: &Path, registration: &Registration, how: &str) -> Result<Digest, PinError> {
    let digest = registration.digest()?;
    rewrite(store, |pins| {
        if pins.iter().all(|pin| pin.registration_digest != digest) {
            pins.push(Pin {
                registration_digest: digest,
                model_commitment: registration.subject.model_commitment,
                date: today(),
                how: how.to_owned(),
            });
        }
    })?;
    Ok(digest)
}

/// Removes the pins of a registration, and returns whether there was one.
///
/// # Errors
/// Fails if the store cannot be read or written; it is then as it was.
pub fn unpin(store: &Path, digest: Digest) -> Result<bool, PinError> {
    let mut found = false;
    rewrite(store, |pins| {
        let before = pins.len();
        pins.retain(|pin| pin.registration_digest != digest);
        found = pins.len() < before;
    })?;
    Ok(found)
}

/// Changes the store under its lock; what is unchanged is not written.
fn rewrite(store: &Path, change: impl FnOnce(&mut Vec<Pin>)) -> Result<(), PinError> {
    let folder = store.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
    let _lock = lock(&store.with_extension("lock"))?;
    let before = Pins::read(store)?;
    let mut pins = before.all().to_vec();
    change(&mut pins);
    if pins == before.all() {
        return Ok(());
    }
    let text = pins.iter().fold(HEADING.to_owned(), |mut text, pin| {
        let _ = writeln!(text, "{pin}");
        text
    });
    if text.len() > MAX_STORE_BYTES {
        return Err(PinError::Full { path: store.to_path_buf() });
    }
    Ok(write_file(store, text.as_bytes(), Privacy::Public, Existing::Replace)?)
}

/// Waits for the lock, which goes with the file that is returned.
fn lock(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).open(path);
    let file = file.map_err(FileError::io("lock", path))?;
    file.lock().map_err(FileError::io("lock", path))?;
    Ok(file)
}

/// The day, in UTC, as `2026-11-30`.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    date(seconds / 86_400)
}

/// The date that is so many days behind 1970-01-01.
fn date(mut days: u64) -> String {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::field::FieldElement;

    fn entry(number: u128) -> Pin {
        Pin {
            registration_digest: Digest::of(&[&number.to_be_bytes()]),
            model_commitment: FieldElement::from_u128(number),
            date: "2026-11-30".into(),
            how: "check".into(),
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_787, "2026-11-30"),
            (20_819, "2027-01-01"),
        ] {
            assert_eq!(date(days), text);
        }
    }

    #[test]
    fn writers_at_once_lose_no_pin() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("deep/known_registrations");
        std::thread::scope(|scope| {
            for number in 0..16 {
                let store = &store;
                scope.spawn(move || rewrite(store, |pins| pins.push(entry(number))).unwrap());
            }
        });
        let pins = Pins::read(&store).unwrap();
        assert_eq!(pins.all().len(), 16);
        assert!((0..16).all(|number| pins.holds(entry(number).registration_digest)));
        assert!(unpin(&store, entry(3).registration_digest).unwrap());
        assert!(!unpin(&store, entry(3).registration_digest).unwrap());
        assert_eq!(Pins::read(&store).unwrap().all().len(), 15);
    }

    #[test]
    fn a_malformed_store_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("known_registrations");
        fs::write(&store, "half a line").unwrap();
        let error = rewrite(&store, |pins| pins.push(entry(1))).unwrap_err();
        assert!(matches!(error, PinError::Store(PinsError::Line { line: 1, .. })), "{error}");
        assert_eq!(fs::read_to_string(&store).unwrap(), "half a line");
    }
}
