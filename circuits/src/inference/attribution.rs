//! From scores to weights: clip at zero, cumulative floor, the flag of an output that nobody supports.
//!
//! # Relation
//! $A_c = B_c - N_c$ with $B_c N_c = 0$, both bounded. $S_c = B_0 + .. + B_c$, $T = S_{M-1}$. Bits $t$ ($T = 0$) and $s$ (saturated), $l = (1 - t)(1 - s)$, and with $T' = T + t$
//! $$ P S_c = F_c T' + r_c, \qquad 0 \le r_c, \qquad 0 \le T' - 1 - r_c, \qquad 0 \le F_c < 2^{20}. $$
//! The weights are $l (F_c - F_{c-1})$. In a batch, $l$ also has the factor $u$ (see [`super::statement`]).
//!
//! # Soundness
//! $B$ is unique as in a ReLU. $1 - t = T \cdot \mathrm{inv}$ and $T t = 0$ leave one $t$ for each $T$. $T' \ge 1$, so that the division has one quotient.
//! The weights sum to $l F_{M-1}$, which is $P$ or 0: none is a choice. The bound of $F$ is one against wraparound alone
//! (the division gives $F \le P$). See [`crate::bounds`].

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::BigInt;
use num_traits::Signed;

use super::Builder;
use super::softmax::Residual;
use crate::encode::{decode, encode_wide};
use crate::linked::LinkedJob;
use crate::machine::program::{NONE, Relation, Wire};
use crate::machine::range::Width;
use crate::reference::fixed_point::PPM;

/// Cumulative weights, and whether anybody supports the output.
pub(super) struct Weights {
    pub(super) cumulative: Vec<Wire>,
    pub(super) attributed: Wire,
}

const SCORE_INPUT: &str = "dense: input of a score";

impl Builder<'_> {
    pub(super) fn scores(&mut self, features: &[Wire], residual: &Residual) -> Vec<Wire> {
        let pairs = features.iter().flat_map(|feature| {
            residual.residual.iter().map(move |residual| (*feature, *residual))
        });
        let inputs =
            pairs.map(|(feature, residual)| self.program.job_input(SCORE_INPUT, feature, residual));
        let inputs = inputs.collect();
        self.job(LinkedJob::Table, inputs)
    }

    /// Weights of the scores. A slot of a batch that isn't `counted` has none.
    pub(super) fn weights(
        &mut self,
        scores: &[Wire],
        saturated: Option<Wire>,
        counted: Option<Wire>,
    ) -> Weights {
        let clipped: Vec<Wire> = scores.iter().map(|score| self.clip(*score)).collect();
        let mut rows = self.rows();
        let ones = clipped.iter().map(|kept| (Fr::ONE, *kept));
        let running = rows.running_sums("weights: running sum S", ones);
        rows.finish();
        let total = running[running.len() - 1];
        let inverse = total.value.invert().unwrap_or(Fr::ZERO);
        let mut rows = self.rows();
        let inverse = rows.hint("weights: inverse of T", inverse, None);
        let is_zero = Relation { product: -Fr::ONE, constant: Fr::ONE, ..NONE };
        let operands = [Some(inverse), Some(total)];
        let empty = rows.compute("weights: t = 1 - T inv", is_zero, operands, None);
        let vanish = Relation { product: Fr::ONE, ..NONE };
        rows.zero("weights: T t = 0", vanish, empty, Some(total));
        rows.finish();
        let mut rows = self.rows();
        let attributed = match saturated {
            Some(saturated) => {
                let neither = Relation {
                    previous: -Fr::ONE,
                    operand: -Fr::ONE,
                    product: Fr::ONE,
                    constant: Fr::ONE,
                };
                let operands = [Some(empty), Some(saturated)];
                rows.compute("weights: l = (1 - t)(1 - s)", neither, operands, None)
            }
            None => {
                let not = Relation { operand: -Fr::ONE, constant: Fr::ONE, ..NONE };
                rows.compute("weights: l = 1 - t", not, [None, Some(empty)], None)
            }
        };
        let attributed = match counted {
            Some(counted) => {
                let both = Relation { product: Fr::ONE, ..NONE };
                let operands = [Some(attributed), Some(counted)];
                rows.compute("weights: l u", both, operands, None)
            }
            None => attributed,
        };
        let add = Relation { previous: Fr::ONE, operand: Fr::ONE, ..NONE };
        let operands = [Some(empty), Some(total)];
        let divisor = rows.compute("weights: T' = T + t", add, operands, None);
        rows.finish();
        let cumulative = running.iter().map(|sum| self.share(*sum, divisor)).collect();
        Weights { cumulative, attributed }
    }

    fn clip(&mut self, score: Wire) -> Wire {
        let width = Some(Width::AtLeast(self.bounds.score));
        let value = decode(score.value);
        let dropped = if value.is_negative() { -value } else { BigInt::ZERO };
        let mut rows = self.rows();
        let dropped = rows.hint("clip: dropped part N", encode_wide(&dropped), width);
        rows.finish();
        let mut rows = self.rows();
        let add = Relation { previous: Fr::ONE, operand: Fr::ONE, ..NONE };
        let operands = [Some(score), Some(dropped)];
        let kept = rows.compute("clip: B = A + N", add, operands, width);
        let exclude = Relation { product: Fr::ONE, ..NONE };
        rows.zero("clip: B N = 0", exclude, kept, Some(dropped));
        rows.finish();
        kept
    }

    fn share(&mut self, sum: Wire, divisor: Wire) -> Wire {
        let width = Some(Width::AtLeast(self.bounds.total));
        let dividend = decode(sum.value) * PPM;
        let divisor_value = decode(divisor.value);
        let quotient =
            if divisor_value.is_positive() { dividend / divisor_value } else { BigInt::ZERO };
        let mut rows = self.rows();
        let share = rows.hint("weights: F", encode_wide(&quotient), Some(Width::AtLeast(20)));
        let product = Relation { product: Fr::ONE, ..NONE };
        let operands = [Some(share), Some(divisor)];
        let covered = rows.compute("weights: F T'", product, operands, None);
        let ppm = Fr::from(u64::from(PPM));
        let remainder = Relation { previous: -Fr::ONE, operand: ppm, ..NONE };
        let operands = [Some(covered), Some(sum)];
        let remainder = rows.compute("weights: r = P S - F T'", remainder, operands, width);
        rows.finish();
        let mut rows = self.rows();
        let slack = Relation { previous: -Fr::ONE, operand: Fr::ONE, constant: -Fr::ONE, ..NONE };
        rows.compute("weights: T' - 1 - r", slack, [Some(remainder), Some(divisor)], width);
        rows.finish();
        share
    }
}
