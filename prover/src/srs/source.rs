//! Where an SRS comes from. There is no default.

use super::{Srs, SrsError};
use std::path::PathBuf;

/// Where the SRS comes from. There is no default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SrsSource {
    /// A file that `srs import` wrote.
    File(PathBuf),
    /// Made here and now, for development.
    UnsafeDev,
}

impl SrsSource {
    /// Returns an SRS of $2^k$ powers.
    ///
    /// # Errors
    /// Fails if the file cannot be used or has fewer powers.
    pub fn prepare(&self, k: u32) -> Result<Srs, SrsError> {
        match self {
            Self::File(path) => Srs::read(path)?.cut(k),
            Self::UnsafeDev => Srs::generate_unsafe_dev(k),
        }
    }
}
