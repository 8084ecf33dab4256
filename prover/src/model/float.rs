//! The model as it was trained: float32 layers, read bit for bit and kept for the report.

use super::error::NodeName;

/// A linear layer $y = x W + b$.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseLayer {
    /// The node the weights come from.
    pub node: NodeName,
    /// Width that arrives.
    pub inputs: usize,
    /// Width that leaves.
    pub outputs: usize,
    /// Weights, input-major: `weights[i * outputs + j]`.
    pub weights: Vec<f32>,
    /// One bias for each output.
    pub biases: Vec<f32>,
}

/// A chain of linear layers with ReLU between them; the last one is the head, whose outputs are the logits.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatModel {
    /// Hidden layers, each followed by ReLU.
    pub hidden: Vec<DenseLayer>,
    /// The head.
    pub head: DenseLayer,
}

impl FloatModel {
    /// Number of inputs.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.hidden.first().unwrap_or(&self.head).inputs
    }

    /// Number of classes.
    #[must_use]
    pub const fn classes(&self) -> usize {
        self.head.outputs
    }

    /// The logits of one row, accumulated in double precision.
    ///
    /// `row` must have [`Self::inputs`] values; missing ones count as 0.
    #[must_use]
    pub fn logits(&self, row: &[f32]) -> Vec<f64> {
        let mut values: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
        for layer in &self.hidden {
            values = layer.apply(&values);
            for value in &mut values {
                *value = value.max(0.0);
            }
        }
        self.head.apply(&values)
    }
}

impl DenseLayer {
    fn apply(&self, values: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = self.biases.iter().map(|&b| f64::from(b)).collect();
        for (&value, weights) in values.iter().zip(self.weights.chunks_exact(self.outputs)) {
            if value != 0.0 {
                for (sum, &weight) in out.iter_mut().zip(weights) {
                    *sum += value * f64::from(weight);
                }
            }
        }
        out
    }
}

/// What a file held besides its weights, told to the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// Nodes behind the logits, which are not proven.
    pub pruned: Vec<NodeName>,
    /// The label of each class in the file, where it is not simply the class number.
    pub class_labels: Option<Vec<String>>,
    /// Columns of the head were put in the order of the integer labels.
    pub reordered: bool,
    /// A binary model with one logit $z$ was read as the two logits $(-z/2, z/2)$.
    pub split_logit: bool,
}

/// A model and what was noticed while reading it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedModel {
    /// The model.
    pub model: FloatModel,
    /// What the user should know.
    pub notices: Notices,
}
