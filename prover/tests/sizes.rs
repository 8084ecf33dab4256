//! `sizes`, `setup --optimize` and how `inspect` explains a layout.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, Run};
    use serde_json::{Value, json};
    use std::fs;
    use std::path::Path;

    const CASE: &str = "digits_lr_n200";
    const CALIBRATION: &str = "cache/tribute/calibration.json";

    /// Runs the command with a cache of its own.
    fn run(place: &Place, arguments: &[&str]) -> Run {
        let mut command = place.command();
        command.env("XDG_CACHE_HOME", place.path("cache")).args(arguments);
        command.output().unwrap().into()
    }

    #[test]
    fn a_sweep_goes_through_every_combination() {
        let place = Place::new();
        let arguments = [
            "sizes",
            "--inputs",
            "4,8",
            "--hidden",
            "6,5",
            "--hidden",
            "none",
            "--classes",
            "3",
            "--contributors",
            "2",
            "--index-rows",
            "16",
            "--optimize",
            "prover,gas",
            "--csv",
            "s.csv",
            "--svg",
            "s.svg",
            "--layout-svg",
            "l.svg",
            "--json",
        ];
        let value = run(&place, &arguments).json();
        let circuits = value["circuits"].as_array().unwrap();
        let of = |field: &str| -> Vec<Value> {
            circuits.iter().map(|circuit| circuit[field].clone()).collect()
        };
        assert_eq!(of("circuit")[..3], [json!("query"), json!("query"), json!("index")]);
        let networks = of("network");
        assert_eq!(networks.len(), 12);
        assert_eq!([&networks[0], &networks[3]], [&json!("4-6-5-3"), &json!("4-3")]);
        assert_eq!(of("goal")[..3], [json!("prover"), json!("gas"), Value::Null]);
        for circuit in circuits {
            let number = |field: &str| circuit[field].as_u64().unwrap();
            assert!(number("rows") <= 1 << number("k"));
            assert!(number("calldata_bytes") > number("proof_bytes"));
            assert!(number("gas") > 200_000);
            assert_eq!(circuit["prove_seconds"].is_f64(), circuit["circuit"] == "query");
            assert_eq!((number("batch"), &circuit["measured_seconds"]), (1, &Value::Null));
        }
        let csv = fs::read_to_string(place.path("s.csv")).unwrap();
        assert_eq!(csv.lines().count(), 13);
        let fields = |line: &str| line.split(',').count();
        assert!(csv.lines().all(|line| fields(line) == fields(csv.lines().next().unwrap())));
        for drawing in ["s.svg", "l.svg"] {
            assert!(fs::read_to_string(place.path(drawing)).unwrap().starts_with("<svg "));
        }
        // What was measured is kept, and what is damaged is measured again.
        let kept = place.read_json(CALIBRATION);
        assert_eq!(kept["format"], json!("tribute/calibration/4"));
        let again = run(&place, &arguments[..arguments.len() - 1]);
        assert!(again.unusable().contains("--force"));
        let said = run(&place, &["sizes", "--inputs", "4", "--hidden", "3"]).done();
        assert!(said.contains("4-3-10") && said.contains("exact"), "{said}");
        assert_eq!(place.read_json(CALIBRATION), kept);
        place.write(CALIBRATION, "{}");
        run(&place, &["sizes", "--inputs", "4", "--hidden", "3"]).done();
        assert_eq!(place.read_json(CALIBRATION)["format"], kept["format"]);
    }

    #[test]
    fn shapes_that_are_none_are_one_line() {
        let place = Place::new();
        for arguments in [
            &["--inputs", "0"][..],
            &["--inputs", "many"],
            &["--hidden", "3,,4"],
            &["--classes", "1"],
            &["--contributors", "5000"],
            &["--optimize", "speed"],
            &["--inputs", "65535", "--hidden", "65534,65535"],
            &["--measure", "--svg", "cache"],
        ] {
            fs::create_dir_all(place.path("cache")).unwrap();
            run(&place, &[&["sizes"], arguments].concat()).unusable();
        }
        let said = run(&place, &["sizes", "--inputs", "1", "--index-rows", "0"]).done();
        assert!(said.contains("skipped: index of 0"), "{said}");
    }

    #[test]
    fn proofs_are_measured_on_request() {
        let place = Place::new();
        let shape = ["sizes", "--inputs", "2", "--hidden", "none", "--classes", "2"];
        let more = ["--contributors", "2", "--optimize", "prover", "--measure", "--json"];
        let value = run(&place, &[&shape[..], &more].concat()).json();
        let circuit = &value["circuits"][0];
        assert!(circuit["measured_seconds"].as_f64().unwrap() > 0.0, "{circuit}");
        let mute = run(&place, &[&shape[..], &["--measure", "--solc", "true"]].concat());
        assert!(mute.unusable().contains("Solidity compiler"));
        run(&place, &[&shape[..], &["--solc", "true"]].concat()).unusable();
    }

    #[test]
    fn gas_is_measured_with_a_compiler() {
        let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts");
        if !contracts.join("node_modules/solc").is_dir() {
            let demanded = std::env::var_os("TRIBUTE_EVM").is_some_and(|value| value == "1");
            assert!(!demanded, "run `npm ci --ignore-scripts` in contracts/");
            return;
        }
        let place = Place::new();
        let solc = contracts.join("tools/solc.mjs");
        let shape = ["sizes", "--inputs", "2", "--hidden", "none", "--classes", "2"];
        let more = ["--contributors", "2", "--optimize", "gas", "--index-rows", "5"];
        let measure = ["--measure", "--json", "--solc", solc.to_str().unwrap()];
        let value = run(&place, &[&shape[..], &more, &measure].concat()).json();
        let circuits = value["circuits"].as_array().unwrap();
        assert_eq!(circuits.len(), 2);
        for circuit in circuits {
            let figure = |field: &str| circuit[field].as_f64().unwrap();
            let ratio = figure("measured_gas") / figure("gas");
            assert!((ratio - 1.0).abs() < 0.02, "{circuit}");
            assert!(figure("measured_seconds") > 0.0);
        }
    }

    #[test]
    fn a_layout_for_gas_is_set_up_proven_and_explained() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        let setup = ["setup", "--case", "case", "--unsafe-dev-srs", "--json"];
        let gas = run(&place, &[&setup[..], &["--optimize", "gas"]].concat()).json();
        fs::write(place.path("q.csv"), query()).unwrap();
        let prove = ["prove", "--case", "case", "--input", "q.csv", "--out", "p.json"];
        run(&place, &prove).done();
        let verify = ["verify", "--registration", "case/registration.json", "--proof", "p.json"];
        place.verify(&verify).done();
        let said = run(&place, &["inspect", "case/registration.json"]).done();
        for part in ["best for prover", "best for memory", "layouts considered", "--optimize gas"] {
            assert!(said.contains(part), "{part} in {said}");
        }
        run(&place, &[&setup[..3], &["--unsafe-dev-srs", "--optimize", "quick"]].concat())
            .unusable();
        let fast = run(&place, &[&setup[..], &["--force"]].concat()).json();
        assert!(gas["proof_bytes"].as_u64() <= fast["proof_bytes"].as_u64(), "{gas} {fast}");
    }

    fn query() -> String {
        let line =
            |value: &dyn Fn(usize) -> String| (0..64).map(value).collect::<Vec<_>>().join(",");
        format!("{}\n{}\n", line(&|i| format!("f{i}")), line(&|i| format!("0.{}", i % 9)))
    }
}
