//! Where an SRS comes from, told by its points alone.
//!
//! # Why
//! Whoever knows the secret $\tau$ of an SRS can prove anything under it. A file that says of itself that its secret is
//! unknown says what its maker wrote. What cannot be written at will is $[\tau]_2$: two SRSs with the same $[\tau]_2$
//! have the same secret, and for an SRS of a known ceremony it is the ceremony's. So safety is computed: an SRS is of a
//! [known ceremony](CEREMONIES), or of one that the verifier names by its [digest](SrsPoints::digest), or its secret may
//! be known to whoever made it.
//!
//! # How the values were obtained
//! See [`CEREMONIES`]; a test of the prover imports the ceremony's own file and compares.

use core::fmt;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::digest::Digest;
use crate::plan::{G1, G2, SrsPoints};

/// A ceremony whose secret nobody is believed to know.
#[derive(Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// What it is called.
    pub name: &'static str,
    /// $[\tau]_1$, $x$ and $y$, big-endian.
    pub tau_g1: [[u8; 32]; 2],
    /// $[\tau]_2$, imaginary parts first, big-endian.
    pub tau_g2: [[u8; 32]; 4],
}

/// The ceremonies that are known.
///
/// **Perpetual powers of tau, BN254**, after 54 contributions and the random beacon of the Hermez preparation: the
/// files `powersOfTau28_hez_final_NN.ptau`. The values are the second points of the sections 2 and 3 of the file of
/// power 8, as the crate `ppot-rs` 0.1.1 ships it; its BLAKE2b-512 is the one that the README of snarkjs lists for that
/// file (`params/MANIFEST`). Files of other powers are cut from the same ceremony and have the same two points.
pub const CEREMONIES: [Ceremony; 1] = [Ceremony {
    name: "perpetual powers of tau (Hermez, BN254)",
    tau_g1: [
        word("2dd3fd59098a5b4b4a616568bb6ba1a1e4c40e4b0df9ae94e37944d55ab651cf"),
        word("25680c3525ba04435a9034d6e69c96de5133edfe37c226d3e31b60eff6b34ef0"),
    ],
    tau_g2: [
        word("26186a2d65ee4d2f9c9a5b91f86597d35f192cd120caf7e935d8443d1938e23d"),
        word("30441fd1b5d3370482c42152a8899027716989a6996c2535bc9f7fee8aaef79e"),
        word("1970ea81dd6992adfbc571effb03503adbbb6a857f578403c6c40e22d65b3c02"),
        word("054793348f12c0cf5622c340573cb277586319de359ab9389778f689786b1e48"),
    ],
}];

const DOMAIN: &[u8] = b"tribute/srs/1";

/// Where an SRS comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SrsOrigin {
    /// A known ceremony.
    Ceremony,
    /// A ceremony that the verifier named by its digest.
    Trusted,
    /// Unknown: whoever made it may know its secret.
    Unknown,
}

impl SrsOrigin {
    /// Whether the secret may be known, so that proofs may be forged.
    #[must_use]
    pub const fn is_unsafe(self) -> bool {
        match self {
            Self::Ceremony | Self::Trusted => false,
            Self::Unknown => true,
        }
    }
}

impl SrsPoints {
    /// Returns the digest that tells SRSs of different secrets apart, whatever their sizes.
    ///
    /// ```
    /// use tribute_verifier::registration::Registration;
    ///
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/registration.json"));
    /// let registration = Registration::from_json(file)?;
    /// assert_eq!(registration.plan.srs.digest(), registration.binding.plan.srs.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        let Self { g1, g2, s_g2 } = self;
        let words = [g1.words().as_slice(), &g2.words(), &s_g2.words()].concat();
        Digest::of(&[&Digest::of(&[DOMAIN]).0, words.as_flattened()])
    }

    /// Returns the known ceremony that it comes from, if there is one.
    #[must_use]
    pub fn ceremony(&self) -> Option<&'static Ceremony> {
        ceremony_of(&self.s_g2)
    }

    /// Returns where it comes from, for a verifier that trusts these digests beside the known ceremonies.
    #[must_use]
    pub fn origin(&self, trusted: &BTreeSet<Digest>) -> SrsOrigin {
        match self.ceremony() {
            Some(_) => SrsOrigin::Ceremony,
            None if trusted.contains(&self.digest()) => SrsOrigin::Trusted,
            None => SrsOrigin::Unknown,
        }
    }
}

/// Returns the known ceremony with this $[\tau]_2$.
#[must_use]
pub fn ceremony_of(s_g2: &G2) -> Option<&'static Ceremony> {
    CEREMONIES.iter().find(|ceremony| ceremony.tau_g2 == s_g2.words())
}

impl Ceremony {
    /// Returns $[\tau]_1$ and $[\tau]_2$ as points, if the words are some.
    #[must_use]
    pub fn points(&self) -> Option<(G1, G2)> {
        Some((G1::from_words(self.tau_g1).ok()?, G2::from_words(self.tau_g2).ok()?))
    }
}

impl fmt::Display for SrsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ceremony => "of a known ceremony",
            Self::Trusted => "of a ceremony that was named as trusted",
            Self::Unknown => "of no known ceremony: whoever made it may know its secret",
        })
    }
}

/// Returns the bytes of 64 hex digits. A constant that is none does not compile.
const fn word(hex: &str) -> [u8; 32] {
    let digits = hex.as_bytes();
    assert!(digits.len() == 64);
    let mut bytes = [0; 32];
    let mut place = 0;
    while place < 64 {
        let digit = match digits[place] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("a hex digit is asked for"),
        };
        bytes[place / 2] = (bytes[place / 2] << 4) | digit;
        place += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
    use ark_ec::pairing::Pairing as _;
    use ark_ec::{AffineRepr as _, CurveGroup as _};

    use super::*;

    fn points(s_g2: G2) -> SrsPoints {
        SrsPoints { g1: G1(G1Affine::generator()), g2: G2(G2Affine::generator()), s_g2 }
    }

    #[test]
    fn the_two_points_of_a_ceremony_have_one_secret() {
        for ceremony in &CEREMONIES {
            let (tau_g1, tau_g2) = ceremony.points().unwrap();
            let left = Bn254::pairing(tau_g1.0, G2Affine::generator());
            assert_eq!(left, Bn254::pairing(G1Affine::generator(), tau_g2.0), "{}", ceremony.name);
            assert_eq!(points(tau_g2).origin(&BTreeSet::new()), SrsOrigin::Ceremony);
        }
    }

    #[test]
    fn a_secret_that_its_maker_knows_is_unknown_until_it_is_named() {
        let s_g2 = (G2Affine::generator() * Fr::from(7_u64)).into_affine();
        let own = points(G2(s_g2));
        assert_eq!(own.origin(&BTreeSet::new()), SrsOrigin::Unknown);
        assert!(own.origin(&BTreeSet::new()).is_unsafe());
        assert_eq!(own.origin(&BTreeSet::from([own.digest()])), SrsOrigin::Trusted);
        let other = points(G2((s_g2 + s_g2).into_affine()));
        assert_ne!(other.digest(), own.digest());
        assert_eq!(other.origin(&BTreeSet::from([own.digest()])), SrsOrigin::Unknown);
    }
}
