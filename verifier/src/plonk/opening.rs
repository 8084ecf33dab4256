//! SHPLONK: all openings of a proof in one pairing equation.
//!
//! # Relation
//! Commitments are grouped by the set $S_i$ of points at which they are opened. With $T$ the union of
//! all sets, $Z_S(u) = \prod_{s \in S} (u - s)$ and $r$ the interpolation of a commitment's values over
//! its points,
//! $$ F = \sum_i v^i \frac{Z_{T \setminus S_i}(u)}{Z_{T \setminus S_0}(u)}
//!    \sum_j y^j (C_{ij} - [r_{ij}(u)]) - Z_{S_0}(u) W + u W', \qquad
//!    e(F, [1]_2) = e(W', [\tau]_2). $$
//!
//! # Order
//! Commitments come in the order in which the queries first name them (advice, products, fixed,
//! permutation, quotient, random), sets in the order of their first commitment. Both sides count powers
//! by it. Points are told apart by their rotations, which a plan keeps from aliasing.

use std::collections::{BTreeMap, BTreeSet};

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::pairing::Pairing as _;
use ark_ec::{CurveGroup as _, VariableBaseMSM as _};
use ark_ff::{Field as _, One as _, Zero as _};

use super::domain::Domain;
use super::error::PlonkError;
use super::proof::Proof;
use crate::plan::{Plan, Query, index};

/// A commitment as a sum of points, with its values by rotation.
struct Opened {
    terms: Vec<(Fr, G1Affine)>,
    values: BTreeMap<i64, Fr>,
}

impl Opened {
    fn new(point: G1Affine, values: impl IntoIterator<Item = (i64, Fr)>) -> Self {
        Self { terms: vec![(Fr::one(), point)], values: values.into_iter().collect() }
    }
}

/// Commitments that are opened at the same points.
struct PointSet {
    rotations: Vec<i64>,
    commitments: Vec<Opened>,
}

/// Checks that the commitments open to the values that the identity was computed from.
pub(super) fn check(
    plan: &Plan,
    domain: &Domain,
    proof: &Proof,
    quotient: Fr,
) -> Result<(), PlonkError> {
    let sets = group(openings(plan, domain, proof, quotient));
    let combined = combine(plan, domain, proof, &sets)?;
    let left = -proof.opening_proof;
    let pairing = Bn254::multi_pairing([left, combined], [plan.srs.s_g2.0, plan.srs.g2.0]);
    if pairing.is_zero() { Ok(()) } else { Err(PlonkError::Opening) }
}

/// Lists commitments in the order of the queries.
fn openings(plan: &Plan, domain: &Domain, proof: &Proof, quotient: Fr) -> Vec<Opened> {
    let mut opened = by_column(&plan.advice_queries, &proof.advice, &proof.advice_evals);
    let last = -1 - i64::from(plan.blinding_factors);
    for (product, evals) in proof.products.iter().zip(&proof.product_evals) {
        let handed_over = evals.last.map(|value| (last, value));
        let values = [(0, evals.current), (1, evals.next)].into_iter().chain(handed_over);
        opened.push(Opened::new(*product, values));
    }
    let fixed: Vec<G1Affine> = plan.fixed_commitments.iter().map(|point| point.0).collect();
    opened.extend(by_column(&plan.fixed_queries, &fixed, &proof.fixed_evals));
    for (point, eval) in plan.permutation_commitments.iter().zip(&proof.permutation_evals) {
        opened.push(Opened::new(point.0, [(0, *eval)]));
    }
    let mut power = Fr::one();
    let mut terms = Vec::with_capacity(proof.quotient.len());
    for limb in &proof.quotient {
        terms.push((power, *limb));
        power *= domain.x_n;
    }
    opened.push(Opened { terms, values: BTreeMap::from([(0, quotient)]) });
    opened.push(Opened::new(proof.random, [(0, proof.random_eval)]));
    opened
}

fn by_column(queries: &[Query], commitments: &[G1Affine], evals: &[Fr]) -> Vec<Opened> {
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    let mut opened: Vec<Opened> = Vec::new();
    for (query, eval) in queries.iter().zip(evals) {
        let place = *places.entry(query.column).or_insert_with(|| {
            opened.push(Opened::new(commitments[index(query.column)], []));
            opened.len() - 1
        });
        opened[place].values.insert(i64::from(query.rotation), *eval);
    }
    opened
}

fn group(openings: Vec<Opened>) -> Vec<PointSet> {
    let mut sets: Vec<PointSet> = Vec::new();
    for opened in openings {
        let rotations: Vec<i64> = opened.values.keys().copied().collect();
        match sets.iter_mut().find(|set| set.rotations == rotations) {
            Some(set) => set.commitments.push(opened),
            None => sets.push(PointSet { rotations, commitments: vec![opened] }),
        }
    }
    sets
}

/// Returns the combination $F$.
fn combine(
    plan: &Plan,
    domain: &Domain,
    proof: &Proof,
    sets: &[PointSet],
) -> Result<G1Affine, PlonkError> {
    let u = proof.challenges.opening_u;
    let rotations: BTreeSet<i64> = sets.iter().flat_map(|set| &set.rotations).copied().collect();
    let points: BTreeMap<i64, Fr> =
        rotations.into_iter().map(|rotation| (rotation, domain.rotated(rotation))).collect();
    let outside = |set: &PointSet| -> Fr {
        let others = points.iter().filter(|(rotation, _)| !set.rotations.contains(rotation));
        others.map(|(_, point)| u - point).product()
    };
    let first = sets.first().map_or_else(Fr::one, outside);
    let normalize = first.inverse().ok_or(PlonkError::DegenerateChallenge)?;

    let (mut scalars, mut bases) = (Vec::new(), Vec::new());
    let mut constant = Fr::zero();
    let mut power_of_v = Fr::one();
    for set in sets {
        let points: Vec<Fr> = set.rotations.iter().map(|rotation| points[rotation]).collect();
        let basis = interpolation(&points, u)?;
        let mut factor = power_of_v * outside(set) * normalize;
        for opened in &set.commitments {
            let values = opened.values.values().zip(&basis);
            constant += factor * values.map(|(value, basis)| *value * basis).sum::<Fr>();
            for (scale, point) in &opened.terms {
                scalars.push(factor * scale);
                bases.push(*point);
            }
            factor *= proof.challenges.opening_y;
        }
        power_of_v *= proof.challenges.opening_v;
    }
    let first_points = sets.first().map(|set| set.rotations.as_slice()).unwrap_or_default();
    let vanishing: Fr = first_points.iter().map(|rotation| u - points[rotation]).product();
    scalars.extend([-constant, -vanishing, u]);
    bases.extend([plan.srs.g1.0, proof.opening_quotient, proof.opening_proof]);
    Ok(G1Projective::msm_unchecked(&bases, &scalars).into_affine())
}

/// Returns the values at `u` of the Lagrange polynomials over `points`.
fn interpolation(points: &[Fr], u: Fr) -> Result<Vec<Fr>, PlonkError> {
    let at = |(place, point): (usize, &Fr)| {
        let others = points.iter().enumerate().filter(|(other, _)| *other != place);
        let (numerator, denominator) = others
            .fold((Fr::one(), Fr::one()), |(above, below), (_, other)| {
                (above * (u - other), below * (*point - other))
            });
        let inverse = denominator.inverse().ok_or(PlonkError::DegenerateChallenge)?;
        Ok(numerator * inverse)
    };
    points.iter().enumerate().map(at).collect()
}
