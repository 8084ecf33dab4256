//! A model back to ONNX: the plainest chain of `Gemm` and `Relu` with a dynamic batch axis.
//!
//! Weights are written as the bytes of their float32, so reading the file again gives the same integers.

use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, type_proto,
};

use super::float::FloatModel;

/// Version of the file format.
const IR_VERSION: i64 = 8;
/// Version of the operators.
const OPERATORS: i64 = 17;

/// Writes a model as the bytes of an ONNX file.
#[must_use]
pub fn encode(model: &FloatModel) -> Vec<u8> {
    let mut graph = GraphProto {
        name: "model".to_owned(),
        input: vec![value_info("input", model.inputs())],
        output: vec![value_info("logits", model.classes())],
        ..GraphProto::default()
    };
    let mut value = "input".to_owned();
    for (index, layer) in model.hidden.iter().enumerate() {
        let (sum, next) = (format!("a{index}"), format!("h{index}"));
        gemm(&mut graph, layer, &format!("hidden{index}"), [&value, &sum]);
        graph.node.push(node("Relu", &format!("relu{index}"), &[&sum], &next));
        value = next;
    }
    gemm(&mut graph, &model.head, "head", [&value, "logits"]);
    let proto = ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPERATORS }],
        producer_name: "tribute".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        ..ModelProto::default()
    };
    proto.encode_to_vec()
}

fn gemm(graph: &mut GraphProto, layer: &super::DenseLayer, name: &str, [from, to]: [&str; 2]) {
    let (weights, biases) = (format!("{name}.weight"), format!("{name}.bias"));
    graph.initializer.push(tensor(&weights, &[layer.inputs, layer.outputs], &layer.weights));
    graph.initializer.push(tensor(&biases, &[layer.outputs], &layer.biases));
    graph.node.push(node("Gemm", name, &[from, &weights, &biases], to));
}

fn node(operator: &str, name: &str, input: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.to_owned(),
        name: name.to_owned(),
        input: input.iter().map(|&i| i.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

fn tensor(name: &str, dims: &[usize], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.iter().map(|&d| size(d)).collect(),
        data_type: DataType::Float as i32,
        raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

fn value_info(name: &str, width: usize) -> ValueInfoProto {
    let batch = dimension::Value::DimParam("batch".to_owned());
    let dim = [batch, dimension::Value::DimValue(size(width))]
        .map(|value| Dimension { value: Some(value), ..Dimension::default() });
    let shape = Some(TensorShapeProto { dim: dim.to_vec() });
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape };
    let value = Some(type_proto::Value::TensorType(tensor));
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { value, ..TypeProto::default() }),
        ..ValueInfoProto::default()
    }
}

/// Widths are at most 65,535.
fn size(width: usize) -> i64 {
    i64::try_from(width).unwrap_or(i64::MAX)
}
