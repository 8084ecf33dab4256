//! Bounded reads: kind and length are looked at before a byte is allocated.

use super::FileError;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The largest text file any reader accepts.
pub const TEXT_LIMIT: u64 = 64 << 20;

/// Opens a regular file of at most `limit` bytes and returns it with its length.
///
/// The kind is looked at before opening: a pipe would block, a device never ends.
///
/// # Errors
/// Fails on what is no regular file, on a longer one, and where the operating system refuses.
pub fn open_regular(path: &Path, limit: u64) -> Result<(File, u64), FileError> {
    let metadata = fs::metadata(path).map_err(FileError::io("read", path))?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.to_path_buf() });
    }
    let file = File::open(path).map_err(FileError::io("read", path))?;
    let metadata = file.metadata().map_err(FileError::io("read", path))?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.to_path_buf() });
    }
    let actual = metadata.len();
    if actual > limit {
        return Err(FileError::TooLarge { path: path.to_path_buf(), actual, limit });
    }
    Ok((file, actual))
}

/// Reads a whole regular file of at most `limit` bytes.
///
/// # Errors
/// As [`open_regular`], and if the length changes while reading.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let (file, length) = open_regular(path, limit)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length + 1).read_to_end(&mut bytes).map_err(FileError::io("read", path))?;
    if bytes.len() as u64 != length {
        return Err(FileError::Changed { path: path.to_path_buf() });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_a_directory_and_a_device() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read_bounded(dir.path(), 10), Err(FileError::NotAFile { .. })));
        assert!(matches!(
            read_bounded(Path::new("/dev/zero"), 10),
            Err(FileError::NotAFile { .. })
        ));
    }

    #[test]
    fn rejects_a_sparse_giant_without_reading_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("giant");
        File::create(&path).unwrap().set_len(10 << 30).unwrap();
        let Err(FileError::TooLarge { actual, limit, .. }) = read_bounded(&path, TEXT_LIMIT) else {
            panic!("a giant was accepted")
        };
        assert_eq!((actual, limit), (10 << 30, TEXT_LIMIT));
    }

    #[test]
    fn accepts_exactly_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read_bounded(&path, 5).unwrap(), b"12345");
        assert!(matches!(read_bounded(&path, 4), Err(FileError::TooLarge { .. })));
    }
}
