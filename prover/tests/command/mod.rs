//! The command under test, and places to run it in.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Returns a file of a case.
pub(crate) fn case_file(case: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(case).join(name)
}

/// Returns the oracle's integers of a case.
pub(crate) fn expected(case: &str) -> serde_json::Value {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../circuits/tests/cases");
    let bytes = fs::read(cases.join(case).join("expected.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// A directory and the command in it.
#[derive(Debug)]
pub(crate) struct Place {
    directory: tempfile::TempDir,
    /// Where its user keeps pins.
    home: tempfile::TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Asserts success and returns standard output.
    pub(crate) fn done(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Asserts success and returns the JSON object on standard output.
    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// Asserts exit 2 with one line on standard error and nothing on standard output; returns the line.
    pub(crate) fn unusable(self) -> String {
        assert_eq!(self.status, 2, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        assert!(!self.stderr.contains("internal error"), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        self.stderr
    }

    /// Asserts exit 1 and returns what was said.
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.status, 1, "{}{}", self.stdout, self.stderr);
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read_json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// The command, run here.
    pub(crate) fn command(&self) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_tribute")))
    }

    /// Another command, run here with the same pins.
    pub(crate) fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.directory.path()).env("NO_COLOR", "1");
        command.env("TRIBUTE_HOME", self.home.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command().args(arguments).output().unwrap().into()
    }

    /// Verifies, with all granted that the files of tests lack: a ceremony, a proven table, somebody who checked the
    /// registration, and a request where none is given.
    pub(crate) fn verify(&self, arguments: &[&str]) -> Run {
        let mut all = arguments.to_vec();
        all.extend(["--unsafe-dev-srs", "--allow-unproven-table", "--unchecked"]);
        if !arguments.contains(&"--context") {
            all.push("--any-context");
        }
        self.run(&all)
    }

    /// Commits one of the cases, with more arguments where they are needed.
    pub(crate) fn commit(&self, case: &str, more: &[&str]) -> Run {
        let file = |name| case_file(case, name).to_str().unwrap().to_owned();
        let (model, data) = (file("model.onnx"), file("train.csv"));
        let contributors = file("contributors.csv");
        let mut arguments = vec!["commit", "--model", &model, "--data", &data];
        arguments.extend(["--contributors", &contributors, "--out", "case"]);
        arguments.extend(more);
        self.run(&arguments)
    }

    /// Every name below the directory with the length of its file.
    pub(crate) fn listing(&self) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.directory.path().to_path_buf()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                let metadata = entry.path().symlink_metadata().unwrap();
                if metadata.is_dir() {
                    open.push(entry.path());
                }
                found.insert(entry.path(), if metadata.is_file() { metadata.len() } else { 0 });
            }
        }
        found
    }
}
