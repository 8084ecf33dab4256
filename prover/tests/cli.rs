//! The command: help, conventions, exit codes, what stands on disk afterwards.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use serde_json::json;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Stdio;
    use std::thread::sleep;
    use std::time::Duration;

    const VERBS: [&[&str]; 14] = [
        &["demo"],
        &["commit"],
        &["setup"],
        &["attribute"],
        &["commit-input"],
        &["prove"],
        &["check"],
        &["verify"],
        &["fidelity"],
        &["inclusion"],
        &["verify-inclusion"],
        &["inspect"],
        &["sizes"],
        &["srs", "import"],
    ];
    const CASE: &str = "digits_lr_n200";

    #[test]
    fn every_verb_teaches_by_example() {
        let place = Place::new();
        for verb in VERBS {
            let help = place.run(&[verb, &["--help"]].concat()).done();
            assert!(help.contains("Example"), "{verb:?}");
            assert!(help.contains(&format!("tribute {}", verb.join(" "))), "{verb:?}");
        }
        let help = place.run(&["--help"]).done();
        for verb in VERBS {
            assert!(help.contains(verb[0]), "{verb:?}");
        }
    }

    #[test]
    fn the_version_names_circuit_and_profile() {
        let version = Place::new().run(&["--version"]).done();
        assert!(version.contains("circuit 3") && version.contains("profile 20"), "{version}");
    }

    #[test]
    fn usage_errors_are_one_line() {
        let place = Place::new();
        for arguments in [
            &[][..],
            &["frobnicate"],
            &["verify"],
            &["setup", "--case", "x"],
            &["setup", "--case", "x", "--unsafe-dev-srs", "--srs", "y"],
            &["commit", "--model", "m", "--data", "d", "--out", "o", "--lam-n", "0.3"],
            &["commit", "--model", "m", "--data", "d", "--out", "o", "--method", "guess"],
            &["verify", "--registration", "r", "--proof", "p", "--context", "0x1"],
            &["demo", "--threads", "0"],
            &["demo", "-q", "-v"],
            &["srs", "import", "f", "--k", "4", "--digest", "00"],
        ] {
            place.run(arguments).unusable();
        }
        assert!(place.listing().is_empty());
    }

    #[test]
    fn programs_get_errors_as_json() {
        let place = Place::new();
        for arguments in [&["inspect", "missing", "--json"][..], &["verify", "--json"]] {
            let run = place.run(arguments);
            assert_eq!(run.status, 2);
            let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(value["error"]["status"], json!(2));
            assert!(value["error"]["message"].as_str().unwrap().len() > 5);
        }
    }

    #[test]
    fn a_case_keeps_its_secrets_and_its_name() {
        let place = Place::new();
        let said = place.commit(CASE, &["--method", "tracin"]).done();
        assert!(said.contains("not proven"), "{said}");
        let mode =
            |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("case/private"), 0o700);
        assert_eq!(mode("case/private/case.json"), 0o600);
        for public in ["subject.json", "report.json"] {
            let text = fs::read_to_string(place.path("case").join(public)).unwrap();
            assert!(!text.contains("salt") && !text.contains("\"weights\""), "{public}");
        }
        let before = place.listing();
        let error = place.commit(CASE, &["--method", "tracin"]).unusable();
        assert!(error.contains("--force"), "{error}");
        assert_eq!(place.listing(), before);
        let old = place.read_json("case/subject.json");
        place.commit(CASE, &["--method", "tracin", "--force"]).done();
        assert_ne!(place.read_json("case/subject.json"), old, "fresh salts");
    }

    #[test]
    fn force_spares_what_is_no_case() {
        let place = Place::new();
        fs::create_dir(place.path("case")).unwrap();
        place.write("case/letter.txt", "dear");
        let error = place.commit(CASE, &["--method", "tracin", "--force"]).unusable();
        assert!(error.contains("not a case"), "{error}");
        assert!(place.path("case/letter.txt").exists());
    }

    #[test]
    fn attribute_shows_shares_and_says_what_they_are() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        let queries = case_file(CASE, "queries.csv");
        let arguments =
            ["attribute", "--case", "case", "--input", queries.to_str().unwrap(), "--row", "0"];
        let said = place.run(&arguments).done();
        assert!(said.contains("57.0261 %") && said.contains('█') && said.contains("not proven"));
        let value = place.run(&[&arguments[..], &["--json"]].concat()).json();
        assert_eq!(value["weights_ppm"], json!([0, 0, 3999, 570_261, 103_404, 0, 33_106, 289_230]));
        assert_eq!(value["scores"][0], json!("-257781084997417472"));
        assert_eq!(value["proven"], json!(false));
    }

    #[test]
    fn an_input_commitment_opens_and_is_private() {
        let place = Place::new();
        let queries = case_file(CASE, "queries.csv");
        let queries = queries.to_str().unwrap();
        let arguments = ["commit-input", "--input", queries, "--row", "2"];
        let first =
            place.run(&[&arguments[..], &["--json", "--out", "input.json"]].concat()).json();
        assert_eq!(first, place.read_json("input.json"));
        let mode = fs::metadata(place.path("input.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = place.run(&[&arguments[..], &["--json"]].concat()).json();
        assert_ne!(first["input_commitment"], second["input_commitment"]);
        place.run(&["inspect", "input.json"]).done();
        let mut edited = first;
        edited["input"][0] = json!(77);
        place.write("edited.json", edited.to_string());
        assert!(place.run(&["inspect", "edited.json"]).refused().contains("PROBLEM"));
    }

    #[test]
    fn a_ceremony_is_imported_once_its_digest_is_pinned() {
        let place = Place::new();
        let file = |name| format!("{}/tests/files/{name}", env!("CARGO_MANIFEST_DIR"));
        let digest = "046cdcf45b12ea40f37dd2b98ef9561ecd6c7cfae942c8f9faada90b7b385a4d134d26c2481f89fefebe0e1e1e9d66d9eba362f6e71d07881fdd99115075884d";
        let one = file("one_contribution.ptau");
        let arguments = ["srs", "import", &one, "--k", "4", "--digest", digest, "--out", "c.srs"];
        let value = place.run(&[&arguments[..], &["--json"]].concat()).json();
        assert_eq!((&value["k"], &value["unsafe_srs"]), (&json!(4), &json!(true)));
        let said = place.run(&["inspect", "c.srs"]).done();
        // One contribution of anybody: UNSAFE for everybody, not for the importer alone, until it is named.
        assert!(said.contains("no known ceremony") && said.contains("UNSAFE"), "{said}");
        let named = ["inspect", "c.srs", "--trust-srs", value["srs_digest"].as_str().unwrap()];
        let said = place.run(&named).done();
        assert!(said.contains("trusted by name") && !said.contains("UNSAFE"), "{said}");
        let hermez = file("powersOfTau28_hez_final_08.ptau");
        let published = "d6a8fb3a04feb600096c3b791f936a578c4e664d262e4aa24beed1b7a9a96aa5eb72864d628db247e9293384b74b36ffb52ca8d148d6e1b8b51e279fdf57b583";
        let genuine =
            ["srs", "import", &hermez, "--k", "8", "--digest", published, "--out", "h.srs"];
        assert!(!place.run(&genuine).done().contains("UNSAFE"));
        let said = place.run(&["inspect", "h.srs"]).done();
        assert!(said.contains("perpetual powers of tau") && !said.contains("UNSAFE"), "{said}");
        let wrong = digest.replacen('0', "1", 1);
        let arguments = ["srs", "import", &one, "--k", "4", "--digest", &wrong, "--out", "d.srs"];
        assert!(place.run(&arguments).unusable().contains("digest"));
        let blank = file("no_contribution.ptau");
        let arguments = ["srs", "import", &blank, "--k", "4", "--digest", digest, "--out", "d.srs"];
        assert!(place.run(&arguments).unusable().contains("no contribution"));
        assert!(!place.path("d.srs").exists());
    }

    #[test]
    fn an_interrupt_leaves_nothing_behind() {
        let place = Place::new();
        let file = |name| case_file("digits28_mlp_n300", name);
        let mut child = place
            .command()
            .args(["commit", "--out", "case", "--threads", "1"])
            .arg("--model")
            .arg(file("model.onnx"))
            .arg("--data")
            .arg(file("train.csv"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The staged directory appears before the work begins.
        while place.listing().is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "ended before it was interrupted");
            sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(place.listing().is_empty(), "{:?}", place.listing());
    }

    #[test]
    fn keys_are_cached_and_foreign_ones_refused() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        let queries = case_file(CASE, "queries.csv");
        let queries = queries.to_str().unwrap();
        let prove =
            ["prove", "--case", "case", "--input", queries, "--row", "0", "--out", "p.json"];
        assert!(place.run(&prove).unusable().contains("tribute setup"));
        let setup = ["setup", "--case", "case", "--unsafe-dev-srs", "--json"];
        let first = place.run(&setup).json();
        assert!(place.run(&setup[..4]).unusable().contains("--force"));
        let name =
            |value: &serde_json::Value| value["plan_digest"].as_str().unwrap()[2..].to_owned();
        let (old_key, old_srs) = (
            place.path(&format!("case/keys/{}.pkey", name(&first))),
            place.path(&format!("case/keys/{}.srs", name(&first))),
        );
        // The same SRS finds the key again.
        fs::copy(&old_srs, place.path("same.srs")).unwrap();
        let again = place
            .run(&["setup", "--case", "case", "--srs", "same.srs", "--force", "--json"])
            .json();
        assert_eq!(again["plan_digest"], first["plan_digest"]);
        assert_eq!(again["key_was_cached"], json!(true));
        assert_eq!(again["unsafe_srs"], json!(true), "the taint stays");
        let said = place.run(&["inspect", "case/registration.json", "--srs", "same.srs"]).done();
        assert!(said.contains("made anew") && said.contains("UNSAFE"), "{said}");
        // The key of another SRS under this plan's name is refused.
        let again = place.run(&[&setup[..], &["--force"]].concat()).json();
        assert_eq!(again["plan_digest"], first["plan_digest"], "one development SRS a case");
        fs::remove_file(place.path("case/private/dev-srs.json")).unwrap();
        let second = place.run(&[&setup[..], &["--force"]].concat()).json();
        let new_key = place.path(&format!("case/keys/{}.pkey", name(&second)));
        fs::copy(&old_key, &new_key).unwrap();
        assert!(place.run(&prove).refused().contains("another plan"));
        assert!(!place.path("p.json").exists());
        // A plan with other equations than it claims is told from the honest one.
        let said = place.run(&["inspect", "case/registration.json", "--srs", "same.srs"]).refused();
        assert!(said.contains("another SRS"), "{said}");
    }

    #[test]
    fn a_refitted_head_is_reported_and_its_model_kept_private() {
        let place = Place::new();
        let value = place.commit(CASE, &["--method", "tracin", "--refit-head", "--json"]).json();
        assert!(value["report"]["head"]["refit_steps"].as_u64().unwrap() > 0);
        assert!(value["report"]["head"]["distance"].as_f64().unwrap() < 0.1);
        let path = place.path("case/private/refitted.onnx");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // The refitted model, committed as it is, is the same integers.
        let data = case_file(CASE, "train.csv");
        let arguments =
            ["commit", "--model", path.to_str().unwrap(), "--data", data.to_str().unwrap()];
        place.run(&[&arguments[..], &["--method", "tracin", "--out", "again"]].concat()).done();
        let model =
            |name: &str| place.read_json(&format!("{name}/private/case.json"))["model"].clone();
        assert_eq!(model("again"), model("case"));
    }
}
