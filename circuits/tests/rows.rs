//! Every gate, fixed cell and copy of small circuits against a second description of them in Python (`checker/`), written from `docs/rows.md`.
//!
//! Skipped with a notice where there is no `python3`; with `TRIBUTE_PYTHON=1` it must run.

#[cfg(test)]
mod dump;

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use serde_json::{Value, json};
    use tribute_circuits::reference::{HiddenLayer, Model, ResidualKind, Table};
    use tribute_circuits::{
        BindingCircuit, BindingParams, BindingWitness, CircuitParams, InferenceCircuit,
        InferenceWitness, LinkedParams, Query, Shape,
    };
    use tribute_verifier::field::FieldElement;

    use crate::dump::dump;

    /// Deterministic small integers.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self, magnitude: i64) -> i64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(self.0 >> 33).unwrap() % (2 * magnitude + 1) - magnitude
        }

        fn some<T: TryFrom<i64, Error: std::fmt::Debug>>(
            &mut self,
            count: usize,
            magnitude: i64,
        ) -> Vec<T> {
            (0..count).map(|_| T::try_from(self.next(magnitude)).unwrap()).collect()
        }
    }

    fn shape(
        inputs: usize,
        hidden: &[usize],
        classes: usize,
        contributors: usize,
        residual: ResidualKind,
    ) -> Shape {
        Shape { inputs, hidden: hidden.to_vec(), classes, contributors, residual }
    }

    fn model_and_table(shape: &Shape, numbers: &mut Numbers) -> (Model, Table) {
        let mut inputs = shape.inputs;
        let hidden = shape.hidden.iter().map(|&outputs| {
            let weights = numbers.some(inputs * outputs, 3000);
            let biases = numbers.some(outputs, 90_000);
            let layer = HiddenLayer { inputs, outputs, weights, biases };
            inputs = outputs;
            layer
        });
        let hidden = hidden.collect();
        let (features, classes, contributors) =
            (shape.features(), shape.classes, shape.contributors);
        let head = numbers.some(features * classes, 60_000);
        let model = Model { inputs: shape.inputs, hidden, classes, head };
        let entries = numbers.some(features * classes * contributors, 1 << 50);
        (model, Table { features, classes, contributors, entries })
    }

    fn shape_json(shape: &Shape) -> Value {
        let residual = match shape.residual {
            ResidualKind::Query => "query",
            ResidualKind::OneHot => "one-hot",
        };
        json!({
            "inputs": shape.inputs,
            "hidden": shape.hidden,
            "classes": shape.classes,
            "contributors": shape.contributors,
            "residual": residual,
        })
    }

    fn model_json(model: &Model) -> Value {
        let hidden = model.hidden.iter().map(|layer| {
            let weights: Vec<&[i16]> = layer.weights.chunks(layer.outputs).collect();
            json!({ "weights": weights, "biases": layer.biases })
        });
        let head: Vec<&[i32]> = model.head.chunks(model.classes).collect();
        json!({ "hidden": hidden.collect::<Vec<_>>(), "head": head })
    }

    fn binding(params: &BindingParams, seed: u64) -> Value {
        let mut numbers = Numbers(seed);
        let (model, table) = model_and_table(&params.shape, &mut numbers);
        let [model_salt, table_salt, header_digest] = [11, 12, 14].map(FieldElement::from_u128);
        let of = json!({
            "circuit": "binding",
            "shape": shape_json(&params.shape),
            "weight_columns": params.linked.columns,
            "first_row": params.linked.first_row,
            "spread": params.linked.spread,
            "hash_chips": params.hash_chips,
            "limb_lanes": params.limb_lanes,
            "streams": params.streams,
            "model": model_json(&model),
            "entries": table.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "model_salt": model_salt,
            "table_salt": table_salt,
            "header_digest": header_digest,
        });
        let witness = BindingWitness { model, table, model_salt, table_salt, header_digest };
        let circuit = BindingCircuit::new(params, &witness).unwrap();
        dump(params.k, &circuit, circuit.instance(), &of)
    }

    fn inference(params: &CircuitParams, queries: usize, seed: u64) -> Value {
        let mut numbers = Numbers(seed);
        let (model, table) = model_and_table(&params.shape, &mut numbers);
        let [model_commitment, index_commitment] = [21, 22].map(FieldElement::from_u128);
        let query = |number: usize| Query {
            input: numbers.some(params.shape.inputs, 500),
            salt: FieldElement::from_u128(100 + number as u128),
            context: FieldElement::from_u128(200 + number as u128),
        };
        let queries: Vec<Query> = (0..queries).map(query).collect();
        let of = json!({
            "circuit": "inference",
            "shape": shape_json(&params.shape),
            "queries": params.queries,
            "threads": params.threads,
            "weight_columns": params.weight_columns,
            "limb_bits": params.limb_bits,
            "limb_lanes": params.limb_lanes,
            "model": model_json(&model),
            "entries": table.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "model_commitment": model_commitment,
            "index_commitment": index_commitment,
            "asked": queries.iter().map(|query| json!({
                "input": query.input, "salt": query.salt, "context": query.context,
            })).collect::<Vec<_>>(),
        });
        let witness =
            InferenceWitness { model, table, model_commitment, index_commitment, queries };
        let circuit = InferenceCircuit::new(params, &witness).unwrap();
        dump(params.k, &circuit, circuit.instance(), &of)
    }

    /// Binding circuits: the least; several chips and parts of the stream; blocks of queries; many values.
    fn bindings() -> Vec<Value> {
        let query = ResidualKind::Query;
        let fit = |shape: &Shape, k, linked| BindingParams::fit(shape, k, linked).unwrap();
        let linked = |columns, first_row, spread| LinkedParams { columns, first_row, spread };
        let least = shape(1, &[], 2, 1, query);
        let small = shape(2, &[3], 2, 2, query);
        let large = shape(5, &[4, 3], 11, 13, query);
        let cut = BindingParams {
            shape: small.clone(),
            k: 10,
            linked: linked(2, 8, 1),
            hash_chips: 2,
            limb_lanes: 8,
            streams: 2,
        };
        vec![
            binding(&fit(&least, 10, linked(1, 8, 1)), 1),
            binding(&cut, 2),
            binding(&fit(&small, 10, linked(3, 13, 2)), 3),
            binding(&fit(&large, 11, linked(7, 9, 1)), 4),
        ]
    }

    /// Inference circuits of one query and of batches, of both residuals, of one lane of limbs and of several, of threads and blocks, of a hash of two blocks.
    fn inferences() -> Vec<Value> {
        let query = ResidualKind::Query;
        let small = shape(3, &[2], 2, 2, query);
        let params = |shape: &Shape, queries, threads, k, weight_columns, limb_bits, limb_lanes| {
            CircuitParams {
                shape: shape.clone(),
                queries,
                threads,
                k,
                weight_columns,
                limb_bits,
                limb_lanes,
            }
        };
        let one_hot = shape(5, &[4, 3], 11, 13, ResidualKind::OneHot);
        let wide = shape(140, &[], 2, 1, query);
        vec![
            inference(&CircuitParams::fit(&small).unwrap(), 1, 1),
            inference(&params(&small, 1, 1, 12, 2, 9, 1), 1, 2),
            inference(&params(&small, 1, 1, 11, 3, 8, 4), 1, 3),
            inference(&params(&one_hot, 1, 1, 12, 5, 8, 3), 1, 4),
            inference(&params(&wide, 1, 1, 12, 1, 9, 2), 1, 5),
            inference(&params(&small, 4, 2, 12, 2, 8, 3), 3, 6),
            inference(&params(&small, 3, 3, 11, 1, 8, 4), 3, 7),
            inference(&params(&small, 3, 1, 12, 1, 10, 1), 1, 8),
        ]
    }

    /// Python with nothing but its standard library, or a notice.
    #[allow(clippy::print_stderr, reason = "a skipped test must say so")]
    fn python() -> Option<Command> {
        let found = Command::new("python3").arg("--version").output();
        if found.is_ok_and(|output| output.status.success()) {
            return Some(Command::new("python3"));
        }
        let required = std::env::var_os("TRIBUTE_PYTHON").is_some_and(|value| value == "1");
        assert!(!required, "there is no python3");
        eprintln!("SKIPPED: there is no python3");
        None
    }

    /// Gives circuits to the checker; returns what it says, and whether it found nothing.
    fn check(name: &str, circuits: &[Value]) -> Option<(bool, String)> {
        let mut command = python()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checker/check.py");
        command.arg(script);
        for (number, circuit) in circuits.iter().enumerate() {
            let file = folder.join(format!("{number}.json"));
            std::fs::write(&file, circuit.to_string()).unwrap();
            command.arg(file);
        }
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    fn assert_as_described(name: &str, circuits: &[Value]) {
        if let Some((same, text)) = check(name, circuits) {
            assert!(same, "{text}");
        }
    }

    #[test]
    fn binding_circuits_are_what_the_documents_say() {
        assert_as_described("rows-binding", &bindings());
    }

    #[test]
    fn inference_circuits_are_what_the_documents_say() {
        assert_as_described("rows-inference", &inferences());
    }

    /// Whether the checker notices a change of a circuit, wherever it is made.
    #[test]
    fn a_changed_circuit_is_not_what_the_documents_say() {
        let small = shape(3, &[2], 2, 2, ResidualKind::Query);
        let circuits =
            [bindings().swap_remove(1), inference(&CircuitParams::fit(&small).unwrap(), 1, 1)];
        let (mut names, mut changed) = (Vec::new(), Vec::new());
        for circuit in &circuits {
            for (what, change) in changes() {
                let mut circuit = circuit.clone();
                change(&mut circuit);
                names.push(what);
                changed.push(circuit);
            }
        }
        let Some((same, text)) = check("rows-changed", &changed) else { return };
        let said = text.lines().filter(|line| line.ends_with(" differences"));
        let unnoticed =
            said.clone().zip(&names).filter(|(line, _)| line.ends_with(" 0 differences"));
        assert_eq!(unnoticed.collect::<Vec<_>>(), []);
        assert_eq!((said.count(), same), (names.len(), false), "{text}");
    }

    type Change = fn(&mut Value);

    /// One change of each kind.
    fn changes() -> Vec<(&'static str, Change)> {
        fn list<'a>(value: &'a mut Value, name: &str) -> &'a mut Vec<Value> {
            value[name].as_array_mut().unwrap()
        }
        vec![
            ("an identity less", |circuit| drop(list(circuit, "gates").remove(3))),
            ("two identities in another order", |circuit| list(circuit, "gates").swap(0, 1)),
            ("a constant of an identity", |circuit| {
                let nodes = list(circuit, "nodes").iter_mut();
                let mut constants = nodes.filter(|node| node[0] == "constant");
                constants.next().unwrap()[1] = json!(format!("0x{:064x}", 5));
            }),
            ("a fixed cell less", |circuit| {
                drop(list(circuit, "fixed")[2].as_array_mut().unwrap().pop());
            }),
            ("a fixed cell more", |circuit| {
                let cell = json!([1000, format!("0x{:064x}", 1)]);
                list(circuit, "fixed").last_mut().unwrap().as_array_mut().unwrap().push(cell);
            }),
            ("a cycle less", |circuit| drop(list(circuit, "cycles").remove(1))),
            ("a cell less in a cycle", |circuit| {
                let cycle = list(circuit, "cycles")
                    .iter_mut()
                    .max_by_key(|cycle| cycle.as_array().unwrap().len());
                drop(cycle.unwrap().as_array_mut().unwrap().pop());
            }),
            ("columns of the permutation in another order", |circuit| {
                list(circuit, "permuted").swap(0, 1);
            }),
            ("a public input", |circuit| {
                list(circuit, "instance")[1] = json!(format!("0x{:064x}", 1));
            }),
            ("a cell of the witness", |circuit| {
                drop(list(circuit, "first")[0].as_array_mut().unwrap().pop());
            }),
        ]
    }
}
