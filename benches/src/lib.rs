//! What tribute costs.
//!
//! * `cargo bench -p tribute-benches`: gadgets, circuits, commitments and verification, in-process, by criterion.
//! * `cargo run --release -p tribute-benches --bin processes`: `tribute prove` as a user runs it, five processes, with peak memory.
//! * `cargo run --release -p tribute-benches --bin index`: `tribute index` on up to 3,200 rows, and what the number of rows costs a query: nothing.
//! * `cargo run --release -p tribute-benches --bin planner`: what the planner predicts of layouts it was not calibrated with, and what they take.
//! * `cargo run --release -p tribute-benches --bin peer`: ezkl and `tribute` in turn on the same networks; writes `benches/results/peer.md` and its chart.

pub mod process;

pub use tribute::planner::sample::witness;

use tribute_circuits::{IndexParams, IndexShape, ParamsError, Shape};
use tribute_verifier::method::{MethodId, ResidualKind};

/// Bits of the certificate's residual, with room to spare for rows of digits.
const ETA: u32 = 80;

/// The shape of the digits network: 64 inputs, 32 hidden units, 10 classes, 12 contributors.
#[must_use]
pub fn digits() -> Shape {
    Shape {
        inputs: 64,
        hidden: vec![32],
        classes: 10,
        contributors: 12,
        residual: ResidualKind::Query,
    }
}

/// The index circuit of so many rows of the digits network by so many contributors, by `group-newton`.
///
/// # Errors
/// Fails if no circuit holds them.
pub fn index_of(rows: usize, contributors: usize) -> Result<IndexParams, ParamsError> {
    let method = MethodId::GroupNewton;
    let shape = Shape { residual: method.residual(), contributors, ..digits() };
    IndexParams::fit(IndexShape { shape, method, rows, validation: 0, eta: ETA })
}
