//! A chain of one process.

use std::fmt;

use revm::context::TxEnv;
use revm::context::result::ExecutionResult;
use revm::database::InMemoryDB;
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::{Address, Bytes, TxKind};
use revm::{Context, ExecuteCommitEvm as _, MainBuilder as _, MainContext as _};

use crate::compiler::Contracts;

/// The chain id of local development nodes: verifiers of an unsafe SRS refuse others.
pub const DEVELOPMENT: u64 = 31_337;
/// Gas of a transaction where a public chain would take it.
const PUBLIC_GAS: u64 = 16_000_000;
/// Gas where nothing is limited.
const ANY_GAS: u64 = 1 << 40;

/// A chain.
pub struct Chain {
    evm: MainnetEvm<MainnetContext<InMemoryDB>>,
    id: u64,
    gas_limit: u64,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Output, where the call did not revert or halt.
    pub output: Option<Vec<u8>>,
    /// Gas of the whole transaction.
    pub gas: u64,
}

impl Outcome {
    /// Whether the call returned `true`.
    #[must_use]
    pub fn accepts(&self) -> bool {
        let mut one = [0; 32];
        one[31] = 1;
        self.output.as_deref() == Some(&one)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Chain").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Chain {
    /// Starts a chain with the given id and the limits of public ones.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self::with(id, PUBLIC_GAS)
    }

    /// Starts a chain that takes code of any size: what no public chain takes can be measured, too.
    #[must_use]
    pub fn unlimited(id: u64) -> Self {
        Self::with(id, ANY_GAS)
    }

    fn with(id: u64, gas_limit: u64) -> Self {
        let context = Context::mainnet().with_db(InMemoryDB::default()).modify_cfg_chained(|cfg| {
            cfg.chain_id = id;
            cfg.disable_nonce_check = true;
            if gas_limit == ANY_GAS {
                cfg.limit_contract_code_size = Some(usize::MAX);
                cfg.limit_contract_initcode_size = Some(usize::MAX);
                cfg.tx_gas_limit_cap = Some(u64::MAX);
            }
        });
        Self { evm: context.build_mainnet(), id, gas_limit }
    }

    /// None where the chain doesn't take the transaction at all.
    fn transact(&mut self, kind: TxKind, data: Vec<u8>) -> Option<ExecutionResult> {
        let transaction = TxEnv::builder()
            .kind(kind)
            .data(Bytes::from(data))
            .gas_limit(self.gas_limit)
            .chain_id(Some(self.id))
            .build();
        self.evm.transact_commit(transaction.ok()?).ok()
    }

    /// Deploys a contract; none where its constructor refuses or the chain does.
    pub fn deploy(&mut self, creation: &[u8]) -> Option<Address> {
        self.transact(TxKind::Create, creation.to_vec())?.created_address()
    }

    /// Deploys the verifier of this name behind the contracts that hold its key.
    pub fn deploy_verifier(&mut self, contracts: &Contracts, name: &str) -> Option<Address> {
        let mut creation = contracts.get(name)?.creation.clone();
        for part in 0.. {
            let Some(key) = contracts.get(&format!("{name}Key{part}")) else { break };
            creation.extend(self.deploy(&key.creation)?.into_word());
        }
        self.deploy(&creation)
    }

    /// Calls a contract; none where the chain doesn't take the transaction.
    pub fn call(&mut self, contract: Address, data: Vec<u8>) -> Option<Outcome> {
        let result = self.transact(TxKind::Call(contract), data)?;
        let gas = result.tx_gas_used();
        let output = result.is_success().then(|| result.into_output().unwrap_or_default().to_vec());
        Some(Outcome { output, gas })
    }
}
