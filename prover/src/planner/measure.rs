//! What one proof takes here: made with keys of a development SRS, weights and rows of nobody.

use crate::circuit::CircuitError;
use crate::keys::linked::{self, Registered};
use crate::keys::ring::{RingError, plan_of};
use crate::keys::{self, KeyError, generate};
use crate::planner::sample;
use crate::srs::{Srs, SrsError};
use crate::table::TableError;
use std::fs;
use std::time::Instant;
use tribute_circuits::{CircuitParams, IndexCircuit, IndexParams, InferenceCircuit, WitnessError};
use tribute_evm::{Chain, CompileError, Compiler, DEVELOPMENT, Outcome, verify_call};
use tribute_verifier::plan::{EncodingError, G1, Plan};
use tribute_verifier::plonk::{self, PlonkError};
use tribute_verifier::solidity::{SolidityError, render};

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// No SRS.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// The shape has no circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The circuit cannot be filled.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The method makes no table of the rows.
    #[error(transparent)]
    Table(#[from] TableError),
    /// No keys or no proof.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No plan.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A commitment that is no point.
    #[error("a commitment does not decode: {0}")]
    Point(#[from] EncodingError),
    /// The proof that was made is not accepted.
    #[error("the proof that was made is refused: {0}")]
    Refused(#[from] PlonkError),
    /// The plan gives no contract.
    #[error("no contract can be rendered: {0}")]
    Solidity(#[from] SolidityError),
    /// The contract does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The contract cannot be deployed, or does not accept the proof that was made.
    #[error("the contract does not accept the proof that was made")]
    Contract,
}

/// What a proof took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Witness and proof, the median of the runs.
    pub seconds: f64,
    /// Largest resident size of the process during the proofs, where the system tells.
    pub memory: Option<u64>,
    /// Length of the proof, with its link.
    pub proof_bytes: usize,
    /// Gas of the transaction that verifies it, in revm, where a compiler was given.
    pub gas: Option<u64>,
}

/// Makes keys and `runs` proofs of a layout; all are linked to a first one of the same columns, and one is verified, with a compiler also by the contract.
///
/// # Errors
/// Fails with the first thing that cannot be made.
pub fn measure(
    params: &CircuitParams,
    runs: usize,
    compiler: Option<&Compiler>,
) -> Result<Measured, MeasureError> {
    let srs = Srs::generate_unsafe_dev(params.k)?;
    let key = generate(&srs, &InferenceCircuit::for_keys(params)?)?;
    let plan = plan_of::<InferenceCircuit>(key.get_vk(), &srs, params)?;
    let witness = sample::witness(&params.shape, params.queries);
    let circuit = InferenceCircuit::new(params, &witness)?;
    let (first, tails) = linked::create_binding_proof(&srs, &key, &circuit, circuit.instance())?;
    let layout = plan.link_layout().ok_or(CircuitError::NoInference)?;
    let registered = Registered::new(layout, &first, tails)?;
    drop(circuit);
    forget_peak();
    let mut seconds = Vec::new();
    let mut proof = Vec::new();
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let circuit = InferenceCircuit::new(params, &witness)?;
        let instance = circuit.instance();
        proof = linked::create_linked_proof(&srs, &key, &circuit, instance, &registered)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    let memory = peak();
    let inputs = InferenceCircuit::new(params, &witness)?.public_inputs();
    let scalars: Vec<_> = inputs.iter().map(|input| input.to_fr()).collect();
    let (words, _) = first.as_chunks::<32>();
    let points = words.as_chunks::<2>().0.iter().take(params.weight_columns);
    let points: Result<Vec<_>, _> = points.map(|words| G1::from_words(*words)).collect();
    let points = points?;
    plonk::verify_linked(&plan, &scalars, &points, &proof)?;
    let gas = compiler.map(|compiler| {
        let words = inputs.iter().map(|input| input.to_be_bytes());
        let words: Vec<_> = words.chain(points.iter().flat_map(G1::words)).collect();
        gas(&plan, &verify_call(&proof, &words), compiler)
    });
    let gas = gas.transpose()?;
    seconds.sort_by(f64::total_cmp);
    Ok(Measured { seconds: seconds[seconds.len() / 2], memory, proof_bytes: proof.len(), gas })
}

/// Makes keys and one proof of an index, over rows of nobody; it is verified, with a compiler also by the contract.
///
/// # Errors
/// Fails with the first thing that cannot be made.
pub fn measure_index(
    params: &IndexParams,
    compiler: Option<&Compiler>,
) -> Result<Measured, MeasureError> {
    let witness = sample::index_witness(&params.shape)?;
    let srs = Srs::generate_unsafe_dev(params.k)?;
    let key = generate(&srs, &IndexCircuit::for_keys(params)?)?;
    let plan = plan_of::<IndexCircuit>(key.get_vk(), &srs, params)?;
    forget_peak();
    let start = Instant::now();
    let circuit = IndexCircuit::new(params, &witness)?;
    let proof = keys::create_proof(&srs, &key, &circuit, circuit.instance())?;
    let seconds = start.elapsed().as_secs_f64();
    let memory = peak();
    let inputs = circuit.public_inputs();
    plonk::verify(&plan, &inputs.iter().map(|input| input.to_fr()).collect::<Vec<_>>(), &proof)?;
    let words: Vec<_> = inputs.iter().map(|input| input.to_be_bytes()).collect();
    let gas = compiler.map(|compiler| gas(&plan, &verify_call(&proof, &words), compiler));
    Ok(Measured { seconds, memory, proof_bytes: proof.len(), gas: gas.transpose()? })
}

/// Gas of a call of the contract that `export` writes for this plan.
fn gas(plan: &Plan, call: &[u8], compiler: &Compiler) -> Result<u64, MeasureError> {
    const NAME: &str = "Verifier";
    let contracts = compiler.compile(&render(plan, NAME)?.source)?;
    // Code that no public chain takes is measured all the same.
    let mut chain = Chain::unlimited(DEVELOPMENT);
    let verifier = chain.deploy_verifier(&contracts, NAME).ok_or(MeasureError::Contract)?;
    let outcome = chain.call(verifier, call.to_vec()).filter(Outcome::accepts);
    Ok(outcome.ok_or(MeasureError::Contract)?.gas)
}

/// Makes the system forget how large the process has been.
pub fn forget_peak() {
    // Where it cannot, the peak is that of the whole process.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The largest resident size of the process in bytes, where the system tells.
pub fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes * 1024)
}
