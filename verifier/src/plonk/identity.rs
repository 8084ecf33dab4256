//! The value that the quotient must have at $x$.
//!
//! # Constraints, in order
//! The gates; then, with $z_i$ the running products, $\ell_0$, $\ell_\text{last}$, $\ell_\text{blind}$ the
//! Lagrange polynomials of the first row, the first unusable row and the blinding rows:
//! $\ell_0 (1 - z_0)$; $\ell_\text{last} (z_m^2 - z_m)$; $\ell_0 (z_i - z_{i-1}(\omega^\text{last} X))$;
//! $$ (1 - \ell_\text{last} - \ell_\text{blind}) \Big( z_i(\omega X) \prod_j (v_j + \beta s_j + \gamma)
//!    - z_i \prod_j (v_j + \beta \delta^j X + \gamma) \Big). $$

use ark_bn254::Fr;
use ark_ff::{Field as _, One as _, Zero as _};

use super::domain::{Domain, delta};
use super::proof::Proof;
use crate::plan::{Column, Node, Plan, index};

/// Returns the value of the quotient at $x$.
pub(super) fn quotient(plan: &Plan, domain: &Domain, instances: &[Fr], proof: &Proof) -> Fr {
    let instance_evals = instance_evals(plan, domain, instances);
    let nodes = node_values(plan, proof, &instance_evals);
    let mut sum = Fr::zero();
    let mut add = |constraint: Fr| sum = sum * proof.challenges.y + constraint;
    for node in plan.gates.iter().flat_map(|gate| &gate.constraints) {
        add(nodes[index(*node)]);
    }
    Permutation::new(plan, domain, proof, &instance_evals).constraints(add);
    // The domain is set up only where $x^n$ is not 1.
    sum * (domain.x_n - Fr::one()).inverse().unwrap_or_default()
}

/// Returns the values of the instance queries: the verifier knows that polynomial itself.
fn instance_evals(plan: &Plan, domain: &Domain, instances: &[Fr]) -> Vec<Fr> {
    let of = |rotation: i32| {
        // The value at $x \omega^r$ of $L_i$ is the value at $x$ of $L_{i - r}$.
        let lagrange = domain.lagrange(-i64::from(rotation), instances.len());
        instances.iter().zip(lagrange).map(|(instance, lagrange)| lagrange * instance).sum()
    };
    plan.instance_queries.iter().map(|query| of(query.rotation)).collect()
}

fn node_values(plan: &Plan, proof: &Proof, instance_evals: &[Fr]) -> Vec<Fr> {
    let mut values: Vec<Fr> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        values.push(match node {
            Node::Constant(value) => value.0,
            Node::Fixed(query) => proof.fixed_evals[index(*query)],
            Node::Advice(query) => proof.advice_evals[index(*query)],
            Node::Instance(query) => instance_evals[index(*query)],
            Node::Challenge(challenge) => proof.phase_challenges[index(*challenge)],
            Node::Negated(a) => -values[index(*a)],
            Node::Sum(a, b) => values[index(*a)] + values[index(*b)],
            Node::Product(a, b) => values[index(*a)] * values[index(*b)],
        });
    }
    values
}

/// What the permutation's constraints are made of.
struct Permutation<'a> {
    plan: &'a Plan,
    proof: &'a Proof,
    x: Fr,
    column_evals: Vec<Fr>,
    first: Fr,
    last: Fr,
    active: Fr,
}

impl<'a> Permutation<'a> {
    fn new(plan: &'a Plan, domain: &Domain, proof: &'a Proof, instance_evals: &[Fr]) -> Self {
        let unusable = index(plan.blinding_factors) + 1;
        let tail = domain.lagrange(-1 - i64::from(plan.blinding_factors), unusable);
        let first = domain.lagrange(0, 1).into_iter().sum();
        let eval = |column: &Column| {
            // A validated plan has the query.
            let query = plan.current_query(*column).unwrap_or_default();
            match column {
                Column::Fixed(_) => proof.fixed_evals[query],
                Column::Advice(_) => proof.advice_evals[query],
                Column::Instance(_) => instance_evals[query],
            }
        };
        Self {
            plan,
            proof,
            x: domain.x,
            column_evals: plan.permutation.iter().map(eval).collect(),
            first,
            last: tail.first().copied().unwrap_or_default(),
            active: Fr::one() - tail.iter().sum::<Fr>(),
        }
    }

    fn constraints(&self, mut add: impl FnMut(Fr)) {
        let products = &self.proof.product_evals;
        let (Some(head), Some(tail)) = (products.first(), products.last()) else { return };
        add(self.first * (Fr::one() - head.current));
        add(self.last * (tail.current.square() - tail.current));
        for pair in products.windows(2) {
            let handed_over = pair[0].last.unwrap_or_default();
            add(self.first * (pair[1].current - handed_over));
        }
        let chunk = self.plan.permutation_chunk();
        let (beta, gamma) = (self.proof.challenges.beta, self.proof.challenges.gamma);
        let delta = delta();
        let mut position = beta * self.x;
        let columns = self.column_evals.chunks(chunk);
        let sigmas = self.proof.permutation_evals.chunks(chunk);
        for ((product, columns), sigmas) in products.iter().zip(columns).zip(sigmas) {
            let (mut left, mut right) = (product.next, product.current);
            for (value, sigma) in columns.iter().zip(sigmas) {
                left *= beta * sigma + value + gamma;
                right *= position + value + gamma;
                position *= delta;
            }
            add(self.active * (left - right));
        }
    }
}
