//! The peer, ezkl, in its own Python environment: one process for each step, none of which reaches a network.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tribute_benches::process::{Usage, run_logged};

use crate::gas::{self, Gas};
use crate::work::{Files, Work};

/// Nothing listens there: a step that wanted to download something would fail.
const NO_PROXY: &str = "http://127.0.0.1:9";

/// The peer, installed.
pub(crate) struct Ezkl {
    python: PathBuf,
    scripts: PathBuf,
    cache: PathBuf,
    root: PathBuf,
    /// Loading Python and the peer, which every step below includes.
    pub(crate) start: Usage,
}

/// What was made before the first proof.
pub(crate) struct Prepared {
    folder: PathBuf,
    /// Keys.
    pub(crate) setup: Usage,
    /// The forward pass.
    pub(crate) witness: Usage,
}

/// Whether the key of a model takes a proof of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherModel {
    /// It verifies.
    Accepted,
    /// It doesn't.
    Refused,
}

impl Ezkl {
    /// Installs the peer into the cache, unless it is there.
    ///
    /// # Errors
    /// Fails where Python or pip do.
    pub(crate) fn install(root: &Path, cache: &Path) -> io::Result<Self> {
        let scripts = root.join("benches/peer");
        let (wanted, venv) = (scripts.join("requirements.txt"), cache.join("venv"));
        let (python, installed) = (venv.join("bin/python"), venv.join("installed.txt"));
        let log = cache.join("install.log");
        fs::create_dir_all(cache)?;
        if fs::read(&installed).ok() != Some(fs::read(&wanted)?) {
            eprintln!("installing {} into {}", wanted.display(), venv.display());
            run_logged(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), &log)?;
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted);
            run_logged(&mut pip, &log)?;
            fs::copy(&wanted, &installed)?;
        }
        let start = run_logged(Command::new(&python).args(["-c", "import ezkl"]), &log)?;
        Ok(Self { python, scripts, cache: cache.to_owned(), root: root.to_owned(), start })
    }

    /// Makes graph, keys and witness of a work.
    ///
    /// # Errors
    /// Fails where a step does.
    pub(crate) fn prepare(&self, work: Work, files: &Files) -> io::Result<Prepared> {
        let folder = self.cache.join(work.to_string().replace(':', "-"));
        fs::remove_dir_all(&folder).or_else(|error| {
            if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
        })?;
        self.write(work, work.task.graph(), files, &folder)?;
        for step in ["settings", "calibrate", "compile", "srs"] {
            self.step(step, &folder)?;
        }
        let setup = self.step("setup", &folder)?;
        let witness = self.step("witness", &folder)?;
        Ok(Prepared { folder, setup, witness })
    }

    fn write(&self, work: Work, graph: &str, files: &Files, folder: &Path) -> io::Result<()> {
        let visibility = format!("{:?}", work.visibility).to_lowercase();
        let arguments: [&OsStr; 6] = [
            graph.as_ref(),
            visibility.as_ref(),
            files.model.as_ref(),
            files.train.as_ref(),
            files.queries.as_ref(),
            folder.as_ref(),
        ];
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("models.py")).args(arguments);
        run_logged(&mut command, &self.cache.join("models.log"))?;
        Ok(())
    }

    fn step(&self, step: &str, folder: &Path) -> io::Result<Usage> {
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("step.py")).arg(step).arg(folder);
        command.env("HOME", self.cache.join("home"));
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
            command.env(name, NO_PROXY).env(name.to_lowercase(), NO_PROXY);
        }
        run_logged(&mut command, &folder.join(format!("{step}.log")))
            .map_err(|error| io::Error::other(format!("ezkl {step}: {error}")))
    }

    /// Proves, once. The proof isn't verified by this step.
    ///
    /// # Errors
    /// Fails where the peer does.
    pub(crate) fn prove(&self, prepared: &Prepared) -> io::Result<Usage> {
        self.step("prove", &prepared.folder)
    }

    /// Verifies the last proof.
    ///
    /// # Errors
    /// Fails where the peer refuses it.
    pub(crate) fn verify(&self, prepared: &Prepared) -> io::Result<Usage> {
        self.step("verify", &prepared.folder)
    }

    /// Gas of the peer's own verifier, and its calldata, on our chain.
    ///
    /// # Errors
    /// Says what failed.
    pub(crate) fn gas(&self, prepared: &Prepared) -> Result<Gas, String> {
        let text = |error: io::Error| error.to_string();
        self.step("contract", &prepared.folder).map_err(text)?;
        self.step("calldata", &prepared.folder).map_err(text)?;
        let source = fs::read_to_string(prepared.folder.join("verifier.sol")).map_err(text)?;
        let calldata = fs::read(prepared.folder.join("calldata.bin")).map_err(text)?;
        gas::measure(&source, calldata, &self.root)
    }

    /// Proves the same query with the head negated, under the keys that were made for the model.
    ///
    /// # Errors
    /// Fails where the other model can't be compiled.
    pub(crate) fn other_model(
        &self,
        work: Work,
        prepared: &Prepared,
        files: &Files,
    ) -> io::Result<OtherModel> {
        let folder = self.cache.join("other-model");
        self.write(work, "other", files, &folder)?;
        for file in ["settings.json", "pk.key", "vk.key"] {
            fs::copy(prepared.folder.join(file), folder.join(file))?;
        }
        self.step("compile", &folder)?;
        self.step("witness", &folder)?;
        let verdict = self.step("prove", &folder).and_then(|_| self.step("verify", &folder));
        fs::remove_dir_all(&folder)?;
        Ok(if verdict.is_ok() { OtherModel::Accepted } else { OtherModel::Refused })
    }

    /// Bytes of the last proof.
    pub(crate) fn proof_bytes(&self, prepared: &Prepared) -> Option<usize> {
        let proof = json(&prepared.folder.join("proof.json"))?;
        Some(proof["proof"].as_array()?.len())
    }

    /// Shares that the peer proves, and those that its graph gives in floating point.
    pub(crate) fn shares(&self, prepared: &Prepared) -> Option<(Vec<f64>, Vec<f64>)> {
        let witness = json(&prepared.folder.join("witness.json"))?;
        let proven = witness["pretty_elements"]["rescaled_outputs"][1].as_array()?.iter();
        let proven = proven.map(|text| text.as_str()?.parse().ok()).collect::<Option<_>>()?;
        let expected = json(&prepared.folder.join("expected.json"))?;
        let expected = expected[1].as_array()?.iter();
        Some((proven, expected.map(serde_json::Value::as_f64).collect::<Option<_>>()?))
    }
}

fn json(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
