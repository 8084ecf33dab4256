//! What equations cannot show: a registration that nobody checked, a ceremony that nobody knows, a table that nobody
//! proved, a request that nobody asked. Each is refused unless it is named, by the library and by the command.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use serde_json::Value;
    use tempfile::TempDir;

    use tribute_verifier::certificate::Limits;
    use tribute_verifier::digest::Digest;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::inclusion::InclusionFile;
    use tribute_verifier::index_proof::IndexProof;
    use tribute_verifier::pins::Pin;
    use tribute_verifier::plan::Plan;
    use tribute_verifier::policy::{Contexts, Policy, Trust, TrustedBy};
    use tribute_verifier::proof_file::ProofFile;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::verify::{verify, verify_index};

    const REGISTRATION: &[u8] = include_bytes!("fixtures/registration.json");
    const PROOF: &[u8] = include_bytes!("fixtures/proof.json");

    fn stored() -> (Registration, ProofFile) {
        let mut registration = Registration::from_json(REGISTRATION).unwrap();
        let index = IndexProof::from_json(include_bytes!("fixtures/index.json")).unwrap();
        registration.index = Some(index);
        (registration, ProofFile::from_json(PROOF).unwrap())
    }

    /// The least that the stored files must be granted, with their digest given.
    fn granted(registration: &Registration, proof: &ProofFile) -> Policy {
        Policy {
            trust: Trust::Digest(registration.digest().unwrap()),
            development_srs: true,
            contexts: Contexts::Expected(vec![proof.statement.context]),
            ..Policy::default()
        }
    }

    fn refused(registration: &Registration, proof: &ProofFile, policy: &Policy) -> &'static str {
        verify(registration, proof, policy).unwrap_err().check()
    }

    #[test]
    fn the_default_refuses_a_registration_that_nobody_checked() {
        let (registration, proof) = stored();
        assert_eq!(refused(&registration, &proof, &Policy::default()), "registration-unchecked");
        let refusal = verify(&registration, &proof, &Policy::default()).unwrap_err().to_string();
        assert!(refusal.contains("tribute check registration.json --srs FILE"), "{refusal}");
        let refusal = verify_index(&registration, &Policy::default()).unwrap_err();
        assert_eq!(refusal.check(), "registration-unchecked");
    }

    #[test]
    fn every_reservation_is_one_of_its_own() {
        let (registration, proof) = stored();
        let granted = granted(&registration, &proof);
        let verdict = verify(&registration, &proof, &granted).unwrap();
        assert_eq!(verdict.basis.trusted.registration_trust, TrustedBy::Given);
        let without = |policy: Policy| refused(&registration, &proof, &policy);
        let trust = Trust::default();
        assert_eq!(without(Policy { trust, ..granted.clone() }), "registration-unchecked");
        assert_eq!(
            without(Policy { development_srs: false, ..granted.clone() }),
            "development-srs"
        );
        let contexts = Contexts::Zero;
        assert_eq!(without(Policy { contexts, ..granted.clone() }), "context");
        let model = Some(FieldElement::from_u128(5));
        assert_eq!(without(Policy { model, ..granted.clone() }), "expected-model");
        let model = Some(proof.statement.model_commitment);
        assert!(verify(&registration, &proof, &Policy { model, ..granted.clone() }).is_ok());
        let mut unproven = registration.clone();
        unproven.index = None;
        let trust = Trust::Digest(unproven.digest().unwrap());
        let policy = Policy { trust, ..granted };
        assert_eq!(refused(&unproven, &proof, &policy), "table-unproven");
        assert!(verify(&unproven, &proof, &Policy { unproven_table: true, ..policy }).is_ok());
    }

    #[test]
    fn a_pin_is_of_one_registration_and_no_other() {
        let (registration, proof) = stored();
        let digest = registration.digest().unwrap();
        let pinned = |digest| Policy {
            trust: Trust::Pinned(BTreeSet::from([digest])),
            ..granted(&registration, &proof)
        };
        let verdict = verify(&registration, &proof, &pinned(digest)).unwrap();
        assert_eq!(verdict.basis.trusted.registration_trust, TrustedBy::Pinned);
        assert_eq!(verdict.basis.trusted.registration_digest, digest);
        let other = Digest::of(&[b"another"]);
        assert_eq!(refused(&registration, &proof, &pinned(other)), "registration-unchecked");
        let given = Policy { trust: Trust::Digest(other), ..pinned(digest) };
        assert_eq!(refused(&registration, &proof, &given), "registration-digest");
    }

    /// The attacker edits what the pin is of: any part of any plan, the subject, or the proofs in it.
    #[test]
    fn an_attacker_who_edits_any_part_of_a_pinned_registration_is_refused_by_the_pin() {
        let (registration, proof) = stored();
        let trust = Trust::Pinned(BTreeSet::from([registration.digest().unwrap()]));
        let policy = Policy { trust, ..granted(&registration, &proof) };
        let plan = |edit: fn(&mut Plan)| {
            let (mut a, mut b, mut c) =
                (registration.clone(), registration.clone(), registration.clone());
            edit(&mut a.plan);
            edit(&mut b.binding.plan);
            edit(&mut c.index.as_mut().unwrap().plan);
            [a, b, c]
        };
        let mut edited: Vec<Registration> = Vec::new();
        edited.extend(plan(|plan| drop(plan.gates.pop())));
        edited.extend(plan(|plan| plan.fixed_commitments[0] = plan.srs.g1));
        edited.extend(plan(|plan| plan.k += 1));
        edited.extend(plan(|plan| plan.srs.s_g2 = plan.srs.g2));
        let mut other = registration.clone();
        other.subject.payees[0].name.push('x');
        edited.push(other);
        let mut other = registration.clone();
        other.binding.proof[7] ^= 1;
        edited.push(other);
        let mut other = registration.clone();
        other.index = None;
        edited.push(other);
        for (number, edited) in edited.iter().enumerate() {
            let check = refused(edited, &proof, &policy);
            assert_eq!(check, "registration-unchecked", "edit {number}");
            assert!(verify_index(edited, &policy).is_err(), "edit {number}");
        }
    }

    #[test]
    fn a_row_is_registered_nowhere_but_in_a_trusted_registration() {
        let (registration, _) = stored();
        let path = [[FieldElement::ZERO; 8]; 7];
        let row: Value = serde_json::json!({
            "format": "tribute/inclusion/1", "dataset_root": registration.subject.header.dataset_root,
            "rows": 200, "row": 0, "owner": { "place": 0, "name": "ada",
            "address": "0x00000000000000000000000000000000000000aa" }, "label": 0, "features": [0],
            "salt": FieldElement::ZERO, "path": path,
            "counts": { "admission": "unique", "owner_rows": 1, "owner_admitted": 1 }
        });
        let row = InclusionFile::from_json(row.to_string().as_bytes()).unwrap();
        let refusal = row.verify(&registration, &Policy::default()).unwrap_err();
        assert_eq!(refusal.check(), "registration-unchecked");
        let lenient = Policy::equations_alone(Limits::default());
        assert_ne!(row.verify(&registration, &lenient).unwrap_err().check(), refusal.check());
    }

    #[test]
    fn unchecked_is_said_in_the_verdict() {
        let (registration, proof) = stored();
        let policy = Policy::equations_alone(Limits::default());
        let verdict = verify(&registration, &proof, &policy).unwrap();
        assert!(verdict.to_string().contains("UNCHECKED: its plans may be anybody's"));
        let text = serde_json::to_value(&verdict).unwrap();
        assert_eq!(text["registration_trust"], "unchecked");
        for key in ["registration_digest", "unsafe_srs", "lambda", "eta", "shares"] {
            assert!(!text[key].is_null(), "{key}");
        }
        for plan in ["inference", "binding", "index"] {
            assert!(text["plan_digests"][plan].as_str().unwrap().starts_with("0x"), "{plan}");
        }
        assert!(text["head_distance_bound"].as_str().unwrap().contains('.'));
        assert!(text["limits"]["distance"].as_str().unwrap().starts_with("0.25"));
        assert_eq!(text["shares"][0]["name"], registration.subject.payees[0].name.as_str());
    }

    #[test]
    fn the_digest_is_of_what_a_file_holds_and_not_of_its_layout() {
        let value: Value = serde_json::from_slice(REGISTRATION).unwrap();
        let short = Registration::from_json(value.to_string().as_bytes()).unwrap();
        let long = Registration::from_json(REGISTRATION).unwrap();
        assert_eq!(short.digest().unwrap(), long.digest().unwrap());
    }

    /// Vectors of the independent encoder, which are made anew with the stored files.
    #[test]
    fn the_digests_are_those_of_the_encoder() {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("vectors/registrations.json")).unwrap();
        let alone = Registration::from_json(REGISTRATION).unwrap();
        let batch = include_bytes!("fixtures/batch_registration.json");
        let batch = Registration::from_json(batch).unwrap();
        let expected = [("registration", alone), ("registration with index", stored().0)];
        let expected = expected.into_iter().chain([("batch_registration", batch)]);
        assert_eq!(vectors.len(), 3);
        for (vector, (name, registration)) in vectors.iter().zip(expected) {
            assert_eq!(vector["name"], name);
            assert_eq!(vector["digest"], registration.digest().unwrap().to_string(), "{name}");
        }
    }

    /// A folder with the stored files, and a store of pins of its own.
    struct Desk(TempDir);

    impl Desk {
        fn new() -> Self {
            let desk = Self(TempDir::new().unwrap());
            let (registration, _) = stored();
            desk.put("registration.json", serde_json::to_vec(&registration).unwrap());
            desk.put("proof.json", PROOF);
            desk
        }

        fn path(&self) -> &Path {
            self.0.path()
        }

        fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
            fs::write(self.path().join(name), bytes).unwrap();
        }

        fn run(&self, more: &[&str]) -> (i32, String) {
            let output = Command::new(env!("CARGO_BIN_EXE_tribute-verify"))
                .args(["--registration", "registration.json", "--proof", "proof.json"])
                .args(more)
                .current_dir(self.path())
                .env("TRIBUTE_HOME", self.path())
                .output()
                .unwrap();
            let said = [output.stdout, output.stderr].concat();
            (output.status.code().unwrap(), String::from_utf8(said).unwrap())
        }
    }

    #[test]
    fn the_command_reads_the_store_and_refuses_what_it_does_not_hold() {
        let desk = Desk::new();
        let context = stored().1.statement.context.to_string();
        let arguments = ["--unsafe-dev-srs", "--context", &context];
        let (code, said) = desk.run(&arguments);
        assert!(code == 1 && said.contains("tribute check registration.json"), "{said}");
        let (registration, _) = stored();
        let pin = Pin {
            registration_digest: registration.digest().unwrap(),
            model_commitment: registration.subject.model_commitment,
            date: "2026-11-30".into(),
            how: "checked".into(),
        };
        desk.put("known_registrations", format!("{pin}\n"));
        let (code, said) = desk.run(&arguments);
        assert!(code == 0 && said.contains("checked here"), "{said}");
        let (code, said) = desk.run(&["--context", &context]);
        assert!(code == 1 && said.contains("--unsafe-dev-srs"), "{said}");
        let (code, said) = desk.run(&["--unsafe-dev-srs"]);
        assert!(code == 1 && said.contains("--any-context"), "{said}");
        assert_eq!(desk.run(&["--unsafe-dev-srs", "--any-context"]).0, 0);
        let digest = pin.registration_digest.to_string();
        let other = Digest::of(&[]).to_string();
        for (name, value, expected) in [
            ("--registration-digest", &digest, 0),
            ("--expect-registration", &digest, 0),
            ("--registration-digest", &other, 1),
            ("--expect-registration", &other, 1),
            ("--expect-model", &pin.model_commitment.to_string(), 0),
            ("--expect-model", &context, 1),
        ] {
            let (code, said) = desk.run(&[&arguments[..], &[name, value]].concat());
            assert_eq!(code, expected, "{name} {value}: {said}");
        }
        let both = [&arguments[..], &["--unchecked", "--registration-digest", &digest]].concat();
        assert_eq!(desk.run(&both).0, 2);
        desk.put("known_registrations", format!("{pin}\nand more\n"));
        let (code, said) = desk.run(&arguments);
        assert!(code == 2 && said.contains("known_registrations: line 2 is no pin"), "{said}");
        let (code, said) = desk.run(&[&arguments[..], &["--unchecked"]].concat());
        assert!(code == 0 && said.contains("UNCHECKED"), "{said}");
    }

    #[test]
    fn swapped_files_are_told_so() {
        let desk = Desk::new();
        desk.put("registration.json", PROOF);
        let (code, said) = desk.run(&["--unchecked"]);
        assert!(code == 2 && said.contains("are --registration and --proof swapped?"), "{said}");
    }
}
