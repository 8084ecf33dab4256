//! Registrations that their maker forged: equations alone accept them, `check` finds each, and the pin refuses it.
//!
//! A verifier that knows nothing but a registration cannot tell any of these from an honest one. Each test is named after
//! what the forger gains.

#[cfg(test)]
mod command;
#[cfg(test)]
mod forgery;

#[cfg(test)]
mod tests {
    use super::command::{Place, case_file};
    use super::forgery::{Rubber, rubber_stamp};
    use serde_json::{Value, json};
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::sync::OnceLock;
    use std::time::SystemTime;
    use tribute::case::{Case, read_registration};
    use tribute::check::{Checked, check};
    use tribute::files::Existing;
    use tribute::progress::Unobserved;
    use tribute::srs::Srs;
    use tribute_verifier::certificate::Limits;
    use tribute_verifier::policy::{Policy, Trust};
    use tribute_verifier::registration::Registration;
    use tribute_verifier::verify::verify;

    const CASE: &str = "digits_lr_n200";
    const ACCEPT: [&str; 3] = ["--unsafe-dev-srs", "--max-distance", "100"];

    /// An honest case with a proven table and a proof, whose owner's machine pinned it, and its SRS in `dev.srs`.
    fn honest() -> &'static Place {
        static HONEST: OnceLock<Place> = OnceLock::new();
        HONEST.get_or_init(|| {
            let place = Place::new();
            let srs = Srs::generate_unsafe_dev(14).unwrap();
            srs.write(&place.path("dev.srs"), Existing::Refuse).unwrap();
            let text = fs::read_to_string(case_file(CASE, "train.csv")).unwrap();
            let rows: Vec<&str> = text.lines().take(9).collect();
            place.write("train.csv", rows.join("\n"));
            let file = |name| case_file(CASE, name).to_str().unwrap().to_owned();
            let (model, contributors) = (file("model.onnx"), file("contributors.csv"));
            let commit = ["commit", "--model", &model, "--data", "train.csv", "--out", "case"];
            let more = ["--contributors", &contributors, "--method", "tracin"];
            place.run(&[&commit[..], &more].concat()).done();
            place.run(&["setup", "--case", "case", "--srs", "dev.srs"]).done();
            place.run(&["index", "--case", "case", "--srs", "dev.srs"]).done();
            let queries = file("queries.csv");
            let prove = ["prove", "--case", "case", "--input", &queries, "--row", "0"];
            place.run(&[&prove[..], &["--out", "proof.json"]].concat()).done();
            place
        })
    }

    fn registration() -> Registration {
        read_registration(&honest().path("case/registration.json")).unwrap()
    }

    fn srs() -> Srs {
        Srs::read(&honest().path("dev.srs")).unwrap()
    }

    fn accepting() -> Policy {
        Policy::equations_alone(Limits::NONE)
    }

    fn checked(registration: &Registration) -> Checked {
        check(registration, &srs(), &accepting(), &Unobserved).unwrap()
    }

    /// `check` finds it by this name and pins nothing; every verifier refuses it where the honest one is pinned.
    fn found(name: &str, forged: &Registration, expected: &str) -> String {
        let findings = checked(forged).findings();
        let (_, reason) = findings
            .iter()
            .find(|(check, _)| *check == expected)
            .unwrap_or_else(|| panic!("{expected} in {findings:?}"));
        let place = honest();
        place.write(name, serde_json::to_vec(forged).unwrap());
        let arguments = ["check", name, "--srs", "dev.srs"];
        let said = place.run(&[&arguments[..], &ACCEPT].concat()).refused();
        assert!(said.starts_with("NOT PINNED") && said.contains(expected), "{said}");
        let digest = forged.digest().unwrap().to_string();
        assert!(!place.run(&["pins", "list"]).done().contains(&digest));

        let verify = ["verify", "--registration", name, "--proof", "proof.json"];
        let arguments = [&verify[..], &ACCEPT].concat();
        assert!(place.run(&arguments).refused().contains("registration-unchecked"));
        let output = tribute_verify(&[&verify[1..], &ACCEPT].concat());
        assert!(
            output.0 == 1 && output.1.contains("tribute check registration.json"),
            "{output:?}"
        );
        reason.clone()
    }

    /// When a file below a folder was changed last.
    fn newest(folder: &Path) -> SystemTime {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let changed = entries.map(|path| match path.is_dir() {
            true => newest(&path),
            false => path.metadata().unwrap().modified().unwrap(),
        });
        changed.max().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// The other verifier, built where it is missing or older than its source, with the pins of the honest owner.
    fn tribute_verify(arguments: &[&str]) -> (i32, String) {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_tribute")).with_file_name("tribute-verify");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../verifier/src");
        let built = program.metadata().and_then(|metadata| metadata.modified());
        if built.map_or(true, |built| built < newest(&sources)) {
            let release = program.parent().is_some_and(|folder| folder.ends_with("release"));
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "-p", "tribute-verifier"]).args(release.then_some("--release"));
            assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
        }
        let mut command = honest().command_of(&program);
        let output = command.args(arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    #[test]
    fn an_honest_registration_is_checked_pinned_and_verified_with_one_more_command() {
        let place = honest();
        let buyer = Place::new();
        for name in ["case/registration.json", "proof.json", "dev.srs"] {
            let own = name.rsplit('/').next().unwrap();
            fs::copy(place.path(name), buyer.path(own)).unwrap();
        }
        let verify = ["verify", "--registration", "registration.json", "--proof", "proof.json"];
        let verify = [&verify[..], &ACCEPT].concat();
        let said = buyer.run(&verify).refused();
        assert!(said.contains("run `tribute check registration.json --srs FILE`"), "{said}");
        let check = ["check", "registration.json", "--srs", "dev.srs"];
        let said = buyer.run(&check).refused();
        assert!(said.contains("development-srs"), "{said}");
        let check = [&check[..], &ACCEPT].concat();
        let said = buyer.run(&check).done();
        for part in ["CHECKED and pinned", "contributors", "UNSAFE", "worry", "proof under it"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        let value = buyer.run(&[&check[..], &["--json"]].concat()).json();
        assert_eq!((&value["accepted"], &value["findings"]), (&json!(true), &json!([])));
        let digest = registration().digest().unwrap().to_string();
        assert_eq!(value["registration_digest"], json!(digest));
        let said = buyer.run(&verify).done();
        assert!(said.starts_with("ACCEPTED") && said.contains(&digest), "{said}");
        assert_eq!(buyer.run(&["pins", "list"]).done().lines().count(), 1);
        buyer.run(&["pins", "remove", &digest]).done();
        buyer.run(&verify).refused();
        let given = [&verify[..], &["--registration-digest", &digest]].concat();
        assert!(buyer.run(&given).done().contains("its digest was given"));
        let unchecked = [&verify[..], &["--unchecked"]].concat();
        assert!(buyer.run(&unchecked).done().contains("UNCHECKED"));
        // Another model than the one that was promised is not even looked at.
        let model = format!("0x{:064x}", 5);
        let other = [&check[..], &["--expect-model", &model]].concat();
        assert!(buyer.run(&other).refused().contains("expected-model"));
    }

    /// Whose binding plan accepts everything answers with any model and pays by any table, under honest digests.
    #[test]
    fn a_rubber_stamp_binding_plan_beside_honest_plans_answers_with_another_model() {
        let honest = registration();
        let case = Case::load(&self::honest().path("case")).unwrap();
        let Rubber { binding, proof, honest_logits } = rubber_stamp(&case, &honest, &srs());
        let forged = Registration { binding, ..honest.clone() };
        assert_ne!(proof.statement.logits, honest_logits, "the other model says the same");
        // All that a verifier without a pin can see: it accepts, and names the honest plan and subject.
        let verdict = verify(&forged, &proof, &accepting()).unwrap();
        assert!(verdict.basis.table_proven_from_rows);
        assert_eq!(verdict.basis.plan_digests.inference.0, honest.plan.digest().unwrap());
        assert_eq!(verdict.model_commitment, honest.subject.model_commitment);
        let pinned =
            Policy { trust: Trust::Pinned([honest.digest().unwrap()].into()), ..accepting() };
        let refusal = verify(&forged, &proof, &pinned).unwrap_err();
        assert_eq!(refusal.check(), "registration-unchecked");
        let reason = found("rubber.json", &forged, "binding-plan-differs");
        assert!(reason.contains("gates"), "{reason}");
    }

    /// Who knows the secret of an SRS needs no witness; the plans are honest but for three points.
    #[test]
    fn an_own_srs_lets_its_maker_prove_anything() {
        let place = Place::new();
        let from = honest().path("case");
        copy(&from, &place.path("case"));
        fs::remove_file(place.path("case/registration.json")).unwrap();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        let forged = read_registration(&place.path("case/registration.json")).unwrap();
        assert_eq!(forged.subject, registration().subject);
        let reason = found("own-srs.json", &forged, "plan-differs");
        assert!(reason.contains("another SRS"), "{reason}");
        // One of the three plans is enough.
        let own = forged.plan.srs.clone();
        let mut forged = registration();
        forged.index.as_mut().unwrap().plan.srs = own;
        let reason = found("own-index-srs.json", &forged, "index-plan-differs");
        assert!(reason.contains("another SRS"), "{reason}");
    }

    /// One fixed column of the forger's choice switches off what it selects.
    #[test]
    fn one_changed_fixed_commitment_switches_a_constraint_off() {
        type Edit = fn(&mut Registration);
        let edits: [(&str, Edit); 3] = [
            ("plan-differs", |r| r.plan.fixed_commitments[1] = r.plan.fixed_commitments[0]),
            ("binding-plan-differs", |r| {
                let commitments = &mut r.binding.plan.fixed_commitments;
                commitments[1] = commitments[0];
            }),
            ("index-plan-differs", |r| {
                let commitments = &mut r.index.as_mut().unwrap().plan.fixed_commitments;
                commitments[1] = commitments[0];
            }),
        ];
        for (expected, edit) in edits {
            let mut forged = registration();
            edit(&mut forged);
            assert!(forged.check().is_ok(), "{expected}");
            let reason = found("one-column.json", &forged, expected);
            assert!(reason.contains("fixed_commitments[1]"), "{reason}");
        }
    }

    /// The equations of one circuit under the description of another.
    #[test]
    fn a_hybrid_of_two_plans_pays_by_another_method_than_it_names() {
        let place = Place::new();
        place.commit(CASE, &["--method", "representer"]).done();
        let srs = honest().path("dev.srs");
        let setup = ["setup", "--case", "case", "--srs", srs.to_str().unwrap()];
        place.run(&setup).done();
        let other = read_registration(&place.path("case/registration.json")).unwrap();
        let mut forged = registration();
        let described = forged.plan.circuit.clone();
        forged.plan = other.plan;
        forged.plan.circuit = described;
        let reason = found("hybrid.json", &forged, "plan-differs");
        assert!(reason.contains("differs in"), "{reason}");
    }

    #[test]
    fn an_srs_that_is_too_small_is_an_error_and_no_finding() {
        let place = honest();
        Srs::generate_unsafe_dev(4)
            .unwrap()
            .write(&place.path("small.srs"), Existing::Replace)
            .unwrap();
        let arguments = ["check", "case/registration.json", "--srs", "small.srs"];
        let said = place.run(&[&arguments[..], &ACCEPT].concat()).unusable();
        assert!(said.contains("needs an SRS with k = "), "{said}");
    }

    /// Both verifiers say the same of every claim, byte for byte.
    #[test]
    fn both_verifiers_write_one_json() {
        let place = honest();
        place.run(&["inclusion", "--case", "case", "--row", "3", "--out", "row.json"]).done();
        let base = ["--registration", "case/registration.json", "--json"];
        let proof = ["--proof", "proof.json"];
        let nothing: [&str; 0] = [];
        let cases: [(&[&str], &[&str], i32); 6] = [
            (&proof, &ACCEPT, 0),
            (&proof, &ACCEPT[..1], 0), // no optimum is assumed, so no distance is limited
            (&proof, &nothing, 1),
            (&nothing, &ACCEPT, 0),
            (&proof, &["--unchecked", "--unsafe-dev-srs", "--any-context"], 0),
            (&proof, &["--registration-digest", &format!("0x{:064x}", 1)], 1),
        ];
        for (what, accept, code) in cases {
            let arguments = [&base[..], what, accept].concat();
            let one = place.run(&[&["verify"][..], &arguments].concat());
            let (status, other) = tribute_verify(&arguments);
            assert_eq!((one.status, status), (code, code), "{arguments:?} {}", one.stdout);
            assert_eq!(one.stdout, other, "{arguments:?}");
            let value: Value = serde_json::from_str(&other).unwrap();
            for key in ["accepted", "claim", "check", "reason", "registration_digest"] {
                assert!(value.get(key).is_some(), "{key} in {other}");
            }
        }
        let one = place.run(&["verify-inclusion", "row.json", base[0], base[1], "--json"]);
        let (status, other) = tribute_verify(&[&base[..], &["--inclusion", "row.json"]].concat());
        assert_eq!((one.status, status), (0, 0), "{} {other}", one.stdout);
        assert_eq!(one.stdout, other);
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let (path, target) = {
                let entry = entry.unwrap();
                (entry.path(), to.join(entry.file_name()))
            };
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(&path, &target).unwrap();
            }
        }
    }
}
