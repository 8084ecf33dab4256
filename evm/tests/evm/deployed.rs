//! The verifier of a plan on a chain of its own.

use revm::primitives::Address;
use tribute::circuit::Planned as _;
use tribute_circuits::reference::ResidualKind;
use tribute_circuits::{CircuitParams, InferenceCircuit};
use tribute_verifier::plan::{BareCircuit, CircuitDescription, Plan};
use tribute_verifier::solidity::{KeyPlacement, render_with};

use tribute_evm::{Chain, Contracts, DEVELOPMENT, Outcome, verify_call};

use super::compile;
use crate::synthetic::Case;
use crate::synthetic::case::{Setup, Word};

/// A rendered verifier on a chain.
pub struct Deployed {
    /// All contracts that were rendered.
    pub compiled: Contracts,
    chain: Chain,
    contract: Address,
}

impl Deployed {
    /// Renders, compiles and deploys the verifier of a plan.
    pub fn new(plan: &Plan, placement: KeyPlacement) -> Self {
        let compiled = compile(&render_with(plan, "Verifier", placement).unwrap().source);
        let mut chain = Chain::new(DEVELOPMENT);
        let contract = chain.deploy_verifier(&compiled, "Verifier");
        let contract = contract.expect("development chains are allowed");
        Self { compiled, chain, contract }
    }

    /// Bytes of the verifier's code.
    pub fn size(&self) -> usize {
        self.compiled["Verifier"].size
    }

    /// Calls the verifier.
    pub fn call(&mut self, data: Vec<u8>) -> Outcome {
        self.chain.call(self.contract, data).expect("the chain takes the transaction")
    }

    /// The contract's verdict.
    pub fn verify(&mut self, instances: &[Word], proof: &[u8]) -> Outcome {
        self.call(verify_call(proof, instances))
    }
}

/// Whether a call returned `true`.
pub fn accepts(outcome: &Outcome) -> bool {
    outcome.accepts()
}

/// The inference circuit of a shape, filled with zeros: its cost does not depend on what it holds. Bare, without a link;
/// with it what it claims, and the number of columns that can be linked.
pub fn inference(
    name: &'static str,
    inputs: usize,
    hidden: Vec<usize>,
) -> (Case, CircuitDescription, usize) {
    let shape = tribute_circuits::Shape {
        inputs,
        hidden,
        classes: 10,
        contributors: 12,
        residual: ResidualKind::Query,
    };
    let params = CircuitParams::fit(&shape).unwrap();
    let circuit = InferenceCircuit::for_keys(&params).unwrap();
    let setup = Setup { name, k: params.k, seed: 1 };
    let bare = CircuitDescription::Bare(BareCircuit { name: name.to_owned() });
    let case = Case::of(&setup, &circuit, circuit.instance(), bare);
    (case, InferenceCircuit::describe(&params).unwrap(), params.weight_columns)
}
