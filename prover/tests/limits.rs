//! No dead end: what a later step refuses is said by `commit`, with what mends it.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use serde_json::Value;
    use std::fmt::Write;

    const CASE: &str = "digits_lr_n200";
    /// A lambda that the case's head was not fitted with.
    const OTHER: [&str; 2] = ["--lam-n", "0.0625"];

    fn warnings(report: &Value) -> Vec<String> {
        let warnings = report["warnings"].as_array().unwrap();
        warnings.iter().map(|warning| warning["about"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_head_that_verifiers_refuse_is_said_at_once_and_a_refit_is_offered() {
        let place = Place::new();
        let run = place.commit(CASE, &[&OTHER[..], &["--method", "influence"]].concat());
        let said = run.stderr.clone();
        run.done();
        assert!(said.contains("warning: the head is up to"), "{said}");
        for part in ["--refit-head fits it", "--max-distance", "another class on", "of 200 rows"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        let report = place.read_json("case/report.json");
        assert_eq!(warnings(&report), ["distance"]);
        let refit = &report["head"]["refit"];
        assert_eq!(refit["applied"], Value::Bool(false));
        assert!(refit["after"].as_f64() < refit["before"].as_f64(), "{refit}");
        assert!(refit["largest_logit_change"].as_f64().unwrap() > 0.0, "{refit}");
    }

    #[test]
    fn a_method_without_an_optimum_has_no_limit_of_distance() {
        let place = Place::new();
        let run = place.commit(CASE, &[&OTHER[..], &["--method", "tracin"]].concat());
        assert!(!run.stderr.contains("warning"), "{}", run.stderr);
        let said = run.done();
        assert!(said.contains("which this method does not assume"), "{said}");
        assert!(place.read_json("case/report.json")["head"].get("refit").is_none());
    }

    #[test]
    fn after_a_refit_nobody_says_that_the_head_was_not_fitted() {
        let place = Place::new();
        let more = [&OTHER[..], &["--method", "influence", "--refit-head"]].concat();
        let said = place.commit(CASE, &more).done();
        assert!(!said.contains("was not fitted"), "{said}");
        assert!(
            said.contains("refit          distance") && said.contains("another class"),
            "{said}"
        );
        let refit = place.read_json("case/report.json")["head"]["refit"].clone();
        assert_eq!(refit["applied"], Value::Bool(true));
    }

    #[test]
    fn more_contributors_than_a_registry_pays_or_an_index_holds_are_said_by_commit() {
        let place = Place::new();
        let mut rows = format!("contributor,label,{}\n", columns());
        for number in 0..1100 {
            let digits = (0..64).map(|place| ((number * 7 + place * 3) % 17).to_string());
            let line = digits.collect::<Vec<_>>().join(",");
            writeln!(rows, "c{number},{},{line}.{number}", number % 10).unwrap();
        }
        place.write("train.csv", rows);
        let model = case_file(CASE, "model.onnx");
        let arguments = ["commit", "--model", model.to_str().unwrap(), "--data", "train.csv"];
        let more = ["--method", "tracin", "--lam-n", "64", "--out", "case"];
        let arguments = [&arguments[..], &more].concat();
        let said = place.run(&arguments).unusable();
        for part in ["1100 contributors need", "k = 20", "--without-index", "at most about"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!place.path("case").exists());
        place.run(&[&arguments[..], &["--without-index"]].concat()).done();
        let about = warnings(&place.read_json("case/report.json"));
        assert!(about.contains(&"index".into()) && about.contains(&"payees".into()), "{about:?}");
    }

    #[test]
    fn rows_that_repeat_and_classes_without_rows_are_warnings_with_advice() {
        let place = Place::new();
        let zeros = vec!["0"; 64].join(",");
        let mut rows = format!("contributor,label,{}\n", columns());
        for number in 0..10 {
            writeln!(rows, "ada,1,{zeros}").unwrap();
            writeln!(rows, "ada,2,{number}{}", &zeros[1..]).unwrap();
        }
        place.write("train.csv", format!("{rows}bob,2,{zeros}\n"));
        let model = case_file(CASE, "model.onnx");
        let arguments = ["commit", "--model", model.to_str().unwrap(), "--data", "train.csv"];
        let run = place.run(&[&arguments[..], &["--method", "tracin", "--out", "case"]].concat());
        let said = run.stderr.clone();
        run.done();
        let report = place.read_json("case/report.json");
        for about in ["admission", "empty-class", "empty-contributor"] {
            assert!(warnings(&report).contains(&about.into()), "{about} in {report}");
        }
        assert!(said.contains("warning: only 10 of 21 rows take part"), "{said}");
        assert!(said.contains("no row of bob takes part"), "{said}");
    }

    #[test]
    fn nothing_is_proven_that_verify_would_refuse() {
        let place = Place::new();
        let train = std::fs::read_to_string(case_file(CASE, "train.csv")).unwrap();
        let few: String = train.lines().take(13).map(|line| format!("{line}\n")).collect();
        place.write("train.csv", few);
        let model = case_file(CASE, "model.onnx");
        let commit = ["commit", "--model", model.to_str().unwrap(), "--data", "train.csv"];
        let more = ["--method", "influence", "--out", "case"];
        place.run(&[&commit[..], &OTHER, &more].concat()).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        let queries = case_file(CASE, "queries.csv");
        let prove = ["prove", "--case", "case", "--input", queries.to_str().unwrap()];
        let prove = [&prove[..], &["--row", "0", "--out", "proof.json"]].concat();
        let said = place.run(&prove).done();
        assert!(!said.contains("proved and verified"), "{said}");
        assert!(said.contains("Next: tribute index --case case"), "{said}");
        std::fs::remove_file(place.path("proof.json")).unwrap();
        place.run(&["index", "--case", "case", "--unsafe-dev-srs"]).done();
        let said = place.run(&prove).refused();
        for part in ["nothing was proven", "--refit-head", "--max-distance"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!place.path("proof.json").exists());
        let said = place.run(&[&prove[..], &["--max-distance", "10000"]].concat()).done();
        assert!(said.contains("proved and verified"), "{said}");
        let verify = ["verify", "--registration", "case/registration.json", "--unsafe-dev-srs"];
        let verify = [&verify[..], &["--proof", "proof.json"]].concat();
        assert!(place.run(&verify).refused().contains("head-distance"));
        place.run(&[&verify[..], &["--max-distance", "10000"]].concat()).done();
    }

    fn columns() -> String {
        (0..64).map(|place| format!("f{place}")).collect::<Vec<_>>().join(",")
    }
}
