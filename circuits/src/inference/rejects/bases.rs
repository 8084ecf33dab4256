//! Honest witnesses, and some with values beyond their widths, that forgeries start from.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use tribute_verifier::field::FieldElement;

use crate::forgery::Forgery;
use crate::inference::tests::{accepted, shape, witness};
use crate::machine::columns::MachineColumns;
use crate::machine::linear::stride;
use crate::machine::place::Frame;
use crate::reference::{self, QueryTrace, ResidualKind};
use crate::{CircuitParams, InferenceCircuit, InferenceWitness};

/// A witness to start from.
pub(in crate::inference) struct Base {
    pub(in crate::inference) params: CircuitParams,
    pub(in crate::inference) witness: InferenceWitness,
    pub(in crate::inference) trace: Option<QueryTrace>,
    /// Whether forgeries of a single value are tried on it.
    pub(super) simple: bool,
}

impl Base {
    fn new(params: &CircuitParams, witness: InferenceWitness) -> Self {
        let trace =
            reference::query(&witness.model, &witness.table, params.shape.residual, &witness.input)
                .ok();
        Self { params: params.clone(), witness, trace, simple: false }
    }

    pub(in crate::inference) fn public_inputs(&self, forgery: &Forgery) -> Vec<FieldElement> {
        InferenceCircuit::forged(&self.params, &self.witness, forgery.clone())
            .unwrap()
            .public_inputs()
    }

    pub(in crate::inference) fn accepts(&self, forgery: &Forgery) -> bool {
        let circuit =
            InferenceCircuit::forged(&self.params, &self.witness, forgery.clone()).unwrap();
        accepted(&self.params, &circuit).is_ok()
    }

    pub(super) fn columns(&self) -> MachineColumns {
        MachineColumns::new(&self.params)
    }

    pub(super) fn frame(&self) -> Frame {
        Frame::new(&self.params.shape, self.params.weight_columns)
    }

    pub(super) fn stride(&self) -> usize {
        stride(&self.params.shape)
    }
}

/// The circuit that forgeries are tried on: small, with every kind of row.
pub(in crate::inference) fn params(residual: ResidualKind) -> CircuitParams {
    let shape = shape(3, &[2], 3, 3, residual);
    CircuitParams { shape, k: 11, weight_columns: 2, limb_bits: 8, limb_lanes: 3 }
}

/// Honest witnesses (and some with values beyond their widths) that forgeries start from.
pub(in crate::inference) fn bases(residual: ResidualKind) -> Vec<Base> {
    let params = params(residual);
    let mut bases: Vec<Base> =
        (1..=6).map(|seed| Base::new(&params, witness(&params.shape, seed))).collect();
    let mut edit = |seed, change: &dyn Fn(&mut InferenceWitness)| {
        let mut edited = witness(&params.shape, seed);
        change(&mut edited);
        bases.push(Base::new(&params, edited));
    };
    let open = |witness: &mut InferenceWitness| {
        // Logits close to each other: no clamp, no saturation.
        witness.model.head.iter_mut().for_each(|weight| *weight /= 64);
    };
    edit(1, &open);
    edit(2, &open);
    edit(3, &open);
    // A tie.
    edit(4, &|witness| {
        open(witness);
        witness.model.head.chunks_mut(3).for_each(|row| row.fill(row[0]));
    });
    // Nobody supports the output.
    edit(5, &|witness| {
        open(witness);
        witness.table.entries.fill(0);
    });
    // Saturated, with and without a table.
    let saturated = |witness: &mut InferenceWitness| {
        witness.model.head.fill(0);
        let last = witness.model.head.len() - 3;
        witness.model.head[last..].copy_from_slice(&[(1 << 23) - 1, 0, 0]);
    };
    edit(6, &saturated);
    edit(7, &|witness| {
        saturated(witness);
        witness.table.entries.fill(0);
    });
    // Activations that exceed 16 bits, and logits that exceed 24.
    edit(8, &|witness| {
        witness.input.fill(i16::MAX);
        witness.model.hidden[0].weights.fill(4000);
        witness.model.head.fill(0);
    });
    edit(9, &|witness| {
        witness.input.fill(i16::MAX);
        witness.model.hidden[0].weights.fill(2500);
        witness.model.head.fill((1 << 23) - 1);
    });
    // The last contributor slightly negative, the others positive.
    edit(10, &|witness| {
        open(witness);
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .for_each(|(i, entry)| *entry = [1 << 50, 1 << 50, -(1 << 44)][i % 3]);
        // Only the residual of one class counts.
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .filter(|(i, _)| i / 3 % 3 != 0)
            .for_each(|(_, entry)| *entry = 0);
    });
    edit(11, &|witness| {
        open(witness);
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .for_each(|(i, entry)| *entry = [-(1 << 50), -(1 << 50), 1 << 44][i % 3]);
        witness
            .table
            .entries
            .iter_mut()
            .enumerate()
            .filter(|(i, _)| i / 3 % 3 != 0)
            .for_each(|(_, entry)| *entry = 0);
    });
    // A logit further than the clamp below the largest.
    edit(12, &|witness| {
        open(witness);
        let last = witness.model.head.len() - 3;
        witness.model.head[last..].copy_from_slice(&[2000, 0, -3_000_000]);
    });
    for simple in [6, 10, 12] {
        bases[simple].simple = true;
    }
    bases
}
