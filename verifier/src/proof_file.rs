//! `proof.json`: a statement and the proof of it.

use serde::{Deserialize, Serialize};

use crate::file::{self, Malformed};
use crate::statement::Statement;
use crate::text;

const FORMAT: &str = "tribute/proof/2";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProofFormat {
    /// The version that exists.
    #[default]
    #[serde(rename = "tribute/proof/2")]
    V2,
}

/// A statement and the proof of it. Whether its keys can be trusted, the registered plan tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
    /// Name and version.
    pub format: ProofFormat,
    /// What is claimed.
    pub statement: Statement,
    /// Points and scalars in the order of the transcript, nothing between and nothing behind them.
    #[serde(with = "text::bytes")]
    pub proof: Vec<u8>,
}

impl ProofFile {
    /// Reads `proof.json`. Nothing is checked but that it is one.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        file::read(FORMAT, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HONEST: &str = r#"{
        "format": "tribute/proof/2",
        "statement": {
            "method": "tracin",
            "context": "0x0000000000000000000000000000000000000000000000000000000000000000",
            "model_commitment": "0x0000000000000000000000000000000000000000000000000000000000000001",
            "index_commitment": "0x0000000000000000000000000000000000000000000000000000000000000002",
            "input_commitment": "0x0000000000000000000000000000000000000000000000000000000000000003",
            "input": [-32768, 32767],
            "salt": "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000",
            "output": 1,
            "logits": [-4, 5],
            "contributors": [
                { "name": "ada", "address": "0x00000000000000000000000000000000000000aa" }
            ],
            "weights_ppm": [1000000],
            "unattributed": false
        },
        "proof": "0x00ff"
    }"#;

    fn read(text: &str) -> Result<ProofFile, Malformed> {
        ProofFile::from_json(text.as_bytes())
    }

    #[test]
    fn reads_every_field() {
        let ProofFile { format: _, statement, proof } = read(HONEST).unwrap();
        assert_eq!(statement.input, Some(vec![-32768, 32767]));
        assert_eq!(statement.logits, [-4, 5]);
        assert_eq!(proof, vec![0, 255]);
    }

    #[test]
    fn reads_what_it_writes() {
        let file = read(HONEST).unwrap();
        let text = serde_json::to_string_pretty(&file).unwrap();
        assert_eq!(read(&text).unwrap(), file);
    }

    #[test]
    fn rejects_other_spellings_types_and_fields() {
        let edits = [
            ("proof/2", "proof/1"),
            ("\"tracin\"", "\"TracIn\""),
            ("\"tracin\"", "1"),
            ("\"0x00ff\"", "\"0x00f\""),
            ("\"0x00ff\"", "\"0x00FF\""),
            ("\"0x00ff\"", "\"00ff\""),
            ("\"0x00ff\"", "\"0x00zz\""),
            ("\"0x00ff\"", "[0, 255]"),
            ("f0000000\"", "f0000001\""), // the order of the field
            ("0000000003\"", "000000003\""),
            ("0000000003\"", "00000000003\""),
            ("00aa\"", "00AA\""),
            ("00aa\"", "000aa\""),
            ("-32768", "-32769"),
            ("-32768", "1.5"),
            ("\"output\": 1", "\"output\": -1"),
            ("\"output\": 1", "\"output\": \"1\""),
            ("\"output\": 1", "\"output\": 1e0"),
            ("\"output\": 1,", ""),
            ("\"output\": 1", "\"output\": 1, \"output\": 1"),
            ("\"output\": 1", "\"output\": 1, \"score\": 1"),
            ("-4", "2147483648"),
            ("1000000", "4294967296"),
            ("\"unattributed\": false", "\"unattributed\": 0"),
            // No file says of itself how safe it is.
            ("\"0x00ff\"", "\"0x00ff\", \"unsafe_srs\": false"),
            ("\"0x00ff\"", "\"0x00ff\", \"note\": 0"),
        ];
        for (from, to) in edits {
            assert!(HONEST.contains(from), "{from}");
            assert!(read(&HONEST.replacen(from, to, 1)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn rejects_every_truncation() {
        for end in 0..HONEST.len() {
            assert!(read(&HONEST[..end]).is_err(), "{end}");
        }
    }
}
