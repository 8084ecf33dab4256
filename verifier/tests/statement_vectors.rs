//! Compares public inputs and link layouts with vectors of an encoder that shares no code with this crate
//! (`encoder/encode.py`).

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use tribute_verifier::batch::{BatchQuery, BatchStatement, batch_input_count};
    use tribute_verifier::digest::Digest;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::payees::Contributor;
    use tribute_verifier::plan::{CircuitDescription, G1, Link};
    use tribute_verifier::registration::Registration;
    use tribute_verifier::statement::{Statement, public_input_count};

    macro_rules! vectors {
        ($name:literal) => {
            read(include_str!(concat!("vectors/", $name, ".json")))
        };
    }

    fn read<T: DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).unwrap()
    }

    #[derive(Deserialize)]
    struct Statements {
        name: String,
        statement: PublicHalf,
        public_inputs: Vec<FieldElement>,
    }

    #[derive(Deserialize)]
    struct PublicHalf {
        context: FieldElement,
        model_commitment: FieldElement,
        index_commitment: FieldElement,
        input_commitment: FieldElement,
        output: u32,
        logits: Vec<i32>,
        weights_ppm: Vec<u32>,
        unattributed: bool,
    }

    fn contributors(count: usize) -> Vec<Contributor> {
        let contributor = |place: usize| {
            let address = format!("0x{:040x}", place + 1).parse().unwrap();
            Contributor { name: place.to_string(), address }
        };
        (0..count).map(contributor).collect()
    }

    #[test]
    fn public_inputs() {
        let vectors: Vec<Statements> = vectors!("statements");
        for Statements { name, statement: half, public_inputs } in &vectors {
            let statement = Statement {
                method: MethodId::TracIn,
                context: half.context,
                model_commitment: half.model_commitment,
                index_commitment: half.index_commitment,
                input_commitment: half.input_commitment,
                input: None,
                salt: None,
                output: half.output,
                logits: half.logits.clone(),
                contributors: contributors(half.weights_ppm.len()),
                weights_ppm: half.weights_ppm.clone(),
                unattributed: half.unattributed,
            };
            assert_eq!(statement.check(), Ok(()), "{name}");
            assert_eq!(statement.public_inputs().unwrap(), *public_inputs, "{name}");
            let count = public_input_count(half.logits.len(), half.weights_ppm.len());
            assert_eq!(public_inputs.len(), count, "{name}");
        }
        assert_eq!(vectors.len(), 5);
    }

    #[derive(Deserialize)]
    struct Batches {
        cases: Vec<Batch>,
        repeated: Vec<Repeated>,
    }

    #[derive(Deserialize)]
    struct Batch {
        name: String,
        slots: usize,
        classes: usize,
        attributed: usize,
        statement: BatchHalf,
        public_inputs: Vec<FieldElement>,
    }

    /// A batch of one query over and over, whose public inputs are too many to list.
    #[derive(Deserialize)]
    struct Repeated {
        slots: usize,
        repeated: usize,
        statement: BatchHalf,
        count: usize,
        digest: Digest,
    }

    #[derive(Deserialize)]
    struct BatchHalf {
        model_commitment: FieldElement,
        index_commitment: FieldElement,
        queries: Vec<BatchQuery>,
        totals_ppm: Vec<u32>,
    }

    impl BatchHalf {
        fn whole(&self) -> BatchStatement {
            BatchStatement {
                method: MethodId::TracIn,
                model_commitment: self.model_commitment,
                index_commitment: self.index_commitment,
                queries: self.queries.clone(),
                contributors: contributors(self.totals_ppm.len()),
                totals_ppm: self.totals_ppm.clone(),
            }
        }
    }

    #[test]
    fn batches() {
        let Batches { cases, repeated } = vectors!("batches");
        for Batch { name, slots, classes, attributed, statement, public_inputs } in &cases {
            let statement = statement.whole();
            assert_eq!(statement.check(*slots), Ok(()), "{name}");
            assert_eq!(statement.attributed(), *attributed, "{name}");
            assert_eq!(statement.public_inputs(*slots).unwrap(), *public_inputs, "{name}");
            let contributors = statement.contributors.len();
            let count = batch_input_count(*classes, contributors, *slots);
            assert_eq!(public_inputs.len(), count, "{name}");
        }
        for Repeated { slots, repeated, statement, count, digest } in &repeated {
            let mut statement = statement.whole();
            statement.queries = vec![statement.queries[0].clone(); *repeated];
            assert_eq!(statement.check(*slots), Ok(()));
            let inputs = statement.public_inputs(*slots).unwrap();
            let words: Vec<u8> = inputs.iter().flat_map(|input| input.to_be_bytes()).collect();
            assert_eq!((inputs.len(), Digest::of(&[&words])), (*count, *digest));
        }
        assert_eq!([cases.len(), repeated.len()], [5, 1]);
    }

    #[derive(Deserialize)]
    struct Layout {
        name: String,
        k: u32,
        columns: u32,
        circuit: CircuitDescription,
        bases: [G1; 2],
        first_row: u32,
        spread: u32,
        digest: Digest,
    }

    #[test]
    fn link_layouts() {
        let vectors: Vec<Layout> = vectors!("layouts");
        let stored = Registration::from_json(include_bytes!("fixtures/registration.json"));
        let mut plan = stored.unwrap().plan;
        for Layout { name, k, columns, circuit, bases, first_row, spread, digest } in &vectors {
            plan.k = *k;
            plan.circuit = circuit.clone();
            plan.link = Some(Link { columns: *columns, bases: *bases });
            if let Some(shape) = circuit.inference() {
                assert_eq!((shape.first_row(), shape.spread()), (*first_row, *spread), "{name}");
            }
            assert_eq!(plan.link_layout(), Some(*digest), "{name}");
        }
        let mut digests: Vec<_> = vectors.iter().map(|vector| vector.digest.0).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!([vectors.len(), digests.len()], [11, 6], "a plan and its binding plan agree");
    }
}
