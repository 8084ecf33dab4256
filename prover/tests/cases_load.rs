//! Files of every case come out as the integers the oracle wrote.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::Value;
    use tribute::data::{DataShape, read_query, read_registry, read_training};
    use tribute::model::{quantize, read};

    const CASES: [&str; 4] =
        ["digits_lr_n200", "digits_mlp_n200", "digits_deep_n300", "digits28_mlp_n300"];

    fn folder(case: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(case)
    }

    fn expected(case: &str) -> Value {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../circuits/tests/cases");
        serde_json::from_slice(&std::fs::read(cases.join(case).join("expected.json")).unwrap())
            .unwrap()
    }

    /// All integers of a nested array, in order.
    fn flat(value: &Value) -> Vec<i64> {
        match value {
            Value::Array(items) => items.iter().flat_map(flat).collect(),
            other => vec![other.as_i64().unwrap()],
        }
    }

    fn wide<T: Copy + Into<i64>>(values: &[T]) -> Vec<i64> {
        values.iter().map(|&v| v.into()).collect()
    }

    #[test]
    fn weights_equal_the_oracle() {
        for case in CASES {
            let loaded = read(&folder(case).join("model.onnx")).unwrap();
            let quantized = quantize(&loaded.model).unwrap();
            assert!(quantized.rescaled.is_empty(), "{case}");
            let expected = expected(case);
            let hidden = expected["hidden"].as_array().unwrap();
            assert_eq!(quantized.model.hidden.len(), hidden.len(), "{case}");
            for (layer, wanted) in quantized.model.hidden.iter().zip(hidden) {
                assert_eq!(wide(&layer.weights), flat(&wanted["weight"]), "{case}");
                assert_eq!(wide(&layer.biases), flat(&wanted["bias"]), "{case}");
            }
            assert_eq!(wide(&quantized.model.head), flat(&expected["head"]), "{case}");
        }
    }

    #[test]
    fn rows_equal_the_oracle() {
        for case in CASES {
            let expected = expected(case);
            let registry = read_registry(&folder(case).join("contributors.csv")).unwrap();
            let inputs = expected["x"][0].as_array().unwrap().len();
            let classes = usize::try_from(expected["classes"].as_u64().unwrap()).unwrap();
            let shape = DataShape { inputs, classes };
            let set =
                read_training(&folder(case).join("train.csv"), shape, Some(registry)).unwrap();
            // The largest case lists its first rows only.
            let (rows, wanted) = (wide(&set.features.concat()), flat(&expected["x"]));
            assert!(!wanted.is_empty() && rows.starts_with(&wanted), "{case}");
            let numbers =
                |v: &[usize]| v.iter().map(|&n| i64::try_from(n).unwrap()).collect::<Vec<_>>();
            assert_eq!(numbers(&set.labels), flat(&expected["label"]), "{case}");
            assert_eq!(numbers(&set.owners), flat(&expected["owner"]), "{case}");
        }
    }

    #[test]
    fn queries_equal_the_oracle() {
        for case in CASES {
            let expected = expected(case);
            for (row, wanted) in expected["queries"].as_array().unwrap().iter().enumerate() {
                let input = flat(&wanted["input"]);
                let path = folder(case).join("queries.csv");
                let query = read_query(&path, input.len(), Some(row as u64)).unwrap();
                assert_eq!(wide(&query.features), input, "{case}");
            }
        }
    }
}
