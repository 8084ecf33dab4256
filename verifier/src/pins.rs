//! The registrations that were checked on this machine, as ssh keeps the hosts that it has seen.
//!
//! # Place
//! The file `known_registrations` in the folder `$TRIBUTE_HOME`; without that variable in `tribute` below
//! `$XDG_DATA_HOME`, or else below `$HOME/.local/share`. Where there is no file nothing is pinned.
//!
//! # Format
//! UTF-8 text, one pin a line, four words with one space between: digest of the registration, model commitment, date
//! (`2026-11-30`), and how it came here (`checked`, `setup`, `index`). Empty lines and those that begin with `#` say nothing.
//! A line that is anything else makes the whole store unusable: a store that was half overwritten must not pass for one
//! that pins less.
//!
//! This module reads. Only `tribute` writes, and only what it made or checked.

use core::fmt;
use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::digest::Digest;
use crate::field::FieldElement;

/// Most bytes of a store, some 25,000 pins.
pub const MAX_STORE_BYTES: usize = 4 << 20;

const FILE: &str = "known_registrations";

/// One registration that is trusted here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// Digest of the registration.
    pub registration_digest: Digest,
    /// The model that it is of.
    pub model_commitment: FieldElement,
    /// The day it was pinned, as `2026-11-30`.
    pub date: String,
    /// How it came here: one word.
    pub how: String,
}

/// The store, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins(Vec<Pin>);

/// Why the store cannot be used.
#[derive(Debug, Error)]
pub enum PinsError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The store.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is too large.
    #[error("{}: more than {MAX_STORE_BYTES} bytes; remove pins with `tribute pins remove`", path.display())]
    TooLarge {
        /// The store.
        path: PathBuf,
    },
    /// A line is no pin.
    #[error("{}: line {line} is no pin: {reason}; mend or remove the line", path.display())]
    Line {
        /// The store.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Pins {
    /// Returns where the store of this user is; nothing for a user without a home.
    #[must_use]
    pub fn place() -> Option<PathBuf> {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from);
        let absolute = |name: &str| folder(name).filter(|path| path.is_absolute());
        let home = folder("TRIBUTE_HOME").filter(|path| !path.as_os_str().is_empty());
        let data = || {
            let home = || absolute("HOME").map(|home| home.join(".local/share"));
            absolute("XDG_DATA_HOME").or_else(home).map(|data| data.join("tribute"))
        };
        home.or_else(data).map(|folder| folder.join(FILE))
    }

    /// Reads the store of this user.
    ///
    /// # Errors
    /// Fails if it cannot be read or is malformed.
    pub fn of_user() -> Result<Self, PinsError> {
        Self::place().map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    /// Reads a store; one that does not exist is empty.
    ///
    /// # Errors
    /// Fails if it cannot be read or is malformed.
    pub fn read(path: &Path) -> Result<Self, PinsError> {
        let failed = |source| PinsError::Read { path: path.into(), source };
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file.map_err(failed)?,
        };
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("no regular file")));
        }
        let mut bytes = Vec::new();
        file.take(MAX_STORE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > MAX_STORE_BYTES {
            return Err(PinsError::TooLarge { path: path.into() });
        }
        Self::parse(&bytes).map_err(|(line, reason)| PinsError::Line {
            path: path.into(),
            line,
            reason,
        })
    }

    /// Reads the text of a store; a line that is no pin is told by its number, from 1.
    ///
    /// # Errors
    /// Fails on the first line that is no pin.
    pub fn parse(bytes: &[u8]) -> Result<Self, (usize, &'static str)> {
        let mut pins = Vec::new();
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = str::from_utf8(line).map_err(|_| (number + 1, "it is no UTF-8"))?;
            let line = line.strip_suffix('\r').unwrap_or(line);
            if !line.is_empty() && !line.starts_with('#') {
                pins.push(Pin::parse(line).map_err(|reason| (number + 1, reason))?);
            }
        }
        Ok(Self(pins))
    }

    /// The pins, in the order in which they were written.
    #[must_use]
    pub fn all(&self) -> &[Pin] {
        &self.0
    }

    /// The digests that are trusted.
    #[must_use]
    pub fn digests(&self) -> BTreeSet<Digest> {
        self.0.iter().map(|pin| pin.registration_digest).collect()
    }

    /// Whether a registration is pinned.
    #[must_use]
    pub fn holds(&self, digest: Digest) -> bool {
        self.0.iter().any(|pin| pin.registration_digest == digest)
    }
}

impl Pin {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let mut words = line.split(' ');
        let mut next = || words.next().filter(|word| !word.is_empty());
        let four = "it has other than four words";
        let (Some(digest), Some(model), Some(date), Some(how), None) =
            (next(), next(), next(), next(), words.next())
        else {
            return Err(four);
        };
        let date_is = date.len() == 10
            && date.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !date_is {
            return Err("its third word is no date such as 2026-11-30");
        }
        if how.len() > 32 || !how.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            return Err("its fourth word is none of lower-case letters");
        }
        Ok(Self {
            registration_digest: digest.parse().map_err(|_| "its first word is no digest")?,
            model_commitment: model.parse().map_err(|_| "its second word is no commitment")?,
            date: date.to_owned(),
            how: how.to_owned(),
        })
    }
}

/// The line of a store.
impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registration_digest, model_commitment, date, how } = self;
        write!(f, "{registration_digest} {model_commitment} {date} {how}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> Pin {
        Pin {
            registration_digest: Digest::of(&[b"registration"]),
            model_commitment: FieldElement::from_u128(7),
            date: "2026-11-30".into(),
            how: "checked".into(),
        }
    }

    #[test]
    fn reads_the_lines_that_it_writes() {
        let text = format!("# pinned\n\n{}\r\n{}\n", pin(), pin());
        let pins = Pins::parse(text.as_bytes()).unwrap();
        assert_eq!(pins.all(), [pin(), pin()]);
        assert_eq!(pins.digests().len(), 1);
        assert!(pins.holds(pin().registration_digest) && !pins.holds(Digest::of(&[])));
        assert_eq!(Pins::parse(b"").unwrap(), Pins::default());
    }

    #[test]
    fn a_line_that_is_no_pin_spoils_the_store_and_is_named() {
        let line = pin().to_string();
        let words: Vec<&str> = line.split(' ').collect();
        let with = |place: usize, word: &str| {
            let mut words = words.clone();
            words[place] = word;
            words.join(" ")
        };
        let edits = [
            with(0, "0x12"),
            with(0, &words[0].to_uppercase()),
            with(1, "0x0"),
            with(2, "yesterday"),
            with(2, "2026/11/30"),
            with(3, "Checked"),
            with(3, ""),
            format!("{line} more"),
            format!(" {line}"),
            line.replacen(' ', "  ", 1),
            line[..40].to_owned(),
        ];
        for edit in edits {
            let text = format!("{line}\n{edit}\n");
            assert_eq!(Pins::parse(text.as_bytes()).unwrap_err().0, 2, "{edit}");
        }
        assert_eq!(Pins::parse(&[b'\n', 0xff]).unwrap_err().0, 2);
    }

    #[test]
    fn a_store_is_bounded_and_may_be_missing() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(Pins::read(&path).unwrap(), Pins::default());
        assert!(matches!(Pins::read(folder.path()), Err(PinsError::Read { .. })));
        File::create(&path).unwrap().set_len(MAX_STORE_BYTES as u64 + 1).unwrap();
        assert!(matches!(Pins::read(&path), Err(PinsError::TooLarge { .. })));
        std::fs::write(&path, "known\n").unwrap();
        let error = Pins::read(&path).unwrap_err().to_string();
        assert!(error.contains("known_registrations: line 1 is no pin"), "{error}");
    }
}
