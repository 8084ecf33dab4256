//! Models as scikit-learn and PyTorch export them give the probabilities that the frameworks give.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use serde::Deserialize;
    use tribute::model::{LoadedModel, quantize, read};

    #[derive(Deserialize)]
    struct Export {
        inputs: Vec<Vec<f32>>,
        probabilities: Vec<Vec<f64>>,
    }

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models")
    }

    fn load(name: &str) -> LoadedModel {
        read(&folder().join(format!("{name}.onnx"))).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn exports() -> BTreeMap<String, Export> {
        serde_json::from_slice(&std::fs::read(folder().join("exports.json")).unwrap()).unwrap()
    }

    fn softmax(logits: &[f64]) -> Vec<f64> {
        let largest = logits.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = logits.iter().map(|z| (z - largest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|e| e / sum).collect()
    }

    #[test]
    fn exports_give_the_frameworks_probabilities() {
        let exports = exports();
        assert!(exports.len() >= 13, "{}", exports.len());
        for (name, export) in exports {
            let loaded = load(&name);
            assert_eq!(export.inputs.len(), 5, "{name}");
            for (row, wanted) in export.inputs.iter().zip(&export.probabilities) {
                let got = softmax(&loaded.model.logits(row));
                assert_eq!(got.len(), wanted.len(), "{name}");
                for (p, q) in got.iter().zip(wanted) {
                    assert!((p - q).abs() < 1e-5, "{name}: {got:?} {wanted:?}");
                }
            }
            let quantized = quantize(&loaded.model).unwrap();
            assert_eq!(quantized.model.inputs, loaded.model.inputs(), "{name}");
        }
    }

    #[test]
    fn exports_are_noticed_for_what_they_are() {
        assert!(load("sklearn_lr_binary").notices.split_logit);
        assert!(load("sklearn_mlp_binary").notices.split_logit);
        let names = load("sklearn_mlp_named").notices.class_labels.unwrap();
        assert_eq!(names, ["setosa", "versicolor", "virginica"]);
        for name in exports().into_keys() {
            let pruned = load(&name).notices.pruned;
            let bare = name == "sklearn_lr_binary"
                || name.starts_with("pytorch") && !name.contains("softmax");
            assert_eq!(pruned.is_empty(), bare, "{name}: {pruned:?}");
        }
    }
}
