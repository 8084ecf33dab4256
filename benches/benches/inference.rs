//! One inference of the digits network: witness, proof, native verification.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark ends where its setup does")]

use criterion::{Criterion, criterion_group, criterion_main};
use tribute::keys::{self, ring};
use tribute::srs::Srs;
use tribute_benches::{digits, witness};
use tribute_circuits::{CircuitParams, InferenceCircuit};
use tribute_verifier::plonk;

fn inference(criterion: &mut Criterion) {
    let params = CircuitParams::fit(&digits()).expect("the digits network has a circuit");
    let witness = witness(&params.shape);
    let srs = Srs::generate_unsafe_dev(params.k).expect("the operating system has randomness");
    let empty = InferenceCircuit::for_keys(&params).expect("the digits network has a circuit");
    let key = keys::generate(&srs, &empty).expect("the circuit fits the SRS");
    let plan =
        ring::plan_of::<InferenceCircuit>(key.get_vk(), &srs, &params).expect("the key has a plan");
    let circuit = InferenceCircuit::new(&params, &witness).expect("the witness has the shape");
    let prove = || keys::create_proof(&srs, &key, circuit.clone(), circuit.instance());
    let proof = prove().expect("the witness fits the circuit");
    let inputs: Vec<_> = circuit.public_inputs().into_iter().map(|input| input.to_fr()).collect();
    plonk::verify(&plan, &inputs, &proof).expect("the proof is accepted");

    let mut group = criterion.benchmark_group("digits 64-32-10, 12 contributors");
    group.sample_size(10);
    group.bench_function("witness", |bencher| {
        bencher.iter(|| InferenceCircuit::new(&params, &witness))
    });
    group.bench_function("prove", |bencher| bencher.iter(prove));
    group
        .bench_function("verify", |bencher| bencher.iter(|| plonk::verify(&plan, &inputs, &proof)));
    group.finish();
}

criterion_group!(benches, inference);
criterion_main!(benches);
