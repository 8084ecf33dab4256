//! Batches, through files, the way a stranger would: registered, proven, interrupted, verified, edited.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use serde_json::{Value, json};
    use std::fs;

    const CASE: &str = "digits_mlp_n200";

    /// A committed case with a registration of batches of four, and a file of six queries.
    fn place() -> Place {
        let place = Place::new();
        place.commit(CASE, &[]).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs", "--batch", "4"]).done();
        queries(&place, "q.csv", 6);
        place
    }

    fn queries(place: &Place, name: &str, rows: usize) {
        let text = fs::read_to_string(case_file(CASE, "queries.csv")).unwrap();
        let lines: Vec<&str> = text.lines().take(rows + 1).collect();
        place.write(name, lines.join("\n") + "\n");
    }

    const PROVE: [&str; 8] =
        ["prove", "--all", "--case", "case", "--input", "q.csv", "--out", "proofs"];
    const VERIFY: [&str; 4] = ["verify", "--registration", "case/batch.json", "--proof"];

    fn verify(place: &Place, proof: &str) -> Value {
        place.run(&[&VERIFY[..], &[proof, "--json"]].concat()).json()
    }

    /// Sums of weights, query by query, over rows of the file.
    fn sums(place: &Place, rows: std::ops::Range<usize>) -> Vec<u64> {
        let mut sums = Vec::new();
        for row in rows {
            let row = row.to_string();
            let arguments = ["attribute", "--case", "case", "--input", "q.csv", "--row", &row];
            let said = place.run(&[&arguments[..], &["--json"]].concat()).json();
            let weights = said["weights_ppm"].as_array().unwrap();
            sums.resize(weights.len(), 0);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight.as_u64().unwrap();
            }
        }
        sums
    }

    #[test]
    fn all_rows_are_proven_and_a_run_goes_on_where_it_stopped() {
        let place = place();
        let made = place.run(&[&PROVE[..], &["--json"]].concat()).json();
        assert_eq!(made["queries"], json!(6));
        for (number, rows) in [0..4, 4..6].into_iter().enumerate() {
            let file = format!("proofs/batch-0000{number}.json");
            let verdict = verify(&place, &file);
            assert_eq!(verdict["accepted"], json!(true));
            assert_eq!(verdict["queries"], json!(rows.len()));
            let proof = place.read_json(&file);
            assert_eq!(proof["statement"]["totals_ppm"], json!(sums(&place, rows)));
        }
        let text = place.run(&[&VERIFY[..], &["proofs/batch-00001.json"]].concat()).done();
        assert!(text.starts_with("ACCEPTED") && text.contains("UNSAFE"), "{text}");
        let inspected = place.run(&["inspect", "proofs/batch-00001.json"]).done();
        assert!(inspected.contains("answer") && inspected.contains("total"), "{inspected}");

        // The second proof is lost: it is made again with the same salts, the first stays as it is.
        let first = fs::read(place.path("proofs/batch-00000.json")).unwrap();
        let second = place.read_json("proofs/batch-00001.json");
        fs::remove_file(place.path("proofs/batch-00001.json")).unwrap();
        let again = place.run(&[&PROVE[..], &["--json"]].concat()).json();
        assert_eq!(again["proofs"][0]["kept"], json!(true));
        assert_eq!(again["proofs"][1]["kept"], json!(false));
        assert_eq!(fs::read(place.path("proofs/batch-00000.json")).unwrap(), first);
        let remade = place.read_json("proofs/batch-00001.json");
        assert_eq!(remade["statement"], second["statement"]);
        assert_ne!(remade["proof"], second["proof"]);

        // Other queries don't belong into this folder.
        queries(&place, "q.csv", 5);
        let refused = place.run(&PROVE).unusable();
        assert!(refused.contains("salts.json"), "{refused}");
        queries(&place, "q.csv", 6);

        // Nor does a damaged proof.
        let text = String::from_utf8(first.clone()).unwrap();
        let edited = text.replacen("\"output\": ", "\"output\": 1", 1);
        place.write("proofs/batch-00000.json", edited);
        let refused = place.run(&PROVE).unusable();
        assert!(refused.contains("batch-00000.json"), "{refused}");
    }

    #[test]
    fn edits_and_other_registrations_are_refused() {
        let place = place();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        place.run(&PROVE).done();
        let proof = place.read_json("proofs/batch-00000.json");
        let refused = |edit: &dyn Fn(&mut Value), check: &str| {
            let mut edited = proof.clone();
            edit(&mut edited["statement"]);
            place.write("edited.json", edited.to_string());
            let verdict = place.run(&[&VERIFY[..], &["edited.json", "--json"]].concat());
            let verdict: Value = serde_json::from_str(&verdict.refused()).unwrap();
            assert_eq!(verdict["check"], json!(check));
        };
        let other = proof["statement"]["queries"][1]["input_commitment"].clone();
        refused(&|s| s["queries"][0]["input_commitment"] = other.clone(), "proof");
        refused(&|s| s["queries"][0]["context"] = other.clone(), "proof");
        refused(&|s| s["totals_ppm"][0] = json!(0), "total-sum");
        refused(&|s| s["queries"].as_array_mut().unwrap().swap(0, 1), "proof");

        let one = ["--input", "q.csv", "--row", "0", "--out", "proof.json"];
        place.run(&[&["prove", "--case", "case"][..], &one].concat()).done();
        for (registration, proof, check) in [
            ("case/batch.json", "proof.json", "single-for-batch"),
            ("case/registration.json", "proofs/batch-00000.json", "batch-for-single"),
        ] {
            let arguments = ["verify", "--registration", registration, "--proof", proof, "--json"];
            let said = place.run(&arguments).refused();
            let verdict: Value = serde_json::from_str(&said).unwrap();
            assert_eq!(verdict["accepted"], json!(false));
            assert!(!verdict["check"].as_str().unwrap().is_empty(), "{check}");
        }
    }

    #[test]
    fn requests_give_salts_and_contexts() {
        let place = place();
        let mut requests = "salt,context\n".to_owned();
        let mut commitments = Vec::new();
        for row in 0..6 {
            let out = format!("opening-{row}.json");
            let number = row.to_string();
            let arguments = ["commit-input", "--input", "q.csv", "--row", &number, "--out", &out];
            place.run(&arguments).done();
            let opening = place.read_json(&out);
            requests += &format!("{},0x{row:064x}\n", opening["salt"].as_str().unwrap());
            commitments.push(opening["input_commitment"].clone());
        }
        place.write("requests.csv", &requests);
        place.run(&[&PROVE[..], &["--requests", "requests.csv"]].concat()).done();
        let proof = place.read_json("proofs/batch-00000.json");
        for (row, query) in proof["statement"]["queries"].as_array().unwrap().iter().enumerate() {
            assert_eq!(query["input_commitment"], commitments[row]);
            assert_eq!(query["context"], json!(format!("0x{row:064x}")));
        }
        place.write("short.csv", requests.lines().take(3).collect::<Vec<_>>().join("\n"));
        let arguments = [&PROVE[..], &["--force", "--requests", "short.csv"]].concat();
        assert!(place.run(&arguments).unusable().contains("2 requests for 6 queries"));
    }

    #[test]
    fn a_case_without_batches_says_how_to_get_them() {
        let place = Place::new();
        place.commit(CASE, &[]).done();
        queries(&place, "q.csv", 2);
        assert!(place.run(&PROVE).unusable().contains("--batch"));
        for wrong in [&["--row", "1"][..], &["--salt", "0x00"], &["--disclose-input"]] {
            place.run(&[&PROVE[..], wrong].concat()).unusable();
        }
        for wrong in ["1", "5000", "many"] {
            let arguments = ["setup", "--case", "case", "--unsafe-dev-srs", "--batch", wrong];
            place.run(&arguments).unusable();
        }
    }
}
