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
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Name of the locked file in its folder.
const NAME: &str = ".lock";
/// How often a name may lead elsewhere before that counts as another writer.
const ATTEMPTS: usize = 64;
/// A longer name than this is no holder of ours.
const HOLDER_LIMIT: u64 = 60;

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

/// Names the process that holds a lock.
fn busy(folder: &Path, file: &File) -> FileError {
    let mut line = String::new();
    let read = file.take(HOLDER_LIMIT).read_to_string(&mut line);
    let holder = match (read, line.trim()) {
        (Ok(_), named) if named.starts_with(|digit: char| digit.is_ascii_digit()) => {
            format!("process {named}")
        }
        (Ok(_) | Err(_), _) => "another process".into(),
    };
    FileError::Locked { path: folder.to_path_buf(), holder }
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
