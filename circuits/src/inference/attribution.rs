//! From scores to weights: clip at zero, cumulative floor, the flag of an output that nobody supports.
//!
//! # Relation
//! $A_c = B_c - N_c$ with $B_c N_c = 0$, both bounded. $S_c = B_0 + .. + B_c$, $T = S_{M-1}$. Bits $t$ ($T = 0$) and $s$ (saturated), $l = (1 - t)(1 - s)$, and with $T' = T + t$
//! $$ l\,P S_c = F_c T' + r_c, \qquad 0 \le r_c, \qquad 0 \le T' - 1 - r_c, \qquad 0 \le F_c < 2^{20}. $$
//!
//! # Soundness
//! $B$ is unique as in a ReLU. $1 - t = T \cdot \mathrm{inv}$ and $T t = 0$ leave one $t$ for each $T$. $T' \ge 1$, so that the division has one quotient;
//! if $l = 0$ that quotient is 0 for everyone. The weights $F_c - F_{c-1}$ sum to $F_{M-1}$, which is $P$ or 0: none is a choice. See [`crate::bounds`] for wraparound.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::BigInt;
use num_traits::Signed;

use super::Builder;
use super::softmax::Residual;
use crate::encode::{decode, encode_wide};
use crate::gadgets::arithmetic::{NONE, Relation};
use crate::gadgets::dense::{Input, Job};
use crate::grid::Wire;
use crate::reference::fixed_point::PPM;

/// Rows of one contributor.
pub(super) const CONTRIBUTOR_ROWS: usize = 8;
/// Rows besides.
pub(super) const TOTAL_ROWS: usize = 4;

/// Cumulative weights, and whether anybody supports the output.
pub(super) struct Weights {
    pub(super) cumulative: Vec<Wire>,
    pub(super) attributed: Wire,
}

impl Builder<'_> {
    pub(super) fn scores(&mut self, features: &[Wire], residual: &Residual) -> Vec<Wire> {
        let table = &self.witness.table;
        let inputs = features
            .iter()
            .flat_map(|h| residual.residual.iter().map(|r| Input::Product(*h, *r)))
            .collect();
        let entry = |i: usize, c: usize| table.entries[i * table.contributors + c];
        self.job(&Job { inputs, outputs: table.contributors, entry: &entry, width: &|_| 56 })
    }

    pub(super) fn weights(&mut self, scores: &[Wire], saturated: Option<Wire>) -> Weights {
        let clipped: Vec<Wire> = scores.iter().map(|score| self.clip(*score)).collect();
        let mut rows = self.arithmetic();
        let add = Relation { a: Fr::ONE, ..NONE };
        let running = rows.running_sums(
            "weights: S = sum of B",
            add,
            clipped.iter().map(|kept| [Some(*kept), None]),
        );
        let total = running[running.len() - 1];
        let inverse = total.value.invert().unwrap_or(Fr::ZERO);
        let inverse = rows.operand_hint("weights: inverse of T", inverse);
        let is_zero = Relation { product: -Fr::ONE, constant: Fr::ONE, ..NONE };
        let empty = rows.compute("weights: t = 1 - T inv", is_zero, &[total, inverse], None);
        rows.zero("weights: T t = 0", Relation { product: Fr::ONE, ..NONE }, &[total, empty]);
        let attributed = match saturated {
            Some(saturated) => {
                let neither = Relation {
                    a: -Fr::ONE,
                    b: -Fr::ONE,
                    product: Fr::ONE,
                    constant: Fr::ONE,
                    ..NONE
                };
                rows.compute("weights: l = (1 - t)(1 - s)", neither, &[empty, saturated], None)
            }
            None => rows.compute(
                "weights: l = 1 - t",
                Relation { a: -Fr::ONE, constant: Fr::ONE, ..NONE },
                &[empty],
                None,
            ),
        };
        let divisor = rows.compute(
            "weights: T' = T + t",
            Relation { a: Fr::ONE, b: Fr::ONE, ..NONE },
            &[total, empty],
            None,
        );
        let cumulative = running.iter().map(|sum| self.share(*sum, attributed, divisor)).collect();
        Weights { cumulative, attributed }
    }

    fn clip(&mut self, score: Wire) -> Wire {
        let width = self.bounds.score;
        let value = decode(score.value);
        let dropped = if value.is_negative() { -value } else { BigInt::ZERO };
        let mut rows = self.arithmetic();
        let dropped = rows.hint("clip: dropped part N", encode_wide(&dropped), Some(width));
        let kept = rows.compute(
            "clip: B = A + N",
            Relation { previous: Fr::ONE, a: Fr::ONE, ..NONE },
            &[score],
            Some(width),
        );
        rows.zero("clip: B N = 0", Relation { product: Fr::ONE, ..NONE }, &[kept, dropped]);
        kept
    }

    fn share(&mut self, sum: Wire, attributed: Wire, divisor: Wire) -> Wire {
        let width = self.bounds.total;
        let dividend = decode(attributed.value * sum.value) * PPM;
        let divisor_value = decode(divisor.value);
        let quotient =
            if divisor_value.is_positive() { dividend / divisor_value } else { BigInt::ZERO };
        let mut rows = self.arithmetic();
        let share = rows.hint("weights: F", encode_wide(&quotient), Some(20));
        rows.compute(
            "weights: l S",
            Relation { product: Fr::ONE, ..NONE },
            &[attributed, sum],
            None,
        );
        let remainder = Relation { previous: Fr::from(u64::from(PPM)), product: -Fr::ONE, ..NONE };
        rows.compute("weights: r = P l S - F T'", remainder, &[share, divisor], Some(width));
        let slack = Relation { previous: -Fr::ONE, a: Fr::ONE, constant: -Fr::ONE, ..NONE };
        rows.compute("weights: T' - 1 - r", slack, &[divisor], Some(width));
        share
    }
}
