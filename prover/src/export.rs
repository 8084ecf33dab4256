//! `export`: what a chain needs of a registration. No compiler runs here; `NOTES.md` says how one is run.

use crate::files::{Existing, FileError, Privacy, StagedDirectory, json, write_file};
use serde::Serialize;
use serde_json::json;
use std::path::Path;
use tribute_verifier::field::FieldElement;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::registration::Registration;
use tribute_verifier::solidity::{self, KeyPlacement, SolidityError};
use tribute_verifier::statement::StatementError;
use tribute_verifier::text::encode_bytes;
use tribute_verifier::verify::{Refusal, verify};

/// Name of the contract.
pub const CONTRACT: &str = "TributeVerifier";
const CALLDATA: &str = "calldata.json";
const CONTRACT_FILE: &str = "TributeVerifier.sol";
const ABI_FILE: &str = "abi.json";
const NOTES_FILE: &str = "NOTES.md";

/// Arguments of one call of `verifyProof`.
#[derive(Debug, Serialize)]
struct Calldata<'a> {
    format: &'static str,
    proof: String,
    instances: &'a [FieldElement],
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The plan gives no contract.
    #[error("no contract can be rendered: {0}")]
    Solidity(#[from] SolidityError),
    /// The proof isn't one of this registration.
    #[error("the proof is refused: {0}")]
    Refused(#[from] Refusal),
    /// The statement has no public inputs.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

/// Writes the verifier contract in the placement asked for or the one that suits, its ABI and how to deploy it; with a
/// proof, the arguments of its call.
///
/// # Errors
/// Fails if the plan doesn't render, the proof isn't accepted natively, or the target exists.
pub fn export(
    registration: &Registration,
    proof: Option<&ProofFile>,
    placement: Option<KeyPlacement>,
    target: &Path,
    existing: Existing,
) -> Result<Vec<&'static str>, ExportError> {
    if let Some(proof) = proof {
        verify(registration, proof, None)?;
    }
    let plan = &registration.plan;
    let contract = match placement {
        Some(placement) => solidity::render_with(plan, CONTRACT, placement)?,
        None => solidity::render(plan, CONTRACT)?,
    };
    let staged =
        StagedDirectory::begin(target, existing, |path| path.join(CONTRACT_FILE).is_file())?;
    let file = |name: &str| staged.path().join(name);
    let write = |name, text: &str| {
        write_file(&file(name), text.as_bytes(), Privacy::Public, Existing::Refuse)
    };
    write(CONTRACT_FILE, &contract.source)?;
    json::write(
        &file(ABI_FILE),
        &abi(registration.plan.unsafe_srs, contract.key_parts),
        Privacy::Public,
        Existing::Refuse,
    )?;
    write(NOTES_FILE, &notes(registration, contract.key_parts))?;
    let mut files = vec![CONTRACT_FILE, ABI_FILE, NOTES_FILE];
    if let Some(proof) = proof {
        let instances = proof.statement.public_inputs()?;
        let calldata = Calldata {
            format: "tribute/calldata/1",
            proof: encode_bytes(&proof.proof),
            instances: &instances,
        };
        json::write(&file(CALLDATA), &calldata, Privacy::Public, Existing::Refuse)?;
        files.push(CALLDATA);
    }
    staged.publish()?;
    Ok(files)
}

fn abi(unsafe_srs: bool, key_parts: usize) -> serde_json::Value {
    let constant = |name: &str, kind: &str| json!({ "type": "function", "name": name, "inputs": [], "outputs": [{ "name": "", "type": kind }], "stateMutability": "view" });
    let mut entries = vec![
        json!({
            "type": "function",
            "name": "verifyProof",
            "inputs": [{ "name": "proof", "type": "bytes" }, { "name": "instances", "type": "uint256[]" }],
            "outputs": [{ "name": "accepted", "type": "bool" }],
            "stateMutability": "view",
        }),
        constant("UNSAFE_SRS", "bool"),
        constant("PLAN_DIGEST", "bytes32"),
        constant("INSTANCES", "uint256"),
        constant("PROOF_BYTES", "uint256"),
    ];
    if unsafe_srs {
        entries.push(json!({ "type": "error", "name": "UnsafeSrs", "inputs": [{ "name": "chain", "type": "uint256" }] }));
    }
    if key_parts > 0 {
        entries.push(json!({ "type": "error", "name": "WrongKey", "inputs": [{ "name": "key", "type": "address" }] }));
        entries.extend((0..key_parts).map(|part| constant(&format!("KEY_{part}"), "address")));
    }
    if unsafe_srs || key_parts > 0 {
        let input = |part| json!({ "name": format!("key{part}"), "type": "address" });
        let inputs: Vec<_> = (0..key_parts).map(input).collect();
        entries.push(
            json!({ "type": "constructor", "inputs": inputs, "stateMutability": "nonpayable" }),
        );
    }
    serde_json::Value::Array(entries)
}

fn notes(registration: &Registration, key_parts: usize) -> String {
    let taint = if registration.plan.unsafe_srs {
        "\nMade with a DEVELOPMENT SRS: the contract says so (`UNSAFE_SRS`) and refuses to be constructed outside development chains.\n"
    } else {
        ""
    };
    let key = if key_parts > 0 {
        format!(
            "\nKey, or key and equations, stand in contracts of their own, `{CONTRACT}Key0` and on ({key_parts} in all). Deploy them first: `{CONTRACT}` is constructed with their
addresses, in order, and takes none whose code is not the key's.\n"
        )
    } else {
        String::new()
    };
    format!(
        "# {CONTRACT}\n{taint}{key}
`{CONTRACT_FILE}` checks proofs of one plan. It knows no model: whoever calls it compares the commitments among the public inputs
with those of the registered subject, as `AttributionRegistry` does.

Compile with solc 0.8.37, optimizer on, without the IR pipeline, EVM version cancun. A contract beyond 24,576 bytes of code (EIP-170) can't be
deployed on a public chain: look at the compiler's output before you register it; with `--placement interpreted` the code does not grow with the circuit.

    verifyProof(bytes proof, uint256[] instances) returns (bool)

`tribute export --registration R.json --proof P.json --out DIR` writes both arguments to `{CALLDATA}`. The call answers false to whatever it doesn't accept.
Register the contract's address and code hash with the subject in `registration.json`; compare the code with one that you rendered yourself.
"
    )
}
