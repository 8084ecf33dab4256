//! What stands beside a contract: its ABI, and how it is compiled and deployed.

use super::{CALLDATA, INPUT_FILE, Verifier};
use serde_json::json;
use tribute_verifier::digest::Digest;
use tribute_verifier::plan::Plan;
use tribute_verifier::registration::Registration;
use tribute_verifier::solidity::COMPILER_VERSION;

/// The ABI of a contract.
pub(super) fn abi(plan: &Plan, key_parts: usize, trusted: Option<Digest>) -> serde_json::Value {
    let unsafe_srs = plan.unsafe_srs() && trusted.is_none();
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
    if plan.unsafe_srs() && trusted.is_some() {
        entries.push(constant("TRUSTED_SRS", "bytes32"));
    }
    if plan.link.is_some() {
        entries.push(constant("LINKED_COLUMNS", "uint256"));
        entries.push(constant("LINK_LAYOUT", "bytes32"));
    }
    if plan.circuit.inference().is_some() {
        entries.push(constant("CIRCUIT", "uint256"));
    }
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

/// Says what the SRS means for the contract.
fn srs_note(plan: &Plan, trusted: Option<Digest>) -> String {
    match (plan.unsafe_srs(), trusted) {
        (false, _) => String::new(),
        (true, Some(digest)) => format!(
            "\nMade with the SRS {digest} of your own ceremony, trusted by name (`TRUSTED_SRS`): no known ceremony vouches for it, and `UNSAFE_SRS` says so.\n"
        ),
        (true, None) => "\nMade with an SRS of no known ceremony, UNSAFE: the contract says so (`UNSAFE_SRS`, computed from the constants of its pairing) and refuses to be constructed outside development chains.\n".to_owned(),
    }
}

/// The notes on a contract.
pub(super) fn text(
    registration: &Registration,
    plan: &Plan,
    verifier: Verifier<'_>,
    (key_parts, trusted): (usize, Option<Digest>),
) -> String {
    let (contract, file) = (verifier.contract(), verifier.file());
    let arguments = match verifier {
        Verifier::Query(_) => {
            format!(
                "`tribute export --registration R.json --proof P.json --out DIR` writes both arguments to `{CALLDATA}`: `instances` is the public inputs, with
`commitments`, the coordinates of the registered commitments, behind them. `AttributionRegistry` keeps these and is given the former alone."
            )
        }
        Verifier::Index | Verifier::Binding => format!("Both arguments stand in `{CALLDATA}`."),
    };
    let taint = srs_note(plan, trusted);
    let on_chain = registration.subject.header.on_chain();
    let key = if key_parts > 0 {
        format!(
            "\nKey, or key and equations, stand in contracts of their own, `{contract}Key0` and on ({key_parts} in all). Deploy them first: `{contract}` is constructed with their
addresses, in order, and takes none whose code is not the key's.\n"
        )
    } else {
        String::new()
    };
    format!(
        "# {contract}\n{taint}{key}
`{file}` checks proofs of one plan. It knows no model: whoever calls it compares the commitments among the public inputs
with those of the registered subject, as `AttributionRegistry` does.

`{INPUT_FILE}` is what the compiler, solc {COMPILER_VERSION}, is given: `solc --standard-json < {INPUT_FILE}`. Its settings are the optimizer
with 10,000 runs, no IR pipeline, EVM version cancun and no metadata: with them, and with no others, everybody has the same code, whatever
their paths and files are called. `tribute export --solc PROGRAM` runs it and prints the Keccak-256 of the code that stays. A contract
beyond 24,576 bytes of code (EIP-170) can't be deployed on a public chain: look at the compiler's output before you register it; with
`--placement interpreted` the code does not grow with the circuit.

    verifyProof(bytes proof, uint256[] instances) returns (bool)

{arguments} The call answers false to whatever it doesn't accept.
Register the contract's address and code hash with the subject in `registration.json`; compare the code with one that you rendered yourself.
By its header the index is {on_chain}; a registry holds whoever registers it to that.
"
    )
}
