//! Import of a ceremony: `.ptau` files of snarkjs.
//!
//! # Layout
//! `ptau`, version 1, number of sections; each section an id (u32), a length (u64) and its bytes; all numbers
//! little-endian. Section 1 is the header (field width, modulus, power, power of the ceremony), 2 the $\tau^i G_1$,
//! 3 the $\tau^i G_2$, 7 the contributions. Points are affine, coordinates in Montgomery form.
//!
//! Only the header, the first $2^k$ points of section 2, the first two of section 3 and the number of contributions
//! are read; every length is compared with the size of the file before anything is allocated. Lagrange points are
//! recomputed, not imported. [`check`] then shows the structure, and the pinned BLAKE2b-512 digest of
//! the whole file that it is the ceremony it claims to be.

use super::{Srs, SrsError, check, check_k, encoding};
use crate::files::{FileError, open_regular};
use blake2b_simd::Params;
use ff::PrimeField;
use halo2_proofs::halo2curves::bn256::{Fq, Fq2, G1Affine, G2Affine};
use halo2_proofs::halo2curves::serde::SerdeObject;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// No published file is larger: power 28 with its Lagrange forms takes 288 GiB.
const FILE_LIMIT: u64 = 512 << 30;
/// The format has 11 sections; a longer table is not one.
const SECTION_LIMIT: u32 = 32;
const MAX_POWER: u32 = 28;
const WORD: usize = 32;
const G1_BYTES: u64 = 64;
const G2_BYTES: u64 = 128;
const HEADER_SECTION: u32 = 1;
const TAU_G1_SECTION: u32 = 2;
const TAU_G2_SECTION: u32 = 3;
const CONTRIBUTIONS_SECTION: u32 = 7;

/// The BLAKE2b-512 digest of a ceremony file, as `b2sum` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeremonyDigest([u8; 64]);

impl std::str::FromStr for CeremonyDigest {
    type Err = SrsError;

    fn from_str(text: &str) -> Result<Self, SrsError> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| SrsError::DigestText)?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Display for CeremonyDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// What an import found.
#[derive(Debug)]
pub struct Imported {
    /// The SRS.
    pub srs: Srs,
    /// How many contributions the file lists.
    pub contributions: u32,
    /// The power of the file.
    pub power: u32,
}

/// Imports $2^k$ powers from the ceremony file with the given digest.
///
/// # Errors
/// Fails with the check that does not hold.
pub fn import(path: &Path, k: u32, pinned: &CeremonyDigest) -> Result<Imported, SrsError> {
    check_k(k)?;
    let (mut file, size) = open_regular(path, FILE_LIMIT)?;
    let sections = Sections::read(&mut file, path, size)?;
    let power = sections.power(&mut file, path)?;
    if power < k {
        return Err(SrsError::PtauPower { needed: k, actual: power });
    }
    let contributions = sections.contributions(&mut file, path)?;
    if contributions == 0 {
        return Err(SrsError::NoContribution);
    }
    let actual = digest(&mut file, path)?;
    if actual != *pinned {
        return Err(SrsError::Digest { actual: actual.to_string() });
    }
    let powers = sections.bytes(&mut file, path, TAU_G1_SECTION, G1_BYTES << k)?;
    let powers: Vec<G1Affine> =
        powers.par_chunks_exact(2 * WORD).map(g1).collect::<Result<_, _>>()?;
    let pair = sections.bytes(&mut file, path, TAU_G2_SECTION, 2 * G2_BYTES)?;
    let (generator, tau) = pair.split_at(4 * WORD);
    let pair = check::G2Pair { generator: g2(generator)?, tau: g2(tau)? };
    check::structure(&powers, &pair)?;
    Ok(Imported { srs: Srs::from_powers(k, powers, pair), contributions, power })
}

/// Where the sections stand: start and length.
struct Sections(BTreeMap<u32, (u64, u64)>);

impl Sections {
    fn read(file: &mut File, path: &Path, size: u64) -> Result<Self, SrsError> {
        if number::<4>(file, path)? != *b"ptau" {
            return Err(SrsError::Ptau { reason: "it does not begin with the letters ptau" });
        }
        if u32::from_le_bytes(number(file, path)?) != 1 {
            return Err(SrsError::Ptau { reason: "its version is not 1" });
        }
        let count = u32::from_le_bytes(number(file, path)?);
        if count > SECTION_LIMIT {
            return Err(SrsError::Ptau { reason: "it has too many sections" });
        }
        let mut sections = BTreeMap::new();
        let mut place = 12_u64;
        for _ in 0..count {
            file.seek(SeekFrom::Start(place)).map_err(FileError::io("read", path))?;
            let id = u32::from_le_bytes(number(file, path)?);
            let length = u64::from_le_bytes(number(file, path)?);
            let start = place + 12;
            place = start
                .checked_add(length)
                .filter(|end| *end <= size)
                .ok_or(SrsError::Ptau { reason: "a section is longer than the file" })?;
            if sections.insert(id, (start, length)).is_some() {
                return Err(SrsError::Ptau { reason: "a section appears twice" });
            }
        }
        if place != size {
            return Err(SrsError::Ptau { reason: "bytes stand behind its last section" });
        }
        Ok(Self(sections))
    }

    fn find(&self, id: u32) -> Result<(u64, u64), SrsError> {
        self.0.get(&id).copied().ok_or(SrsError::Ptau { reason: "a section is missing" })
    }

    /// Reads the first bytes of a section; `count` is bounded by the caller and by the section.
    fn bytes(
        &self,
        file: &mut File,
        path: &Path,
        id: u32,
        count: u64,
    ) -> Result<Vec<u8>, SrsError> {
        let (start, length) = self.find(id)?;
        if length < count {
            return Err(SrsError::Ptau { reason: "a section is too short" });
        }
        file.seek(SeekFrom::Start(start)).map_err(FileError::io("read", path))?;
        let mut bytes = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        file.take(count).read_to_end(&mut bytes).map_err(FileError::io("read", path))?;
        if bytes.len() as u64 == count {
            Ok(bytes)
        } else {
            Err(FileError::Changed { path: path.to_path_buf() }.into())
        }
    }

    /// Checks the header and the lengths that follow from it, and returns the power.
    fn power(&self, file: &mut File, path: &Path) -> Result<u32, SrsError> {
        let (_, length) = self.find(HEADER_SECTION)?;
        let bytes = self.bytes(file, path, HEADER_SECTION, 44)?;
        let (Some(width), Some(modulus), Some(power)) =
            (bytes.first_chunk::<4>(), bytes.get(4..36), bytes.get(36..40))
        else {
            return Err(SrsError::Ptau { reason: "its header is too short" });
        };
        if length != 44 || u32::from_le_bytes(*width) != 32 || modulus != base_modulus() {
            return Err(SrsError::Ptau { reason: "it is for another curve than BN254" });
        }
        let power = power.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte));
        if power > MAX_POWER {
            return Err(SrsError::Ptau { reason: "its power is above 28" });
        }
        let points = 1_u64 << power;
        let expected =
            [(TAU_G1_SECTION, (2 * points - 1) * G1_BYTES), (TAU_G2_SECTION, points * G2_BYTES)];
        for (id, length) in expected {
            if self.find(id)?.1 != length {
                return Err(SrsError::Ptau {
                    reason: "a section does not have its power's length",
                });
            }
        }
        Ok(power)
    }

    fn contributions(&self, file: &mut File, path: &Path) -> Result<u32, SrsError> {
        let bytes = self.bytes(file, path, CONTRIBUTIONS_SECTION, 4)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
    }
}

fn number<const N: usize>(file: &mut File, path: &Path) -> Result<[u8; N], SrsError> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(FileError::io("read", path))?;
    Ok(bytes)
}

/// Returns the modulus of the base field as 32 little-endian bytes.
fn base_modulus() -> Vec<u8> {
    let mut bytes: Vec<u8> = (-Fq::from(1)).to_repr().as_ref().to_vec();
    // The modulus is odd, so adding one to modulus - 1 carries nowhere.
    if let Some(lowest) = bytes.first_mut() {
        *lowest |= 1;
    }
    bytes
}

fn digest(file: &mut File, path: &Path) -> Result<CeremonyDigest, SrsError> {
    file.seek(SeekFrom::Start(0)).map_err(FileError::io("read", path))?;
    let mut state = Params::new().hash_length(64).to_state();
    let mut piece = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut piece).map_err(FileError::io("read", path))?;
        let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { break };
        state.update(read);
    }
    Ok(CeremonyDigest(*state.finalize().as_array()))
}

fn coordinate(bytes: &[u8]) -> Result<Fq, SrsError> {
    Fq::from_raw_bytes(bytes).ok_or(SrsError::Coordinate)
}

fn g1(bytes: &[u8]) -> Result<G1Affine, SrsError> {
    let (x, y) = bytes.split_at(WORD);
    encoding::checked_g1(coordinate(x)?, coordinate(y)?)
}

fn g2(bytes: &[u8]) -> Result<G2Affine, SrsError> {
    let mut words = bytes.chunks_exact(WORD).map(coordinate);
    let mut next = || words.next().unwrap_or(Err(SrsError::Truncated));
    let (x, y) = (Fq2::new(next()?, next()?), Fq2::new(next()?, next()?));
    encoding::checked_g2(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan_export;
    use crate::srs::manifest;
    use halo2_proofs::poly::commitment::ParamsProver;
    use std::fs;
    use std::path::PathBuf;
    use tribute_verifier::plan::G2;
    use tribute_verifier::srs::{CEREMONIES, ceremony_of};

    const ONE: &[u8] = include_bytes!("../../tests/files/one_contribution.ptau");
    /// The published file of the genuine ceremony, as the crate `ppot-rs` 0.1.1 (MIT) ships it.
    const HERMEZ: &[u8] = include_bytes!("../../tests/files/powersOfTau28_hez_final_08.ptau");
    const BLANK: &[u8] = include_bytes!("../../tests/files/no_contribution.ptau");

    fn digest_of(bytes: &[u8]) -> CeremonyDigest {
        CeremonyDigest(*Params::new().hash_length(64).hash(bytes).as_array())
    }

    fn imported(bytes: &[u8], k: u32) -> Result<Imported, SrsError> {
        let dir = tempfile::tempdir().unwrap();
        let path: PathBuf = dir.path().join("file.ptau");
        fs::write(&path, bytes).unwrap();
        import(&path, k, &digest_of(bytes))
    }

    fn g2_of(imported: &Imported) -> G2 {
        plan_export::g2(&imported.srs.params().s_g2()).unwrap()
    }

    /// Start of a section's contents.
    fn section(bytes: &[u8], id: u32) -> usize {
        let mut place = 12;
        loop {
            let found = u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap());
            let length = u64::from_le_bytes(bytes[place + 4..place + 12].try_into().unwrap());
            if found == id {
                return place + 12;
            }
            place += 12 + usize::try_from(length).unwrap();
        }
    }

    #[test]
    fn accepts_a_file_of_snarkjs_and_recomputes_the_lagrange_points() {
        let imported = imported(ONE, 3).unwrap();
        assert_eq!((imported.contributions, imported.power, imported.srs.k()), (1, 4, 3));
        // A contribution of anybody: whoever made it may know the secret, for all and not for the importer alone.
        assert!(imported.srs.is_unsafe());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k3.srs");
        imported.srs.write(&path, crate::files::Existing::Refuse).unwrap();
        Srs::read(&path).unwrap();
    }

    #[test]
    fn the_ceremony_of_the_list_is_the_one_of_its_published_file() {
        let published = manifest::ceremonies().find(|ceremony| ceremony.power == 8).unwrap();
        assert_eq!(digest_of(HERMEZ).to_string(), published.digest);
        let imported = imported(HERMEZ, 8).unwrap();
        assert_eq!((imported.contributions, imported.power), (55, 8));
        let [known] = &CEREMONIES;
        let (tau_g1, tau_g2) = known.points().unwrap();
        assert_eq!(g2_of(&imported), tau_g2);
        assert!(!imported.srs.is_unsafe());
        assert_eq!(plan_export::g1(&imported.srs.params().get_g()[1]).unwrap(), tau_g1);
        for k in [3, 8] {
            let cut = imported.srs.clone().cut(k).unwrap();
            assert_eq!(
                ceremony_of(&plan_export::g2(&cut.params().s_g2()).unwrap()),
                Some(known),
                "k = {k}"
            );
        }
    }

    #[test]
    fn a_ceremony_of_ones_own_is_none_of_the_list() {
        let imported = imported(ONE, 3).unwrap();
        assert_eq!(ceremony_of(&g2_of(&imported)), None);
    }

    #[test]
    fn rejects_a_ceremony_without_contribution() {
        assert!(matches!(imported(BLANK, 3), Err(SrsError::NoContribution)));
        // A count that lies does not help: the secret is 1.
        let mut lying = BLANK.to_vec();
        let place = section(&lying, CONTRIBUTIONS_SECTION);
        lying[place] = 1;
        assert!(matches!(imported(&lying, 3), Err(SrsError::TrivialSecret)));
    }

    #[test]
    fn rejects_a_file_that_is_not_the_pinned_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file.ptau");
        fs::write(&path, ONE).unwrap();
        let other = import(&path, 3, &digest_of(BLANK));
        assert!(matches!(other, Err(SrsError::Digest { .. })));
    }

    #[test]
    fn rejects_a_k_above_the_power() {
        let error = imported(ONE, 5).unwrap_err();
        assert!(matches!(error, SrsError::PtauPower { needed: 5, actual: 4 }));
    }

    #[test]
    fn rejects_points_that_are_no_powers_or_off_the_curve() {
        let start = section(ONE, TAU_G1_SECTION);
        let mut swapped = ONE.to_vec();
        let later = swapped[start + 128..start + 192].to_vec();
        swapped.copy_within(start + 192..start + 256, start + 128);
        swapped[start + 192..start + 256].copy_from_slice(&later);
        assert!(matches!(imported(&swapped, 3), Err(SrsError::Powers)));
        let mut off = ONE.to_vec();
        off[start + 64] ^= 1;
        assert!(matches!(imported(&off, 3), Err(SrsError::OffCurve)));
        let mut wide = ONE.to_vec();
        wide[start + 64..start + 96].fill(0xff);
        assert!(matches!(imported(&wide, 3), Err(SrsError::Coordinate)));
    }

    #[test]
    fn rejects_headers_that_promise_more_than_the_file_holds() {
        let header = section(ONE, HEADER_SECTION);
        for power in [0_u8, 5, 20, 28, 29, 255] {
            let mut bytes = ONE.to_vec();
            bytes[header + 36] = power;
            assert!(matches!(imported(&bytes, 3), Err(SrsError::Ptau { .. })), "power {power}");
        }
        let mut bytes = ONE.to_vec();
        bytes[8..12].fill(0xff);
        assert!(matches!(imported(&bytes, 3), Err(SrsError::Ptau { .. })));
        let mut bytes = ONE.to_vec();
        bytes[16..24].fill(0xff);
        assert!(matches!(imported(&bytes, 3), Err(SrsError::Ptau { .. })));
    }

    #[test]
    fn rejects_every_truncation() {
        for length in (0..ONE.len()).step_by(37) {
            assert!(imported(&ONE[..length], 3).is_err(), "{length} bytes");
        }
        let mut longer = ONE.to_vec();
        longer.push(0);
        assert!(matches!(imported(&longer, 3), Err(SrsError::Ptau { .. })));
    }

    #[test]
    fn reads_a_digest_as_b2sum_prints_it() {
        let text = digest_of(ONE).to_string();
        assert_eq!(text.parse::<CeremonyDigest>().unwrap(), digest_of(ONE));
        assert!(text[2..].parse::<CeremonyDigest>().is_err());
    }
}
