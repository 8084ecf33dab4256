//! Linear layers out of `Gemm`, `MatMul`, `Add` and `LinearClassifier`: operands, shapes, values.

use tract_onnx::pb::NodeProto;

use super::error::{GraphError, Name, NodeProblem, TensorProblem};
use super::float::DenseLayer;
use super::graph::{Graph, attribute};
use super::tensor::{self, Floats};

/// The widest layer: widths are 16-bit in the model's descriptor.
pub(super) const WIDTH_LIMIT: usize = 65_535;
/// The most classes.
pub(super) const CLASS_LIMIT: usize = 256;

/// A layer whose Relu has not been met yet.
#[derive(Debug)]
pub(super) struct OpenLayer {
    /// The layer so far.
    pub(super) layer: DenseLayer,
    /// Its bias came with it; an `Add` would be a second one.
    pub(super) has_bias: bool,
}

/// Reads a `Gemm` whose data is `value`; `passed` collects nodes between weights and layer.
pub(super) fn gemm(
    graph: &Graph<'_>,
    index: usize,
    value: &str,
    passed: &mut Vec<usize>,
) -> Result<OpenLayer, GraphError> {
    let node = &graph.nodes[index];
    let fault = |problem| graph.fault(index, problem);
    let (data, weights, bias) = match node.input.as_slice() {
        [data, weights] => (data, weights, None),
        [data, weights, bias] => (data, weights, Some(bias).filter(|b| !b.is_empty())),
        other => {
            return Err(fault(NodeProblem::Arity { actual: other.len(), expected: "2 or 3" }));
        }
    };
    if data != value {
        return Err(fault(NodeProblem::DataOperand));
    }
    let (trans_a, trans_b) = (integer(node, "transA", 0), integer(node, "transB", 0));
    if trans_a != 0 {
        let actual = trans_a.to_string();
        return Err(fault(NodeProblem::Attribute { name: "transA", actual, expected: "0" }));
    }
    if trans_b != 0 && trans_b != 1 {
        let actual = trans_b.to_string();
        return Err(fault(NodeProblem::Attribute { name: "transB", actual, expected: "0 or 1" }));
    }
    let mut layer = matrix(graph, index, weights, trans_b == 1, passed)?;
    let has_bias = bias.is_some();
    if let Some(bias) = bias {
        layer.biases = bias_values(graph, index, bias, layer.outputs, passed)?;
    }
    scale(&mut layer.weights, float(node, "alpha"));
    scale(&mut layer.biases, float(node, "beta"));
    check_finite(&layer).map_err(fault)?;
    Ok(OpenLayer { layer, has_bias })
}

/// Reads a `MatMul` whose data is `value`.
pub(super) fn matmul(
    graph: &Graph<'_>,
    index: usize,
    value: &str,
    passed: &mut Vec<usize>,
) -> Result<OpenLayer, GraphError> {
    let fault = |problem| graph.fault(index, problem);
    let [data, weights] = graph.nodes[index].input.as_slice() else {
        let actual = graph.nodes[index].input.len();
        return Err(fault(NodeProblem::Arity { actual, expected: "2" }));
    };
    if data != value {
        return Err(fault(NodeProblem::DataOperand));
    }
    let layer = matrix(graph, index, weights, false, passed)?;
    check_finite(&layer).map_err(fault)?;
    Ok(OpenLayer { layer, has_bias: false })
}

/// Gives an open layer the bias of an `Add` that follows it.
pub(super) fn add(
    graph: &Graph<'_>,
    index: usize,
    value: &str,
    open: &mut OpenLayer,
    passed: &mut Vec<usize>,
) -> Result<(), GraphError> {
    let fault = |problem| graph.fault(index, problem);
    let [left, right] = graph.nodes[index].input.as_slice() else {
        let actual = graph.nodes[index].input.len();
        return Err(fault(NodeProblem::Arity { actual, expected: "2" }));
    };
    if open.has_bias {
        return Err(fault(NodeProblem::SecondBias));
    }
    let bias = if left == value { right } else { left };
    open.layer.biases = bias_values(graph, index, bias, open.layer.outputs, passed)?;
    open.has_bias = true;
    check_finite(&open.layer).map_err(fault)
}

/// Reads a `LinearClassifier`: the head, and the logit convention of its `post_transform`.
pub(super) fn linear_classifier(
    graph: &Graph<'_>,
    index: usize,
) -> Result<(DenseLayer, Logits), GraphError> {
    let node = &graph.nodes[index];
    let fault = |problem| graph.fault(index, problem);
    let coefficients = attribute(node, "coefficients").map_or(&[][..], |a| a.floats.as_slice());
    let intercepts = attribute(node, "intercepts").map_or(&[][..], |a| a.floats.as_slice());
    let outputs = match classifier_labels(node) {
        Some(labels) if !labels.is_empty() => labels.len(),
        _ => intercepts.len(),
    };
    if !(2..=CLASS_LIMIT).contains(&outputs) {
        return Err(GraphError::Classes { actual: outputs, limit: CLASS_LIMIT });
    }
    let inputs = coefficients.len() / outputs;
    if inputs * outputs != coefficients.len() {
        let problem = tensor_fault("coefficients", coefficients.len(), (inputs + 1) * outputs);
        return Err(fault(problem));
    }
    if !intercepts.is_empty() && intercepts.len() != outputs {
        return Err(fault(tensor_fault("intercepts", intercepts.len(), outputs)));
    }
    check_width(inputs, outputs).map_err(fault)?;
    let mut biases = intercepts.to_vec();
    biases.resize(outputs, 0.0);
    let weights = transpose(coefficients, outputs, inputs);
    let layer = DenseLayer { node: graph.name(index), inputs, outputs, weights, biases };
    check_finite(&layer).map_err(fault)?;
    let logits = classifier_logits(node, &layer).map_err(fault)?;
    Ok((layer, logits))
}

/// The class labels a `LinearClassifier` or `ZipMap` declares.
pub(super) fn classifier_labels(node: &NodeProto) -> Option<Vec<String>> {
    let integers = ["classlabels_ints", "classlabels_int64s"];
    for name in integers {
        if let Some(a) = attribute(node, name).filter(|a| !a.ints.is_empty()) {
            return Some(a.ints.iter().map(i64::to_string).collect());
        }
    }
    let a = attribute(node, "classlabels_strings").filter(|a| !a.strings.is_empty())?;
    Some(a.strings.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect())
}

/// What the outputs of a head mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logits {
    /// Softmax over them gives the probabilities.
    Plain,
    /// Two opposite logits, each through a sigmoid: softmax over their halves gives the same.
    Opposite,
}

fn classifier_logits(node: &NodeProto, layer: &DenseLayer) -> Result<Logits, NodeProblem> {
    let transform = attribute(node, "post_transform").map_or(&b"NONE"[..], |a| a.s.as_slice());
    match transform {
        b"" | b"NONE" | b"SOFTMAX" => Ok(Logits::Plain),
        b"LOGISTIC" => {
            let opposite = |pair: &[f32]| matches!(pair, [a, b] if *a == -*b);
            if layer.outputs == 2
                && layer.weights.chunks_exact(2).all(opposite)
                && opposite(&layer.biases)
            {
                Ok(Logits::Opposite)
            } else {
                Err(NodeProblem::OneVsRest { classes: layer.outputs })
            }
        }
        other => Err(NodeProblem::Attribute {
            name: "post_transform",
            actual: Name::new(&String::from_utf8_lossy(other)).to_string(),
            expected: "SOFTMAX, NONE or (two classes) LOGISTIC",
        }),
    }
}

fn matrix(
    graph: &Graph<'_>,
    index: usize,
    operand: &str,
    transposed: bool,
    passed: &mut Vec<usize>,
) -> Result<DenseLayer, GraphError> {
    let (Floats { dims, mut values }, through) = constant(graph, index, operand, passed)?;
    let &[rows, columns] = dims.as_slice() else {
        return Err(graph.fault(index, NodeProblem::Matrix { shape: format!("{dims:?}") }));
    };
    let transposed = through != transposed;
    let (inputs, outputs) = if transposed { (columns, rows) } else { (rows, columns) };
    check_width(inputs, outputs).map_err(|problem| graph.fault(index, problem))?;
    if transposed {
        values = transpose(&values, rows, columns);
    }
    Ok(DenseLayer {
        node: graph.name(index),
        inputs,
        outputs,
        weights: values,
        biases: vec![0.0; outputs],
    })
}

fn bias_values(
    graph: &Graph<'_>,
    index: usize,
    operand: &str,
    outputs: usize,
    passed: &mut Vec<usize>,
) -> Result<Vec<f32>, GraphError> {
    let (Floats { mut dims, values }, transposed) = constant(graph, index, operand, passed)?;
    if transposed {
        dims.reverse();
    }
    let leading_ones = dims.iter().rev().skip(1).all(|&d| d == 1) && dims.len() <= 2;
    match values.as_slice() {
        [one] if leading_ones => Ok(vec![*one; outputs]),
        values if leading_ones && values.len() == outputs => Ok(values.to_vec()),
        _ => {
            let shape = format!("{dims:?}");
            Err(graph.fault(index, NodeProblem::Bias { shape, outputs }))
        }
    }
}

fn constant(
    graph: &Graph<'_>,
    index: usize,
    operand: &str,
    passed: &mut Vec<usize>,
) -> Result<(Floats, bool), GraphError> {
    let name = || Name::new(operand);
    let found = graph
        .constant(operand)
        .ok_or_else(|| graph.fault(index, NodeProblem::NotConstant { name: name() }))?;
    passed.extend(&found.passed);
    let floats = tensor::floats(found.tensor)
        .map_err(|problem| graph.fault(index, NodeProblem::Tensor { tensor: name(), problem }))?;
    Ok((floats, found.transposed))
}

fn tensor_fault(name: &str, actual: usize, expected: usize) -> NodeProblem {
    let problem = TensorProblem::Length { expected, actual };
    NodeProblem::Tensor { tensor: Name::new(name), problem }
}

fn check_width(inputs: usize, outputs: usize) -> Result<(), NodeProblem> {
    let range = 1..=WIDTH_LIMIT;
    if range.contains(&inputs) && range.contains(&outputs) {
        Ok(())
    } else {
        Err(NodeProblem::Width { inputs, outputs, limit: WIDTH_LIMIT })
    }
}

fn check_finite(layer: &DenseLayer) -> Result<(), NodeProblem> {
    for (what, values) in [("weight", &layer.weights), ("bias", &layer.biases)] {
        if let Some(index) = values.iter().position(|v| !v.is_finite()) {
            return Err(NodeProblem::NotFinite { what, index, value: values[index] });
        }
    }
    Ok(())
}

/// Turns a row-major matrix of `rows` rows into one of `columns` rows.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

fn scale(values: &mut [f32], factor: f32) {
    if factor != 1.0 {
        for value in values {
            *value *= factor;
        }
    }
}

fn integer(node: &NodeProto, name: &str, default: i64) -> i64 {
    attribute(node, name).map_or(default, |a| a.i)
}

fn float(node: &NodeProto, name: &str) -> f32 {
    attribute(node, name).map_or(1.0, |a| a.f)
}
