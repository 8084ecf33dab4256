//! What must not be accepted, and which check refuses it.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use rayon::prelude::*;
    use serde_json::{Value, json};
    use std::sync::OnceLock;
    use tribute::case::Case;
    use tribute::data::read_query;
    use tribute::progress::Unobserved;
    use tribute::prove::{Disclosure, ProveRequest, Prover};
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::link::LinkError;
    use tribute_verifier::plonk::PlonkError;
    use tribute_verifier::policy::Policy;
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::subject::Subject;
    use tribute_verifier::verify::{Refusal, verify};

    const CASE: &str = "digits_lr_n200";

    /// The check that must refuse, and an edit of a statement.
    type Edit = (&'static str, fn(&mut Value, &str));

    /// A case, a prover of it, and an accepted proof.
    struct Honest {
        place: Place,
        prover: Prover,
        request: ProveRequest,
        proof: ProofFile,
    }

    fn honest() -> &'static Honest {
        static HONEST: OnceLock<Honest> = OnceLock::new();
        HONEST.get_or_init(|| {
            let place = Place::new();
            place.commit(CASE, &["--method", "tracin"]).done();
            place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
            let case = Case::load(&place.path("case")).unwrap();
            let query = read_query(&case_file(CASE, "queries.csv"), 64, Some(0)).unwrap();
            let request = ProveRequest {
                input: query.features,
                salt: None,
                context: FieldElement::from_u128(7),
                disclosure: Disclosure::Shown,
            };
            let prover = Prover::open(case, &Unobserved).unwrap();
            let proof = prover.prove(&request, &Unobserved).unwrap();
            place.write("proof.json", serde_json::to_vec(&proof).unwrap());
            Honest { place, prover, request, proof }
        })
    }

    fn equations() -> Policy {
        Policy::equations_alone(Limits::default())
    }

    fn registration() -> &'static Registration {
        honest().prover.registration()
    }

    /// The check that refuses a proof file edited as JSON.
    fn check_of(edit: impl FnOnce(&mut Value)) -> &'static str {
        let mut value = json!(honest().proof);
        edit(&mut value);
        let proof = ProofFile::from_json(value.to_string().as_bytes()).unwrap();
        verify(registration(), &proof, &equations()).unwrap_err().check()
    }

    #[test]
    fn the_honest_proof_is_accepted() {
        verify(
            registration(),
            &honest().proof,
            &equations().for_request(FieldElement::from_u128(7)),
        )
        .unwrap();
    }

    #[test]
    fn every_field_of_the_statement_is_bound() {
        let other = "0x0000000000000000000000000000000000000000000000000000000000000005";
        let edits: [Edit; 16] = [
            ("method", |s, _| s["method"] = json!("influence")),
            ("proof", |s, other| s["context"] = json!(other)),
            ("model-commitment", |s, other| s["model_commitment"] = json!(other)),
            ("index-commitment", |s, other| s["index_commitment"] = json!(other)),
            ("input-opening", |s, other| s["input_commitment"] = json!(other)),
            ("input-opening", |s, _| s["input"][0] = json!(-5)),
            ("input-opening", |s, other| s["salt"] = json!(other)),
            ("input-without-salt", |s, _| drop(s.as_object_mut().unwrap().remove("salt"))),
            ("salt-without-input", |s, _| drop(s.as_object_mut().unwrap().remove("input"))),
            ("output-largest", |s, _| s["output"] = json!(3)),
            ("proof", |s, _| s["logits"][0] = json!(s["logits"][0].as_i64().unwrap() - 1)),
            ("contributor-name", |s, _| s["contributors"][0]["name"] = json!("mallory")),
            ("contributor-address", |s, _| {
                s["contributors"][0]["address"] =
                    json!("0x00000000000000000000000000000000000000ff");
            }),
            ("contributor-count", |s, _| drop(s["contributors"].as_array_mut().unwrap().pop())),
            ("proof", |s, _| {
                s["weights_ppm"][3] = json!(s["weights_ppm"][3].as_u64().unwrap() - 1);
                s["weights_ppm"][0] = json!(s["weights_ppm"][0].as_u64().unwrap() + 1);
            }),
            ("unattributed", |s, _| s["unattributed"] = json!(true)),
        ];
        for (number, (expected, edit)) in edits.into_iter().enumerate() {
            let check = check_of(|proof| edit(&mut proof["statement"], other));
            assert_eq!(check, expected, "edit {number}");
        }
        // The input commitment alone, once the opening no longer gives it away.
        let check = check_of(|proof| {
            let statement = proof["statement"].as_object_mut().unwrap();
            statement.remove("input");
            statement.remove("salt");
            statement["input_commitment"] = json!(other);
        });
        assert_eq!(check, "proof");
    }

    #[test]
    fn every_byte_of_the_proof_counts() {
        let proof = &honest().proof;
        let accepted: Vec<usize> = (0..proof.proof.len())
            .into_par_iter()
            .filter(|place| {
                let mut forged = proof.clone();
                forged.proof[*place] ^= 1 << (place % 8);
                verify(registration(), &forged, &equations()).is_ok()
            })
            .collect();
        assert_eq!(accepted, Vec::<usize>::new());
    }

    #[test]
    fn no_other_length_is_accepted() {
        let proof = &honest().proof;
        let length = proof.proof.len();
        let shorter = (0..length).step_by(32).chain([1, 31, 33, length - 1]);
        let mut lengths: Vec<usize> = shorter.collect();
        lengths.extend([length + 1, length + 31, length + 32, length + 64]);
        for length in lengths {
            let mut forged = proof.clone();
            forged.proof.resize(length, 0);
            let refusal = verify(registration(), &forged, &equations()).unwrap_err();
            assert!(matches!(refusal, Refusal::Proof(_)), "{length} bytes");
        }
    }

    #[test]
    fn another_context_is_refused() {
        let place = &honest().place;
        let arguments =
            ["verify", "--registration", "case/registration.json", "--proof", "proof.json"];
        place.verify(&arguments).done();
        let context = |last: &str| format!("0x{:0>64}", last);
        place.verify(&[&arguments[..], &["--context", &context("7")]].concat()).done();
        let said =
            place.verify(&[&arguments[..], &["--context", &context("8")]].concat()).refused();
        assert!(said.starts_with("REJECTED") && said.contains("failed check: context"), "{said}");
    }

    #[test]
    fn another_model_of_the_same_shape_is_refused() {
        let Honest { prover, request, .. } = honest();
        let Case { paths, mut private, subject, table, .. } = prover.case().clone();
        private.model.head[5] += 1;
        let mut header = subject.header.clone();
        header.model_commitment = private.model_commitment(&private.model().unwrap()).unwrap();
        let commitment = private.table_commitment(&table).unwrap();
        let other = Subject::new(header, commitment, subject.payees.clone()).unwrap();
        let (model_commitment, index_commitment) = (other.model_commitment, other.index_commitment);
        let case = Case::assemble(paths, private, other).unwrap();
        // Same shape, same keys: the equations hold for the other model, and say nothing of the registered one.
        let forged = prover.forge(&case, request).unwrap();
        let refusal = verify(registration(), &forged, &equations()).unwrap_err();
        assert!(
            matches!(refusal, Refusal::Proof(PlonkError::Link(LinkError::Equation))),
            "{refusal}"
        );
        assert_eq!(refusal.check(), "link");
        let mut honest = forged;
        honest.statement.model_commitment = model_commitment;
        assert_eq!(
            verify(registration(), &honest, &equations()).unwrap_err().check(),
            "model-commitment"
        );
        honest.statement.model_commitment = subject.model_commitment;
        honest.statement.index_commitment = index_commitment;
        assert_eq!(
            verify(registration(), &honest, &equations()).unwrap_err().check(),
            "index-commitment"
        );
    }

    #[test]
    fn a_registration_with_the_binding_proof_of_another_model_is_refused() {
        let place = &honest().place;
        let again = Place::new();
        again.commit(CASE, &["--method", "tracin"]).done();
        again.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        // Another SRS; and with the SRS made alike, another salt: the commitments are of no subject here.
        let other = again.read_json("case/registration.json");
        let mut mixed = json!(registration());
        mixed["binding"] = other["binding"].clone();
        place.write("mixed-binding.json", mixed.to_string());
        let arguments = ["verify", "--registration", "mixed-binding.json", "--proof", "proof.json"];
        let said = place.verify(&arguments).refused();
        assert!(said.contains("failed check: binding-layout"), "{said}");
        mixed = json!(registration());
        mixed["binding"]["proof"] = other["binding"]["proof"].clone();
        place.write("mixed-proof.json", mixed.to_string());
        let arguments = ["verify", "--registration", "mixed-proof.json", "--proof", "proof.json"];
        let said = place.verify(&arguments).refused();
        assert!(said.contains("failed check: binding-proof"), "{said}");
        assert!(place.run(&["inspect", "mixed-proof.json"]).refused().contains("binding proof"));
    }

    #[test]
    fn a_case_without_its_tails_does_not_prove() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        let queries = case_file(CASE, "queries.csv");
        let arguments = ["prove", "--case", "case", "--input", queries.to_str().unwrap()];
        let arguments = [&arguments[..], &["--row", "0", "--out", "p.json"]].concat();
        let names = std::fs::read_dir(place.path("case/private")).unwrap();
        let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let link = names.find(|name| name.starts_with("link-")).unwrap();
        let link = format!("case/private/{link}");
        let tails = place.read_json(&link);
        let mut foreign = tails.clone();
        foreign["proof"] = foreign["plan"].clone();
        place.write(&link, foreign.to_string());
        let said = place.run(&arguments).refused();
        assert!(said.contains("run `tribute setup --case case --force`"), "{said}");
        std::fs::remove_file(place.path(&link)).unwrap();
        let said = place.run(&arguments).unusable();
        assert!(said.contains("run `tribute setup --case case --force`"), "{said}");
        place.write(&link, tails.to_string());
        place.run(&arguments).done();
    }

    #[test]
    fn a_case_of_other_integers_does_not_prove() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        let queries = case_file(CASE, "queries.csv");
        let arguments = ["prove", "--case", "case", "--input", queries.to_str().unwrap()];
        let arguments = [&arguments[..], &["--row", "0", "--out", "p.json"]].concat();
        let honest = place.read_json("case/private/case.json");
        for (at, words) in
            [("/model/head/3", "the weights in"), ("/table/entries/5", "the table in")]
        {
            let mut edited = honest.clone();
            let value = edited.pointer_mut(at).unwrap();
            *value = match &*value {
                Value::String(text) => json!((text.parse::<i64>().unwrap() + 1).to_string()),
                number => json!(number.as_i64().unwrap() + 1),
            };
            place.write("case/private/case.json", edited.to_string());
            let said = place.run(&arguments).refused();
            assert!(said.contains(words), "{said}");
            assert!(!place.path("p.json").exists());
        }
        place.write("case/private/case.json", honest.to_string());
        place.run(&arguments).done();
    }

    #[test]
    fn a_registration_with_an_edited_subject_is_refused() {
        let place = &honest().place;
        let edits: [fn(&mut Value); 9] = [
            |s| s["payees"][0]["name"] = json!("mallory"),
            |s| s["payees"][0]["address"] = json!("0x00000000000000000000000000000000000000ff"),
            |s| s["payees"].as_array_mut().unwrap().swap(0, 1),
            |s| drop(s["payees"].as_array_mut().unwrap().pop()),
            |s| s["header"]["method"] = json!("representer"),
            |s| s["header"]["lam"] = json!(1),
            |s| s["header"]["rows"] = json!(201),
            |s| s["table_commitment"] = s["model_commitment"].clone(),
            |s| s["model_commitment"] = s["table_commitment"].clone(),
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut edited = place.read_json("case/registration.json");
            edit(&mut edited["subject"]);
            let name = format!("edited-{number}.json");
            place.write(&name, edited.to_string());
            let said = place
                .verify(&["verify", "--registration", &name, "--proof", "proof.json"])
                .refused();
            assert!(said.contains("REJECTED"), "edit {number}: {said}");
            assert!(place.run(&["inspect", &name]).refused().contains("PROBLEM"), "edit {number}");
        }
    }

    #[test]
    fn the_registration_of_another_shape_is_refused() {
        let place = Place::new();
        place.commit("digits_deep_n300", &["--method", "tracin"]).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        place.write("proof.json", serde_json::to_vec(&honest().proof).unwrap());
        let arguments =
            ["verify", "--registration", "case/registration.json", "--proof", "proof.json"];
        assert!(place.verify(&arguments).refused().contains("REJECTED"));
        // Its plan under our subject: the equations are of another circuit.
        let other = place.read_json("case/registration.json");
        let mut mixed = json!(registration());
        mixed["plan"] = other["plan"].clone();
        place.write("mixed.json", mixed.to_string());
        let arguments = ["verify", "--registration", "mixed.json", "--proof", "proof.json"];
        assert!(place.verify(&arguments).refused().contains("REJECTED"));
        // A case does not prove with a registration that is not its own.
        let case = Case::load(&honest().place.path("case")).unwrap();
        assert!(case.registration().is_ok());
        place.write("case/registration.json", json!(registration()).to_string());
        let queries = case_file("digits_deep_n300", "queries.csv");
        let arguments = ["prove", "--case", "case", "--input", queries.to_str().unwrap()];
        place.run(&[&arguments[..], &["--row", "0", "--out", "p.json"]].concat()).refused();
    }
}
