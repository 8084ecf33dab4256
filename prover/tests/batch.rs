//! Batches, through files, the way a stranger would: registered, proven, interrupted, verified, edited.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use serde_json::{Value, json};
    use std::fs;
    use tribute_verifier::plan::CircuitDescription;

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
        place.verify(&[&VERIFY[..], &[proof, "--json"]].concat()).json()
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

    fn kept(made: &Value) -> Vec<bool> {
        let proofs = made["proofs"].as_array().unwrap().iter();
        proofs.map(|proof| proof["seconds"].is_null()).collect()
    }

    #[test]
    fn all_rows_are_proven_and_a_run_goes_on_where_it_stopped() {
        let place = place();
        let prove = |more: &[&str]| place.run(&[&PROVE[..], &["--json"], more].concat());
        let made = prove(&[]).json();
        assert_eq!(made["queries"], json!(6));
        assert_eq!(kept(&made), [false, false]);
        for (number, rows) in [0..4, 4..6].into_iter().enumerate() {
            let file = format!("proofs/batch-0000{number}.json");
            let verdict = verify(&place, &file);
            assert_eq!(verdict["accepted"], json!(true));
            assert_eq!(verdict["queries"], json!(rows.len()));
            let proof = place.read_json(&file);
            assert_eq!(proof["statement"]["totals_ppm"], json!(sums(&place, rows)));
            let shares = verdict["shares"].as_array().unwrap().iter();
            let ppm: Vec<&Value> = shares.map(|share| &share["ppm"]).collect();
            assert_eq!(json!(ppm), proof["statement"]["totals_ppm"]);
        }
        let text = place.verify(&[&VERIFY[..], &["proofs/batch-00001.json"]].concat()).done();
        assert!(text.starts_with("ACCEPTED") && text.contains("UNSAFE"), "{text}");
        assert!(text.contains("not proven"), "{text}");
        for file in ["proofs/batch-00001.json", "proofs/private/run.json", "case/batch.json"] {
            place.run(&["inspect", file]).done();
        }

        // The second proof is lost: it is made again with the same salts, the first stays as it is.
        let first = fs::read(place.path("proofs/batch-00000.json")).unwrap();
        let second = place.read_json("proofs/batch-00001.json");
        fs::remove_file(place.path("proofs/batch-00001.json")).unwrap();
        assert_eq!(kept(&prove(&[]).json()), [true, false]);
        assert_eq!(fs::read(place.path("proofs/batch-00000.json")).unwrap(), first);
        let remade = place.read_json("proofs/batch-00001.json");
        assert_eq!(remade["statement"], second["statement"]);
        assert_ne!(remade["proof"], second["proof"]);

        // A damaged proof is in the way, until --force makes it again, and no other.
        let text = String::from_utf8(first).unwrap();
        let edited = text.replacen("\"output\": ", "\"output\": 1", 1);
        place.write("proofs/batch-00000.json", edited);
        let refused = place.run(&PROVE).unusable();
        assert!(refused.contains("batch-00000.json"), "{refused}");
        assert_eq!(kept(&prove(&["--force"]).json()), [false, true]);
        assert_eq!(place.read_json("proofs/batch-00001.json"), remade);

        // Other queries don't belong into this folder, until --force makes it theirs: what is behind their last proof goes.
        queries(&place, "q.csv", 3);
        let refused = place.run(&PROVE).unusable();
        assert!(refused.contains("run.json"), "{refused}");
        assert_eq!(kept(&prove(&["--force"]).json()), [false]);
        assert!(!place.path("proofs/batch-00001.json").exists());
        assert_eq!(verify(&place, "proofs/batch-00000.json")["queries"], json!(3));
    }

    #[test]
    fn what_belongs_to_the_owner_is_theirs_alone() {
        use std::os::unix::fs::PermissionsExt;
        let place = place();
        queries(&place, "q.csv", 1);
        place.run(&PROVE).done();
        for (name, mode) in [("proofs/private", 0o700), ("proofs/private/run.json", 0o600)] {
            let found = fs::metadata(place.path(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
        let secret = place.read_json("proofs/private/run.json")["secret"].clone();
        let said = place.run(&["inspect", "proofs/private/run.json"]).done();
        assert!(!said.contains(secret.as_str().unwrap()), "{said}");
    }

    #[test]
    fn rows_that_do_not_fit_are_named_before_anything_is_proven() {
        let place = place();
        let text = fs::read_to_string(place.path("q.csv")).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // Within an input's range, and far beyond that of an activation.
        lines[5] = vec!["127"; 64].join(",");
        place.write("q.csv", lines.join("\n") + "\n");
        let refused = place.run(&PROVE).unusable();
        assert!(refused.contains("q.csv") && refused.contains('4'), "{refused}");
        assert!(!place.path("proofs").exists());
    }

    #[test]
    fn a_batch_is_exported_with_its_call() {
        let place = place();
        place.run(&PROVE).done();
        let proof = ["--proof", "proofs/batch-00001.json"];
        let arguments = ["export", "--registration", "case/batch.json", "--out", "sol"];
        place.run(&[&arguments[..], &proof].concat()).done();
        let call = place.read_json("sol/calldata.json");
        // Two commitments, two words of totals for eight contributors, four slots of three, the last two of them empty.
        let instances = call["instances"].as_array().unwrap();
        assert_eq!(instances.len(), 2 + 2 + 4 * 3);
        let zero = json!(format!("0x{:064x}", 0));
        assert!(instances[4..10].iter().filter(|word| **word != zero).count() == 4);
        assert!(instances[10..].iter().all(|word| *word == zero));
        let source = fs::read_to_string(place.path("sol/TributeVerifier.sol")).unwrap();
        let circuit = place.read_json("case/batch.json")["plan"]["circuit"].clone();
        let circuit: CircuitDescription = serde_json::from_value(circuit).unwrap();
        let word = hex::encode(circuit.inference().unwrap().word());
        assert!(word.starts_with("0000000000000004"));
        assert!(source.contains(&word), "the contract doesn't say how many queries");
    }

    #[test]
    fn auto_says_what_it_compared_and_keeps_to_the_memory() {
        let place = Place::new();
        place.commit("digits_lr_n200", &[]).done();
        let setup = ["setup", "--case", "case", "--unsafe-dev-srs", "--json", "--batch"];
        let auto = |memory| place.run(&[&setup[..], &["auto", "--memory", memory]].concat());
        let made = auto("60").json();
        let picked = made["queries"].as_u64().unwrap();
        let compared = made["compared"].as_array().unwrap();
        assert!(picked > 1 && compared.iter().any(|one| one["queries"] == json!(picked)));
        assert!(compared.iter().all(|one| one["memory_bytes"].as_u64().unwrap() <= 60 << 20));
        let refused = place.run(&[&setup[..4], &["--batch", "auto", "--memory", "1"]].concat());
        assert!(refused.unusable().contains("--memory 1"));
        let both = ["--batch", "4", "--memory", "60", "--force"];
        place.run(&[&setup[..4], &both].concat()).unusable();
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
            let verdict = place.verify(&[&VERIFY[..], &["edited.json", "--json"]].concat());
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
            ("case/batch.json", "proof.json", "plan-batch"),
            ("case/registration.json", "proofs/batch-00000.json", "plan-single"),
        ] {
            let arguments = ["verify", "--registration", registration, "--proof", proof, "--json"];
            let said = place.verify(&arguments).refused();
            let verdict: Value = serde_json::from_str(&said).unwrap();
            assert_eq!(verdict["accepted"], json!(false));
            assert_eq!(verdict["check"], json!(check));
        }

        // Another model of the same shape, and its registration.
        let other = self::place();
        let registration = other.path("case/batch.json");
        let arguments = ["verify", "--registration", registration.to_str().unwrap(), "--json"];
        let said =
            place.verify(&[&arguments[..], &["--proof", "proofs/batch-00000.json"]].concat());
        let verdict: Value = serde_json::from_str(&said.refused()).unwrap();
        assert_eq!(verdict["check"], json!("model-commitment"));

        // Each registration under the name of the other.
        let (one, batch) = (place.path("case/registration.json"), place.path("case/batch.json"));
        let single = fs::read(&one).unwrap();
        fs::copy(&batch, &one).unwrap();
        fs::write(&batch, single).unwrap();
        assert!(place.run(&PROVE).unusable().contains("batch.json"));
        let again = ["--input", "q.csv", "--row", "0", "--out", "again.json"];
        let said = place.run(&[&["prove", "--case", "case"][..], &again].concat()).unusable();
        assert!(said.contains("registration.json"), "{said}");
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
        let refused = |text: &str| {
            place.write("other.csv", text);
            let arguments = [&PROVE[..], &["--force", "--requests", "other.csv"]].concat();
            place.run(&arguments).unusable()
        };
        let short = requests.lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(refused(&short).contains("one request for each query"));
        let long = format!("{requests}{}\n", requests.lines().last().unwrap());
        assert!(refused(&long).contains("one request for each query"));
        assert!(refused("salt,salt\n").contains("other.csv"));
        assert!(refused("salt\n0x12\n").contains("line 2"));

        // Contexts alone: salts are drawn.
        let contexts: String = (0..6).map(|row| format!("0x{row:064x}\n")).collect();
        place.write("contexts.csv", format!("context\n{contexts}"));
        let arguments = [&PROVE[..6], &["--out", "drawn", "--requests", "contexts.csv"]].concat();
        place.run(&arguments).done();
        let proof = place.read_json("drawn/batch-00001.json");
        let query = &proof["statement"]["queries"][0];
        assert_eq!(query["context"], json!(format!("0x{:064x}", 4)));
        assert_ne!(query["input_commitment"], commitments[4]);
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
