//! What each gadget adds to the quotient: its identities over 1,024 rows, on one thread; a proof evaluates them on four cosets of all its rows.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark ends where its setup does")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem};
use rand_core::OsRng;
use tribute::plonk::{Sample, gadgets};
use tribute_benches::{digits, index_of};
use tribute_circuits::{
    BindingCircuit, BindingParams, CircuitParams, IndexCircuit, InferenceCircuit,
};

const ROWS: usize = 1024;

fn of<C: Circuit<Fr>>(criterion: &mut Criterion, name: &str, params: C::Params) {
    let mut cs = ConstraintSystem::default();
    let _ = C::configure_with_params(&mut cs, params);
    let sample = Sample::new(&cs, ROWS, OsRng);
    let mut group = criterion.benchmark_group(format!("gadgets, {name}"));
    group.throughput(Throughput::Elements(ROWS as u64));
    for gadget in gadgets(&cs, OsRng) {
        let id = BenchmarkId::new(&gadget.name, format!("{} identities", gadget.identities));
        group.bench_function(id, |bencher| bencher.iter(|| gadget.evaluate(&sample)));
    }
    group.finish();
}

fn all(criterion: &mut Criterion) {
    let inference = CircuitParams::fit(&digits()).expect("the digits network has a circuit");
    let binding = BindingParams::fit(&inference.shape, inference.k, inference.linked())
        .expect("its columns can be bound");
    let index = index_of(200, digits().contributors).expect("200 rows have a circuit");
    of::<InferenceCircuit>(criterion, "inference", inference);
    of::<BindingCircuit>(criterion, "binding", Some(binding));
    of::<IndexCircuit>(criterion, "index", Some(index));
}

criterion_group!(benches, all);
criterion_main!(benches);
