//! The whole statement: honest witnesses of several shapes, public inputs equal to the verifier's, and the linked columns cell by cell.

use ff::Field;
use halo2_proofs::dev::MockProver;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem};
use tribute_verifier::commitment::{
    HiddenView, ModelView, TableView, index_commitment, model_commitment, table_commitment,
};

use super::*;
use crate::encode::{encode, power_of_two};
use crate::inference::tests::{shape as shape_of, witness as inference_witness};
use crate::linked::tests::single;
use crate::linked::{LinkedParams, TAIL_ROWS};
use crate::params::ParamsError;
use crate::reference::ResidualKind;

pub(super) fn shape(inputs: usize, hidden: &[usize], classes: usize, contributors: usize) -> Shape {
    shape_of(inputs, hidden, classes, contributors, ResidualKind::Query)
}

pub(super) fn witness(shape: &Shape, seed: u64) -> BindingWitness {
    let inference = inference_witness(shape, seed);
    BindingWitness {
        model: inference.model,
        table: inference.table,
        model_salt: FieldElement::from_u128(11),
        table_salt: FieldElement::from_u128(12),
        header_digest: FieldElement::from_u128(14),
    }
}

/// The commitments as the verifier computes them.
fn expected(witness: &BindingWitness) -> Vec<FieldElement> {
    let BindingWitness { model, table, .. } = witness;
    let hidden = model.hidden.iter().map(|layer| HiddenView {
        inputs: layer.inputs,
        outputs: layer.outputs,
        weights: &layer.weights,
        biases: &layer.biases,
    });
    let model = ModelView {
        inputs: model.inputs,
        hidden: hidden.collect(),
        classes: model.classes,
        head: &model.head,
    };
    let table = TableView {
        features: table.features,
        classes: table.classes,
        contributors: table.contributors,
        entries: &table.entries,
    };
    let table = table_commitment(witness.table_salt, &table).unwrap();
    vec![
        model_commitment(witness.model_salt, &model).unwrap(),
        index_commitment(witness.header_digest, table),
    ]
}

/// The linked columns, written down a second time: matrix by matrix, right-aligned.
fn expected_columns(params: &BindingParams, witness: &BindingWitness) -> Vec<Vec<Fr>> {
    let BindingWitness { model, table, .. } = witness;
    let LinkedParams { columns, first_row, spread } = params.linked;
    let mut rows: Vec<Vec<Fr>> = vec![vec![Fr::ZERO; columns]; first_row];
    let mut job = |inputs: Vec<(u32, Vec<i64>)>| {
        rows.extend(vec![vec![Fr::ZERO; columns]; spread * inputs[0].1.len()]);
        for (bits, values) in inputs {
            let offset = power_of_two(bits - 1);
            let mut cells: Vec<Fr> =
                values.iter().map(|value| encode(i128::from(*value)) + offset).collect();
            while !cells.len().is_multiple_of(columns) {
                cells.insert(0, offset);
            }
            let free = spread.saturating_sub(cells.len() / columns);
            rows.extend(vec![vec![Fr::ZERO; columns]; free]);
            rows.extend(cells.chunks(columns).map(<[Fr]>::to_vec));
        }
        rows.push(vec![Fr::ZERO; columns]);
    };
    for layer in &model.hidden {
        let weights = layer.weights.chunks(layer.outputs);
        let mut inputs: Vec<(u32, Vec<i64>)> =
            weights.map(|row| (16, row.iter().map(|w| i64::from(*w)).collect())).collect();
        inputs.push((32, layer.biases.iter().map(|b| i64::from(*b)).collect()));
        job(inputs);
    }
    let head = model.head.chunks(model.classes);
    job(head.map(|row| (24, row.iter().map(|w| i64::from(*w)).collect())).collect());
    job(table.entries.chunks(table.contributors).map(|row| (56, row.to_vec())).collect());
    rows.resize(1 << params.k, vec![Fr::ZERO; columns]);
    (0..columns).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

fn assert_accepts(params: &BindingParams, witness: &BindingWitness) {
    let circuit = BindingCircuit::new(params, witness).unwrap();
    assert_eq!(circuit.public_inputs(), expected(witness), "{params:?}");
    assert!(circuit.linked_columns() == expected_columns(params, witness), "{params:?}");
    let prover = MockProver::run(params.k, &circuit, vec![circuit.instance().to_vec()]).unwrap();
    prover.verify().unwrap_or_else(|failures| panic!("{params:?}: {:?}", failures[0]));
}

#[test]
fn accepts_honest_witnesses_of_many_shapes() {
    for (seed, (shape, k, weight_columns)) in (1..).zip([
        (shape(1, &[], 2, 1), 10, 1),
        (shape(1, &[], 2, 1), 10, 5),
        (shape(3, &[2], 3, 3), 10, 2),
        (shape(16, &[], 10, 8), 10, 4),
        (shape(64, &[], 10, 8), 11, 8),
        (shape(7, &[5, 4, 3], 4, 6), 10, 3),
        (shape(5, &[4, 3], 11, 13), 11, 7),
    ]) {
        let params = BindingParams::fit(&shape, k, single(&shape, weight_columns)).unwrap();
        assert_accepts(&params, &witness(&shape, seed));
    }
}

#[test]
fn accepts_columns_for_batches() {
    let shape = shape(5, &[4], 3, 2);
    for (columns, first_row, spread) in [(1, 40, 2), (2, 9, 5), (7, 100, 3)] {
        let linked = LinkedParams { columns, first_row, spread };
        let params = BindingParams::fit(&shape, 10, linked).unwrap();
        assert_accepts(&params, &witness(&shape, 8));
    }
}

#[test]
fn accepts_digits_at_every_k() {
    let shape = shape(64, &[32], 10, 12);
    for (k, weight_columns) in [(11, 8), (12, 4), (13, 1)] {
        let params = BindingParams::fit(&shape, k, single(&shape, weight_columns)).unwrap();
        assert_accepts(&params, &witness(&shape, 3));
    }
}

#[test]
fn accepts_a_hundred_thousand_weights() {
    let shape = shape(784, &[128], 10, 12);
    let params = BindingParams::fit(&shape, 13, single(&shape, 16)).unwrap();
    assert_accepts(&params, &witness(&shape, 6));
}

#[test]
fn accepts_every_number_of_chips_and_streams() {
    let shape = shape(16, &[12], 3, 3);
    let permutations = BindingParams::fit(&shape, 10, single(&shape, 2)).unwrap().permutations();
    for (hash_chips, limb_lanes, streams) in
        [(1, 7, 1), (2, 7, 2), (3, 10, 3), (4, 21, 5), (permutations, 40, 2), (2, 64, 9)]
    {
        let params = BindingParams {
            shape: shape.clone(),
            k: 10,
            linked: single(&shape, 5),
            hash_chips,
            limb_lanes,
            streams,
        };
        assert_accepts(&params, &witness(&shape, 4));
    }
}

#[test]
fn accepts_the_ends_of_every_width() {
    let shape = shape(2, &[3], 2, 2);
    let params = BindingParams::fit(&shape, 10, single(&shape, 4)).unwrap();
    let mut extreme = witness(&shape, 5);
    let layer = &mut extreme.model.hidden[0];
    layer.weights.fill(i16::MIN);
    layer.weights[1] = i16::MAX;
    layer.biases.copy_from_slice(&[i32::MIN, i32::MAX, 0]);
    extreme.model.head.fill(-(1 << 23));
    extreme.model.head[0] = (1 << 23) - 1;
    extreme.table.entries.fill(-(1 << 55));
    extreme.table.entries[0] = (1 << 55) - 1;
    assert_accepts(&params, &extreme);
}

#[test]
fn fits_the_fewest_chips_streams_and_lanes() {
    let digits = shape(64, &[32], 10, 12);
    let wide = shape(784, &[128], 10, 12);
    let logistic = shape(64, &[], 10, 8);
    let planned = [
        (&digits, 11, 4),
        (&digits, 12, 2),
        (&digits, 13, 1),
        (&wide, 13, 16),
        (&wide, 14, 8),
        (&wide, 15, 4),
        (&logistic, 11, 8),
        (&logistic, 12, 4),
        (&shape(16, &[16, 16, 16], 4, 6), 11, 4),
        (&shape(1, &[], 2, 1), 10, 1),
    ]
    .map(|(shape, k, weight_columns)| {
        let params = BindingParams::fit(shape, k, single(shape, weight_columns)).unwrap();
        let size = params.size().unwrap();
        let columns = [size.first_phase, size.second_phase, size.fixed];
        ([params.hash_chips, params.streams, params.limb_lanes], size.rows, columns)
    });
    assert_eq!(
        planned,
        [
            ([2, 1, 28], 1762, [61, 16, 40]),
            ([1, 1, 14], 3490, [32, 10, 34]),
            ([1, 1, 7], 6435, [24, 8, 34]),
            ([4, 2, 30], 7860, [132, 30, 59]),
            ([2, 1, 30], 15618, [67, 16, 41]),
            ([1, 1, 14], 31202, [34, 10, 35]),
            ([3, 1, 28], 1462, [78, 17, 40]),
            ([1, 1, 14], 4066, [34, 10, 32]),
            ([1, 1, 7], 774, [27, 8, 35]),
            ([1, 1, 7], 256, [24, 8, 31]),
        ]
    );
}

#[test]
fn refuses_what_the_rows_do_not_hold() {
    let wide = shape(784, &[128], 10, 12);
    for (k, weight_columns) in [(10, 64), (13, 2)] {
        assert!(matches!(
            BindingParams::fit(&wide, k, single(&wide, weight_columns)),
            Err(ParamsError::Rows { .. })
        ));
    }
    let small = shape(3, &[2], 3, 3);
    let fitting = BindingParams::fit(&small, 10, single(&small, 2)).unwrap();
    for wrong in [
        BindingParams { hash_chips: 0, ..fitting.clone() },
        BindingParams { hash_chips: fitting.permutations() + 1, ..fitting.clone() },
        BindingParams { limb_lanes: 6, ..fitting.clone() },
        BindingParams { streams: 0, ..fitting.clone() },
        BindingParams { linked: single(&small, 0), ..fitting.clone() },
        BindingParams { linked: LinkedParams { spread: 0, ..fitting.linked }, ..fitting.clone() },
        BindingParams { k: 9, ..fitting.clone() },
    ] {
        assert!(matches!(wrong.validate(), Err(ParamsError::OutOfRange { .. })), "{wrong:?}");
    }
}

#[test]
fn refuses_a_witness_of_another_shape() {
    let small = shape(4, &[3], 3, 2);
    let params = BindingParams::fit(&small, 10, single(&small, 2)).unwrap();
    for other in [shape(5, &[3], 3, 2), shape(4, &[2], 3, 2), shape(4, &[3], 3, 3)] {
        assert!(matches!(
            BindingCircuit::new(&params, &witness(&other, 1)),
            Err(WitnessError::Shape { .. })
        ));
    }
}

#[test]
fn fixed_cells_and_copies_depend_on_the_shape_alone() {
    let shape = shape(16, &[12], 3, 3);
    let params = BindingParams {
        hash_chips: 4,
        ..BindingParams::fit(&shape, 10, single(&shape, 3)).unwrap()
    };
    let keys = BindingCircuit::for_keys(&params).unwrap();
    let proof = BindingCircuit::new(&params, &witness(&shape, 9)).unwrap();
    assert!(keys.grid().fixed == proof.grid().fixed && keys.grid().copies == proof.grid().copies);
}

#[test]
fn linked_columns_come_first_and_are_read_at_their_own_row() {
    let shape = shape(16, &[12], 3, 3);
    let params = BindingParams::fit(&shape, 10, single(&shape, 3)).unwrap();
    let mut cs = ConstraintSystem::<Fr>::default();
    BindingCircuit::configure_with_params(&mut cs, Some(params.clone()));
    let queries: Vec<_> = cs
        .advice_queries()
        .iter()
        .map(|(column, rotation)| (column.index(), rotation.0))
        .filter(|(column, _)| *column < 3)
        .collect();
    assert_eq!(queries, [(0, 0), (1, 0), (2, 0)]);
    assert!(cs.permutation().get_columns().iter().all(|column| {
        column.index() >= 3 || *column.column_type() == halo2_proofs::plonk::Any::Fixed
    }));
    assert_eq!(cs.blinding_factors() + 1, TAIL_ROWS);
    let circuit = BindingCircuit::new(&params, &witness(&shape, 9)).unwrap();
    let tail = (1 << params.k) - TAIL_ROWS..;
    assert!(circuit.linked_columns().iter().all(|column| {
        column.len() == 1 << params.k && column[tail.clone()].iter().all(|cell| *cell == Fr::ZERO)
    }));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, ..Default::default() })]

    #[test]
    fn accepts_honest_witnesses_of_random_shapes(
        (inputs, classes, contributors) in (1usize..20, 2usize..6, 1usize..9),
        hidden in proptest::collection::vec(1usize..12, 0..3),
        (weight_columns, limb_lanes) in (1usize..14, 7usize..65),
        (streams, hash_chips) in (1usize..6, 1usize..6),
        seed: u64,
    ) {
        let shape = shape(inputs, &hidden, classes, contributors);
        let fitting = BindingParams::fit(&shape, 12, single(&shape, weight_columns)).unwrap();
        let hash_chips = hash_chips.min(fitting.permutations());
        let params = BindingParams { limb_lanes, streams, hash_chips, ..fitting };
        // One row for each packed value at the least, and the shapes are small: all of them fit.
        params.validate().unwrap();
        assert_accepts(&params, &witness(&shape, seed));
    }
}
