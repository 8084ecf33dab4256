//! Witnesses to measure with.

use tribute_circuits::reference::{HiddenLayer, Model, Table};
use tribute_circuits::{InferenceWitness, Query, Shape};
use tribute_verifier::field::FieldElement;

/// A witness of this shape and so many queries, with weights as large as trained ones. What is proven costs the same for any other.
pub fn witness(shape: &Shape, queries: usize) -> InferenceWitness {
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
        // An activation has 16 bits: the more inputs, the smaller the weights.
        let magnitude = (40_000 / i64::try_from(inputs).unwrap_or(1)).clamp(1, 2000);
        let weights = (0..inputs * outputs).map(|_| narrow(draw(magnitude))).collect();
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
        queries: (0..queries)
            .map(|_| Query {
                input: (0..shape.inputs).map(|_| narrow(draw(256))).collect(),
                salt: FieldElement::from_u128(3),
                context: FieldElement::ZERO,
            })
            .collect(),
        model_commitment: FieldElement::from_u128(1),
        index_commitment: FieldElement::from_u128(2),
    }
}
