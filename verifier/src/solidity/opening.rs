//! Commitments grouped by the points at which they are opened, as the contract takes them.
//!
//! Order as in [`crate::plonk`]: commitments as the queries first name them, sets as their first
//! commitments. The contract works from the last commitment of a set to the first, so that each takes
//! one multiplication by the same challenge.

use std::collections::{BTreeMap, BTreeSet};

use ark_bn254::Fr;
use ark_ff::{Field as _, One as _};

use super::layout::Calldata;
use super::terms::{KeyPoint, ProofPoint, Value};
use crate::plan::{Plan, Query, index, to_word};
use crate::plonk::omega;

/// A commitment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Point {
    /// In the proof.
    Proof(ProofPoint),
    /// In the key.
    Key(KeyPoint),
    /// The combined limbs of the quotient.
    Quotient,
}

/// A commitment with its values by rotation.
struct Opened {
    point: Point,
    values: BTreeMap<i64, Value>,
}

/// A point of a set: how its Lagrange polynomial is evaluated.
#[derive(Debug)]
pub(super) struct SetPoint {
    /// The rotation.
    pub(super) rotation: i64,
    /// Numbers of the other points.
    pub(super) others: Vec<usize>,
    /// Its own number.
    pub(super) number: usize,
    /// The constant part of the denominator, inverted.
    pub(super) constant: Fr,
    /// Values at this point, last commitment first.
    pub(super) values: Vec<Value>,
}

impl SetPoint {
    /// Writes the constant as a literal.
    pub(super) fn literal(&self) -> String {
        scalar(&self.constant)
    }
}

/// Commitments that are opened at the same points.
#[derive(Debug)]
pub(super) struct PointSet {
    /// Place among the sets.
    pub(super) number: usize,
    /// Rotations, for readers.
    pub(super) rotations: String,
    /// Numbers of the points of the set.
    pub(super) inside: Vec<usize>,
    /// Numbers of the other points.
    pub(super) outside: Vec<usize>,
    /// The points.
    pub(super) points: Vec<SetPoint>,
    /// Commitments, last first.
    pub(super) commitments: Vec<Point>,
}

/// All sets, with the rotations of all points in the order of their numbers.
#[derive(Debug)]
pub(super) struct Openings {
    pub(super) rotations: Vec<i64>,
    pub(super) sets: Vec<PointSet>,
}

impl Openings {
    pub(super) fn new(plan: &Plan, calldata: &Calldata) -> Self {
        let mut groups: Vec<(Vec<i64>, Vec<Opened>)> = Vec::new();
        for opened in opened(plan, calldata) {
            let rotations: Vec<i64> = opened.values.keys().copied().collect();
            match groups.iter_mut().find(|(of, _)| *of == rotations) {
                Some((_, group)) => group.push(opened),
                None => groups.push((rotations, vec![opened])),
            }
        }
        let rotations: BTreeSet<i64> = groups.iter().flat_map(|(of, _)| of).copied().collect();
        let rotations: Vec<i64> = rotations.into_iter().collect();
        let sets = groups.into_iter().enumerate();
        let sets = sets.map(|(number, (of, group))| set(plan, &rotations, number, &of, group));
        let sets = sets.collect();
        Self { rotations, sets }
    }
}

fn set(plan: &Plan, all: &[i64], number: usize, rotations: &[i64], group: Vec<Opened>) -> PointSet {
    let numbers = |keep: &dyn Fn(&i64) -> bool| -> Vec<usize> {
        all.iter().enumerate().filter(|(_, at)| keep(at)).map(|(number, _)| number).collect()
    };
    let point = |rotation: &i64| SetPoint {
        rotation: *rotation,
        number: all.iter().position(|at| at == rotation).unwrap_or_default(),
        others: numbers(&|at| at != rotation && rotations.contains(at)),
        constant: denominator(plan, *rotation, rotations),
        values: group.iter().rev().map(|opened| opened.values[rotation]).collect(),
    };
    let texts: Vec<String> = rotations.iter().map(i64::to_string).collect();
    PointSet {
        number,
        rotations: texts.join(", "),
        inside: numbers(&|at| rotations.contains(at)),
        outside: numbers(&|at| !rotations.contains(at)),
        points: rotations.iter().map(point).collect(),
        commitments: group.into_iter().rev().map(|opened| opened.point).collect(),
    }
}

/// Returns $1 / \prod_{s \ne r} (\omega^r - \omega^s)$, what is left of a denominator besides powers of $x$.
fn denominator(plan: &Plan, rotation: i64, rotations: &[i64]) -> Fr {
    let of = |rotation: i64| power(plan, rotation);
    let others = rotations.iter().filter(|other| **other != rotation);
    let product: Fr = others.map(|other| of(rotation) - of(*other)).product();
    // Rotations of a valid plan do not alias, so that no factor is zero.
    product.inverse().unwrap_or_default()
}

/// Returns $\omega^r$.
pub(super) fn power(plan: &Plan, rotation: i64) -> Fr {
    let omega = omega(plan.k);
    let base = if rotation < 0 { omega.inverse().unwrap_or_else(Fr::one) } else { omega };
    base.pow([rotation.unsigned_abs()])
}

/// Writes a scalar as a literal.
pub(super) fn scalar(scalar: &Fr) -> String {
    format!("0x{}", hex::encode(to_word(scalar)))
}

fn opened(plan: &Plan, calldata: &Calldata) -> Vec<Opened> {
    let advice = |column| Point::Proof(ProofPoint::Advice(column));
    let mut opened = by_column(&plan.advice_queries, Value::Advice, advice);
    let last = -1 - i64::from(plan.blinding_factors);
    for (place, evals) in calldata.product_evals.iter().enumerate() {
        let mut values =
            BTreeMap::from([(0, Value::Product(place)), (1, Value::ProductNext(place))]);
        if evals.last.is_some() {
            values.insert(last, Value::ProductLast(place));
        }
        opened.push(Opened { point: Point::Proof(ProofPoint::Product(place)), values });
    }
    let fixed = |column| Point::Key(KeyPoint::Fixed(column));
    opened.extend(by_column(&plan.fixed_queries, Value::Fixed, fixed));
    for place in 0..plan.permutation.len() {
        let values = BTreeMap::from([(0, Value::Sigma(place))]);
        opened.push(Opened { point: Point::Key(KeyPoint::Sigma(place)), values });
    }
    let quotient = BTreeMap::from([(0, Value::Quotient)]);
    opened.push(Opened { point: Point::Quotient, values: quotient });
    let random = BTreeMap::from([(0, Value::Random)]);
    opened.push(Opened { point: Point::Proof(ProofPoint::Random), values: random });
    opened
}

fn by_column(
    queries: &[Query],
    value: impl Fn(usize) -> Value,
    point: impl Fn(usize) -> Point,
) -> Vec<Opened> {
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    let mut opened: Vec<Opened> = Vec::new();
    for (place, query) in queries.iter().enumerate() {
        let at = *places.entry(query.column).or_insert_with(|| {
            opened.push(Opened { point: point(index(query.column)), values: BTreeMap::new() });
            opened.len() - 1
        });
        opened[at].values.insert(i64::from(query.rotation), value(place));
    }
    opened
}
