//! tribute, as its user runs it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tribute_benches::process::{Usage, home, run_logged};
use tribute_evm::verify_call;

use crate::gas::{self, Gas};
use crate::work::{Files, Source};

/// The command, and where its cases go.
pub(crate) struct Tribute {
    program: PathBuf,
    folder: PathBuf,
    root: PathBuf,
}

/// A case with keys.
pub(crate) struct Case {
    folder: PathBuf,
    /// What both sides read; the model is that with the head fitted to its rows.
    pub(crate) files: Files,
    /// `tribute commit`.
    pub(crate) commit: Usage,
    /// `tribute setup`.
    pub(crate) setup: Usage,
    /// `tribute index`, where it was asked for: or why there is none.
    pub(crate) index: Option<Result<Usage, String>>,
}

/// Which queries of a file are proven.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Queries<'a> {
    /// The first of the case.
    First,
    /// All of this file, in one proof.
    All(&'a Path),
}

impl Queries<'_> {
    /// What their proofs are registered for.
    fn registration(self, case: &Case) -> PathBuf {
        case.folder.join(match self {
            Queries::First => "registration.json",
            Queries::All(_) => "batch.json",
        })
    }

    /// Where their last proof stands.
    fn proof(self, case: &Case) -> PathBuf {
        case.folder.join(match self {
            Queries::First => "proof.json",
            Queries::All(_) => "proofs/batch-00000.json",
        })
    }
}

impl Tribute {
    /// A command whose cases go to a folder.
    pub(crate) fn new(program: PathBuf, folder: PathBuf, root: PathBuf) -> Self {
        Self { program, folder, root }
    }

    /// What it says of its version.
    pub(crate) fn version(&self) -> String {
        let output = Command::new(&self.program).arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        text.unwrap_or_default().trim().replace('\n', "; ")
    }

    fn run(&self, words: &str, paths: &[(&str, &Path)]) -> io::Result<Usage> {
        let mut arguments: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        for (flag, path) in paths {
            arguments.extend([OsString::from(flag), path.as_os_str().to_owned()]);
        }
        let log = self.folder.join("tribute.log");
        let mut command = Command::new(&self.program);
        command.args(arguments).env("TRIBUTE_HOME", home());
        run_logged(&mut command, &log).map_err(|error| {
            io::Error::other(self.without_paths(&format!("tribute {words}: {error}")))
        })
    }

    /// What a report may say: nothing of where this machine keeps the project.
    fn without_paths(&self, text: &str) -> String {
        text.replace(&*self.root.to_string_lossy(), ".")
    }

    /// Commits to a source and makes its keys; and its index, if wanted.
    ///
    /// # Errors
    /// Fails where tribute does; a refused index alone is no failure.
    pub(crate) fn prepare(&self, source: Source, files: &Files, index: bool) -> io::Result<Case> {
        let folder = self.folder.join(source.name());
        let mut paths: Vec<(&str, &Path)> =
            vec![("--model", &files.model), ("--data", &files.train), ("--out", &folder)];
        if let Some(contributors) = &files.contributors {
            paths.push(("--contributors", contributors));
        }
        let commit =
            self.run(&format!("commit --refit-head --method {}", source.method()), &paths)?;
        let case: [(&str, &Path); 1] = [("--case", &folder)];
        let setup = self.run("setup --unsafe-dev-srs", &case)?;
        let proven = || self.run("index --unsafe-dev-srs", &case).map_err(|e| e.to_string());
        let index = index.then(proven);
        let model = folder.join("private/refitted.onnx");
        Ok(Case { folder, files: Files { model, ..files.clone() }, commit, setup, index })
    }

    /// Makes the keys for so many queries in one proof.
    ///
    /// # Errors
    /// Fails where tribute does.
    pub(crate) fn set_up_batch(&self, case: &Case, queries: u32) -> io::Result<Usage> {
        let words = format!("setup --force --unsafe-dev-srs --batch {queries}");
        self.run(&words, &[("--case", &case.folder)])
    }

    /// Proves, once. The proof is verified before it is written.
    ///
    /// # Errors
    /// Fails where tribute does.
    pub(crate) fn prove(&self, case: &Case, queries: Queries<'_>) -> io::Result<Usage> {
        let (words, input, out) = match queries {
            Queries::First => {
                ("prove --force --row 0", case.files.queries.as_path(), queries.proof(case))
            }
            Queries::All(file) => {
                let folder = case.folder.join("proofs");
                // A run that is there is gone on with, and then nothing is proven.
                if folder.exists() {
                    fs::remove_dir_all(&folder)?;
                }
                ("prove --all", file, folder)
            }
        };
        self.run(words, &[("--case", &case.folder), ("--input", input), ("--out", &out)])
    }

    /// Gas of the rendered verifier with the last proof.
    ///
    /// # Errors
    /// Says what failed.
    pub(crate) fn gas(&self, case: &Case, queries: Queries<'_>) -> Result<Gas, String> {
        let (registration, proof) = (queries.registration(case), queries.proof(case));
        let out = case.folder.join("contract");
        let paths: [(&str, &Path); 3] =
            [("--registration", &registration), ("--proof", &proof), ("--out", &out)];
        self.run("export --force", &paths).map_err(|error| error.to_string())?;
        let source = fs::read_to_string(out.join("TributeVerifier.sol"));
        let source = source.map_err(|error| error.to_string())?;
        let calldata = calldata(&out.join("calldata.json")).ok_or("unknown form of calldata")?;
        gas::measure(&source, calldata, &self.root)
    }

    /// Bytes of the last proof.
    pub(crate) fn proof_bytes(case: &Case, queries: Queries<'_>) -> Option<usize> {
        let proof = json(&queries.proof(case))?;
        Some(gas::unhex(proof["proof"].as_str()?)?.len())
    }

    /// Shares that the last proof states.
    pub(crate) fn shares(case: &Case) -> Option<Vec<f64>> {
        let proof = json(&Queries::First.proof(case))?;
        let weights = proof["statement"]["weights_ppm"].as_array()?.iter();
        weights.map(|weight| Some(weight.as_f64()? / 1e6)).collect()
    }
}

fn calldata(path: &Path) -> Option<Vec<u8>> {
    let arguments = json(path)?;
    // The registered commitments stand behind the public inputs.
    let commitments = arguments["commitments"].as_array()?;
    let instances = arguments["instances"].as_array()?.iter().chain(commitments);
    let instances = instances.map(|word| gas::unhex(word.as_str()?)?.try_into().ok());
    let instances: Vec<[u8; 32]> = instances.collect::<Option<_>>()?;
    Some(verify_call(&gas::unhex(arguments["proof"].as_str()?)?, &instances))
}

fn json(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
