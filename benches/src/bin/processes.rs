//! `tribute prove` on the embedded digits case, as processes: median seconds and peak memory.
//!
//! Builds nothing: run `cargo build --release` before.

#![allow(clippy::print_stdout, reason = "this is what the command is for")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

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
    let queries = files.join("queries.csv");
    let path = |path: &Path| path.as_os_str().to_owned();
    let run = |arguments: &[&std::ffi::OsStr]| -> io::Result<Usage> {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        watch(command.spawn()?)
    };
    let word = std::ffi::OsStr::new;
    let (model, data) = (path(&files.join("model.onnx")), path(&files.join("train.csv")));
    let contributors = path(&files.join("contributors.csv"));
    let commit = run(&[
        word("commit"),
        word("--model"),
        &model,
        word("--data"),
        &data,
        word("--contributors"),
        &contributors,
        word("--out"),
        case.as_os_str(),
    ])?;
    let setup = run(&[word("setup"), word("--case"), case.as_os_str(), word("--unsafe-dev-srs")])?;
    let proofs: Vec<PathBuf> =
        (0..RUNS).map(|number| folder.join(format!("proof-{number}.json"))).collect();
    let mut proving = Vec::new();
    for proof in &proofs {
        proving.push(run(&[
            word("prove"),
            word("--case"),
            case.as_os_str(),
            word("--input"),
            queries.as_os_str(),
            word("--row"),
            word("0"),
            word("--out"),
            proof.as_os_str(),
        ])?);
    }
    let registration = case.join("registration.json");
    let verify = run(&[
        word("verify"),
        word("--registration"),
        registration.as_os_str(),
        word("--proof"),
        proofs[0].as_os_str(),
    ])?;

    println!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    println!("commit {commit}\nsetup {setup}\nverify {verify}");
    proving.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
    let slowest = proving.iter().map(|usage| usage.mebibytes).max().unwrap_or_default();
    println!("prove, median of {RUNS}: {}; largest peak {slowest} MiB", proving[RUNS / 2]);
    Ok(())
}

/// What a process took.
struct Usage {
    seconds: f64,
    mebibytes: u64,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s, {} MiB", self.seconds, self.mebibytes)
    }
}

/// Waits for a process and reads its peak memory while it lives.
fn watch(mut child: Child) -> io::Result<Usage> {
    let start = Instant::now();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line
            .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .unwrap_or(0)
            .max(peak);
        if let Some(code) = child.try_wait()? {
            let seconds = start.elapsed().as_secs_f64();
            return if code.success() {
                Ok(Usage { seconds, mebibytes: peak / 1024 })
            } else {
                Err(io::Error::other(format!("a process ended with {code}")))
            };
        }
        sleep(Duration::from_millis(2));
    }
}
