//! The rows of the circuit that one training row takes: the same for every one, one block below the other.

use super::params::IndexParams;
use crate::gadgets::poseidon::BLOCK;
use crate::gadgets::stream;

/// Features in one packed element.
pub(super) const ELEMENT_FEATURES: usize = 15;

/// One row of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FeatureRow {
    /// The first feature.
    pub(super) first: usize,
    /// Number of features.
    pub(super) count: usize,
    /// Whether it ends a packed element.
    pub(super) last: bool,
}

/// Rows of one hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LayerRows {
    /// The first row.
    pub(super) start: usize,
    /// Number of units.
    pub(super) units: usize,
    /// Limbs of the part that a ReLU drops.
    pub(super) negative_limbs: usize,
}

/// Offsets from the first row of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Rows of a block.
    pub(super) rows: usize,
    /// The first row of features; salt and meta stand on the two rows above.
    pub(super) features: Vec<FeatureRow>,
    /// Constant zeros that fill the leaf's last hash block.
    pub(super) paddings: usize,
    /// Hidden layers.
    pub(super) layers: Vec<LayerRows>,
    /// The first row of the classes.
    pub(super) classes: usize,
    /// Rows of one class.
    pub(super) class_rows: usize,
    /// The first of the three closing rows.
    pub(super) close: usize,
    /// Hidden units in a row.
    pub(super) unit_slots: usize,
}

/// Row of the leaf's salt.
pub(super) const SALT: usize = 0;
/// Row of the leaf's label, owner and number.
pub(super) const META: usize = 1;
/// First row of features.
pub(super) const FEATURES: usize = 2;

impl Block {
    pub(super) fn new(params: &IndexParams) -> Self {
        let shape = &params.shape.shape;
        let features = feature_rows(shape.inputs, params.feature_slots);
        let mut row = FEATURES + features.len();
        let after_features = row;
        let mut layers = Vec::with_capacity(shape.hidden.len());
        // Bounds were checked by whoever made the parameters.
        let widths = crate::bounds::Bounds::of(shape).map(|bounds| bounds.negative_part);
        for (&units, bits) in shape.hidden.iter().zip(widths.unwrap_or_default()) {
            let negative_limbs = params.limbs().count(bits);
            layers.push(LayerRows { start: row, units, negative_limbs });
            row += units.div_ceil(params.unit_slots);
        }
        let class_rows = shape.contributors.div_ceil(params.contributor_slots).max(2);
        let classes = row;
        let close = classes + shape.classes * class_rows;
        let length = stream::leaf_length(shape.inputs);
        let paddings = length.next_multiple_of(BLOCK) - length;
        let rows = (close + 3).max(after_features + paddings);
        let unit_slots = params.unit_slots;
        Self { rows, features, paddings, layers, classes, class_rows, close, unit_slots }
    }

    /// Packed elements of the features.
    pub(super) fn elements(&self) -> usize {
        self.features.iter().filter(|row| row.last).count()
    }

    /// Rows of the paddings.
    pub(super) fn padding_rows(&self) -> std::ops::Range<usize> {
        let start = FEATURES + self.features.len();
        start..start + self.paddings
    }

    /// Row and slot of an input.
    pub(super) fn input_place(&self, input: usize) -> (usize, usize) {
        let row = self
            .features
            .iter()
            .position(|row| (row.first..row.first + row.count).contains(&input));
        let row = row.unwrap_or_default();
        (FEATURES + row, input - self.features[row].first)
    }

    /// Row and slot of a hidden unit.
    pub(super) fn unit_place(&self, layer: usize, unit: usize) -> (usize, usize) {
        (self.layers[layer].start + unit / self.unit_slots, unit % self.unit_slots)
    }

    /// The row on which the combination of a layer's outputs is whole: the one behind them.
    pub(super) fn layer_close(&self, layer: usize) -> usize {
        self.layers.get(layer + 1).map_or(self.classes, |next| next.start)
    }
}

/// Rows of features: whole rows, then what is left of an element.
fn feature_rows(inputs: usize, slots: usize) -> Vec<FeatureRow> {
    let mut rows = Vec::new();
    for element in (0..inputs).step_by(ELEMENT_FEATURES) {
        let end = inputs.min(element + ELEMENT_FEATURES);
        for first in (element..end).step_by(slots) {
            let count = slots.min(end - first);
            rows.push(FeatureRow { first, count, last: first + count == end });
        }
    }
    rows
}
