//! What can be wrong with a file, as one line that names it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file or a directory could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The reason of the operating system.
        source: io::Error,
    },
    /// A directory, a pipe or a device stands where a file is expected.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// The file is larger than its kind may be.
    #[error("{} has {actual} bytes, more than the {limit} allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        actual: u64,
        /// The limit of the reader.
        limit: u64,
    },
    /// The file changed its length while it was read.
    #[error("{} changed while it was read", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The target exists and `--force` was not given.
    #[error("{} exists already; --force replaces it", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// `--force` would replace a directory that we did not write.
    #[error("{} exists and is not a case; it is not replaced even with --force", path.display())]
    ForeignDirectory {
        /// The target.
        path: PathBuf,
    },
    /// Another process writes there.
    #[error("{} is being written by {holder}; run this again when that has ended", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Who writes it.
        holder: String,
    },
    /// The target has no file name (`..` or `/`).
    #[error("{} names no file to write", path.display())]
    NoName {
        /// The target.
        path: PathBuf,
    },
    /// The text is not JSON, or not the JSON of this format.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser met, and where.
        source: serde_json::Error,
    },
    /// The `format` field names something else.
    #[error("{} has the format {actual:?}, expected {expected:?}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What this version reads.
        expected: &'static str,
        /// What the file says, cut to a readable length.
        actual: String,
    },
    /// The file is shorter than the header of a container.
    #[error("{} is too short for a key or SRS file", path.display())]
    ContainerTruncated {
        /// The file.
        path: PathBuf,
    },
    /// The first bytes are not ours.
    #[error("{} is not a tribute key or SRS file", path.display())]
    ContainerMagic {
        /// The file.
        path: PathBuf,
    },
    /// The container holds another kind of payload.
    #[error("{} holds {actual}, expected {expected}", path.display())]
    ContainerKind {
        /// The file.
        path: PathBuf,
        /// The kind asked for.
        expected: &'static str,
        /// The kind found.
        actual: &'static str,
    },
    /// The version of the container is not known.
    #[error("{} has container version {actual}, this program reads version {expected}", path.display())]
    ContainerVersion {
        /// The file.
        path: PathBuf,
        /// The version this program reads.
        expected: u32,
        /// The version found.
        actual: u32,
    },
    /// A flag is set that has no meaning.
    #[error(
        "{} has flags ({actual:#x}), as earlier versions wrote; make it anew",
        path.display()
    )]
    ContainerFlags {
        /// The file.
        path: PathBuf,
        /// All flags found.
        actual: u32,
    },
    /// The declared length is not what stands in the file.
    #[error("{} declares {declared} bytes of payload and holds {actual}", path.display())]
    ContainerLength {
        /// The file.
        path: PathBuf,
        /// Length in the header.
        declared: u64,
        /// Bytes behind the header.
        actual: u64,
    },
    /// The payload is not the one that was written.
    #[error("{} is damaged: its digest does not match", path.display())]
    ContainerDigest {
        /// The file.
        path: PathBuf,
    },
}

impl FileError {
    /// Returns a closure that dresses an error of the operating system.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
