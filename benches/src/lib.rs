//! What tribute costs.
//!
//! * `cargo bench -p tribute-benches`: parts of one inference, in-process, by criterion.
//! * `cargo run --release -p tribute-benches --bin processes`: `tribute prove` as a user runs it, five processes, with peak memory.
//! * `cargo run --release -p tribute-benches --bin index`: `tribute index` on up to 3,200 rows, and what the number of rows costs a query: nothing.
//! * `cargo run --release -p tribute-benches --bin peer`: ezkl and `tribute` in turn on the same networks; writes `benches/results/peer.md` and its chart.
//! * `cargo run --release -p tribute-benches --bin sizes`: rows and columns of circuits by shape.

pub mod process;

use tribute_circuits::reference::{HiddenLayer, Model, Table};
use tribute_circuits::{InferenceWitness, Shape};
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::ResidualKind;

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

/// A witness of this shape with weights as large as trained ones. What is proven costs the same for any other.
#[must_use]
pub fn witness(shape: &Shape) -> InferenceWitness {
    let mut state: u64 = 7;
    let mut draw = |magnitude: i64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).unwrap_or_default() % (2 * magnitude + 1) - magnitude
    };
    let narrow = |value: i64| i16::try_from(value).unwrap_or_default();
    let wide = |value: i64| i32::try_from(value).unwrap_or_default();
    let mut inputs = shape.inputs;
    let mut hidden = Vec::new();
    for &outputs in &shape.hidden {
        let weights = (0..inputs * outputs).map(|_| narrow(draw(2000))).collect();
        let biases = (0..outputs).map(|_| wide(draw(200_000))).collect();
        hidden.push(HiddenLayer { inputs, outputs, weights, biases });
        inputs = outputs;
    }
    let (features, classes, contributors) = (shape.features(), shape.classes, shape.contributors);
    let head = (0..features * classes).map(|_| wide(draw(30_000))).collect();
    let entries = (0..features * classes * contributors).map(|_| draw(1 << 40)).collect();
    InferenceWitness {
        model: Model { inputs: shape.inputs, hidden, classes, head },
        table: Table { features, classes, contributors, entries },
        input: (0..shape.inputs).map(|_| narrow(draw(256))).collect(),
        model_salt: FieldElement::from_u128(1),
        table_salt: FieldElement::from_u128(2),
        input_salt: FieldElement::from_u128(3),
        header_digest: FieldElement::from_u128(4),
        context: FieldElement::ZERO,
    }
}
