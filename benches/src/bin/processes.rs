//! `tribute prove` on the embedded digits case, as processes: median seconds and peak memory.
//!
//! Builds nothing: run `cargo build --release` before.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tribute_benches::process::{median, run};

const RUNS: usize = 5;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let program = std::env::current_exe()?.with_file_name("tribute");
    let files = root.join("prover/src/demo/digits");
    let folder = std::env::temp_dir().join(format!("tribute-processes-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = measure(&program, &files, &folder);
    fs::remove_dir_all(&folder)?;
    result
}

fn measure(program: &Path, files: &Path, folder: &Path) -> io::Result<()> {
    let case = folder.join("case");
    let words = |text: &str, paths: &[(&str, &Path)]| -> Vec<OsString> {
        let mut words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
        for (flag, path) in paths {
            words.extend([OsString::from(flag), path.as_os_str().to_owned()]);
        }
        words
    };
    let (model, data) = (files.join("model.onnx"), files.join("train.csv"));
    let (contributors, queries) = (files.join("contributors.csv"), files.join("queries.csv"));
    let sources: [(&str, &Path); 4] = [
        ("--model", &model),
        ("--data", &data),
        ("--contributors", &contributors),
        ("--out", &case),
    ];
    let commit = run(program, &words("commit", &sources))?;
    let setup = run(program, &words("setup --unsafe-dev-srs", &[("--case", &case)]))?;
    let proofs: Vec<PathBuf> =
        (0..RUNS).map(|number| folder.join(format!("proof-{number}.json"))).collect();
    let mut proving = Vec::new();
    for proof in &proofs {
        let paths: [(&str, &Path); 3] =
            [("--case", &case), ("--input", &queries), ("--out", proof)];
        proving.push(run(program, &words("prove --row 0", &paths))?);
    }
    let registration = case.join("registration.json");
    let paths: [(&str, &Path); 2] = [("--registration", &registration), ("--proof", &proofs[0])];
    let verify = run(program, &words("verify --unsafe-dev-srs --allow-unproven-table", &paths))?;

    println!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    println!("commit {commit}\nsetup {setup}\nverify {verify}");
    if let Some(prove) = median(&proving) {
        println!("prove, median of {RUNS} and the largest peak: {prove}");
    }
    Ok(())
}
