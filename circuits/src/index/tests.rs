//! The whole statement: honest witnesses of several shapes and methods, and public inputs equal to the verifier's.

use halo2_proofs::dev::MockProver;
use tribute_verifier::commitment::{TableView, index_commitment, table_commitment};
use tribute_verifier::dataset::{self, dataset_root};
use tribute_verifier::method::MethodId;

use super::*;
use crate::encode::{from_element, power_of_two, to_element};
use crate::inference::tests::{Numbers, shape};
use crate::reference::norms::head_norm_below;
use crate::reference::{gradient_table, row_trace};

pub(super) fn index_shape(
    (inputs, hidden, classes, contributors): (usize, &[usize], usize, usize),
    method: MethodId,
    rows: usize,
) -> IndexShape {
    let shape = shape(inputs, hidden, classes, contributors, method.residual());
    let eta = if method.is_newton() { 146 } else { 0 };
    IndexShape { shape, method, rows, validation: 0, eta }
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
        .take(shape.rows)
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
    witness.head_norm = head_norm_below(&witness.model.head);
    witness.table.entries = gradients;
    if shape.method.is_newton() {
        // With a residual that eta has room for.
        let table = &mut witness.table.entries;
        #[allow(clippy::cast_possible_truncation, reason = "any 32 bits will do")]
        let fraction = |g: &i64| (g.wrapping_mul(977) >> 3) as i32;
        witness.fractions = table.iter().map(fraction).collect();
        table.iter_mut().for_each(|g| *g = g.wrapping_mul(977) % (1 << 13));
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
    assert_accepts_witness(shape, &witness(shape, seed));
}

fn assert_accepts_witness(shape: &IndexShape, witness: &IndexWitness) {
    let params = IndexParams::fit(shape.clone()).unwrap();
    let circuit = IndexCircuit::new(&params, witness).unwrap();
    let public = circuit.public_inputs();
    assert_eq!(public[1..4], expected(witness), "{params:?}");
    assert_eq!(public.len(), 11);
    let IndexShape { shape: query, method, rows, validation, eta } = shape;
    let fields =
        [(query.features(), 48), (query.classes, 64), (query.contributors, 80), (*rows, 96)];
    let fixed = 20 + (u128::from(method.number()) << 16) + (u128::from(*eta) << 32);
    let word = fields.iter().fold(fixed, |word, (count, at)| word + ((*count as u128) << at));
    let word = from_element(FieldElement::from_u128(word))
        + power_of_two(128) * Fr::from(*validation as u64);
    assert_eq!(public[10], to_element(word));
    accepted(&params, &circuit).unwrap_or_else(|failures| panic!("{params:?}: {failures}"));
}

#[test]
fn accepts_every_method() {
    for method in METHODS {
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

const METHODS: [MethodId; 4] =
    [MethodId::TracIn, MethodId::Representer, MethodId::Influence, MethodId::GroupNewton];

/// An honest witness after this change to its rows.
fn assert_accepts_rows(shape: &IndexShape, change: impl Fn(&mut [IndexRow])) {
    let mut witness = witness(shape, 3);
    change(&mut witness.rows);
    complete(&mut witness, shape);
    assert_accepts_witness(shape, &witness);
}

#[test]
fn accepts_duplicates_wherever_they_stand() {
    for method in METHODS {
        let shape = index_shape((3, &[2], 3, 3), method, 6);
        assert_accepts_rows(&shape, |rows| {
            for (copy, original) in [(1, 0), (2, 0), (5, 4)] {
                rows[copy].features = rows[original].features.clone();
            }
        });
        assert_accepts_rows(&shape, |rows| {
            let features = rows[0].features.clone();
            rows.iter_mut().for_each(|row| row.features.clone_from(&features));
        });
        // Rows that differ in their last element, or their first feature alone.
        let shape = index_shape((17, &[], 2, 2), method, 5);
        assert_accepts_rows(&shape, |rows| {
            for (number, row) in (0..).zip(rows) {
                row.features.fill(-3);
                row.features[0] = number % 2;
                row.features[16] = -number / 2;
            }
        });
    }
}

#[test]
fn accepts_contributors_without_rows_and_one_of_everything() {
    for method in METHODS {
        assert_accepts_rows(&index_shape((3, &[2], 2, 3), method, 4), |rows| {
            rows.iter_mut().for_each(|row| row.owner = 1);
        });
        assert_accepts(&index_shape((1, &[1], 2, 1), method, 1), 4);
        assert_accepts(&index_shape((2, &[], 2, 1), method, 3), 4);
    }
}

#[test]
fn accepts_more_contributors_than_two_rows_hold() {
    for contributors in [32, 33, 49] {
        let shape = index_shape((2, &[3], 2, contributors), MethodId::GroupNewton, 7);
        let params = IndexParams::fit(shape.clone()).unwrap();
        let class_rows = Block::new(&params).class_rows;
        assert_eq!(class_rows, contributors.div_ceil(16).max(2));
        assert_accepts(&shape, 5);
    }
}

#[test]
fn accepts_small_shapes_of_every_kind() {
    for seed in 0..16 {
        let mut numbers = Numbers(seed);
        let mut up_to = |most: i64| usize::try_from(1 + (numbers.next(most).abs() % most)).unwrap();
        let hidden: Vec<usize> = (0..seed % 3).map(|_| up_to(5)).collect();
        let dimensions = (up_to(20), &hidden[..], 1 + up_to(3), up_to(7));
        let method = METHODS[up_to(4) - 1];
        let mut shape = index_shape(dimensions, method, up_to(9));
        shape.validation = up_to(3) - 1;
        let copies: Vec<[usize; 2]> = (0..up_to(3)).map(|_| [up_to(9), up_to(9)]).collect();
        assert_accepts_rows(&shape, |rows| {
            for [copy, original] in &copies {
                let count = rows.len();
                rows[copy % count].features = rows[original % count].features.clone();
            }
        });
    }
}
