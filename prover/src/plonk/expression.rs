//! Expressions of the proof system as nodes of a graph.

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
