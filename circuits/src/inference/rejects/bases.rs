//! Honest witnesses, and some with values beyond their widths, that forgeries start from.

#![allow(clippy::too_many_lines, reason = "a list, one entry for each case")]

use tribute_verifier::field::FieldElement;

use crate::forgery::Forgery;
use crate::inference::tests::{accepted, shape, witness};
use crate::machine::columns::MachineColumns;
use crate::machine::gates::Strides;
use crate::machine::place::Frame;
use crate::params::Shape;
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
        let trace = reference::query(
            &witness.model,
            &witness.table,
            params.shape.residual,
            &witness.queries[0].input,
        )
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
        Frame::new(&self.params)
    }

    pub(super) fn strides(&self) -> Strides {
        self.params.strides()
    }
}

/// The circuits that forgeries are tried on: small, with every kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::inference) enum Kind {
    /// One query, with this residual.
    One(ResidualKind),
    /// A batch.
    Batch,
}

pub(super) const KINDS: [Kind; 3] =
    [Kind::One(ResidualKind::Query), Kind::One(ResidualKind::OneHot), Kind::Batch];

pub(super) fn params(kind: Kind) -> CircuitParams {
    let residual = match kind {
        Kind::One(residual) => residual,
        Kind::Batch => ResidualKind::Query,
    };
    let one = CircuitParams {
        shape: shape(3, &[2], 3, 3, residual),
        queries: 1,
        threads: 1,
        k: 11,
        weight_columns: 2,
        limb_bits: 8,
        limb_lanes: 3,
    };
    match kind {
        Kind::One(ResidualKind::Query) => one,
        // One lane, so that limbs and inputs stand on rows of their own.
        Kind::One(ResidualKind::OneHot) => CircuitParams { k: 12, limb_lanes: 1, ..one },
        Kind::Batch => CircuitParams { queries: 4, threads: 2, k: 12, ..one },
    }
}

/// Honest witnesses (and some with values beyond their widths) that forgeries start from.
pub(in crate::inference) fn bases(kind: Kind) -> Vec<Base> {
    let params = params(kind);
    let shape = &params.shape;
    // A batch starts with the query of one, goes on with two others, and leaves a slot empty.
    let witness = |_: &Shape, seed: u64| {
        let mut first = witness(shape, seed);
        if kind == Kind::Batch {
            first.queries.extend((1..3).flat_map(|more| witness(shape, seed + more).queries));
        }
        first
    };
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
        witness.queries[0].input.fill(i16::MAX);
        witness.model.hidden[0].weights.fill(4000);
        witness.model.head.fill(0);
    });
    edit(9, &|witness| {
        witness.queries[0].input.fill(i16::MAX);
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
    // The logit between two of the same size is one less.
    edit(13, &|witness| {
        witness.model.head.fill(0);
        let last = witness.model.head.len() - 3;
        witness.model.head[last..].copy_from_slice(&[320, 256, 320]);
    });
    for simple in [6, 10, 12] {
        bases[simple].simple = true;
    }
    bases
}
