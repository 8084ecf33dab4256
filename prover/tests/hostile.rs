//! Hostile input: exit 2, one line on standard error, at most 512 MB and 10 seconds, and nothing written.
//!
//! Memory is bounded by the address space of the process, which is stricter than what it keeps resident.

#[cfg(test)]
mod command;

#[cfg(test)]
mod tests {
    use super::command::{Place, Run, case_file};
    use prost::Message;
    use serde_json::json;
    use sha3::{Digest, Keccak256};
    use std::fs::{self, File};
    use std::process::Command;
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};
    use tract_onnx::pb::{ModelProto, StringStringEntryProto};

    const CASE: &str = "digits_lr_n200";
    const ADDRESS_SPACE_KIB: u32 = 512 << 10;
    const TIME: Duration = Duration::from_secs(10);

    /// Runs the command in at most 512 MiB.
    fn bounded(place: &Place, arguments: &[&str]) -> Run {
        let script = format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$0\" \"$@\"");
        let command = place.command();
        Command::new("sh")
            .args(["-c", &script])
            .arg(command.get_program())
            .args(arguments)
            .args(["--threads", "2"])
            .current_dir(command.get_current_dir().unwrap())
            .output()
            .unwrap()
            .into()
    }

    /// Asserts that a run is refused as it must be; returns the line.
    fn refused(place: &Place, arguments: &[&str]) -> String {
        let before = place.listing();
        let start = Instant::now();
        let line = bounded(place, arguments).unusable();
        assert!(start.elapsed() < TIME, "{arguments:?} took {:?}", start.elapsed());
        assert_eq!(place.listing(), before, "{arguments:?}");
        line
    }

    /// A place with the files of the case under their own names.
    fn files() -> Place {
        let place = Place::new();
        for name in ["model.onnx", "train.csv", "contributors.csv", "queries.csv"] {
            fs::copy(case_file(CASE, name), place.path(name)).unwrap();
        }
        place
    }

    const COMMIT: [&str; 11] = [
        "commit",
        "--model",
        "model.onnx",
        "--data",
        "train.csv",
        "--contributors",
        "contributors.csv",
        "--method",
        "tracin",
        "--out",
        "case",
    ];

    /// Asserts that `commit` refuses a file with these bytes, with words that help.
    fn commit_refuses(name: &str, bytes: impl AsRef<[u8]>, words: &[&str]) {
        let place = files();
        place.write(name, bytes);
        let line = refused(&place, &COMMIT);
        assert!(line.contains(name), "{line}");
        for word in words {
            assert!(line.contains(word), "no {word:?} in {line}");
        }
    }

    fn text(name: &str) -> String {
        fs::read_to_string(case_file(CASE, name)).unwrap()
    }

    /// The training file with the cells of its first row changed.
    fn first_row(edit: impl Fn(usize, &str) -> String) -> String {
        let whole = text("train.csv");
        let (header, rows) = whole.split_once('\n').unwrap();
        let (row, rest) = rows.split_once('\n').unwrap();
        let cells: Vec<_> = row.split(',').enumerate().map(|(at, cell)| edit(at, cell)).collect();
        format!("{header}\n{}\n{rest}", cells.join(","))
    }

    fn cell(place: usize, value: &str) -> String {
        first_row(|at, cell| if at == place { value.to_owned() } else { cell.to_owned() })
    }

    #[test]
    fn the_honest_files_pass_within_the_bounds() {
        let place = files();
        bounded(&place, &COMMIT).done();
    }

    #[test]
    fn models_that_are_none() {
        let honest = fs::read(case_file(CASE, "model.onnx")).unwrap();
        commit_refuses("model.onnx", "", &[]);
        commit_refuses("model.onnx", &honest[..honest.len() / 2], &[]);
        commit_refuses("model.onnx", [0xff; 4096], &[]);
        commit_refuses("model.onnx", "not a model, a letter", &[]);
        commit_refuses(
            "model.onnx",
            [&honest[..], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat(),
            &[],
        );
    }

    #[test]
    fn models_that_cannot_be_proven() {
        let honest = fs::read(case_file("digits_mlp_n200", "model.onnx")).unwrap();
        let model = ModelProto::decode(&honest[..]).unwrap();
        let edited = |edit: fn(&mut ModelProto)| {
            let mut model = model.clone();
            edit(&mut model);
            model.encode_to_vec()
        };
        let bytes = edited(|model| {
            let nodes = &mut model.graph.as_mut().unwrap().node;
            nodes.iter_mut().find(|node| node.op_type == "Relu").unwrap().op_type = "Tanh".into();
        });
        commit_refuses("model.onnx", bytes, &["Tanh"]);
        let bytes = edited(|model| {
            let tensor = model.graph.as_mut().unwrap().initializer.first_mut().unwrap();
            tensor.raw_data.clear();
            tensor.float_data.clear();
            tensor.data_location = Some(1);
            tensor.external_data = vec![StringStringEntryProto {
                key: "location".into(),
                value: "/etc/passwd".into(),
            }];
        });
        commit_refuses("model.onnx", bytes, &["external"]);
        let bytes = edited(|model| {
            let tensor = model.graph.as_mut().unwrap().initializer.first_mut().unwrap();
            tensor.dims = vec![1 << 40, 1 << 20];
        });
        commit_refuses("model.onnx", bytes, &[]);
        let bytes = edited(|model| {
            let tensor = model.graph.as_mut().unwrap().initializer.first_mut().unwrap();
            let nan = f32::NAN.to_le_bytes();
            tensor.raw_data[..4].copy_from_slice(&nan);
        });
        commit_refuses("model.onnx", bytes, &[]);
    }

    #[test]
    fn files_that_are_no_files() {
        for name in ["model.onnx", "train.csv", "contributors.csv"] {
            let place = files();
            fs::remove_file(place.path(name)).unwrap();
            assert!(refused(&place, &COMMIT).contains(name));
            fs::create_dir(place.path(name)).unwrap();
            assert!(refused(&place, &COMMIT).contains("not a regular file"));
            fs::remove_dir(place.path(name)).unwrap();
            Command::new("mkfifo").arg(place.path(name)).status().unwrap();
            assert!(refused(&place, &COMMIT).contains("not a regular file"));
            fs::remove_file(place.path(name)).unwrap();
            File::create(place.path(name)).unwrap().set_len(10 << 30).unwrap();
            refused(&place, &COMMIT);
        }
        let place = files();
        let mut arguments = COMMIT;
        arguments[2] = "/dev/zero";
        assert!(refused(&place, &arguments).contains("not a regular file"));
    }

    #[test]
    fn rows_that_are_none() {
        commit_refuses("train.csv", "", &[]);
        commit_refuses("train.csv", "contributor,label\n", &["64"]);
        let header = text("train.csv").lines().next().unwrap().to_owned() + "\n";
        commit_refuses("train.csv", header, &[]);
        commit_refuses("train.csv", text("train.csv").split_once('\n').unwrap().1, &[]);
        commit_refuses("train.csv", [0xfe, 0xff, 0, 10, 200], &[]);
        commit_refuses("train.csv", format!("{}\"unclosed", text("train.csv")), &[]);
        commit_refuses("train.csv", "a".repeat(8 << 20), &[]);
        let wide: Vec<String> = (0..10_000).map(|column| format!("f{column}")).collect();
        commit_refuses("train.csv", format!("contributor,label,{}\n", wide.join(",")), &["10000"]);
    }

    #[test]
    fn cells_that_are_none() {
        for (place, value) in [
            (2, "NaN"),
            (2, "inf"),
            (3, "-inf"),
            (2, "1e999"),
            (2, ""),
            (2, "0x10"),
            (2, "255"),
            (1, "-1"),
            (1, "10"),
            (1, "7.5"),
            (1, "cat"),
            (0, "nobody"),
            (0, ""),
        ] {
            let line = {
                let place_in = files();
                place_in.write("train.csv", cell(place, value));
                refused(&place_in, &COMMIT)
            };
            assert!(line.contains("train.csv") && line.contains("line 2"), "{value:?}: {line}");
        }
        commit_refuses(
            "train.csv",
            first_row(|at, cell| if at == 9 { String::new() + cell + ",1" } else { cell.into() }),
            &["2"],
        );
        let pixels = first_row(|at, cell| if at < 2 { cell.into() } else { (at * 3).to_string() });
        commit_refuses("train.csv", pixels, &["scale"]);
    }

    #[test]
    fn contributors_that_cannot_be_paid() {
        let honest = text("contributors.csv");
        let lines: Vec<&str> = honest.lines().collect();
        let (name, address) = lines[1].split_once(',').unwrap();
        let zero = "0x0000000000000000000000000000000000000000";
        for (more, word) in [
            (format!("{name},0x00000000000000000000000000000000000000ff"), name),
            (format!("somebody,{address}"), address),
            (format!("somebody,{zero}"), "zero"),
            ("somebody,0x12".to_owned(), "address"),
            ("somebody,".to_owned(), "address"),
            ("somebody".to_owned(), "2"),
        ] {
            commit_refuses("contributors.csv", format!("{honest}{more}\n"), &[word]);
        }
        commit_refuses("contributors.csv", "contributor,address\n", &[]);
        commit_refuses("contributors.csv", honest.replace("address", "iban"), &[]);
        let place = files();
        place.write("contributors.csv", honest.replace(lines[1], ""));
        let line = refused(&place, &COMMIT);
        assert!(line.contains("train.csv") && line.contains(name), "{line}");
    }

    /// A committed case with keys, made once.
    fn prepared() -> &'static Place {
        static PLACE: OnceLock<Place> = OnceLock::new();
        PLACE.get_or_init(|| {
            let place = files();
            place.run(&COMMIT).done();
            place.run(&["setup", "--case", "case", "--unsafe-dev-srs"]).done();
            place
        })
    }

    /// A copy of the prepared case.
    fn case() -> Place {
        let place = files();
        let status = Command::new("cp")
            .args(["-r"])
            .arg(prepared().path("case"))
            .arg(place.path("case"))
            .status()
            .unwrap();
        assert!(status.success());
        place
    }

    const PROVE: [&str; 9] =
        ["prove", "--case", "case", "--input", "queries.csv", "--row", "0", "--out", "proof.json"];

    #[test]
    fn queries_that_are_none() {
        let place = case();
        let refuses = |text: &str, row: &[&str], word: &str| {
            place.write("queries.csv", text);
            let arguments = ["attribute", "--case", "case", "--input", "queries.csv"];
            let line = refused(&place, &[&arguments[..], row].concat());
            assert!(line.contains(word), "{line}");
        };
        let honest = text("queries.csv");
        refuses(&honest, &["--row", "99"], "99");
        refuses(&honest, &[], "--row");
        refuses(&honest.replacen("0", "NaN", 70), &["--row", "0"], "queries.csv");
        refuses("", &["--row", "0"], "queries.csv");
        refuses("f0,f1\n1,2\n", &["--row", "0"], "64");
        refuses(&text("train.csv"), &["--row", "0"], "queries.csv");
        let (header, _) = honest.split_once('\n').unwrap();
        let loud = format!("{header}\n{}\n", vec!["200"; 64].join(","));
        refuses(&loud, &["--row", "0"], "queries.csv");
        fs::remove_file(place.path("queries.csv")).unwrap();
        refused(&place, &PROVE);
    }

    #[test]
    fn json_that_is_none() {
        let place = case();
        let deep = "[".repeat(1 << 20);
        let long = format!("{{\"format\":\"{}\"}}", "x".repeat(1 << 20));
        for (number, text) in [
            "",
            "{",
            "[]",
            "null",
            "7",
            "{}",
            "{\"format\":7}",
            "{\"format\":\"tribute/proof/2\"}",
            "{\"format\":\"tribute/proof/2\"}",
            "{\"format\":\"tribute/registration/4\"}",
            "{\"format\":\"tribute/case/1\"}",
            "{\"format\":\"tribute/report/9\"}",
            &deep,
            &long,
            "\u{feff}{}",
            "\u{1b}[2J",
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("{number}.json");
            place.write(&name, text);
            refused(&place, &["inspect", &name]);
            let registration = "case/registration.json";
            refused(&place, &["verify", "--registration", &name, "--proof", &name]);
            refused(&place, &["verify", "--registration", registration, "--proof", &name]);
        }
        File::create(place.path("giant.json")).unwrap().set_len(10 << 30).unwrap();
        refused(&place, &["inspect", "giant.json"]);
        refused(&place, &["inspect", "case"]);
    }

    #[test]
    fn plans_that_promise_too_much() {
        let place = case();
        let honest = place.read_json("case/registration.json");
        for (field, value) in [
            ("k", json!(63)),
            ("k", json!(-1)),
            ("k", json!(0)),
            ("degree", json!(4_000_000_000_u64)),
            ("blinding_factors", json!(u32::MAX)),
            ("instances", json!(u32::MAX)),
            ("advice_phases", json!(vec![0; 100_000])),
            ("fixed_queries", json!([[4_000_000_000_u64, 0]])),
            ("nodes", json!([{ "sum": [5, 6] }])),
            ("transcript_repr", json!(format!("0x{}", "f".repeat(64)))),
            ("permutation", json!([{ "advice": 1_000_000 }])),
            ("surprise", json!(1)),
        ] {
            let mut edited = honest.clone();
            edited["plan"][field] = value;
            place.write("edited.json", edited.to_string());
            refused(&place, &["inspect", "edited.json"]);
            refused(&place, &["verify", "--registration", "edited.json", "--proof", "edited.json"]);
        }
    }

    /// A container with a right digest around any payload.
    fn container(kind: [u8; 4], flags: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = b"TRIBUTE\0".to_vec();
        bytes.extend(kind);
        bytes.extend(1_u32.to_be_bytes());
        bytes.extend(flags.to_be_bytes());
        bytes.extend((payload.len() as u64).to_be_bytes());
        bytes.extend(Keccak256::digest(payload));
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn keys_that_lie() {
        let place = case();
        let find = |ending: &str| {
            let entries = fs::read_dir(place.path("case/keys")).unwrap();
            let mut paths = entries.map(|entry| entry.unwrap().path());
            paths.find(|path| path.extension().is_some_and(|found| found == ending)).unwrap()
        };
        let (key_path, srs_path) = (find("pkey"), find("srs"));
        let (key, srs) = (fs::read(&key_path).unwrap(), fs::read(&srs_path).unwrap());
        let payload = &key[60..];
        let huge_k = |place: usize| {
            let mut payload = payload.to_vec();
            payload[place..place + 4].copy_from_slice(&[28; 4]);
            container(*b"PKEY", 1, &payload)
        };
        let mut longer = key.clone();
        longer.push(0);
        let mut flipped = key.clone();
        flipped[key.len() / 2] ^= 1;
        let mut version = key.clone();
        version[15] = 9;
        let edits = [
            vec![],
            key[..59].to_vec(),
            key[..key.len() - 1].to_vec(),
            longer,
            flipped,
            version,
            huge_k(4),
            huge_k(81),
            huge_k(86),
            container(*b"PKEY", 1, &payload[..200]),
            container(*b"SRS\0", 1, payload),
            srs.clone(),
        ];
        for bytes in edits {
            fs::write(&key_path, bytes).unwrap();
            refused(&place, &PROVE);
        }
        File::create(&key_path).unwrap().set_len(10 << 30).unwrap();
        refused(&place, &PROVE);
        refused(&place, &["inspect", key_path.to_str().unwrap()]);
        fs::remove_file(&key_path).unwrap();
        refused(&place, &PROVE);
        fs::create_dir(&key_path).unwrap();
        refused(&place, &PROVE);
        fs::remove_dir(&key_path).unwrap();
        fs::write(&key_path, &key).unwrap();
        fs::remove_file(&srs_path).unwrap();
        refused(&place, &PROVE);
    }

    #[test]
    fn srs_files_that_lie() {
        let place = case();
        let setup = ["setup", "--case", "case", "--srs", "hostile.srs", "--force"];
        let mut huge = vec![0; 8 + 256];
        huge[7] = 40;
        let mut off_curve = vec![0; 8 + 128 * 8 + 256];
        off_curve[7] = 3;
        for bytes in [
            vec![],
            b"TRIBUTE\0".to_vec(),
            vec![7; 5000],
            container(*b"SRS\0", 0, &huge),
            container(*b"SRS\0", 0, &off_curve),
            container(*b"SRS\0", 2, &off_curve),
            container(*b"SRS\0", 0, &[]),
            container(*b"XXXX", 0, &off_curve),
        ] {
            place.write("hostile.srs", bytes);
            refused(&place, &setup);
            refused(&place, &["inspect", "hostile.srs"]);
        }
        File::create(place.path("hostile.srs")).unwrap().set_len(10 << 30).unwrap();
        refused(&place, &setup);
        let digest = "0".repeat(128);
        for bytes in [&b"ptau"[..], &[0; 64], b""] {
            place.write("hostile.ptau", bytes);
            refused(&place, &["srs", "import", "hostile.ptau", "--k", "4", "--digest", &digest]);
        }
        refused(&place, &["srs", "import", "hostile.ptau", "--k", "60", "--digest", &digest]);
    }

    #[test]
    fn cases_that_are_none() {
        let place = case();
        let honest = place.read_json("case/private/case.json");
        for (part, field, value) in [
            ("model", "inputs", json!(1_u64 << 40)),
            ("model", "classes", json!(0)),
            ("model", "head", json!([1, 2])),
            ("model", "head", json!("0")),
            ("table", "contributors", json!(1_u64 << 50)),
            ("table", "entries", json!(["1e5"])),
            ("rows", "labels", json!([-1])),
        ] {
            let mut edited = honest.clone();
            edited[part][field] = value;
            place.write("case/private/case.json", edited.to_string());
            refused(&place, &PROVE);
            refused(&place, &["setup", "--case", "case", "--unsafe-dev-srs", "--force"]);
        }
        fs::remove_file(place.path("case/private/case.json")).unwrap();
        refused(&place, &PROVE);
    }
}
