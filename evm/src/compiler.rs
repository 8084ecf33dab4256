//! A Solidity compiler, as a program.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

/// Name that a source has for the compiler where nobody gives it one; the code does not depend on it.
const SOURCE: &str = "Verifier.sol";

/// Compiled contracts by their names.
pub type Contracts = BTreeMap<String, Compiled>;

/// A compiled contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// Code that constructs it.
    pub creation: Vec<u8>,
    /// Bytes of the code that stays.
    pub size: usize,
    /// That code, with zeros where addresses stand that are known on the chain alone.
    pub runtime: Vec<u8>,
    /// Whether there are such places: then the code on a chain is another.
    pub placeholders: bool,
}

/// The recipe: what a compiler is given so that the code, and so its hash, is the same wherever it is made. Neither paths nor names of
/// files enter the code, since no metadata is appended to it.
#[must_use]
pub fn standard_input(name: &str, source: &str) -> Value {
    json!({
        "language": "Solidity",
        "sources": { name: { "content": source } },
        "settings": {
            "evmVersion": "cancun",
            "viaIR": false,
            "optimizer": { "enabled": true, "runs": 10_000 },
            "metadata": { "bytecodeHash": "none", "appendCBOR": false },
            "outputSelection": { "*": { "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
            ] } },
        },
    })
}

/// Why nothing was compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The program can't be run.
    #[error("the Solidity compiler {} cannot be run: {source}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It says something else than a compiler would.
    #[error("{} does not answer as a Solidity compiler does (--standard-json)", program.display())]
    Answer {
        /// The program.
        program: PathBuf,
    },
    /// The compiler finds fault.
    #[error("the contract does not compile: {0}")]
    Findings(String),
}

/// A program that answers `--standard-json` as `solc` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    program: PathBuf,
}

impl Compiler {
    /// Takes the program of this name or path.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into() }
    }

    /// The compiler that the contracts of this repository pin, if it is installed.
    #[must_use]
    pub fn pinned(root: &Path) -> Option<Self> {
        let installed = root.join("contracts/node_modules/solc").is_dir();
        installed.then(|| Self::new(root.join("contracts/tools/solc.mjs")))
    }

    /// What the program says of its version; none where it says nothing.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        let output = Command::new(&self.program).arg("--version").stdin(Stdio::null()).output();
        let output = output.ok().filter(|output| output.status.success())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.lines().find_map(|line| line.strip_prefix("Version: "))?;
        Some(version.trim().to_owned())
    }

    /// Compiles contracts with the settings of `contracts/foundry.toml`; any warning is a failure.
    ///
    /// # Errors
    /// Fails if the program can't be run, and with what it finds.
    pub fn compile(&self, source: &str) -> Result<Contracts, CompileError> {
        self.compile_with(SOURCE, source, true)
    }

    /// The same of a source of another name or path.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_named(&self, name: &str, source: &str) -> Result<Contracts, CompileError> {
        self.compile_with(name, source, true)
    }

    /// The same of somebody else's contracts, at whose warnings nobody looks.
    ///
    /// # Errors
    /// As [`Self::compile`], but for warnings.
    pub fn compile_foreign(&self, source: &str) -> Result<Contracts, CompileError> {
        self.compile_with(SOURCE, source, false)
    }

    fn compile_with(
        &self,
        name: &str,
        source: &str,
        strict: bool,
    ) -> Result<Contracts, CompileError> {
        let input = standard_input(name, source);
        let output = self
            .run(&input.to_string())
            .map_err(|source| CompileError::Program { program: self.program.clone(), source })?;
        let answer = || CompileError::Answer { program: self.program.clone() };
        let output: Value = serde_json::from_slice(&output).map_err(|_| answer())?;
        let findings = output["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fatal = |finding: &&Value| strict || finding["severity"] == "error";
        let text = |finding: &Value| finding["formattedMessage"].as_str().map(first_line);
        if let Some(finding) = findings.iter().find(fatal) {
            return Err(CompileError::Findings(text(finding).unwrap_or_default()));
        }
        let contracts = output["contracts"][name].as_object().ok_or_else(answer)?;
        let compiled = contracts.iter().map(|(name, contract)| {
            let bytes =
                |object: &str| hex::decode(contract["evm"][object]["object"].as_str()?).ok();
            let runtime = bytes("deployedBytecode")?;
            let places = contract["evm"]["deployedBytecode"]["immutableReferences"].as_object();
            let compiled = Compiled {
                creation: bytes("bytecode")?,
                size: runtime.len(),
                placeholders: places.is_some_and(|places| !places.is_empty()),
                runtime,
            };
            Some((name.clone(), compiled))
        });
        compiled.collect::<Option<_>>().ok_or_else(answer)
    }

    fn run(&self, input: &str) -> io::Result<Vec<u8>> {
        let mut process = Command::new(&self.program)
            .arg("--standard-json")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipe = process.stdin.take();
        thread::scope(|scope| {
            // A program that doesn't read its input has nothing to say either, and that is found where its answer is read.
            scope.spawn(|| pipe.map(|mut pipe| pipe.write_all(input.as_bytes())));
            Ok(process.wait_with_output()?.stdout)
        })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_compiler_is_said_to_be_none() {
        let missing = Compiler::new("/nonexistent/solc");
        assert_eq!(missing.version(), None);
        let missing = missing.compile("");
        assert!(matches!(missing, Err(CompileError::Program { .. })));
        for mute in ["true", "false", "cat"] {
            let answer = Compiler::new(mute).compile("contract A {}");
            assert!(matches!(answer, Err(CompileError::Answer { .. })), "{mute}: {answer:?}");
        }
    }
}
