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
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(rand_core::Error),
    /// A linked column was committed with other randomness than it was given.
    #[error(
        "linked column {column} was not committed with the randomness it was given: this version of the proof system draws in another order; please report this"
    )]
    Draws {
        /// The column.
        column: usize,
    },
    /// A linked column is not the registered one.
    #[error(
        "linked column {column} of the circuit is not the one that is registered; run `tribute setup --force`"
    )]
    LinkedColumn {
        /// The column.
        column: usize,
    },
    /// The circuit has another number of linked columns than are registered.
    #[error("the circuit links {actual} columns, {expected} are registered")]
    LinkedCount {
        /// Registered columns.
        expected: usize,
        /// Columns of the circuit.
        actual: usize,
    },
    /// A linked column does not have one value for each row.
    #[error("linked column {column} has {actual} values, there are {expected} rows")]
    LinkedRows {
        /// The column.
        column: usize,
        /// Rows.
        expected: usize,
        /// Values of the column.
        actual: usize,
    },
    /// A point of a link does not encode, or a proof is too short to be linked.
    #[error("no link can be made: {0}")]
    Link(std::io::Error),
    /// The proving key was made for another plan.
    #[error("the proving key belongs to another plan; run `tribute setup --force`")]
    Foreign,
    /// The proving key's own verifying key is not the plan's.
    #[error("the proving key does not make proofs of its plan; run `tribute setup --force`")]
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
    /// A word that is zero in this version, and said where the key comes from in earlier ones.
    #[error("the proving key is of an earlier version; run `tribute setup` again")]
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
