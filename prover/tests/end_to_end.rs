//! From ONNX and CSV to an accepted proof, whose statement is what the oracle computed.
//!
//! The case with 784 inputs takes minutes and gigabytes: it runs with `TRIBUTE_SLOW=1`.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file, expected};
    use serde_json::{Value, json};

    /// Commits, sets up, proves query 0, verifies, and compares the statement with the oracle's integers.
    fn walk(case: &str, method: &str, key: &str, lam_n: &str) {
        let place = Place::new();
        let committed =
            place.commit(case, &["--method", method, "--lam-n", lam_n, "--json"]).json();
        let expected = expected(case);
        assert_eq!(committed["report"]["rows"], expected["rows"]);
        assert_eq!(committed["table_proven_from_rows"], json!(false));
        let setup = place.run(&["setup", "--case", "case", "--unsafe-dev-srs", "--json"]).json();
        assert_eq!(setup["unsafe_srs"], json!(true));
        let queries = case_file(case, "queries.csv");
        let queries = queries.to_str().unwrap();
        let arguments = ["prove", "--case", "case", "--input", queries, "--row", "0"];
        place.run(&[&arguments[..], &["--out", "proof.json"]].concat()).done();
        let proof = place.read_json("proof.json");
        compare(&proof["statement"], &expected, key);
        let registration = "case/registration.json";
        let arguments = ["verify", "--registration", registration, "--proof", "proof.json"];
        // `setup` pinned what it made; what it lacks is named.
        let accept = ["--unsafe-dev-srs", "--allow-unproven-table"];
        let arguments = [&arguments[..], &accept].concat();
        let verdict = place.run(&[&arguments[..], &["--json"]].concat()).json();
        assert_eq!(verdict["registration_trust"], json!("pinned"));
        assert_eq!(verdict["accepted"], json!(true));
        let said = place.run(&arguments).done();
        assert!(said.starts_with("ACCEPTED"), "{said}");
        assert!(said.contains("not proven") && said.contains("UNSAFE"), "{said}");
    }

    fn compare(statement: &Value, expected: &Value, key: &str) {
        let query = &expected["queries"][0];
        assert_eq!(statement["output"], query["output"]);
        assert_eq!(statement["logits"], query["logits"]);
        assert_eq!(statement["unattributed"], json!(query["weights_ppm"][key].is_null()));
        let numbers = |value: &Value| -> Vec<i64> {
            value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
        };
        let weights = numbers(&statement["weights_ppm"]);
        assert_eq!(weights.iter().sum::<i64>(), 1_000_000);
        // A Newton table is unique up to its certificate: one part per million.
        let slack = if key.contains("newton") || key == "influence" { 1 } else { 0 };
        for (found, wanted) in weights.into_iter().zip(numbers(&query["weights_ppm"][key])) {
            assert!((found - wanted).abs() <= slack, "{found} for {wanted}");
        }
        let contributors = statement["contributors"].as_array().unwrap().len();
        assert_eq!(Some(contributors as u64), expected["contributors"].as_u64());
    }

    #[test]
    fn logistic_regression_by_group_newton() {
        walk("digits_lr_n200", "group-newton", "group_newton", "1");
    }

    #[test]
    fn logistic_regression_by_representer_points() {
        walk("digits_lr_n200", "representer", "representer", "1");
    }

    #[test]
    fn one_hidden_layer_by_influence() {
        walk("digits_mlp_n200", "influence", "influence", "1");
    }

    #[test]
    fn two_hidden_layers_by_tracin() {
        walk("digits_deep_n300", "tracin", "tracin", "0.5");
    }

    #[test]
    fn a_wide_layer_by_tracin() {
        if std::env::var_os("TRIBUTE_SLOW").is_some() {
            walk("digits28_mlp_n300", "tracin", "tracin", "1");
        }
    }
}
