//! Ctrl-C: what is half-built under a temporary name is removed, then the process ends with status 130.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Status of a process that the user interrupted.
const INTERRUPTED: i32 = 130;

/// Keeps one temporary path on the list of what an interrupt removes, until it is dropped.
#[derive(Debug)]
pub struct Guard(PathBuf);

impl Drop for Guard {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

/// Puts a temporary path on the list.
pub(super) fn guard(path: &Path) -> Guard {
    unfinished().insert(path.to_path_buf());
    Guard(path.to_path_buf())
}

/// Installs the handler. The command calls it once; a library user keeps their own.
///
/// # Errors
/// Fails if a handler is installed already.
pub fn install() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        // The lock is held to the end, so that nothing is renamed into place between removal and exit.
        let paths = unfinished();
        for path in paths.iter() {
            if path.is_dir() {
                let _ = fs::remove_dir_all(path);
            } else {
                let _ = fs::remove_file(path);
            }
        }
        std::process::exit(INTERRUPTED);
    })
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
