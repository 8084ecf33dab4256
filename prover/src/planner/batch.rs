//! How many queries a proof answers.

use super::Goal;
use super::calibration::REFERENCE;
use super::choose::Choice;
use crate::circuit::CircuitError;
use serde::Serialize;
use tribute_circuits::Shape;

/// Numbers that are tried.
const CANDIDATES: [usize; 11] = [2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256];

/// What a number of queries is expected to cost, in the layout that is best for the goal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// Queries in one proof.
    pub queries: usize,
    /// Seconds of the proof, for each query.
    pub seconds: f64,
    /// Gas of its verification, for each query.
    pub gas: f64,
    /// Peak of the prover's memory in bytes.
    pub memory_bytes: u64,
}

/// The numbers that were compared, and the one that was picked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pick {
    /// The pick.
    pub queries: usize,
    /// All that keep to the memory.
    pub compared: Vec<Candidate>,
}

/// Why no number was picked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PickError {
    /// No number of queries keeps to the memory.
    #[error("a proof of {least} queries takes about {needed} MiB, more than --memory {allowed}")]
    Memory {
        /// The least number.
        least: usize,
        /// Memory that it takes, in MiB.
        needed: u64,
        /// Memory that was allowed, in MiB.
        allowed: u64,
    },
    /// The shape has no circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
}

/// Picks the number of queries with the fewest seconds a query, or with the goal of gas the least gas, of those whose proof is expected to take at most `memory` MiB.
///
/// # Errors
/// Fails if none does, or the shape has no circuit.
pub fn pick(shape: &Shape, goal: Goal, memory: u64) -> Result<Pick, PickError> {
    let mut compared: Vec<Candidate> = Vec::new();
    for queries in CANDIDATES {
        let expected = match Choice::new(shape, queries) {
            Ok(choice) => choice.best(goal)?.at(&REFERENCE),
            // What no domain holds ends the search.
            Err(_) if !compared.is_empty() => break,
            Err(error) => return Err(error.into()),
        };
        let needed = expected.memory_bytes.div_ceil(1 << 20);
        if needed > memory {
            if compared.is_empty() {
                return Err(PickError::Memory { least: queries, needed, allowed: memory });
            }
            break;
        }
        compared.push(Candidate {
            queries,
            seconds: expected.prove_seconds / queries as f64,
            gas: expected.gas as f64 / queries as f64,
            memory_bytes: expected.memory_bytes,
        });
    }
    let price = |candidate: &Candidate| match goal {
        Goal::Gas => candidate.gas,
        Goal::Prover | Goal::Memory => candidate.seconds,
    };
    let best = compared.iter().min_by(|left, right| price(left).total_cmp(&price(right)));
    let queries = best.map_or(CANDIDATES[0], |candidate| candidate.queries);
    Ok(Pick { queries, compared })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::method::ResidualKind;

    #[test]
    fn more_memory_takes_more_queries() {
        let residual = ResidualKind::Query;
        let shape = Shape { inputs: 8, hidden: vec![4], classes: 3, contributors: 3, residual };
        let picked = |memory: u64| pick(&shape, Goal::Prover, memory).unwrap();
        assert!(matches!(pick(&shape, Goal::Prover, 1), Err(PickError::Memory { least: 2, .. })));
        let (less, more) = (picked(60), picked(2048));
        assert!(less.queries > 1 && more.queries > less.queries);
        assert!(more.compared.len() > less.compared.len());
        let least = more.compared.iter().find(|one| one.queries == more.queries).unwrap();
        assert!(more.compared.iter().all(|one| one.seconds >= least.seconds));
    }
}
