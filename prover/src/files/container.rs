//! The container of binary files: a fixed header, then the payload.
//!
//! | bytes | holds |
//! |---|---|
//! | 0 .. 8 | `TRIBUTE\0` |
//! | 8 .. 12 | kind |
//! | 12 .. 16 | version |
//! | 16 .. 20 | zero; how safe an SRS is follows from its points, and no file says it of itself |
//! | 20 .. 28 | length of the payload |
//! | 28 .. 60 | Keccak-256 of the payload |
//!
//! Numbers are big-endian. A reader checks magic, kind, version, flags and length against the size of the file and
//! its own limit before it allocates, and the digest before it hands the payload to a parser.

use super::{Existing, FileError, Privacy, open_regular, write_file};
use sha3::{Digest, Keccak256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

const MAGIC: [u8; 8] = *b"TRIBUTE\0";
const VERSION: u32 = 1;
const HEADER_BYTES: u64 = 60;

/// What a container holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A proving key.
    ProvingKey,
    /// A structured reference string.
    Srs,
}

impl Kind {
    const ALL: [Self; 2] = [Self::ProvingKey, Self::Srs];

    fn tag(self) -> [u8; 4] {
        match self {
            Self::ProvingKey => *b"PKEY",
            Self::Srs => *b"SRS\0",
        }
    }

    /// Returns the kind in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProvingKey => "a proving key",
            Self::Srs => "an SRS",
        }
    }
}

/// A checked header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the payload is.
    pub kind: Kind,
    /// Length of the payload.
    pub length: u64,
    /// Keccak-256 of the payload.
    pub digest: [u8; 32],
}

/// A payload whose digest was checked.
#[derive(Debug)]
pub struct Container {
    /// The header it stood under.
    pub header: Header,
    /// The bytes.
    pub payload: Vec<u8>,
}

/// Returns whether the bytes begin as a container does.
pub fn is_container(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Writes a container and returns the digest of its payload.
///
/// # Errors
/// Fails as [`write_file`] does.
pub fn write(
    path: &Path,
    kind: Kind,
    payload: &[u8],
    existing: Existing,
) -> Result<[u8; 32], FileError> {
    let digest: [u8; 32] = Keccak256::digest(payload).into();
    let mut bytes = Vec::with_capacity(payload.len() + 60);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&kind.tag());
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    bytes.extend_from_slice(&digest);
    bytes.extend_from_slice(payload);
    write_file(path, &bytes, Privacy::Public, existing)?;
    Ok(digest)
}

/// Reads the header of a container and checks the digest, without holding the payload.
///
/// # Errors
/// Fails on every check that the module names.
pub fn examine(path: &Path, limit: u64) -> Result<Header, FileError> {
    let (mut file, header) = open(path, limit)?;
    check_digest(path, &mut file, &header)?;
    Ok(header)
}

/// Reads a container of the given kind whose payload has at most `limit` bytes.
///
/// # Errors
/// Fails on every check that the module names.
pub fn read(path: &Path, kind: Kind, limit: u64) -> Result<Container, FileError> {
    let (header, payload) = read_payload(path, kind, limit)?;
    digest_of(path, &header, &payload)?;
    Ok(Container { header, payload })
}

/// Reads a container as [`read`] does and gives its payload to `parse` while the digest is computed. What comes out counts only if the digest holds, so
/// `parse` must bear any payload.
///
/// # Errors
/// Fails on every check that the module names.
pub fn read_with<T: Send>(
    path: &Path,
    kind: Kind,
    limit: u64,
    parse: impl FnOnce(&Header, &[u8]) -> T + Send,
) -> Result<T, FileError> {
    let (header, payload) = read_payload(path, kind, limit)?;
    let (digest, parsed) =
        rayon::join(|| digest_of(path, &header, &payload), || parse(&header, &payload));
    digest?;
    Ok(parsed)
}

fn read_payload(path: &Path, kind: Kind, limit: u64) -> Result<(Header, Vec<u8>), FileError> {
    let (mut file, header) = open(path, limit)?;
    if header.kind != kind {
        return Err(FileError::ContainerKind {
            path: path.to_path_buf(),
            expected: kind.name(),
            actual: header.kind.name(),
        });
    }
    let mut payload = Vec::with_capacity(usize::try_from(header.length).unwrap_or(0));
    file.by_ref()
        .take(header.length)
        .read_to_end(&mut payload)
        .map_err(FileError::io("read", path))?;
    Ok((header, payload))
}

fn digest_of(path: &Path, header: &Header, payload: &[u8]) -> Result<(), FileError> {
    let digest: [u8; 32] = Keccak256::digest(payload).into();
    if digest != header.digest || payload.len() as u64 != header.length {
        return Err(FileError::ContainerDigest { path: path.to_path_buf() });
    }
    Ok(())
}

/// Opens a container and checks everything in its header but the digest.
fn open(path: &Path, limit: u64) -> Result<(File, Header), FileError> {
    let (mut file, size) = open_regular(path, limit.saturating_add(HEADER_BYTES))?;
    let owned = || path.to_path_buf();
    let mut magic = [0; 8];
    if size < HEADER_BYTES {
        return Err(FileError::ContainerTruncated { path: owned() });
    }
    file.read_exact(&mut magic).map_err(FileError::io("read", path))?;
    if magic != MAGIC {
        return Err(FileError::ContainerMagic { path: owned() });
    }
    let tag: [u8; 4] = field(&mut file, path)?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.tag() == tag);
    let kind = kind.ok_or_else(|| FileError::ContainerMagic { path: owned() })?;
    let version = u32::from_be_bytes(field(&mut file, path)?);
    if version != VERSION {
        return Err(FileError::ContainerVersion {
            path: owned(),
            expected: VERSION,
            actual: version,
        });
    }
    let flags = u32::from_be_bytes(field(&mut file, path)?);
    if flags != 0 {
        return Err(FileError::ContainerFlags { path: owned(), actual: flags });
    }
    let length = u64::from_be_bytes(field(&mut file, path)?);
    let actual = size - HEADER_BYTES;
    if length != actual {
        return Err(FileError::ContainerLength { path: owned(), declared: length, actual });
    }
    let digest = field(&mut file, path)?;
    Ok((file, Header { kind, length, digest }))
}

fn field<const N: usize>(file: &mut File, path: &Path) -> Result<[u8; N], FileError> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(FileError::io("read", path))?;
    Ok(bytes)
}

/// Hashes the payload in pieces.
fn check_digest(path: &Path, file: &mut File, header: &Header) -> Result<(), FileError> {
    file.seek(SeekFrom::Start(HEADER_BYTES)).map_err(FileError::io("read", path))?;
    let mut hasher = Keccak256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut piece).map_err(FileError::io("read", path))?;
        let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    if digest == header.digest {
        Ok(())
    } else {
        Err(FileError::ContainerDigest { path: path.to_path_buf() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const PAYLOAD: &[u8] = b"points and scalars";

    fn written() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file.srs");
        write(&path, Kind::Srs, PAYLOAD, Existing::Refuse).unwrap();
        (dir, path)
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let (_dir, path) = written();
        let container = read(&path, Kind::Srs, 100).unwrap();
        assert_eq!(container.payload, PAYLOAD);
        assert_eq!(examine(&path, 100).unwrap(), container.header);
    }

    #[test]
    fn rejects_every_changed_byte() {
        let (_dir, path) = written();
        let honest = fs::read(&path).unwrap();
        for place in 0..honest.len() {
            let mut bytes = honest.clone();
            bytes[place] ^= 2;
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path, Kind::Srs, 100).is_err(), "byte {place}");
            assert!(examine(&path, 100).is_err(), "byte {place}");
        }
    }

    #[test]
    fn rejects_every_truncation_and_trailing_bytes() {
        let (_dir, path) = written();
        let mut bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(read(&path, Kind::Srs, 100).is_err(), "{length} bytes");
        }
        bytes.push(0);
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&path, Kind::Srs, 100), Err(FileError::ContainerLength { .. })));
    }

    #[test]
    fn rejects_another_kind_and_a_payload_above_the_limit() {
        let (_dir, path) = written();
        let other = read(&path, Kind::ProvingKey, 100);
        assert!(matches!(other, Err(FileError::ContainerKind { .. })));
        assert!(matches!(read(&path, Kind::Srs, 17), Err(FileError::TooLarge { .. })));
    }
}
