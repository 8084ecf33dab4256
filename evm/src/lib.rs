//! Verifiers on an in-process chain: a Solidity compiler makes their code, revm runs it.
//!
//! `tribute sizes --measure` and the benchmarks read gas from it; the tests of this crate hold halo2, the native verifier and rendered contracts
//! against each other. They take the pinned `solc` of `contracts/` (`npm ci` there once).

mod calldata;
mod chain;
mod compiler;

pub use calldata::{selector, verify_call};
pub use chain::{Chain, DEVELOPMENT, Outcome};
pub use compiler::{CompileError, Compiled, Compiler, Contracts, standard_input};
