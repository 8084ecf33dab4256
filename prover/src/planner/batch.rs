//! How many queries a proof answers.

use super::Goal;
use super::choose::Choice;
use crate::circuit::CircuitError;
use tribute_circuits::Shape;

/// Numbers that are tried.
const CANDIDATES: [usize; 7] = [2, 4, 8, 16, 32, 64, 128];

/// Picks the number of queries with the fewest seconds a query whose proof is expected to take at most `memory` bytes; with the goal of gas, the
/// number with the least gas a query. The least number is taken if none keeps to the memory.
///
/// # Errors
/// Fails if the shape has no circuit.
pub fn pick(shape: &Shape, goal: Goal, memory: u64) -> Result<usize, CircuitError> {
    let mut best: Option<(f64, usize)> = None;
    for queries in CANDIDATES {
        // A batch that no domain holds ends the search.
        let Ok(choice) = Choice::new(shape, queries) else { break };
        let Ok(candidate) = choice.best(goal) else { break };
        let expected = candidate.at(&super::calibration::REFERENCE);
        if expected.memory_bytes > memory {
            break;
        }
        let price = match goal {
            Goal::Gas => expected.gas as f64,
            Goal::Prover | Goal::Memory => expected.prove_seconds,
        };
        let each = price / queries as f64;
        if best.is_none_or(|(least, _)| each < least) {
            best = Some((each, queries));
        }
    }
    Ok(best.map_or(CANDIDATES[0], |(_, queries)| queries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::method::ResidualKind;

    #[test]
    fn more_memory_takes_more_queries() {
        let residual = ResidualKind::Query;
        let shape = Shape { inputs: 8, hidden: vec![4], classes: 3, contributors: 3, residual };
        let picked = |memory: u64| pick(&shape, Goal::Prover, memory << 20).unwrap();
        assert_eq!(picked(1), 2);
        assert!(picked(64) > 2 && picked(2048) >= picked(64));
    }
}
