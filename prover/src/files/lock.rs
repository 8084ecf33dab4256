//! One writer at a time: an advisory lock of a folder that is being written.
//!
//! # Mechanism
//! The lock is the kernel's (`flock`) on the file `.lock` in the folder, so it ends with the process that holds it,
//! however that ends: what a killed process leaves is a file without a lock, which the next writer takes. The file
//! names its holder for people and is removed when the lock is given up. Who gets a lock on a file that was removed
//! or whose folder was replaced meanwhile sees that the name leads elsewhere, and asks again.

use super::FileError;
use super::interrupt::{self, Guard};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Name of the locked file in its folder.
const NAME: &str = ".lock";
/// How often a name may lead elsewhere before that counts as another writer.
const ATTEMPTS: usize = 64;
/// A longer name than this is no holder of ours.
const HOLDER_LIMIT: usize = 60;
/// How often a holder that has not signed yet is asked for its name, and how long it has each time.
const READINGS: usize = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// A folder that nobody else writes, until this is dropped.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
    path: PathBuf,
    _guard: Guard,
}

impl FolderLock {
    /// Takes the lock of a folder for a verb of ours, without waiting.
    ///
    /// # Errors
    /// Fails if another process holds it, which is then named, and if the system refuses.
    pub fn take(folder: &Path, verb: &str) -> Result<Self, FileError> {
        let path = folder.join(NAME);
        let failed = || FileError::io("lock", folder);
        for _ in 0..ATTEMPTS {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let file = options.open(&path).map_err(failed())?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(busy(folder, &file)),
                // A file system without locks still has atomic renames.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(failed()(error)),
            }
            if names(&path, &file).map_err(failed())? {
                let lock = Self { file, _guard: interrupt::guard(&path), path };
                lock.sign(verb);
                return Ok(lock);
            }
        }
        Err(FileError::Locked { path: folder.to_path_buf(), holder: "another process".into() })
    }

    /// Says who holds the lock. On a full disk it holds all the same, and nobody is named.
    fn sign(&self, verb: &str) {
        let mut file = &self.file;
        let line = format!("{} ({verb})\n", std::process::id());
        let _ = self.file.set_len(0).and_then(|()| file.write_all(line.as_bytes()));
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if names(&self.path, &self.file).unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether a path leads to this open file.
fn names(path: &Path, file: &File) -> io::Result<bool> {
    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Names the process that holds a lock. It may have taken it a moment ago and not signed yet; on a full disk it never does.
fn busy(folder: &Path, file: &File) -> FileError {
    let name = (0..READINGS).find_map(|reading| {
        if reading > 0 {
            thread::sleep(PAUSE);
        }
        signature(file)
    });
    let holder = name.map_or_else(|| "another process".into(), |name| format!("process {name}"));
    FileError::Locked { path: folder.to_path_buf(), holder }
}

/// Returns what a holder wrote of itself, once that is a whole line.
fn signature(file: &File) -> Option<String> {
    let mut bytes = [0; HOLDER_LIMIT];
    let length = file.read_at(&mut bytes, 0).ok()?;
    let line = std::str::from_utf8(bytes.get(..length)?).ok()?.strip_suffix('\n')?;
    line.starts_with(|digit: char| digit.is_ascii_digit()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused_and_told_who_writes() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::take(dir.path(), "tribute setup").unwrap();
        let error = FolderLock::take(dir.path(), "tribute index").unwrap_err();
        let line = error.to_string();
        let holder = format!("process {} (tribute setup)", std::process::id());
        assert!(line.contains(&holder) && !line.contains('\n'), "{line}");
        drop(first);
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "nothing is left");
        FolderLock::take(dir.path(), "tribute index").unwrap();
    }

    #[test]
    fn a_writer_that_has_not_signed_yet_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let held = File::create(dir.path().join(NAME)).unwrap();
        held.try_lock().unwrap();
        let signs = thread::spawn(move || {
            thread::sleep(PAUSE / 2);
            held.write_all_at(b"7 (tribute ", 0).unwrap();
            thread::sleep(PAUSE);
            held.write_all_at(b"7 (tribute setup)\n", 0).unwrap();
            held
        });
        let line = FolderLock::take(dir.path(), "tribute index").unwrap_err().to_string();
        assert!(line.contains("by process 7 (tribute setup);"), "{line}");
        drop(signs.join().unwrap());
    }

    #[test]
    fn a_writer_that_never_signs_is_refused_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let held = File::create(dir.path().join(NAME)).unwrap();
        held.try_lock().unwrap();
        let line = FolderLock::take(dir.path(), "tribute index").unwrap_err().to_string();
        assert!(line.contains("by another process;"), "{line}");
    }

    #[test]
    fn what_a_killed_process_left_blocks_nobody() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(NAME), "1 (tribute setup)\n").unwrap();
        drop(FolderLock::take(dir.path(), "tribute setup").unwrap());
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
    }

    #[test]
    fn a_lock_of_a_folder_that_was_replaced_is_not_that_of_the_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("case"), dir.path().join("other"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();
        let old = FolderLock::take(&one, "tribute commit").unwrap();
        fs::rename(&one, dir.path().join("old")).unwrap();
        fs::rename(&two, &one).unwrap();
        let new = FolderLock::take(&one, "tribute setup").unwrap();
        drop(old);
        assert!(one.join(NAME).exists(), "the new lock is not removed with the old");
        drop(new);
    }
}
