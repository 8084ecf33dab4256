//! Two circuits that share two columns, and every way in which a proof of one is not linked to the other.

use super::sum::{ROWS, Sum};
use super::*;
use crate::keys::generate;
use crate::plan_export::{Claim, export};
use crate::transcript::KeccakChallenge;
use ff::PrimeField as _;
use halo2_proofs::plonk;
use halo2_proofs::poly::kzg::commitment::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::multiopen::ProverSHPLONK;
use tribute_verifier::link::LinkError;
use tribute_verifier::plan::{BareCircuit, CircuitDescription, G1 as PlanPoint, Plan, Scalar};
use tribute_verifier::plonk::{PlonkError, verify, verify_linked};

const K: u32 = 5;
/// Scale of the circuit whose commitments are registered.
const BINDING: u64 = 1;
/// Scale of the circuit whose proofs are linked.
const INFERENCE: u64 = 3;

/// An SRS with the keys of both circuits and what is registered of a model.
struct Setup {
    srs: Srs,
    binding: ProvingKey<G1Affine>,
    inference: ProvingKey<G1Affine>,
    plan: Plan,
    registered: Registered,
}

impl Setup {
    fn new(k: u32) -> Self {
        let srs = Srs::generate_unsafe_dev(k).unwrap();
        let [binding, inference] =
            [BINDING, INFERENCE].map(|scale| generate(&srs, &Sum::new(scale, k, 0)).unwrap());
        let circuit = CircuitDescription::Bare(BareCircuit { name: "sum".into() });
        let claim = Claim { circuit, instances: 1, linked: Some(2) };
        let plan = export(inference.get_vk(), srs.params(), claim).unwrap();
        let layout = plan.link_layout().unwrap();
        let (proof, tails) = bound(&srs, &binding, k, 5);
        let registered = Registered::new(layout, &proof, tails).unwrap();
        Self { srs, binding, inference, plan, registered }
    }

    /// Registers a model with fresh tails.
    fn register(&self, first: u64) -> Registered {
        let (proof, tails) = bound(&self.srs, &self.binding, self.plan.k, first);
        Registered::new(self.registered.layout, &proof, tails).unwrap()
    }

    /// A linked proof of a model, and its public input.
    fn prove(&self, first: u64, registered: &Registered) -> Result<(Vec<u8>, Fr), KeyError> {
        let circuit = Sum::new(INFERENCE, self.plan.k, first);
        let public = circuit.public();
        let proof =
            create_linked_proof(&self.srs, &self.inference, &circuit, &[public], registered)?;
        Ok((proof, public))
    }

    /// A proof of any columns with the link that a prover can make who knows everything but the secret of the SRS.
    fn forge(&self, circuit: &Sum) -> (Vec<u8>, Fr) {
        let public = circuit.public();
        let committed = commit(&self.srs, &self.inference, circuit, &[public]).unwrap();
        let proof = committed.link(&self.registered, &bases(self.srs.params())).unwrap();
        (proof, public)
    }

    fn verdict(&self, public: Fr, registered: &Registered, proof: &[u8]) -> Result<(), PlonkError> {
        verify_linked(&self.plan, &[to_ark(&public)], &points(registered), proof)
    }

    /// Why a proof is not linked.
    fn refusal(&self, public: Fr, registered: &Registered, proof: &[u8]) -> LinkError {
        match self.verdict(public, registered, proof).unwrap_err() {
            PlonkError::Link(error) => error,
            other => panic!("the equations refuse first: {other}"),
        }
    }
}

fn bound(srs: &Srs, key: &ProvingKey<G1Affine>, k: u32, first: u64) -> (Vec<u8>, Tails) {
    let circuit = Sum::new(BINDING, k, first);
    create_binding_proof(srs, key, &circuit, &[circuit.public()]).unwrap()
}

fn to_ark(scalar: &Fr) -> ark_bn254::Fr {
    Scalar::from_word(&crate::transcript::word(scalar)).unwrap().0
}

fn points(registered: &Registered) -> Vec<PlanPoint> {
    let words = |point: &G1Affine| [&point.x, &point.y].map(crate::transcript::word);
    let points = registered.commitments.iter();
    points.map(|point| PlanPoint::from_words(words(point)).unwrap()).collect()
}

/// A new version of the library that draws in another order fails here.
#[test]
fn the_script_is_what_the_library_draws() {
    let setup = Setup::new(K);
    let circuit = Sum::new(INFERENCE, K, 5);
    let unusable = setup.inference.get_vk().cs().blinding_factors() + 1;
    let (script, tails) = Script::new(2, unusable).unwrap();
    let mut transcript = KeccakWrite::init(Vec::new());
    plonk::create_proof::<
        KZGCommitmentScheme<Bn256>,
        ProverSHPLONK<'_, Bn256>,
        KeccakChallenge,
        _,
        _,
        _,
    >(
        setup.srs.params(),
        &setup.inference,
        std::slice::from_ref(&circuit),
        &[&[&[circuit.public()]]],
        script,
        &mut transcript,
    )
    .unwrap();
    let columns = first_points(transcript.writer(), 2).unwrap();
    let committed = Committed { transcript, columns, tails };
    let bases = bases(setup.srs.params());
    assert_eq!(committed.mismatch(&bases, &bodies(&setup.srs, &circuit).unwrap()), None);
}

/// The words of a link: $x$, $y$ of $T$, then $z_0$, $z_1$.
fn word(proof: &mut [u8], place: usize) -> &mut [u8] {
    let start = proof.len() - 128 + 32 * place;
    &mut proof[start..start + 32]
}

#[test]
fn an_honest_link_is_accepted_and_part_of_the_length() {
    let setup = Setup::new(K);
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    setup.verdict(public, &setup.registered, &proof).unwrap();
    assert_eq!(proof.len(), setup.plan.plonk_bytes() + 128);
    assert_eq!(proof.len(), setup.plan.proof_bytes());
    // Every proof of the same columns commits to them with another tail.
    let (again, _) = setup.prove(5, &setup.registered).unwrap();
    assert_ne!(proof[..64], again[..64]);
    setup.verdict(public, &setup.registered, &again).unwrap();
}

#[test]
fn a_plan_says_whether_its_proofs_are_linked() {
    let setup = Setup::new(K);
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    let inputs = [to_ark(&public)];
    assert!(matches!(verify(&setup.plan, &inputs, &proof), Err(PlonkError::Unregistered)));
    let unlinked = Plan { link: None, ..setup.plan.clone() };
    let bare = &proof[..proof.len() - 128];
    verify(&unlinked, &inputs, bare).unwrap();
    assert!(matches!(verify(&unlinked, &inputs, &proof), Err(PlonkError::ProofLength { .. })));
    let refused = verify_linked(&unlinked, &inputs, &points(&setup.registered), bare);
    assert!(matches!(refused, Err(PlonkError::Unlinked)));
}

#[test]
fn rejects_registered_commitments_of_another_model_or_of_another_time() {
    let setup = Setup::new(K);
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    let other = setup.register(6);
    assert_eq!(setup.refusal(public, &other, &proof), LinkError::Equation);
    let stale = setup.register(5);
    assert_eq!(setup.refusal(public, &stale, &proof), LinkError::Equation);
    let mut swapped = setup.registered.clone();
    swapped.commitments.swap(0, 1);
    assert_eq!(setup.refusal(public, &swapped, &proof), LinkError::Equation);
    let mut one = setup.registered.clone();
    one.commitments[1] = other.commitments[1];
    assert_eq!(setup.refusal(public, &one, &proof), LinkError::Equation);
}

#[test]
fn rejects_another_number_of_registered_commitments_and_infinity() {
    let setup = Setup::new(K);
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    let mut registered = setup.registered.clone();
    registered.commitments[1] = G1Affine::identity();
    let refusal = setup.refusal(public, &registered, &proof);
    assert_eq!(refusal, LinkError::RegisteredInfinity { column: 1 });
    registered.commitments.truncate(1);
    let refusal = setup.refusal(public, &registered, &proof);
    assert_eq!(refusal, LinkError::RegisteredCount { expected: 2, actual: 1 });
}

#[test]
fn rejects_the_link_of_another_proof() {
    let setup = Setup::new(K);
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    let plonk = setup.plan.plonk_bytes();
    // Of the same statement, and of another model's.
    let (again, _) = setup.prove(5, &setup.registered).unwrap();
    let (other, _) = setup.prove(6, &setup.register(6)).unwrap();
    for link in [again, other] {
        let spliced = [&proof[..plonk], &link[plonk..]].concat();
        assert_eq!(setup.refusal(public, &setup.registered, &spliced), LinkError::Equation);
    }
}

#[test]
fn rejects_a_proof_with_the_registered_tail() {
    let setup = Setup::new(K);
    let circuit = Sum::new(INFERENCE, K, 5);
    let public = circuit.public();
    let committed = commit(&setup.srs, &setup.inference, &circuit, &[public]).unwrap();
    let reused = Registered {
        layout: setup.registered.layout,
        commitments: committed.columns.clone(),
        tails: committed.tails.clone(),
    };
    let plonk = committed.transcript.writer().clone();
    // An honest prover fails on it, and a made-up link does not help.
    assert!(matches!(committed.link(&reused, &bases(setup.srs.params())), Err(KeyError::Link(_))));
    let (other, _) = setup.prove(5, &setup.registered).unwrap();
    let proof = [&plonk[..], &other[other.len() - 128..]].concat();
    assert_eq!(setup.refusal(public, &reused, &proof), LinkError::ReusedTail);
}

#[test]
fn rejects_values_of_a_link_that_are_not_canonical() {
    let setup = Setup::new(K);
    let (honest, public) = setup.prove(5, &setup.registered).unwrap();
    let refusal = |edit: &dyn Fn(&mut [u8])| {
        let mut proof = honest.clone();
        edit(&mut proof);
        setup.refusal(public, &setup.registered, &proof)
    };
    let infinity = refusal(&|proof| {
        word(proof, 0).fill(0);
        word(proof, 1).fill(0);
    });
    assert_eq!(infinity, LinkError::Infinity);
    assert_eq!(refusal(&|proof| word(proof, 1)[31] ^= 1), LinkError::OffCurve);
    assert_eq!(refusal(&|proof| word(proof, 0).fill(0xff)), LinkError::Coordinate);
    assert_eq!(refusal(&|proof| word(proof, 1).fill(0xff)), LinkError::Coordinate);
    let order = num_bigint::BigUint::parse_bytes(&Fr::MODULUS.as_bytes()[2..], 16).unwrap();
    for response in [0, 1] {
        let refusal = refusal(&|proof| {
            let word = word(proof, 2 + response);
            let sum = num_bigint::BigUint::from_bytes_be(word) + &order;
            word.copy_from_slice(&sum.to_bytes_be());
        });
        assert_eq!(refusal, LinkError::Scalar { response });
    }
}

#[test]
fn rejects_other_responses_and_other_lengths() {
    let setup = Setup::new(K);
    let (honest, public) = setup.prove(5, &setup.registered).unwrap();
    for response in [2, 3] {
        let mut proof = honest.clone();
        word(&mut proof, response)[31] ^= 1;
        assert_eq!(setup.refusal(public, &setup.registered, &proof), LinkError::Equation);
    }
    let mut proof = honest.clone();
    let first = word(&mut proof, 2).to_vec();
    word(&mut proof, 2).copy_from_slice(&honest[honest.len() - 32..]);
    word(&mut proof, 3).copy_from_slice(&first);
    assert_eq!(setup.refusal(public, &setup.registered, &proof), LinkError::Equation);
    let length = honest.len();
    for other in [0, 32, length - 128, length - 96, length - 1, length + 1, length + 128] {
        let mut proof = honest.clone();
        proof.resize(other, 0);
        let refused = setup.verdict(public, &setup.registered, &proof).unwrap_err();
        assert!(matches!(refused, PlonkError::ProofLength { .. }), "{other} bytes");
    }
}

#[test]
fn rejects_columns_that_differ_in_a_usable_row() {
    let setup = Setup::new(K);
    for (column, row) in [(0, 0), (0, ROWS - 1), (1, 3)] {
        let mut circuit = Sum::new(INFERENCE, K, 5);
        circuit.columns[column][row] += Fr::ONE;
        let (proof, public) = setup.forge(&circuit);
        assert_eq!(setup.refusal(public, &setup.registered, &proof), LinkError::Equation);
    }
    // Differences that cancel before the challenge is known do not cancel behind it.
    let mut circuit = Sum::new(INFERENCE, K, 5);
    circuit.columns[0][2] += Fr::ONE;
    circuit.columns[1][2] -= Fr::ONE;
    let (proof, public) = setup.forge(&circuit);
    assert_eq!(setup.refusal(public, &setup.registered, &proof), LinkError::Equation);
}

/// The commitment has a third component, along the Lagrange point of another row, and no responses make up for it.
#[test]
fn rejects_randomness_in_another_unusable_row() {
    let setup = Setup::new(K);
    let circuit = Sum::new(INFERENCE, K, 5);
    let public = circuit.public();
    let unusable = setup.inference.get_vk().cs().blinding_factors() + 1;
    for cell in 0..unusable - 2 {
        let (mut script, tails) = Script::new(2, unusable).unwrap();
        script.scribble(cell);
        let transcript = run(&setup.srs, &setup.inference, &circuit, &[public], script).unwrap();
        let columns = first_points(transcript.writer(), 2).unwrap();
        let bases = bases(setup.srs.params());
        let committed = Committed { transcript, columns, tails };
        // The equations hold, and the prover that made it would have noticed.
        assert_eq!(committed.mismatch(&bases, &setup.registered.bodies(&bases)), Some(0));
        let proof = committed.link(&setup.registered, &bases).unwrap();
        assert_eq!(setup.refusal(public, &setup.registered, &proof), LinkError::Equation);
    }
}

#[test]
fn rejects_another_layout() {
    let setup = Setup::new(K);
    // Made for columns that mean something else, with the same commitments.
    let mut foreign = setup.registered.clone();
    foreign.layout = Digest::of(&[b"another layout"]);
    let (proof, public) = setup.prove(5, &foreign).unwrap();
    assert_eq!(setup.refusal(public, &setup.registered, &proof), LinkError::Equation);
    // Registered at another number of rows.
    let other = Setup::new(K + 1);
    assert_ne!(setup.plan.link_layout(), other.plan.link_layout());
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    assert_eq!(setup.refusal(public, &other.registered, &proof), LinkError::Equation);
}

#[test]
fn a_statement_that_is_edited_takes_its_link_along() {
    let setup = Setup::new(K);
    let (proof, public) = setup.prove(5, &setup.registered).unwrap();
    let refused = setup.verdict(public + Fr::ONE, &setup.registered, &proof).unwrap_err();
    assert!(matches!(refused, PlonkError::Opening), "{refused}");
}

#[test]
fn a_prover_does_not_link_other_columns() {
    let setup = Setup::new(K);
    let error = setup.prove(6, &setup.registered).unwrap_err();
    assert!(matches!(error, KeyError::LinkedColumn { column: 0 }), "{error}");
    let mut foreign = setup.registered.clone();
    foreign.tails = setup.register(5).tails;
    let error = setup.prove(5, &foreign).unwrap_err();
    assert!(matches!(error, KeyError::LinkedColumn { column: 0 }), "{error}");
    let mut short = setup.registered.clone();
    short.commitments.pop();
    let error = setup.prove(5, &short).unwrap_err();
    assert!(matches!(error, KeyError::LinkedCount { expected: 1, actual: 2 }), "{error}");
}

#[test]
fn a_prover_notices_commitments_that_are_not_those_of_its_columns() {
    /// Says that its columns hold something else than they do, as they would if draws went elsewhere.
    #[derive(Clone, Debug)]
    struct Lying(Sum, Vec<Fr>);

    impl Linked for Lying {
        fn linked_columns(&self) -> Vec<&[Fr]> {
            vec![&self.0.columns[0], &self.1]
        }
    }

    let setup = Setup::new(K);
    let circuit = Sum::new(BINDING, K, 5);
    let committed = commit(&setup.srs, &setup.binding, &circuit, &[circuit.public()]).unwrap();
    let bases = bases(setup.srs.params());
    let honest = bodies(&setup.srs, &circuit).unwrap();
    assert_eq!(committed.mismatch(&bases, &honest), None);
    let lying = Lying(circuit.clone(), circuit.columns[0].clone());
    assert_eq!(committed.mismatch(&bases, &bodies(&setup.srs, &lying).unwrap()), Some(1));
    let short = Lying(circuit, vec![Fr::ZERO; 3]);
    let error = bodies(&setup.srs, &short).unwrap_err();
    assert!(matches!(error, KeyError::LinkedRows { column: 1, expected: 32, actual: 3 }));
}

#[test]
fn bases_are_the_lagrange_points_of_the_last_rows() {
    let srs = Srs::generate_unsafe_dev(K).unwrap();
    let mut values = vec![Fr::ZERO; 1 << K];
    let tail = [Fr::from(11), Fr::from(13)];
    values[30..].copy_from_slice(&tail);
    let expected = commit_column(srs.params(), values);
    assert_eq!(combination(&bases(srs.params()), &tail).to_affine(), expected);
}
