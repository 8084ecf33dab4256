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
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::BigInt;
use num_traits::Signed;

use super::Builder;
use crate::bounds::{HEAD_SHIFT, HIDDEN_SHIFT};
use crate::constraint::ConstraintKind;
use crate::encode::{decode, encode, encode_wide, power_of_two};
use crate::linked::{self, LinkedJob};
use crate::machine::gates::ACCUMULATOR;
use crate::machine::program::{Job, JobInput, NONE, Relation, Wire};
use crate::machine::range::Width;

/// What the head gives: features with the constant one, and logits plus $2^{23}$.
pub(super) struct Forward {
    pub(super) features: Vec<Wire>,
    pub(super) logits: Vec<Wire>,
}

const INPUT: &str = "dense: input of a row";

impl Builder<'_> {
    pub(super) fn forward(&mut self, inputs: &[Wire]) -> Forward {
        let mut values = inputs.to_vec();
        let one = self.constant("forward: the constant one", Fr::ONE);
        for (layer, negative_part) in self.bounds.negative_part.clone().into_iter().enumerate() {
            values.push(one);
            let accumulators = self.layer(LinkedJob::Hidden(layer), &values, one);
            values = accumulators.into_iter().map(|y| self.relu(y, negative_part)).collect();
        }
        values.push(self.constant("forward: the constant feature", power_of_two(8)));
        let accumulators = self.layer(LinkedJob::Head, &values, one);
        let logits = accumulators.into_iter().map(|y| self.logit(y)).collect();
        Forward { features: values, logits }
    }

    pub(super) fn constant(&mut self, name: &'static str, value: Fr) -> Wire {
        let mut rows = self.rows();
        let wire = rows.constant(name, value);
        rows.finish();
        wire
    }

    fn layer(&mut self, what: LinkedJob, values: &[Wire], one: Wire) -> Vec<Wire> {
        let inputs = values.iter().map(|value| self.program.job_input(INPUT, *value, one));
        let inputs = inputs.collect();
        self.job(what, inputs)
    }

    /// The outputs of a matrix for these inputs.
    pub(super) fn job(&mut self, what: LinkedJob, inputs: Vec<JobInput>) -> Vec<Wire> {
        let number = self.program.jobs.len();
        let layout = &self.frame.linked.jobs()[number];
        debug_assert_eq!(layout.what, what, "jobs are written in the order of the layout");
        let witness = self.witness;
        let mut sums = vec![Fr::ZERO; layout.outputs];
        let mut weights = linked::values(&witness.model, &witness.table).skip(layout.first_value);
        for input in &inputs {
            for (sum, weight) in sums.iter_mut().zip(&mut weights) {
                *sum += input.value() * encode(i128::from(weight));
            }
        }
        let outputs: Vec<Fr> = sums
            .into_iter()
            .map(|sum| self.program.witness(ConstraintKind::Gate, ACCUMULATOR, sum))
            .collect();
        let wires = outputs.iter().enumerate();
        let wires =
            wires.map(|(output, value)| self.program.output(number, output, *value)).collect();
        self.program.jobs.push(Job { inputs, outputs });
        wires
    }

    fn relu(&mut self, y: Wire, negative_part: u32) -> Wire {
        let quotient: BigInt = (decode(y.value) + (1 << (HIDDEN_SHIFT - 1))) >> HIDDEN_SHIFT;
        let (positive, negative) = if quotient.is_negative() {
            (BigInt::ZERO, -quotient)
        } else {
            (quotient, BigInt::ZERO)
        };
        let scale = power_of_two(HIDDEN_SHIFT);
        let mut rows = self.rows();
        let width = Width::Exactly(16);
        let h = rows.hint("relu: activation h", encode_wide(&positive), Some(width));
        let width = Width::AtLeast(negative_part);
        let g = rows.hint("relu: dropped part g", encode_wide(&negative), Some(width));
        let constant = power_of_two(HIDDEN_SHIFT - 1);
        let raised = Relation { previous: scale, operand: Fr::ONE, constant, ..NONE };
        let raised = rows.compute("relu: y + 2^(s-1) + 2^s g", raised, [Some(g), Some(y)], None);
        let remainder = Relation { previous: Fr::ONE, operand: -scale, ..NONE };
        rows.compute(
            "relu: r = y + 2^(s-1) - 2^s (h - g)",
            remainder,
            [Some(raised), Some(h)],
            Some(Width::Exactly(HIDDEN_SHIFT)),
        );
        rows.zero("relu: h g = 0", Relation { product: Fr::ONE, ..NONE }, h, Some(g));
        rows.finish();
        h
    }

    fn logit(&mut self, y: Wire) -> Wire {
        let quotient: BigInt = (decode(y.value) + (1 << (HEAD_SHIFT - 1))) >> HEAD_SHIFT;
        let offset = encode(1 << 23);
        let mut rows = self.rows();
        let width = Width::Exactly(24);
        let z = rows.hint("logit: z + 2^23", encode_wide(&quotient) + offset, Some(width));
        let constant = power_of_two(HEAD_SHIFT - 1) + power_of_two(HEAD_SHIFT + 23);
        let remainder =
            Relation { previous: -power_of_two(HEAD_SHIFT), operand: Fr::ONE, constant, ..NONE };
        rows.compute(
            "logit: r = y + 2^(s-1) - 2^s z",
            remainder,
            [Some(z), Some(y)],
            Some(Width::Exactly(HEAD_SHIFT)),
        );
        rows.finish();
        z
    }
}
