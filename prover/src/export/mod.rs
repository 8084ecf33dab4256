//! `export`: what a chain needs of a registration. `input.json` is what a Solidity compiler is given, so that everybody has
//! the same code; where one is named it runs, and the hash of the code is said.

mod code;
mod notes;

pub use code::Code;

use crate::files::{Existing, FileError, Privacy, StagedDirectory, json, write_file};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tribute_evm::{CompileError, standard_input};
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
const INPUT_FILE: &str = "input.json";

/// How a contract is rendered, and what is said of its code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rendering<'a> {
    /// Where key and equations stand; what suits where nothing is said.
    pub placement: Option<KeyPlacement>,
    /// Digest of the SRS of a ceremony of one's own.
    pub trusted: Option<Digest>,
    /// A Solidity compiler to run.
    pub solc: Option<&'a Path>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Names of the files.
    pub files: Vec<&'static str>,
    /// The code of the verifier, where a compiler was named.
    pub code: Option<Code>,
}

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
    /// The compiler isn't one, or finds fault.
    #[error(transparent)]
    Compiler(#[from] CompileError),
    /// Another compiler makes other code.
    #[error(
        "{} is solc {found}; the code of a verifier is that of {COMPILER_VERSION}",
        program.display()
    )]
    CompilerVersion {
        /// The program.
        program: PathBuf,
        /// What it says of itself.
        found: String,
    },
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

/// Writes one of the verifier contracts in the placement asked for or the one that suits, what a compiler is given, its ABI and
/// how to deploy it; with a proof, the arguments of its call. With a compiler, says what code the contract is.
///
/// # Errors
/// Fails if the plan doesn't render, the proof isn't accepted natively, the index isn't proven, the compiler isn't the one that
/// everybody takes, or the target exists.
pub fn export(
    registration: &Registration,
    verifier: Verifier<'_>,
    rendering: Rendering<'_>,
    target: &Path,
    existing: Existing,
) -> Result<Exported, ExportError> {
    let Rendering { placement, trusted, solc } = rendering;
    let (plan, calldata) = checked(registration, verifier)?;
    let (name, contract_file) = (verifier.contract(), verifier.file());
    let placement = match placement {
        Some(placement) => placement,
        None => KeyPlacement::suiting(plan)?,
    };
    let contract = solidity::render_trusting(plan, name, placement, trusted)?;
    let compile = |solc| code::compile(solc, name, contract_file, &contract.source);
    let code = solc.map(compile).transpose()?;
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
    let input = standard_input(contract_file, &contract.source);
    json::write(&file(INPUT_FILE), &input, Privacy::Public, Existing::Refuse)?;
    let abi = notes::abi(plan, contract.key_parts, trusted);
    json::write(&file(ABI_FILE), &abi, Privacy::Public, Existing::Refuse)?;
    write(NOTES_FILE, &notes::text(registration, plan, verifier, (contract.key_parts, trusted)))?;
    let mut files = vec![contract_file, INPUT_FILE, ABI_FILE, NOTES_FILE];
    if let Some(calldata) = calldata {
        json::write(&file(CALLDATA), &calldata, Privacy::Public, Existing::Refuse)?;
        files.push(CALLDATA);
    }
    staged.publish()?;
    Ok(Exported { files, code })
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
            let registered = registration.binding.registered();
            let registered = registered.ok_or(Refusal::from(PlonkError::Unregistered))?;
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
