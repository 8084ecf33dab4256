//! `fidelity`: what the methods reach on the digits, and what cannot be measured.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use serde_json::{Value, json};
    use std::fs;

    /// Its validation.csv holds 100 digits that are not among its training rows.
    const CASE: &str = "digits_mlp_n200";

    fn validation() -> String {
        case_file(CASE, "validation.csv").to_str().unwrap().to_owned()
    }

    fn method<'a>(value: &'a Value, name: &str) -> &'a Value {
        let methods = value["methods"].as_array().unwrap();
        methods.iter().find(|method| method["method"] == name).unwrap()
    }

    fn figure(value: &Value, name: &str, field: &str) -> f64 {
        method(value, name)[field].as_f64().unwrap()
    }

    #[test]
    fn the_queries_are_held_out() {
        let rows = |name: &str, leading: usize| -> Vec<String> {
            let text = fs::read_to_string(case_file(CASE, name)).unwrap();
            let features = |line: &str| line.split(',').skip(leading).collect::<Vec<_>>().join(",");
            text.lines().skip(1).map(features).collect()
        };
        let (trained, held_out) = (rows("train.csv", 2), rows("validation.csv", 0));
        assert_eq!((trained.len(), held_out.len()), (200, 100));
        assert!(held_out.iter().all(|query| !trained.contains(query)));
    }

    #[test]
    fn group_newton_ranks_contributors_as_refitting_does() {
        let place = Place::new();
        place.commit(CASE, &[]).done();
        let input = validation();
        let arguments =
            ["fidelity", "--case", "case", "--input", &input, "--svg", "plot.svg", "--json"];
        let value = place.run(&arguments).json();
        assert_eq!((&value["queries"], &value["contributors"]), (&json!(100), &json!(8)));
        assert_eq!((&value["proven"], &value["left_out"]), (&json!(false), &json!([])));
        let correlation = |name: &str| figure(&value, name, "rank_correlation");
        let error = |name: &str| figure(&value, name, "share_error_ppm");
        assert!(correlation("group-newton") >= 0.95, "{}", correlation("group-newton"));
        assert!(correlation("influence") > 0.9, "{}", correlation("influence"));
        assert!(correlation("tracin") < 0.8, "{}", correlation("tracin"));
        assert!(error("group-newton") < 150_000.0, "{}", error("group-newton"));
        assert!(error("tracin") > 3.0 * error("group-newton"), "{}", error("tracin"));
        for entry in value["methods"].as_array().unwrap() {
            let name = entry["method"].as_str().unwrap();
            assert_eq!(entry["committed"], json!(name == "group-newton"), "{name}");
            let each = entry["rank_correlations"].as_array().unwrap();
            let there: Vec<f64> = each.iter().filter_map(Value::as_f64).collect();
            assert_eq!(each.len(), 100, "{name}");
            assert_eq!(entry["correlated"], json!(there.len()), "{name}");
            assert!(there.iter().all(|value| (-1.0..=1.0).contains(value)), "{name}");
            let mean = there.iter().sum::<f64>() / there.len() as f64;
            assert!((mean - correlation(name)).abs() < 1e-12, "{name}");
            let left_out =
                ["saturated", "unattributed"].map(|field| entry[field].as_u64().unwrap());
            assert!(there.len() as u64 + left_out.iter().sum::<u64>() <= 100, "{name}");
        }
        let svg = fs::read_to_string(place.path("plot.svg")).unwrap();
        assert!(svg.starts_with("<svg ") && svg.contains("group-newton  0.9"), "{svg}");
        let again = place.run(&arguments[..7]).unusable();
        assert!(again.contains("--force"), "{again}");
    }

    #[test]
    fn the_table_says_what_it_is_for_the_first_queries() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        let input = validation();
        let arguments = ["fidelity", "--case", "case", "--input", &input, "--rows", "5"];
        let said = place.run(&arguments).done();
        for part in ["5 queries", "without each of 8 contributors", "tracin *", "not proven"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        // The other methods' tables are those that a case of their own commits to.
        let of = |place: &Place| place.run(&[&arguments[..], &["--json"]].concat()).json();
        let other = Place::new();
        other.commit(CASE, &[]).done();
        let (first, second) = (of(&place), of(&other));
        for name in ["tracin", "representer", "influence", "group-newton"] {
            let field = "rank_correlations";
            assert_eq!(method(&first, name)[field], method(&second, name)[field], "{name}");
        }
    }

    #[test]
    fn saturated_queries_are_left_out_where_the_residual_is_used() {
        let place = Place::new();
        // Logistic regression with logits x and -x, far apart for large x.
        let rows = "contributor,label,f0\nada,1,1\nbob,0,-1\nada,1,0.5\ncy,0,-0.75\ncy,1,0.125\n";
        place.write("train.csv", rows);
        place.write("model.onnx", model());
        let commit = ["commit", "--model", "model.onnx", "--data", "train.csv", "--out", "case"];
        place.run(&commit).done();
        place.write("q.csv", "f0\n0.5\n60\n-60\n-0.25\n");
        let value = place.run(&["fidelity", "--case", "case", "--input", "q.csv", "--json"]).json();
        for (name, saturated) in
            [("tracin", 2), ("representer", 0), ("influence", 2), ("group-newton", 2)]
        {
            let entry = method(&value, name);
            assert_eq!(entry["saturated"], json!(saturated), "{name}");
            if saturated > 0 {
                assert_eq!(entry["rank_correlations"][1], Value::Null, "{name}");
                assert_eq!(entry["share_errors_ppm"][2], Value::Null, "{name}");
            }
        }
    }

    /// A head with the logits x and -x.
    fn model() -> Vec<u8> {
        use tribute::model::{DenseLayer, FloatModel, Name, NodeName, encode};
        let node = NodeName { name: Name::new("head"), operator: Name::new("Gemm") };
        let weights = vec![1.0, -1.0];
        let head = DenseLayer { node, inputs: 1, outputs: 2, weights, biases: vec![0.0; 2] };
        encode(&FloatModel { hidden: Vec::new(), head })
    }

    #[test]
    fn what_cannot_be_measured_is_one_clear_line() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        let train = case_file(CASE, "train.csv");
        place.write("short.csv", "f0,f1\n0,0\n");
        place.write("empty.csv", fs::read_to_string(validation()).unwrap().lines().next().unwrap());
        let input = validation();
        for (arguments, words) in [
            (vec!["--case", "none", "--input", &input], "none"),
            (vec!["--case", "case", "--input", "none.csv"], "none.csv"),
            (vec!["--case", "case", "--input", train.to_str().unwrap()], "train.csv"),
            (vec!["--case", "case", "--input", "short.csv"], "64 inputs"),
            (vec!["--case", "case", "--input", "empty.csv"], "no rows"),
            (vec!["--case", "case", "--input", &input, "--rows", "0"], "--rows"),
            (vec!["--case", "case"], "--input"),
        ] {
            let error = place.run(&[&["fidelity"][..], &arguments].concat()).unusable();
            assert!(error.contains(words), "{words} in {error}");
        }
        // Rows of one contributor alone, and rows that are not the committed ones.
        place.write("one.csv", "contributor,label,f0\nada,1,1\nada,0,-1\n");
        place.write("model.onnx", model());
        let commit = ["commit", "--model", "model.onnx", "--data", "one.csv", "--out", "one"];
        place.run(&commit).done();
        place.write("q.csv", "f0\n1\n");
        let error = place.run(&["fidelity", "--case", "one", "--input", "q.csv"]).unusable();
        assert!(error.contains("1 contributors have admitted rows"), "{error}");
        let mut private = place.read_json("case/private/case.json");
        private["rows"]["features"][0][0] = json!(99);
        place.write("case/private/case.json", private.to_string());
        let said = place.run(&["fidelity", "--case", "case", "--input", &input]).refused();
        assert!(said.contains("not those that subject.json commits to"), "{said}");
    }
}
