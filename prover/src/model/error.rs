//! Why a model was refused, always with what to do about it.

use std::fmt;

use crate::files::FileError;

/// Why no model came out of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file itself cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file was read and holds no model we can run.
    #[error("{}: {problem}", path.display())]
    Graph {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        problem: Box<GraphError>,
    },
}

/// A name out of a foreign file, shown on one line and cut to a readable length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Characters of a name that are shown.
    const SHOWN: usize = 60;

    /// Keeps what is shown of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut kept: String =
            text.chars().take(Self::SHOWN).flat_map(char::escape_debug).collect();
        if text.chars().nth(Self::SHOWN).is_some() {
            kept.push_str("..");
        }
        Self(kept)
    }

    /// The shown text, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// A node of the graph: its name (or that of its first output) and its operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeName {
    /// Name of the node.
    pub name: Name,
    /// Operator, with its domain where that is not the standard one.
    pub operator: Name,
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {} ({})", self.name, self.operator.as_str())
    }
}

/// Why the graph in a file is refused. One variant per check.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Nothing in the file.
    #[error("the file is empty")]
    Empty,
    /// No protobuf, or not ONNX's.
    #[error("this is not an ONNX file (it does not decode)")]
    Malformed,
    /// Decoding would take too much memory.
    #[error("decoding this file would take more than {} MiB; no model that can be proven is that large", super::wire::DECODED_LIMIT >> 20)]
    TooLarge,
    /// Messages nest too deep.
    #[error("graphs are nested too deep; export the model without control flow")]
    TooDeep,
    /// A model without a graph, which is what most foreign files decode to.
    #[error("there is no graph in this file; is it an ONNX model?")]
    NoGraph,
    /// A graph without nodes.
    #[error("the graph has no nodes; is it an ONNX model?")]
    NoNodes,
    /// More nodes than a chain of the greatest depth has.
    #[error("the graph has {actual} nodes, more than the {limit} allowed")]
    TooManyNodes {
        /// Nodes in the graph.
        actual: usize,
        /// Limit.
        limit: usize,
    },
    /// Sparse initializers.
    #[error("the graph has sparse initializers; export dense weights")]
    Sparse,
    /// Not one data input.
    #[error(
        "the graph has {actual} inputs, expected one; export the model with its features as one tensor"
    )]
    InputCount {
        /// Inputs that are no weights.
        actual: usize,
    },
    /// The data input has no rank of at least one feature axis.
    #[error("input {name} has shape {shape}; expected [batch, features]")]
    InputShape {
        /// Name of the input.
        name: Name,
        /// Its declared shape.
        shape: String,
    },
    /// One name is written twice.
    #[error("the value {name} is written more than once; the file is damaged")]
    DuplicateValue {
        /// Name of the value.
        name: Name,
    },
    /// No node reads the value that leads to the logits.
    #[error("the value {value} leads to no further layer and no output")]
    DeadEnd {
        /// The value.
        value: Name,
    },
    /// Two nodes read a value inside the chain.
    #[error(
        "the value {value} is read by {readers} nodes; only plain chains of layers can be proven (no skip connections, no second output)"
    )]
    Branch {
        /// The value.
        value: Name,
        /// Nodes that read it.
        readers: usize,
    },
    /// The chain ends before there is a head.
    #[error(
        "the chain ends in {value} without a last linear layer; export the logits, not hidden features"
    )]
    NoHead {
        /// Where it ends.
        value: Name,
    },
    /// A node that is on no way from the input to the output.
    #[error(
        "{node} is not on the way from the input to the output; simplify the graph before exporting"
    )]
    Unreached {
        /// The node.
        node: NodeName,
    },
    /// A graph output that does not come from the logits.
    #[error("output {name} does not come from the logits; export one model with one head")]
    StrayOutput {
        /// The output.
        name: Name,
    },
    /// Something is wrong at a node.
    #[error("{node}: {problem}")]
    Node {
        /// The node.
        node: NodeName,
        /// What is wrong with it.
        problem: NodeProblem,
    },
    /// Class labels of two nodes differ, or are not as many as the classes.
    #[error("{node}: its {actual} class labels do not match the model's {classes} classes")]
    Labels {
        /// The node.
        node: NodeName,
        /// Labels there.
        actual: usize,
        /// Classes of the head.
        classes: usize,
    },
    /// Too few or too many classes.
    #[error(
        "the model has {actual} outputs; 2 to {limit} classes can be proven (a single logit needs a Sigmoid behind it)"
    )]
    Classes {
        /// Outputs of the head.
        actual: usize,
        /// Limit.
        limit: usize,
    },
    /// More hidden layers than allowed.
    #[error("the model has more than {limit} hidden layers, and no circuit proves more")]
    Depth {
        /// Limit.
        limit: usize,
    },
}

/// Why a node is refused. One variant per check.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeProblem {
    /// An operator outside the list.
    #[error("this operator cannot be proven yet; {advice}")]
    Unsupported {
        /// What to do.
        advice: &'static str,
    },
    /// The probabilities of a binary model are not $(1 - p, p)$.
    #[error(
        "behind a single logit only the probabilities (1 - p, p) can be read; end the model in its Sigmoid"
    )]
    Pair,
    /// An attribute has a value that changes the computation.
    #[error("attribute {name} is {actual}, expected {expected}")]
    Attribute {
        /// Name of the attribute.
        name: &'static str,
        /// Its value.
        actual: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// The data is not where the operator must have it.
    #[error(
        "the data must be its first input and the weights its second; export layers as x W + b"
    )]
    DataOperand,
    /// An operand must be a constant.
    #[error(
        "operand {name} is not a constant of the file; only weights stored in the graph can be proven"
    )]
    NotConstant {
        /// Name of the operand.
        name: Name,
    },
    /// Wrong number of inputs or outputs.
    #[error("it has {actual} inputs, expected {expected}")]
    Arity {
        /// Inputs.
        actual: usize,
        /// Expected, in words.
        expected: &'static str,
    },
    /// A linear layer follows a linear layer.
    #[error(
        "two linear layers follow each other without Relu; multiply them into one before exporting"
    )]
    LinearAfterLinear,
    /// A Relu or an Add without a layer before it.
    #[error(
        "it does not follow a linear layer; only linear layers with Relu between them can be proven"
    )]
    NoLayer,
    /// An Add after a layer that has its bias.
    #[error("the layer before it has a bias already; add the two biases into one before exporting")]
    SecondBias,
    /// A weight tensor is refused.
    #[error("tensor {tensor}: {problem}")]
    Tensor {
        /// Name of the tensor.
        tensor: Name,
        /// What is wrong with it.
        problem: TensorProblem,
    },
    /// Weights do not fit the layer before.
    #[error("its weights take {actual} inputs, but {expected} arrive")]
    Inputs {
        /// Inputs of the weights.
        actual: usize,
        /// Width that arrives.
        expected: usize,
    },
    /// A width is zero or too large.
    #[error("its weights are {inputs} x {outputs}; widths from 1 to {limit} can be proven")]
    Width {
        /// Inputs.
        inputs: usize,
        /// Outputs.
        outputs: usize,
        /// Limit.
        limit: usize,
    },
    /// The weight matrix has no two axes.
    #[error("its weights have shape {shape}, expected a matrix")]
    Matrix {
        /// Shape.
        shape: String,
    },
    /// The bias has another shape than one value per output.
    #[error("its bias has shape {shape}, expected {outputs} values")]
    Bias {
        /// Shape.
        shape: String,
        /// Outputs of the layer.
        outputs: usize,
    },
    /// A shape change that moves data between rows.
    #[error("it reshapes to {shape}; only [-1, features] (one row for each example) can be proven")]
    Reshape {
        /// Target shape.
        shape: String,
    },
    /// More than two axes arrive at a linear layer.
    #[error("data of rank {rank} arrives; flatten it to [batch, features] first")]
    Rank {
        /// Axes.
        rank: usize,
    },
    /// A NaN or an infinity.
    #[error(
        "{what} {index} of this layer is {value}; the model is damaged or was trained with overflow"
    )]
    NotFinite {
        /// "weight" or "bias".
        what: &'static str,
        /// Index in the layer, row-major.
        index: usize,
        /// The value.
        value: f32,
    },
    /// The model has more weights than can be proven.
    #[error("with this layer the model has more than {limit} weights")]
    TooManyWeights {
        /// Limit.
        limit: usize,
    },
    /// One-vs-rest classifiers.
    #[error(
        "it is a one-vs-rest classifier (LOGISTIC with {classes} classes); train a multinomial one (LogisticRegression does by default)"
    )]
    OneVsRest {
        /// Classes.
        classes: usize,
    },
}

/// Why a constant tensor is refused. One variant per check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorProblem {
    /// The values are in another file.
    #[error(
        "its values are in another file; export with the weights inside (external_data=False, save_as_external_data=False)"
    )]
    External,
    /// The element type is not the one expected.
    #[error("it has element type {actual}, expected {expected}; export the model in float32")]
    Type {
        /// Type found.
        actual: &'static str,
        /// Type expected.
        expected: &'static str,
    },
    /// A negative size.
    #[error("it has a negative dimension ({dimension})")]
    Negative {
        /// The dimension.
        dimension: i64,
    },
    /// The product of the sizes is too large.
    #[error("its dimensions claim more than {limit} values")]
    TooLarge {
        /// Limit.
        limit: usize,
    },
    /// More or fewer values than the sizes say.
    #[error("it holds {actual} values, its dimensions say {expected}")]
    Length {
        /// Values by the dimensions.
        expected: usize,
        /// Values found.
        actual: usize,
    },
    /// Bytes that are no whole number of values.
    #[error("its {bytes} bytes are not a whole number of values")]
    Ragged {
        /// Bytes found.
        bytes: usize,
    },
    /// Values in two places.
    #[error("its values are given twice")]
    Ambiguous,
}
