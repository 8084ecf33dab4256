//! Outcomes as text for people and as JSON for programs, one file each.

pub(super) mod attribution;
pub(super) mod batch;
pub(super) mod check;
pub(super) mod commit;
pub(super) mod demo;
pub(super) mod description;
pub(super) mod export;
pub(super) mod fidelity;
pub(super) mod inclusion;
pub(super) mod index;
pub(super) mod opening;
pub(super) mod proof;
pub(super) mod setup;
pub(super) mod sizes;
pub(super) mod srs;
pub(super) mod verdict;

use super::words;
use std::collections::BTreeSet;
use std::fmt::Write;
use tribute_verifier::digest::Digest;
use tribute_verifier::plan::SrsPoints;
use tribute_verifier::srs::SrsOrigin;

/// Joins lines that may be missing.
fn lines(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).fold(String::new(), |mut text, part| {
        let _ = writeln!(text, "{}", part.trim_end_matches('\n'));
        text
    })
}

/// Returns the warning where it applies.
fn taint(unsafe_srs: bool) -> String {
    if unsafe_srs { words::UNSAFE_SRS.to_owned() } else { String::new() }
}

/// An SRS, and the digests of those that are trusted by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Srs<'a> {
    pub(super) points: &'a SrsPoints,
    pub(super) trusted: &'a BTreeSet<Digest>,
}

impl Srs<'_> {
    fn origin(self) -> SrsOrigin {
        self.points.origin(self.trusted)
    }

    fn is_unsafe(self) -> bool {
        self.origin().is_unsafe()
    }

    /// Says what it is worth where that is not a known ceremony's.
    fn words(self) -> String {
        match self.origin() {
            SrsOrigin::Ceremony => String::new(),
            SrsOrigin::Trusted => words::trusted_srs(self.points.digest()),
            SrsOrigin::Unknown => words::UNSAFE_SRS.to_owned(),
        }
    }
}

/// Returns a field element or digest short enough for a line.
fn short(hex: &str) -> String {
    match (hex.get(..10), hex.get(hex.len().saturating_sub(6)..)) {
        (Some(head), Some(tail)) if hex.len() > 20 => format!("{head}..{tail}"),
        _ => hex.to_owned(),
    }
}
