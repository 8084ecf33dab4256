//! The returned class, the residual of the query, and whether it's saturated.
//!
//! # Relation
//! Class: bits $b_c$ with one of them set, $z_{max} = \sum b_c z_c$, $D_c = z_{max} - z_c$, and $D_c - [c < \mathrm{class}] \ge 0$, so that the lowest index wins a tie.
//! Exponential: $d_c = 128\,hi + lo$, $e_c = D_c - d_c \ge 0$, $e_c (16383 - d_c) = 0$, $\mathrm{HIGH}_{hi} \mathrm{LOW}_{lo} + 2^{23} = 2^{24} E_c + r$.
//! Residual: $r_c = b_c \sum E - E_c$. Saturated: a bit $s$ with $(1 - 2 s)(\rho - l) - s \ge 0$ for $\rho = \sum E - 2^{24}$ (the class itself has $E = 2^{24}$) and $l = 16 (C - 1)$.
//!
//! # Soundness
//! The table bounds $hi$ and $lo$, hence $d \le 16383$; if $e > 0$ the clamp says $d = 16383$, else $d = D$. $E$ and $r$ are bounded, so the rounding is unique.
//! A wrong $s$ makes the margin negative, which has no limbs.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::Builder;
use crate::encode::{decode, encode, encode_wide, power_of_two};
use crate::gadgets::arithmetic::{Half, NONE, Relation};
use crate::grid::Wire;
use crate::reference::ResidualKind;
use crate::reference::exponential::{DISTANCE_MAX, LOW_BITS};
use crate::reference::softmax::saturation_threshold;

/// Rows of one class, for either residual.
pub(super) const CLASS_ROWS: usize = 7;
/// More rows of one class, for the query's residual.
pub(super) const EXPONENTIAL_ROWS: usize = 10;
/// Rows besides, for either residual.
pub(super) const CHOICE_ROWS: usize = 1;
/// Rows besides, for the query's residual.
pub(super) const SATURATION_ROWS: usize = 3;

/// The class as a number and as bits, and what the scores are multiplied with.
pub(super) struct Residual {
    pub(super) class: Wire,
    pub(super) residual: Vec<Wire>,
    /// Whether the query is saturated; absent where the method doesn't use the residual.
    pub(super) saturated: Option<Wire>,
}

impl Builder<'_> {
    pub(super) fn residual(&mut self, logits: &[Wire]) -> Residual {
        let bits = self.class_bits(logits);
        let mut rows = self.arithmetic();
        let add = Relation { a: Fr::ONE, ..NONE };
        let prefixes = rows.running_sums(
            "class: bits up to c",
            add,
            bits.iter().map(|bit| [Some(*bit), None]),
        );
        rows.zero(
            "class: one bit is set",
            Relation { a: Fr::ONE, constant: -Fr::ONE, ..NONE },
            &[prefixes[bits.len() - 1]],
        );
        let multiply = Relation { product: Fr::ONE, ..NONE };
        let maxima = rows.running_sums(
            "class: largest logit",
            multiply,
            bits.iter().zip(logits).map(|(bit, logit)| [Some(*bit), Some(*logit)]),
        );
        let mut class = None;
        for (number, bit) in (0u64..).zip(&bits) {
            let previous = if class.is_some() { Fr::ONE } else { Fr::ZERO };
            class = Some(rows.compute(
                "class: its number",
                Relation { previous, a: Fr::from(number), ..NONE },
                &[*bit],
                None,
            ));
        }
        let (largest, class) = (maxima[bits.len() - 1], class.unwrap_or(bits[0]));
        let subtract = Relation { a: Fr::ONE, b: -Fr::ONE, ..NONE };
        let before = Relation { previous: Fr::ONE, a: Fr::ONE, constant: -Fr::ONE, ..NONE };
        let mut gaps = Vec::with_capacity(logits.len());
        for (logit, prefix) in logits.iter().zip(&prefixes) {
            gaps.push(rows.compute("class: gap D = z_max - z", subtract, &[largest, *logit], None));
            rows.compute("class: D - [c < class]", before, &[*prefix], Some(32));
        }
        match self.params.shape.residual {
            ResidualKind::OneHot => Residual { class, residual: bits, saturated: None },
            ResidualKind::Query => {
                let exponentials: Vec<Wire> =
                    gaps.iter().map(|gap| self.exponential(*gap)).collect();
                self.query_residual(class, &bits, &exponentials)
            }
        }
    }

    fn class_bits(&mut self, logits: &[Wire]) -> Vec<Wire> {
        let values: Vec<BigInt> = logits.iter().map(|logit| decode(logit.value)).collect();
        let largest = values.iter().max();
        let class = values.iter().position(|value| Some(value) == largest);
        let mut rows = self.arithmetic();
        let mut bits = Vec::with_capacity(logits.len());
        for c in 0..logits.len() {
            let bit = rows.hint("class: bit", Fr::from(u64::from(Some(c) == class)), None);
            rows.zero(
                "class: a bit is 0 or 1",
                Relation { product: Fr::ONE, a: -Fr::ONE, ..NONE },
                &[bit, bit],
            );
            bits.push(bit);
        }
        bits
    }

    fn exponential(&mut self, gap: Wire) -> Wire {
        let distance =
            decode(gap.value).clamp(BigInt::ZERO, BigInt::from(DISTANCE_MAX)).to_u32().unwrap_or(0);
        let mut rows = self.arithmetic();
        let (high, high_entry) = rows.exponential(Half::High, distance >> LOW_BITS);
        let (_, low_entry) = rows.exponential(Half::Low, distance & ((1 << LOW_BITS) - 1));
        let distance = rows.compute(
            "exponential: d = 128 hi + lo",
            Relation { previous: Fr::ONE, a: power_of_two(LOW_BITS), ..NONE },
            &[high],
            None,
        );
        let rest = Relation { previous: -Fr::ONE, a: Fr::ONE, ..NONE };
        let rest = rows.compute("exponential: e = D - d", rest, &[gap], Some(24));
        let clamp = Relation { a: Fr::from(u64::from(DISTANCE_MAX)), product: -Fr::ONE, ..NONE };
        rows.zero("exponential: e (16383 - d) = 0", clamp, &[rest, distance]);
        let product = decode(high_entry.value * low_entry.value);
        let rounded: BigInt = (product + (1 << 23)) >> 24;
        let value = rows.hint("exponential: E", encode_wide(&rounded), Some(32));
        let remainder = Relation {
            previous: -power_of_two(24),
            product: Fr::ONE,
            constant: power_of_two(23),
            ..NONE
        };
        rows.compute(
            "exponential: r = HIGH LOW + 2^23 - 2^24 E",
            remainder,
            &[high_entry, low_entry],
            Some(24),
        );
        value
    }

    fn query_residual(&mut self, class: Wire, bits: &[Wire], exponentials: &[Wire]) -> Residual {
        let classes = bits.len();
        let saturation = self.bounds.saturation;
        let limit = saturation_threshold(classes);
        let mut rows = self.arithmetic();
        let add = Relation { a: Fr::ONE, ..NONE };
        let sums = rows.running_sums(
            "residual: sum of E",
            add,
            exponentials.iter().map(|value| [Some(*value), None]),
        );
        let sum = sums[classes - 1];
        let mut residual = Vec::with_capacity(classes);
        for (bit, value) in bits.iter().zip(exponentials) {
            rows.compute(
                "residual: b sum E",
                Relation { product: Fr::ONE, ..NONE },
                &[*bit, sum],
                None,
            );
            let rest = Relation { previous: Fr::ONE, a: -Fr::ONE, ..NONE };
            residual.push(rows.compute("residual: r = b sum E - E", rest, &[*value], None));
        }
        let unit = power_of_two(24);
        let saturated = decode(sum.value - unit) < BigInt::from(limit);
        let limit = encode(i128::from(limit));
        let bit = rows.hint("residual: saturated", Fr::from(u64::from(saturated)), None);
        rows.zero(
            "residual: saturated is 0 or 1",
            Relation { product: Fr::ONE, a: -Fr::ONE, ..NONE },
            &[bit, bit],
        );
        let margin = Relation {
            product: -Fr::from(2),
            a: (limit + unit).double() - Fr::ONE,
            b: Fr::ONE,
            constant: -unit - limit,
            ..NONE
        };
        rows.compute("residual: margin of saturation", margin, &[bit, sum], Some(saturation));
        Residual { class, residual, saturated: Some(bit) }
    }
}
