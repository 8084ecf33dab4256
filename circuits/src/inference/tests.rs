//! The whole statement: honest witnesses of several shapes, and public inputs equal to reference and verifier.

use halo2_proofs::dev::MockProver;
use tribute_verifier::commitment::input_commitment;
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::MethodId;
use tribute_verifier::payees::{Address, Contributor};
use tribute_verifier::statement::Statement;

use num_bigint::BigInt;

use super::*;
use crate::InferenceCircuit;
use crate::encode::{encode_wide, to_element};
use crate::reference;
use crate::reference::ResidualKind;

/// Deterministic small integers.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self, magnitude: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % (2 * magnitude + 1) - magnitude
    }
}

pub(crate) fn witness(shape: &Shape, seed: u64) -> InferenceWitness {
    let mut numbers = Numbers(seed);
    let mut witness = InferenceWitness::zero(shape);
    for layer in &mut witness.model.hidden {
        layer.weights.iter_mut().for_each(|w| *w = i16::try_from(numbers.next(3000)).unwrap());
        layer.biases.iter_mut().for_each(|b| *b = i32::try_from(numbers.next(90_000)).unwrap());
    }
    witness.model.head.iter_mut().for_each(|w| *w = i32::try_from(numbers.next(60_000)).unwrap());
    witness.table.entries.iter_mut().for_each(|g| *g = numbers.next(1 << 50));
    witness.queries[0]
        .input
        .iter_mut()
        .for_each(|x| *x = i16::try_from(numbers.next(500)).unwrap());
    witness.model_commitment = FieldElement::from_u128(11);
    witness.index_commitment = FieldElement::from_u128(12);
    witness.queries[0].salt = FieldElement::from_u128(13);
    witness.queries[0].context = FieldElement::from_u128(15);
    witness
}

pub(crate) fn shape(
    inputs: usize,
    hidden: &[usize],
    classes: usize,
    contributors: usize,
    residual: ResidualKind,
) -> Shape {
    Shape { inputs, hidden: hidden.to_vec(), classes, contributors, residual }
}

pub(crate) fn accepted(params: &CircuitParams, circuit: &InferenceCircuit) -> Result<(), String> {
    let prover = MockProver::run(params.k, circuit, vec![circuit.instance().to_vec()])
        .map_err(|error| format!("{error:?}"))?;
    prover.verify().map_err(|failures| {
        failures
            .iter()
            .take(3)
            .map(|failure| format!("{failure:?}").chars().take(400).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n")
    })
}

/// What the verifier reads of one query.
fn statement(params: &CircuitParams, witness: &InferenceWitness, query: &Query) -> Statement {
    let InferenceWitness { model, table, .. } = witness;
    let trace = reference::query(model, table, params.shape.residual, &query.input).unwrap();
    let contributors = (1..=params.shape.contributors).map(|number| {
        let mut address = Address([0; 20]);
        address.0[..8].copy_from_slice(&number.to_be_bytes());
        Contributor { name: format!("contributor-{number}"), address }
    });
    Statement {
        method: MethodId::TracIn,
        context: query.context,
        model_commitment: witness.model_commitment,
        index_commitment: witness.index_commitment,
        input_commitment: input_commitment(query.salt, &query.input),
        input: None,
        salt: None,
        output: u32::try_from(trace.class).unwrap(),
        logits: trace.forward.logits,
        contributors: contributors.collect(),
        weights_ppm: trace.weights_ppm,
        unattributed: trace.unattributed,
    }
}

/// Public inputs computed by reference and verifier.
fn expected(params: &CircuitParams, witness: &InferenceWitness) -> Vec<FieldElement> {
    let statements: Vec<_> =
        witness.queries.iter().map(|query| statement(params, witness, query)).collect();
    if !params.is_batch() {
        return statements[0].public_inputs().unwrap();
    }
    let mut inputs = vec![witness.model_commitment, witness.index_commitment];
    let weight = |c: usize| statements.iter().map(move |one| u64::from(one.weights_ppm[c]));
    let totals: Vec<u64> = (0..params.shape.contributors).map(|c| weight(c).sum()).collect();
    inputs.extend(totals.chunks(7).map(|totals| {
        let packed = totals.iter().rev().fold(BigInt::ZERO, |sum, total| (sum << 32) + total);
        to_element(encode_wide(&packed))
    }));
    for one in &statements {
        let all = one.public_inputs().unwrap();
        inputs.extend([all[0], all[3]]);
        inputs.extend(&all[4..4 + params.shape.output_elements()]);
    }
    inputs.resize(params.public_inputs(), FieldElement::ZERO);
    inputs
}

fn assert_accepts(params: &CircuitParams, witness: &InferenceWitness) {
    let circuit = InferenceCircuit::new(params, witness).unwrap();
    assert_eq!(circuit.public_inputs(), expected(params, witness), "{params:?}");
    accepted(params, &circuit).unwrap_or_else(|failures| panic!("{params:?}: {failures}"));
}

#[test]
fn accepts_honest_witnesses_of_many_shapes() {
    for (seed, shape) in [
        shape(3, &[2], 2, 2, ResidualKind::Query),
        shape(1, &[], 2, 1, ResidualKind::OneHot),
        shape(7, &[], 3, 5, ResidualKind::Query),
        shape(5, &[4, 3], 11, 13, ResidualKind::Query),
        shape(16, &[3], 4, 3, ResidualKind::OneHot),
    ]
    .into_iter()
    .enumerate()
    {
        let params = CircuitParams::fit(&shape).unwrap();
        assert_accepts(&params, &witness(&params.shape, seed as u64 + 1));
    }
}

#[test]
fn accepts_other_columns() {
    let shape = shape(4, &[3], 3, 2, ResidualKind::Query);
    for (k, weight_columns, limb_bits, limb_lanes) in [
        (11, 1, 8, 1),
        (11, 2, 9, 2),
        (12, 3, 10, 3),
        (12, 8, 8, 4),
        (13, 1, 12, 1),
        (11, 64, 6, 8),
    ] {
        let shape = shape.clone();
        let params = CircuitParams {
            shape,
            queries: 1,
            threads: 1,
            k,
            weight_columns,
            limb_bits,
            limb_lanes,
        };
        assert_accepts(&params, &witness(&params.shape, 5));
    }
}

/// A witness of a batch whose last slots may be empty.
fn batch(shape: &Shape, queries: u64) -> InferenceWitness {
    let mut witness = witness(shape, 1);
    witness.model.head.iter_mut().for_each(|weight| *weight /= 64);
    let more = (2..=queries).flat_map(|seed| self::witness(shape, seed).queries);
    witness.queries.extend(more);
    witness
}

#[test]
fn accepts_batches() {
    let shapes = [
        shape(4, &[3], 3, 2, ResidualKind::Query),
        shape(3, &[], 11, 8, ResidualKind::OneHot),
        shape(170, &[2], 2, 1, ResidualKind::Query),
    ];
    for shape in shapes {
        for (queries, threads, weight_columns, limb_lanes) in
            [(2, 1, 1, 2), (2, 2, 2, 1), (6, 2, 3, 3), (6, 3, 1, 4), (4, 4, 5, 2), (5, 1, 2, 5)]
        {
            let params = |k| CircuitParams {
                shape: shape.clone(),
                queries,
                threads,
                k,
                weight_columns,
                limb_bits: 8,
                limb_lanes,
            };
            let params = (11..17).map(params).find(|params| params.validate().is_ok()).unwrap();
            assert_accepts(&params, &batch(&shape, queries as u64));
            assert_accepts(&params, &batch(&shape, queries as u64 - 1));
        }
    }
}

#[test]
fn an_empty_slot_is_of_zeros_and_a_query_in_its_place_is_not() {
    let shape = shape(4, &[3], 3, 2, ResidualKind::Query);
    let params = CircuitParams::fit_batch(&shape, 4).unwrap();
    let (three, four) = (batch(&shape, 3), batch(&shape, 4));
    let inputs = |witness| InferenceCircuit::new(&params, witness).unwrap().public_inputs();
    let (three, four) = (inputs(&three), inputs(&four));
    assert!(three[12..].iter().all(|element| *element == FieldElement::ZERO));
    assert_eq!(three[3..12], four[3..12]);
    assert!(four[12..].iter().all(|element| *element != FieldElement::ZERO));
}

#[test]
fn refuses_more_queries_than_slots_and_threads_that_do_not_divide_them() {
    let shape = shape(4, &[3], 3, 2, ResidualKind::Query);
    let params = CircuitParams::fit_batch(&shape, 4).unwrap();
    let more = batch(&shape, 5);
    assert!(matches!(InferenceCircuit::new(&params, &more), Err(WitnessError::Shape { .. })));
    for (queries, threads) in [(4, 3), (4, 0), (4, 8), (0, 1), (5000, 1)] {
        let params = CircuitParams { queries, threads, ..params.clone() };
        assert!(params.validate().is_err(), "{queries} {threads}");
    }
}

#[test]
fn accepts_every_distance_with_every_size_of_limb() {
    let shape = shape(1, &[], 2, 2, ResidualKind::Query);
    for limb_bits in 6..=14 {
        let params = |k| CircuitParams {
            shape: shape.clone(),
            queries: 1,
            threads: 1,
            k,
            weight_columns: 1,
            limb_bits,
            limb_lanes: if limb_bits % 2 == 0 { 1 } else { 3 },
        };
        let params = (11..16).map(params).find(|params| params.validate().is_ok()).unwrap();
        for distance in [127, 8192, 1 << 22] {
            let mut far = witness(&params.shape, 2);
            // What the head adds to a logit is what it holds: a logit loses 14 bits.
            far.queries[0].input = vec![1 << 14];
            far.model.head = vec![distance, 0, 0, 0];
            let trace = reference::query(
                &far.model,
                &far.table,
                ResidualKind::Query,
                &far.queries[0].input,
            )
            .unwrap();
            assert_eq!(i64::from(trace.gaps[1]), i64::from(distance));
            assert_accepts(&params, &far);
        }
    }
}

#[test]
fn accepts_the_largest_table_entries_and_the_smallest() {
    let params = CircuitParams::fit(&shape(2, &[], 3, 3, ResidualKind::Query)).unwrap();
    let mut extreme = witness(&params.shape, 3);
    extreme.model.head.iter_mut().for_each(|weight| *weight /= 64);
    let (largest, smallest) = ((1 << 55) - 1, -(1 << 55));
    extreme
        .table
        .entries
        .iter_mut()
        .enumerate()
        .for_each(|(i, entry)| *entry = if i % 2 == 0 { largest } else { smallest });
    assert_accepts(&params, &extreme);
    extreme.queries[0].input = vec![i16::MIN, i16::MAX];
    extreme.model.head.fill(0);
    assert_accepts(&params, &extreme);
}

#[test]
fn accepts_what_nobody_supports_and_what_is_saturated() {
    let params = CircuitParams::fit(&shape(2, &[2], 2, 2, ResidualKind::Query)).unwrap();
    let mut empty = witness(&params.shape, 4);
    empty.table.entries.fill(0);
    assert_accepts(&params, &empty);
    let mut saturated = witness(&params.shape, 4);
    saturated.model.head.fill(0);
    saturated.model.head[4..].copy_from_slice(&[1 << 22, 0]);
    assert_accepts(&params, &saturated);
    // Everything ties: the lowest class.
    saturated.model.head.fill(0);
    assert_accepts(&params, &saturated);
}

#[test]
fn accepts_the_most_classes_and_the_largest_distances() {
    for residual in [ResidualKind::Query, ResidualKind::OneHot] {
        let params = CircuitParams::fit(&shape(1, &[], 256, 2, residual)).unwrap();
        let mut widest = witness(&params.shape, 6);
        assert_accepts(&params, &widest);
        // Logits at both ends of 24 bits; the first class is far below, the last two tie.
        widest.queries[0].input = vec![1 << 14];
        widest.model.head.fill(0);
        widest.model.head[..256].fill(-(1 << 23));
        widest.model.head[254..256].fill((1 << 23) - 1);
        assert_accepts(&params, &widest);
        // The last class alone: saturated, and number 255.
        widest.model.head[254] = -(1 << 23);
        assert_accepts(&params, &widest);
        // The same with a negative feature.
        widest.queries[0].input = vec![1 - (1 << 14)];
        widest.model.head[..256].fill((1 << 23) - 1);
        widest.model.head[255] = -(1 << 23);
        assert_accepts(&params, &widest);
    }
}

#[test]
fn fixed_cells_and_copies_depend_on_the_shape_alone() {
    let params = CircuitParams::fit(&shape(4, &[3], 3, 2, ResidualKind::Query)).unwrap();
    let keys = InferenceCircuit::for_keys(&params).unwrap();
    let proof = InferenceCircuit::new(&params, &witness(&params.shape, 9)).unwrap();
    assert!(keys.grid().fixed == proof.grid().fixed && keys.grid().copies == proof.grid().copies);
}

#[test]
fn refuses_a_witness_of_another_shape() {
    let params = CircuitParams::fit(&shape(4, &[3], 3, 2, ResidualKind::Query)).unwrap();
    for other in [
        shape(5, &[3], 3, 2, ResidualKind::Query),
        shape(4, &[2], 3, 2, ResidualKind::Query),
        shape(4, &[3], 3, 3, ResidualKind::Query),
    ] {
        assert!(matches!(
            InferenceCircuit::new(&params, &witness(&other, 1)),
            Err(WitnessError::Shape { .. })
        ));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 8, ..Default::default() })]

    #[test]
    fn accepts_honest_witnesses_of_random_shapes(
        inputs in 1usize..9, hidden in proptest::collection::vec(1usize..5, 0..3), classes in 2usize..6, contributors in 1usize..7, one_hot: bool, seed: u64,
    ) {
        let residual = if one_hot { ResidualKind::OneHot } else { ResidualKind::Query };
        let params = CircuitParams::fit(&shape(inputs, &hidden, classes, contributors, residual)).unwrap();
        let witness = witness(&params.shape, seed);
        // Large activations are refused by the reference; nothing is claimed of them.
        if reference::query(&witness.model, &witness.table, residual, &witness.queries[0].input).is_ok() {
            assert_accepts(&params, &witness);
        }
    }
}
