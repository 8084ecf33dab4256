//! The identities of one gadget at a time: what each adds to the quotient.

use std::collections::BTreeMap;

use ff::Field as _;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{ConstraintSystem, Expression};
use rand_core::RngCore;

use super::expression::{Cells, Sum};
use super::program::{BLOCK, Graph, Program, Repeated};

/// Rows that rotations may reach above and below.
const MARGIN: usize = 64;

/// The identities of one gadget, ready to be evaluated.
#[derive(Debug)]
pub struct Gadget {
    /// The first word of its constraints' names.
    pub name: String,
    /// How many identities it has.
    pub identities: usize,
    program: Program,
}

/// Columns with arbitrary values: a time does not depend on them.
#[derive(Debug)]
pub struct Sample {
    columns: Vec<Vec<Fr>>,
    rows: usize,
}

/// All gadgets of a circuit, by name; constraints are named `gadget: what holds`.
pub fn gadgets(cs: &ConstraintSystem<Fr>, mut randomness: impl RngCore) -> Vec<Gadget> {
    let mut draw = || Fr::random(&mut randomness);
    let challenges: Vec<Fr> = (0..cs.num_challenges()).map(|_| draw()).collect();
    let y = draw();
    let advice = cs.num_fixed_columns();
    let instance = advice + cs.num_advice_columns();
    let cells = Cells { advice, instance, challenges: &challenges };
    let mut by_name: BTreeMap<&str, Vec<&Expression<Fr>>> = BTreeMap::new();
    for gate in cs.gates() {
        for (place, identity) in gate.polynomials().iter().enumerate() {
            let name = gate.constraint_name(place);
            let name = name.split_once(':').map_or(name, |(gadget, _)| gadget);
            by_name.entry(name).or_default().push(identity);
        }
    }
    let mut all = Vec::with_capacity(by_name.len());
    for (name, identities) in by_name {
        let mut graph = Graph::default();
        let (mut sum, mut power) = (Sum::default(), Fr::ONE);
        for identity in &identities {
            sum.add(&mut graph, &cells, identity, power);
            power *= y;
        }
        let node = sum.node(&mut graph);
        let program = Program::new(&graph, node);
        all.push(Gadget { name: name.to_owned(), identities: identities.len(), program });
    }
    all
}

impl Sample {
    /// So many rows of all columns of a circuit.
    pub fn new(cs: &ConstraintSystem<Fr>, rows: usize, mut randomness: impl RngCore) -> Self {
        let columns = cs.num_fixed_columns() + cs.num_advice_columns() + 1;
        let length = rows + 2 * MARGIN;
        let column = |_| (0..length).map(|_| Fr::random(&mut randomness)).collect();
        Self { columns: (0..columns).map(column).collect(), rows }
    }
}

impl Gadget {
    /// The identities, combined, on every row, on this thread.
    pub fn evaluate(&self, sample: &Sample) -> Vec<Fr> {
        let columns = Repeated { columns: &sample.columns, above: MARGIN };
        let mut buffers = self.program.buffers();
        let mut values = vec![Fr::ZERO; sample.rows];
        for (block, values) in values.chunks_mut(BLOCK).enumerate() {
            self.program.evaluate(&columns, block * BLOCK, &mut buffers, values);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_proofs::plonk::Circuit as _;
    use rand_core::OsRng;
    use std::collections::BTreeSet;
    use tribute_circuits::{CircuitParams, InferenceCircuit};

    #[test]
    fn every_identity_belongs_to_one_gadget() {
        let mut cs = ConstraintSystem::default();
        let _ = InferenceCircuit::configure_with_params(&mut cs, CircuitParams::default());
        let gadgets = gadgets(&cs, OsRng);
        let count: usize = gadgets.iter().map(|gadget| gadget.identities).sum();
        assert_eq!(count, cs.gates().iter().map(|gate| gate.polynomials().len()).sum::<usize>());
        let names: BTreeSet<&str> = gadgets.iter().map(|gadget| gadget.name.as_str()).collect();
        assert_eq!(names.len(), gadgets.len());
        assert!(names.contains("lookup") && names.contains("poseidon"), "{names:?}");
        let sample = Sample::new(&cs, 2 * BLOCK + 1, OsRng);
        for gadget in gadgets {
            let values = gadget.evaluate(&sample);
            assert!(values.len() == 2 * BLOCK + 1 && values.iter().any(|value| *value != Fr::ZERO));
        }
    }
}
