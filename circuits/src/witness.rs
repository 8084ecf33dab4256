//! A filled circuit as columns: what a prover commits to, without laying the circuit out again.

use halo2_proofs::halo2curves::bn256::Fr;

/// A circuit whose cells are data.
///
/// The columns are those that `synthesize` assigns, in the order in which they are configured.
pub trait Witness {
    /// The columns of the first phase: $2^k$ values each, zeros where nothing is assigned.
    fn first_phase(&self) -> Vec<Vec<Fr>>;

    /// The columns of the second phase, which follow from the first and the challenges.
    fn second_phase(&self, challenges: &[Fr]) -> Vec<Vec<Fr>>;
}
