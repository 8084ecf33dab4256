//! The walk from the graph's input to its logits.
//!
//! The graph must be one chain: linear layers (`Gemm`, `MatMul` with `Add`, `LinearClassifier` at the end), `Relu`
//! between them, and operators that change nothing (`Identity`, `Cast` between floats, `Dropout` in inference,
//! `Flatten` or `Reshape` to one row for each example). Where the chain ends stand the logits; [`super::tail`] takes
//! over there. Every node must be on this way or feed it constants.

use tract_onnx::pb::NodeProto;
use tract_onnx::pb::tensor_proto::DataType;

use super::error::{GraphError, Name, NodeProblem};
use super::float::{DenseLayer, LoadedModel};
use super::graph::{Graph, attribute, standard};
use super::layers::{self, CLASS_LIMIT, Logits, OpenLayer};
use super::tail::{self, Tail};
use super::tensor::{self, WEIGHT_LIMIT};
use tribute_verifier::plan::MAX_LAYERS;

/// The chain as far as it was walked.
#[derive(Debug)]
pub(super) struct Walk<'g, 'a> {
    pub(super) graph: &'g Graph<'a>,
    /// Nodes that are accounted for.
    pub(super) visited: Vec<bool>,
    hidden: Vec<DenseLayer>,
    open: Option<OpenLayer>,
    /// Sizes of the data after the batch axis, `None` where unknown.
    shape: Option<Vec<Option<usize>>>,
    weights: usize,
}

/// What a step of the walk met.
enum Step<'a> {
    /// The data continues under this name.
    On(&'a str),
    /// The logits stand before this node.
    Logits,
    /// The node is a head of its own, and its outputs are the tail's first values.
    Head(DenseLayer, Logits),
}

/// Reads the model a graph computes.
pub(super) fn walk(graph: &Graph<'_>) -> Result<LoadedModel, GraphError> {
    let mut walk = Walk {
        graph,
        visited: vec![false; graph.nodes.len()],
        hidden: Vec::new(),
        open: None,
        shape: graph.input_shape.clone(),
        weights: 0,
    };
    let mut value = graph.input;
    let (head, logits, tail_from) = loop {
        let readers = graph.readers(value);
        let is_output = graph.outputs.contains(value);
        let index = match readers {
            &[index] if !is_output => index,
            [] if !is_output => return Err(GraphError::DeadEnd { value: Name::new(value) }),
            _ if walk.open.is_some() => break (walk.take_head()?, Logits::Plain, vec![value]),
            [] => return Err(GraphError::NoHead { value: Name::new(value) }),
            _ => {
                let readers = readers.len() + usize::from(is_output);
                return Err(GraphError::Branch { value: Name::new(value), readers });
            }
        };
        match walk.step(index, value)? {
            Step::On(next) => {
                walk.visited[index] = true;
                value = next;
            }
            Step::Logits => break (walk.take_head()?, Logits::Plain, vec![value]),
            Step::Head(head, logits) => {
                walk.visited[index] = true;
                let outputs = graph.nodes[index].output.iter();
                let values = outputs.map(String::as_str).filter(|n| !n.is_empty()).collect();
                break (head, logits, values);
            }
        }
    };
    walk.finish(head, logits, &tail_from)
}

impl<'a> Walk<'_, 'a> {
    /// Takes the node that reads `value`.
    fn step(&mut self, index: usize, value: &str) -> Result<Step<'a>, GraphError> {
        let node = &self.graph.nodes[index];
        let fault = |problem| self.graph.fault(index, problem);
        if !standard(&node.domain) {
            if node.domain == "ai.onnx.ml" && node.op_type == "LinearClassifier" {
                return self.classifier(index, value);
            }
            return self.other(index);
        }
        let mut passed = Vec::new();
        match node.op_type.as_str() {
            "Gemm" | "MatMul" => {
                if self.open.is_some() {
                    return Err(fault(NodeProblem::LinearAfterLinear));
                }
                let open = if node.op_type == "Gemm" {
                    layers::gemm(self.graph, index, value, &mut passed)?
                } else {
                    layers::matmul(self.graph, index, value, &mut passed)?
                };
                self.enter(index, &open.layer)?;
                self.open = Some(open);
            }
            "Add" => {
                let open = self.open.as_mut().ok_or_else(|| fault(NodeProblem::NoLayer))?;
                layers::add(self.graph, index, value, open, &mut passed)?;
            }
            "Relu" => {
                let open = self.open.take().ok_or_else(|| fault(NodeProblem::NoLayer))?;
                if self.hidden.len() == MAX_LAYERS {
                    return Err(GraphError::Depth { limit: MAX_LAYERS });
                }
                self.hidden.push(open.layer);
            }
            "Identity" => {}
            "Cast" => {
                if !casts_to_float(node) {
                    return self.other(index);
                }
            }
            "Dropout" => self.check_dropout(index, &mut passed)?,
            "Flatten" => {
                let axis = attribute(node, "axis").map_or(1, |a| a.i);
                if axis != 1 {
                    let actual = axis.to_string();
                    let expected = "1";
                    return Err(fault(NodeProblem::Attribute { name: "axis", actual, expected }));
                }
                self.shape = self.shape.take().map(|sizes| vec![product(&sizes)]);
            }
            "Reshape" if self.open.is_none() => self.reshape(index, &mut passed)?,
            _ => return self.other(index),
        }
        for node in passed {
            self.visited[node] = true;
        }
        let output = node.output.first().filter(|o| !o.is_empty());
        output
            .map(|name| Step::On(name))
            .ok_or_else(|| GraphError::DeadEnd { value: Name::new(value) })
    }

    /// An operator that is no part of a chain: the logits stand before it, or it is refused.
    fn other(&self, index: usize) -> Result<Step<'a>, GraphError> {
        let node = &self.graph.nodes[index];
        let binary = self.open.as_ref().is_some_and(|o| o.layer.outputs == 1);
        if self.open.is_some() && tail::follows_logits(node, binary) {
            return Ok(Step::Logits);
        }
        let problem = NodeProblem::Unsupported { advice: tail::advice(node) };
        Err(self.graph.fault(index, problem))
    }

    fn classifier(&mut self, index: usize, value: &str) -> Result<Step<'a>, GraphError> {
        let node = &self.graph.nodes[index];
        if self.open.is_some() {
            return Err(self.graph.fault(index, NodeProblem::LinearAfterLinear));
        }
        if node.input.len() != 1 || node.input[0] != value {
            let actual = node.input.len();
            return Err(self.graph.fault(index, NodeProblem::Arity { actual, expected: "1" }));
        }
        let (head, logits) = layers::linear_classifier(self.graph, index)?;
        self.enter(index, &head)?;
        Ok(Step::Head(head, logits))
    }

    /// Checks that a layer fits what arrives, and the limits of the whole model.
    fn enter(&mut self, index: usize, layer: &DenseLayer) -> Result<(), GraphError> {
        let fault = |problem| self.graph.fault(index, problem);
        if let Some(sizes) = &self.shape {
            let &[width] = sizes.as_slice() else {
                return Err(fault(NodeProblem::Rank { rank: sizes.len() + 1 }));
            };
            if let Some(expected) = width.filter(|&w| w != layer.inputs) {
                return Err(fault(NodeProblem::Inputs { actual: layer.inputs, expected }));
            }
        }
        self.weights = self.weights.saturating_add(layer.weights.len());
        if self.weights > WEIGHT_LIMIT {
            return Err(fault(NodeProblem::TooManyWeights { limit: WEIGHT_LIMIT }));
        }
        self.shape = Some(vec![Some(layer.outputs)]);
        Ok(())
    }

    fn check_dropout(&self, index: usize, passed: &mut Vec<usize>) -> Result<(), GraphError> {
        let node = &self.graph.nodes[index];
        let training =
            NodeProblem::Attribute { name: "training_mode", actual: "on".into(), expected: "off" };
        if node.output.iter().skip(1).any(|o| !self.graph.readers(o).is_empty()) {
            return Err(self.graph.fault(index, training));
        }
        for operand in node.input.iter().skip(1).filter(|o| !o.is_empty()) {
            let name = || Name::new(operand);
            let found = self.graph.constant(operand).ok_or_else(|| {
                self.graph.fault(index, NodeProblem::NotConstant { name: name() })
            })?;
            passed.extend(found.passed);
            if found.tensor.data_type == DataType::Bool as i32 {
                match tensor::boolean(found.tensor) {
                    Ok(false) => {}
                    Ok(true) => return Err(self.graph.fault(index, training)),
                    Err(problem) => {
                        let problem = NodeProblem::Tensor { tensor: name(), problem };
                        return Err(self.graph.fault(index, problem));
                    }
                }
            }
        }
        Ok(())
    }

    /// A `Reshape` to one row for each example: `[-1, n]`, or `[batch, -1]`, or `[0, -1]`.
    fn reshape(&mut self, index: usize, passed: &mut Vec<usize>) -> Result<(), GraphError> {
        let node = &self.graph.nodes[index];
        let fault = |problem| self.graph.fault(index, problem);
        let [_, target] = node.input.as_slice() else {
            return Err(fault(NodeProblem::Arity { actual: node.input.len(), expected: "2" }));
        };
        let name = || Name::new(target);
        let found = self
            .graph
            .constant(target)
            .ok_or_else(|| fault(NodeProblem::NotConstant { name: name() }))?;
        passed.extend(found.passed);
        let sizes = tensor::integers(found.tensor)
            .map_err(|problem| fault(NodeProblem::Tensor { tensor: name(), problem }))?;
        let width = self.shape.as_ref().and_then(|s| product(s));
        let refused = || {
            let shown: Vec<String> = sizes.iter().take(8).map(i64::to_string).collect();
            fault(NodeProblem::Reshape { shape: format!("[{}]", shown.join(", ")) })
        };
        let features = match sizes.as_slice() {
            [0, -1] => width,
            [-1 | 0, features] if *features > 0 => {
                let features = usize::try_from(*features).map_err(|_| refused())?;
                // Where the width is unknown, the first layer's weights decide; the batch axis
                // is the one left over either way.
                if width.is_some_and(|w| w != features) {
                    return Err(refused());
                }
                Some(features)
            }
            // A fixed batch of one.
            [1, features] if *features == -1 || usize::try_from(*features).ok() == width => width,
            _ => return Err(refused()),
        };
        self.shape = Some(vec![features]);
        Ok(())
    }

    fn take_head(&mut self) -> Result<DenseLayer, GraphError> {
        let none = || GraphError::NoHead { value: Name::new(self.graph.input) };
        self.open.take().map(|open| open.layer).ok_or_else(none)
    }

    /// Prunes what follows the logits and checks that nothing was left out.
    fn finish(
        mut self,
        head: DenseLayer,
        logits: Logits,
        from: &[&str],
    ) -> Result<LoadedModel, GraphError> {
        let tail = Tail::prune(&mut self, from, head.outputs)?;
        for &name in &self.graph.outputs {
            if !tail.values.contains(name) {
                return Err(GraphError::StrayOutput { name: Name::new(name) });
            }
        }
        for (index, node) in self.graph.nodes.iter().enumerate() {
            // A constant that nobody reads changes nothing.
            if !self.visited[index] && node.op_type != "Constant" {
                return Err(GraphError::Unreached { node: self.graph.name(index) });
            }
        }
        let model = tail.into_model(self.hidden, head, logits)?;
        let classes = model.model.classes();
        if (2..=CLASS_LIMIT).contains(&classes) {
            Ok(model)
        } else {
            Err(GraphError::Classes { actual: classes, limit: CLASS_LIMIT })
        }
    }
}

/// Whether a `Cast` keeps floats floats.
fn casts_to_float(node: &NodeProto) -> bool {
    let to = attribute(node, "to").map_or(0, |a| a.i);
    to == DataType::Float as i64 || to == DataType::Double as i64
}

fn product(sizes: &[Option<usize>]) -> Option<usize> {
    sizes.iter().try_fold(1_usize, |product, size| product.checked_mul((*size)?))
}
