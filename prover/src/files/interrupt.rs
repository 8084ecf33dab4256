//! Ctrl-C: what is half-built under a temporary name is removed, then the process ends with status 130.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

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
pub(crate) fn guard(path: &Path) -> Guard {
    unfinished().insert(path.to_path_buf());
    Guard(path.to_path_buf())
}

/// Starts the thread that waits for Ctrl-C. The command calls it once; a library user keeps their own handling.
///
/// # Errors
/// Fails if the system installs no handler.
pub fn install() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::spawn(move || {
        if signals.forever().next().is_none() {
            return;
        }
        // The lock is held to the end, so that nothing is begun between removal and exit.
        let paths = unfinished();
        for path in paths.iter() {
            if path.is_dir() {
                let _ = fs::remove_dir_all(path);
            } else {
                let _ = fs::remove_file(path);
            }
        }
        std::process::exit(INTERRUPTED);
    });
    Ok(())
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
