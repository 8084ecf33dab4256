//! A circuit as the proof system sees it, written down as JSON: gates as nodes, fixed cells, cycles of the permutation, columns, public inputs.
//!
//! Fixed cells and copies come from a synthesis by the proof system's own test prover, gates from the configured constraint system; nothing is taken from what the circuit says of itself.

use std::collections::BTreeMap;

use ff::{Field, PrimeField};
use halo2_proofs::dev::{CellValue, MockProver};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem, Expression};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use serde_json::{Value, json};
use tribute_circuits::Witness;

/// Nodes of all gates, each once.
#[derive(Default)]
struct Nodes {
    list: Vec<Value>,
    numbers: BTreeMap<String, usize>,
}

impl Nodes {
    fn add(&mut self, node: Value) -> usize {
        let next = self.list.len();
        let number = *self.numbers.entry(node.to_string()).or_insert(next);
        if number == next {
            self.list.push(node);
        }
        number
    }

    fn expression(&mut self, expression: &Expression<Fr>) -> usize {
        let node = match expression {
            Expression::Constant(value) => json!(["constant", hex(value)]),
            Expression::Selector(_) => panic!("a circuit has no selectors of the proof system's"),
            Expression::Fixed(query) => {
                json!(["fixed", query.column_index(), query.rotation().0])
            }
            Expression::Advice(query) => {
                json!(["advice", query.column_index(), query.rotation().0])
            }
            Expression::Instance(query) => {
                json!(["instance", query.column_index(), query.rotation().0])
            }
            Expression::Challenge(challenge) => json!(["challenge", challenge.index()]),
            Expression::Negated(part) => {
                let minus = self.add(json!(["constant", hex(&-Fr::ONE)]));
                json!(["product", minus, self.expression(part)])
            }
            Expression::Scaled(part, by) => {
                let by = self.add(json!(["constant", hex(by)]));
                json!(["product", by, self.expression(part)])
            }
            Expression::Sum(left, right) => {
                json!(["sum", self.expression(left), self.expression(right)])
            }
            Expression::Product(left, right) => {
                json!(["product", self.expression(left), self.expression(right)])
            }
        };
        self.add(node)
    }
}

fn hex(value: &Fr) -> String {
    let mut bytes = value.to_repr();
    bytes.reverse();
    bytes.iter().fold(String::from("0x"), |text, byte| format!("{text}{byte:02x}"))
}

/// The cells of a column that aren't 0.
fn sparse<'a>(cells: impl IntoIterator<Item = &'a Fr>) -> Value {
    let cells = cells.into_iter().enumerate().filter(|(_, value)| **value != Fr::ZERO);
    cells.map(|(row, value)| json!([row, hex(value)])).collect()
}

/// Writes a circuit down. `of` says which it is, with its parameters and its witness.
pub(crate) fn dump<C: Circuit<Fr> + Witness>(
    k: u32,
    circuit: &C,
    instance: &[Fr],
    of: &Value,
) -> Value {
    let mut cs = ConstraintSystem::default();
    C::configure_with_params(&mut cs, circuit.params());
    let mut nodes = Nodes::default();
    let mut gates = Vec::new();
    for gate in cs.gates() {
        for (number, polynomial) in gate.polynomials().iter().enumerate() {
            let node = nodes.expression(polynomial);
            gates.push(json!({ "name": gate.constraint_name(number), "node": node }));
        }
    }
    let prover = MockProver::run(k, circuit, vec![instance.to_vec()]).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let challenges: Vec<Fr> = (0..cs.num_challenges()).map(|_| Fr::random(&mut random)).collect();
    let (first, second) = (circuit.first_phase(), circuit.second_phase(&challenges));
    json!({
        "of": of,
        "k": k,
        "nodes": nodes.list,
        "gates": gates,
        "fixed": fixed(&prover),
        "first": first.iter().map(sparse).collect::<Vec<_>>(),
        "second": second.iter().map(sparse).collect::<Vec<_>>(),
        "challenges": challenges.iter().map(hex).collect::<Vec<_>>(),
        "instance": instance.iter().map(hex).collect::<Vec<_>>(),
        "unusable": cs.blinding_factors() + 1,
        "permuted": permuted(&prover),
        "cycles": cycles(&prover),
    })
}

fn fixed(prover: &MockProver<Fr>) -> Vec<Value> {
    let value = |cell: &CellValue<Fr>| match cell {
        CellValue::Assigned(value) => *value,
        CellValue::Unassigned | CellValue::Poison(_) => Fr::ZERO,
    };
    let columns = prover.fixed().iter();
    columns.map(|column| sparse(&column.iter().map(value).collect::<Vec<_>>())).collect()
}

/// The columns of the permutation, in its order.
fn permuted(prover: &MockProver<Fr>) -> Vec<Value> {
    let columns = prover.permutation().columns().iter();
    columns.map(|column| json!([format!("{:?}", column.column_type()), column.index()])).collect()
}

/// Cycles of more than one cell; a cell is a place among the permuted columns, and a row.
fn cycles(prover: &MockProver<Fr>) -> Vec<Vec<(usize, usize)>> {
    let mapping: Vec<Vec<(usize, usize)>> =
        prover.permutation().mapping().map(|column| column.collect()).collect();
    let mut seen: Vec<Vec<bool>> = mapping.iter().map(|column| vec![false; column.len()]).collect();
    let mut cycles = Vec::new();
    for column in 0..mapping.len() {
        for row in 0..mapping[column].len() {
            let (mut cell, mut cycle) = ((column, row), Vec::new());
            while !seen[cell.0][cell.1] {
                seen[cell.0][cell.1] = true;
                cycle.push(cell);
                cell = mapping[cell.0][cell.1];
            }
            if cycle.len() > 1 {
                cycles.push(cycle);
            }
        }
    }
    cycles
}
