//! A batch and the proof of it, as a file; and either file that answers come in.

use serde::{Deserialize, Serialize};

use crate::batch::BatchStatement;
use crate::file::{self, Malformed};
use crate::proof_file::ProofFile;
use crate::text;

const FORMAT: &str = "tribute/batch-proof/2";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchProofFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/batch-proof/2")]
    V2,
}

/// A batch and the proof of it. Whether its keys can be trusted, the registered plan tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchProof {
    /// Name and version.
    pub format: BatchProofFormat,
    /// What is claimed.
    pub statement: BatchStatement,
    /// Points and scalars in the order of the transcript, nothing between and nothing behind them.
    #[serde(with = "text::bytes")]
    pub proof: Vec<u8>,
}

impl BatchProof {
    /// Reads a batch and its proof. Nothing is checked but that it is one.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        file::read(FORMAT, bytes)
    }
}

/// A file with answers: of one query, or of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerFile {
    /// One query, with its weights.
    Single(ProofFile),
    /// A batch, with the sums of its weights.
    Batch(BatchProof),
}

impl AnswerFile {
    /// Reads either file, told apart by its format.
    ///
    /// # Errors
    /// Fails on bytes that are neither.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        if file::is_of(FORMAT, bytes) {
            BatchProof::from_json(bytes).map(Self::Batch)
        } else {
            ProofFile::from_json(bytes).map(Self::Single)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HONEST: &str = r#"{
        "format": "tribute/batch-proof/2",
        "statement": {
            "method": "tracin",
            "model_commitment": "0x0000000000000000000000000000000000000000000000000000000000000001",
            "index_commitment": "0x0000000000000000000000000000000000000000000000000000000000000002",
            "queries": [
                {
                    "context": "0x0000000000000000000000000000000000000000000000000000000000000000",
                    "input_commitment": "0x0000000000000000000000000000000000000000000000000000000000000003",
                    "output": 1,
                    "logits": [-4, 5],
                    "unattributed": false
                }
            ],
            "contributors": [
                { "name": "ada", "address": "0x00000000000000000000000000000000000000aa" }
            ],
            "totals_ppm": [1000000]
        },
        "proof": "0x00ff"
    }"#;

    fn read(text: &str) -> Result<BatchProof, Malformed> {
        BatchProof::from_json(text.as_bytes())
    }

    #[test]
    fn reads_what_it_writes() {
        let file = read(HONEST).unwrap();
        assert_eq!((file.statement.queries.len(), file.proof.len()), (1, 2));
        let text = serde_json::to_string_pretty(&file).unwrap();
        assert_eq!(read(&text).unwrap(), file);
    }

    #[test]
    fn rejects_other_formats_types_and_fields() {
        let edits = [
            ("batch-proof/2", "batch-proof/1"),
            ("batch-proof/2", "proof/2"),
            ("\"tracin\"", "\"TracIn\""),
            ("\"unattributed\": false", "\"unattributed\": 0"),
            ("\"unattributed\": false", "\"unattributed\": false, \"weights_ppm\": []"),
            ("\"output\": 1,", ""),
            ("1000000", "4294967296"),
            ("\"totals_ppm\": [1000000]", "\"totals_ppm\": [1000000], \"input\": []"),
            ("\"0x00ff\"", "\"0x00ff\", \"unsafe_srs\": false"),
        ];
        for (from, to) in edits {
            assert!(HONEST.contains(from), "{from}");
            assert!(read(&HONEST.replacen(from, to, 1)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn either_file_is_told_by_its_format() {
        let read = |text: &str| AnswerFile::from_json(text.as_bytes());
        assert!(matches!(read(HONEST), Ok(AnswerFile::Batch(_))));
        let single = HONEST.replace("batch-proof/2", "proof/2");
        assert!(matches!(
            read(&single),
            Err(Malformed::Content { expected: "tribute/proof/2", .. })
        ));
        let earlier = HONEST.replace("batch-proof/2", "batch-proof/1");
        assert!(matches!(read(&earlier), Err(Malformed::Format { .. })));
        assert!(matches!(read("{}"), Err(Malformed::NoFormat { .. })));
    }
}
