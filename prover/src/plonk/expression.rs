//! Expressions of the proof system as nodes of a graph.
//!
//! # Sums of identities
//! Identities are added up with powers of a challenge. Many have one selector as a factor and are linear in what is multiplied with it: those of a round of the hash are a matrix
//! times one vector. So a [`Sum`] keeps, for each selector, one coefficient for each part; the challenge's powers times the columns of the matrix are added before a row is looked at.

use std::collections::BTreeMap;

use ff::Field as _;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::program::{Graph, Node};

/// Where columns stand among all, fixed ones first, and the challenges of the circuit.
pub(super) struct Cells<'a> {
    pub(super) advice: usize,
    pub(super) instance: usize,
    pub(super) challenges: &'a [Fr],
}

impl Cells<'_> {
    /// Adds an expression.
    pub(super) fn add(&self, graph: &mut Graph, expression: &Expression<Fr>) -> Node {
        let Self { advice, instance, challenges } = *self;
        match expression {
            Expression::Constant(value) => graph.constant(*value),
            Expression::Challenge(challenge) => graph.constant(challenges[challenge.index()]),
            Expression::Fixed(query) => graph.cell(query.column_index(), query.rotation().0),
            Expression::Advice(query) => {
                graph.cell(advice + query.column_index(), query.rotation().0)
            }
            Expression::Instance(query) => graph.cell(instance, query.rotation().0),
            Expression::Negated(part) => {
                let part = self.add(graph, part);
                graph.scale(part, -Fr::ONE)
            }
            Expression::Scaled(part, by) => {
                let part = self.add(graph, part);
                graph.scale(part, *by)
            }
            Expression::Sum(left, right) => {
                let left = self.add(graph, left);
                match &**right {
                    Expression::Negated(right) => {
                        let right = self.add(graph, right);
                        graph.subtract(left, right)
                    }
                    right => {
                        let right = self.add(graph, right);
                        graph.add(left, right)
                    }
                }
            }
            Expression::Product(left, right) => {
                let (left, right) = (self.add(graph, left), self.add(graph, right));
                graph.multiply(left, right)
            }
            // Key generation has replaced selectors by columns.
            Expression::Selector(_) => graph.constant(Fr::ZERO),
        }
    }
}

/// $c + \sum_j c_j t_j$, with nodes $t_j$.
#[derive(Default)]
struct Linear {
    constant: Fr,
    terms: BTreeMap<Node, Fr>,
}

/// A sum of identities, sorted by the selectors that they have as a factor.
#[derive(Default)]
pub(super) struct Sum(BTreeMap<Option<Node>, Linear>);

impl Sum {
    /// Adds an expression times a constant.
    pub(super) fn add(
        &mut self,
        graph: &mut Graph,
        cells: &Cells<'_>,
        expression: &Expression<Fr>,
        by: Fr,
    ) {
        let (selector, rest) = match expression {
            Expression::Product(selector, rest) => match **selector {
                Expression::Fixed(_) => (Some(cells.add(graph, selector)), &**rest),
                _ => (None, expression),
            },
            _ => (None, expression),
        };
        self.0.entry(selector).or_default().add(graph, cells, rest, by);
    }

    /// Adds a node times a constant.
    pub(super) fn add_node(&mut self, node: Node, by: Fr) {
        *self.0.entry(None).or_default().terms.entry(node).or_insert(Fr::ZERO) += by;
    }

    /// The sum as a node.
    pub(super) fn node(&self, graph: &mut Graph) -> Node {
        let mut sum = graph.constant(Fr::ZERO);
        for (selector, linear) in &self.0 {
            let mut part = graph.constant(linear.constant);
            for (node, by) in &linear.terms {
                part = graph.step(*node, *by, part);
            }
            if let Some(selector) = selector {
                part = graph.multiply(*selector, part);
            }
            sum = graph.add(sum, part);
        }
        sum
    }
}

impl Linear {
    fn add(&mut self, graph: &mut Graph, cells: &Cells<'_>, expression: &Expression<Fr>, by: Fr) {
        match expression {
            Expression::Negated(part) => self.add(graph, cells, part, -by),
            Expression::Scaled(part, scale) => self.add(graph, cells, part, by * scale),
            Expression::Sum(left, right) => {
                self.add(graph, cells, left, by);
                self.add(graph, cells, right, by);
            }
            Expression::Product(left, right) => {
                let known = [left, right].map(|part| {
                    let part = cells.add(graph, part);
                    graph.value(part)
                });
                match known {
                    [Some(scale), _] => self.add(graph, cells, right, by * scale),
                    [_, Some(scale)] => self.add(graph, cells, left, by * scale),
                    _ => self.add_node(graph, cells, expression, by),
                }
            }
            _ => self.add_node(graph, cells, expression, by),
        }
    }

    fn add_node(
        &mut self,
        graph: &mut Graph,
        cells: &Cells<'_>,
        expression: &Expression<Fr>,
        by: Fr,
    ) {
        let node = cells.add(graph, expression);
        match graph.value(node) {
            Some(value) => self.constant += value * by,
            None => *self.terms.entry(node).or_insert(Fr::ZERO) += by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plonk::domain::powers;
    use crate::plonk::domain::tests::random;
    use crate::plonk::program::{Program, Repeated};
    use halo2_proofs::plonk::{Circuit as _, ConstraintSystem};
    use tribute_circuits::{CircuitParams, InferenceCircuit};

    /// Rows, with as many above and below as rotations reach.
    const ROWS: usize = 8;

    #[test]
    fn a_sum_by_selectors_is_the_sum() {
        let mut cs = ConstraintSystem::default();
        let _ = InferenceCircuit::configure_with_params(&mut cs, CircuitParams::default());
        let challenges = random(cs.num_challenges());
        let advice = cs.num_fixed_columns();
        let instance = advice + cs.num_advice_columns();
        let cells = Cells { advice, instance, challenges: &challenges };
        let identities: Vec<_> = cs.gates().iter().flat_map(|gate| gate.polynomials()).collect();
        assert!(identities.len() > 5);

        let mut graph = Graph::default();
        let (mut sum, mut plain) = (Sum::default(), graph.constant(Fr::ZERO));
        for (identity, power) in identities.iter().zip(powers(random(1)[0], identities.len())) {
            sum.add(&mut graph, &cells, identity, power);
            let node = cells.add(&mut graph, identity);
            plain = graph.step(node, power, plain);
        }
        let sum = sum.node(&mut graph);
        let columns: Vec<Vec<Fr>> = (0..=instance).map(|_| random(3 * ROWS)).collect();
        let repeated = Repeated { columns: &columns, above: ROWS };
        let [sum, plain] = [sum, plain].map(|node| {
            let program = Program::new(&graph, node);
            let mut values = vec![Fr::ZERO; ROWS];
            program.evaluate(&repeated, 0, &mut program.buffers(), &mut values);
            values
        });
        assert_eq!(sum, plain);
        assert!(sum.iter().all(|value| *value != Fr::ZERO));
    }
}
