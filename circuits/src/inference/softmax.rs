//! The returned class, the residual of the query, and whether it's saturated.
//!
//! # Relation
//! Class: bits $b_c$ with one of them set, a number $z_{max}$, $D_c = z_{max} - z_c$ with $b_c D_c = 0$, and $D_c - [c < \mathrm{class}] \ge 0$, so that the lowest index wins a tie.
//! Exponential: $d_c = 128\,hi + lo$, $e_c = D_c - d_c \ge 0$, $e_c (16383 - d_c) = 0$, $\mathrm{HIGH}_{hi} \mathrm{LOW}_{lo} + 2^{23} = 2^{24} E_c + r$.
//! Residual: $r_c = b_c \sum E - E_c$. Saturated: a bit $s$ with $(1 - 2 s)(\rho - l) - s \ge 0$ for $\rho = \sum E - 2^{24}$ (the class itself has $E = 2^{24}$) and $l = 16 (C - 1)$.
//!
//! # Soundness
//! The bit that is set makes $z_{max}$ that class's logit, so no $D$ is negative and none exceeds 24 bits. The clamp leaves $d = D$ (where $e = 0$) or $d = 16383$. The high index is bounded by its limbs, so the low one, $d - 128\,hi$,
//! is an integer below $2^{25}$. Each stands in the table beside its entry, as $2^s i + \mathrm{entry}$ with the entry below $2^s \le 2^{128}$: neither side comes near $p$, so both numbers have one decomposition, which bounds $hi$ and $lo$ by their tables and gives $d \le 16383$.
//! $E$ and $r$ are bounded, so the rounding is unique. A wrong $s$ makes the margin negative, which has no limbs.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::Builder;
use crate::constraint::ConstraintKind;
use crate::encode::{decode, encode, encode_wide, power_of_two};
use crate::machine::lookup::{HIGH, LOW, entry_bits};
use crate::machine::program::{NONE, Relation, Wire};
use crate::machine::range::Width;
use crate::reference::ResidualKind;
use crate::reference::exp_tables::{EXP_HIGH, EXP_LOW};
use crate::reference::exponential::{DISTANCE_MAX, LOW_BITS};
use crate::reference::softmax::saturation_threshold;

/// The class as a number and as bits, and what the scores are multiplied with.
pub(super) struct Residual {
    pub(super) class: Wire,
    pub(super) residual: Vec<Wire>,
    /// Whether the query is saturated; absent where the method doesn't use the residual.
    pub(super) saturated: Option<Wire>,
}

/// A half of the bits of a distance: names of its constraints, and its table.
struct Half {
    bits: &'static str,
    entry: &'static str,
    beside: &'static str,
    table: &'static [u32],
}

const HIGH_HALF: Half = Half {
    bits: "exponential: high bits",
    entry: "exponential: entry of the high bits",
    beside: "exponential: high bits beside their entry",
    table: &EXP_HIGH,
};
const LOW_HALF: Half = Half {
    bits: "exponential: low bits",
    entry: "exponential: entry of the low bits",
    beside: "exponential: low bits beside their entry",
    table: &EXP_LOW,
};

impl Builder<'_> {
    pub(super) fn residual(&mut self, logits: &[Wire]) -> Residual {
        let bits = self.class_bits(logits);
        let mut rows = self.rows();
        let ones = bits.iter().map(|bit| (Fr::ONE, *bit));
        let prefixes = rows.running_sums("class: bits up to c", ones);
        let one = Relation { previous: Fr::ONE, constant: -Fr::ONE, ..NONE };
        rows.zero("class: one bit is set", one, prefixes[bits.len() - 1], None);
        rows.finish();
        let mut rows = self.rows();
        let numbers = (0u64..).zip(&bits).map(|(number, bit)| (Fr::from(number), *bit));
        let class = rows.running_sums("class: its number", numbers)[bits.len() - 1];
        rows.finish();
        let gaps = self.gaps(logits, &bits, &prefixes);
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
        let mut rows = self.rows();
        let boolean = Relation { product: Fr::ONE, previous: -Fr::ONE, ..NONE };
        let mut bits = Vec::with_capacity(logits.len());
        for c in 0..logits.len() {
            let bit = rows.hint("class: bit", Fr::from(u64::from(Some(c) == class)), None);
            rows.zero("class: a bit is 0 or 1", boolean, bit, Some(bit));
            bits.push(bit);
        }
        rows.finish();
        bits
    }

    fn gaps(&mut self, logits: &[Wire], bits: &[Wire], prefixes: &[Wire]) -> Vec<Wire> {
        // The logit of the class that the bits name: what a prover who forges them must put.
        let named =
            bits.iter().zip(logits).fold(Fr::ZERO, |sum, (bit, z)| sum + bit.value * z.value);
        let mut rows = self.rows();
        let largest = rows.hint("class: largest logit", named, None);
        rows.finish();
        let subtract = Relation { previous: Fr::ONE, operand: -Fr::ONE, ..NONE };
        let before = Relation { previous: Fr::ONE, operand: Fr::ONE, constant: -Fr::ONE, ..NONE };
        let mut gaps = Vec::with_capacity(logits.len());
        for ((logit, bit), prefix) in logits.iter().zip(bits).zip(prefixes) {
            let mut rows = self.rows();
            let operands = [Some(largest), Some(*logit)];
            let gap = rows.compute("class: gap D = z_max - z", subtract, operands, None);
            let operands = [Some(gap), Some(*prefix)];
            let width = Some(Width::AtLeast(32));
            let ordered = rows.compute("class: D - [c < class]", before, operands, width);
            // Of the class itself this is its gap.
            let named = Relation { product: Fr::ONE, ..NONE };
            rows.zero("class: b D = 0", named, ordered, Some(*bit));
            rows.finish();
            gaps.push(gap);
        }
        gaps
    }

    /// What the prover says of one half of an exponential: bits and entry.
    fn half(&mut self, half: &Half, bits: u32) -> [Fr; 2] {
        let bits =
            self.program.witness(ConstraintKind::Range, half.bits, Fr::from(u64::from(bits)));
        let place = usize::try_from(decode(bits)).ok();
        let entry = place.and_then(|place| half.table.get(place)).copied().unwrap_or(0);
        let entry = Fr::from(u64::from(entry));
        [bits, self.program.witness(ConstraintKind::Range, half.entry, entry)]
    }

    fn exponential(&mut self, gap: Wire) -> Wire {
        let distance =
            decode(gap.value).clamp(BigInt::ZERO, BigInt::from(DISTANCE_MAX)).to_u32().unwrap_or(0);
        let [high, high_entry] = self.half(&HIGH_HALF, distance >> LOW_BITS);
        let [low, low_entry] = self.half(&LOW_HALF, distance & ((1 << LOW_BITS) - 1));
        let limbs = self.params.limbs();
        let scale = power_of_two(entry_bits(limbs));
        let entry_width = Some(Width::Exactly(entry_bits(limbs)));

        // The low bits are what is left of a distance, so they need no bound of their own.
        let mut rows = self.rows();
        let low = rows.push(LOW_HALF.bits, low, None);
        rows.finish();
        // The high bits are as many as the low ones, and a limb may have fewer.
        let width = Some(Width::AtLeast(limbs.bits.max(LOW_BITS)));
        let mut rows = self.rows();
        let high = rows.push(HIGH_HALF.bits, high, width);
        let join = Relation { previous: power_of_two(LOW_BITS), operand: Fr::ONE, ..NONE };
        let operands = [Some(high), Some(low)];
        let distance = rows.compute("exponential: d = 128 hi + lo", join, operands, None);
        let rest = Relation { previous: -Fr::ONE, operand: Fr::ONE, ..NONE };
        let operands = [Some(distance), Some(gap)];
        let width = Some(Width::AtLeast(24));
        let rest = rows.compute("exponential: e = D - d", rest, operands, width);
        let clamp =
            Relation { previous: Fr::from(u64::from(DISTANCE_MAX)), product: -Fr::ONE, ..NONE };
        rows.zero("exponential: e (16383 - d) = 0", clamp, rest, Some(distance));
        rows.finish();

        let beside = Relation { previous: Fr::ONE, operand: scale, ..NONE };
        let mut rows = self.rows();
        let high_entry = rows.push(HIGH_HALF.entry, high_entry, entry_width);
        rows.look_up(HIGH_HALF.beside, beside, [Some(high_entry), Some(high)], HIGH);
        rows.finish();
        let mut rows = self.rows();
        let low_entry = rows.push(LOW_HALF.entry, low_entry, entry_width);
        rows.look_up(LOW_HALF.beside, beside, [Some(low_entry), Some(low)], LOW);
        rows.finish();
        self.product(high_entry, low_entry)
    }

    /// The product of both halves, rounded.
    fn product(&mut self, high: Wire, low: Wire) -> Wire {
        let product = decode(high.value * low.value);
        let rounded: BigInt = (product + (1 << 23)) >> 24;
        let mut rows = self.rows();
        let width = Some(Width::AtLeast(32));
        let value = rows.hint("exponential: E", encode_wide(&rounded), width);
        rows.finish();
        let mut rows = self.rows();
        let product = Relation { product: Fr::ONE, constant: power_of_two(23), ..NONE };
        let operands = [Some(high), Some(low)];
        let product = rows.compute("exponential: HIGH LOW + 2^23", product, operands, None);
        let remainder = Relation { previous: Fr::ONE, operand: -power_of_two(24), ..NONE };
        rows.compute(
            "exponential: r = HIGH LOW + 2^23 - 2^24 E",
            remainder,
            [Some(product), Some(value)],
            Some(Width::Exactly(24)),
        );
        rows.finish();
        value
    }

    fn query_residual(&mut self, class: Wire, bits: &[Wire], exponentials: &[Wire]) -> Residual {
        let classes = bits.len();
        let saturation = self.bounds.saturation;
        let limit = saturation_threshold(classes);
        let mut rows = self.rows();
        let ones = exponentials.iter().map(|value| (Fr::ONE, *value));
        let sum = rows.running_sums("residual: sum of E", ones)[classes - 1];
        rows.finish();
        let mut residual = Vec::with_capacity(classes);
        for (bit, value) in bits.iter().zip(exponentials) {
            let mut rows = self.rows();
            let product = Relation { product: Fr::ONE, ..NONE };
            let own = rows.compute("residual: b sum E", product, [Some(*bit), Some(sum)], None);
            let rest = Relation { previous: Fr::ONE, operand: -Fr::ONE, ..NONE };
            let operands = [Some(own), Some(*value)];
            residual.push(rows.compute("residual: r = b sum E - E", rest, operands, None));
            rows.finish();
        }
        let unit = power_of_two(24);
        let saturated = decode(sum.value - unit) < BigInt::from(limit);
        let limit = encode(i128::from(limit));
        let mut rows = self.rows();
        let bit = rows.hint("residual: saturated", Fr::from(u64::from(saturated)), None);
        let boolean = Relation { product: Fr::ONE, previous: -Fr::ONE, ..NONE };
        rows.zero("residual: saturated is 0 or 1", boolean, bit, Some(bit));
        let margin = Relation {
            product: -Fr::from(2),
            previous: Fr::ONE,
            operand: (limit + unit).double() - Fr::ONE,
            constant: -unit - limit,
        };
        let operands = [Some(sum), Some(bit)];
        let width = Some(Width::AtLeast(saturation));
        rows.compute("residual: margin of saturation", margin, operands, width);
        rows.finish();
        Residual { class, residual, saturated: Some(bit) }
    }
}
