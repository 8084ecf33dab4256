//! What follows the logits: probabilities, the returned class, its label.
//!
//! None of it is proven, and none of it changes which logit is largest, so it is recognized and pruned with a notice.
//! Two forms say how logits are to be read: class labels name and order the columns of the head, and a sigmoid over a
//! single logit $z$ makes a model of two classes with logits $(-z/2, z/2)$, whose softmax is exactly that sigmoid.

use std::collections::{BTreeSet, VecDeque};

use tract_onnx::pb::NodeProto;

use super::error::{GraphError, Name, NodeName, NodeProblem};
use super::float::{DenseLayer, FloatModel, LoadedModel, Notices};
use super::graph::{attribute, standard};
use super::layers::{Logits, classifier_labels};
use super::tensor;
use super::walk::Walk;

/// The pruned part of a graph.
#[derive(Debug)]
pub(super) struct Tail {
    /// Values computed from the logits, the logits included.
    pub(super) values: BTreeSet<String>,
    pruned: Vec<NodeName>,
    labels: Option<Vec<String>>,
    sigmoid: bool,
}

impl Tail {
    /// Follows every value computed from `from` and marks its nodes as visited.
    pub(super) fn prune(
        walk: &mut Walk<'_, '_>,
        from: &[&str],
        classes: usize,
    ) -> Result<Self, GraphError> {
        let mut tail = Self {
            values: from.iter().map(|&v| v.to_owned()).collect(),
            pruned: Vec::new(),
            labels: None,
            sigmoid: false,
        };
        // The head itself may declare labels.
        let graph = walk.graph;
        for (index, node) in graph.nodes.iter().enumerate() {
            if walk.visited[index] && node.op_type == "LinearClassifier" {
                tail.labels = classifier_labels(node);
            }
        }
        let mut queue: VecDeque<&str> = from.iter().copied().collect();
        while let Some(value) = queue.pop_front() {
            for &index in graph.readers(value) {
                if std::mem::replace(&mut walk.visited[index], true) {
                    continue;
                }
                let node = &graph.nodes[index];
                let binary = classes == 1;
                check(node, binary).map_err(|problem| graph.fault(index, problem))?;
                tail.check_pair(walk, index)?;
                tail.sigmoid |= node.op_type == "Sigmoid";
                tail.take_labels(walk, index, if binary { 2 } else { classes })?;
                tail.pruned.push(graph.name(index));
                for output in node.output.iter().filter(|o| !o.is_empty()) {
                    tail.values.insert(output.clone());
                    queue.push_back(output);
                }
            }
        }
        tail.check_operands(walk)?;
        Ok(tail)
    }

    /// Every operand of a pruned node comes from the logits or is a constant.
    fn check_operands(&self, walk: &mut Walk<'_, '_>) -> Result<(), GraphError> {
        let graph = walk.graph;
        let mut passed = Vec::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            if !node.input.iter().any(|operand| self.values.contains(operand)) {
                continue;
            }
            for operand in node.input.iter().filter(|o| !o.is_empty() && !self.values.contains(*o))
            {
                let Some(constant) = graph.constant(operand) else {
                    let name = Name::new(operand);
                    return Err(graph.fault(index, NodeProblem::NotConstant { name }));
                };
                passed.extend(constant.passed);
            }
        }
        for index in passed {
            walk.visited[index] = true;
        }
        Ok(())
    }

    /// Probabilities of two classes must be $(1 - p, p)$, in this order.
    fn check_pair(&self, walk: &Walk<'_, '_>, index: usize) -> Result<(), GraphError> {
        let graph = walk.graph;
        let node = &graph.nodes[index];
        let is_ours = |operand: &String| self.values.contains(operand);
        let right = match (node.op_type.as_str(), node.input.as_slice()) {
            ("Sub", [one, p]) => {
                let constant = graph.constant(one).and_then(|c| tensor::floats(c.tensor).ok());
                is_ours(p) && constant.is_some_and(|c| c.values == [1.0])
            }
            ("Concat", [negative, positive]) => {
                let from_sub = graph.writer(negative).is_some_and(|n| n.op_type == "Sub");
                let other = graph.writer(positive).is_some_and(|n| n.op_type != "Sub");
                from_sub && other && is_ours(positive)
            }
            ("Sub" | "Concat", _) => false,
            _ => true,
        };
        if right { Ok(()) } else { Err(graph.fault(index, NodeProblem::Pair)) }
    }

    fn take_labels(
        &mut self,
        walk: &Walk<'_, '_>,
        index: usize,
        classes: usize,
    ) -> Result<(), GraphError> {
        let graph = walk.graph;
        let node = &graph.nodes[index];
        let labels = match node.op_type.as_str() {
            "ZipMap" => classifier_labels(node),
            "ArrayFeatureExtractor" => {
                let Some(constant) = node.input.first().and_then(|n| graph.constant(n)) else {
                    return Ok(());
                };
                let labels = tensor::labels(constant.tensor).map_err(|problem| {
                    let tensor = Name::new(&node.input[0]);
                    graph.fault(index, NodeProblem::Tensor { tensor, problem })
                })?;
                Some(labels)
            }
            _ => None,
        };
        let Some(labels) = labels else { return Ok(()) };
        if labels.len() != classes || self.labels.as_ref().is_some_and(|known| *known != labels) {
            let node = graph.name(index);
            return Err(GraphError::Labels { node, actual: labels.len(), classes });
        }
        self.labels = Some(labels);
        Ok(())
    }

    /// Puts the head into our convention: plain logits, columns in the order of integer labels.
    pub(super) fn into_model(
        self,
        hidden: Vec<DenseLayer>,
        mut head: DenseLayer,
        logits: Logits,
    ) -> Result<LoadedModel, GraphError> {
        let mut notices = Notices { pruned: self.pruned, ..Notices::default() };
        if head.outputs == 1 && self.sigmoid {
            head = split(&head);
            notices.split_logit = true;
        }
        if logits == Logits::Opposite {
            for value in head.weights.iter_mut().chain(&mut head.biases) {
                *value /= 2.0;
            }
            notices.split_logit = true;
        }
        if let Some(labels) = self.labels {
            match permutation(&labels) {
                Some(order) if order.iter().enumerate().all(|(class, &column)| class == column) => {
                }
                Some(order) => {
                    reorder(&mut head, &order);
                    notices.reordered = true;
                }
                None => notices.class_labels = Some(labels),
            }
        }
        Ok(LoadedModel { model: FloatModel { hidden, head }, notices })
    }
}

/// Whether the chain may end before this node.
pub(super) fn follows_logits(node: &NodeProto, binary: bool) -> bool {
    match node.op_type.as_str() {
        "Softmax" | "LogSoftmax" | "ArgMax" | "Cast" | "Reshape" | "Squeeze" | "Normalizer"
        | "ZipMap" => true,
        "Sigmoid" => binary,
        _ => false,
    }
}

/// Checks that a node behind the logits does not change which class is returned.
fn check(node: &NodeProto, binary: bool) -> Result<(), NodeProblem> {
    let along_classes = |default: i64| {
        let axis = attribute(node, "axis").map_or(default, |a| a.i);
        if axis == 1 || axis == -1 {
            return Ok(());
        }
        let expected = "1 or -1 (the classes)";
        Err(NodeProblem::Attribute { name: "axis", actual: axis.to_string(), expected })
    };
    match (standard(&node.domain), node.op_type.as_str()) {
        (true, "Softmax" | "LogSoftmax") => along_classes(1),
        (true, "ArgMax") => {
            let last = attribute(node, "select_last_index").map_or(0, |a| a.i);
            if last != 0 {
                let (name, actual) = ("select_last_index", last.to_string());
                return Err(NodeProblem::Attribute { name, actual, expected: "0" });
            }
            if binary {
                return Ok(());
            }
            along_classes(0)
        }
        (true, "Identity" | "Cast" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten") => Ok(()),
        (false, "ZipMap" | "ArrayFeatureExtractor" | "Normalizer")
            if node.domain == "ai.onnx.ml" =>
        {
            Ok(())
        }
        (true, "Sigmoid") if binary => Ok(()),
        // scikit-learn's probabilities of two classes: (1 - p, p).
        (true, "Sub" | "Concat") if binary => Ok(()),
        _ => Err(NodeProblem::Unsupported { advice: advice(node) }),
    }
}

/// What to do about an operator outside the list.
pub(super) fn advice(node: &NodeProto) -> &'static str {
    match node.op_type.as_str() {
        "Sigmoid" => {
            "use ReLU between layers, and softmax (cross-entropy) instead of one sigmoid for each class"
        }
        "Tanh" | "Elu" | "LeakyRelu" | "PRelu" | "Gelu" | "Selu" | "Softplus" | "HardSigmoid"
        | "Celu" | "Mish" | "Erf" | "HardSwish" | "Clip" => {
            "train with ReLU as the only activation"
        }
        "BatchNormalization" => "fold it into the linear layer before it (eval mode, then export)",
        "Conv" | "MaxPool" | "AveragePool" | "GlobalAveragePool" | "ConvTranspose" => {
            "only fully connected networks can be proven; use one over fixed features"
        }
        "Scaler" | "Imputer" | "OneHotEncoder" | "LabelEncoder" | "Div" | "Sub" | "Mul" => {
            "scale and encode the features in the CSV files instead, and export the classifier alone"
        }
        "If" | "Loop" | "Scan" => "export the model without control flow",
        "Softmax" | "LogSoftmax" => {
            "it stands before a linear layer has been met; only ReLU may follow hidden layers"
        }
        "TreeEnsembleClassifier"
        | "SVMClassifier"
        | "TreeEnsembleRegressor"
        | "LinearRegressor" => "train an MLPClassifier or a LogisticRegression instead",
        "QuantizeLinear" | "DequantizeLinear" | "QLinearMatMul" | "MatMulInteger" => {
            "export the float32 model; quantization is done here"
        }
        "Shape" | "Gather" | "Concat" | "Slice" => {
            "flatten with torch.nn.Flatten() and a fixed feature shape"
        }
        _ => {
            "use Gemm or MatMul+Add layers with Relu between them (a plain MLP or logistic regression)"
        }
    }
}

/// Two opposite logits for one: $(-z/2, z/2)$.
fn split(head: &DenseLayer) -> DenseLayer {
    let pair = |values: &[f32]| values.iter().flat_map(|v| [-v / 2.0, v / 2.0]).collect();
    DenseLayer {
        node: head.node.clone(),
        inputs: head.inputs,
        outputs: 2,
        weights: pair(&head.weights),
        biases: pair(&head.biases),
    }
}

/// For integer labels that are $0 .. C-1$ in some order: the column of each class.
fn permutation(labels: &[String]) -> Option<Vec<usize>> {
    let mut columns = vec![None; labels.len()];
    for (column, label) in labels.iter().enumerate() {
        let class: usize = label.parse().ok()?;
        let place = columns.get_mut(class)?;
        if place.replace(column).is_some() {
            return None;
        }
    }
    columns.into_iter().collect()
}

fn reorder(head: &mut DenseLayer, order: &[usize]) {
    let outputs = head.outputs;
    let rows = head.weights.chunks_exact(outputs).chain(head.biases.chunks_exact(outputs));
    let mut values: Vec<f32> = rows.flat_map(|row| order.iter().map(|&c| row[c])).collect();
    head.biases = values.split_off(head.inputs * outputs);
    head.weights = values;
}
