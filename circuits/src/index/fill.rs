//! Writes the blocks: selectors, and the values of every training row.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::block::{Block, FEATURES, META, SALT};
use super::layout::{IndexLayout, UnitKind};
use super::order::OrderedRow;
use super::params::IndexParams;
use super::rows::{logit_lanes, norm_lanes, probability_lanes};
use super::values::{Class, RowValues, Unit};
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::{encode, power_of_two};
use crate::gadgets::stream;
use crate::grid::Grid;
use crate::layout::{Advice, Fixed};
use crate::reference::Model;
use crate::reference::exponential::{LOW_BITS, exponential};
use crate::reference::fixed_point::LOGIT_BITS;

/// Writes one block after the other.
pub(super) struct Blocks<'a> {
    pub(super) grid: &'a mut Grid,
    pub(super) layout: &'a IndexLayout,
    pub(super) params: &'a IndexParams,
    pub(super) block: &'a Block,
    pub(super) model: &'a Model,
}

impl Blocks<'_> {
    /// Writes all training rows; returns the elements of each leaf.
    pub(super) fn fill(&mut self, rows: &[RowValues]) -> Vec<Vec<Fr>> {
        let leaves: Vec<_> =
            rows.iter().enumerate().map(|(place, row)| self.row(place, row)).collect();
        let ordered = OrderedRow::all(rows, &leaves, self.block.elements());
        for (place, row) in ordered.iter().enumerate() {
            row.fill(self.grid, self.layout, self.block, place);
        }
        leaves
    }

    fn set(&mut self, column: Fixed, row: usize, value: Fr) {
        self.grid.set(column, row, value);
    }

    fn on(&mut self, column: Fixed, row: usize) {
        self.grid.set(column, row, Fr::ONE);
    }

    fn put(&mut self, column: Advice, row: usize, value: i128) {
        self.grid.assign(column, row, encode(value));
    }

    /// Fills lanes with the limbs of a value; one that doesn't fit is no sum of limbs.
    fn limbs(&mut self, lanes: std::ops::Range<usize>, row: usize, value: Fr) {
        let limbs = self.layout.limbs;
        for (lane, limb) in lanes.clone().zip(limbs.decompose(value, lanes.len())) {
            self.grid.assign(self.layout.lanes[lane], row, Fr::from(limb));
        }
    }

    fn row(&mut self, place: usize, values: &RowValues) -> Vec<Fr> {
        let (block, layout) = (self.block, self.layout);
        let start = place * block.rows;
        for row in start..start + block.rows {
            if row + 1 < start + block.rows {
                self.on(layout.block.q_keep, row);
            }
            if place > 0 {
                self.on(layout.block.q_later, row);
            }
        }
        let leaf = self.leaf(start, values);
        for (layer, units) in values.layers.iter().enumerate() {
            self.layer(start, layer, units);
        }
        self.classes(start, values);
        self.contributors(start, values);
        self.close(start, values);
        leaf
    }

    /// Salt, meta, features, paddings: the ports of the leaf.
    fn leaf(&mut self, start: usize, values: &RowValues) -> Vec<Fr> {
        let (block, layout) = (self.block, self.layout);
        let columns = &layout.stream;
        let number = encode(values.number);
        let salt = crate::encode::from_element(values.salt);
        let meta = encode(values.label)
            + encode(values.owner) * power_of_two(16)
            + number * power_of_two(32);
        let mut leaf = vec![salt, meta];
        for (row, value) in [(SALT, salt), (META, meta)] {
            self.grid.assign(layout.pack, start + row, value);
            self.on(columns.q_port, start + row);
        }
        self.on(layout.block.q_meta, start + META);
        self.set(layout.block.number, start + META, number);
        self.put(layout.a, start + META, values.label);
        self.put(layout.b, start + META, values.owner);
        let mut pack = Fr::ZERO;
        let mut packed = 0;
        for (offset, features) in block.features.iter().enumerate() {
            let row = start + FEATURES + offset;
            let selector = columns.untied.iter().find(|(kind, _)| kind.values == features.count);
            if let Some((_, selector)) = selector {
                self.on(*selector, row);
            }
            let mut content = Fr::ZERO;
            for slot in (0..features.count).rev() {
                let raw = encode(values.inputs[features.first + slot]) + power_of_two(15);
                self.limbs(2 * slot..2 * slot + 2, row, raw);
                content = content * power_of_two(16) + raw;
            }
            let shift = power_of_two(16 * packed);
            pack = if packed == 0 { content } else { pack + shift * content };
            self.set(columns.shift, row, shift);
            self.set(columns.carry, row, Fr::from(u64::from(packed > 0)));
            self.grid.assign(layout.pack, row, pack);
            packed += u32::try_from(features.count).unwrap_or(u32::MAX);
            if features.last {
                self.on(columns.q_port, row);
                self.on(layout.block.q_element, row);
                leaf.push(pack);
                packed = 0;
            }
        }
        for row in block.padding_rows() {
            self.on(columns.q_constant, start + row);
            self.on(columns.q_port, start + row);
            leaf.push(Fr::ZERO);
        }
        leaf
    }

    fn layer(&mut self, start: usize, layer: usize, units: &[Unit]) {
        let layout = self.layout;
        let rows = self.block.layers[layer];
        let features = layer + 1 == self.block.layers.len();
        for (offset, chunk) in units.chunks(self.block.unit_slots).enumerate() {
            let row = start + rows.start + offset;
            let kind =
                UnitKind { negative_limbs: rows.negative_limbs, units: chunk.len(), features };
            for (_, selector) in layout.units.iter().filter(|(known, _)| *known == kind) {
                self.on(*selector, row);
            }
            self.set(layout.block.t_carry, row, Fr::from(u64::from(offset > 0)));
            for (slot, unit) in chunk.iter().enumerate() {
                let at = kind.lane(slot);
                let negative = at + 2 + rows.negative_limbs;
                self.limbs(at..at + 2, row, encode(unit.activation));
                self.limbs(at + 2..negative, row, encode(unit.dropped));
                self.limbs(negative..negative + 2, row, encode(unit.remainder));
                self.put(layout.lanes[negative + 2], row, (unit.remainder >> 8) << 4);
            }
        }
        self.on(layout.block.q_outer_units, start + self.block.layer_close(layer));
    }

    fn classes(&mut self, start: usize, values: &RowValues) {
        let (block, layout) = (self.block, self.layout);
        let (maximum, sum) = (values.maximum(), values.exponential_sum());
        let counts = self.params.right_counts(values.validation);
        let mut none = 1;
        for row in start + block.classes..=start + block.close {
            if row < start + block.close {
                self.on(layout.block.q_same_sums, row);
            }
            self.put(layout.class.maximum, row, maximum);
            self.put(layout.class.exponentials, row, sum);
        }
        self.put(layout.class.probabilities, start + block.close, values.probability_sum());
        for (number, class) in values.classes.iter().enumerate() {
            let row = start + block.classes + number * block.class_rows;
            for below in 0..block.class_rows {
                let carry = Fr::from(u64::from(number + below > 0));
                self.set(layout.block.t_carry, row + below, carry);
            }
            self.on(layout.block.q_logit, row);
            self.on(layout.block.q_probability, row + 1);
            self.on(layout.statement.q_high, row);
            self.on(layout.statement.q_low, row + 1);
            self.on(layout.block.q_class_end, row + block.class_rows - 1);
            none -= class.is_maximum;
            for below in 0..block.class_rows {
                self.put(layout.b, row + below, none);
            }
            self.set(layout.block.right, row, counts);
            self.put(layout.class.bit, row, class.is_maximum);
            self.put(layout.class.bit, row + 1, class.is_label);
            let number = Fr::from(u64::try_from(number).unwrap_or(u64::MAX));
            self.set(layout.block.class_number, row + 1, number);
            self.class(row, class, maximum, sum);
        }
        self.on(layout.block.q_outer_units, start + block.close);
    }

    fn class(&mut self, row: usize, class: &Class, maximum: i128, sum: i128) {
        use {logit_lanes as first, probability_lanes as second};
        let layout = self.layout;
        let distance = exponential(u32::try_from(class.distance).unwrap_or(u32::MAX));
        let (high, low) = (class.distance >> LOW_BITS, class.distance & ((1 << LOW_BITS) - 1));
        self.put(layout.lanes[0], row, high);
        self.put(layout.lanes[0], row + 1, low);
        self.put(layout.a, row, i128::from(distance.high));
        self.put(layout.a, row + 1, i128::from(distance.low));
        let lanes = [
            (first::LOGIT, class.logit + (1 << (LOGIT_BITS - 1))),
            (first::REMAINDER, class.logit_remainder),
            (first::EXCESS, class.excess(maximum)),
            (first::EXPONENTIAL, class.exponential),
            (first::EXPONENTIAL_REMAINDER, class.exponential_remainder()),
        ];
        for (lanes, value) in lanes {
            self.limbs(lanes, row, encode(value));
        }
        self.put(layout.lanes[first::REMAINDER_CHECK], row, (class.logit_remainder >> 8) << 2);
        let remainder = class.remainder(sum);
        let lanes = [
            (second::PROBABILITY, class.probability),
            (second::REMAINDER, remainder),
            (second::MARGIN, 2 * sum - 1 - remainder),
        ];
        for (lanes, value) in lanes {
            self.limbs(lanes, row + 1, encode(value));
        }
    }

    fn contributors(&mut self, start: usize, values: &RowValues) {
        let (block, layout) = (self.block, self.layout);
        let contributors = self.params.shape.shape.contributors;
        let slots = self.params.contributor_slots;
        for class in 0..values.classes.len() {
            let row = start + block.classes + class * block.class_rows;
            for below in 0..block.class_rows {
                let row = row + below;
                self.set(layout.block.contributor_carry, row, Fr::from(u64::from(below > 0)));
                self.on(
                    if class == 0 {
                        layout.block.q_first_class
                    } else {
                        layout.block.q_later_class
                    },
                    row,
                );
                let first = below * slots;
                let count = contributors.saturating_sub(first).min(slots);
                for (_, selector) in layout.contributors.iter().filter(|(kind, _)| *kind == count) {
                    self.on(*selector, row);
                }
                let number = Fr::from(u64::try_from(first).unwrap_or(u64::MAX));
                self.set(layout.block.contributor_number, row, number);
                for slot in 0..count {
                    let place = class * contributors + first + slot;
                    self.put(layout.class.owner[slot], row, values.owners[place]);
                    if let Some(column) = layout.class.response.get(slot) {
                        self.put(*column, row, values.responses[place]);
                    }
                }
            }
        }
    }

    fn close(&mut self, start: usize, values: &RowValues) {
        let layout = self.layout;
        let row = start + self.block.close;
        for (offset, selector) in layout.block.q_close.into_iter().enumerate() {
            self.on(selector, row + offset);
        }
        if self.params.newton() {
            self.on(layout.block.q_outer_responses, row + 1);
        }
        if !values.validation {
            self.on(layout.block.q_weight, row);
        }
        self.set(layout.block.number, row + 1, encode(values.number));
        self.put(layout.b, row, values.admitted);
        self.put(layout.b, row + 1, values.admitted);
        let squares: i128 = values.features(self.model).iter().map(|h| h * h).sum();
        self.limbs(norm_lanes::NORM, row, encode(values.norm));
        self.limbs(norm_lanes::EXCESS, row, encode(values.norm * values.norm - squares));
    }
}

/// Ties a port of the stream to the digest that it repeats.
pub(super) const PORT: Constraint =
    Constraint::new(ConstraintKind::CopyA, "tree: a child is a digest");

/// Rows of fractions and residuals in the stream: unpacked, with no ports.
pub(super) fn residuals(
    grid: &mut Grid,
    layout: &IndexLayout,
    params: &IndexParams,
    first_row: usize,
    mut value: impl FnMut(usize, usize) -> Fr,
) {
    let mut row = first_row;
    for (segment, (bits, count)) in super::matrices::residuals(params).into_iter().enumerate() {
        let width = layout.limbs.count(bits);
        let per_row = super::matrices::residuals_per_row(params, bits);
        for first in (0..count).step_by(per_row) {
            let values = per_row.min(count - first);
            let kind = stream::RowKind { bits, values };
            for (_, selector) in layout.stream.kinds.iter().filter(|(known, _)| *known == kind) {
                grid.set(*selector, row, Fr::ONE);
            }
            for (slot, place) in (first..first + values).enumerate() {
                let limbs = layout.limbs.decompose(value(segment, place), width);
                for (lane, limb) in layout.lanes[slot * width..].iter().zip(limbs) {
                    grid.assign(*lane, row, Fr::from(limb));
                }
            }
            row += 1;
        }
    }
}
