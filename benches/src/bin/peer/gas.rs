//! Gas of a verifier's call, on an in-process chain. The compiler is the one that `contracts/` pins.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use revm::context::TxEnv;
use revm::context::result::ExecutionResult;
use revm::database::InMemoryDB;
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::{Address, Bytes, TxKind};
use revm::{Context, ExecuteCommitEvm as _, MainBuilder as _, MainContext as _};

/// A development chain: verifiers of an unsafe SRS refuse others.
const CHAIN: u64 = 31_337;
/// Bytes of code that a public chain takes.
const CODE_LIMIT: usize = 24_576;
const GAS_LIMIT: u64 = 1 << 40;

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
        self.code <= CODE_LIMIT
    }
}

/// Compiles and deploys a verifier and calls it.
///
/// # Errors
/// Says what failed; the call must return true.
pub(crate) fn measure(source: &str, calldata: Vec<u8>, root: &Path) -> Result<Gas, String> {
    let contracts = compile(source, root)?;
    let keys = contracts.iter().filter(|(name, _)| is_key(name));
    let (_, verifier) = contracts.iter().find(|(name, _)| !is_key(name)).ok_or("no contract")?;
    let mut chain = Chain::new();
    let mut creation = verifier.creation.clone();
    let mut keys: Vec<_> = keys.collect();
    keys.sort_by_key(|(name, _)| (name.len(), name.as_str().to_owned()));
    for (_, key) in keys {
        creation.extend(chain.deploy(key.creation.clone())?.into_word());
    }
    let address = chain.deploy(creation)?;
    let used = chain.call(address, calldata)?;
    Ok(Gas { used, code: verifier.size })
}

/// The call `verifyProof(proof, instances)`.
pub(crate) fn call(proof: &[u8], instances: &[[u8; 32]]) -> Vec<u8> {
    let word = |number: usize| {
        let mut word = [0; 32];
        word[24..].copy_from_slice(&(number as u64).to_be_bytes());
        word
    };
    let padded = proof.len().div_ceil(32) * 32;
    // The selector of `verifyProof(bytes,uint256[])`.
    let mut call = vec![0x1e, 0x8e, 0x1e, 0x13];
    call.extend(word(0x40));
    call.extend(word(0x60 + padded));
    call.extend(word(proof.len()));
    call.extend(proof);
    call.resize(call.len() + padded - proof.len(), 0);
    call.extend(word(instances.len()));
    call.extend(instances.concat());
    call
}

/// Bytes from their digits, with or without 0x before.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.len().is_multiple_of(2).then_some(())?;
    digits.chunks(2).map(byte).collect()
}

/// Whether a contract holds part of a key: `TributeVerifierKey0` and on.
fn is_key(name: &str) -> bool {
    name.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("Key")
}

struct Compiled {
    creation: Vec<u8>,
    size: usize,
}

fn compile(source: &str, root: &Path) -> Result<BTreeMap<String, Compiled>, String> {
    if !root.join("contracts/node_modules/solc").is_dir() {
        return Err("no compiler; run `npm ci --ignore-scripts` in contracts/".into());
    }
    let input = serde_json::json!({
        "language": "Solidity",
        "sources": { "Verifier.sol": { "content": source } },
        "settings": {
            "evmVersion": "cancun",
            "optimizer": { "enabled": true, "runs": 10_000 },
            "metadata": { "bytecodeHash": "none", "appendCBOR": false },
            "outputSelection": { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
        },
    });
    let output = solc(&input.to_string(), root).map_err(|error| error.to_string())?;
    let output: serde_json::Value =
        serde_json::from_slice(&output).map_err(|error| error.to_string())?;
    let contracts = output["contracts"]["Verifier.sol"].as_object();
    let contracts = contracts.ok_or_else(|| format!("not compiled: {}", output["errors"]))?;
    let compiled = contracts.iter().filter_map(|(name, contract)| {
        let bytes = |object: &str| unhex(contract["evm"][object]["object"].as_str()?);
        let size = bytes("deployedBytecode")?.len();
        Some((name.clone(), Compiled { creation: bytes("bytecode")?, size }))
    });
    Ok(compiled.collect())
}

fn solc(input: &str, root: &Path) -> std::io::Result<Vec<u8>> {
    let mut process = Command::new("node")
        .arg(root.join("contracts/tools/solc.mjs"))
        .arg("--standard-json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = process.stdin.take() {
        pipe.write_all(input.as_bytes())?;
    }
    Ok(process.wait_with_output()?.stdout)
}

struct Chain(MainnetEvm<MainnetContext<InMemoryDB>>);

impl Chain {
    fn new() -> Self {
        let context = Context::mainnet().with_db(InMemoryDB::default()).modify_cfg_chained(|cfg| {
            cfg.chain_id = CHAIN;
            cfg.disable_nonce_check = true;
            // A verifier that no public chain takes is measured, and the table says so.
            cfg.limit_contract_code_size = Some(usize::MAX);
            cfg.limit_contract_initcode_size = Some(usize::MAX);
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        });
        Self(context.build_mainnet())
    }

    fn transact(&mut self, kind: TxKind, data: Vec<u8>) -> Result<ExecutionResult, String> {
        let transaction = TxEnv::builder()
            .kind(kind)
            .data(Bytes::from(data))
            .gas_limit(GAS_LIMIT)
            .chain_id(Some(CHAIN))
            .build()
            .map_err(|error| format!("{error:?}"))?;
        self.0.transact_commit(transaction).map_err(|error| format!("{error:?}"))
    }

    fn deploy(&mut self, creation: Vec<u8>) -> Result<Address, String> {
        let result = self.transact(TxKind::Create, creation)?;
        result.created_address().ok_or_else(|| "a contract can't be constructed".into())
    }

    /// Gas of a call that returns true.
    fn call(&mut self, contract: Address, data: Vec<u8>) -> Result<u64, String> {
        let result = self.transact(TxKind::Call(contract), data)?;
        let used = result.tx_gas_used();
        let output = result.is_success().then(|| result.into_output()).flatten();
        let accepted = output.is_some_and(|output| output.last() == Some(&1));
        if accepted { Ok(used) } else { Err("the contract refused the proof".into()) }
    }
}
