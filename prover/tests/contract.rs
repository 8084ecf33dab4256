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

    #[test]
    fn export_knows_no_other_placement() {
        let place = Place::new();
        let arguments = ["export", "--registration", REGISTRATION, "--out", "out"];
        let run = place.run(&[&arguments[..], &["--placement", "elsewhere"]].concat());
        assert_eq!(run.status, 2, "{}", run.stderr);
    }
}
