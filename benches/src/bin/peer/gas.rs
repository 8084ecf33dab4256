//! Gas of a verifier's call, on an in-process chain. The compiler is the one that `contracts/` pins.

use std::path::Path;

use tribute_evm::{Chain, Compiler, DEVELOPMENT};
use tribute_verifier::solidity::MAX_CODE;

/// What a verification costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gas {
    /// Of the whole transaction.
    pub(crate) used: u64,
    /// Bytes of the verifier's code.
    pub(crate) code: usize,
}

impl Gas {
    /// Whether a public chain takes the code.
    pub(crate) fn fits(self) -> bool {
        self.code <= MAX_CODE
    }
}

/// Compiles and deploys a verifier and calls it.
///
/// # Errors
/// Says what failed; the call must return true.
pub(crate) fn measure(source: &str, calldata: Vec<u8>, root: &Path) -> Result<Gas, String> {
    let compiler =
        Compiler::pinned(root).ok_or("no compiler; run `npm ci --ignore-scripts` in contracts/")?;
    // A peer's contract may draw warnings.
    let contracts = compiler.compile_foreign(source).map_err(|error| error.to_string())?;
    let (name, verifier) = contracts.iter().find(|(name, _)| !is_key(name)).ok_or("no contract")?;
    // A verifier that no public chain takes is measured, and the table says so.
    let mut chain = Chain::unlimited(DEVELOPMENT);
    let address =
        chain.deploy_verifier(&contracts, name).ok_or("a contract can't be constructed")?;
    let outcome = chain.call(address, calldata).ok_or("the call isn't taken")?;
    let accepted = outcome.accepts().then_some(outcome.gas);
    let used = accepted.ok_or("the contract refused the proof")?;
    Ok(Gas { used, code: verifier.size })
}

/// Bytes from their digits, with or without 0x before.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// Whether a contract holds part of a key: `TributeVerifierKey0` and on.
fn is_key(name: &str) -> bool {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("Key")
}
