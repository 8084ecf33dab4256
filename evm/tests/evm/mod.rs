//! A compiler and a chain for tests: the pinned npm `solc` and an in-process EVM.
//!
//! The compiler is the one that `contracts/` pins. Run `npm ci` there once; without it these tests fail
//! and say so.

pub mod deployed;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use revm::context::TxEnv;
use revm::context::result::ExecutionResult;
use revm::database::InMemoryDB;
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::{Address, Bytes, TxKind};
use revm::{Context, ExecuteCommitEvm as _, MainBuilder as _, MainContext as _};
use sha3::{Digest as _, Keccak256};

/// The chain id of local development nodes.
pub const DEVELOPMENT: u64 = 31_337;

/// A compiled contract.
pub struct Compiled {
    /// Code that constructs it.
    pub creation: Vec<u8>,
    /// Bytes of the code that stays.
    pub size: usize,
}

/// Whether the pinned compiler is missing. Says so, and fails where `TRIBUTE_EVM=1` demands it.
pub fn compiler_is_missing() -> bool {
    let solc = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../contracts/node_modules/solc");
    let missing = !solc.is_dir();
    if missing {
        let demanded = std::env::var_os("TRIBUTE_EVM").is_some_and(|value| value == "1");
        assert!(!demanded, "run `npm ci --ignore-scripts` in contracts/");
        eprintln!("SKIPPED: no compiler; run `npm ci --ignore-scripts` in contracts/");
    }
    missing
}

/// Compiles contracts with the settings of `contracts/foundry.toml`; any warning is a failure.
pub fn compile(source: &str) -> BTreeMap<String, Compiled> {
    let input = serde_json::json!({
        "language": "Solidity",
        "sources": { "Verifier.sol": { "content": source } },
        "settings": {
            "evmVersion": "cancun",
            "viaIR": false,
            "optimizer": { "enabled": true, "runs": 10_000 },
            "metadata": { "bytecodeHash": "none", "appendCBOR": false },
            "outputSelection": { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
        },
    });
    let shim = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../contracts/tools/solc.mjs");
    let mut solc = Command::new("node")
        .arg(shim)
        .arg("--standard-json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs the compiler");
    solc.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = solc.wait_with_output().unwrap();
    assert!(output.status.success(), "the compiler failed; run `npm ci` in contracts/");
    let output: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = output["errors"].as_array().cloned().unwrap_or_default();
    let texts: Vec<_> = findings.iter().map(|finding| &finding["formattedMessage"]).collect();
    assert!(findings.is_empty(), "{texts:#?}");
    let contracts = output["contracts"]["Verifier.sol"].as_object().unwrap();
    let compiled = contracts.iter().map(|(name, contract)| {
        let code = &contract["evm"];
        let bytes = |object: &str| hex::decode(code[object]["object"].as_str().unwrap()).unwrap();
        let size = bytes("deployedBytecode").len();
        (name.clone(), Compiled { creation: bytes("bytecode"), size })
    });
    compiled.collect()
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Output, where the call did not revert or halt.
    pub output: Option<Vec<u8>>,
    /// Gas of the whole transaction.
    pub gas: u64,
}

/// A chain.
pub struct Chain {
    evm: MainnetEvm<MainnetContext<InMemoryDB>>,
    id: u64,
}

impl Chain {
    /// Starts a chain with the given id.
    pub fn new(id: u64) -> Self {
        let context = Context::mainnet().with_db(InMemoryDB::default()).modify_cfg_chained(|cfg| {
            cfg.chain_id = id;
            cfg.disable_nonce_check = true;
        });
        Self { evm: context.build_mainnet(), id }
    }

    fn transact(&mut self, kind: TxKind, data: Vec<u8>) -> ExecutionResult {
        let transaction = TxEnv::builder()
            .kind(kind)
            .data(Bytes::from(data))
            .gas_limit(16_000_000)
            .chain_id(Some(self.id))
            .build()
            .unwrap();
        self.evm.transact_commit(transaction).unwrap()
    }

    /// Deploys a contract; none where its constructor refuses.
    pub fn deploy(&mut self, creation: &[u8]) -> Option<Address> {
        self.transact(TxKind::Create, creation.to_vec()).created_address()
    }

    /// Deploys a verifier behind the contracts that hold its key.
    pub fn deploy_verifier(&mut self, contracts: &BTreeMap<String, Compiled>) -> Option<Address> {
        let mut creation = contracts["Verifier"].creation.clone();
        for part in 0.. {
            let Some(key) = contracts.get(&format!("VerifierKey{part}")) else { break };
            creation.extend(self.deploy(&key.creation)?.into_word());
        }
        self.deploy(&creation)
    }

    /// Calls a contract.
    pub fn call(&mut self, contract: Address, data: Vec<u8>) -> Outcome {
        let result = self.transact(TxKind::Call(contract), data);
        let gas = result.tx_gas_used();
        let output = result.is_success().then(|| result.into_output().unwrap_or_default().to_vec());
        Outcome { output, gas }
    }
}

/// Returns a function's selector.
pub fn selector(signature: &str) -> [u8; 4] {
    let digest = Keccak256::digest(signature.as_bytes());
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Encodes `verifyProof(proof, instances)` as a compiler would.
pub fn verify_call(proof: &[u8], instances: &[[u8; 32]]) -> Vec<u8> {
    let word = |number: usize| {
        let mut word = [0; 32];
        word[24..].copy_from_slice(&(number as u64).to_be_bytes());
        word
    };
    let padded = proof.len().div_ceil(32) * 32;
    let mut call = selector("verifyProof(bytes,uint256[])").to_vec();
    call.extend(word(0x40));
    call.extend(word(0x60 + padded));
    call.extend(word(proof.len()));
    call.extend(proof);
    call.resize(call.len() + padded - proof.len(), 0);
    call.extend(word(instances.len()));
    call.extend(instances.concat());
    call
}
