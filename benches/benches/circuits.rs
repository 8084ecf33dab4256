//! The circuits of a registration: binding the digits network, and the index of ten of its rows. Witness, proof, native verification.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark ends where its setup does")]

use criterion::{Criterion, criterion_group, criterion_main};
use halo2_proofs::halo2curves::bn256::Fr;
use tribute::circuit::Planned;
use tribute::keys::{create_proof, generate, ring};
use tribute::planner::sample::{binding_witness, index_witness};
use tribute::srs::Srs;
use tribute_benches::{digits, index_of};
use tribute_circuits::{
    BindingCircuit, BindingParams, CircuitParams, IndexCircuit, Witness, WitnessError,
};
use tribute_verifier::field::FieldElement;
use tribute_verifier::plonk;

fn of<C: Planned + Witness>(
    criterion: &mut Criterion,
    (name, k): (&str, u32),
    layout: &C::Layout,
    fill: impl Fn() -> Result<C, WitnessError>,
    instance: impl Fn(&C) -> (&[Fr], Vec<FieldElement>),
) {
    let srs = Srs::generate_unsafe_dev(k).expect("the operating system has randomness");
    let empty = C::for_keys(layout).expect("the layout has a circuit");
    let key = generate(&srs, &empty).expect("the circuit fits the SRS");
    let plan = ring::plan_of::<C>(key.get_vk(), &srs, layout).expect("the key has a plan");
    let circuit = fill().expect("the witness has the shape");
    let (public, inputs) = instance(&circuit);
    let inputs: Vec<_> = inputs.iter().map(|input| input.to_fr()).collect();
    let prove = || create_proof(&srs, &key, &circuit, public);
    let proof = prove().expect("the witness fits the circuit");
    let verify = || plonk::verify(&plan, &inputs, &proof);
    verify().expect("the proof is accepted");

    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("witness", |bencher| bencher.iter(&fill));
    group.bench_function("prove", |bencher| bencher.iter(prove));
    group.bench_function("verify", |bencher| bencher.iter(verify));
    group.finish();
}

fn all(criterion: &mut Criterion) {
    let inference = CircuitParams::fit(&digits()).expect("the digits network has a circuit");
    let binding = BindingParams::fit(&inference.shape, inference.k, inference.linked())
        .expect("its columns can be bound");
    let witness = binding_witness(&binding.shape);
    of::<BindingCircuit>(
        criterion,
        ("binding, digits", binding.k),
        &binding,
        || BindingCircuit::new(&binding, &witness),
        |circuit| (circuit.instance(), circuit.public_inputs()),
    );
    let index = index_of(10, digits().contributors).expect("ten rows have a circuit");
    let witness = index_witness(&index.shape).expect("the method has a table of them");
    of::<IndexCircuit>(
        criterion,
        ("index, 10 digits rows", index.k),
        &index,
        || IndexCircuit::new(&index, &witness),
        |circuit| (circuit.instance(), circuit.public_inputs()),
    );
}

criterion_group!(benches, all);
criterion_main!(benches);
