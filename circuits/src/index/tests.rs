//! The whole statement: honest witnesses of several shapes and methods, and public inputs equal to the verifier's.

use halo2_proofs::dev::MockProver;
use tribute_verifier::commitment::{TableView, index_commitment, table_commitment};
use tribute_verifier::dataset::{self, dataset_root};
use tribute_verifier::method::MethodId;

use super::values::RowValues;
use super::*;
use crate::forgery::Forgery;
use crate::inference::tests::{Numbers, shape};
use crate::reference::{gradient_table, row_trace};

pub(super) fn index_shape(
    (inputs, hidden, classes, contributors): (usize, &[usize], usize, usize),
    method: MethodId,
    rows: usize,
) -> IndexShape {
    let shape = shape(inputs, hidden, classes, contributors, method.residual());
    IndexShape { shape, method, rows, eta: if method.is_newton() { 110 } else { 0 } }
}

/// Deterministic rows, the fourth a copy of the second with another label, and a table: the method's, or (Newton) any, whose residual eta then bounds.
pub(super) fn witness(shape: &IndexShape, seed: u64) -> IndexWitness {
    let mut numbers = Numbers(seed);
    let mut witness = IndexWitness::zero(shape);
    for layer in &mut witness.model.hidden {
        layer.weights.iter_mut().for_each(|w| *w = i16::try_from(numbers.next(3000)).unwrap());
        layer.biases.iter_mut().for_each(|b| *b = i32::try_from(numbers.next(90_000)).unwrap());
    }
    witness.model.head.iter_mut().for_each(|w| *w = i32::try_from(numbers.next(60_000)).unwrap());
    let (classes, contributors) = (shape.shape.classes, shape.shape.contributors);
    for (number, row) in witness.rows.iter_mut().enumerate() {
        row.features.iter_mut().for_each(|x| *x = i16::try_from(numbers.next(500)).unwrap());
        row.label = u16::try_from(number * 7 % classes).unwrap();
        row.owner = u16::try_from(number * 5 % contributors).unwrap();
        row.salt = FieldElement::from_u128(1000 + number as u128);
    }
    if shape.rows > 3 {
        witness.rows[3].features = witness.rows[1].features.clone();
    }
    witness.model_salt = FieldElement::from_u128(11);
    witness.table_salt = FieldElement::from_u128(12);
    witness.header_digest = FieldElement::from_u128(14);
    witness.lam = 256;
    complete(&mut witness, shape);
    witness
}

/// Computes table and epsilon from model and rows.
pub(super) fn complete(witness: &mut IndexWitness, shape: &IndexShape) {
    let features: Vec<_> = witness.rows.iter().map(|row| row.features.clone()).collect();
    let admitted = admit_first(&features);
    let traces: Vec<_> = witness
        .rows
        .iter()
        .zip(admitted)
        .filter(|(_, admitted)| *admitted)
        .map(|(row, _)| {
            let trace = row_trace(&witness.model, &row.features, usize::from(row.label)).unwrap();
            (trace, usize::from(row.owner))
        })
        .collect();
    let owned = traces.iter().map(|(trace, owner)| (trace, *owner));
    let contributors = shape.shape.contributors;
    let gradients = gradient_table(owned, &witness.model, contributors).unwrap();
    let pull = i128::from(witness.lam) << 20;
    let residuals = gradients.chunks(contributors).zip(&witness.model.head).map(|(g, w)| {
        (g.iter().map(|g| i128::from(*g)).sum::<i128>() << 16) - pull * i128::from(*w)
    });
    witness.epsilon = residuals.map(i128::unsigned_abs).max().unwrap();
    witness.table.entries = gradients;
    if shape.method.is_newton() {
        witness.table.entries.iter_mut().for_each(|g| *g = g.wrapping_mul(977) % (1 << 45));
    }
}

pub(super) fn accepted(params: &IndexParams, circuit: &IndexCircuit) -> Result<(), String> {
    let prover = MockProver::run(params.k, circuit, vec![circuit.instance().to_vec()])
        .map_err(|error| format!("{error:?}"))?;
    prover.verify().map_err(|failures| {
        let failures = failures.iter().take(3).map(|failure| format!("{failure:?}"));
        failures
            .map(|text| text.chars().take(500).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn expected(witness: &IndexWitness) -> Vec<FieldElement> {
    let table = TableView {
        features: witness.table.features,
        classes: witness.table.classes,
        contributors: witness.table.contributors,
        entries: &witness.table.entries,
    };
    let table = table_commitment(witness.table_salt, &table).unwrap();
    let leaves: Vec<_> = (0u32..)
        .zip(&witness.rows)
        .map(|(number, row)| {
            let opened = dataset::Row {
                number,
                label: row.label,
                owner: row.owner,
                features: &row.features,
            };
            dataset::leaf(row.salt, &opened)
        })
        .collect();
    vec![
        index_commitment(witness.header_digest, table),
        dataset_root(&leaves).unwrap(),
        witness.header_digest,
    ]
}

fn assert_accepts(shape: &IndexShape, seed: u64) {
    let params = IndexParams::fit(shape.clone()).unwrap();
    let witness = witness(shape, seed);
    let circuit = IndexCircuit::new(&params, &witness).unwrap();
    let public = circuit.public_inputs();
    assert_eq!(public[1..4], expected(&witness), "{params:?}");
    assert_eq!(public.len(), 9);
    let IndexShape { shape: query, method, rows, eta } = shape;
    let fields =
        [(query.features(), 48), (query.classes, 64), (query.contributors, 80), (*rows, 96)];
    let fixed = 20 + (u128::from(method.number()) << 16) + (u128::from(*eta) << 32);
    let word = fields.iter().fold(fixed, |word, (count, at)| word + ((*count as u128) << at));
    assert_eq!(public[8], FieldElement::from_u128(word));
    accepted(&params, &circuit).unwrap_or_else(|failures| panic!("{params:?}: {failures}"));
}

/// Whether the circuit accepts rows whose values were changed, with everything that follows from them.
pub(super) fn accepts(
    params: &IndexParams,
    witness: &IndexWitness,
    change: impl FnOnce(&mut [RowValues]),
    forgery: Forgery,
) -> bool {
    let mut rows = checked_values(params, witness).unwrap();
    change(&mut rows);
    let built = build_from(params, witness, &rows, forgery);
    accepted(params, &IndexCircuit::from_built(params, built)).is_ok()
}

#[test]
fn accepts_every_method() {
    for method in
        [MethodId::TracIn, MethodId::Representer, MethodId::Influence, MethodId::GroupNewton]
    {
        assert_accepts(&index_shape((3, &[2], 3, 3), method, 6), 1);
    }
}

#[test]
fn accepts_other_shapes() {
    for (inputs, hidden, classes, contributors, rows) in [
        (1, &[][..], 2, 1, 1),
        (4, &[][..], 3, 2, 5),
        (16, &[5, 3][..], 4, 5, 9),
        (31, &[4][..], 2, 20, 10),
    ] {
        assert_accepts(
            &index_shape((inputs, hidden, classes, contributors), MethodId::GroupNewton, rows),
            2,
        );
    }
}

#[test]
fn rejects_a_probability_rounded_the_other_way() {
    let shape = index_shape((3, &[2], 3, 3), MethodId::TracIn, 6);
    let params = IndexParams::fit(shape.clone()).unwrap();
    let witness = witness(&shape, 1);
    let none = Forgery::default;
    assert!(accepts(&params, &witness, |_| {}, none()));
    assert!(!accepts(&params, &witness, |rows| rows[2].classes[1].probability += 1, none()));
}
