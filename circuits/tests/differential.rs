//! Random shapes, layouts, models and queries: the circuit is satisfied by exactly the public inputs that reference and verifier give, and by none where the reference has no answer.
//!
//! The everyday test takes a sample that changes with the day; `TRIBUTE_ROUNDS=500 cargo test --release -p tribute-circuits --test differential` takes as many as asked, and
//! `TRIBUTE_SEED` starts from the seed that a failure names.

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use ff::Field;
    use halo2_proofs::dev::MockProver;
    use halo2_proofs::halo2curves::bn256::Fr;
    use halo2_proofs::plonk::Circuit;
    use rand_chacha::ChaCha8Rng;
    use rand_core::{RngCore, SeedableRng};
    use tribute_circuits::encode::from_element;
    use tribute_circuits::reference::{
        HiddenLayer, Model, QueryTrace, RangeError, ResidualKind, Table, query,
    };
    use tribute_circuits::{
        BindingCircuit, BindingParams, BindingWitness, CircuitParams, InferenceCircuit,
        InferenceWitness, Query, Shape, layouts,
    };
    use tribute_verifier::batch::{BatchQuery, BatchStatement};
    use tribute_verifier::commitment::{
        HiddenView, ModelView, TableView, index_commitment, input_commitment, model_commitment,
        table_commitment,
    };
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::payees::{Address, Contributor};
    use tribute_verifier::statement::Statement;

    /// Rounds of the everyday test.
    const SAMPLE: u64 = 6;
    /// The largest circuit that is filled: others take long and show nothing else.
    const LARGEST_K: u32 = 12;

    struct Random(ChaCha8Rng);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            usize::try_from(self.0.next_u64() % bound as u64).unwrap()
        }

        fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
            values[self.below(values.len())]
        }

        fn within(&mut self, magnitude: i64) -> i64 {
            let span = 2 * u64::try_from(magnitude).unwrap() + 1;
            i64::try_from(self.0.next_u64() % span).unwrap() - magnitude
        }

        fn some<T: TryFrom<i64, Error: std::fmt::Debug>>(
            &mut self,
            count: usize,
            magnitude: i64,
        ) -> Vec<T> {
            (0..count).map(|_| T::try_from(self.within(magnitude)).unwrap()).collect()
        }

        fn element(&mut self) -> FieldElement {
            FieldElement::from_u128(
                u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64()),
            )
        }

        fn shape(&mut self) -> Shape {
            let hidden = (0..self.below(3)).map(|_| 1 + self.below(4)).collect();
            Shape {
                inputs: self.one_of(&[1, 2, 3, 5, 16]),
                hidden,
                classes: self.one_of(&[2, 3, 4, 11]),
                contributors: self.one_of(&[1, 2, 5, 13]),
                residual: self.one_of(&[ResidualKind::Query, ResidualKind::OneHot]),
            }
        }

        fn params(&mut self) -> CircuitParams {
            loop {
                let (shape, queries) = (self.shape(), self.one_of(&[1, 1, 2, 3, 4]));
                let mut fitting = layouts(&shape, queries).unwrap();
                fitting.retain(|params| params.k <= LARGEST_K);
                if !fitting.is_empty() {
                    let chosen = self.below(fitting.len());
                    return fitting.swap_remove(chosen);
                }
            }
        }

        /// A model and a table: small values, usual ones, or all that their widths allow.
        fn model_and_table(&mut self, shape: &Shape) -> (Model, Table) {
            let [weight, bias, head, entry] = self
                .one_of(&[
                    [3, 3, 3, 3],
                    [3000, 90_000, 60_000, 1 << 50],
                    [30_000, 1 << 30, 1 << 16, 1 << 55],
                    [0, 4096, 1 << 22, (1 << 55) - 1],
                    [(1 << 15) - 1, (1 << 31) - 1, (1 << 23) - 1, (1 << 55) - 1],
                ])
                .map(|magnitude: i64| magnitude.min((1 << 55) - 1));
            let mut inputs = shape.inputs;
            let mut hidden = Vec::new();
            for &outputs in &shape.hidden {
                let weights = self.some(inputs * outputs, weight);
                let biases = self.some(outputs, bias);
                hidden.push(HiddenLayer { inputs, outputs, weights, biases });
                inputs = outputs;
            }
            let (features, classes, contributors) =
                (shape.features(), shape.classes, shape.contributors);
            let head = self.some(features * classes, head);
            let entries = self.some(features * classes * contributors, entry);
            let model = Model { inputs: shape.inputs, hidden, classes, head };
            (model, Table { features, classes, contributors, entries })
        }

        fn witness(&mut self, params: &CircuitParams) -> InferenceWitness {
            let (model, table) = self.model_and_table(&params.shape);
            let magnitude = self.one_of(&[0, 1, 500, (1 << 15) - 1]);
            let asked = 1 + self.below(params.queries);
            let queries = (0..asked).map(|_| Query {
                input: self.some(params.shape.inputs, magnitude),
                salt: self.element(),
                context: self.element(),
            });
            let queries = queries.collect();
            let [model_commitment, index_commitment] = [self.element(), self.element()];
            InferenceWitness { model, table, model_commitment, index_commitment, queries }
        }
    }

    fn contributors(shape: &Shape) -> Vec<Contributor> {
        let contributor = |number: usize| {
            let mut address = Address([0; 20]);
            address.0[..8].copy_from_slice(&number.to_be_bytes());
            Contributor { name: format!("contributor-{number}"), address }
        };
        (1..=shape.contributors).map(contributor).collect()
    }

    /// What a verifier makes of the reference's answers.
    fn public_inputs(
        params: &CircuitParams,
        witness: &InferenceWitness,
        traces: &[QueryTrace],
    ) -> Vec<FieldElement> {
        let InferenceWitness { model_commitment, index_commitment, queries, .. } = witness;
        let (model_commitment, index_commitment) = (*model_commitment, *index_commitment);
        let (method, contributors) = (MethodId::TracIn, contributors(&params.shape));
        let commitment = |query: &Query| input_commitment(query.salt, &query.input);
        if params.is_batch() {
            let weight = |c: usize| traces.iter().map(move |trace| trace.weights_ppm[c]);
            let totals_ppm = (0..params.shape.contributors).map(|c| weight(c).sum()).collect();
            let queries = queries.iter().zip(traces).map(|(query, trace)| BatchQuery {
                context: query.context,
                input_commitment: commitment(query),
                output: u32::try_from(trace.class).unwrap(),
                logits: trace.forward.logits.clone(),
                unattributed: trace.unattributed,
            });
            let queries = queries.collect();
            let statement = BatchStatement {
                method,
                model_commitment,
                index_commitment,
                queries,
                contributors,
                totals_ppm,
            };
            return statement.public_inputs(params.queries).unwrap();
        }
        let (query, trace) = (&queries[0], &traces[0]);
        let statement = Statement {
            method,
            context: query.context,
            model_commitment,
            index_commitment,
            input_commitment: commitment(query),
            input: None,
            salt: None,
            output: u32::try_from(trace.class).unwrap(),
            logits: trace.forward.logits.clone(),
            contributors,
            weights_ppm: trace.weights_ppm.clone(),
            unattributed: trace.unattributed,
        };
        statement.public_inputs().unwrap()
    }

    fn satisfied(k: u32, circuit: &impl Circuit<Fr>, instance: &[Fr]) -> bool {
        let prover = MockProver::run(k, circuit, vec![instance.to_vec()]);
        prover.is_ok_and(|prover| prover.verify().is_ok())
    }

    /// One random inference; returns whether the reference has an answer.
    fn inference(random: &mut Random, what: &str) -> bool {
        let params = random.params();
        let witness = random.witness(&params);
        let InferenceWitness { model, table, queries, .. } = &witness;
        let run = |asked: &Query| query(model, table, params.shape.residual, &asked.input);
        let traces: Result<Vec<QueryTrace>, RangeError> = queries.iter().map(run).collect();
        let circuit = InferenceCircuit::new(&params, &witness).unwrap();
        let Ok(traces) = traces else {
            let instance = circuit.instance();
            assert!(!satisfied(params.k, &circuit, instance), "{what}: {params:?} answers");
            return false;
        };
        let expected = public_inputs(&params, &witness, &traces);
        assert_eq!(circuit.public_inputs(), expected, "{what}: {params:?}");
        let mut instance: Vec<Fr> = expected.into_iter().map(from_element).collect();
        assert!(satisfied(params.k, &circuit, &instance), "{what}: {params:?} does not answer");
        // All but contexts and the first two commitments are tied to what is computed.
        let last = instance.len() - 1 - if params.is_batch() { random.below(2) } else { 0 };
        instance[last] += Fr::ONE;
        assert!(!satisfied(params.k, &circuit, &instance), "{what}: {params:?} answers anything");
        true
    }

    /// One random binding, of a layout of an inference circuit.
    fn binding(random: &mut Random, what: &str) {
        let inference = random.params();
        let (model, table) = random.model_and_table(&inference.shape);
        let [model_salt, table_salt, header_digest] = [(); 3].map(|()| random.element());
        let fitted = BindingParams::fit(&inference.shape, inference.k, inference.linked());
        let params = fitted.unwrap();
        let hidden = model.hidden.iter().map(|layer| HiddenView {
            inputs: layer.inputs,
            outputs: layer.outputs,
            weights: &layer.weights,
            biases: &layer.biases,
        });
        let view = ModelView {
            inputs: model.inputs,
            hidden: hidden.collect(),
            classes: model.classes,
            head: &model.head,
        };
        let model_digest = model_commitment(model_salt, &view).unwrap();
        let Table { features, classes, contributors, ref entries } = table;
        let view = TableView { features, classes, contributors, entries };
        let table_digest = table_commitment(table_salt, &view).unwrap();
        let expected = [model_digest, index_commitment(header_digest, table_digest)];
        let witness = BindingWitness { model, table, model_salt, table_salt, header_digest };
        let circuit = BindingCircuit::new(&params, &witness).unwrap();
        assert_eq!(circuit.public_inputs(), expected, "{what}: {params:?}");
        let instance: Vec<Fr> = expected.into_iter().map(from_element).collect();
        assert!(satisfied(params.k, &circuit, &instance), "{what}: {params:?}");
        let other = [instance[0], instance[1] + Fr::ONE];
        assert!(!satisfied(params.k, &circuit, &other), "{what}: {params:?} binds anything");
    }

    fn number(name: &str) -> Option<u64> {
        std::env::var(name).ok().map(|text| text.parse().unwrap())
    }

    fn today() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400 * 1_000
    }

    /// Gives every round a generator of its own; returns of how many `round` said yes.
    fn rounds(mut round: impl FnMut(&mut Random, &str) -> bool) -> u64 {
        let first = number("TRIBUTE_SEED").unwrap_or_else(today);
        let count = number("TRIBUTE_ROUNDS").unwrap_or(SAMPLE);
        let said = (first..first + count).map(|seed| {
            let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
            u64::from(round(&mut random, &format!("TRIBUTE_SEED={seed} TRIBUTE_ROUNDS=1")))
        });
        said.sum()
    }

    #[test]
    #[allow(clippy::print_stdout, reason = "a campaign prints its counts")]
    fn random_inferences_are_what_the_reference_says() {
        let answered = rounds(inference);
        println!("{answered} inferences that the reference answers");
    }

    #[test]
    fn random_bindings_are_what_the_verifier_commits_to() {
        rounds(|random, what| {
            binding(random, what);
            true
        });
    }
}
