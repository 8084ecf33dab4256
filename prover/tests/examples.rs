//! The scikit-learn script of `examples/` writes files that are read, for both kinds of model.
//!
//! It needs Python with the packages of `examples/requirements-sklearn.txt`. They are installed once, into a virtual
//! environment below the target folder. Where that fails the test is skipped with a notice; with
//! `TRIBUTE_EXAMPLES=1` it must run.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use tribute::data::{DataShape, read_query, read_registry, read_training};
    use tribute::model::{FitRows, compare, decode, encode, quantize, read, refit_head};
    use tribute_circuits::reference::admit_first;

    fn examples() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
    }

    fn run(command: &mut Command) -> Result<(), String> {
        let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("{command:?}: {}", errors.lines().last().unwrap_or_default()))
    }

    /// A Python that has the packages.
    fn python() -> Result<PathBuf, String> {
        let requirements = examples().join("requirements-sklearn.txt");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-sklearn");
        let python = folder.join("bin/python");
        let imports = ["-c", "import numpy, onnx, sklearn, skl2onnx"];
        if run(Command::new(&python).args(imports)).is_err() {
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
            run(Command::new(&python).args(install).arg(requirements))?;
            run(Command::new(&python).args(imports))?;
        }
        Ok(python)
    }

    #[test]
    #[allow(clippy::print_stderr, reason = "a skipped test must say so")]
    fn scikit_learn_example_is_read() {
        let python = match python() {
            Ok(python) => python,
            Err(reason) => {
                let required = std::env::var_os("TRIBUTE_EXAMPLES").is_some_and(|v| v == "1");
                assert!(!required, "{reason}");
                eprintln!("SKIPPED: no Python with scikit-learn here ({reason})");
                return;
            }
        };
        for kind in ["mlp", "lr"] {
            let folder = tempfile::tempdir().unwrap();
            let mut script = Command::new(&python);
            script.arg(examples().join("train_sklearn.py")).arg("--out").arg(folder.path());
            run(script.args(["--kind", kind])).unwrap();
            check(folder.path(), kind);
        }
    }

    fn check(folder: &Path, kind: &str) {
        let loaded = read(&folder.join("model.onnx")).unwrap();
        let model = &loaded.model;
        assert_eq!(model.hidden.len(), usize::from(kind == "mlp"));
        assert!(!loaded.notices.pruned.is_empty());
        let registry = read_registry(&folder.join("contributors.csv")).unwrap();
        let shape = DataShape { inputs: model.inputs(), classes: model.classes() };
        let rows = read_training(&folder.join("train.csv"), shape, Some(registry)).unwrap();
        read_query(&folder.join("queries.csv"), model.inputs(), Some(7)).unwrap();
        let found = compare(&quantize(model).unwrap(), &rows).unwrap();
        assert!(found.float_accuracy > 0.95 && found.agreement > 0.98, "{kind}: {found:?}");
        let admitted = admit_first(&rows.features);
        let (features, labels) = (&rows.features, &rows.labels);
        let fit = FitRows { features, labels, admitted: &admitted };
        let refitted = refit_head(model, fit, 256).unwrap().quantized;
        assert!(compare(&refitted, &rows).unwrap().integer_accuracy > 0.95, "{kind}");
        let again = decode(&encode(&refitted.float)).unwrap();
        assert_eq!(quantize(&again.model).unwrap().model, refitted.model, "{kind}");
    }
}
