//! A Solidity verifier, rendered from a plan.
//!
//! The contract does what [`crate::plonk`] does, in the same order, with the key as constants: exact
//! lengths and ABI offsets, canonical scalars, points on the curve, challenges, the identity, one pairing.
//! It answers `false` to whatever it does not accept, before any precompile where the proof is malformed.
//!
//! # Parts
//! `layout` says where everything stands in calldata and in memory; `terms` names it; `body` is what depends on the placement; `expression` turns nodes into
//! nested Yul, `interpreter` into steps that are data; `opening` groups commitments by their points. The templates have
//! the algorithm and read as Solidity. Rendering needs no compiler; `docs/formats.md` fixes what the contract reads.

mod body;
mod expression;
mod interpreter;
mod layout;
mod opening;
mod size;
mod terms;
mod view;

use askama::Template as _;

use crate::digest::Digest;
use crate::plan::{Node, Plan, PlanError};
use view::VerifierContract;

/// Chains on which a contract with an unsafe SRS may be constructed: local development nodes.
pub const DEVELOPMENT_CHAINS: [u64; 2] = [31_337, 1_337];

/// The compiler that rendered contracts name.
pub const COMPILER_VERSION: &str = "0.8.37";

/// Why a plan does not render.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SolidityError {
    /// The plan itself is unusable.
    #[error("the plan is refused: {0}")]
    Plan(#[from] PlanError),
    /// The contract's name is none that Solidity takes.
    #[error("a contract is named by a letter and at most 63 letters and digits")]
    Name,
    /// The plan has another SRS than the one that was named.
    #[error("the SRS of the plan has the digest {found}, not the trusted {trusted}")]
    OtherSrs {
        /// The digest that was named.
        trusted: Digest,
        /// Digest of the plan's.
        found: Digest,
    },
    /// A plan that opens nothing.
    #[error("the plan opens no commitment")]
    Nothing,
    /// Equations that take more memory than steps can name.
    #[error("the verifier takes {words} words of memory, at most {max} can be named")]
    Memory {
        /// Words that it takes.
        words: usize,
        /// Words that can be named.
        max: usize,
    },
    /// The template failed.
    #[error("the template does not render: {0}")]
    Template(#[from] askama::Error),
}

/// Where the key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlacement {
    /// In the verifier's code: one contract, for small circuits.
    Embedded,
    /// In contracts that are nothing but data, called by the verifier's name, `Key` and a number. The
    /// verifier is constructed with their addresses and pins their code.
    Separate,
    /// As [`Self::Separate`], and the equations with it, as steps that the verifier interprets: its code does not grow
    /// with the circuit, and a proof costs more gas.
    Interpreted,
}

/// Largest code of a contract (EIP-170).
pub const MAX_CODE: usize = 24_576;
/// Words of a key, constants of gates included, beyond which it stands apart.
const MAX_EMBEDDED_WORDS: usize = 256;

impl KeyPlacement {
    /// Returns the placement that costs the least gas among those that fit a chain, by an estimate of the code's size.
    ///
    /// # Errors
    /// Fails on a plan that does not render.
    pub fn suiting(plan: &Plan) -> Result<Self, SolidityError> {
        let unrolled = render_with(plan, "Verifier", Self::Separate)?;
        let constants = plan.nodes.iter().filter(|node| matches!(node, Node::Constant(_))).count();
        let points = plan.fixed_commitments.len() + plan.permutation_commitments.len();
        let words = constants + 2 * points;
        Ok(if unrolled.code_estimate > MAX_CODE {
            Self::Interpreted
        } else if words > MAX_EMBEDDED_WORDS || unrolled.code_estimate + 33 * words > MAX_CODE {
            Self::Separate
        } else {
            Self::Embedded
        })
    }
}

/// A rendered verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Solidity source of all contracts.
    pub source: String,
    /// How many contracts hold the key: as many addresses the verifier is constructed with.
    pub key_parts: usize,
    /// About the bytes of the verifier's code, where its key stands apart and its equations are code.
    pub code_estimate: usize,
}

/// Renders the verifier of a plan as a contract of the given name, in the placement that suits the plan.
///
/// # Errors
/// Fails on a plan that no verifier could use and on a name that Solidity would not take.
pub fn render(plan: &Plan, name: &str) -> Result<Rendered, SolidityError> {
    render_with(plan, name, KeyPlacement::suiting(plan)?)
}

/// Renders the verifier of a plan, and the contracts that hold the key where that is separate.
///
/// # Errors
/// As [`render`].
pub fn render_with(
    plan: &Plan,
    name: &str,
    placement: KeyPlacement,
) -> Result<Rendered, SolidityError> {
    render_trusting(plan, name, placement, None)
}

/// As [`render_with`], for a plan whose SRS somebody trusts by its digest: the contract says so, and may be constructed
/// on any chain.
///
/// # Errors
/// As [`render`], and where the digest is that of another SRS.
pub fn render_trusting(
    plan: &Plan,
    name: &str,
    placement: KeyPlacement,
    trusted: Option<Digest>,
) -> Result<Rendered, SolidityError> {
    plan.validate()?;
    let found = plan.srs.digest();
    if let Some(trusted) = trusted.filter(|trusted| *trusted != found) {
        return Err(SolidityError::OtherSrs { trusted, found });
    }
    let trusted = trusted.filter(|_| plan.unsafe_srs());
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric());
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !plain || !starts || name.len() > 64 {
        return Err(SolidityError::Name);
    }
    let contract = VerifierContract::new(plan, name, placement, trusted)?;
    let source = contract.render()?;
    let code_estimate = size::estimate(&source);
    Ok(Rendered { source, key_parts: contract.key_parts(), code_estimate })
}
