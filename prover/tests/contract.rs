//! `export` writes a contract in the placement asked for, with an ABI and notes that fit it.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::Place;

    const REGISTRATION: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../verifier/tests/old_proofs/digits_mlp/registration.json"
    );

    /// Exports the stored registration; returns the source and the number of addresses it is constructed with.
    fn exported(place: &Place, more: &[&str]) -> (String, usize) {
        let arguments = ["export", "--registration", REGISTRATION, "--out", "out", "--force"];
        place.run(&[&arguments[..], more].concat()).done();
        let source = std::fs::read_to_string(place.path("out/TributeVerifier.sol")).unwrap();
        let abi = place.read_json("out/abi.json");
        let constructor =
            abi.as_array().unwrap().iter().find(|entry| entry["type"] == "constructor");
        let addresses = constructor.unwrap()["inputs"].as_array().unwrap().len();
        assert_eq!(source.matches("\ncontract TributeVerifierKey").count(), addresses);
        let notes = std::fs::read_to_string(place.path("out/NOTES.md")).unwrap();
        assert_eq!(notes.contains("TributeVerifierKey0"), addresses > 0);
        (source, addresses)
    }

    #[test]
    fn export_places_key_and_equations_where_it_is_told() {
        let place = Place::new();
        let (embedded, none) = exported(&place, &["--placement", "embedded"]);
        let (separate, one) = exported(&place, &["--placement", "separate"]);
        let (interpreted, two) = exported(&place, &["--placement", "interpreted"]);
        assert_eq!((none, one, two), (0, 1, 1));
        let gate = "            sum := addmod(mulmod(sum, y, p), ";
        let gates =
            [embedded.clone(), separate, interpreted].map(|source| source.matches(gate).count());
        assert_eq!(gates[0], gates[1]);
        assert!(gates[0] > 30 && gates[2] < 4, "{gates:?}");
        assert_eq!(exported(&place, &[]).0, embedded, "the digits circuit fits one contract");
    }

    /// A contract of a plan that scores by another method would pay by it: the registration names the method, the contract the circuit.
    #[test]
    fn pays_by_another_method_than_the_one_named() {
        let place = Place::new();
        let stored = std::fs::read_to_string(REGISTRATION).unwrap();
        let edited = stored.replacen("\"residual\":\"query\"", "\"residual\":\"one_hot\"", 1);
        assert_ne!(edited, stored);
        std::fs::write(place.path("edited.json"), edited).unwrap();
        for verifier in [&[][..], &["--binding"]] {
            let arguments = ["export", "--registration", "edited.json", "--out", "out"];
            let run = place.run(&[&arguments[..], verifier].concat());
            assert_ne!(run.status, 0);
            assert!(run.stderr.contains("the returned class"), "{}", run.stderr);
            assert!(!place.path("out").exists());
        }
    }

    /// Whoever compares code with their own rendering must come to the same hash, from whatever folder, or any code passes as unlike.
    #[test]
    fn registers_code_that_nobody_can_compare() {
        let contracts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts");
        if !contracts.join("node_modules/solc").is_dir() {
            assert!(std::env::var_os("TRIBUTE_EVM").is_none(), "the compiler is missing");
            return;
        }
        let solc = contracts.join("tools/solc.mjs");
        let places = [Place::new(), Place::new()];
        let mut seen = Vec::new();
        for (place, folder) in places.iter().zip(["out", "another/deep folder"]) {
            std::fs::create_dir_all(place.path(folder).parent().unwrap()).unwrap();
            let arguments = ["export", "--registration", REGISTRATION, "--out", folder, "--json"];
            let run = place.run(&[&arguments[..], &["--solc", solc.to_str().unwrap()]].concat());
            let exported = run.json();
            assert_eq!(exported["code"]["without_addresses"], false);
            seen.push(exported["code"]["hash"].clone());
            // The source under a name and path of its own, as whoever compares it has it.
            let source = place.path(folder).join("TributeVerifier.sol");
            let text = std::fs::read_to_string(&source).unwrap();
            let compiler = tribute_evm::Compiler::new(&solc);
            let other = compiler.compile_named(source.to_str().unwrap(), &text).unwrap();
            let hash = tribute_verifier::digest::Digest::of(&[&other["TributeVerifier"].runtime]);
            seen.push(serde_json::to_value(hash).unwrap());
            // And what everybody gives the compiler says the same settings.
            let input = place.read_json(&format!("{folder}/input.json"));
            assert_eq!(input, tribute_evm::standard_input("TributeVerifier.sol", &text));
        }
        assert!(seen.iter().all(|hash| *hash == seen[0]), "{seen:?}");
        let place = &places[0];
        let arguments = ["export", "--registration", REGISTRATION, "--out", "apart", "--json"];
        let more = ["--placement", "separate", "--solc", solc.to_str().unwrap()];
        let exported = place.run(&[&arguments[..], &more].concat()).json();
        assert_eq!(exported["code"]["without_addresses"], true, "it knows addresses");
        assert_ne!(exported["code"]["hash"], seen[0]);
    }

    #[test]
    fn export_knows_no_other_placement() {
        let place = Place::new();
        let arguments = ["export", "--registration", REGISTRATION, "--out", "out"];
        let run = place.run(&[&arguments[..], &["--placement", "elsewhere"]].concat());
        assert_eq!(run.status, 2, "{}", run.stderr);
    }
}
