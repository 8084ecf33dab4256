//! Files: what is written appears whole or not at all, and what is read is bounded first.
//!
//! * [`write_file`] and [`StagedDirectory`] build under a temporary name beside the target, sync, and rename.
//! * [`read_bounded`] looks at the kind and the length of a file before it allocates.
//! * [`container`] is the one frame of our binary files (`docs/formats.md`, section 9).
//! * [`json`] reads and writes text files and checks their `format` field before anything else.
//! * [`FolderLock`] keeps a second writer out of a folder.
//! * [`interrupt`] removes what is half-built when the user presses Ctrl-C.

mod atomic;
mod bounded;
pub mod container;
mod error;
#[cfg(test)]
pub(crate) mod fault;
pub mod interrupt;
pub mod json;
mod lock;

pub use atomic::{
    Existing, Privacy, StagedDirectory, create_private_directory, refuse_existing, write_file,
};
pub use bounded::{TEXT_LIMIT, open_regular, read_bounded};
pub use error::FileError;
pub use lock::FolderLock;
