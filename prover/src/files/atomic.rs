//! Atomic writes: a target is the old one or the new one, never a part.
//!
//! A file is written under a temporary name in the directory of its target, synced, and renamed; then the directory
//! is synced. A directory is built the same way beside its target. Where the system can swap two names (Linux), a
//! directory that is replaced is never missing in between.

#[cfg(test)]
use super::fault::point;
use super::interrupt::{self, Guard};
use super::{FileError, FolderLock};
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempDir};

/// Prefix of everything that is not finished.
const TEMPORARY: &str = ".tribute-";

/// A point between two steps of a write, where tests make the process die or the disk full.
#[cfg(not(test))]
const fn point() -> io::Result<()> {
    Ok(())
}

/// What to do when the target exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    Refuse,
    /// Replace it (`--force`).
    Replace,
}

/// Who may read the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Anybody the process's mask allows.
    Public,
    /// Its owner alone (mode 0600).
    Private,
}

impl Privacy {
    fn mode(self) -> u32 {
        match self {
            Self::Public => 0o644,
            Self::Private => 0o600,
        }
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Fails if the target exists and may not be replaced, if it is a directory, or if the system refuses; the target is
/// then as it was.
pub fn write_file(
    path: &Path,
    bytes: &[u8],
    privacy: Privacy,
    existing: Existing,
) -> Result<(), FileError> {
    let directory = parent(path)?;
    refuse_existing(path, existing)?;
    if path.is_dir() {
        return Err(FileError::NotAFile { path: path.to_path_buf() });
    }
    let failed = || FileError::io("write", path);
    point().map_err(failed())?;
    let mut temporary = Builder::new()
        .prefix(TEMPORARY)
        .permissions(Permissions::from_mode(privacy.mode()))
        .tempfile_in(&directory)
        .map_err(failed())?;
    let _guard = interrupt::guard(temporary.path());
    for part in bytes.chunks(bytes.len().div_ceil(2).max(1)) {
        temporary.write_all(part).and_then(|()| point()).map_err(failed())?;
    }
    temporary.as_file().sync_all().and_then(|()| point()).map_err(failed())?;
    let renamed = match existing {
        Existing::Refuse => temporary.persist_noclobber(path),
        Existing::Replace => temporary.persist(path),
    };
    match renamed {
        Ok(_) => point().map_err(failed()).and_then(|()| sync_directory(&directory)),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(FileError::Exists { path: path.to_path_buf() })
        }
        Err(failed) => Err(FileError::io("write", path)(failed.error)),
    }
}

/// A directory that is being built under a temporary name beside its target. A target that is to be replaced is locked
/// until then, so that nobody writes what is about to go.
///
/// Dropped without [`publish`](Self::publish), it is removed.
#[derive(Debug)]
pub struct StagedDirectory {
    staged: TempDir,
    target: PathBuf,
    existing: Existing,
    verb: &'static str,
    lock: Option<FolderLock>,
    _guard: Guard,
}

impl StagedDirectory {
    /// Starts a directory that will appear as `target`.
    ///
    /// An existing target is replaced only if `ours` recognizes it; it is locked in the name of `verb`.
    ///
    /// # Errors
    /// Fails if the target exists and may not be replaced, or is being written.
    pub fn begin(
        target: &Path,
        existing: Existing,
        ours: impl FnOnce(&Path) -> bool,
        verb: &'static str,
    ) -> Result<Self, FileError> {
        let directory = parent(target)?;
        refuse_existing(target, existing)?;
        let there = target.symlink_metadata().is_ok();
        if there && !ours(target) {
            return Err(FileError::ForeignDirectory { path: target.to_path_buf() });
        }
        let lock = there.then(|| FolderLock::take(target, verb)).transpose()?;
        let staged = Builder::new()
            .prefix(TEMPORARY)
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(&directory)
            .map_err(FileError::io("write", target))?;
        let guard = interrupt::guard(staged.path());
        Ok(Self { staged, target: target.to_path_buf(), existing, verb, lock, _guard: guard })
    }

    /// Returns the place where the contents are being built.
    pub fn path(&self) -> &Path {
        self.staged.path()
    }

    /// Makes a directory inside that its owner alone may enter.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub fn private_directory(&self, name: &str) -> Result<PathBuf, FileError> {
        let path = self.path().join(name);
        create_private_directory(&path)?;
        Ok(path)
    }

    /// Gives the directory its name.
    ///
    /// # Errors
    /// Fails if the target appeared meanwhile and may not be replaced or is being written, or if the system refuses.
    pub fn publish(mut self) -> Result<(), FileError> {
        let target = self.target.clone();
        sync_directory(self.path())?;
        point().map_err(FileError::io("write", &target))?;
        match self.existing {
            Existing::Replace if target.symlink_metadata().is_ok() => {
                if self.lock.is_none() {
                    self.lock = Some(FolderLock::take(&target, self.verb)?);
                }
                // After the swap the temporary name holds the old directory, which is dropped with `self`.
                exchange(self.path(), &target).map_err(FileError::io("replace", &target))?;
            }
            _ => {
                rename_new(self.path(), &target).map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
                        FileError::Exists { path: target.clone() }
                    }
                    _ => FileError::io("write", &target)(error),
                })?;
                // The temporary name is gone: nothing is left to remove.
                let _ = self.staged.keep();
            }
        }
        point().map_err(FileError::io("write", &target))?;
        sync_directory(&parent(&target)?)
    }
}

/// Returns the directory a target stands in.
fn parent(path: &Path) -> Result<PathBuf, FileError> {
    if path.file_name().is_none_or(OsStr::is_empty) {
        return Err(FileError::NoName { path: path.to_path_buf() });
    }
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => Ok(directory.to_path_buf()),
        _ => Ok(PathBuf::from(".")),
    }
}

/// Makes a directory that its owner alone may enter, or makes one that is there so.
///
/// # Errors
/// Fails if the system refuses.
pub fn create_private_directory(path: &Path) -> Result<(), FileError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(FileError::io("create", path)(error));
        }
        _ => {}
    }
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(FileError::io("create", path))
}

/// Refuses a target that exists, before any work is done for it.
///
/// # Errors
/// Fails if the target exists and may not be replaced.
pub fn refuse_existing(path: &Path, existing: Existing) -> Result<(), FileError> {
    match existing {
        Existing::Refuse if path.symlink_metadata().is_ok() => {
            Err(FileError::Exists { path: path.to_path_buf() })
        }
        _ => Ok(()),
    }
}

/// Makes the names in a directory durable.
fn sync_directory(path: &Path) -> Result<(), FileError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(FileError::io("sync", path))
}

#[cfg(target_os = "linux")]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems know no flags; an empty or missing target is then the best that can be asked for.
        Err(rustix::io::Errno::INVAL) => fs::rename(from, to),
        other => other.map_err(io::Error::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

#[cfg(target_os = "linux")]
fn exchange(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        Err(rustix::io::Errno::INVAL) => exchange_by_steps(from, to),
        other => other.map_err(io::Error::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(from: &Path, to: &Path) -> io::Result<()> {
    exchange_by_steps(from, to)
}

/// Swaps two names in three renames, and undoes the first if the second fails.
fn exchange_by_steps(from: &Path, to: &Path) -> io::Result<()> {
    let mut aside = from.as_os_str().to_os_string();
    aside.push(".old");
    let aside = PathBuf::from(aside);
    fs::rename(to, &aside)?;
    if let Err(error) = fs::rename(from, to) {
        fs::rename(&aside, to)?;
        return Err(error);
    }
    fs::rename(&aside, from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(path: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn writes_once_and_replaces_only_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_file(&path, b"one", Privacy::Public, Existing::Refuse).unwrap();
        let again = write_file(&path, b"two", Privacy::Public, Existing::Refuse);
        assert!(matches!(again, Err(FileError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_file(&path, b"two", Privacy::Public, Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(listing(dir.path()), ["a.json"]);
    }

    #[test]
    fn keeps_private_files_to_their_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("salt");
        write_file(&path, b"secret", Privacy::Private, Existing::Refuse).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn leaves_nothing_when_a_directory_is_abandoned() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("case");
        let staged = StagedDirectory::begin(&target, Existing::Refuse, |_| true, "a test").unwrap();
        fs::write(staged.path().join("part"), b"half").unwrap();
        drop(staged);
        assert!(listing(dir.path()).is_empty());
    }

    #[test]
    fn publishes_a_directory_and_swaps_it_for_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("case");
        for content in ["old", "new"] {
            let staged =
                StagedDirectory::begin(&target, Existing::Replace, |_| true, "a test").unwrap();
            fs::write(staged.path().join(content), b"").unwrap();
            staged.publish().unwrap();
            assert_eq!(listing(&target), [content]);
        }
        assert_eq!(listing(dir.path()), ["case"]);
    }

    #[test]
    fn never_replaces_a_directory_of_somebody_else() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("home");
        fs::create_dir(&target).unwrap();
        let forced = StagedDirectory::begin(&target, Existing::Replace, |_| false, "a test");
        assert!(matches!(forced, Err(FileError::ForeignDirectory { .. })));
    }

    #[test]
    fn refuses_a_target_that_appears_during_the_work() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("case");
        let staged = StagedDirectory::begin(&target, Existing::Refuse, |_| true, "a test").unwrap();
        fs::create_dir(&target).unwrap();
        assert!(matches!(staged.publish(), Err(FileError::Exists { .. })));
        assert_eq!(listing(dir.path()), ["case"]);
    }
}
