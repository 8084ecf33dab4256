//! A verifier of batches reads hundreds of public inputs, zeros among them, at little gas each.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where its setup does")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "counts and costs are what a reader of the run wants"
)]
#![allow(unreachable_pub, dead_code, unused_imports, reason = "modules shared between test crates")]

mod evm;
mod linked;
#[path = "../../prover/tests/synthetic/mod.rs"]
mod synthetic;

use std::collections::BTreeMap;

use evm::deployed::{Deployed, accepts};
use ff::Field as _;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{
    Advice, Circuit, Column, ConstraintSystem, Error, FirstPhase, Fixed, Instance,
};
use halo2_proofs::poly::Rotation;
use linked::{Linked, Secrets};
use synthetic::Case;
use synthetic::case::Setup;
use tribute_evm::{selector, verify_call};
use tribute_verifier::method::ResidualKind;
use tribute_verifier::plan::{BareCircuit, CircuitDescription, InferenceShape};
use tribute_verifier::solidity::KeyPlacement;

/// Log of the rows: room for the public inputs of the largest batch here.
const K: u32 = 10;
/// Sizes of batches: 262 and 802 public inputs.
const QUERIES: [u32; 2] = [86, 266];
/// Most gas of a public input, besides its calldata.
const MOST: u64 = 300;

/// Copies its public inputs into a column, beside one that can be linked.
#[derive(Clone, Debug)]
struct Echo {
    inputs: Vec<Fr>,
}

impl Circuit<Fr> for Echo {
    type Config = ([Column<Advice>; 2], Column<Instance>, Column<Fixed>);
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(system: &mut ConstraintSystem<Fr>) -> Self::Config {
        let advice = [(); 2].map(|()| system.advice_column_in(FirstPhase));
        let (instance, q_echo) = (system.instance_column(), system.fixed_column());
        system.create_gate("echo: advice = instance, held = held^2", |meta| {
            let q_echo = meta.query_fixed(q_echo, Rotation::cur());
            let [held, echo] = advice.map(|column| meta.query_advice(column, Rotation::cur()));
            let instance = meta.query_instance(instance, Rotation::cur());
            vec![q_echo.clone() * (echo - instance), q_echo * (held.clone() * held.clone() - held)]
        });
        (advice, instance, q_echo)
    }

    fn synthesize(
        &self,
        ([held, echo], _, q_echo): Self::Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "echo",
            |mut region| {
                for (row, value) in self.inputs.iter().enumerate() {
                    region.assign_fixed(q_echo, row, Fr::ONE);
                    region.assign_advice(held, row, Value::known(Fr::ONE));
                    region.assign_advice(echo, row, Value::known(*value));
                }
                Ok(())
            },
        )
    }
}

fn shape(queries: u32) -> InferenceShape {
    InferenceShape {
        profile: 20,
        residual: ResidualKind::Query,
        inputs: 64,
        hidden: vec![32],
        classes: 10,
        contributors: 12,
        weight_columns: 1,
        limb_lanes: 1,
        queries,
        threads: 2,
        parameters: BTreeMap::new(),
    }
}

/// A batch whose last third of slots is empty, and its verifier's gas without that of calldata.
fn gas(queries: u32, placement: KeyPlacement) -> (u64, u64) {
    let shape = shape(queries);
    let count = u64::from(shape.instances());
    let full = count - count / 3;
    let inputs = (0..count).map(|i| if i < full { Fr::from(i + 7).pow([9]) } else { Fr::ZERO });
    let circuit = Echo { inputs: inputs.collect() };
    let bare = CircuitDescription::Bare(BareCircuit { name: "echo".to_owned() });
    let setup = Setup { name: "echo", k: K, seed: 1 };
    let case = Case::of(&setup, &circuit, &circuit.inputs, bare);
    let linked = Linked::from_case(case, 1, CircuitDescription::Inference(shape));
    let call = linked.link(&Secrets::new(1, 3));
    let mut verifier = Deployed::new(&linked.plan, placement);
    let outcome = verifier.verify(&call.words(), &call.proof);
    assert!(accepts(&outcome), "{queries} queries, {placement:?}: {outcome:?}");
    refuses_edits(&mut verifier, &call);
    let circuit_of = verifier.call(selector("CIRCUIT()").to_vec()).output.unwrap();
    assert_eq!(circuit_of[4..8], queries.to_be_bytes());
    let calldata = verify_call(&call.proof, &call.words());
    let bytes: u64 = calldata.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    (count, outcome.gas - bytes)
}

/// No zero is taken for another value, and none for a zero.
fn refuses_edits(verifier: &mut Deployed, call: &linked::Call) {
    let count = call.instances.len();
    for place in [0, count / 2, count - count / 3, count - 1] {
        let mut edited = call.clone();
        edited.instances[place][31] ^= 1;
        assert!(!accepts(&verifier.verify(&edited.words(), &edited.proof)), "input {place}");
    }
    let mut edited = call.clone();
    edited.instances[0] = [0; 32];
    assert!(!accepts(&verifier.verify(&edited.words(), &edited.proof)));
    edited = call.clone();
    edited.instances.pop();
    assert!(!accepts(&verifier.verify(&edited.words(), &edited.proof)));
}

#[test]
fn hundreds_of_public_inputs_cost_little_each() {
    if evm::compiler_is_missing() {
        return;
    }
    for placement in [KeyPlacement::Embedded, KeyPlacement::Separate, KeyPlacement::Interpreted] {
        let [(few, less), (many, more)] = QUERIES.map(|queries| gas(queries, placement));
        let each = (more - less) / (many - few);
        println!("{placement:?}: {few} inputs {less} gas, {many} inputs {more} gas, {each} each");
        assert!(each < MOST, "{placement:?}: a public input costs {each} gas");
    }
}
