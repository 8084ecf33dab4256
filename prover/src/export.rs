//! `export`: what a chain needs of a registration. No compiler runs here; `NOTES.md` says how one is run.

use crate::files::{Existing, FileError, Privacy, StagedDirectory, json, write_file};
use serde::Serialize;
use serde_json::json;
use std::path::Path;
use tribute_verifier::batch::BatchError;
use tribute_verifier::batch_proof::AnswerFile;
use tribute_verifier::binding_proof::{BindingProof, public_inputs};
use tribute_verifier::certificate::Limits;
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;
use tribute_verifier::index_proof::{IndexRefusal, IndexStatement};
use tribute_verifier::plan::{G1, Plan};
use tribute_verifier::plonk::PlonkError;
use tribute_verifier::policy::Policy;
use tribute_verifier::registration::{Registration, RegistrationError};
use tribute_verifier::solidity::{self, COMPILER_VERSION, KeyPlacement, SolidityError};
use tribute_verifier::statement::StatementError;
use tribute_verifier::text::encode_bytes;
use tribute_verifier::verify::{Refusal, verify, verify_batch, verify_index};

const CALLDATA: &str = "calldata.json";
const ABI_FILE: &str = "abi.json";
const NOTES_FILE: &str = "NOTES.md";

/// Which of a registration's three verifiers.
#[derive(Clone, Copy, Debug)]
pub enum Verifier<'a> {
    /// Of queries, with a proof whose calldata is wanted.
    Query(Option<&'a AnswerFile>),
    /// Of the index proof, whose calldata comes with it.
    Index,
    /// Of the binding proof, whose calldata comes with it.
    Binding,
}

impl Verifier<'_> {
    /// Name of the contract.
    #[must_use]
    pub const fn contract(self) -> &'static str {
        match self {
            Self::Query(_) => "TributeVerifier",
            Self::Index => "TributeIndexVerifier",
            Self::Binding => "TributeBindingVerifier",
        }
    }

    /// Name of the file that holds it.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Query(_) => "TributeVerifier.sol",
            Self::Index => "TributeIndexVerifier.sol",
            Self::Binding => "TributeBindingVerifier.sol",
        }
    }
}

/// Arguments of one call of `verifyProof`.
#[derive(Debug, Serialize)]
struct Calldata {
    format: &'static str,
    proof: String,
    /// The public inputs: what `AttributionRegistry` takes.
    instances: Vec<FieldElement>,
    /// Coordinates of the registered commitments: what the call takes behind them, where proofs are linked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commitments: Vec<Digest>,
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
    /// The registration carries no index proof.
    #[error("the registration carries no index proof; `tribute index` makes one")]
    NoIndex,
    /// The index proof isn't one of this registration.
    #[error("the index proof is refused: {0}")]
    Index(#[from] IndexRefusal),
    /// The binding proof isn't one of this registration.
    #[error("the binding proof is refused: {0}")]
    Binding(#[source] PlonkError),
    /// The binding proof isn't one for the plan.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The statement has no public inputs.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The statement of a batch has no public inputs.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// Writes one of the verifier contracts in the placement asked for or the one that suits, its ABI and how to deploy it; with a
/// proof, the arguments of its call.
///
/// # Errors
/// Fails if the plan doesn't render, the proof isn't accepted natively, the index isn't proven, or the target exists.
pub fn export(
    registration: &Registration,
    verifier: Verifier<'_>,
    (placement, trusted): (Option<KeyPlacement>, Option<Digest>),
    target: &Path,
    existing: Existing,
) -> Result<Vec<&'static str>, ExportError> {
    let (plan, calldata) = checked(registration, verifier)?;
    let (name, contract_file) = (verifier.contract(), verifier.file());
    let placement = match placement {
        Some(placement) => placement,
        None => KeyPlacement::suiting(plan)?,
    };
    let contract = solidity::render_trusting(plan, name, placement, trusted)?;
    let staged = StagedDirectory::begin(
        target,
        existing,
        |path| path.join(contract_file).is_file(),
        "tribute export",
    )?;
    let file = |name: &str| staged.path().join(name);
    let write = |name, text: &str| {
        write_file(&file(name), text.as_bytes(), Privacy::Public, Existing::Refuse)
    };
    write(contract_file, &contract.source)?;
    let abi = abi(plan, contract.key_parts, trusted);
    json::write(&file(ABI_FILE), &abi, Privacy::Public, Existing::Refuse)?;
    write(NOTES_FILE, &notes(plan, verifier, contract.key_parts, trusted))?;
    let mut files = vec![contract_file, ABI_FILE, NOTES_FILE];
    if let Some(calldata) = calldata {
        json::write(&file(CALLDATA), &calldata, Privacy::Public, Existing::Refuse)?;
        files.push(CALLDATA);
    }
    staged.publish()?;
    Ok(files)
}

/// The plan to render, and the arguments of a call, once they were checked natively.
fn checked<'a>(
    registration: &'a Registration,
    verifier: Verifier<'_>,
) -> Result<(&'a Plan, Option<Calldata>), ExportError> {
    // A contract of a plan that is not the subject's would be registered as what it is not.
    registration.check()?;
    let calldata = |proof: &[u8], instances: Vec<FieldElement>| Calldata {
        format: "tribute/calldata/2",
        proof: encode_bytes(proof),
        instances,
        commitments: Vec::new(),
    };
    // A contract is of whoever deploys it: registries compare its code, not this.
    let policy = Policy::equations_alone(Limits::NONE);
    match verifier {
        Verifier::Query(None) => Ok((&registration.plan, None)),
        Verifier::Query(Some(proof)) => {
            let (proof, instances) = match proof {
                AnswerFile::Single(file) => {
                    verify(registration, file, &policy)?;
                    (&file.proof, file.statement.public_inputs()?)
                }
                AnswerFile::Batch(file) => {
                    verify_batch(registration, file, &policy)?;
                    let slots = registration.plan.circuit.inference().map_or(0, |s| s.queries);
                    let slots = usize::try_from(slots).unwrap_or_default();
                    (&file.proof, file.statement.public_inputs(slots)?)
                }
            };
            let mut calldata = calldata(proof, instances);
            let registered = registration.binding.registered().unwrap_or_default();
            calldata.commitments = registered.iter().flat_map(G1::words).map(Digest).collect();
            Ok((&registration.plan, Some(calldata)))
        }
        Verifier::Binding => {
            let BindingProof { format: _, plan, proof } = &registration.binding;
            registration.binding.verify(&registration.subject).map_err(ExportError::Binding)?;
            let instances = public_inputs(&registration.subject).to_vec();
            Ok((plan, Some(calldata(proof, instances))))
        }
        Verifier::Index => {
            let index = registration.index.as_ref().ok_or(ExportError::NoIndex)?;
            verify_index(registration, &policy)?;
            let shape = index.plan.circuit.index().ok_or(IndexRefusal::NoIndex)?;
            let statement =
                IndexStatement::new(&registration.subject, shape.features(), shape.classes);
            let instances = statement.public_inputs().to_vec();
            Ok((&index.plan, Some(calldata(&index.proof, instances))))
        }
    }
}

fn abi(plan: &Plan, key_parts: usize, trusted: Option<Digest>) -> serde_json::Value {
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

fn notes(plan: &Plan, verifier: Verifier<'_>, key_parts: usize, trusted: Option<Digest>) -> String {
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

Compile with solc {COMPILER_VERSION}, optimizer on, without the IR pipeline, EVM version cancun. A contract beyond 24,576 bytes of code (EIP-170) can't be
deployed on a public chain: look at the compiler's output before you register it; with `--placement interpreted` the code does not grow with the circuit.

    verifyProof(bytes proof, uint256[] instances) returns (bool)

{arguments} The call answers false to whatever it doesn't accept.
Register the contract's address and code hash with the subject in `registration.json`; compare the code with one that you rendered yourself.
"
    )
}
