//! The layout of a shape for a goal.

use crate::circuit::{self, CircuitError};
use crate::planner::calibration::{REFERENCE, Rates};
use crate::planner::cost::{Counts, Prediction, predict};
use serde::Serialize;
use std::collections::BTreeMap;
use tribute_circuits::{CircuitParams, Shape, layouts};

/// By what part a layout may be worse than the best and still count as equal.
const NEAR: f64 = 0.03;

/// What counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// Seconds of a proof.
    #[default]
    Prover,
    /// Gas of a verification.
    Gas,
    /// Memory of the prover.
    Memory,
}

impl Goal {
    /// All goals.
    pub const ALL: [Self; 3] = [Self::Prover, Self::Gas, Self::Memory];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prover => "prover",
            Self::Gas => "gas",
            Self::Memory => "memory",
        }
    }

    /// The goal of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|goal| goal.name() == name)
    }

    /// What tells layouts apart that are as good for this goal.
    fn second(self) -> Self {
        match self {
            Self::Prover => Self::Gas,
            Self::Gas | Self::Memory => Self::Prover,
        }
    }

    fn price(self, prediction: &Prediction) -> f64 {
        match self {
            Self::Prover => prediction.prove_seconds,
            Self::Gas => prediction.gas as f64,
            Self::Memory => prediction.memory_bytes as f64,
        }
    }
}

/// A layout that was considered.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The layout.
    pub params: CircuitParams,
    /// What it takes.
    pub counts: Counts,
    /// What it costs on the machine that choices are made for.
    expected: Prediction,
}

impl Candidate {
    /// What it is expected to cost at other rates.
    pub fn at(&self, rates: &Rates) -> Prediction {
        predict(&self.counts, rates)
    }
}

/// All layouts of a shape.
#[derive(Clone, Debug)]
pub struct Choice {
    candidates: Vec<Candidate>,
}

impl Choice {
    /// Lists the layouts of a shape with their costs, for so many queries in one proof.
    ///
    /// # Errors
    /// Fails if the shape has none.
    pub fn new(shape: &Shape, queries: usize) -> Result<Self, CircuitError> {
        // Counted once for all numbers of weight columns.
        let mut narrow = BTreeMap::new();
        let candidates = layouts(shape, queries)?.into_iter().map(|params| {
            let kind = (params.threads, params.limb_lanes);
            let counts = match narrow.get(&kind) {
                Some(counts) => Counts::widened(counts, &params),
                None => *narrow.entry(kind).or_insert(Counts::of(&params)?),
            };
            Ok(Candidate { expected: predict(&counts, &REFERENCE), params, counts })
        });
        Ok(Self { candidates: candidates.collect::<Result<_, CircuitError>>()? })
    }

    /// How many layouts there are.
    pub fn considered(&self) -> usize {
        self.candidates.len()
    }

    /// The best layout for a goal: of those within 3% of the least price the one that is proven fastest, or, where that is the goal, verified for the least gas;
    /// then the one with the fewest rows and columns. Layouts whose columns no binding proof can bind are left out.
    ///
    /// # Errors
    /// Fails if none can be bound.
    pub fn best(&self, goal: Goal) -> Result<&Candidate, CircuitError> {
        let mut sorted: Vec<&Candidate> = self.candidates.iter().collect();
        sorted.sort_by(|left, right| {
            let price = |candidate: &Candidate| goal.price(&candidate.expected);
            price(left).total_cmp(&price(right)).then_with(|| key(left).cmp(&key(right)))
        });
        let mut bindable = sorted
            .into_iter()
            .map(|candidate| (candidate, circuit::fit_binding(&candidate.params)));
        let mut best = loop {
            match bindable.next() {
                Some((candidate, Ok(_))) => break candidate,
                Some((_, Err(_))) => {}
                None => return Err(self.unbound()),
            }
        };
        let limit = goal.price(&best.expected) * (1.0 + NEAR);
        for (candidate, bound) in bindable {
            if goal.price(&candidate.expected) > limit {
                break;
            }
            let second = |candidate: &Candidate| goal.second().price(&candidate.expected);
            if second(candidate) < second(best) && bound.is_ok() {
                best = candidate;
            }
        }
        Ok(best)
    }

    /// Why no layout can be bound, by the first.
    fn unbound(&self) -> CircuitError {
        let first =
            self.candidates.first().map(|candidate| circuit::fit_binding(&candidate.params));
        match first {
            Some(Err(error)) => error,
            _ => CircuitError::NoBinding,
        }
    }
}

/// Tells layouts of one price apart.
fn key(candidate: &Candidate) -> (u32, usize, usize, usize, u32) {
    let CircuitParams { threads, k, weight_columns, limb_lanes, limb_bits, .. } = candidate.params;
    (k, threads, weight_columns, limb_lanes, limb_bits)
}

/// Chooses the layout of a shape for a goal, for so many queries in one proof.
///
/// # Errors
/// Fails if the shape has none.
pub fn choose(shape: &Shape, queries: usize, goal: Goal) -> Result<CircuitParams, CircuitError> {
    Ok(Choice::new(shape, queries)?.best(goal)?.params.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::method::ResidualKind;

    fn shape(inputs: usize, hidden: &[usize], contributors: usize) -> Shape {
        let residual = ResidualKind::Query;
        Shape { inputs, hidden: hidden.to_vec(), classes: 10, contributors, residual }
    }

    #[test]
    fn each_goal_gets_what_is_best_for_it() {
        for shape in [shape(4, &[], 2), shape(64, &[32], 12), shape(100, &[40, 20], 30)] {
            let choice = Choice::new(&shape, 1).unwrap();
            for goal in Goal::ALL {
                let best = choice.best(goal).unwrap();
                best.params.validate().unwrap();
                circuit::fit_binding(&best.params).unwrap();
                let price = goal.price(&best.expected);
                for other in Goal::ALL {
                    let other = goal.price(&choice.best(other).unwrap().expected);
                    assert!(price <= other * (1.0 + NEAR), "{goal:?}");
                }
            }
        }
    }

    #[test]
    fn a_choice_depends_on_the_shape_alone() {
        let shape = shape(64, &[32], 12);
        for goal in Goal::ALL {
            assert_eq!(choose(&shape, 1, goal).unwrap(), choose(&shape, 1, goal).unwrap());
        }
    }

    #[test]
    fn a_goal_has_one_name() {
        for goal in Goal::ALL {
            assert_eq!(Goal::from_name(goal.name()), Some(goal));
        }
        assert_eq!(Goal::from_name("speed"), None);
    }
}
