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

use crate::plan::{Plan, PlanError};
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

/// Renders the verifier of a plan, with its key embedded, as a contract of the given name.
///
/// # Errors
/// Fails on a plan that no verifier could use and on a name that Solidity would not take.
pub fn render(plan: &Plan, name: &str) -> Result<String, SolidityError> {
    render_with(plan, name, KeyPlacement::Embedded)
}

/// Renders the verifier of a plan and, where the key is separate, the contracts that hold it.
///
/// # Errors
/// As [`render`].
pub fn render_with(
    plan: &Plan,
    name: &str,
    placement: KeyPlacement,
) -> Result<String, SolidityError> {
    plan.validate()?;
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric());
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !plain || !starts || name.len() > 64 {
        return Err(SolidityError::Name);
    }
    Ok(VerifierContract::new(plan, name, placement)?.render()?)
}
