//! What is measured, and what the peer's proof of it says.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A query to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The digits network, 64-32-10. The peer proves its output alone.
    W1,
    /// The digits network, and shares from every one of 256 rows.
    W1Attribution,
    /// The digits network, and shares from a table for each contributor, given as constants.
    W1Table,
    /// The network 784-128-10. The peer proves its output alone.
    W2,
    /// LeNet. The peer proves its output alone.
    W3,
    /// 64 queries of the digits network.
    Batch,
}

/// Where the peer keeps a model's weights, and the constants of an attribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// In the witness.
    Private,
    /// In the key.
    Fixed,
    /// In the witness, and hashed into a public value.
    Hashed,
}

/// A task, and how the peer is asked to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// What is proven.
    pub(crate) task: Task,
    /// How the peer treats the model.
    pub(crate) visibility: Visibility,
}

/// What the two prove the same things about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// The digits case of the tests.
    Digits,
    /// The network of the digits case, with 256 rows of 12 contributors.
    Rows256,
    /// The case of larger images.
    Digits28,
    /// LeNet.
    LeNet,
}

const TASKS: [(&str, Task); 6] = [
    ("w1", Task::W1),
    ("w1-attribution", Task::W1Attribution),
    ("w1-table", Task::W1Table),
    ("w2", Task::W2),
    ("w3", Task::W3),
    ("batch", Task::Batch),
];
const VISIBILITIES: [(&str, Visibility); 3] = [
    ("private", Visibility::Private),
    ("fixed", Visibility::Fixed),
    ("hashed", Visibility::Hashed),
];

impl Task {
    /// The case that it uses.
    pub(crate) fn source(self) -> Source {
        match self {
            Self::W1 | Self::Batch => Source::Digits,
            Self::W1Attribution | Self::W1Table => Source::Rows256,
            Self::W2 => Source::Digits28,
            Self::W3 => Source::LeNet,
        }
    }

    /// The peer's graph, as models.py names it.
    pub(crate) fn graph(self) -> &'static str {
        match self {
            Self::W1 | Self::W2 | Self::W3 | Self::Batch => "forward",
            Self::W1Attribution => "attribution",
            Self::W1Table => "table",
        }
    }

    /// Whether the peer proves shares too.
    pub(crate) fn attributes(self) -> bool {
        self.graph() != "forward"
    }
}

impl Work {
    /// What the peer's proof binds, in a few words.
    pub(crate) fn peer_binds(self) -> &'static str {
        match self.visibility {
            Visibility::Private => "no model, no index",
            Visibility::Fixed => "a model by its key, no index",
            Visibility::Hashed => "a model by a hash, no index",
        }
    }

    /// What the peer's proof says.
    pub(crate) fn peer_statement(self) -> String {
        let model = match self.visibility {
            Visibility::Private => {
                "some weights of this architecture give this output: no model is bound"
            }
            Visibility::Fixed => {
                "the weights in this key give this output: a key and a contract for each model"
            }
            Visibility::Hashed => "weights with this hash give this output",
        };
        let shares = match (self.task, self.visibility) {
            (Task::W1Attribution, Visibility::Private) => {
                "; shares from some 256 rows' features and residuals"
            }
            (Task::W1Attribution, _) => "; shares from the bound 256 rows' features and residuals",
            (Task::W1Table, Visibility::Private) => "; shares from some tables",
            (Task::W1Table, _) => "; shares from the bound tables",
            _ => "; no shares",
        };
        format!("{model}{shares}; nothing proves an index, that any of it comes from rows")
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = TASKS.iter().find(|(_, task)| *task == self.task);
        let visibility = VISIBILITIES.iter().find(|(_, other)| *other == self.visibility);
        f.write_str(task.map_or("", |(name, _)| name))?;
        match self.visibility {
            Visibility::Private => Ok(()),
            _ => write!(f, ":{}", visibility.map_or("", |(name, _)| name)),
        }
    }
}

impl FromStr for Work {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (task, visibility) = text.split_once(':').unwrap_or((text, "private"));
        let task = TASKS.iter().find(|(name, _)| *name == task);
        let visibility = VISIBILITIES.iter().find(|(name, _)| *name == visibility);
        match (task, visibility) {
            (Some((_, task)), Some((_, visibility))) => {
                Ok(Self { task: *task, visibility: *visibility })
            }
            _ => {
                Err("w1, w1-attribution, w1-table, w2, w3 or batch, with :fixed or :hashed".into())
            }
        }
    }
}

/// Files that both sides read.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// The network.
    pub(crate) model: PathBuf,
    /// Its rows.
    pub(crate) train: PathBuf,
    /// Its contributors, where they have addresses.
    pub(crate) contributors: Option<PathBuf>,
    /// Queries.
    pub(crate) queries: PathBuf,
}

impl Source {
    /// Its name in file names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Rows256 => "rows256",
            Self::Digits28 => "digits28",
            Self::LeNet => "lenet",
        }
    }

    /// The method of attribution: what the peer's graph computes, and tribute's default elsewhere.
    pub(crate) fn method(self) -> &'static str {
        if self == Self::Rows256 { "tracin" } else { "group-newton" }
    }

    /// Where its files are.
    ///
    /// # Errors
    /// Says what is missing.
    pub(crate) fn files(self, root: &Path, rows256: &Path) -> Result<Files, String> {
        let cases = root.join("prover/tests/cases");
        let folder = match self {
            Self::Digits | Self::Rows256 => cases.join("digits_mlp_n200"),
            Self::Digits28 => cases.join("digits28_mlp_n300"),
            Self::LeNet => cases.join("lenet"),
        };
        let model = folder.join("model.onnx");
        if !model.is_file() {
            return Err(format!("no case {} in the tests", self.name()));
        }
        let own = self == Self::Rows256;
        Ok(Files {
            model,
            train: if own { rows256.to_owned() } else { folder.join("train.csv") },
            contributors: (!own).then(|| folder.join("contributors.csv")),
            queries: folder.join("queries.csv"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn works_are_read_as_they_are_written() {
        for (task, _) in TASKS {
            for (visibility, _) in VISIBILITIES {
                let text = format!("{task}:{visibility}");
                let work: Work = text.parse().unwrap();
                assert_eq!(work.to_string(), text.trim_end_matches(":private"));
                assert_eq!(work.to_string().parse(), Ok(work));
            }
        }
        assert!("w4".parse::<Work>().is_err() && "w1:public".parse::<Work>().is_err());
    }

    #[test]
    fn a_private_model_is_said_to_be_unbound() {
        let work: Work = "w1".parse().unwrap();
        assert!(work.peer_statement().contains("no model is bound; no shares"));
        let work: Work = "w1-attribution:fixed".parse().unwrap();
        assert!(work.peer_statement().contains("in this key"));
    }
}
