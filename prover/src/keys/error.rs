//! Why keys are not made, not read, or not used.

use crate::files::FileError;
use halo2_proofs::plonk;

/// Why a key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file could not be read, or is damaged.
    #[error(transparent)]
    File(#[from] FileError),
    /// The proof system made no keys.
    #[error("no keys can be made: {0:?}")]
    Generate(plonk::Error),
    /// The proof system made no proof.
    #[error("no proof can be made: {0:?}")]
    Prove(plonk::Error),
    /// The proving key was made for another plan.
    #[error("the proving key belongs to another plan; run `tribute setup` again")]
    Foreign,
    /// The proving key's own verifying key is not the plan's.
    #[error("the proving key does not make proofs of its plan; run `tribute setup` again")]
    Stale,
    /// The proving key's header contradicts the plan.
    #[error("the proving key's {field} is {actual}, the plan has {expected}")]
    Header {
        /// Which number.
        field: &'static str,
        /// What the plan says.
        expected: u64,
        /// What the file says.
        actual: u64,
    },
    /// Header and payload disagree on where the key comes from.
    #[error("the proving key contradicts itself about being from a development SRS")]
    Flags,
    /// The payload does not have the layout of its numbers.
    #[error("the proving key is malformed at byte {place}")]
    Layout {
        /// Where in the payload.
        place: usize,
    },
    /// A scalar is not below the modulus.
    #[error("the proving key holds a scalar that is not below the modulus")]
    Scalar,
    /// A commitment is not on the curve.
    #[error("the proving key holds a commitment that is not on the curve")]
    OffCurve,
    /// The proof system could not read the key.
    #[error("the proving key cannot be read: {0}")]
    Read(std::io::Error),
}
