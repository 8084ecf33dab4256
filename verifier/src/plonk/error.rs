//! Why a proof is refused.

use crate::link::LinkError;
use crate::plan::PlanError;

/// Why a proof is refused. One variant per check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlonkError {
    /// The plan itself is unusable.
    #[error("the plan is refused: {0}")]
    Plan(#[from] PlanError),
    /// Another number of public inputs than the plan fixes.
    #[error("the plan has {expected} public inputs, {actual} were given")]
    InstanceCount {
        /// Number the plan fixes.
        expected: usize,
        /// Number given.
        actual: usize,
    },
    /// A proof that is too short or has something behind it.
    #[error("the proof has {actual} bytes, the plan fixes {expected}")]
    ProofLength {
        /// Length the plan fixes.
        expected: usize,
        /// Length received.
        actual: usize,
    },
    /// A scalar at or above the group order.
    #[error("the scalar at byte {offset} of the proof is not below the group order")]
    Scalar {
        /// Where it stands.
        offset: usize,
    },
    /// A coordinate at or above the field's modulus.
    #[error("the coordinate at byte {offset} of the proof is not below the modulus")]
    Coordinate {
        /// Where it stands.
        offset: usize,
    },
    /// Both coordinates zero: the point at infinity does not encode.
    #[error("the point at byte {offset} of the proof is at infinity")]
    Infinity {
        /// Where it stands.
        offset: usize,
    },
    /// Coordinates that satisfy no curve equation.
    #[error("the point at byte {offset} of the proof is not on the curve")]
    OffCurve {
        /// Where it stands.
        offset: usize,
    },
    /// The proof ends in a link, and nothing was given that it could be linked to.
    #[error("proofs of the plan are linked to registered commitments, and none were given")]
    Unregistered,
    /// Commitments to link a proof to that has no link.
    #[error("proofs of the plan are linked to nothing")]
    Unlinked,
    /// The proof is not linked to the registered commitments.
    #[error("{0}")]
    Link(#[from] LinkError),
    /// A challenge at which the equations are not defined.
    #[error("a challenge fell on a point of the domain")]
    DegenerateChallenge,
    /// The commitments do not open to values that satisfy the equations.
    #[error("the proof does not satisfy the equations of the plan")]
    Opening,
}
