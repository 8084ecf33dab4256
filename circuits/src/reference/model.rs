//! A committed model: hidden dense layers with ReLU, then a linear head with its bias folded in.
//!
//! With no hidden layer the model is a logistic regression: the features are the signed inputs.

use super::fixed_point::{
    ACTIVATION_SCALE, HEAD_BITS, HEAD_SCALE, HIDDEN_WEIGHT_SCALE, INPUT_SCALE, LOGIT_SCALE,
    fits_signed,
};

/// The most units a layer or an input may have, and the most features (K) of a head.
pub const UNITS_MAX: usize = 65_535;
/// The most classes.
pub const CLASSES_MAX: usize = 256;

/// A dense layer followed by ReLU: $h = \mathrm{RS}(\max(0, Wx + b))$.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenLayer {
    /// Values the layer takes.
    pub inputs: usize,
    /// Units of the layer.
    pub outputs: usize,
    /// Weights, input-major: `weights[i * outputs + j]`.
    pub weights: Vec<i16>,
    /// One bias per unit, at the scale of the accumulator.
    pub biases: Vec<i32>,
}

/// A model in integers. [`Model::new`] checks shape and widths; [`Model::check`] does so again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Values of an input.
    pub inputs: usize,
    /// Hidden layers, in order; may be empty.
    pub hidden: Vec<HiddenLayer>,
    /// Number of classes (C).
    pub classes: usize,
    /// Head weights, row-major K x C, the bias row last.
    pub head: Vec<i32>,
}

/// Why a model or a table cannot be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// A layer or the input has no values or too many.
    #[error("layer {layer} has {units} values, it must have 1 to {UNITS_MAX}")]
    Units {
        /// Layer, 0 being the input.
        layer: usize,
        /// Its values.
        units: usize,
    },
    /// A hidden layer does not take what the one before it gives.
    #[error("hidden layer {layer} takes {inputs} values, {expected} arrive")]
    Chain {
        /// Hidden layer, counted from 1.
        layer: usize,
        /// Values it takes.
        inputs: usize,
        /// Values it is given.
        expected: usize,
    },
    /// A hidden layer's weights or biases are not as many as its shape says.
    #[error("hidden layer {layer} has {actual} parameters, its shape holds {expected}")]
    HiddenLength {
        /// Hidden layer, counted from 1.
        layer: usize,
        /// Weights and biases expected.
        expected: usize,
        /// Weights and biases present.
        actual: usize,
    },
    /// Fewer than 2 or more than 256 classes.
    #[error("{classes} classes: a model must have 2 to {CLASSES_MAX}")]
    Classes {
        /// Classes of the model.
        classes: usize,
    },
    /// The head is not K x C.
    #[error("the head has {actual} weights, its shape holds {expected}")]
    HeadLength {
        /// K times C.
        expected: usize,
        /// Weights present.
        actual: usize,
    },
    /// A head weight is outside $[-128, 128)$ in real units.
    #[error(
        "head weight {weight} of feature {feature}, class {class} does not fit 24 bits (it must stay within 128)"
    )]
    HeadWeight {
        /// Feature, counted from 0.
        feature: usize,
        /// Class, counted from 0.
        class: usize,
        /// The integer that does not fit.
        weight: i64,
    },
    /// No contributor, or more than the format holds.
    #[error("{contributors} contributors: there must be 1 to {max}", max = super::table::CONTRIBUTORS_MAX)]
    Contributors {
        /// Contributors of the table.
        contributors: usize,
    },
    /// The table has no features or more than the format holds.
    #[error("{features} features: a table has 2 to {UNITS_MAX}")]
    Features {
        /// Features of the table.
        features: usize,
    },
    /// The table is not K x C x M.
    #[error("the table has {actual} entries, its shape holds {expected}")]
    TableLength {
        /// K times C times M.
        expected: usize,
        /// Entries present.
        actual: usize,
    },
    /// A table entry leaves 56 bits.
    #[error(
        "contributor {contributor}: table entry {entry} (feature {feature}, class {class}) does not fit 56 bits"
    )]
    TableEntry {
        /// Contributor, in registry order from 0.
        contributor: usize,
        /// Feature, counted from 0.
        feature: usize,
        /// Class, counted from 0.
        class: usize,
        /// The integer that does not fit.
        entry: i64,
    },
    /// The sum of scores of this shape could leave 126 bits.
    #[error(
        "{features} features, {classes} classes and {contributors} contributors allow scores beyond 126 bits"
    )]
    ScoreWidth {
        /// Features of the table.
        features: usize,
        /// Classes of the table.
        classes: usize,
        /// Contributors of the table.
        contributors: usize,
    },
}

impl Model {
    /// Builds a model after checking its shape and widths.
    ///
    /// # Errors
    /// Fails as [`Model::check`] does.
    pub fn new(
        inputs: usize,
        hidden: Vec<HiddenLayer>,
        classes: usize,
        head: Vec<i32>,
    ) -> Result<Self, ShapeError> {
        let model = Self { inputs, hidden, classes, head };
        model.check()?;
        Ok(model)
    }

    /// Checks every length and every width.
    ///
    /// # Errors
    /// Names the first layer, class or weight that does not fit.
    pub fn check(&self) -> Result<(), ShapeError> {
        check_units(0, self.inputs)?;
        let mut width = self.inputs;
        for (index, layer) in self.hidden.iter().enumerate() {
            layer.check(index + 1, width)?;
            width = layer.outputs;
        }
        // The head's bias row is one more feature, and that count is a 16-bit value too.
        if width == UNITS_MAX {
            return Err(ShapeError::Units { layer: self.hidden.len(), units: width });
        }
        if !(2..=CLASSES_MAX).contains(&self.classes) {
            return Err(ShapeError::Classes { classes: self.classes });
        }
        let expected = (width + 1) * self.classes;
        if self.head.len() != expected {
            return Err(ShapeError::HeadLength { expected, actual: self.head.len() });
        }
        for (place, &weight) in self.head.iter().enumerate() {
            let weight = i64::from(weight);
            if !fits_signed(weight, HEAD_BITS) {
                let (feature, class) = (place / self.classes, place % self.classes);
                return Err(ShapeError::HeadWeight { feature, class, weight });
            }
        }
        Ok(())
    }

    /// Number of features K: the last layer's width, and one for the constant.
    #[must_use]
    pub fn feature_count(&self) -> usize {
        self.hidden.last().map_or(self.inputs, |layer| layer.outputs) + 1
    }

    /// Scale bits of the features: the activations', or the inputs' without hidden layers.
    #[must_use]
    pub fn feature_scale(&self) -> u32 {
        if self.hidden.is_empty() { INPUT_SCALE } else { ACTIVATION_SCALE }
    }

    /// Bits by which the hidden layer at `index` (from 0) rescales its accumulators.
    #[must_use]
    pub fn hidden_shift(&self, index: usize) -> u32 {
        let input_scale = if index == 0 { INPUT_SCALE } else { ACTIVATION_SCALE };
        HIDDEN_WEIGHT_SCALE + input_scale - ACTIVATION_SCALE
    }

    /// Bits by which the head rescales its accumulators to logits.
    #[must_use]
    pub fn head_shift(&self) -> u32 {
        HEAD_SCALE + self.feature_scale() - LOGIT_SCALE
    }
}

impl HiddenLayer {
    fn check(&self, layer: usize, expected_inputs: usize) -> Result<(), ShapeError> {
        let Self { inputs, outputs, weights, biases } = self;
        if *inputs != expected_inputs {
            return Err(ShapeError::Chain { layer, inputs: *inputs, expected: expected_inputs });
        }
        check_units(layer, *outputs)?;
        if weights.len() != inputs * outputs || biases.len() != *outputs {
            let (expected, actual) = ((inputs + 1) * outputs, weights.len() + biases.len());
            return Err(ShapeError::HiddenLength { layer, expected, actual });
        }
        Ok(())
    }
}

fn check_units(layer: usize, units: usize) -> Result<(), ShapeError> {
    if (1..=UNITS_MAX).contains(&units) { Ok(()) } else { Err(ShapeError::Units { layer, units }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let layer = HiddenLayer { inputs: 2, outputs: 3, weights: vec![1; 6], biases: vec![0; 3] };
        Model { inputs: 2, hidden: vec![layer], classes: 2, head: vec![0; 8] }
    }

    #[test]
    fn accepts_the_widest_head() {
        let mut wide = model();
        wide.head[0] = (1 << 23) - 1;
        wide.head[7] = -(1 << 23);
        assert_eq!(wide.check(), Ok(()));
        assert_eq!(wide.feature_count(), 4);
    }

    #[test]
    fn rejects_a_head_weight_of_25_bits() {
        let mut wide = model();
        wide.head[5] = 1 << 23;
        let error = ShapeError::HeadWeight { feature: 2, class: 1, weight: 1 << 23 };
        assert_eq!(wide.check(), Err(error));
    }

    #[test]
    fn rejects_shapes_that_do_not_chain() {
        let mut other = model();
        other.inputs = 5;
        assert!(matches!(
            other.check(),
            Err(ShapeError::Chain { layer: 1, inputs: 2, expected: 5 })
        ));
        let mut other = model();
        other.hidden[0].weights.pop();
        assert!(matches!(other.check(), Err(ShapeError::HiddenLength { layer: 1, .. })));
        let mut other = model();
        other.head.push(0);
        assert!(matches!(other.check(), Err(ShapeError::HeadLength { expected: 8, actual: 9 })));
        let mut other = model();
        other.classes = 1;
        assert!(matches!(other.check(), Err(ShapeError::Classes { classes: 1 })));
        let mut other = model();
        other.inputs = 0;
        assert!(matches!(other.check(), Err(ShapeError::Units { layer: 0, units: 0 })));
    }
}
