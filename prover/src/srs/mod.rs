//! The SRS: powers of a secret $\tau$ in the exponent, the setup of the KZG commitments.
//!
//! Whoever knows $\tau$ can prove anything. Where an [`Srs`] comes from follows from its $[\tau]_2$ alone
//! ([`tribute_verifier::srs`]): a known ceremony ([`ptau`]), or anybody, such as [`Srs::generate_unsafe_dev`].
//!
//! # Container
//! Kind `SRS\0`. The payload, all numbers big-endian:
//!
//! | bytes | holds |
//! |---|---|
//! | 4 | zero |
//! | 4 | $k$ |
//! | $64 \cdot 2^k$ | $\tau^i G_1$, coordinates $x$, $y$ |
//! | $64 \cdot 2^k$ | the Lagrange form of the same |
//! | 128 | $G_2$: $x_1$, $x_0$, $y_1$, $y_0$ |
//! | 128 | $\tau G_2$ |
//!
//! # Soundness
//! A digest says that a file is what was written, not that it was written well. Whatever file an SRS comes from, every
//! point is on its curve and in its group, and [`check`] shows the structure, before it is used.

pub mod check;
mod encoding;
mod error;
pub mod manifest;
mod powers;
pub mod ptau;
mod source;

pub use error::SrsError;
pub use source::SrsSource;

use crate::files::container::{self, Kind};
use crate::files::{Existing, FileError};
use crate::plan_export;
use halo2_proofs::SerdeFormat;
use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1Affine};
use halo2_proofs::halo2curves::serde::SerdeObject;
use halo2_proofs::poly::commitment::{Params, ParamsProver};
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use rand_core::OsRng;
use sha3::{Digest, Keccak256};
use std::path::Path;
use std::sync::OnceLock;
use tribute_verifier::plan::{EncodingError, SrsPoints};

/// The smallest SRS that is handled; below it a circuit has no usable row.
pub const MIN_K: u32 = 3;
/// The largest SRS that is read or made: $2^{20}$ rows, 134 MB of points.
pub const MAX_K: u32 = 20;

/// An SRS.
#[derive(Clone, Debug)]
pub struct Srs {
    params: ParamsKZG<Bn256>,
    /// What the parameters hold and don't show.
    lagrange: OnceLock<Vec<G1Affine>>,
}

impl Srs {
    /// Makes a fresh SRS for development; this process saw its secret.
    ///
    /// The secret is drawn from the operating system and forgotten, which nobody else can check.
    ///
    /// # Errors
    /// Fails if `k` is out of range.
    pub fn generate_unsafe_dev(k: u32) -> Result<Self, SrsError> {
        Self::of_secret(k, random_scalar())
    }

    /// Makes the SRS of a secret, for development.
    pub(super) fn of_secret(k: u32, secret: Fr) -> Result<Self, SrsError> {
        check_k(k)?;
        Ok(Self::new(powers::of_secret(k, secret)))
    }

    /// Takes parameters whose secret somebody may know, such as those of a test.
    pub fn from_unsafe_params(params: ParamsKZG<Bn256>) -> Self {
        Self::new(params)
    }

    const fn new(params: ParamsKZG<Bn256>) -> Self {
        Self { params, lagrange: OnceLock::new() }
    }

    /// Assembles an SRS from points that [`check::structure`] has passed.
    fn from_powers(k: u32, powers: Vec<G1Affine>, tail: check::G2Pair) -> Self {
        let params = template().from_parts(k, powers, None, tail.generator, tail.tau);
        Self::new(params)
    }

    /// Returns the parameters for the proof system.
    pub fn params(&self) -> &ParamsKZG<Bn256> {
        &self.params
    }

    /// Returns the Lagrange points, which commit to a column row by row.
    pub(crate) fn lagrange(&self) -> &[G1Affine] {
        self.lagrange.get_or_init(|| written_lagrange(&self.params))
    }

    /// Returns the points that tell this SRS from others and where it comes from.
    ///
    /// # Errors
    /// Fails on a point at infinity, which no SRS that was checked has.
    pub fn points(&self) -> Result<SrsPoints, SrsError> {
        let generator = self.params.get_g().first().copied().unwrap_or_default();
        let points = || {
            Ok::<_, EncodingError>(SrsPoints {
                g1: plan_export::g1(&generator)?,
                g2: plan_export::g2(&self.params.g2())?,
                s_g2: plan_export::g2(&self.params.s_g2())?,
            })
        };
        points().map_err(|_| SrsError::OffCurve)
    }

    /// Returns whether the secret may be known: whether it is of no known ceremony.
    pub fn is_unsafe(&self) -> bool {
        self.points().map_or(true, |points| points.ceremony().is_none())
    }

    /// Returns the logarithm of the number of powers.
    pub fn k(&self) -> u32 {
        self.params.k()
    }

    /// Returns the SRS cut down to $2^k$ powers.
    ///
    /// # Errors
    /// Fails if it has fewer.
    pub fn cut(mut self, k: u32) -> Result<Self, SrsError> {
        check_k(k)?;
        if self.k() < k {
            return Err(SrsError::TooSmall { needed: k, actual: self.k() });
        }
        if self.k() > k {
            self.params.downsize(k);
            self.lagrange = OnceLock::new();
        }
        Ok(self)
    }

    /// Returns what tells this SRS from others of any size: a digest of $\tau G_2$.
    pub fn secret_digest(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        encoding::put_g2(&mut bytes, &self.params.s_g2());
        Keccak256::digest(&bytes).into()
    }

    /// Writes the SRS and returns the digest of its payload.
    ///
    /// # Errors
    /// Fails as [`container::write`] does.
    pub fn write(&self, path: &Path, existing: Existing) -> Result<[u8; 32], FileError> {
        container::write(path, Kind::Srs, &self.payload(), existing)
    }

    /// Reads an SRS, checking every point and the structure.
    ///
    /// # Errors
    /// Fails on a damaged container, on a point off its curve, and on points that are no powers of one secret.
    pub fn read(path: &Path) -> Result<Self, SrsError> {
        let container = container::read(path, Kind::Srs, payload_bytes(MAX_K))?;
        let srs = Self::from_payload(&container.payload)?;
        check::structure(srs.params.get_g(), &srs.g2_pair())?;
        check::lagrange(srs.params.get_g(), srs.lagrange())?;
        Ok(srs)
    }

    /// Reads an SRS that was checked when its digest was noted; every point is still decoded with its checks.
    ///
    /// # Errors
    /// Fails on a damaged container, another digest, or a point off its curve.
    pub fn read_pinned(path: &Path, digest: &[u8; 32]) -> Result<Self, SrsError> {
        let container = container::read(path, Kind::Srs, payload_bytes(MAX_K))?;
        if container.header.digest != *digest {
            return Err(SrsError::Pinned);
        }
        Self::from_payload(&container.payload)
    }

    fn g2_pair(&self) -> check::G2Pair {
        check::G2Pair { generator: self.params.g2(), tau: self.params.s_g2() }
    }

    fn payload(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(usize::try_from(payload_bytes(self.k())).unwrap_or(0));
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.k().to_be_bytes());
        for point in self.params.get_g().iter().chain(self.lagrange()) {
            encoding::put_g1(&mut bytes, point);
        }
        encoding::put_g2(&mut bytes, &self.params.g2());
        encoding::put_g2(&mut bytes, &self.params.s_g2());
        bytes
    }

    fn from_payload(payload: &[u8]) -> Result<Self, SrsError> {
        let mut reader = encoding::Reader::new(payload);
        if reader.number()? != 0 {
            return Err(SrsError::Flags);
        }
        let k = reader.number()?;
        check_k(k)?;
        if payload.len() as u64 != payload_bytes(k) {
            return Err(SrsError::Length { k, actual: payload.len() as u64 });
        }
        let count = 1_usize << k;
        let powers = reader.g1_points(count)?;
        let lagrange = reader.g1_points(count)?;
        let (generator, tau) = (reader.g2()?, reader.g2()?);
        let params = template().from_parts(k, powers, Some(lagrange), generator, tau);
        Ok(Self::new(params))
    }
}

/// Returns the Lagrange points, which the library keeps to itself but writes out.
fn written_lagrange(params: &ParamsKZG<Bn256>) -> Vec<G1Affine> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail; were it to, the points would be missing and every check after this fails.
    let _ = params.write_custom(&mut bytes, SerdeFormat::RawBytes);
    let points = bytes.get(4..).unwrap_or_default().chunks_exact(64);
    let count = params.get_g().len();
    points.skip(count).take(count).map(G1Affine::from_raw_bytes_unchecked).collect()
}

/// Returns the length of the payload for a `k` in range.
fn payload_bytes(k: u32) -> u64 {
    8 + 128 * (1 << k) + 256
}

fn check_k(k: u32) -> Result<(), SrsError> {
    if (MIN_K..=MAX_K).contains(&k) { Ok(()) } else { Err(SrsError::KOutOfRange { actual: k }) }
}

/// Returns parameters whose only use is that `from_parts` is a method.
fn template() -> ParamsKZG<Bn256> {
    ParamsKZG::<Bn256>::setup(1, OsRng)
}

/// A scalar nobody can foresee.
fn random_scalar() -> Fr {
    use ff::Field;
    Fr::random(OsRng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dev.srs");
        let srs = Srs::generate_unsafe_dev(4).unwrap();
        srs.write(&path, Existing::Refuse).unwrap();
        let read = Srs::read(&path).unwrap();
        assert!(read.is_unsafe());
        assert_eq!(read.payload(), srs.payload());
        assert_eq!(read.secret_digest(), srs.secret_digest());
    }

    #[test]
    fn two_development_setups_share_nothing() {
        let [first, second] = [4, 4].map(|k| Srs::generate_unsafe_dev(k).unwrap());
        assert_ne!(first.secret_digest(), second.secret_digest());
    }

    #[test]
    fn cuts_down_and_never_up() {
        let srs = Srs::generate_unsafe_dev(5).unwrap();
        let small = srs.clone().cut(3).unwrap();
        assert_eq!(small.secret_digest(), srs.secret_digest());
        check::lagrange(small.params.get_g(), small.lagrange()).unwrap();
        assert!(matches!(small.cut(4), Err(SrsError::TooSmall { needed: 4, actual: 3 })));
    }

    #[test]
    fn rejects_a_k_out_of_range_before_it_allocates() {
        assert!(matches!(Srs::generate_unsafe_dev(2), Err(SrsError::KOutOfRange { actual: 2 })));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("huge.srs");
        let mut payload = vec![0; 8 + 256 + 128];
        payload[7] = 40;
        container::write(&path, Kind::Srs, &payload, Existing::Refuse).unwrap();
        assert!(matches!(Srs::read(&path), Err(SrsError::KOutOfRange { actual: 40 })));
    }

    #[test]
    fn clearing_the_flags_of_a_development_srs_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dev.srs");
        let srs = Srs::generate_unsafe_dev(3).unwrap();
        // The flag words are zero, and the digest is right: a file as a maker of clean ones would want it.
        assert_eq!(srs.payload()[..4], [0; 4]);
        srs.write(&path, Existing::Refuse).unwrap();
        assert_eq!(std::fs::read(&path).unwrap()[16..20], [0; 4]);
        assert!(Srs::read(&path).unwrap().is_unsafe());
        // A file that says otherwise is of an earlier version.
        let mut payload = srs.payload();
        payload[3] = 1;
        container::write(&path, Kind::Srs, &payload, Existing::Replace).unwrap();
        assert!(matches!(Srs::read(&path), Err(SrsError::Flags)));
    }

    #[test]
    fn rejects_an_exchanged_lagrange_point() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dev.srs");
        let srs = Srs::generate_unsafe_dev(3).unwrap();
        let mut payload = srs.payload();
        let start = 8 + 64 * 8;
        let first: Vec<u8> = payload[start..start + 64].to_vec();
        payload.copy_within(start + 64..start + 128, start);
        payload[start + 64..start + 128].copy_from_slice(&first);
        container::write(&path, Kind::Srs, &payload, Existing::Refuse).unwrap();
        assert!(matches!(Srs::read(&path), Err(SrsError::Lagrange)));
    }
}
