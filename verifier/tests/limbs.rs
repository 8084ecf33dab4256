//! What the limbs of the quotient show, which nothing blinds: that `docs/circuit.md` ("Zero knowledge") counts right.
//!
//! A limb at the secret of the SRS is a polynomial in that secret and in the random cells that are left of each column once what is
//! opened is known. Whoever has points, and `[1]_2` and `[tau]_2` to pair them with, can test combinations of the points with
//! multipliers $c + e \tau$. A test that is not an identity fails, whatever the witness. The identities are the kernel of a matrix
//! over the monomials in the random cells that the terms of a plan's identities have, and there must be one alone: what is opened of the limbs together is divided by $X - x$.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails where its setup does"
)]

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, FftField as _, Field as _, One as _, PrimeField as _, Zero as _};
use serde_json::Value;
use std::collections::BTreeSet;
use tribute_verifier::plan::{Column, Node, Plan};

/// Coefficients, lowest first.
type Poly = Vec<Fr>;

/// A number without any structure of ours.
fn drawn(seed: u64) -> Fr {
    Fr::from(seed + 2).pow([0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, seed])
}

const ROWS: usize = 32;
const BLINDING: usize = 5;

fn times(a: &[Fr], b: &[Fr]) -> Poly {
    let mut product = vec![Fr::zero(); a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        b.iter().enumerate().for_each(|(j, y)| product[i + j] += *x * y);
    }
    product
}

fn plus(a: &[Fr], b: &[Fr], scale: Fr) -> Poly {
    let at = |poly: &[Fr], i: usize| poly.get(i).copied().unwrap_or_default();
    (0..a.len().max(b.len())).map(|i| at(a, i) + scale * at(b, i)).collect()
}

/// Divides by $X - r$, of which there is no remainder.
fn over_root(poly: &[Fr], root: Fr) -> Poly {
    let mut carry = Fr::zero();
    let mut quotient: Poly = poly
        .iter()
        .rev()
        .map(|c| {
            carry = carry * root + c;
            carry
        })
        .collect();
    assert!(quotient.pop().unwrap().is_zero(), "a root");
    quotient.reverse();
    quotient
}

/// Divides by $X^n - 1$, of which there is no remainder.
fn over_vanishing(poly: &[Fr]) -> Poly {
    let mut rest = poly.to_vec();
    let mut quotient = vec![Fr::zero(); poly.len().saturating_sub(ROWS)];
    for i in (0..quotient.len()).rev() {
        quotient[i] = rest[i + ROWS];
        let lead = rest[i + ROWS];
        rest[i] += lead;
    }
    assert!(rest[..ROWS].iter().all(Fr::is_zero), "zero on every row");
    quotient
}

fn evaluate(poly: &[Fr], at: Fr) -> Fr {
    poly.iter().rev().fold(Fr::zero(), |sum, c| sum * at + c)
}

/// Challenges, and the polynomials that they and the rows give.
struct Setting {
    omega: Fr,
    x: Fr,
}

impl Setting {
    fn new() -> Self {
        let omega = Fr::get_root_of_unity(ROWS as u64).unwrap();
        Self { omega, x: drawn(0) }
    }

    fn row(&self, row: usize) -> Fr {
        self.omega.pow([row as u64])
    }

    /// $(X^n - 1) / \prod_{r \in rows} (X - \omega^r)$ times the roots given: what random cells in these rows can add to a column
    /// whose values at those roots are known.
    fn free(&self, rows: &[usize], roots: &[Fr]) -> Poly {
        let mut poly = vec![Fr::zero(); ROWS + 1];
        (poly[0], poly[ROWS]) = (-Fr::one(), Fr::one());
        poly = rows.iter().fold(poly, |poly, row| over_root(&poly, self.row(*row)));
        roots.iter().fold(poly, |poly, root| times(&poly, &[-*root, Fr::one()]))
    }

    fn lagrange(&self, row: usize) -> Poly {
        let poly = self.free(&[row], &[]);
        let scale = evaluate(&poly, self.row(row)).inverse().unwrap();
        poly.iter().map(|c| scale * c).collect()
    }

    /// What the random cells of a column with as many queries as the plan allows can add to it.
    fn column(&self) -> Vec<Poly> {
        let first = ROWS - BLINDING - 1;
        let opened = [self.x, self.x * self.omega, self.x * self.omega.inverse().unwrap()];
        (0..3)
            .map(|i| self.free(&[first + i, first + i + 1, first + i + 2, first + i + 3], &opened))
            .collect()
    }

    /// The same of a running product, which has one random cell less.
    fn product(&self) -> Vec<Poly> {
        let first = ROWS - BLINDING;
        let last = self.x * self.omega.inverse().unwrap().pow([BLINDING as u64 + 1]);
        let opened = [self.x, self.x * self.omega, last];
        (0..2)
            .map(|i| self.free(&[first + i, first + i + 1, first + i + 2, first + i + 3], &opened))
            .collect()
    }

    /// What the identity of the running product has of a product of random cells, one of each column.
    fn of_permutation(&self, running: &[Fr], columns: &[&[Fr]]) -> Poly {
        let mut active = vec![Fr::one()];
        for row in ROWS - BLINDING - 1..ROWS {
            active = plus(&active, &self.lagrange(row), -Fr::one());
        }
        let turned: Poly = running.iter().enumerate().map(|(i, c)| self.row(i) * c).collect();
        let step = plus(&turned, running, -Fr::one());
        over_vanishing(
            &columns.iter().fold(times(&active, &step), |product, column| times(&product, column)),
        )
    }

    /// What a term of an identity has of it, whose other factors are selectors.
    fn of_gate(&self, selectors: &[Poly], columns: &[&[Fr]]) -> Poly {
        let selected =
            selectors.iter().fold(vec![Fr::one()], |product, next| times(&product, next));
        over_vanishing(&columns.iter().fold(selected, |product, column| times(&product, column)))
    }

    /// Zero on the unusable rows, zero or one on the others.
    fn selector(&self, number: u64) -> Poly {
        let on = |row: &usize| drawn(number + 10 * *row as u64).into_bigint().is_odd();
        let rows = (0..ROWS - BLINDING - 1).filter(on);
        rows.fold(Vec::new(), |sum, row| plus(&sum, &self.lagrange(row), Fr::one()))
    }

    /// What the limbs of a quotient and the quotient of their opening have of a monomial, and each of them times $X$.
    fn points(&self, degree: usize, quotient: &[Fr]) -> Vec<Poly> {
        let at = |i: usize| quotient.get(i).copied().unwrap_or_default();
        let limb = |i: usize| (0..ROWS).map(|j| at(i * ROWS + j)).collect::<Poly>();
        let limbs: Vec<Poly> = (0..degree - 1).map(limb).collect();
        assert!(quotient.len() <= ROWS * limbs.len());
        let over = self.x.pow([ROWS as u64]);
        let whole = limbs.iter().rev().fold(Vec::new(), |sum, limb| plus(limb, &sum, over));
        // The value at x is known, and what the cells add to it is zero there.
        let opening = over_root(&whole, self.x);
        let points = limbs.into_iter().chain([opening]);
        points.flat_map(|point| [point.clone(), times(&point, &[Fr::zero(), Fr::one()])]).collect()
    }
}

/// How many combinations of points are zero in every monomial.
fn relations(monomials: &[Vec<Poly>]) -> usize {
    let width = ROWS + 1;
    let mut rows: Vec<Poly> = (0..monomials[0].len())
        .map(|point| {
            let of = |monomial: &Vec<Poly>| {
                let mut poly = monomial[point].clone();
                assert!(poly.iter().skip(width).all(Fr::is_zero));
                poly.resize(width, Fr::zero());
                poly
            };
            monomials.iter().flat_map(of).collect()
        })
        .collect();
    let mut rank = 0;
    for column in 0..width * monomials.len() {
        let Some(pivot) = (rank..rows.len()).find(|row| !rows[*row][column].is_zero()) else {
            continue;
        };
        rows.swap(rank, pivot);
        let scale = rows[rank][column].inverse().unwrap();
        let lead = rows[rank].clone();
        for row in &mut rows[rank + 1..] {
            let factor = row[column] * scale;
            *row = plus(row, &lead, -factor);
        }
        rank += 1;
    }
    rows.len() - rank
}

/// All choices of so many columns, in order, from those of random cells.
fn choices(cells: &[Poly], count: usize) -> Vec<Vec<&[Fr]>> {
    (0..count).fold(vec![Vec::new()], |chosen: Vec<Vec<&[Fr]>>, _| {
        let mut longer = Vec::new();
        for columns in &chosen {
            longer.extend(cells.iter().map(|cell| [&columns[..], &[&cell[..]]].concat()));
        }
        longer
    })
}

/// Factors of a term: fixed ones, and advice of columns that are not linked and of those that are.
type Factors = [usize; 3];

/// Drops the terms that others have all factors of.
fn largest(terms: impl IntoIterator<Item = Factors>) -> BTreeSet<Factors> {
    let terms: BTreeSet<Factors> = terms.into_iter().collect();
    let within = |a: &Factors, b: &Factors| a != b && a.iter().zip(b).all(|(a, b)| a <= b);
    let kept = terms.iter().filter(|term| !terms.iter().any(|other| within(term, other)));
    kept.copied().collect()
}

/// The largest terms of each constraint of a plan.
fn terms(plan: &Plan) -> BTreeSet<Factors> {
    let linked = plan.link.as_ref().map_or(0, |link| link.columns);
    let mut all: Vec<BTreeSet<Factors>> = Vec::new();
    for node in &plan.nodes {
        let at = |node: &u32| &all[*node as usize];
        let next = match node {
            Node::Constant(_) | Node::Challenge(_) | Node::Instance(_) => largest([[0, 0, 0]]),
            Node::Fixed(_) => largest([[1, 0, 0]]),
            Node::Advice(query) => {
                let free = plan.advice_queries[*query as usize].column >= linked;
                largest([if free { [0, 1, 0] } else { [0, 0, 1] }])
            }
            Node::Negated(a) => at(a).clone(),
            Node::Sum(a, b) => largest(at(a) | at(b)),
            Node::Product(a, b) => {
                let product = |x: &Factors| {
                    let x = *x;
                    at(b).iter().map(move |y| core::array::from_fn(|i| x[i] + y[i]))
                };
                largest(at(a).iter().flat_map(product))
            }
        };
        all.push(next);
    }
    let constraints = plan.gates.iter().flat_map(|gate| &gate.constraints);
    constraints.flat_map(|node| all[*node as usize].clone()).collect()
}

/// What the terms with two random cells or more, of columns that are not linked, have of limbs and opening; and so a running
/// product of so many columns, where there is one.
fn monomials(degree: usize, terms: &BTreeSet<Factors>, permuted: Option<usize>) -> Vec<Vec<Poly>> {
    let setting = Setting::new();
    let (columns, products) = (setting.column(), setting.product());
    let mut quotients = Vec::new();
    for &[fixed, free, linked] in terms {
        if linked == 0 && fixed >= 1 && free >= 2 {
            let selectors: Vec<Poly> = (1..=fixed).map(|i| setting.selector(i as u64)).collect();
            let chosen = choices(&columns, free);
            quotients.extend(chosen.iter().map(|columns| setting.of_gate(&selectors, columns)));
        }
    }
    for running in permuted.iter().flat_map(|_| &products) {
        for columns in choices(&columns, permuted.unwrap_or_default()) {
            quotients.push(setting.of_permutation(running, &columns));
        }
    }
    quotients.iter().map(|quotient| setting.points(degree, quotient)).collect()
}

fn stored() -> Vec<Plan> {
    let files = [
        include_str!("fixtures/registration.json"),
        include_str!("fixtures/batch_registration.json"),
        include_str!("old_proofs/digits_mlp/registration.json"),
        include_str!("old_proofs/digits_batch/registration.json"),
    ];
    let mut plans = Vec::new();
    for file in files {
        let file: Value = serde_json::from_str(file).unwrap();
        let of = ["binding", "index"].iter().filter_map(|part| file.get(part)?.get("plan"));
        plans.extend(file.get("plan").into_iter().chain(of).cloned());
    }
    let index: Value = serde_json::from_str(include_str!("fixtures/index.json")).unwrap();
    plans.push(index["plan"].clone());
    assert!(plans.len() >= 9);
    plans.iter().map(|plan| Plan::from_json(plan.to_string().as_bytes()).unwrap()).collect()
}

#[test]
fn limbs_satisfy_no_relation_but_that_of_their_opening() {
    for plan in stored() {
        let linked = plan.link.as_ref().map_or(0, |link| link.columns);
        let free = |column: &Column| matches!(column, Column::Advice(at) if *at >= linked);
        let chunks = plan.permutation.chunks(plan.permutation_chunk());
        let permuted = chunks.filter(|chunk| chunk.iter().all(free)).map(<[Column]>::len).max();
        let monomials = monomials(plan.degree as usize, &terms(&plan), permuted);
        assert_eq!(relations(&monomials), 1, "{:?}", plan.circuit);
    }
}

/// What is counted above counts something: without the terms of the largest degree the last limb has no cell, and where each
/// cell meets a selector the limbs sum to zero.
#[test]
fn of_fewer_terms_limbs_satisfy_more() {
    let count =
        |terms: &[Factors]| relations(&monomials(5, &terms.iter().copied().collect(), None));
    assert_eq!(count(&[[1, 3, 0], [2, 3, 0]]), 1);
    // The last limb, by both of its multipliers.
    assert_eq!(count(&[[1, 3, 0]]), 1 + 2);
    // The sum of all limbs, by both of its multipliers.
    assert_eq!(count(&[[2, 3, 0]]), 1 + 2);
}

#[test]
fn every_column_of_a_plan_keeps_random_cells() {
    for plan in stored() {
        let queries = |column: usize| {
            plan.advice_queries.iter().filter(|query| query.column as usize == column).count()
        };
        for column in 0..plan.advice_phases.len() {
            // Random rows, less the values that a proof opens: three at least, as above.
            let left = plan.blinding_factors as usize + 1 - queries(column);
            assert!(left >= 3, "advice column {column}");
        }
    }
}
