//! The index proof by the command: from a committed case to "table proven", and what is refused on the way.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use serde_json::{Value, json};
    use std::fs;
    use std::process::Stdio;
    use std::sync::OnceLock;
    use std::thread::sleep;
    use std::time::Duration;
    use tribute::case::read_registration;
    use tribute::files::Existing;
    use tribute::srs::Srs;
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::header::Header;
    use tribute_verifier::method::MethodId;
    use tribute_verifier::policy::Policy;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::verify_index;

    const CASE: &str = "digits_lr_n200";
    const VERIFY: [&str; 3] = ["verify", "--registration", "case/registration.json"];
    const INDEX: [&str; 4] = ["index", "--case", "case", "--unsafe-dev-srs"];

    /// Commits the first rows of the case and a repetition of the first, and sets up.
    fn committed(rows: usize, more: &[&str]) -> Place {
        repeating(1, rows, more)
    }

    /// The same with a repetition of another row.
    fn repeating(row: usize, rows: usize, more: &[&str]) -> Place {
        let place = Place::new();
        let text = fs::read_to_string(case_file(CASE, "train.csv")).unwrap();
        let mut lines: Vec<&str> = text.lines().take(rows).collect();
        lines.push(lines[row]);
        place.write("train.csv", lines.join("\n"));
        // Rows that nobody trained on, one of them a training row after all.
        let header = lines[0];
        let validation: Vec<&str> = text.lines().skip(100).take(3).collect();
        place.write("validation.csv", [&[header, lines[1]], &validation[..]].concat().join("\n"));
        let model = case_file(CASE, "model.onnx");
        let contributors = case_file(CASE, "contributors.csv");
        let arguments = ["commit", "--model", model.to_str().unwrap(), "--data", "train.csv"];
        let tail = ["--contributors", contributors.to_str().unwrap(), "--out", "case"];
        place.run(&[&arguments[..], &tail, more].concat()).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        place
    }

    /// A case of 12 rows, one of them a repetition, whose registration carries an index proof.
    fn proven() -> &'static Place {
        static PROVEN: OnceLock<Place> = OnceLock::new();
        PROVEN.get_or_init(|| {
            let place = committed(12, &["--refit-head", "--validation", "validation.csv"]);
            let srs = Srs::generate_unsafe_dev(14).unwrap();
            srs.write(&place.path("dev.srs"), Existing::Refuse).unwrap();
            place.run(&["setup", "--case", "case", "--srs", "dev.srs", "--force"]).done();
            let index = ["index", "--case", "case", "--srs", "dev.srs", "--json"];
            let made = place.run(&index).json();
            assert_eq!(made["table_proven_from_rows"], json!(true));
            assert_eq!(
                (&made["index"]["rows"], &made["index"]["admitted"]),
                (&json!(12), &json!(11))
            );
            place
        })
    }

    fn registration() -> Registration {
        read_registration(&proven().path("case/registration.json")).unwrap()
    }

    /// What `verify` says of an edited copy of the registration.
    fn refused(name: &str, edit: impl FnOnce(&mut Value)) -> String {
        let mut edited = proven().read_json("case/registration.json");
        edit(&mut edited);
        proven().write(name, edited.to_string());
        let said = proven().verify(&["verify", "--registration", name]).refused();
        assert!(said.starts_with("REJECTED"), "{said}");
        assert!(proven().run(&["inspect", name]).refused().contains("PROBLEM"), "{said}");
        said
    }

    #[test]
    fn a_table_is_proven_and_everybody_says_so() {
        let place = proven();
        let said = place.verify(&VERIFY).done();
        for part in [
            "ACCEPTED",
            "Table proven",
            "12 committed rows",
            "1 repeats",
            "of 4 validation rows, both chosen by the owner",
            "UNSAFE",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        let verdict = place.verify(&[&VERIFY[..], &["--json"]].concat()).json();
        assert_eq!(verdict["accepted"], json!(true));
        assert_eq!(verdict["unsafe_srs"], json!(true));
        assert!(verdict["head_distance_bound"].as_str().unwrap().starts_with("0."));

        let queries = case_file(CASE, "queries.csv");
        let query = ["--case", "case", "--input", queries.to_str().unwrap(), "--row", "0"];
        let shown = place.run(&[&["attribute", "--json"][..], &query].concat()).json();
        assert_eq!(shown["table_proven_from_rows"], json!(true));
        let made = [&["prove", "--out", "answer.json"][..], &query].concat();
        assert!(place.run(&made).done().contains("Table proven"));
        let proof = [&VERIFY[..], &["--proof", "answer.json"]].concat();
        assert!(place.verify(&proof).done().contains("Table proven"));
        let verdict = place.verify(&[&proof[..], &["--json"]].concat()).json();
        assert_eq!(verdict["table_proven_from_rows"], json!(true));
        assert_eq!(verdict["index"]["rows"], json!(12));

        let said = place.run(&["inspect", "case/registration.json"]).done();
        for part in
            ["11 rows take part, 1 repeat", "group-newton", "slack", "proven", "Table proven"]
        {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains("not proven"), "{said}");
    }

    #[test]
    fn a_proof_is_replaced_only_when_asked_and_survives_setup() {
        let place = committed(8, &["--method", "tracin"]);
        let said = place.verify(&VERIFY).unusable();
        assert!(said.contains("no index proof"), "{said}");
        assert!(place.run(&["inspect", "case/registration.json"]).done().contains("not proven"));
        let srs = place.path("dev.srs");
        Srs::generate_unsafe_dev(14).unwrap().write(&srs, Existing::Refuse).unwrap();
        let index = ["index", "--case", "case", "--srs", "dev.srs", "--json"];
        assert!(place.run(&index[..5]).unusable().contains("another SRS"));
        let setup = ["setup", "--case", "case", "--srs", "dev.srs", "--force"];
        place.run(&setup).done();
        // The refused run made no keys.
        assert_eq!(place.run(&index).json()["key_was_cached"], json!(false));
        assert!(place.run(&index).status == 2);
        let again = place.run(&[&index[..], &["--force"]].concat()).json();
        assert_eq!(again["key_was_cached"], json!(true));
        place.run(&setup).done();
        place.verify(&[&VERIFY[..], &["--max-distance", "100"]].concat()).done();
        let inspect = ["inspect", "case/registration.json", "--srs", "dev.srs"];
        let said = place.run(&inspect).done();
        assert!(said.contains("the plan of the index proof was made anew"), "{said}");
        // Equations of another number of rows under the same description.
        let mut edited = place.read_json("case/registration.json");
        edited["index"]["plan"]["fixed_commitments"].as_array_mut().unwrap().swap(0, 1);
        place.write("edited.json", edited.to_string());
        let said = place.run(&["inspect", "edited.json", "--srs", "dev.srs"]).refused();
        assert!(
            said.contains("the plan of the index proof is not the one")
                && said.contains("fixed_commitments[0]"),
            "{said}"
        );
        // What cannot be kept is said to be gone.
        let kept = place.run(&[&setup[..], &["--json"]].concat()).json();
        assert_eq!(kept["index_proof_dropped"], json!(null));
        let said = place.run(&["setup", "--case", "case", "--unsafe-dev-srs", "--force"]).done();
        assert!(said.contains("index proof    that of the former registration is not"), "{said}");
        assert!(said.contains("Next: tribute index"), "{said}");
    }

    #[test]
    fn a_proof_in_a_file_of_its_own_is_verified_with_the_registration() {
        let place = committed(8, &["--method", "influence", "--refit-head"]);
        let out = ["--out", "index.json"];
        place.run(&[&INDEX[..], &out].concat()).done();
        place.run(&[&INDEX[..], &out].concat()).unusable();
        place.verify(&VERIFY).unusable();
        let verify = [&VERIFY[..], &["--index", "index.json"]].concat();
        assert!(place.verify(&verify).done().contains("Table proven"));
        let said = place.run(&["inspect", "index.json"]).done();
        assert!(
            said.contains("An index proof") && said.contains("influence over 8 rows"),
            "{said}"
        );
        // It is the proof of nobody else's table.
        let other = proven().path("case/registration.json");
        let foreign =
            ["verify", "--registration", other.to_str().unwrap(), "--index", "index.json"];
        assert!(place.verify(&foreign).refused().contains("index-srs"));
        fs::write(place.path("index.json"), "{\"format\":\"tribute/index-proof/2\"}").unwrap();
        place.verify(&verify).unusable();
    }

    #[test]
    fn limits_are_stated_by_the_verifier() {
        let at = |limit: &str| proven().verify(&[&VERIFY[..], &["--max-distance", limit]].concat());
        at("5").done();
        let said = at("0").refused();
        assert!(said.contains("failed check: head-distance"), "{said}");
        at("-1").unusable();
        at("far").unusable();
    }

    #[test]
    fn an_edited_registration_is_refused() {
        let said = refused("rows.json", |r| {
            r["index"]["plan"]["circuit"]["rows"] = json!(13);
        });
        assert!(said.contains("index-rows"), "{said}");
        let said = refused("method.json", |r| {
            r["index"]["plan"]["circuit"]["method"] = json!("influence");
        });
        assert!(said.contains("index-method"), "{said}");
        let said = refused("epsilon.json", |r| r["subject"]["header"]["epsilon"] = json!("1"));
        assert!(said.contains("failed check: subject"), "{said}");
        let said = refused("proof.json", |r| {
            let mut proof = r["index"]["proof"].as_str().unwrap().to_owned();
            let last = if proof.ends_with('0') { "1" } else { "0" };
            proof.replace_range(proof.len() - 1.., last);
            r["index"]["proof"] = json!(proof);
        });
        assert!(said.contains("index-proof"), "{said}");
        let inference = proven().read_json("case/registration.json")["plan"].clone();
        let said = refused("plan.json", |r| r["index"]["plan"] = inference);
        assert!(said.contains("index-claim"), "{said}");
        let mut malformed = proven().read_json("case/registration.json");
        malformed["index"]["note"] = json!(1);
        proven().write("malformed.json", malformed.to_string());
        proven().verify(&["verify", "--registration", "malformed.json"]).unusable();
    }

    /// Whoever recomputes the commitments of an edited header meets the equations.
    #[test]
    fn another_header_is_not_the_proven_one() {
        let check = |edit: fn(&mut Header)| {
            let mut registration = registration();
            let Subject { mut header, table_commitment, payees, .. } = registration.subject;
            edit(&mut header);
            registration.subject = Subject::new(header, table_commitment, payees).unwrap();
            let policy = Policy::equations_alone(Limits::NONE);
            verify_index(&registration, &policy).unwrap_err().check()
        };
        assert_eq!(check(|header| header.epsilon -= 1), "index-proof");
        assert_eq!(check(|header| header.epsilon += 1), "index-proof");
        assert_eq!(check(|header| header.norm_sum -= 1), "index-proof");
        assert_eq!(check(|header| header.admitted = 12), "index-proof");
        assert_eq!(check(|header| header.admitted = 10), "index-proof");
        assert_eq!(check(|header| header.lam += 1), "index-proof");
        assert_eq!(check(|header| header.head_norm += 1), "index-proof");
        assert_eq!(check(|header| header.right -= 1), "index-proof");
        assert_eq!(check(|header| header.validation_right -= 1), "index-proof");
        assert_eq!(check(|header| header.validation += 1), "index-validation");
        assert_eq!(check(|header| header.eta -= 1), "index-eta");
        assert_eq!(check(|header| (header.rows, header.right) = (11, 5)), "index-rows");
        assert_eq!(check(|header| header.method = MethodId::Influence), "index-method");
        assert_eq!(check(|header| header.dataset_root = FieldElement::from_u128(5)), "index-proof");
        assert_eq!(
            check(|header| header.model_commitment = FieldElement::from_u128(5)),
            "index-proof"
        );
    }

    #[test]
    fn a_lambda_that_outweighs_the_rows_is_refused_at_once() {
        let place = Place::new();
        let [model, data] = ["model.onnx", "train.csv"].map(|file| case_file(CASE, file));
        let arguments = ["commit", "--model", model.to_str().unwrap(), "--out", "case", "--data"];
        let arguments = [&arguments[..], &[data.to_str().unwrap(), "--lam-n", "201"]].concat();
        let said = place.run(&arguments).unusable();
        assert!(said.contains("takes at most 51200 / 256"), "{said}");
        // A method without an optimum uses no lambda.
        place.run(&[&arguments[..], &["--method", "tracin"]].concat()).done();
    }

    /// Other rows of the same shape are proven under the same plan, and it is not this table's proof.
    #[test]
    fn the_proof_of_another_dataset_is_refused() {
        let other = repeating(2, 12, &["--refit-head", "--validation", "validation.csv"]);
        fs::copy(proven().path("dev.srs"), other.path("dev.srs")).unwrap();
        other.run(&["setup", "--case", "case", "--srs", "dev.srs", "--force"]).done();
        other.run(&["index", "--case", "case", "--srs", "dev.srs"]).done();
        let other = other.read_json("case/registration.json");
        let own = proven().read_json("case/registration.json");
        assert_eq!(other["index"]["plan"], own["index"]["plan"], "one shape, one plan");
        let said = refused("foreign.json", |r| r["index"] = other["index"].clone());
        assert!(said.contains("failed check: index-proof"), "{said}");
    }

    #[test]
    fn an_interrupted_run_leaves_the_registration_as_it_was() {
        let place = committed(8, &["--method", "tracin"]);
        let before = place.listing();
        let bytes = fs::read(place.path("case/registration.json")).unwrap();
        for wait in [50, 300, 900] {
            let mut child = place
                .command()
                .args(INDEX)
                .args(["--out", "index.json"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            sleep(Duration::from_millis(wait));
            let pid = child.id().to_string();
            let _ = std::process::Command::new("kill").args(["-INT", &pid]).status();
            let finished = child.wait().unwrap().success();
            assert_eq!(fs::read(place.path("case/registration.json")).unwrap(), bytes);
            if finished {
                fs::remove_file(place.path("index.json")).unwrap();
            }
            assert_eq!(place.listing(), before, "after {wait} ms");
        }
    }

    #[test]
    fn a_case_without_setup_or_with_other_rows_is_told_so() {
        let place = committed(8, &["--method", "tracin"]);
        let mut private = place.read_json("case/private/case.json");
        let label = private["rows"]["labels"][3].as_u64().unwrap();
        private["rows"]["labels"][3] = json!((label + 1) % 10);
        place.write("case/private/case.json", private.to_string());
        assert!(place.run(&INDEX).refused().contains("rows in private/case.json are not those"));
        fs::remove_file(place.path("case/registration.json")).unwrap();
        assert!(place.run(&INDEX).unusable().contains("tribute setup"));
        place.run(&["index", "--case", "case"]).unusable();
    }
}
