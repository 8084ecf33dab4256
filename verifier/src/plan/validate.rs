//! Checks of a plan: everything a verifier takes for granted afterwards.
//!
//! # Soundness
//! * *Rotations* are less than half the rows, so that no two of them alias modulo $n$: two claimed values
//!   of one polynomial at one point would pass as two queries.
//! * *Challenges* belong to a phase in which columns are committed; another one would never be drawn and
//!   would stand for zero.
//! * *Degrees* are recomputed. A constraint above the plan's degree has no quotient to go with it.
//! * *Linked columns* are first-phase and read on the current row alone ([`Link`](super::Link)).
//! * *Blinding factors* are recomputed: they decide which rows constraints of the permutation skip.

use std::collections::BTreeSet;

use ark_ec::{AffineRepr as _, CurveGroup as _};

use super::checks::{check_name, check_range};
use super::error::PlanError;
use super::{Column, Node, Plan, Query, index};

const MAX_K: u32 = 24;
const MAX_DEGREE: u32 = 9;
const MAX_PHASES: u32 = 3;
const MAX_COLUMNS: usize = 1024;
const MAX_CHALLENGES: usize = 64;
const MAX_QUERIES: usize = 4096;
const MAX_NODES: usize = 1 << 16;
const MAX_GATES: usize = 4096;
const MAX_CONSTRAINTS: usize = 1 << 14;
/// Above those of the largest batch.
const MAX_INSTANCES: u32 = 1 << 17;

impl Plan {
    /// Checks every field.
    ///
    /// # Errors
    /// Fails with the first check that does not hold.
    pub fn validate(&self) -> Result<(), PlanError> {
        check_range("k", self.k, 3, MAX_K)?;
        check_range("degree", self.degree, 3, MAX_DEGREE)?;
        check_range("number of public inputs", self.instances, 1, MAX_INSTANCES)?;
        self.check_counts()?;
        self.check_rows()?;
        self.circuit.validate(self.instances)?;
        self.check_phases()?;
        let half = 1_u32 << (self.k - 1);
        check_queries("advice", &self.advice_queries, self.advice_phases.len(), half)?;
        check_queries("fixed", &self.fixed_queries, self.fixed_commitments.len(), half)?;
        check_queries("instance", &self.instance_queries, 1, half)?;
        self.check_blinding()?;
        self.check_nodes()?;
        self.check_gates()?;
        self.check_permutation()?;
        self.check_link()?;
        self.check_srs()
    }

    fn check_counts(&self) -> Result<(), PlanError> {
        let constraints = self.gates.iter().map(|gate| gate.constraints.len()).sum();
        let counts = [
            ("advice columns", self.advice_phases.len(), MAX_COLUMNS),
            ("fixed columns", self.fixed_commitments.len(), MAX_COLUMNS),
            ("permuted columns", self.permutation.len(), MAX_COLUMNS),
            ("challenges", self.challenge_phases.len(), MAX_CHALLENGES),
            ("advice queries", self.advice_queries.len(), MAX_QUERIES),
            ("fixed queries", self.fixed_queries.len(), MAX_QUERIES),
            ("instance queries", self.instance_queries.len(), MAX_QUERIES),
            ("expression nodes", self.nodes.len(), MAX_NODES),
            ("gates", self.gates.len(), MAX_GATES),
            ("constraints", constraints, MAX_CONSTRAINTS),
        ];
        match counts.into_iter().find(|(_, count, max)| count > max) {
            Some((what, count, max)) => Err(PlanError::TooMany { what, count, max }),
            None => Ok(()),
        }
    }

    fn check_rows(&self) -> Result<(), PlanError> {
        let Self { k, blinding_factors, instances, .. } = *self;
        let too_few = PlanError::Rows { k, blinding_factors };
        let unusable = blinding_factors.checked_add(1);
        let Some(usable) = unusable.and_then(|unusable| (1_u32 << k).checked_sub(unusable)) else {
            return Err(too_few);
        };
        if usable < 2 {
            return Err(too_few);
        }
        if instances > usable {
            return Err(PlanError::InstanceRows { instances, usable });
        }
        Ok(())
    }

    fn check_phases(&self) -> Result<(), PlanError> {
        for phase in &self.advice_phases {
            check_range("phase", u32::from(*phase), 0, MAX_PHASES - 1)?;
        }
        let phases = self.phases();
        match self.challenge_phases.iter().position(|phase| *phase >= phases) {
            Some(challenge) => Err(PlanError::ChallengePhase { challenge }),
            None => Ok(()),
        }
    }

    fn check_blinding(&self) -> Result<(), PlanError> {
        let expected = self.required_blinding_factors();
        let actual = self.blinding_factors;
        if expected != actual {
            return Err(PlanError::BlindingFactors { expected, actual });
        }
        // The running products are opened one row below the usable ones.
        if actual + 1 >= 1_u32 << (self.k - 1) {
            return Err(PlanError::Rows { k: self.k, blinding_factors: actual });
        }
        Ok(())
    }

    fn check_nodes(&self) -> Result<(), PlanError> {
        let mut degrees: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for (place, node) in self.nodes.iter().enumerate() {
            let of = |node: &u32| degrees.get(index(*node)).copied();
            let one = |query: u32, count: usize| (index(query) < count).then_some(1);
            let degree = match node {
                Node::Constant(_) => Some(0),
                Node::Challenge(challenge) => {
                    (index(*challenge) < self.challenge_phases.len()).then_some(0)
                }
                Node::Fixed(query) => one(*query, self.fixed_queries.len()),
                Node::Advice(query) => one(*query, self.advice_queries.len()),
                Node::Instance(query) => one(*query, self.instance_queries.len()),
                Node::Negated(a) => of(a),
                Node::Sum(a, b) => of(a).zip(of(b)).map(|(a, b)| a.max(b)),
                Node::Product(a, b) => of(a).zip(of(b)).map(|(a, b)| a + b),
            };
            let degree = degree.ok_or(PlanError::NodeReference { node: place })?;
            if degree > self.degree {
                return Err(PlanError::NodeDegree { node: place, degree, max: self.degree });
            }
            degrees.push(degree);
        }
        Ok(())
    }

    fn check_gates(&self) -> Result<(), PlanError> {
        for (place, gate) in self.gates.iter().enumerate() {
            check_name(&gate.name)?;
            if gate.constraints.is_empty() {
                return Err(PlanError::EmptyGate { gate: place });
            }
            if gate.constraints.iter().any(|node| index(*node) >= self.nodes.len()) {
                return Err(PlanError::GateReference { gate: place });
            }
        }
        Ok(())
    }

    fn check_permutation(&self) -> Result<(), PlanError> {
        let columns = self.permutation.len();
        let commitments = self.permutation_commitments.len();
        if columns != commitments {
            return Err(PlanError::PermutationCount { columns, commitments });
        }
        let mut seen = BTreeSet::new();
        for (place, column) in self.permutation.iter().enumerate() {
            if !seen.insert(*column) {
                return Err(PlanError::RepeatedColumn { place });
            }
            if self.current_query(*column).is_none() {
                return Err(PlanError::PermutationQuery { place });
            }
        }
        match self.permutation_commitments.iter().position(|point| point.0.is_zero()) {
            Some(place) => Err(PlanError::PermutationInfinity { place }),
            None => Ok(()),
        }
    }

    fn check_srs(&self) -> Result<(), PlanError> {
        let generator = ark_bn254::G2Affine::generator();
        if self.srs.g1.0 != ark_bn254::G1Affine::generator() || self.srs.g2.0 != generator {
            return Err(PlanError::Generator);
        }
        let negated = (-generator.into_group()).into_affine();
        let s_g2 = self.srs.s_g2.0;
        if s_g2.is_zero() || s_g2 == generator || s_g2 == negated {
            return Err(PlanError::TrivialSecret);
        }
        Ok(())
    }

    /// Returns the place of the query of a column on the current row.
    pub(crate) fn current_query(&self, column: Column) -> Option<usize> {
        let (queries, column) = match column {
            Column::Fixed(column) => (&self.fixed_queries, column),
            Column::Advice(column) => (&self.advice_queries, column),
            Column::Instance(column) => (&self.instance_queries, column),
        };
        queries.iter().position(|query| *query == Query { column, rotation: 0 })
    }
}

fn check_queries(
    kind: &'static str,
    queries: &[Query],
    columns: usize,
    half: u32,
) -> Result<(), PlanError> {
    let mut seen = BTreeSet::new();
    for (place, query) in queries.iter().enumerate() {
        if index(query.column) >= columns {
            return Err(PlanError::QueryColumn { kind, query: place });
        }
        if query.rotation.unsigned_abs() >= half {
            return Err(PlanError::Rotation { kind, query: place });
        }
        if !seen.insert(*query) {
            return Err(PlanError::RepeatedQuery { kind, query: place });
        }
    }
    Ok(())
}
