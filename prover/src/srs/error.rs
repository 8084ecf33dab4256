//! Why an SRS is refused, one variant per check.

use crate::files::FileError;

/// Why an SRS was not read, imported or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SrsError {
    /// The file could not be read, or is damaged.
    #[error(transparent)]
    File(#[from] FileError),
    /// The size is one nobody uses.
    #[error("an SRS has k between 3 and 20, not {actual}")]
    KOutOfRange {
        /// The size named.
        actual: u32,
    },
    /// The circuit needs more powers.
    #[error("the circuit needs an SRS with k = {needed}, this one has k = {actual}")]
    TooSmall {
        /// What the circuit needs.
        needed: u32,
        /// What there is.
        actual: u32,
    },
    /// The file is not the one that was checked at setup.
    #[error("the SRS file is not the one that the keys were made with")]
    Pinned,
    /// A word that is zero in this version, and said where the SRS comes from in earlier ones.
    #[error(
        "the SRS file says of itself how safe it is, as earlier versions did; make or import it anew"
    )]
    Flags,
    /// The secret that a case keeps for development is none.
    #[error(
        "the development secret of the case is no scalar; remove private/dev-srs.json and set up anew"
    )]
    DevSecret,
    /// The payload's length is not that of its `k`.
    #[error("an SRS payload of {actual} bytes does not fit k = {k}")]
    Length {
        /// The size named in the payload.
        k: u32,
        /// The length found.
        actual: u64,
    },
    /// The payload ends early.
    #[error("the SRS ends in the middle of a point")]
    Truncated,
    /// A coordinate is not below the modulus.
    #[error("an SRS point has a coordinate that is not below the modulus")]
    Coordinate,
    /// A point is off its curve, or at infinity.
    #[error("an SRS point is not on its curve")]
    OffCurve,
    /// A point of the second group is outside the prime-order subgroup.
    #[error("an SRS point of the second group is outside its subgroup")]
    Subgroup,
    /// The first power is not the generator.
    #[error("the SRS does not start at the generator of the {group} group")]
    Generator {
        /// Which group.
        group: &'static str,
    },
    /// The secret is 0, 1 or -1: no ceremony took place.
    #[error("the secret of the SRS is 0, 1 or -1: nobody contributed to it")]
    TrivialSecret,
    /// The points are no successive powers of one secret.
    #[error("the SRS points are not successive powers of one secret")]
    Powers,
    /// The Lagrange form is not that of the powers.
    #[error("the Lagrange points of the SRS do not belong to its powers")]
    Lagrange,
    /// The file is not a powers-of-tau file.
    #[error("not a powers-of-tau file of snarkjs: {reason}")]
    Ptau {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The ceremony has fewer powers than asked for.
    #[error("the ceremony file has power {actual}, k = {needed} was asked for")]
    PtauPower {
        /// The `k` asked for.
        needed: u32,
        /// The power of the file.
        actual: u32,
    },
    /// The ceremony has no contribution.
    #[error("the ceremony file has no contribution: its secret is public")]
    NoContribution,
    /// The pinned digest is not a BLAKE2b-512 digest in hex.
    #[error("a ceremony digest is 128 hex digits (BLAKE2b-512, as b2sum prints it)")]
    DigestText,
    /// The file is not the one that was pinned.
    #[error("the ceremony file has the BLAKE2b-512 digest {actual}, not the pinned one")]
    Digest {
        /// What the file hashes to.
        actual: String,
    },
}
