//! The forward pass: hidden layers, features $\tilde h$, logits.
//!
//! $$ a = Wx + b, \quad h = \mathrm{RS}(\max(0, a), f_w + f_{in} - f_h), \quad
//!    \tilde h = (h, 2^{f_h}), \quad z = \mathrm{RS}(\tilde h W_{head}, 16 + f_h - f_z). $$
//!
//! Accumulators stay far inside 64 bits: $65535 \cdot 2^{16} \cdot 2^{15} + 2^{31} < 2^{48}$ in a hidden
//! layer, $65535 \cdot 2^{16} \cdot 2^{23} < 2^{55}$ in the head.

use super::fixed_point::{ACTIVATION_BITS, LOGIT_BITS, fits_signed, fits_unsigned, rescale};
use super::model::{HiddenLayer, Model};
use super::range_error::RangeError;

/// What one hidden layer computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenTrace {
    /// $a = Wx + b$, before the ReLU.
    pub accumulators: Vec<i64>,
    /// $h$, in $0 .. 2^{16}$.
    pub activations: Vec<i64>,
}

/// What the model computed for one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// One trace per hidden layer.
    pub layers: Vec<HiddenTrace>,
    /// $\tilde h$: the last activations (or the inputs), the constant one last.
    pub features: Vec<i64>,
    /// $\tilde h W_{head}$, before rescaling.
    pub accumulators: Vec<i64>,
    /// Logits, in 24 bits signed.
    pub logits: Vec<i32>,
}

/// Runs the model on one input.
///
/// # Errors
/// Fails if the input has another length than the model's, or an activation or a logit does not
/// fit its width.
pub fn forward(model: &Model, input: &[i16]) -> Result<Forward, RangeError> {
    if input.len() != model.inputs {
        return Err(RangeError::InputLength { expected: model.inputs, actual: input.len() });
    }
    let mut features: Vec<i64> = input.iter().map(|&x| i64::from(x)).collect();
    let mut layers = Vec::with_capacity(model.hidden.len());
    for (index, layer) in model.hidden.iter().enumerate() {
        let trace = run_hidden(layer, &features, model.hidden_shift(index), index + 1)?;
        features.clone_from(&trace.activations);
        layers.push(trace);
    }
    features.push(1 << model.feature_scale());
    let mut accumulators = vec![0_i64; model.classes];
    for (feature, weights) in features.iter().zip(model.head.chunks_exact(model.classes)) {
        for (accumulator, &weight) in accumulators.iter_mut().zip(weights) {
            *accumulator += feature * i64::from(weight);
        }
    }
    let logits = rescale_logits(&accumulators, model.head_shift())?;
    Ok(Forward { layers, features, accumulators, logits })
}

fn run_hidden(
    layer: &HiddenLayer,
    input: &[i64],
    shift: u32,
    number: usize,
) -> Result<HiddenTrace, RangeError> {
    let mut accumulators: Vec<i64> = layer.biases.iter().map(|&b| i64::from(b)).collect();
    for (x, weights) in input.iter().zip(layer.weights.chunks_exact(layer.outputs)) {
        for (accumulator, &weight) in accumulators.iter_mut().zip(weights) {
            *accumulator += x * i64::from(weight);
        }
    }
    let mut activations = Vec::with_capacity(layer.outputs);
    for (unit, &accumulator) in accumulators.iter().enumerate() {
        let activation = rescale(accumulator.max(0), shift);
        if !fits_unsigned(activation, ACTIVATION_BITS) {
            return Err(RangeError::Activation { layer: number, unit, activation });
        }
        activations.push(activation);
    }
    Ok(HiddenTrace { accumulators, activations })
}

fn rescale_logits(accumulators: &[i64], shift: u32) -> Result<Vec<i32>, RangeError> {
    let rescaled = accumulators.iter().map(|&accumulator| rescale(accumulator, shift));
    rescaled
        .enumerate()
        .map(|(class, logit)| {
            let narrow = i32::try_from(logit).ok().filter(|_| fits_signed(logit, LOGIT_BITS));
            narrow.ok_or(RangeError::Logit { class, logit })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tower(weight: i16, bias: i32) -> Model {
        let layer =
            HiddenLayer { inputs: 1, outputs: 1, weights: vec![weight], biases: vec![bias] };
        Model::new(1, vec![layer], 2, vec![1 << 16, -(1 << 16), 0, 0]).unwrap()
    }

    #[test]
    fn activation_edge_is_256() {
        // a = 65536 * 2^12 - 2^11 - 1 rounds to 65535; one more rounds to 65536.
        let edge = 65_536 * 4096 - 2048;
        let last = forward(&tower(0, edge - 1), &[0]).unwrap();
        assert_eq!(last.features, [65_535, 256]);
        let error = RangeError::Activation { layer: 1, unit: 0, activation: 65_536 };
        assert_eq!(forward(&tower(0, edge), &[0]), Err(error));
    }

    #[test]
    fn logit_edge_is_8192() {
        let head = vec![0, (1 << 23) - 1, 0, -(1 << 23)];
        let model = Model::new(1, Vec::new(), 2, head).unwrap();
        // 32767 * (2^23 - 1) / 2^14 is about 2^24: beyond 24 bits signed.
        let error = forward(&model, &[i16::MAX]).unwrap_err();
        assert!(matches!(error, RangeError::Logit { class: 1, .. }));
        assert!(forward(&model, &[16_383]).is_ok());
    }

    #[test]
    fn rejects_another_length() {
        let error = RangeError::InputLength { expected: 1, actual: 2 };
        assert_eq!(forward(&tower(1, 0), &[1, 2]), Err(error));
    }
}
