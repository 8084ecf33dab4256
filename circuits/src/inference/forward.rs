//! The forward pass: hidden layers with ReLU and rescale, then logits.
//!
//! # Relation
//! For each hidden unit with accumulator $y$ and $s = 12$: $y + 2^{s-1} = (h - g) 2^s + r$, $h g = 0$, $0 \le r < 2^s$, $0 \le h < 2^{16}$, $0 \le g$.
//! For each logit with accumulator $y$ and $s = 14$: $y + 2^{s-1} = z 2^s + r$, $0 \le r < 2^s$, $-2^{23} \le z < 2^{23}$.
//!
//! # Soundness
//! $h - g = \lfloor (y + 2^{s-1}) / 2^s \rfloor$ is unique because $r$ is bounded and both sides stay far from $p$; $h g = 0$ with both non-negative then makes $h$
//! the positive part. For $-2^{s-1} \le y < 0$ the quotient is 0, as rounding $\max(0, y)$ demands. An activation or logit that doesn't fit has no witness.

use ff::Field;
use num_bigint::BigInt;
use num_traits::Signed;

use super::Builder;
use crate::bounds::{HEAD_SHIFT, HIDDEN_SHIFT};
use crate::encode::{decode, encode, encode_wide, power_of_two};
use crate::gadgets::arithmetic::{NONE, Relation};
use crate::gadgets::dense::{Input, Job};
use crate::grid::Wire;
use halo2_proofs::halo2curves::bn256::Fr;

/// Rows of one hidden unit.
pub(super) const UNIT_ROWS: usize = 4;
/// Rows of one logit.
pub(super) const LOGIT_ROWS: usize = 2;
/// Rows of the constants.
pub(super) const CONSTANT_ROWS: usize = 2;

/// What the head gives: features with the constant one, and logits plus $2^{23}$.
pub(super) struct Forward {
    pub(super) features: Vec<Wire>,
    pub(super) logits: Vec<Wire>,
}

impl Builder<'_> {
    pub(super) fn forward(&mut self, inputs: Vec<Wire>) -> Forward {
        let witness = self.witness;
        let one =
            self.arithmetic().constant("forward: the constant that multiplies a bias", Fr::ONE);
        let mut values = inputs;
        for (layer, negative_part) in
            witness.model.hidden.iter().zip(self.bounds.negative_part.clone())
        {
            let bias = layer.inputs;
            let entry = |i: usize, j: usize| {
                if i < bias {
                    i64::from(layer.weights[i * layer.outputs + j])
                } else {
                    i64::from(layer.biases[j])
                }
            };
            let width = |i: usize| if i < bias { 16 } else { 32 };
            let inputs = values.iter().copied().chain([one]).map(Input::Value).collect();
            let accumulators =
                self.job(&Job { inputs, outputs: layer.outputs, entry: &entry, width: &width });
            values = accumulators.into_iter().map(|y| self.relu(y, negative_part)).collect();
        }
        values.push(self.arithmetic().constant("forward: the constant feature", power_of_two(8)));
        let inputs = values.iter().copied().map(Input::Value).collect();
        let classes = witness.model.classes;
        let entry = |k: usize, a: usize| i64::from(witness.model.head[k * classes + a]);
        let accumulators =
            self.job(&Job { inputs, outputs: classes, entry: &entry, width: &|_| 24 });
        let logits = accumulators.into_iter().map(|y| self.logit(y)).collect();
        Forward { features: values, logits }
    }

    fn relu(&mut self, y: Wire, negative_part: u32) -> Wire {
        let quotient: BigInt = (decode(y.value) + (1 << (HIDDEN_SHIFT - 1))) >> HIDDEN_SHIFT;
        let (positive, negative) = if quotient.is_negative() {
            (BigInt::ZERO, -quotient)
        } else {
            (quotient, BigInt::ZERO)
        };
        let scale = power_of_two(HIDDEN_SHIFT);
        let mut rows = self.arithmetic();
        let g = rows.hint("relu: dropped part g", encode_wide(&negative), Some(negative_part));
        let h = rows.hint("relu: activation h", encode_wide(&positive), Some(16));
        let remainder = Relation {
            previous: -scale,
            a: Fr::ONE,
            b: scale,
            constant: power_of_two(HIDDEN_SHIFT - 1),
            ..NONE
        };
        rows.compute("relu: r = y + 2^(s-1) - 2^s (h - g)", remainder, &[y, g], Some(HIDDEN_SHIFT));
        rows.zero("relu: h g = 0", Relation { product: Fr::ONE, ..NONE }, &[h, g]);
        h
    }

    fn logit(&mut self, y: Wire) -> Wire {
        let quotient: BigInt = (decode(y.value) + (1 << (HEAD_SHIFT - 1))) >> HEAD_SHIFT;
        let offset = encode(1 << 23);
        let mut rows = self.arithmetic();
        let z = rows.hint("logit: z + 2^23", encode_wide(&quotient) + offset, Some(24));
        let constant = power_of_two(HEAD_SHIFT - 1) + power_of_two(HEAD_SHIFT + 23);
        let remainder =
            Relation { previous: -power_of_two(HEAD_SHIFT), a: Fr::ONE, constant, ..NONE };
        rows.compute("logit: r = y + 2^(s-1) - 2^s z", remainder, &[y], Some(HEAD_SHIFT));
        z
    }
}
