//! The stored registration and proof that the verifier's own tests edit.
//!
//! The circuit behind them shows nothing but that its public inputs are its public inputs, beside a linked column of bits. It is small
//! and changes only with the formats, which is what tests of files, statements and refusals need; what
//! the real circuit shows is tested with the real circuit.
//!
//! `UPDATE_ARTIFACTS=1 cargo test --release -p tribute --test echo` writes the files anew.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::PathBuf;

    use ff::PrimeField as _;
    use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
    use halo2_proofs::halo2curves::bn256::{Bn256, Fr, G1Affine};
    use halo2_proofs::plonk::{
        Advice, Circuit, Column, ConstraintSystem, Constraints, Error, Expression, Instance,
        ProvingKey, Selector,
    };
    use halo2_proofs::poly::Rotation;
    use halo2_proofs::poly::kzg::commitment::ParamsKZG;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng as _;
    use tribute::keys::linked::{Linked, Registered, create_binding_proof, create_linked_proof};
    use tribute::keys::{Tails, create_proof, generate};
    use tribute::plan_export::{Claim, export};
    use tribute::srs::Srs;
    use tribute_circuits::Witness;
    use tribute_verifier::batch::{BatchQuery, BatchStatement};
    use tribute_verifier::batch_proof::{BatchProof, BatchProofFormat};
    use tribute_verifier::binding_proof::{BindingProof, BindingProofFormat, public_inputs};
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::commitment::{PROFILE, input_commitment};
    use tribute_verifier::digest::Digest;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::header::{Admission, Header, NEWTON_SIGMA};
    use tribute_verifier::index_proof::{IndexProof, IndexProofFormat, IndexStatement};
    use tribute_verifier::method::{MethodId, ResidualKind};
    use tribute_verifier::payees::{Address, Contributor, payees_digest};
    use tribute_verifier::plan::{
        BindingShape, CircuitDescription, IndexShape, InferenceShape, Plan,
    };
    use tribute_verifier::policy::{Contexts, Policy};
    use tribute_verifier::proof_file::{ProofFile, ProofFormat};
    use tribute_verifier::registration::{Registration, RegistrationFormat};
    use tribute_verifier::statement::Statement;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::{verify, verify_batch, verify_index};

    const K: u32 = 5;
    const CLASSES: u32 = 3;
    const CONTRIBUTORS: u32 = 4;
    const INPUTS: [i16; 4] = [0, 256, -256, 32_767];

    /// Bits that the linked column holds, on the first rows.
    const HELD: [u64; 2] = [1, 0];

    /// Copies its public inputs into an advice column.
    #[derive(Clone, Debug, Default)]
    struct Echo {
        inputs: Vec<Fr>,
        held: Vec<Fr>,
    }

    impl Echo {
        fn new(inputs: &[FieldElement]) -> Self {
            let mut held = vec![Fr::zero(); 1 << K];
            held[..2].copy_from_slice(&HELD.map(Fr::from));
            Self { inputs: inputs.iter().map(to_halo2).collect(), held }
        }
    }

    impl Linked for Echo {
        fn linked_columns(&self) -> Vec<&[Fr]> {
            vec![&self.held]
        }
    }

    impl Witness for Echo {
        fn first_phase(&self) -> Vec<Vec<Fr>> {
            let mut inputs = self.inputs.clone();
            inputs.resize(self.held.len(), Fr::zero());
            vec![self.held.clone(), inputs]
        }

        fn second_phase(&self, _: &[Fr]) -> Vec<Vec<Fr>> {
            Vec::new()
        }
    }

    impl Circuit<Fr> for Echo {
        type Config = (Column<Advice>, Column<Advice>, Selector);
        type FloorPlanner = SimpleFloorPlanner;
        type Params = ();

        fn without_witnesses(&self) -> Self {
            self.clone()
        }

        fn configure(meta: &mut ConstraintSystem<Fr>) -> Self::Config {
            let (held, advice) = (meta.advice_column(), meta.advice_column());
            let (instance, q_echo): (Column<Instance>, _) =
                (meta.instance_column(), meta.complex_selector());
            meta.enable_equality(advice);
            meta.create_gate("echo: advice = instance", |meta| {
                let selector = meta.query_selector(q_echo);
                let advice = meta.query_advice(advice, Rotation::cur());
                let instance = meta.query_instance(instance, Rotation::cur());
                Constraints::with_selector(selector, [advice - instance])
            });
            meta.create_gate("held: a bit", |meta| {
                let selector = meta.query_selector(q_echo);
                let held = meta.query_advice(held, Rotation::cur());
                let one = Expression::Constant(Fr::one());
                Constraints::with_selector(selector, [held.clone() * (held - one)])
            });
            (held, advice, q_echo)
        }

        fn synthesize(
            &self,
            (held, advice, q_echo): Self::Config,
            mut layouter: impl Layouter<Fr>,
        ) -> Result<(), Error> {
            layouter.assign_region(
                || "echo",
                |mut region| {
                    for (row, value) in self.inputs.iter().enumerate() {
                        q_echo.enable(&mut region, row)?;
                        region.assign_advice(held, row, Value::known(self.held[row]));
                        region.assign_advice(advice, row, Value::known(*value));
                    }
                    Ok(())
                },
            )
        }
    }

    fn contributors() -> Vec<Contributor> {
        ["ada", "bob", "Зоя", "nobody's"]
            .into_iter()
            .zip(0x11..)
            .map(|(name, byte)| Contributor { name: name.into(), address: Address([byte; 20]) })
            .collect()
    }

    fn subject() -> Subject {
        let payees = contributors();
        let header = Header {
            profile: PROFILE,
            method: MethodId::GroupNewton,
            model_commitment: Digest::of(&[b"a model"]).truncated(),
            dataset_root: Digest::of(&[b"rows"]).truncated(),
            rows: 200,
            contributors: payees.len() as u64,
            payees_digest: payees_digest(&payees),
            lam: 256,
            sigma: NEWTON_SIGMA,
            eta: 65,
            epsilon: 17_656_578_048,
            norm_sum: 1_000_000,
            admission: Admission::FirstRegistered,
            admitted: 198,
            validation: 50,
            right: 176,
            validation_right: 45,
            head_norm: 5 << 16,
            registrar: Address([0xab; 20]),
            contributors_ppm: 700_000,
        };
        Subject::new(header, Digest::of(&[b"a table"]).truncated(), payees).unwrap()
    }

    fn statement(subject: &Subject) -> Statement {
        let salt = Digest::of(&[b"an input's salt"]).truncated();
        Statement {
            method: subject.header.method,
            context: Digest::of(&[b"a request"]).truncated(),
            model_commitment: subject.model_commitment,
            index_commitment: subject.index_commitment,
            input_commitment: input_commitment(salt, &INPUTS),
            input: Some(INPUTS.to_vec()),
            salt: Some(salt),
            output: 1,
            logits: vec![-2_048, 5_000, 4_999],
            contributors: subject.payees.clone(),
            weights_ppm: vec![123_456, 0, 876_543, 1],
            unattributed: false,
        }
    }

    fn to_halo2(element: &FieldElement) -> Fr {
        let mut bytes = element.to_be_bytes();
        bytes.reverse();
        Fr::from_repr(bytes).unwrap()
    }

    /// Everybody knows the secret of this SRS.
    fn srs() -> Srs {
        Srs::from_unsafe_params(ParamsKZG::<Bn256>::setup(K, ChaCha20Rng::seed_from_u64(1)))
    }

    /// Makes keys that show that public inputs are what they are, and says of the plan that it shows more.
    fn echo(circuit: &Echo, description: CircuitDescription) -> (ProvingKey<G1Affine>, Plan) {
        let srs = srs();
        let key = generate(&srs, circuit).unwrap();
        let linked = description.index().is_none().then_some(1);
        let instances = u32::try_from(circuit.inputs.len()).unwrap();
        let claim = Claim { circuit: description, instances, linked };
        let plan = export(key.get_vk(), srs.params(), claim).unwrap();
        (key, plan)
    }

    /// The binding proof for an inference shape.
    fn make_binding(subject: &Subject, inference: &InferenceShape) -> (BindingProof, Tails) {
        let shape = BindingShape {
            profile: PROFILE.into(),
            residual: inference.residual,
            inputs: u32::try_from(INPUTS.len()).unwrap(),
            hidden: vec![2],
            classes: CLASSES,
            contributors: CONTRIBUTORS,
            weight_columns: 1,
            first_row: inference.first_row(),
            spread: inference.spread(),
            parameters: BTreeMap::new(),
        };
        let circuit = Echo::new(&public_inputs(subject));
        let (key, plan) = echo(&circuit, CircuitDescription::Binding(shape));
        let (proof, tails) = create_binding_proof(&srs(), &key, &circuit, &circuit.inputs).unwrap();
        (BindingProof { format: BindingProofFormat::V1, plan, proof }, tails)
    }

    fn shape(queries: u32, threads: u32) -> InferenceShape {
        InferenceShape {
            profile: PROFILE.into(),
            residual: ResidualKind::Query,
            inputs: u32::try_from(INPUTS.len()).unwrap(),
            hidden: vec![2],
            classes: CLASSES,
            contributors: CONTRIBUTORS,
            weight_columns: 1,
            limb_lanes: 1,
            queries,
            threads,
            parameters: BTreeMap::new(),
        }
    }

    /// A registration of a shape, and a proof of public inputs.
    fn make_proof(shape: InferenceShape, inputs: &[FieldElement]) -> (Registration, Vec<u8>) {
        let subject = subject();
        let (binding, tails) = make_binding(&subject, &shape);
        let circuit = Echo::new(inputs);
        let (key, plan) = echo(&circuit, CircuitDescription::Inference(shape));
        let layout = plan.link_layout().unwrap();
        let registered = Registered::new(layout, &binding.proof, tails).unwrap();
        let proof =
            create_linked_proof(&srs(), &key, &circuit, &circuit.inputs, &registered).unwrap();
        let format = RegistrationFormat::V4;
        (Registration { format, plan, subject, binding, index: None }, proof)
    }

    fn make() -> (Registration, ProofFile) {
        let statement = statement(&subject());
        let (registration, proof) = make_proof(shape(1, 1), &statement.public_inputs().unwrap());
        (registration, ProofFile { format: ProofFormat::V2, statement, proof })
    }

    /// Three queries, one of them unattributed, in four slots.
    fn make_batch() -> (Registration, BatchProof) {
        let statement = batch(&subject());
        let (registration, proof) = make_proof(shape(4, 2), &statement.public_inputs(4).unwrap());
        let format = BatchProofFormat::V2;
        (registration, BatchProof { format, statement, proof })
    }

    fn batch(subject: &Subject) -> BatchStatement {
        let query = |name: &str, output, logits: [i32; 3], unattributed| BatchQuery {
            context: Digest::of(&[b"a request: ", name.as_bytes()]).truncated(),
            input_commitment: Digest::of(&[b"an input: ", name.as_bytes()]).truncated(),
            output,
            logits: logits.to_vec(),
            unattributed,
        };
        BatchStatement {
            method: subject.header.method,
            model_commitment: subject.model_commitment,
            index_commitment: subject.index_commitment,
            queries: vec![
                query("first", 1, [-2_048, 5_000, 4_999], false),
                query("second", 0, [7, 7, -7], true),
                query("third", 2, [0, 1, 8_388_607], false),
            ],
            contributors: subject.payees.clone(),
            totals_ppm: vec![123_456, 0, 1_876_543, 1],
        }
    }

    fn make_index(subject: &Subject) -> IndexProof {
        let header = &subject.header;
        let shape = IndexShape {
            profile: PROFILE.into(),
            method: header.method,
            inputs: u32::try_from(INPUTS.len()).unwrap(),
            hidden: vec![2],
            classes: CLASSES,
            contributors: CONTRIBUTORS,
            rows: u32::try_from(header.rows).unwrap(),
            validation: u32::try_from(header.validation).unwrap(),
            eta: header.eta,
            parameters: BTreeMap::new(),
        };
        let inputs = IndexStatement::new(subject, shape.features(), shape.classes).public_inputs();
        let circuit = Echo::new(&inputs);
        let (key, plan) = echo(&circuit, CircuitDescription::Index(shape));
        let proof = create_proof(&srs(), &key, &circuit, &circuit.inputs).unwrap();
        IndexProof { format: IndexProofFormat::V2, plan, proof }
    }

    fn folder() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../verifier/tests/fixtures")
    }

    fn written(name: &str, value: &impl serde::Serialize) -> bool {
        let asked = std::env::var_os("UPDATE_ARTIFACTS").is_some();
        if asked {
            let text = serde_json::to_string_pretty(value).unwrap() + "\n";
            fs::write(folder().join(name), text).unwrap();
        }
        asked
    }

    /// Reads a stored registration and compares it with the one made now, but for what is random: two proofs of one
    /// statement differ in their blinding, and each binding proof registers other commitments.
    fn stored_registration(name: &str, current: &Registration) -> Registration {
        let stored = fs::read(folder().join(name)).unwrap();
        let stored = Registration::from_json(&stored).unwrap();
        let Registration { format: _, plan, subject, binding, index } = &stored;
        let made = (&current.plan, &current.subject, &current.index);
        assert_eq!((plan, subject, index), made, "{name} is stale");
        assert_eq!(binding.plan, current.binding.plan, "the binding proof in {name} is stale");
        stored
    }

    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    fn asked(contexts: &[FieldElement]) -> Policy {
        Policy { contexts: Contexts::Expected(contexts.to_vec()), ..equations() }
    }

    fn proven(registration: &Registration, index: &IndexProof) -> bool {
        let registration = Registration { index: Some(index.clone()), ..registration.clone() };
        verify_index(&registration, &equations()).is_ok()
    }

    #[test]
    fn the_stored_files_are_of_the_circuit_made_now() {
        let (registration, proof) = make();
        let context = equations().for_request(proof.statement.context);
        assert!(verify(&registration, &proof, &context).is_ok());
        if written("registration.json", &registration) && written("proof.json", &proof) {
            return;
        }
        let registration = stored_registration("registration.json", &registration);
        let stored = ProofFile::from_json(&fs::read(folder().join("proof.json")).unwrap()).unwrap();
        assert_eq!(stored.statement, proof.statement, "proof.json is stale");
        assert!(verify(&registration, &stored, &context).is_ok());
    }

    #[test]
    fn the_stored_batch_is_of_the_circuit_made_now() {
        let (registration, proof) = make_batch();
        let queries = proof.statement.queries.iter();
        let contexts: Vec<_> = queries.map(|query| query.context).collect();
        assert!(verify_batch(&registration, &proof, &asked(&contexts)).is_ok());
        if written("batch_registration.json", &registration) && written("batch_proof.json", &proof)
        {
            return;
        }
        let registration = stored_registration("batch_registration.json", &registration);
        let stored = fs::read(folder().join("batch_proof.json")).unwrap();
        let stored = BatchProof::from_json(&stored).unwrap();
        assert_eq!(stored.statement, proof.statement, "batch_proof.json is stale");
        assert!(verify_batch(&registration, &stored, &asked(&contexts)).is_ok());
    }

    #[test]
    fn the_stored_index_proof_is_of_the_circuit_made_now() {
        let (registration, _) = make();
        let index = make_index(&registration.subject);
        assert!(proven(&registration, &index));
        if written("index.json", &index) {
            return;
        }
        let stored = fs::read(folder().join("index.json")).unwrap();
        let stored = IndexProof::from_json(&stored).unwrap();
        assert_eq!(stored.plan, index.plan, "index.json is stale");
        assert!(proven(&registration, &stored));
    }
}
