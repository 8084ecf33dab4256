//! The code of a contract, compiled as everybody does who wants to compare it.

use super::ExportError;
use std::path::Path;
use tribute_evm::{CompileError, Compiled, Compiler};
use tribute_verifier::digest::Digest;
use tribute_verifier::solidity::COMPILER_VERSION;

/// The code of a contract as it stands on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its Keccak-256.
    pub hash: Digest,
    /// Its bytes.
    pub size: usize,
    /// Whether the hash is of the code with zeros in place of the addresses of the key's contracts, so that each deployment has
    /// one of its own.
    pub placeholders: bool,
}

/// Compiles the contract of a name in a file with a compiler.
pub(super) fn compile(
    solc: &Path,
    name: &str,
    file: &str,
    source: &str,
) -> Result<Code, ExportError> {
    let compiler = Compiler::new(solc);
    let version = compiler.version();
    if !version.as_deref().is_some_and(is_pinned) {
        // What is no compiler says so where it is asked to compile; another version is one that was asked.
        let found = version.ok_or_else(|| CompileError::Answer { program: solc.to_owned() })?;
        return Err(ExportError::CompilerVersion { program: solc.to_owned(), found });
    }
    let mut contracts = compiler.compile_named(file, source)?;
    let answer = || CompileError::Answer { program: solc.to_owned() };
    let Compiled { runtime, placeholders, .. } = contracts.remove(name).ok_or_else(answer)?;
    Ok(Code { hash: Digest::of(&[&runtime]), size: runtime.len(), placeholders })
}

/// Whether a version is the one whose code is compared, of whatever build.
fn is_pinned(version: &str) -> bool {
    version.split('+').next() == Some(COMPILER_VERSION)
}
