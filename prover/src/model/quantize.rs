//! From float32 to the integers that are committed: $Q(v, f) = \lfloor v \cdot 2^f + 1/2 \rfloor$, in double precision.
//!
//! Every width is enforced. A hidden layer whose weights leave 16 bits (8 and more in real units) is divided by the least
//! power of two that makes it fit, its bias with it, and the next layer's weights are multiplied by the same: ReLU is
//! homogeneous and powers of two are exact, so the float model stays the same function. What was done is reported.

use num_traits::ToPrimitive;
use tribute_circuits::reference::fixed_point::{
    ACTIVATION_SCALE, BIAS_BITS, HEAD_BITS, HEAD_SCALE, HIDDEN_WEIGHT_SCALE, INPUT_BITS,
    INPUT_SCALE, fits_signed,
};
use tribute_circuits::reference::{HiddenLayer, Model, ShapeError};

use super::error::NodeName;
use super::float::{DenseLayer, FloatModel};

/// A layer is divided by at most this power of two; beyond it nothing would be left of an activation.
const SHIFT_LIMIT: u32 = 8;

/// A hidden layer that was divided by a power of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RescaledLayer {
    /// Its node.
    pub node: NodeName,
    /// Hidden layer, counted from 1.
    pub layer: usize,
    /// It was divided by $2^{shift}$, and the next layer multiplied.
    pub shift: u32,
}

/// A model in integers, and the float model whose integers they are.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedModel {
    /// The integers.
    pub model: Model,
    /// The same function as the model that was read, after rescaling. Quantizing it again rescales nothing.
    pub float: FloatModel,
    /// Layers that were divided.
    pub rescaled: Vec<RescaledLayer>,
}

/// Why a model cannot be quantized.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantizeError {
    /// A weight is too large even after rescaling.
    #[error(
        "{node}: hidden weight {weight} does not fit 16 bits (they must stay within 8) and no rescaling mends it; retrain with weight decay or scaled features"
    )]
    HiddenWeight {
        /// The layer's node.
        node: NodeName,
        /// The largest weight of the layer.
        weight: f64,
    },
    /// A bias is too large even after rescaling.
    #[error(
        "{node}: hidden bias {bias} does not fit 32 bits (they must stay within {limit}) and no rescaling mends it; retrain with weight decay or scaled features"
    )]
    HiddenBias {
        /// The layer's node.
        node: NodeName,
        /// The largest bias of the layer.
        bias: f64,
        /// What would fit.
        limit: u32,
    },
    /// A weight of the head is too large.
    #[error(
        "{node}: head weight {weight} does not fit 24 bits (they must stay within 128); retrain with weight decay, scale the features, or refit the head with --refit-head"
    )]
    HeadWeight {
        /// The head's node.
        node: NodeName,
        /// The largest weight, the biases included.
        weight: f64,
    },
    /// The integers make no model.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// Returns $Q(v, f)$, or `None` where it is not a number or leaves `bits` signed bits.
///
/// ```
/// use tribute::model::quantize_value;
///
/// assert_eq!(quantize_value(-0.5, 0, 16), Some(0)); // half rounds up
/// assert_eq!(quantize_value(128.0, 8, 16), None);
/// ```
#[must_use]
pub fn quantize_value(value: f64, scale: u32, bits: u32) -> Option<i64> {
    let scaled = value * 2_f64.powi(scale.cast_signed());
    (scaled + 0.5).floor().to_i64().filter(|&q| fits_signed(q, bits))
}

/// Quantizes a model, rescaling hidden layers where they need it.
///
/// # Errors
/// Names the layer that does not fit.
pub fn quantize(model: &FloatModel) -> Result<QuantizedModel, QuantizeError> {
    let mut rescaled = Vec::new();
    let mut float =
        FloatModel { hidden: Vec::with_capacity(model.hidden.len()), head: model.head.clone() };
    let mut hidden = Vec::with_capacity(model.hidden.len());
    let mut arrives = 0; // the activations that arrive were divided by 2^arrives
    let mut input_scale = INPUT_SCALE;
    for (index, layer) in model.hidden.iter().enumerate() {
        let (shift, scaled, integers) = quantize_hidden(layer, arrives, input_scale)?;
        if shift > 0 {
            rescaled.push(RescaledLayer { node: layer.node.clone(), layer: index + 1, shift });
        }
        float.hidden.push(scaled);
        hidden.push(integers);
        arrives = shift;
        input_scale = ACTIVATION_SCALE;
    }
    times_power(&mut float.head.weights, arrives.cast_signed());
    let head = quantize_head(&float.head)?;
    let model = Model::new(model.inputs(), hidden, model.classes(), head)?;
    Ok(QuantizedModel { model, float, rescaled })
}

/// Quantizes a head: K x C, the bias row last.
///
/// # Errors
/// Fails if a weight leaves 24 bits.
pub fn quantize_head(head: &DenseLayer) -> Result<Vec<i32>, QuantizeError> {
    let values = head.weights.iter().chain(&head.biases);
    let integers = values.clone().map(|&v| {
        quantize_value(f64::from(v), HEAD_SCALE, HEAD_BITS).and_then(|q| i32::try_from(q).ok())
    });
    integers.collect::<Option<_>>().ok_or_else(|| QuantizeError::HeadWeight {
        node: head.node.clone(),
        weight: largest(values),
    })
}

/// The least shift with which the layer fits, the layer divided by it, and its integers.
fn quantize_hidden(
    layer: &DenseLayer,
    arrives: u32,
    input_scale: u32,
) -> Result<(u32, DenseLayer, HiddenLayer), QuantizeError> {
    let mut scaled = layer.clone();
    times_power(&mut scaled.weights, arrives.cast_signed());
    let bias_scale = HIDDEN_WEIGHT_SCALE + input_scale;
    for shift in 0..=SHIFT_LIMIT {
        let weights: Option<Vec<i16>> = integers(&scaled.weights, HIDDEN_WEIGHT_SCALE, INPUT_BITS);
        let biases: Option<Vec<i32>> = integers(&scaled.biases, bias_scale, BIAS_BITS);
        if let (Some(weights), Some(biases)) = (weights, biases) {
            let (inputs, outputs) = (layer.inputs, layer.outputs);
            return Ok((shift, scaled, HiddenLayer { inputs, outputs, weights, biases }));
        }
        times_power(&mut scaled.weights, -1);
        times_power(&mut scaled.biases, -1);
    }
    let node = layer.node.clone();
    let fits = integers::<i16>(&scaled.weights, HIDDEN_WEIGHT_SCALE, INPUT_BITS).is_some();
    Err(if fits {
        let limit = 1 << (BIAS_BITS - 1 - bias_scale);
        QuantizeError::HiddenBias { node, bias: largest(layer.biases.iter()), limit }
    } else {
        QuantizeError::HiddenWeight { node, weight: largest(layer.weights.iter()) }
    })
}

fn integers<T: TryFrom<i64>>(values: &[f32], scale: u32, bits: u32) -> Option<Vec<T>> {
    let integer =
        |&v: &f32| quantize_value(f64::from(v), scale, bits).and_then(|q| T::try_from(q).ok());
    values.iter().map(integer).collect()
}

fn times_power(values: &mut [f32], power: i32) {
    if power != 0 {
        let factor = 2_f32.powi(power);
        for value in values {
            *value *= factor;
        }
    }
}

fn largest<'a>(values: impl Iterator<Item = &'a f32>) -> f64 {
    values.map(|&v| f64::from(v)).fold(0.0, |a, b| if b.abs() > a.abs() { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Name;

    fn layer(inputs: usize, outputs: usize, weight: f32, bias: f32) -> DenseLayer {
        let node = NodeName { name: Name::new("fc"), operator: Name::new("Gemm") };
        let (weights, biases) = (vec![weight; inputs * outputs], vec![bias; outputs]);
        DenseLayer { node, inputs, outputs, weights, biases }
    }

    #[test]
    fn rounds_half_up_for_both_signs() {
        let cases = [(0.5, 1), (1.5, 2), (-0.5, 0), (-1.5, -1), (-0.51, -1), (2.49, 2)];
        for (value, expected) in cases {
            assert_eq!(quantize_value(value, 0, 16), Some(expected), "{value}");
        }
    }

    #[test]
    fn rejects_what_leaves_the_width() {
        assert_eq!(quantize_value(127.998, 8, 16), Some(32_767));
        assert_eq!(quantize_value(127.9981, 8, 16), None);
        assert_eq!(quantize_value(-128.0, 8, 16), Some(-32_768));
        assert_eq!(quantize_value(-128.002, 8, 16), None);
        for value in [f64::NAN, f64::INFINITY, -1e300] {
            assert_eq!(quantize_value(value, 8, 16), None);
        }
    }

    #[test]
    fn rescales_a_large_layer_and_the_next_one() {
        let model =
            FloatModel { hidden: vec![layer(2, 3, 20.0, 1.0)], head: layer(3, 2, 0.5, 0.25) };
        let quantized = quantize(&model).unwrap();
        assert_eq!(quantized.rescaled.len(), 1);
        assert_eq!(quantized.rescaled[0].shift, 2); // 20 / 4 = 5 < 8, 20 / 2 is not
        assert_eq!(quantized.model.hidden[0].weights[0], 5 << 12);
        assert_eq!(quantized.model.hidden[0].biases[0], 1 << 18);
        assert_eq!(quantized.model.head[0], 2 << 16);
        assert_eq!(*quantized.model.head.last().unwrap(), 1 << 14);
        assert_eq!(model.logits(&[0.3, 0.7]), quantized.float.logits(&[0.3, 0.7]));
        let again = quantize(&quantized.float).unwrap();
        assert_eq!((again.model, again.rescaled.len()), (quantized.model, 0));
    }

    #[test]
    fn passes_a_rescaling_on_through_hidden_layers() {
        let hidden = vec![layer(2, 2, 15.0, 0.0), layer(2, 2, 6.0, 3.0)];
        let model = FloatModel { hidden, head: layer(2, 2, 1.0, 0.0) };
        let quantized = quantize(&model).unwrap();
        let shifts: Vec<_> = quantized.rescaled.iter().map(|r| (r.layer, r.shift)).collect();
        assert_eq!(shifts, [(1, 1), (2, 1)]);
        assert_eq!(quantized.model.hidden[1].weights[0], 6 << 12);
        assert_eq!(model.logits(&[1.0, 2.0]), quantized.float.logits(&[1.0, 2.0]));
    }

    #[test]
    fn rejects_weights_no_rescaling_mends() {
        let head = layer(2, 2, 1.0, 0.0);
        let model = FloatModel { hidden: vec![layer(2, 2, 1e6, 0.0)], head: head.clone() };
        assert!(matches!(quantize(&model), Err(QuantizeError::HiddenWeight { .. })));
        let model = FloatModel { hidden: vec![layer(2, 2, 1.0, 1e7)], head: head.clone() };
        assert!(matches!(quantize(&model), Err(QuantizeError::HiddenBias { limit: 2048, .. })));
        let model = FloatModel { hidden: Vec::new(), head: layer(2, 2, 128.0, 0.0) };
        assert!(matches!(quantize(&model), Err(QuantizeError::HeadWeight { .. })));
        let model =
            FloatModel { hidden: vec![layer(2, 2, 100.0, 0.0)], head: layer(2, 2, 10.0, 0.0) };
        assert!(matches!(quantize(&model), Err(QuantizeError::HeadWeight { .. })));
    }
}
