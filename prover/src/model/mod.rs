//! Models: read from ONNX, quantized, refitted, reported.
//!
//! | file | does |
//! |---|---|
//! | `wire` | bounds what decoding a file may cost, before decoding it |
//! | `graph`, `input_shape`, `tensor` | index a graph, read exact constants |
//! | `walk`, `layers`, `tail` | recognize the chain of layers and prune what follows the logits |
//! | `float` | the float32 model |
//! | `quantize` | the integers that are committed |
//! | `refit` | the head at the optimum of its own loss |
//! | `write` | a model back to ONNX |
//! | `report` | what quantizing cost |
//! | `error` | why a model is refused |
//!
//! Nothing of a file is trusted: sizes are checked before anything is allocated, and every node must be understood
//! or the model is refused by naming it.

mod error;
mod float;
mod graph;
mod input_shape;
mod layers;
mod quantize;
mod refit;
mod report;
mod tail;
mod tensor;
mod walk;
mod wire;
mod write;

use std::path::Path;

use prost::Message;
use tract_onnx::pb::ModelProto;

use crate::files::read_bounded;

pub use error::{GraphError, ModelError, Name, NodeName, NodeProblem, TensorProblem};
pub use float::{DenseLayer, FloatModel, LoadedModel, Notices};
pub use quantize::{
    QuantizeError, QuantizedModel, RescaledLayer, quantize, quantize_head, quantize_value,
};
pub use refit::{
    FitRows, OptimalHead, REFIT_LIMIT, RefitError, Refitted, optimal_head, refit_head,
};
pub use report::{QuantizationReport, RowError, compare, head_norm};
pub use write::encode;

use wire::WireFault;

/// The largest ONNX file that is read.
pub const FILE_LIMIT: u64 = 64 << 20;

/// Reads the model in an ONNX file.
///
/// # Errors
/// Fails if the file cannot be read, is too large, or holds anything but a chain of layers that can be proven.
pub fn read(path: &Path) -> Result<LoadedModel, ModelError> {
    let bytes = read_bounded(path, FILE_LIMIT)?;
    decode(&bytes).map_err(|problem| ModelError::Graph {
        path: path.to_path_buf(),
        problem: Box::new(problem),
    })
}

/// Reads the model in the bytes of an ONNX file.
///
/// # Errors
/// As [`read`].
pub fn decode(bytes: &[u8]) -> Result<LoadedModel, GraphError> {
    if bytes.is_empty() {
        return Err(GraphError::Empty);
    }
    wire::check_decoded_size(bytes).map_err(|fault| match fault {
        WireFault::Malformed => GraphError::Malformed,
        WireFault::TooLarge => GraphError::TooLarge,
        WireFault::TooDeep => GraphError::TooDeep,
    })?;
    let proto = ModelProto::decode(bytes).map_err(|_| GraphError::Malformed)?;
    let graph = proto.graph.as_ref().ok_or(GraphError::NoGraph)?;
    walk::walk(&graph::Graph::new(graph)?)
}
