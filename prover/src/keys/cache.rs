//! The file of a proving key, under the digest of its plan.
//!
//! # Container
//! Kind `PKEY`. The payload, numbers big-endian, then the key as the proof system writes it:
//!
//! | bytes | holds |
//! |---|---|
//! | 4 | flags again, so that the digest covers them |
//! | 4 | $k$ |
//! | 4 | fixed columns |
//! | 4 | permutation columns |
//! | 32 | digest of the plan |
//! | 32 | digest of the SRS file's payload |
//! | rest | verifying key, then $3 + 2 \cdot \mathrm{fixed} + 2 \cdot \mathrm{permutation}$ polynomials of $2^k$ scalars |
//!
//! # Soundness
//! The reader of the proof system trusts every length and panics on what it does not like. So the plan says how long
//! the file must be, each length in it is compared with the plan's, scalars and points are checked, and only then is
//! it handed over. A key can be wrong and yet harm nobody but its user: every proof is verified against the plan.

use super::KeyError;
use crate::files::Existing;
use crate::files::container::{self, Kind};
use halo2_proofs::SerdeFormat;
use halo2_proofs::halo2curves::CurveAffine;
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::halo2curves::serde::SerdeObject;
use halo2_proofs::plonk::{Circuit, ProvingKey};
use rayon::prelude::*;
use std::path::Path;

const HEAD_BYTES: usize = 80;
const POINT_BYTES: usize = 64;
const SCALAR_BYTES: usize = 32;
/// Version byte with which the proof system starts a verifying key.
const LIBRARY_VERSION: u8 = 2;

/// What a proving key must belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Digest of the plan.
    pub plan: [u8; 32],
    /// Logarithm of the number of rows.
    pub k: u32,
    /// Number of fixed columns.
    pub fixed: u32,
    /// Number of columns in the permutation.
    pub permutation: u32,
}

impl Identity {
    /// Returns the only length that a payload of this identity has.
    fn payload_bytes(&self) -> u64 {
        let (fixed, permutation) = (u64::from(self.fixed), u64::from(self.permutation));
        let points = (fixed + permutation) * POINT_BYTES as u64;
        let polynomial = 4 + ((SCALAR_BYTES as u64) << self.k);
        let polynomials = (3 + 2 * fixed + 2 * permutation) * polynomial;
        HEAD_BYTES as u64 + 10 + points + polynomials + 4 * 4
    }
}

/// Writes a proving key.
///
/// # Errors
/// Fails if the key is not of this identity or the file cannot be written.
pub fn write(
    path: &Path,
    key: &ProvingKey<G1Affine>,
    identity: &Identity,
    srs_digest: &[u8; 32],
    existing: Existing,
) -> Result<(), KeyError> {
    let mut payload =
        Vec::with_capacity(usize::try_from(identity.payload_bytes()).unwrap_or_default());
    // The first word is zero: what kept a flag of the SRS once.
    for number in [0, identity.k, identity.fixed, identity.permutation] {
        payload.extend_from_slice(&number.to_be_bytes());
    }
    payload.extend_from_slice(&identity.plan);
    payload.extend_from_slice(srs_digest);
    key.write(&mut payload, SerdeFormat::RawBytes).map_err(KeyError::Read)?;
    Walk::new(&payload, identity).check()?;
    container::write(path, Kind::ProvingKey, &payload, existing)?;
    Ok(())
}

/// Reads a proving key of the given identity, and the digest of the SRS it was made with.
///
/// # Errors
/// Fails with the check that does not hold; nothing of the file is trusted.
pub fn read<C: Circuit<Fr, Params: Send>>(
    path: &Path,
    params: C::Params,
    identity: &Identity,
) -> Result<(ProvingKey<G1Affine>, [u8; 32]), KeyError> {
    let limit = identity.payload_bytes();
    container::read_with(path, Kind::ProvingKey, limit, |_, payload| {
        // The library's reader trusts what it reads: every number is checked before.
        let srs_digest = Walk::new(payload, identity).check()?;
        let mut reader = payload.get(HEAD_BYTES..).unwrap_or_default();
        let key = ProvingKey::read::<_, C>(&mut reader, SerdeFormat::RawBytes, params)
            .map_err(KeyError::Read)?;
        if reader.is_empty() { Ok((key, srs_digest)) } else { Err(KeyError::Layout { place: 0 }) }
    })?
}

/// A walk over a payload that compares every number with what it must be.
struct Walk<'a> {
    payload: &'a [u8],
    place: usize,
    identity: &'a Identity,
}

impl<'a> Walk<'a> {
    fn new(payload: &'a [u8], identity: &'a Identity) -> Self {
        Self { payload, place: 0, identity }
    }

    /// Checks the whole payload and returns the digest of the SRS.
    fn check(&mut self) -> Result<[u8; 32], KeyError> {
        let Identity { plan, k, fixed, permutation } = *self.identity;
        let length = self.identity.payload_bytes();
        self.expect("length", length, self.payload.len() as u64)?;
        if u32::from_be_bytes(self.array()?) != 0 {
            return Err(KeyError::Flags);
        }
        for (field, expected) in [("k", k), ("fixed", fixed), ("permutation", permutation)] {
            let actual = u32::from_be_bytes(self.array()?);
            self.expect(field, expected.into(), actual.into())?;
        }
        if self.array::<32>()? != plan {
            return Err(KeyError::Foreign);
        }
        let srs_digest = self.array()?;
        self.verifying_key()?;
        for _ in 0..3 {
            self.polynomial()?;
        }
        for count in [fixed, fixed, permutation, permutation] {
            if u32::from_be_bytes(self.array()?) != count {
                return Err(self.malformed());
            }
            for _ in 0..count {
                self.polynomial()?;
            }
        }
        Ok(srs_digest)
    }

    fn verifying_key(&mut self) -> Result<(), KeyError> {
        let Identity { k, fixed, permutation, .. } = *self.identity;
        let [version] = self.array()?;
        let own_k = u32::from_le_bytes(self.array()?);
        let [compressed] = self.array()?;
        let columns = u32::from_le_bytes(self.array()?);
        if (version, own_k, compressed, columns) != (LIBRARY_VERSION, k, 0, fixed) {
            return Err(self.malformed());
        }
        for _ in 0..u64::from(fixed) + u64::from(permutation) {
            let point = self.take(POINT_BYTES)?;
            let point = G1Affine::from_raw_bytes(point).ok_or(KeyError::OffCurve)?;
            if !bool::from(point.is_on_curve()) {
                return Err(KeyError::OffCurve);
            }
        }
        Ok(())
    }

    fn polynomial(&mut self) -> Result<(), KeyError> {
        let rows = 1_usize << self.identity.k;
        if u32::from_be_bytes(self.array()?) as usize != rows {
            return Err(self.malformed());
        }
        let scalars = self.take(rows * SCALAR_BYTES)?;
        let canonical = scalars
            .par_chunks_exact(SCALAR_BYTES)
            .all(|scalar| <Fr as SerdeObject>::from_raw_bytes(scalar).is_some());
        if canonical { Ok(()) } else { Err(KeyError::Scalar) }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], KeyError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.malformed())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], KeyError> {
        let rest = self.payload.get(self.place..).unwrap_or_default();
        let bytes = rest.get(..count).ok_or_else(|| self.malformed())?;
        self.place += count;
        Ok(bytes)
    }

    fn expect(&self, field: &'static str, expected: u64, actual: u64) -> Result<(), KeyError> {
        if expected == actual { Ok(()) } else { Err(KeyError::Header { field, expected, actual }) }
    }

    fn malformed(&self) -> KeyError {
        KeyError::Layout { place: self.place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::FileError;
    use crate::keys::tests::{Square, accepted};
    use crate::keys::{create_proof, generate};
    use crate::srs::Srs;
    use std::path::PathBuf;

    const K: u32 = 4;
    const IDENTITY: Identity = Identity { plan: [7; 32], k: K, fixed: 2, permutation: 2 };

    fn written() -> (tempfile::TempDir, PathBuf, Srs) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("square.pkey");
        let srs = Srs::generate_unsafe_dev(K).unwrap();
        let key = generate(&srs, &Square { scale: 2, root: None }).unwrap();
        write(&path, &key, &IDENTITY, &[9; 32], Existing::Refuse).unwrap();
        (dir, path, srs)
    }

    /// Writes a container whose payload was edited and whose digest is right.
    fn edited(path: &Path, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut payload = container::read(path, Kind::ProvingKey, 1 << 20).unwrap().payload;
        edit(&mut payload);
        container::write(path, Kind::ProvingKey, &payload, Existing::Replace).unwrap();
    }

    #[test]
    fn a_key_from_its_file_proves() {
        let (_dir, path, srs) = written();
        let (key, srs_digest) = read::<Square>(&path, 2, &IDENTITY).unwrap();
        assert_eq!(srs_digest, [9; 32]);
        let circuit = Square { scale: 2, root: Some(Fr::from(3)) };
        let proof = create_proof(&srs, &key, &circuit, &[Fr::from(18)]).unwrap();
        assert!(accepted(&srs, key.get_vk(), Fr::from(18), &proof));
    }

    #[test]
    fn rejects_the_key_of_another_plan() {
        let (_dir, path, _) = written();
        let other = Identity { plan: [8; 32], ..IDENTITY };
        assert!(matches!(read::<Square>(&path, 2, &other), Err(KeyError::Foreign)));
    }

    #[test]
    fn rejects_hostile_numbers_before_they_are_believed() {
        // The digest is right each time: whoever wrote the file wrote it on purpose.
        for (place, value) in [(7, 28), (11, 255), (15, 255), (81, 28), (86, 255), (85, 1)] {
            let (_dir, path, _) = written();
            edited(&path, |payload| payload[place] = value);
            assert!(read::<Square>(&path, 2, &IDENTITY).is_err(), "byte {place}");
        }
        let first_length = HEAD_BYTES + 10 + 4 * POINT_BYTES;
        let (_dir, path, _) = written();
        edited(&path, |payload| payload[first_length] = 0x7f);
        let read_back = read::<Square>(&path, 2, &IDENTITY);
        assert!(matches!(read_back, Err(KeyError::Layout { .. })));
    }

    #[test]
    fn rejects_scalars_and_points_out_of_range() {
        let (_dir, path, _) = written();
        let first_scalar = HEAD_BYTES + 10 + 4 * POINT_BYTES + 4;
        edited(&path, |payload| payload[first_scalar..first_scalar + 32].fill(0xff));
        assert!(matches!(read::<Square>(&path, 2, &IDENTITY), Err(KeyError::Scalar)));
        let (_dir, path, _) = written();
        edited(&path, |payload| payload[HEAD_BYTES + 10] ^= 1);
        assert!(matches!(read::<Square>(&path, 2, &IDENTITY), Err(KeyError::OffCurve)));
    }

    #[test]
    fn rejects_another_length() {
        let (_dir, path, _) = written();
        edited(&path, |payload| payload.push(0));
        let longer = read::<Square>(&path, 2, &IDENTITY);
        assert!(matches!(longer, Err(KeyError::File(FileError::TooLarge { .. }))));
        let (_dir, path, _) = written();
        edited(&path, |payload| payload.truncate(100));
        assert!(matches!(read::<Square>(&path, 2, &IDENTITY), Err(KeyError::Header { .. })));
    }
}
