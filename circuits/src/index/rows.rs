//! What holds within the rows of one training row: units, classes, contributors, order.
//!
//! # Relation
//! * Unit with accumulator $y$: $y + 2^{11} = (h - g) 2^{12} + r$, $h g = 0$, $0 \le r < 2^{12}$; $y$ is the linear expression of the limbs that
//!   [`super::sums`] combines.
//! * Class $a$, on two rows: logit $z_a$ with its remainder of 14 bits; $d = 128\,hi + lo$, $e = m - z - d \ge 0$, $e (16383 - d) = 0$;
//!   $\mathrm{HIGH}_{hi} \mathrm{LOW}_{lo} + 2^{23} = 2^{24} E + r$; $2^{21} E + S = 2 S p + r'$ with $r' \ge 0$ and $2 S - 1 - r' \ge 0$.
//!   A bit marks the maximum, the first of equal ones, another the label; $m$ and $S = \sum E$ stand on every row of the classes and on the first closing row, $\sum p$ on that one.
//! * Contributors: one bit says who owns the row; it stands beside every class.
//! * Order: the rows once more, ascending by (packed features, number). For each row and the one before it, $s_t$ says whether one of the elements
//!   up to $t$ differs; elements before the first difference are equal, and the difference there (of the numbers, if all are equal) is positive.
//!
//! # Soundness
//! Remainders are bounded, so quotients are unique. $m - z_a \ge 0$ for all classes and $m = z_a$ for the marked one make $m$ the maximum. Sums that end
//! at a stated value (one bit set, $S$, $\sum p$, the label's number, the owner's) are collected in one second-phase column, see [`super::sums`].
//! The order is strict, so rows with equal features stand together, the first registered first; $s$ of the last element is the admission bit.
//!
//! # Cost
//! Degree 4.

use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::layout::{IndexLayout, UnitKind};
use super::params::IndexParams;
use crate::bounds::{HEAD_SHIFT, HIDDEN_SHIFT};
use crate::encode::power_of_two;
use crate::gadgets::gates::{Gates, Identity, Query, constant, sum};
use crate::gadgets::limbs::weighted;
use crate::reference::exponential::{DISTANCE_MAX, LOW_BITS};
use crate::reference::fixed_point::{EXPONENTIAL_SCALE, LOGIT_BITS, PROBABILITY_SCALE};

use super::block::Block;

/// Lanes of the first row of a class; lane 0 is the high half of the distance.
pub(super) mod logit_lanes {
    use std::ops::Range;
    pub(in crate::index) const LOGIT: Range<usize> = 1..4;
    pub(in crate::index) const REMAINDER: Range<usize> = 4..6;
    pub(in crate::index) const REMAINDER_CHECK: usize = 6;
    pub(in crate::index) const EXCESS: Range<usize> = 7..10;
    pub(in crate::index) const EXPONENTIAL: Range<usize> = 10..14;
    pub(in crate::index) const EXPONENTIAL_REMAINDER: Range<usize> = 14..17;
}

/// Lanes of the second row of a class; lane 0 is the low half of the distance.
pub(super) mod probability_lanes {
    use std::ops::Range;
    pub(in crate::index) const PROBABILITY: Range<usize> = 1..4;
    pub(in crate::index) const REMAINDER: Range<usize> = 4..9;
    pub(in crate::index) const MARGIN: Range<usize> = 9..14;
}

/// Lanes of the first closing row: the norm, and how much its square exceeds the sum of squares.
pub(super) mod norm_lanes {
    use std::ops::Range;
    pub(in crate::index) const NORM: Range<usize> = 0..4;
    pub(in crate::index) const EXCESS: Range<usize> = 4..12;
}

/// Lanes of one half of a difference of packed features: 120 bits.
pub(super) const DIFFERENCE_LANES: std::ops::Range<usize> = 0..15;

/// Reads cells of a block by their meaning.
pub(super) struct Cells<'a, 'b, 'c> {
    pub(super) query: &'a mut Query<'b, 'c>,
    pub(super) layout: &'a IndexLayout,
}

impl Cells<'_, '_, '_> {
    /// A value made of the given lanes of the row at `rotation`.
    pub(super) fn limbs(&mut self, lanes: std::ops::Range<usize>, rotation: i32) -> Expression<Fr> {
        let cells: Vec<_> = self.layout.lanes[lanes]
            .iter()
            .map(|lane| self.query.advice_at(*lane, rotation))
            .collect();
        weighted(self.layout.limbs, &cells)
    }

    /// Activation, dropped part and accumulator of a unit.
    pub(super) fn unit(&mut self, kind: UnitKind, slot: usize) -> [Expression<Fr>; 3] {
        let at = kind.lane(slot);
        let negative = at + 2 + kind.negative_limbs;
        let h = self.limbs(at..at + 2, 0);
        let g = self.limbs(at + 2..negative, 0);
        let r = self.limbs(negative..negative + 2, 0);
        let y = (h.clone() - g.clone()) * constant(power_of_two(HIDDEN_SHIFT)) + r
            - constant(power_of_two(HIDDEN_SHIFT - 1));
        [h, g, y]
    }

    /// A feature of the row, as an integer.
    pub(super) fn feature(&mut self, slot: usize) -> Expression<Fr> {
        self.limbs(2 * slot..2 * slot + 2, 0) - constant(power_of_two(15))
    }

    /// A logit, as an integer.
    pub(super) fn logit(&mut self) -> Expression<Fr> {
        self.limbs(logit_lanes::LOGIT, 0) - constant(power_of_two(LOGIT_BITS - 1))
    }

    /// The accumulator of a logit.
    pub(super) fn logit_sum(&mut self) -> Expression<Fr> {
        self.logit() * constant(power_of_two(HEAD_SHIFT)) + self.limbs(logit_lanes::REMAINDER, 0)
            - constant(power_of_two(HEAD_SHIFT - 1))
    }

    /// How much an element exceeds that of the row before it in the order.
    pub(super) fn step(&mut self, block: &Block) -> Expression<Fr> {
        let element = self.layout.order.element;
        self.query.advice(element) - self.query.advice_at(element, -rotation(block.rows))
    }
}

/// Rows as a rotation.
pub(super) fn rotation(rows: usize) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

/// Creates the gates.
pub(super) fn configure(gates: &mut Gates<'_>, layout: &IndexLayout, params: &IndexParams) {
    let block = Block::new(params);
    gates.create(|query| {
        let mut cells = Cells { query, layout };
        let mut identities = units(&mut cells);
        identities.extend(classes(&mut cells));
        identities.extend(contributors(&mut cells, &block));
        identities.extend(leaf(&mut cells));
        identities.extend(order(&mut cells, &block));
        identities
    });
}

fn units(cells: &mut Cells<'_, '_, '_>) -> Vec<Identity> {
    let mut identities = Vec::new();
    for (kind, q_kind) in &cells.layout.units {
        let q_kind = cells.query.fixed(*q_kind);
        for slot in 0..kind.units {
            let [h, g, _] = cells.unit(*kind, slot);
            identities.push(("unit: h g = 0", q_kind.clone() * h * g));
            let top = kind.lane(slot) + 2 + kind.negative_limbs + 1;
            let (limb, check) = (cells.limbs(top..top + 1, 0), cells.limbs(top + 1..top + 2, 0));
            let scaled = limb * constant(power_of_two(16 - HIDDEN_SHIFT));
            identities.push(("unit: the remainder has 12 bits", q_kind.clone() * (check - scaled)));
        }
    }
    identities
}

fn classes(cells: &mut Cells<'_, '_, '_>) -> Vec<Identity> {
    use {logit_lanes as first, probability_lanes as second};
    let (class, block) = (&cells.layout.class, &cells.layout.block);
    let q_first = cells.query.fixed(block.q_logit);
    let q_second = cells.query.fixed(block.q_probability);
    let low = cells.limbs(0..1, 1);
    let distance = cells.limbs(0..1, 0) * constant(power_of_two(LOW_BITS)) + low;
    let excess = cells.limbs(first::EXCESS, 0);
    let maximum = cells.query.advice(class.maximum);
    let gap = maximum - cells.logit();
    let entries = cells.query.advice(cells.layout.a) * cells.query.advice_at(cells.layout.a, 1);
    let rounded = entries + constant(power_of_two(EXPONENTIAL_SCALE - 1))
        - cells.limbs(first::EXPONENTIAL, 0) * constant(power_of_two(EXPONENTIAL_SCALE))
        - cells.limbs(first::EXPONENTIAL_REMAINDER, 0);
    let top = cells.limbs(first::REMAINDER.end - 1..first::REMAINDER.end, 0);
    let check = cells.limbs(first::REMAINDER_CHECK..first::REMAINDER_CHECK + 1, 0);
    let bit = cells.query.advice(class.bit);
    let sum = cells.query.advice(class.exponentials);
    let doubled = sum.clone() + sum.clone();
    let remainder = cells.limbs(second::REMAINDER, 0);
    let quotient = doubled.clone() * cells.limbs(second::PROBABILITY, 0) + remainder.clone()
        - cells.limbs(first::EXPONENTIAL, -1) * constant(power_of_two(PROBABILITY_SCALE + 1))
        - sum;
    let margin = cells.limbs(second::MARGIN, 0) + remainder + constant(Fr::from(1)) - doubled;
    let clamp = constant(Fr::from(u64::from(DISTANCE_MAX))) - distance.clone();
    let mut identities = vec![
        ("class: e = m - z - d", q_first.clone() * (excess.clone() + distance - gap)),
        ("class: e (16383 - d) = 0", q_first.clone() * excess * clamp),
        ("class: HIGH LOW + 2^23 = 2^24 E + r", q_first.clone() * rounded),
        (
            "class: the remainder of a logit has 14 bits",
            q_first.clone() * (check - top * constant(power_of_two(16 - HEAD_SHIFT))),
        ),
        (
            "class: a bit is 0 or 1",
            (q_first + q_second.clone()) * bit.clone() * (bit - constant(Fr::from(1))),
        ),
        ("class: 2^21 E + S = 2 S p + r", q_second.clone() * quotient),
        ("class: r < 2 S", q_second * margin),
    ];
    identities.extend(first_maximum(cells));
    let q_same = cells.query.fixed(block.q_same_sums);
    for (name, column) in [
        ("class: the maximum is the same for all", class.maximum),
        ("class: the sum of exponentials is the same for all", class.exponentials),
    ] {
        let step = cells.query.advice_at(column, 1) - cells.query.advice(column);
        identities.push((name, q_same.clone() * step));
    }
    identities
}

/// The marked maximum is the first: `b` counts on every row of a class whether none was marked up to here, and a logit before it
/// isn't the maximum. The exponential of a logit is $2^{24}$, the only value with a fourth limb, exactly if it is the maximum.
fn first_maximum(cells: &mut Cells<'_, '_, '_>) -> [Identity; 2] {
    let (layout, block) = (cells.layout, &cells.layout.block);
    let last = logit_lanes::EXPONENTIAL.end - 1;
    let top = cells.limbs(last..last + 1, 0);
    let q_logit = cells.query.fixed(block.q_logit);
    let q_first = cells.query.fixed(block.q_first_class);
    let q_class = q_first.clone() + cells.query.fixed(block.q_later_class);
    let (none, above) = (cells.query.advice(layout.b), cells.query.advice_at(layout.b, -1));
    let bit = cells.query.advice(layout.class.bit);
    let start = q_first * (above.clone() - constant(Fr::from(1)));
    let counted = q_class * (none.clone() - above) + q_logit.clone() * (bit + start);
    [
        ("class: whether a maximum was marked", counted),
        ("class: the first maximum is marked", q_logit * none * top),
    ]
}

fn contributors(cells: &mut Cells<'_, '_, '_>, block: &Block) -> Vec<Identity> {
    let mut identities = Vec::new();
    let q_later = cells.query.fixed(cells.layout.block.q_later_class);
    let kinds: Vec<_> = cells
        .layout
        .contributors
        .iter()
        .map(|(count, q_kind)| (*count, cells.query.fixed(*q_kind)))
        .collect();
    for (slot, column) in cells.layout.class.owner.iter().enumerate() {
        let used = sum(kinds.iter().filter(|(count, _)| *count > slot).map(|(_, q)| q.clone()));
        let owner = cells.query.advice(*column);
        let above = cells.query.advice_at(*column, -rotation(block.class_rows));
        let binary = used.clone() * owner.clone() * (owner.clone() - constant(Fr::from(1)));
        identities.push(("owner: a bit is 0 or 1", binary));
        let same = used * q_later.clone() * (owner - above);
        identities.push(("owner: the bits are the same for all classes", same));
    }
    identities
}

fn leaf(cells: &mut Cells<'_, '_, '_>) -> Vec<Identity> {
    let (layout, block) = (cells.layout, &cells.layout.block);
    let (label, owner) = (cells.query.advice(layout.a), cells.query.advice(layout.b));
    let number = cells.query.fixed(block.number) * constant(power_of_two(32));
    let meta =
        cells.query.advice(layout.pack) - label - owner * constant(power_of_two(16)) - number;
    let (norm, excess) = (cells.limbs(norm_lanes::NORM, 0), cells.limbs(norm_lanes::EXCESS, 0));
    let squares = cells.query.late(layout.sums.squares);
    let admitted = cells.query.advice(layout.b);
    let above = cells.query.advice_at(layout.b, -1);
    vec![
        ("leaf: meta = label + 2^16 owner + 2^32 number", cells.query.fixed(block.q_meta) * meta),
        (
            "norm: its square is at least the sum of squares",
            cells.query.fixed(block.q_close[0]) * (norm.clone() * norm - squares - excess),
        ),
        ("admission: one bit", cells.query.fixed(block.q_close[1]) * (admitted - above)),
    ]
}

fn order(cells: &mut Cells<'_, '_, '_>, block: &Block) -> Vec<Identity> {
    let columns = &cells.layout.block;
    let q_later_element = cells.query.fixed(columns.q_later_element);
    let q_order = cells.query.fixed(columns.q_first_element) + q_later_element.clone();
    let q_later = cells.query.fixed(columns.q_later);
    let q_hold = cells.query.fixed(columns.q_order_hold);
    let q_close = cells.query.fixed(columns.q_close[1]);
    let one = || constant(Fr::from(1));
    let differs = cells.query.advice(cells.layout.order.differs);
    let above = cells.query.advice_at(cells.layout.order.differs, -1);
    let rise = differs.clone() - above.clone();
    let step = cells.step(block);
    vec![
        ("order: differs is 0 or 1", q_order.clone() * differs.clone() * (differs.clone() - one())),
        ("order: differs never falls", q_later_element * rise.clone() * (rise - one())),
        (
            "order: elements before the first difference are equal",
            q_later.clone() * q_order * (one() - differs.clone()) * step,
        ),
        ("order: differs holds to the end", q_hold * (differs.clone() - above)),
        ("order: the first row differs", q_close * (one() - q_later) * (differs - one())),
    ]
}
