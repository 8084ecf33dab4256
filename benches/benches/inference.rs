//! One inference of the digits network: witness, proof, native verification.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark ends where its setup does")]

use criterion::{Criterion, criterion_group, criterion_main};
use tribute::keys::linked::{self, Registered};
use tribute::keys::{self, ring};
use tribute::srs::Srs;
use tribute_benches::{digits, witness};
use tribute_circuits::{CircuitParams, InferenceCircuit};
use tribute_verifier::plan::G1;
use tribute_verifier::plonk;

fn inference(criterion: &mut Criterion) {
    let params = CircuitParams::fit(&digits()).expect("the digits network has a circuit");
    let witness = witness(&params.shape, 1);
    let srs = Srs::generate_unsafe_dev(params.k).expect("the operating system has randomness");
    let empty = InferenceCircuit::for_keys(&params).expect("the digits network has a circuit");
    let key = keys::generate(&srs, &empty).expect("the circuit fits the SRS");
    let plan =
        ring::plan_of::<InferenceCircuit>(key.get_vk(), &srs, &params).expect("the key has a plan");
    let circuit = InferenceCircuit::new(&params, &witness).expect("the witness has the shape");
    // Any proof with these columns will do as the one that they are linked to.
    let (earlier, tails) = linked::create_binding_proof(&srs, &key, &circuit, circuit.instance())
        .expect("the witness fits the circuit");
    let commitments: Vec<G1> = earlier
        .as_chunks::<32>()
        .0
        .as_chunks::<2>()
        .0
        .iter()
        .take(params.weight_columns)
        .map(|words| G1::from_words(*words).expect("a proof starts with points"))
        .collect();
    let layout = plan.link_layout().expect("an inference plan has linked columns");
    let registered = Registered::new(layout, &earlier, tails).expect("a tail for each column");
    let prove =
        || linked::create_linked_proof(&srs, &key, &circuit, circuit.instance(), &registered);
    let proof = prove().expect("the witness fits the circuit");
    let inputs: Vec<_> = circuit.public_inputs().into_iter().map(|input| input.to_fr()).collect();
    let verify = || plonk::verify_linked(&plan, &inputs, &commitments, &proof);
    verify().expect("the proof is accepted");

    let mut group = criterion.benchmark_group("digits 64-32-10, 12 contributors");
    group.sample_size(10);
    group.bench_function("witness", |bencher| {
        bencher.iter(|| InferenceCircuit::new(&params, &witness))
    });
    group.bench_function("prove", |bencher| bencher.iter(prove));
    group.bench_function("verify", |bencher| bencher.iter(verify));
    group.finish();
}

criterion_group!(benches, inference);
criterion_main!(benches);
