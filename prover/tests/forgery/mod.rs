//! A binding proof that shows nothing, in the form of one that binds a model and a table.

use ff::{Field as _, PrimeField as _};
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Fixed, Instance};
use halo2_proofs::poly::Rotation;
use tribute::attribute::attribute;
use tribute::case::Case;
use tribute::circuit::Planned as _;
use tribute::keys::linked::{Linked, Registered, create_binding_proof, create_linked_proof};
use tribute::keys::{generate, ring};
use tribute::plan_export::{Claim, export};
use tribute::srs::Srs;
use tribute_circuits::{InferenceCircuit, InferenceWitness, Query, Witness};
use tribute_verifier::binding_proof::{BindingProof, BindingProofFormat, public_inputs};
use tribute_verifier::commitment::input_commitment;
use tribute_verifier::field::FieldElement;
use tribute_verifier::proof_file::{ProofFile, ProofFormat};
use tribute_verifier::registration::Registration;
use tribute_verifier::statement::Statement;

/// Linked columns of any content, and public inputs that nothing ties to them: every gate is multiplied by a fixed
/// column of zeros.
#[derive(Clone, Debug)]
struct RubberStamp {
    held: Vec<Vec<Fr>>,
    inputs: Vec<Fr>,
}

impl Linked for RubberStamp {
    fn linked_columns(&self) -> Vec<&[Fr]> {
        self.held.iter().map(Vec::as_slice).collect()
    }
}

impl Witness for RubberStamp {
    fn first_phase(&self) -> Vec<Vec<Fr>> {
        let mut columns = self.held.clone();
        columns.push(vec![Fr::ZERO; self.held[0].len()]);
        columns
    }

    fn second_phase(&self, _: &[Fr]) -> Vec<Vec<Fr>> {
        Vec::new()
    }
}

impl Circuit<Fr> for RubberStamp {
    type Config = (Vec<Column<Advice>>, Column<Advice>, Column<Fixed>);
    type FloorPlanner = SimpleFloorPlanner;
    type Params = usize;

    fn params(&self) -> usize {
        self.held.len()
    }

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> Self::Config {
        Self::configure_with_params(meta, 1)
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, columns: usize) -> Self::Config {
        let held: Vec<_> = (0..columns).map(|_| meta.advice_column()).collect();
        let other = meta.advice_column();
        let zeros = meta.fixed_column();
        let instance: Column<Instance> = meta.instance_column();
        meta.enable_equality(other);
        meta.create_gate("whatever it says, times zero", |meta| {
            let zero = meta.query_fixed(zeros, Rotation::cur());
            let instance = meta.query_instance(instance, Rotation::cur());
            let other = meta.query_advice(other, Rotation::cur());
            let mut gates = vec![zero.clone() * (other.clone() - instance) * other];
            for column in &held {
                let held = meta.query_advice(*column, Rotation::cur());
                gates.push(zero.clone() * held);
            }
            gates
        });
        (held, other, zeros)
    }

    fn synthesize(
        &self,
        (held, other, zeros): Self::Config,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "nothing",
            |mut region| {
                region.assign_fixed(zeros, 0, Fr::ZERO);
                region.assign_advice(other, 0, Value::known(Fr::ZERO));
                for (column, values) in held.iter().zip(&self.held) {
                    region.assign_advice(*column, 0, Value::known(values[0]));
                }
                Ok(())
            },
        )
    }
}

/// What a forger has: a binding proof of genuine commitments over columns of another model, and that model's answer.
#[derive(Debug)]
pub(crate) struct Rubber {
    pub(crate) binding: BindingProof,
    /// The answer of another model, passed off as the registered one's.
    pub(crate) proof: ProofFile,
    /// The logits that the registered model has for the same query.
    pub(crate) honest_logits: Vec<i32>,
}

fn to_halo2(element: &FieldElement) -> Fr {
    let mut bytes = element.to_be_bytes();
    bytes.reverse();
    Fr::from_repr(bytes).unwrap()
}

/// Answers a query with another model and another table under the registered commitments, with a binding proof that
/// accepts everything. No secret of the SRS is needed, nor any of the owner's: only their public files.
pub(crate) fn rubber_stamp(case: &Case, honest: &Registration, srs: &Srs) -> Rubber {
    let mut other = case.clone();
    other.private.model.head.iter_mut().for_each(|weight| *weight = -*weight / 2);
    other.model = other.private.model().unwrap();
    let input = vec![64_i16; case.model.inputs];
    let salt = FieldElement::from_u128(9);
    let answer = attribute(&other, &input).unwrap();
    let statement = Statement {
        method: answer.method,
        context: FieldElement::ZERO,
        model_commitment: honest.subject.model_commitment,
        index_commitment: honest.subject.index_commitment,
        input_commitment: input_commitment(salt, &input),
        input: None,
        salt: None,
        output: answer.output,
        logits: answer.logits,
        contributors: answer.contributors,
        weights_ppm: answer.weights_ppm,
        unattributed: answer.unattributed,
    };
    let witness = InferenceWitness {
        model: other.model.clone(),
        table: other.table.clone(),
        model_commitment: statement.model_commitment,
        index_commitment: statement.index_commitment,
        queries: vec![Query { input: input.clone(), salt, context: FieldElement::ZERO }],
    };
    let params = InferenceCircuit::described(&honest.plan).unwrap();
    let circuit = InferenceCircuit::new(&params, &witness).unwrap();

    let srs = srs.clone().cut(honest.plan.k).unwrap();
    let inputs = public_inputs(&honest.subject);
    let stamp = RubberStamp {
        held: circuit.linked_columns().into_iter().map(<[Fr]>::to_vec).collect(),
        inputs: inputs.iter().map(to_halo2).collect(),
    };
    let key = generate(&srs, &stamp).unwrap();
    let claim = Claim {
        circuit: honest.binding.plan.circuit.clone(),
        instances: 2,
        linked: Some(u32::try_from(stamp.held.len()).unwrap()),
    };
    let plan = export(key.get_vk(), srs.params(), claim).unwrap();
    let (proof, tails) = create_binding_proof(&srs, &key, &stamp, &stamp.inputs).unwrap();
    let binding = BindingProof { format: BindingProofFormat::V1, plan, proof };

    let layout = honest.plan.link_layout().unwrap();
    let registered = Registered::new(layout, &binding.proof, tails).unwrap();
    let keys = ring::open::<InferenceCircuit>(&case.paths, &honest.plan, &params).unwrap();
    let proof =
        create_linked_proof(&keys.srs, &keys.key, &circuit, circuit.instance(), &registered);
    let honest_logits = attribute(case, &input).unwrap().logits;
    Rubber { binding, proof: file(statement, proof.unwrap()), honest_logits }
}

fn file(statement: Statement, proof: Vec<u8>) -> ProofFile {
    ProofFile { format: ProofFormat::V2, statement, proof }
}
