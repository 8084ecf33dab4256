//! What a commitment costs: our multiplication beside the library's, on one thread.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark ends where its setup does")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use halo2_proofs::arithmetic::{Field as _, best_multiexp};
use halo2_proofs::halo2curves::bn256::{Fr, G1Affine};
use halo2_proofs::poly::commitment::ParamsProver as _;
use rand_core::OsRng;
use rayon::ThreadPoolBuilder;
use tribute::plonk::multiply;
use tribute::srs::Srs;

/// Binary logarithms of numbers of rows.
const SIZES: [u32; 4] = [11, 13, 14, 16];
/// Random cells of a column.
const BLINDED: usize = 6;

fn commitments(criterion: &mut Criterion) {
    let srs = Srs::generate_unsafe_dev(16).expect("the operating system has randomness");
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("one thread starts");
    let mut group = criterion.benchmark_group("commitment");
    group.sample_size(10);
    for k in SIZES {
        let points: &[G1Affine] = &srs.params().get_g()[..1 << k];
        let full: Vec<Fr> = points.iter().map(|_| Fr::random(OsRng)).collect();
        let mut small: Vec<Fr> = (0..1u64 << k).map(|row| Fr::from(row * 7919 % 512)).collect();
        let rows = small.len();
        small[rows - BLINDED..].copy_from_slice(&full[..BLINDED]);
        for (name, scalars) in [("full", full), ("small", small)] {
            group.bench_function(BenchmarkId::new(name, k), |bencher| {
                pool.install(|| bencher.iter(|| multiply(&scalars, points)));
            });
            group.bench_function(BenchmarkId::new(format!("{name}, library"), k), |bencher| {
                pool.install(|| bencher.iter(|| best_multiexp(&scalars, points)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, commitments);
criterion_main!(benches);
