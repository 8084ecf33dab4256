//! `--refit-head`: the optimum of the cases, a file that reads back the same, and what is refused.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::Value;
    use tribute::data::{DataShape, TrainingSet, read_registry, read_training};
    use tribute::model::{
        FitRows, LoadedModel, QuantizationReport, RefitError, compare, decode, encode, head_norm,
        quantize, read, refit_head,
    };
    use tribute_circuits::reference::admit_first;

    fn folder(case: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(case)
    }

    fn expected(case: &str) -> Value {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../circuits/tests/cases");
        let bytes = std::fs::read(cases.join(case).join("expected.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn load(case: &str) -> (LoadedModel, TrainingSet, u32) {
        let loaded = read(&folder(case).join("model.onnx")).unwrap();
        let registry = read_registry(&folder(case).join("contributors.csv")).unwrap();
        let shape = DataShape { inputs: loaded.model.inputs(), classes: loaded.model.classes() };
        let rows = read_training(&folder(case).join("train.csv"), shape, Some(registry)).unwrap();
        let lam = u32::try_from(expected(case)["lam_256ths"].as_u64().unwrap()).unwrap();
        (loaded, rows, lam)
    }

    fn fit_rows<'a>(rows: &'a TrainingSet, admitted: &'a [bool]) -> FitRows<'a> {
        FitRows { features: &rows.features, labels: &rows.labels, admitted }
    }

    #[test]
    fn finds_the_optimum_of_the_cases() {
        for case in ["digits_lr_n200", "digits_mlp_n200", "digits_deep_n300"] {
            let (mut loaded, rows, lam) = load(case);
            let wanted = quantize(&loaded.model).unwrap().model;
            loaded.model.head.weights.fill(3.0); // the old head plays no part
            let admitted = admit_first(&rows.features);
            let refitted = refit_head(&loaded.model, fit_rows(&rows, &admitted), lam).unwrap();
            assert!(
                refitted.gradient < 1e-8 && refitted.steps > 2,
                "{case}: {}",
                refitted.gradient
            );
            let got = &refitted.quantized.model;
            assert_eq!(got.hidden, wanted.hidden, "{case}");
            let off = got.head.iter().zip(&wanted.head).filter(|(a, b)| a != b).count();
            let far = got.head.iter().zip(&wanted.head).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(
                far.unwrap() <= 1 && off * 100 <= wanted.head.len(),
                "{case}: {off} off by {far:?}"
            );
        }
    }

    #[test]
    fn reads_back_the_same_integers() {
        for case in ["digits_lr_n200", "digits_deep_n300"] {
            let (mut loaded, rows, lam) = load(case);
            // A first layer that must be rescaled: its weights and biases four times as large.
            if let Some(layer) = loaded.model.hidden.first_mut() {
                layer.weights.iter_mut().chain(&mut layer.biases).for_each(|v| *v *= 64.0);
                let next = &mut loaded.model.hidden[1];
                next.weights.iter_mut().for_each(|v| *v /= 64.0);
            }
            let admitted = admit_first(&rows.features);
            let refitted = refit_head(&loaded.model, fit_rows(&rows, &admitted), lam).unwrap();
            assert_eq!(refitted.quantized.rescaled.is_empty(), loaded.model.hidden.is_empty());
            let again = decode(&encode(&refitted.quantized.float)).unwrap();
            let again = quantize(&again.model).unwrap();
            assert_eq!(again.model, refitted.quantized.model, "{case}");
            assert!(again.rescaled.is_empty(), "{case}");
        }
    }

    #[test]
    fn reports_what_quantization_cost() {
        let (loaded, rows, _) = load("digits_mlp_n200");
        let quantized = quantize(&loaded.model).unwrap();
        let found = compare(&quantized, &rows).unwrap();
        assert!(found.float_accuracy > 0.9 && found.agreement > 0.99, "{found:?}");
        assert!(found.largest_logit_error > 0.0 && found.largest_logit_error < 0.05, "{found:?}");
        assert!(found.largest_logit_error_row < 200 && found.saturated < 0.5, "{found:?}");
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<QuantizationReport>(&text).unwrap(), found);
        assert!(found.lines()[0].contains("in integers"));
        assert!(head_norm(&quantized) > 1.0);
    }

    #[test]
    fn names_a_row_that_does_not_run() {
        let (mut loaded, rows, _) = load("digits_mlp_n200");
        loaded.model.hidden[0].biases[3] = 300.0;
        let error = compare(&quantize(&loaded.model).unwrap(), &rows).unwrap_err();
        assert!(error.row == 0 && error.to_string().contains("unit 3"), "{error}");
    }

    #[test]
    fn rejects_what_has_no_optimum() {
        let (loaded, rows, lam) = load("digits_lr_n200");
        let admitted = vec![true; rows.labels.len()];
        let fit = |rows: FitRows<'_>, lam| refit_head(&loaded.model, rows, lam).unwrap_err();
        assert_eq!(fit(fit_rows(&rows, &admitted), 0), RefitError::Lambda);
        let none = vec![false; rows.labels.len()];
        assert_eq!(fit(fit_rows(&rows, &none), lam), RefitError::NoRows);
        assert!(matches!(fit(fit_rows(&rows, &none[1..]), lam), RefitError::Counts { .. }));
        let labels = vec![10; rows.labels.len()];
        let wrong = FitRows { labels: &labels, ..fit_rows(&rows, &admitted) };
        assert!(matches!(fit(wrong, lam), RefitError::Label { row: 0, label: 10, classes: 10 }));
        let mut wide = loaded.model.clone();
        wide.head.inputs = 500;
        wide.head.weights.resize(5000, 0.0);
        let error = refit_head(&wide, fit_rows(&rows, &admitted), lam).unwrap_err();
        assert_eq!(error, RefitError::HeadSize { actual: 5010 });
    }
}
