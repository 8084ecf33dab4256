//! Witnesses to measure with.

use crate::table::{self, BuiltTable, Rows, TableError};
use tribute_circuits::reference::{HiddenLayer, Model, Table, admit_training};
use tribute_circuits::{
    BindingWitness, IndexRow, IndexShape, IndexWitness, InferenceWitness, Query, Shape,
};
use tribute_verifier::field::FieldElement;

/// $\lambda$ in 1/256.
const LAMBDA: u32 = 256;

/// Integers that are the same each time.
struct Draws(u64);

impl Draws {
    /// An integer of at most this magnitude.
    fn next(&mut self, magnitude: i64) -> i64 {
        let Self(state) = self;
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(*state >> 33).unwrap_or_default() % (2 * magnitude + 1) - magnitude
    }

    fn narrow(&mut self, magnitude: i64) -> i16 {
        i16::try_from(self.next(magnitude)).unwrap_or_default()
    }

    fn wide(&mut self, magnitude: i64) -> i32 {
        i32::try_from(self.next(magnitude)).unwrap_or_default()
    }

    /// Features between -1 and 1.
    fn features(&mut self, inputs: usize) -> Vec<i16> {
        (0..inputs).map(|_| self.narrow(256)).collect()
    }

    /// Weights as large as trained ones.
    fn model(&mut self, shape: &Shape) -> Model {
        let mut inputs = shape.inputs;
        let mut hidden = Vec::new();
        for &outputs in &shape.hidden {
            // An activation has 16 bits: the more inputs, the smaller the weights.
            let magnitude = (40_000 / i64::try_from(inputs).unwrap_or(1)).clamp(1, 2000);
            let weights = (0..inputs * outputs).map(|_| self.narrow(magnitude)).collect();
            let biases = (0..outputs).map(|_| self.wide(200_000)).collect();
            hidden.push(HiddenLayer { inputs, outputs, weights, biases });
            inputs = outputs;
        }
        let head = (0..shape.features() * shape.classes).map(|_| self.wide(30_000)).collect();
        Model { inputs: shape.inputs, hidden, classes: shape.classes, head }
    }
}

/// A witness of this shape and so many queries, with weights as large as trained ones. What is proven costs the same for any other.
pub fn witness(shape: &Shape, queries: usize) -> InferenceWitness {
    let mut draws = Draws(7);
    let model = draws.model(shape);
    let (features, classes, contributors) = (shape.features(), shape.classes, shape.contributors);
    let entries = (0..features * classes * contributors).map(|_| draws.next(1 << 40)).collect();
    InferenceWitness {
        model,
        table: Table { features, classes, contributors, entries },
        queries: (0..queries)
            .map(|_| Query {
                input: draws.features(shape.inputs),
                salt: FieldElement::from_u128(3),
                context: FieldElement::ZERO,
            })
            .collect(),
        model_commitment: FieldElement::from_u128(1),
        index_commitment: FieldElement::from_u128(2),
    }
}

/// A model and a table of this shape, with salts that are none.
pub fn binding_witness(shape: &Shape) -> BindingWitness {
    let InferenceWitness { model, table, .. } = witness(shape, 1);
    BindingWitness {
        model,
        table,
        model_salt: FieldElement::from_u128(1),
        table_salt: FieldElement::from_u128(2),
        header_digest: FieldElement::from_u128(4),
    }
}

/// Rows of this shape, dealt to classes and contributors in turn, and the table that the method makes of them.
///
/// # Errors
/// Fails if the method makes no table of such rows.
pub fn index_witness(shape: &IndexShape) -> Result<IndexWitness, TableError> {
    let (count, validation) = (&shape.committed(), shape.validation);
    let IndexShape { shape, method, rows: training, .. } = shape;
    let mut draws = Draws(7);
    let model = draws.model(shape);
    let features: Vec<_> = (0..*count).map(|_| draws.features(shape.inputs)).collect();
    let rows = Rows {
        admitted: admit_training(&features, *training),
        features,
        labels: (0..*count).map(|row| row % shape.classes).collect(),
        owners: (0..*count).map(|row| row % shape.contributors).collect(),
        contributors: shape.contributors,
        validation,
    };
    let BuiltTable { table, fractions, stationarity, head_norm, .. } =
        table::build(&model, &rows, *method, LAMBDA, &|_, _| {})?;
    let narrow = |number: usize| u16::try_from(number).unwrap_or_default();
    let Rows { features, labels, owners, .. } = rows;
    let opened = features.into_iter().zip(labels.into_iter().zip(owners)).zip(5..);
    Ok(IndexWitness {
        model,
        table,
        fractions,
        model_salt: FieldElement::from_u128(1),
        table_salt: FieldElement::from_u128(2),
        header_digest: FieldElement::from_u128(4),
        rows: opened
            .map(|((features, (label, owner)), salt)| IndexRow {
                features,
                label: narrow(label),
                owner: narrow(owner),
                salt: FieldElement::from_u128(salt),
            })
            .collect(),
        lam: LAMBDA,
        epsilon: stationarity.epsilon,
        head_norm,
    })
}
