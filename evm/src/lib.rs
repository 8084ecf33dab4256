//! The rendered verifier on an in-process chain.
//!
//! The crate is its tests: they compile contracts with the pinned `solc` of `contracts/` (`npm ci` there
//! once) and run them in revm. They stand apart from the prover's because of what an EVM depends on.
