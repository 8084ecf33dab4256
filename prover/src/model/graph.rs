//! An index over a graph: who writes a value, who reads it, what is constant.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::error::{GraphError, Name, NodeName, NodeProblem};

/// The most nodes of a graph.
const NODE_LIMIT: usize = 4096;
/// Steps from an operand back to its constant.
const CONSTANT_STEPS: usize = 8;

/// The graph, indexed by value names.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    /// Nodes in file order.
    pub(super) nodes: &'a [NodeProto],
    /// Names of the graph's outputs.
    pub(super) outputs: BTreeSet<&'a str>,
    /// The one input that is no weight.
    pub(super) input: &'a str,
    /// Its declared sizes after the batch axis, where it declares any.
    pub(super) input_shape: Option<Vec<Option<usize>>>,
    initializers: BTreeMap<&'a str, &'a TensorProto>,
    writers: BTreeMap<&'a str, usize>,
    readers: BTreeMap<&'a str, Vec<usize>>,
}

/// A constant operand, with the nodes that were passed on the way to it.
#[derive(Debug)]
pub(super) struct Constant<'a> {
    /// The tensor.
    pub(super) tensor: &'a TensorProto,
    /// It is read through a matrix transposition.
    pub(super) transposed: bool,
    /// Nodes between the operand and the tensor.
    pub(super) passed: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// Indexes a graph, refusing names that are written twice.
    pub(super) fn new(graph: &'a GraphProto) -> Result<Self, GraphError> {
        if graph.node.is_empty() {
            return Err(GraphError::NoNodes);
        }
        if graph.node.len() > NODE_LIMIT {
            let actual = graph.node.len();
            return Err(GraphError::TooManyNodes { actual, limit: NODE_LIMIT });
        }
        if !graph.sparse_initializer.is_empty() {
            return Err(GraphError::Sparse);
        }
        let mut initializers = BTreeMap::new();
        for tensor in &graph.initializer {
            if initializers.insert(tensor.name.as_str(), tensor).is_some() {
                return Err(GraphError::DuplicateValue { name: Name::new(&tensor.name) });
            }
        }
        let inputs: Vec<_> =
            graph.input.iter().filter(|i| !initializers.contains_key(i.name.as_str())).collect();
        let [input] = inputs.as_slice() else {
            return Err(GraphError::InputCount { actual: inputs.len() });
        };
        let mut writers = BTreeMap::new();
        let mut readers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, node) in graph.node.iter().enumerate() {
            for name in node.output.iter().filter(|n| !n.is_empty()) {
                let taken = initializers.contains_key(name.as_str()) || *name == input.name;
                if taken || writers.insert(name.as_str(), index).is_some() {
                    return Err(GraphError::DuplicateValue { name: Name::new(name) });
                }
            }
            for name in node.input.iter().filter(|n| !n.is_empty()) {
                readers.entry(name).or_default().push(index);
            }
        }
        Ok(Self {
            nodes: &graph.node,
            outputs: graph.output.iter().map(|o| o.name.as_str()).collect(),
            input: &input.name,
            input_shape: super::input_shape::declared(input)?,
            initializers,
            writers,
            readers,
        })
    }

    /// The nodes that read a value, one entry for each operand.
    pub(super) fn readers(&self, value: &str) -> &[usize] {
        self.readers.get(value).map_or(&[], Vec::as_slice)
    }

    /// The node that writes a value.
    pub(super) fn writer(&self, value: &str) -> Option<&'a NodeProto> {
        self.writers.get(value).map(|&index| &self.nodes[index])
    }

    /// How an error names a node.
    pub(super) fn name(&self, index: usize) -> NodeName {
        let node = &self.nodes[index];
        let name = if node.name.is_empty() {
            node.output.first().map_or("", String::as_str)
        } else {
            &node.name
        };
        let operator = if standard(&node.domain) || node.domain == "ai.onnx.ml" {
            Name::new(&node.op_type)
        } else {
            Name::new(&format!("{}.{}", node.domain, node.op_type))
        };
        NodeName { name: Name::new(name), operator }
    }

    /// An error at a node.
    pub(super) fn fault(&self, index: usize, problem: NodeProblem) -> GraphError {
        GraphError::Node { node: self.name(index), problem }
    }

    /// Finds the tensor behind an operand, through Constant, Identity and Transpose.
    pub(super) fn constant(&self, value: &str) -> Option<Constant<'a>> {
        let mut found = Vec::new();
        let mut transposed = false;
        let mut value = value;
        for _ in 0..CONSTANT_STEPS {
            if let Some(tensor) = self.initializers.get(value) {
                return Some(Constant { tensor, transposed, passed: found });
            }
            let index = *self.writers.get(value)?;
            let node = &self.nodes[index];
            found.push(index);
            match (node.op_type.as_str(), node.input.as_slice()) {
                ("Constant", []) if standard(&node.domain) => {
                    let tensor = attribute(node, "value")?.t.as_ref()?;
                    return Some(Constant { tensor, transposed, passed: found });
                }
                ("Identity", [source]) if standard(&node.domain) => value = source,
                ("Transpose", [source]) if standard(&node.domain) => {
                    let swaps = attribute(node, "perm").is_none_or(|perm| perm.ints == [1, 0]);
                    if !swaps {
                        return None;
                    }
                    transposed = !transposed;
                    value = source;
                }
                _ => return None,
            }
        }
        None
    }
}

/// Whether a domain is that of the standard operators.
pub(super) fn standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// An attribute of a node by name.
pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}
