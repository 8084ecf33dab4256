//! Rows opened for their contributors: the whole way, and what is refused.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::Place;
    use serde_json::{Value, json};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// 200 rows, some of them copies of earlier ones.
    const CASE: &str = "digits_mlp_n200";

    fn set_up() -> Place {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        place
    }

    fn open(place: &Place, row: &str, more: &[&str]) -> Value {
        let out = format!("row-{row}.json");
        let arguments = ["inclusion", "--case", "case", "--row", row, "--out", &out, "--json"];
        place.run(&[&arguments[..], more].concat()).json();
        place.read_json(&out)
    }

    const VERIFY: [&str; 5] = [
        "verify-inclusion",
        "edited.json",
        "--registration",
        "case/registration.json",
        "--unchecked",
    ];

    /// The check that refuses an edited file.
    fn refusal(place: &Place, file: &Value) -> String {
        place.write("edited.json", file.to_string());
        let said = place.run(&VERIFY).refused();
        assert!(said.starts_with("REJECTED\n"), "{said}");
        let run = place.run(&[&VERIFY[..], &["--json"]].concat());
        assert_eq!(run.status, 1);
        let value: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(value["accepted"], json!(false));
        value["check"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_contributor_finds_their_row_and_nobody_else_reads_it() {
        let place = set_up();
        let private = place.read_json("case/private/case.json");
        let rows = &private["rows"];
        let copy = rows["admitted"].as_array().unwrap().iter().position(|a| a == false).unwrap();
        let first = (0..copy).find(|&row| rows["features"][row] == rows["features"][copy]).unwrap();
        for (row, admission) in [(0, json!("unique")), (copy, json!({ "duplicate_of": first }))] {
            let file = open(&place, &row.to_string(), &[]);
            let name = format!("row-{row}.json");
            let mode = fs::metadata(place.path(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(file["features"], rows["features"][row]);
            assert_eq!(file["counts"]["admission"], admission);
            // Nothing but the file and the registration is at hand.
            let elsewhere = Place::new();
            elsewhere.write("row.json", file.to_string());
            fs::copy(place.path("case/registration.json"), elsewhere.path("r.json")).unwrap();
            let arguments = ["verify-inclusion", "row.json", "--registration", "r.json"];
            let said = elsewhere.run(&arguments).refused();
            assert!(said.contains("tribute check"), "{said}");
            let arguments = [&arguments[..], &["--unchecked"]].concat();
            let said = elsewhere.run(&arguments).done();
            for part in ["ACCEPTED", &format!("row {row} of 200"), "word of the model's owner"] {
                assert!(said.contains(part), "{part} in {said}");
            }
            let value = elsewhere.run(&[&arguments[..], &["--json"]].concat()).json();
            assert_eq!((&value["row"], &value["accepted"]), (&json!(row), &json!(true)));
            assert_eq!(value["counts"]["admission"], admission);
            let said = elsewhere.run(&["inspect", "row.json"]).done();
            assert!(said.contains("private") && !said.contains("PROBLEM"), "{said}");
        }
        let text = fs::read_to_string(place.path(&format!("row-{copy}.json"))).unwrap();
        for secret in ["model_salt", "table_salt", "dataset_salt"] {
            assert!(!text.contains(private[secret].as_str().unwrap()), "{secret}");
        }
    }

    #[test]
    fn whatever_is_edited_is_refused_by_its_check() {
        let place = set_up();
        let [honest, next, far] = ["9", "10", "17"].map(|row| open(&place, row, &[]));
        let edits = [
            ("/salt", next["salt"].clone(), "leaf"),
            ("/label", json!((honest["label"].as_u64().unwrap() + 1) % 10), "leaf"),
            ("/features/3", json!(honest["features"][3].as_i64().unwrap() + 1), "leaf"),
            ("/row", json!(10), "leaf"),
            ("/row", json!(17), "leaf"),
            ("/row", json!(200), "row"),
            ("/path", far["path"].clone(), "leaf"),
            ("/path/1", far["path"][0].clone(), "node"),
            // Inner nodes where leaves belong.
            ("/path/0", honest["path"][1].clone(), "leaf"),
            ("/path/6/7", json!(format!("0x{:064x}", 1)), "padding"),
            ("/owner/name", json!("somebody"), "owner-name"),
            ("/owner/address", json!(format!("0x{:040x}", 99)), "owner-address"),
            ("/owner/place", json!(8), "owner-place"),
            ("/rows", json!(201), "rows"),
            ("/dataset_root", json!(format!("0x{:064x}", 1)), "dataset-root"),
            ("/counts/owner_rows", json!(0), "counts"),
            ("/counts/admission", json!({ "duplicate_of": 9 }), "counts"),
        ];
        for (at, value, check) in edits {
            let mut edited = honest.clone();
            *edited.pointer_mut(at).unwrap() = value;
            assert_eq!(refusal(&place, &edited), check, "{at}");
        }
        // The owner of another row, with name and address.
        let owners = place.read_json("case/private/case.json")["rows"]["owners"].clone();
        let other = (0..200).find(|&row| owners[row] != owners[9]).unwrap();
        let mut edited = honest.clone();
        edited["owner"] = open(&place, &other.to_string(), &["--force"])["owner"].clone();
        assert_eq!(refusal(&place, &edited), "leaf");
        // The row under another registration of the same data: salts are fresh.
        place.commit(CASE, &["--method", "tracin", "--force"]).done();
        place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
        assert_eq!(refusal(&place, &honest), "dataset-root");
    }

    #[test]
    fn what_is_no_opened_row_is_one_clear_line() {
        let place = set_up();
        let honest = open(&place, "9", &[]).to_string();
        let files = [
            honest[..honest.len() / 2].to_owned(),
            honest.replacen('{', "{\"more\":1,", 1),
            honest.replace("inclusion/1", "inclusion/2"),
            honest.replace("tribute/inclusion", "tribute/proof"),
            honest.replacen("\"salt\":\"0x", "\"salt\":\"0X", 1),
            honest.replacen("\"row\":9", "\"row\":-9", 1),
            String::new(),
        ];
        for text in files {
            assert_ne!(text, honest);
            place.write("edited.json", &text);
            assert!(place.run(&VERIFY).unusable().contains("edited.json"), "{text}");
        }
        assert!(
            place.run(&["verify-inclusion", "none", "--registration", "r"]).unusable().len() > 5
        );
        let open = ["inclusion", "--case", "case", "--row", "200", "--out", "x.json"];
        assert!(place.run(&open).unusable().contains("no row 200"));
        assert!(!place.path("x.json").exists());
        let again = ["inclusion", "--case", "case", "--row", "9", "--out", "row-9.json"];
        assert!(place.run(&again).unusable().contains("--force"));
    }

    #[test]
    fn rows_that_are_not_the_committed_ones_are_not_opened() {
        let place = Place::new();
        place.commit(CASE, &["--method", "tracin"]).done();
        let honest = place.read_json("case/private/case.json");
        let open = ["inclusion", "--case", "case", "--row", "0", "--out", "x.json"];
        for (at, value, words) in [
            ("/rows/labels/3", json!(0), "not those that subject.json commits to"),
            ("/rows/owners/3", json!(0), "not those that subject.json commits to"),
            ("/rows/features/3/0", json!(77), "not those that subject.json commits to"),
            ("/rows/admitted/0", json!(false), "admission bits"),
        ] {
            let mut edited = honest.clone();
            let place_of = edited.pointer_mut(at).unwrap();
            let value = if *place_of == value { json!(1) } else { value };
            *place_of = value;
            place.write("case/private/case.json", edited.to_string());
            assert!(place.run(&open).refused().contains(words), "{at}");
        }
        let mut short = honest;
        short["rows"]["labels"].as_array_mut().unwrap().pop();
        place.write("case/private/case.json", short.to_string());
        assert!(place.run(&open).unusable().contains("199 labels"));
        assert!(!place.path("x.json").exists());
    }
}
