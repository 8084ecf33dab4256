//! The link: the first columns of a proof are the registered ones, up to their random tails.
//!
//! # Relation
//! $C_i$ are the commitments of the first $w$ columns of a proof, $R_i$ the registered ones, $B_0, B_1$ the Lagrange
//! points of the last two rows. A link shows that there are $d_0, d_1$ with
//! $$ D = \sum_{i < w} \gamma^i (C_i - R_i) = d_0 B_0 + d_1 B_1. $$
//! It is a Schnorr proof: a point $T$ and two scalars $z_0, z_1$, accepted when
//! $$ z_0 B_0 + z_1 B_1 = T + e D. $$
//! The transcript is that of the proof, continued behind its last point: the layout digest
//! ([`Plan::link_layout`](crate::plan::Plan::link_layout)), $R_0 .. R_{w-1}$, challenge $\gamma$, $D$, $T$, challenge $e$.
//!
//! # Soundness
//! In the algebraic group model, the secret $\tau$ of the SRS unknown. Whoever shows a point knows it as a polynomial:
//! $c_i$ and $r_i$ are fixed before $\gamma$ is drawn, $t$ before $e$. Two polynomials that agree at $\tau$ are equal, or
//! $\tau$ is among the roots of their difference. So $e \sum_i \gamma^i (c_i - r_i) + t$ lies in the span of the two Lagrange
//! polynomials for a random $e$; so $\sum_i \gamma^i (c_i - r_i)$ does, but with probability $1/p$, and for a random $\gamma$
//! each $c_i - r_i$ does, but with probability $(w - 1)/p$. The columns therefore agree in every row but the last two, which no
//! constraint reads. Whoever knows $\tau$ links anything to anything; so does whoever registers other bases than the
//! Lagrange points, which is why a plan can be made anew from its SRS.
//!
//! The registered commitments are the first points of a binding proof ([`binding_proof`](crate::binding_proof)), which
//! constrains every row that an inference reads. Challenges come from the statement, the whole proof, and the registered
//! commitments, so a link serves no other.
//!
//! # Zero knowledge
//! Each proof draws the two cells of a tail afresh. A linked column is seen twice, as a commitment and as its value at one
//! point outside the domain; two cells make both uniform, since $L_{n-2}/L_{n-1}$ takes no value twice. The link says of
//! $D$ what it says itself: with $e$ known first, $z_0, z_1$ are random scalars and $T$ follows. $D$ at infinity would
//! show a reused tail and is refused. The limbs of the quotient are not blinded, here as in every proof of this system.
//!
//! # Cost
//! 128 bytes. Two small multi-scalar multiplications, of $2w$ and of four points; no pairing.

use ark_bn254::{Fq, Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup as _, VariableBaseMSM as _};
use ark_ff::{One as _, Zero as _};

use crate::digest::Digest;
use crate::plan::{G1, Link, from_word, on_curve};
use crate::transcript::KeccakState;

/// A link of $w$ columns: bytes, and what they are checked against.
#[derive(Debug)]
pub(crate) struct Linked<'a> {
    /// The linked columns of the plan.
    pub(crate) link: &'a Link,
    /// What these columns are.
    pub(crate) layout: Digest,
    /// Commitments of the columns in the proof.
    pub(crate) columns: &'a [G1Affine],
    /// Registered commitments of the same.
    pub(crate) registered: &'a [G1],
}

/// Why a proof is not linked to what is registered. One variant per check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Another number of registered commitments than of linked columns.
    #[error("{actual} commitments are registered, the plan links {expected} columns")]
    RegisteredCount {
        /// Linked columns of the plan.
        expected: usize,
        /// Registered commitments.
        actual: usize,
    },
    /// A registered commitment at infinity, which no transcript holds.
    #[error("the registered commitment of column {column} is at infinity")]
    RegisteredInfinity {
        /// The column.
        column: usize,
    },
    /// Another number of bytes than a link has.
    #[error("the link has {actual} bytes, expected {expected}")]
    Length {
        /// Bytes of a link.
        expected: usize,
        /// Bytes received.
        actual: usize,
    },
    /// A coordinate of $T$ at or above the modulus.
    #[error("a coordinate of the link's point is not below the modulus")]
    Coordinate,
    /// $T$ is at infinity.
    #[error("the link's point is at infinity")]
    Infinity,
    /// $T$ satisfies no curve equation.
    #[error("the link's point is not on the curve")]
    OffCurve,
    /// A response at or above the group order.
    #[error("response {response} of the link is not below the group order")]
    Scalar {
        /// Which of the two.
        response: usize,
    },
    /// $D$ is at infinity: the proof's columns have the registered tails.
    #[error("the proof reuses the randomness of the registered commitments")]
    ReusedTail,
    /// The columns differ from the registered ones in other rows than the last two.
    #[error("the weights and the table in the proof are not the registered ones")]
    Equation,
}

/// The three values of a link.
struct Response {
    commitment: G1Affine,
    scalars: [Fr; 2],
}

impl Response {
    fn read(bytes: &[u8]) -> Result<Self, LinkError> {
        let (words, rest) = bytes.as_chunks::<32>();
        let [x, y, z_0, z_1] = words else {
            return Err(LinkError::Length { expected: Link::PROOF_BYTES, actual: bytes.len() });
        };
        if !rest.is_empty() {
            return Err(LinkError::Length { expected: Link::PROOF_BYTES, actual: bytes.len() });
        }
        let coordinate = |word| from_word::<Fq>(word).ok_or(LinkError::Coordinate);
        let (x, y) = (coordinate(x)?, coordinate(y)?);
        if x.is_zero() && y.is_zero() {
            return Err(LinkError::Infinity);
        }
        let commitment = on_curve(x, y).ok_or(LinkError::OffCurve)?;
        let scalar = |response, word| from_word(word).ok_or(LinkError::Scalar { response });
        Ok(Self { commitment, scalars: [scalar(0, z_0)?, scalar(1, z_1)?] })
    }
}

impl Linked<'_> {
    /// Checks a link in the transcript of its proof.
    pub(crate) fn check(&self, mut transcript: KeccakState, bytes: &[u8]) -> Result<(), LinkError> {
        let Self { link, layout, columns, registered } = *self;
        let (expected, actual) = (columns.len(), registered.len());
        if expected != actual {
            return Err(LinkError::RegisteredCount { expected, actual });
        }
        if let Some(column) = registered.iter().position(|point| *point == G1::INFINITY) {
            return Err(LinkError::RegisteredInfinity { column });
        }
        let Response { commitment, scalars } = Response::read(bytes)?;

        transcript.absorb(&layout.0);
        for point in registered {
            absorb(&mut transcript, point);
        }
        let difference = difference(columns, registered, transcript.challenge());
        if difference == G1::INFINITY {
            return Err(LinkError::ReusedTail);
        }
        absorb(&mut transcript, &difference);
        absorb(&mut transcript, &G1(commitment));
        let challenge = transcript.challenge();

        let bases = [link.bases[0].0, link.bases[1].0, commitment, difference.0];
        let factors = [scalars[0], scalars[1], -Fr::one(), -challenge];
        let sum = G1Projective::msm_unchecked(&bases, &factors);
        if sum.is_zero() { Ok(()) } else { Err(LinkError::Equation) }
    }
}

/// Returns $D$.
fn difference(columns: &[G1Affine], registered: &[G1], gamma: Fr) -> G1 {
    let (mut bases, mut factors) = (Vec::new(), Vec::new());
    let mut power = Fr::one();
    for (column, registered) in columns.iter().zip(registered) {
        bases.extend([*column, registered.0]);
        factors.extend([power, -power]);
        power *= gamma;
    }
    G1(G1Projective::msm_unchecked(&bases, &factors).into_affine())
}

fn absorb(transcript: &mut KeccakState, point: &G1) {
    for word in point.words() {
        transcript.absorb(&word);
    }
}
