//! Output and exit code of `tribute-verify`, with honest, refused and hostile files.

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};
    use std::time::{Duration, Instant};

    use serde_json::Value;
    use tempfile::TempDir;

    const REGISTRATION: &str = include_str!("fixtures/registration.json");
    const PROOF: &str = include_str!("fixtures/proof.json");

    /// The stored files are of a development SRS, without an index proof, and checked by nobody.
    const RELAXED: [&str; 3] = ["--unchecked", "--unsafe-dev-srs", "--allow-unproven-table"];

    /// A folder with the stored files in it.
    struct Desk {
        folder: TempDir,
    }

    impl Desk {
        fn new() -> Self {
            let desk = Self { folder: TempDir::new().unwrap() };
            desk.put("registration.json", REGISTRATION);
            desk.put("proof.json", PROOF);
            desk
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn put(&self, name: &str, text: impl AsRef<[u8]>) {
            fs::write(self.path(name), text).unwrap();
        }

        fn run(&self, more: &[&str]) -> Output {
            run(&self.path("registration.json"), &self.path("proof.json"), more)
        }
    }

    fn run(registration: &Path, proof: &Path, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tribute-verify"))
            .arg("--registration")
            .arg(registration)
            .arg("--proof")
            .arg(proof)
            .args(RELAXED)
            .args(more)
            .output()
            .unwrap()
    }

    fn code(output: &Output) -> i32 {
        output.status.code().unwrap()
    }

    /// The only line on a stream, where the other is empty.
    fn line(on: &[u8], other: &[u8]) -> String {
        let text = String::from_utf8(on.to_vec()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(other.is_empty(), "{}", String::from_utf8_lossy(other));
        text.trim_end().to_owned()
    }

    fn verdict(output: &Output) -> String {
        line(&output.stdout, &output.stderr)
    }

    fn error(output: &Output) -> String {
        assert_eq!(code(output), 2, "{}", String::from_utf8_lossy(&output.stdout));
        line(&output.stderr, &output.stdout)
    }

    fn context() -> String {
        let proof: Value = serde_json::from_str(PROOF).unwrap();
        proof["statement"]["context"].as_str().unwrap().to_owned()
    }

    #[test]
    fn accepts_and_says_what() {
        let output = Desk::new().run(&["--context", &context()]);
        assert_eq!(code(&output), 0);
        let line = verdict(&output);
        assert!(line.starts_with("accepted: model 0x"), "{line}");
        for part in
            ["class 1", "group-newton", "table committed, not proven", "as expected", "UNSAFE"]
        {
            assert!(line.contains(part), "{part} in {line}");
        }
        let output = Desk::new().run(&["--json", "--any-context"]);
        assert_eq!(code(&output), 0);
        let json: Value = serde_json::from_str(&verdict(&output)).unwrap();
        assert_eq!(json["accepted"], true);
        assert_eq!(json["context"], context());
        assert_eq!(json["context_compared"], false);
        assert_eq!(json["unsafe_srs"], true);
        assert_eq!(json["table_proven_from_rows"], false);
        assert_eq!(json["index"], Value::Null);
    }

    #[test]
    fn verifies_a_registered_index_proof_alone_and_with_a_proof() {
        let desk = Desk::new();
        let index = |more: &[&str]| {
            Command::new(env!("CARGO_BIN_EXE_tribute-verify"))
                .arg("--registration")
                .arg(desk.path("registration.json"))
                .args(RELAXED)
                .args(more)
                .output()
                .unwrap()
        };
        assert!(error(&index(&[])).contains("index proof"));
        let mut registration: Value = serde_json::from_str(REGISTRATION).unwrap();
        registration["index"] = serde_json::from_str(include_str!("fixtures/index.json")).unwrap();
        desk.put("registration.json", registration.to_string());
        let output = index(&[]);
        assert_eq!(code(&output), 0);
        let line = verdict(&output);
        assert!(line.starts_with("accepted: table proven"), "{line}");
        assert!(line.contains("198 of 200") && line.contains("UNSAFE"), "{line}");
        assert!(verdict(&desk.run(&["--any-context"])).contains("table proven"));
        let output = index(&["--max-distance", "0", "--json"]);
        assert_eq!(code(&output), 1);
        let json: Value = serde_json::from_str(&verdict(&output)).unwrap();
        assert_eq!(json["check"], "head-distance");
        assert_eq!(code(&desk.run(&["--any-context", "--max-distance", "0.000001"])), 1);
        assert!(error(&index(&["--max-distance", "near"])).contains("max-distance"));
        registration["index"]["proof"] = "0x00".into();
        desk.put("registration.json", registration.to_string());
        let output = desk.run(&["--json", "--any-context"]);
        assert_eq!(code(&output), 1);
        let json: Value = serde_json::from_str(&verdict(&output)).unwrap();
        assert_eq!(json["check"], "index-proof");
    }

    const BATCH: &str = include_str!("fixtures/batch_proof.json");

    /// A folder with the stored batch in place of the single proof.
    fn batch_desk() -> Desk {
        let desk = Desk::new();
        desk.put("registration.json", include_str!("fixtures/batch_registration.json"));
        desk.put("proof.json", BATCH);
        desk
    }

    #[test]
    fn a_batch_is_told_by_its_format() {
        let desk = batch_desk();
        let output = desk.run(&["--any-context"]);
        assert_eq!(code(&output), 0);
        let line = verdict(&output);
        for part in ["answered 3 queries", "but for 1 answer", "contexts not compared", "UNSAFE"] {
            assert!(line.contains(part), "{part} in {line}");
        }
        let batch: Value = serde_json::from_str(BATCH).unwrap();
        let contexts: Vec<&str> = (0..3)
            .map(|query| batch["statement"]["queries"][query]["context"].as_str().unwrap())
            .collect();
        let [first, second, third] = contexts[..] else { panic!("{contexts:?}") };
        let given = |contexts: &[&str]| {
            let mut more = vec!["--json"];
            contexts.iter().for_each(|context| more.extend(["--context", *context]));
            let output = desk.run(&more);
            let json: Value = serde_json::from_str(&verdict(&output)).unwrap();
            (code(&output), json)
        };
        let (accepted, json) = given(&[first, second, third]);
        assert_eq!((accepted, &json["contexts_compared"]), (0, &true.into()));
        assert_eq!(json["queries"], 3);
        assert_eq!(json["unattributed"], 1);
        assert_eq!(json["answers"][2]["output"], 2);
        assert_eq!(json["answers"][1]["context"], second);
        assert_eq!(given(&[first, third, second]).1["check"], "context");
        assert_eq!(given(&[first, second]).1["check"], "context-count");
    }

    #[test]
    fn a_batch_and_a_single_proof_do_not_stand_for_each_other() {
        let refused = |desk: &Desk| {
            let output = desk.run(&["--json"]);
            assert_eq!(code(&output), 1);
            let json: Value = serde_json::from_str(&verdict(&output)).unwrap();
            json["check"].as_str().unwrap().to_owned()
        };
        let desk = batch_desk();
        desk.put("proof.json", PROOF);
        assert_eq!(refused(&desk), "plan-batch");
        let desk = Desk::new();
        desk.put("proof.json", BATCH);
        assert_eq!(refused(&desk), "plan-single");
    }

    #[test]
    fn refuses_with_the_check_named() {
        let zero = format!("0x{}", "0".repeat(64));
        let output = Desk::new().run(&["--context", &zero]);
        assert_eq!(code(&output), 1);
        assert!(verdict(&output).starts_with("refused: the proof answers another request"));

        let desk = Desk::new();
        desk.put("proof.json", PROOF.replace("123456", "123457").replace("876543", "876542"));
        let output = desk.run(&["--json", "--any-context"]);
        assert_eq!(code(&output), 1);
        let json: Value = serde_json::from_str(&verdict(&output)).unwrap();
        assert_eq!((&json["accepted"], &json["check"]), (&false.into(), &"proof".into()));
    }

    #[test]
    fn a_name_from_a_file_stays_on_its_line() {
        let desk = Desk::new();
        desk.put("proof.json", PROOF.replace("\"ada\"", r#""accepted:\n\u001b[2K\u202e""#));
        let output = desk.run(&[]);
        assert_eq!(code(&output), 1);
        let line = verdict(&output);
        assert!(line.starts_with("refused: ") && !line.contains('\u{1b}'), "{line:?}");
        assert!(!line.contains('\u{202e}'), "{line:?}");
    }

    #[test]
    fn files_that_are_not_what_they_should_be() {
        let desk = Desk::new();
        let deep = "[".repeat(1 << 20);
        let array = format!("{{\"format\":[{}0]}}", "0,".repeat(1 << 20));
        let unknown =
            format!("{{\"format\":\"tribute/proof/2\",\"{}\":0}}", "x\\n".repeat(1 << 18));
        let cases: [(&str, String); 16] = [
            ("empty", String::new()),
            ("no JSON", "proof".into()),
            ("an array", "[]".into()),
            ("truncated", PROOF[..PROOF.len() / 2].into()),
            ("twice", PROOF.repeat(2)),
            ("the other file", REGISTRATION.into()),
            ("a later version", PROOF.replace("proof/2", "proof/3")),
            ("no format", PROOF.replacen("format", "fromat", 1)),
            ("an unknown field", PROOF.replacen('{', "{\"more\":1,", 1)),
            ("upper-case digits", PROOF.replacen("0x", "0X", 1)),
            ("not below the order", PROOF.replace(&context(), &format!("0x{}", "f".repeat(64)))),
            ("half a byte", PROOF.replacen("\"proof\": \"0x", "\"proof\": \"0x0", 1)),
            ("no number", PROOF.replace("123456", "\"123456\"")),
            ("deep", deep),
            ("a long array for a name", array),
            ("a long name of a field", unknown),
        ];
        for (name, text) in cases {
            assert_ne!(text, PROOF, "{name}");
            desk.put("proof.json", text);
            let line = error(&desk.run(&[]));
            assert!(line.starts_with("error: ") && line.contains("proof.json"), "{name}: {line}");
            let json: Value = serde_json::from_str(&error(&desk.run(&["--json"]))).unwrap();
            assert!(json["error"].is_string(), "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_text() {
        let desk = Desk::new();
        desk.put("registration.json", [0xff; 100]);
        assert!(error(&desk.run(&[])).contains("registration.json"));
    }

    #[test]
    fn paths_that_are_no_files() {
        let desk = Desk::new();
        let registration = desk.path("registration.json");
        assert!(error(&run(&registration, &desk.path("absent.json"), &[])).contains("absent"));
        assert!(error(&run(&registration, desk.folder.path(), &[])).contains("no regular file"));
        assert!(error(&run(&registration, Path::new("/dev/zero"), &[])).contains("no regular"));
    }

    #[test]
    fn a_file_beyond_the_limit() {
        let desk = Desk::new();
        File::create(desk.path("proof.json")).unwrap().set_len((64 << 20) + 1).unwrap();
        assert!(error(&desk.run(&[])).contains("more than 67108864 bytes"));
    }

    #[test]
    fn millions_of_values_are_refused_before_they_are_hashed() {
        let desk = Desk::new();
        let values = format!("\"input\": [{}", "0,".repeat(20 << 20));
        desk.put("proof.json", PROOF.replacen("\"input\": [", &values, 1));
        let start = Instant::now();
        let output = desk.run(&["--any-context"]);
        assert_eq!(code(&output), 1);
        assert!(verdict(&output).contains("the disclosed input has"));
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    }

    #[test]
    fn a_row_is_told_from_a_proof() {
        let desk = Desk::new();
        let (registration, proof) = (desk.path("registration.json"), desk.path("proof.json"));
        let verify = |more: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tribute-verify"));
            command.arg("--registration").arg(&registration).args(RELAXED).args(more);
            command.output().unwrap()
        };
        let proof = proof.to_str().unwrap();
        assert!(error(&verify(&["--inclusion", proof])).contains("tribute/inclusion/1"));
        assert!(error(&verify(&[])).contains("a proof or a row"));
        assert!(
            error(&verify(&["--inclusion", proof, "--proof", proof])).contains("a proof or a row")
        );
        let output = verify(&["--inclusion", proof, "--context", &context()]);
        assert!(error(&output).contains("--context"));
    }

    #[test]
    fn usage() {
        let desk = Desk::new();
        assert!(error(&desk.run(&["--context", "0x5"])).contains("--context"));
        assert!(error(&desk.run(&["--unknown"])).contains("--unknown"));
        let twice = ["--context", &context(), "--context", &context()];
        assert!(error(&desk.run(&twice)).contains("one --context"));
        let output = Command::new(env!("CARGO_BIN_EXE_tribute-verify")).output().unwrap();
        assert!(error(&output).starts_with("error: "));
        let output =
            Command::new(env!("CARGO_BIN_EXE_tribute-verify")).arg("--version").output().unwrap();
        assert_eq!(code(&output), 0);
        assert!(verdict(&output).contains("(profile 20)"));
    }
}
