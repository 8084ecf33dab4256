//! Opened rows: paths of the independent encoder, and every forgery refused by the check that guards it.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use tribute_verifier::certificate::Limits;
    use tribute_verifier::dataset::{InclusionPath, Row, dataset_root, leaf, row_salt};
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::inclusion::{
        InclusionFile, InclusionFormat, RowAdmission, RowCounts, RowOwner,
    };
    use tribute_verifier::policy::Policy;
    use tribute_verifier::registration::Registration;
    use tribute_verifier::subject::Subject;

    const SECRET: [u8; 32] = [7; 32];
    const ROWS: u32 = 70;

    #[derive(Deserialize)]
    struct Vectors {
        rows: Vec<Leaf>,
        roots: Vec<Root>,
        paths: Vec<Path>,
    }

    #[derive(Deserialize)]
    struct Leaf {
        leaf: FieldElement,
    }

    #[derive(Deserialize)]
    struct Root {
        rows: usize,
        root: FieldElement,
    }

    #[derive(Deserialize)]
    struct Path {
        rows: usize,
        row: u32,
        levels: InclusionPath,
    }

    #[test]
    fn paths_are_those_of_the_encoder() {
        let Vectors { rows, roots, paths } =
            serde_json::from_str(include_str!("vectors/dataset.json")).unwrap();
        assert_eq!(paths.len(), 5);
        for Path { rows: count, row, levels } in paths {
            let leaves: Vec<_> = rows.iter().map(|row| row.leaf).cycle().take(count).collect();
            assert_eq!(InclusionPath::new(&leaves, row).unwrap(), levels, "{row} of {count}");
            let root = roots.iter().find(|root| root.rows == count).unwrap().root;
            assert_eq!(levels.root(leaves[row as usize], row, count as u64), Ok(root));
        }
    }

    fn features(row: u32, inputs: usize) -> Vec<i16> {
        let first = i16::try_from(row).unwrap() * 3;
        (0..).take(inputs).map(|place: i16| first - place).collect()
    }

    /// The stored registration, about a dataset of ours, and its leaves.
    fn registered() -> (Registration, Vec<FieldElement>) {
        let stored = include_bytes!("fixtures/registration.json");
        let mut registration = Registration::from_json(stored).unwrap();
        let inputs = registration.plan.circuit.inference().unwrap().inputs as usize;
        let leaves: Vec<_> = (0..ROWS)
            .map(|number| {
                let features = features(number, inputs);
                let owner = u16::try_from(number % 2).unwrap();
                leaf(
                    row_salt(&SECRET, number),
                    &Row { number, label: 1, owner, features: &features },
                )
            })
            .collect();
        let Subject { mut header, table_commitment, payees, .. } = registration.subject;
        header.rows = ROWS.into();
        (header.right, header.validation, header.validation_right) = (60, 0, 0);
        header.admitted = u64::from(ROWS) - 3;
        header.dataset_root = dataset_root(&leaves).unwrap();
        registration.subject = Subject::new(header, table_commitment, payees).unwrap();
        (registration, leaves)
    }

    fn opened(registration: &Registration, leaves: &[FieldElement], row: u32) -> InclusionFile {
        let inputs = registration.plan.circuit.inference().unwrap().inputs as usize;
        let place = u16::try_from(row % 2).unwrap();
        let payee = registration.subject.payees[usize::from(place)].clone();
        InclusionFile {
            format: InclusionFormat::V1,
            dataset_root: registration.subject.header.dataset_root,
            rows: ROWS.into(),
            row,
            owner: RowOwner { place, name: payee.name, address: payee.address },
            label: 1,
            features: features(row, inputs),
            salt: row_salt(&SECRET, row),
            path: InclusionPath::new(leaves, row).unwrap(),
            counts: RowCounts {
                admission: RowAdmission::Unique,
                owner_rows: 35,
                owner_admitted: 34,
            },
        }
    }

    /// The name of the check that refuses an edited opening of row 9.
    fn refusal(edit: impl FnOnce(&mut InclusionFile, &[FieldElement])) -> &'static str {
        let (registration, leaves) = registered();
        let mut file = opened(&registration, &leaves, 9);
        edit(&mut file, &leaves);
        file.verify(&registration, &Policy::equations_alone(Limits::default())).unwrap_err().check()
    }

    #[test]
    fn every_row_is_accepted_and_says_what_it_is() {
        let (registration, leaves) = registered();
        for row in 0..ROWS {
            let file = opened(&registration, &leaves, row);
            let included =
                file.verify(&registration, &Policy::equations_alone(Limits::default())).unwrap();
            assert_eq!((included.row, included.label), (row, 1));
            let text = serde_json::to_vec(&file).unwrap();
            assert_eq!(InclusionFile::from_json(&text).unwrap(), file);
        }
        let mut file = opened(&registration, &leaves, 9);
        file.counts.admission = RowAdmission::DuplicateOf(2);
        let said = file
            .verify(&registration, &Policy::equations_alone(Limits::default()))
            .unwrap()
            .to_string();
        for part in ["row 9 of 70", "by the word of the model's owner", "a duplicate of row 2"] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn the_command_says_the_same() {
        let (registration, leaves) = registered();
        let mut file = opened(&registration, &leaves, 9);
        let folder = tempfile::TempDir::new().unwrap();
        let put = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        put("registration.json", serde_json::to_string(&registration).unwrap());
        let mut said = Vec::new();
        for _ in 0..2 {
            put("row.json", serde_json::to_string(&file).unwrap());
            let mut command = Command::new(env!("CARGO_BIN_EXE_tribute-verify"));
            command.args(["--registration", "registration.json", "--inclusion", "row.json"]);
            command.arg("--unchecked");
            let output = command.current_dir(folder.path()).output().unwrap();
            let line = String::from_utf8(output.stdout).unwrap();
            said.push((output.status.code().unwrap(), line));
            file.label = 0;
        }
        let [(accepted, honest), (refused, edited)] = said.try_into().unwrap();
        assert_eq!((accepted, refused), (0, 1));
        assert!(honest.starts_with("accepted: row 9 of 70 with label 1 stands in"), "{honest}");
        assert!(edited.starts_with("refused: the path does not lead from this row"), "{edited}");
    }

    #[test]
    fn what_the_leaf_binds_cannot_be_edited() {
        assert_eq!(refusal(|file, _| file.salt = row_salt(&SECRET, 10)), "leaf");
        assert_eq!(refusal(|file, _| file.label = 0), "leaf");
        assert_eq!(refusal(|file, _| file.features[0] += 1), "leaf");
        assert_eq!(refusal(|file, _| file.features.swap(0, 1)), "leaf");
        // Row 1 stands at the same place of its node, one node before.
        assert_eq!(refusal(|file, _| file.row = 1), "leaf");
        assert_eq!(refusal(|file, _| file.row = ROWS), "row");
    }

    #[test]
    fn a_path_of_another_row_leads_nowhere() {
        let (registration, leaves) = registered();
        for row in (0..ROWS).filter(|row| row / 8 != 9 / 8) {
            let mut file = opened(&registration, &leaves, 9);
            file.path = InclusionPath::new(&leaves, row).unwrap();
            assert_eq!(
                file.verify(&registration, &Policy::equations_alone(Limits::default()))
                    .unwrap_err()
                    .check(),
                "leaf",
                "{row}"
            );
        }
        assert_eq!(refusal(|file, _| file.path.0[6][5] = FieldElement::from_u128(5)), "padding");
        assert_eq!(refusal(|file, _| file.path.0[1][0] = FieldElement::from_u128(5)), "node");
        // A sibling that nothing below contradicts changes the root.
        assert_eq!(refusal(|file, _| file.path.0[1][1] = file.path.0[1][0]), "node");
    }

    #[test]
    fn an_inner_node_is_no_leaf() {
        // The whole path moved up one level: a node of level 1 stands in the leaf's place.
        assert_eq!(refusal(|file, _| file.path.0.rotate_left(1)), "leaf");
        // The node's children told as the content of a row do not hash to it.
        let as_row = |file: &mut InclusionFile, leaves: &[FieldElement]| {
            file.salt = leaves[8];
            file.path.0.rotate_left(1);
            file.row = 1;
        };
        assert_eq!(refusal(as_row), "leaf");
    }

    #[test]
    fn a_row_with_the_padding_as_one_more_feature_is_refused() {
        let (registration, leaves) = registered();
        let mut file = opened(&registration, &leaves, 9);
        let honest = file.leaf();
        file.features.push(i16::MIN);
        assert_eq!(file.leaf(), honest, "the leaf does not tell them apart");
        assert_eq!(
            file.verify(&registration, &Policy::equations_alone(Limits::default()))
                .unwrap_err()
                .check(),
            "feature-count"
        );
        assert_eq!(refusal(|file, _| file.label = 999), "label");
    }

    #[test]
    fn the_owner_is_the_registered_one() {
        assert_eq!(refusal(|file, _| file.owner.name.push('x')), "owner-name");
        assert_eq!(refusal(|file, _| file.owner.address.0[0] ^= 1), "owner-address");
        assert_eq!(refusal(|file, _| file.owner.place = 0), "owner-name");
        assert_eq!(refusal(|file, _| file.owner.place = 999), "owner-place");
        // Another contributor, told consistently, is not the one in the leaf.
        let (registration, leaves) = registered();
        let mut file = opened(&registration, &leaves, 9);
        file.owner = opened(&registration, &leaves, 8).owner;
        assert_eq!(
            file.verify(&registration, &Policy::equations_alone(Limits::default()))
                .unwrap_err()
                .check(),
            "leaf"
        );
    }

    #[test]
    fn another_registration_refuses_the_row() {
        let (registration, leaves) = registered();
        let mut file = opened(&registration, &leaves, 9);
        let stored = include_bytes!("fixtures/registration.json");
        let other = Registration::from_json(stored).unwrap();
        assert_eq!(
            file.verify(&other, &Policy::equations_alone(Limits::default())).unwrap_err().check(),
            "rows"
        );
        let header = &other.subject.header;
        file.rows = header.rows + header.validation;
        assert_eq!(
            file.verify(&other, &Policy::equations_alone(Limits::default())).unwrap_err().check(),
            "dataset-root"
        );
        // With its root and number of rows written into the file the path still leads to ours.
        file.dataset_root = other.subject.header.dataset_root;
        let check =
            file.verify(&other, &Policy::equations_alone(Limits::default())).unwrap_err().check();
        assert_eq!(check, "root");
        let mut broken = registration.clone();
        broken.subject.header.dataset_root = FieldElement::from_u128(1);
        assert_eq!(
            file.verify(&broken, &Policy::equations_alone(Limits::default())).unwrap_err().check(),
            "subject"
        );
    }

    #[test]
    fn what_a_row_counts_for_must_be_possible() {
        let with = |admission, owner_rows, owner_admitted| {
            let counts = RowCounts { admission, owner_rows, owner_admitted };
            refusal(|file, _| file.counts = counts)
        };
        let duplicate = RowAdmission::DuplicateOf;
        for (admission, owner_rows, owner_admitted) in [
            (duplicate(9), 35, 34),
            (duplicate(69), 35, 34),
            (duplicate(2), 35, 35),
            (duplicate(2), 0, 0),
            (RowAdmission::Unique, 35, 0),
            (RowAdmission::Unique, 0, 0),
            (RowAdmission::Unique, 34, 35),
            (RowAdmission::Unique, 71, 70),
            (RowAdmission::Unique, 35, 31),
            (RowAdmission::Unique, u64::MAX, 1),
        ] {
            let check = with(admission, owner_rows, owner_admitted);
            assert_eq!(check, "counts", "{admission:?} {owner_rows} {owner_admitted}");
        }
    }

    /// A validation row that is said to take part, and the other way round.
    #[test]
    fn a_validation_row_earns_nothing() {
        let (mut registration, leaves) = registered();
        let Subject { mut header, table_commitment, payees, .. } = registration.subject;
        (header.rows, header.right, header.validation) = (60, 50, 10);
        header.admitted = 57;
        registration.subject = Subject::new(header, table_commitment, payees).unwrap();
        let admission = |row, admission| {
            let mut file = opened(&registration, &leaves, row);
            file.counts = RowCounts { admission, owner_rows: 30, owner_admitted: 29 };
            let policy = Policy::equations_alone(Limits::default());
            file.verify(&registration, &policy).map_err(|refusal| refusal.check())
        };
        let said = admission(60, RowAdmission::Validation).unwrap().to_string();
        assert!(said.contains("it is a validation row and takes no part"), "{said}");
        assert_eq!(admission(60, RowAdmission::Unique), Err("counts"));
        assert_eq!(admission(60, RowAdmission::DuplicateOf(2)), Err("counts"));
        assert!(admission(59, RowAdmission::Unique).is_ok());
        assert_eq!(admission(59, RowAdmission::Validation), Err("counts"));
    }

    #[test]
    fn a_file_is_read_strictly() {
        let (registration, leaves) = registered();
        let honest = serde_json::to_value(opened(&registration, &leaves, 9)).unwrap();
        let read = |value: &Value| InclusionFile::from_json(value.to_string().as_bytes());
        assert!(read(&honest).is_ok());
        let edits: [(&str, Value); 12] = [
            ("/format", json!("tribute/inclusion/2")),
            ("/format", json!("tribute/proof/2")),
            ("/row", json!(-1)),
            ("/row", json!("9")),
            ("/label", json!(65536)),
            ("/features/0", json!(32768)),
            ("/features/0", json!(0.5)),
            ("/salt", json!("0x05")),
            ("/path/0/0", json!(format!("0x{}", "f".repeat(64)))),
            ("/path/6", json!([])),
            ("/counts/admission", json!("maybe")),
            ("/owner/address", json!("0x00")),
        ];
        for (place, value) in edits {
            let mut edited = honest.clone();
            *edited.pointer_mut(place).unwrap() = value;
            assert!(read(&edited).is_err(), "{place}");
        }
        for part in ["", "/owner", "/counts"] {
            let mut edited = honest.clone();
            edited.pointer_mut(part).unwrap().as_object_mut().unwrap().insert("x".into(), json!(0));
            assert!(read(&edited).is_err(), "unknown field in {part:?}");
            let fields = honest.pointer(part).unwrap().as_object().unwrap();
            for field in fields.keys() {
                let mut edited = honest.clone();
                edited.pointer_mut(part).unwrap().as_object_mut().unwrap().remove(field);
                assert!(read(&edited).is_err(), "no {field} in {part:?}");
            }
        }
        let text = honest.to_string();
        for end in (0..text.len()).step_by(7) {
            assert!(InclusionFile::from_json(&text.as_bytes()[..end]).is_err(), "{end}");
        }
        assert!(InclusionFile::from_json(format!("{text} 1").as_bytes()).is_err());
    }
}
