//! A Solidity verifier, rendered from a plan.
//!
//! The contract does what [`crate::plonk`] does, in the same order, with the key as constants: exact
//! lengths and ABI offsets, canonical scalars, points on the curve, challenges, the identity, one pairing.
//! It answers `false` to whatever it does not accept, before any precompile where the proof is malformed.
//!
//! # Parts
//! `layout` says where everything stands in calldata and in memory; `expression` turns nodes into nested
//! Yul; `opening` groups commitments by their points. The template has the algorithm and reads as
//! Solidity. Rendering needs no compiler; `docs/formats.md` fixes what the contract reads.

mod expression;
mod layout;
mod opening;
mod view;

use askama::Template as _;

use crate::plan::{Node, Plan, PlanError};
use view::VerifierContract;

/// Chains on which a contract with an unsafe SRS may be constructed: local development nodes.
pub const DEVELOPMENT_CHAINS: [u64; 2] = [31_337, 1_337];

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
    /// A plan that opens nothing.
    #[error("the plan opens no commitment")]
    Nothing,
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
}

/// Words of a key, constants of gates included, beyond which it stands apart.
const MAX_EMBEDDED_WORDS: usize = 256;

impl KeyPlacement {
    /// Returns the placement that suits a plan: a large key would not fit the code of one contract.
    #[must_use]
    pub fn suiting(plan: &Plan) -> Self {
        let constants = plan.nodes.iter().filter(|node| matches!(node, Node::Constant(_))).count();
        let points = plan.fixed_commitments.len() + plan.permutation_commitments.len();
        if constants + 2 * points > MAX_EMBEDDED_WORDS { Self::Separate } else { Self::Embedded }
    }
}

/// A rendered verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Solidity source of all contracts.
    pub source: String,
    /// How many contracts hold the key: as many addresses the verifier is constructed with.
    pub key_parts: usize,
}

/// Renders the verifier of a plan as a contract of the given name, and its key where it suits the plan.
///
/// # Errors
/// Fails on a plan that no verifier could use and on a name that Solidity would not take.
pub fn render(plan: &Plan, name: &str) -> Result<Rendered, SolidityError> {
    render_with(plan, name, KeyPlacement::suiting(plan))
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
    plan.validate()?;
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric());
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !plain || !starts || name.len() > 64 {
        return Err(SolidityError::Name);
    }
    let contract = VerifierContract::new(plan, name, placement)?;
    Ok(Rendered { source: contract.render()?, key_parts: contract.key_parts() })
}
