//! Small ONNX files, built message by message.

use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};

/// A graph under construction. Its input is `x` of shape `[batch, 3]` unless said otherwise.
pub(crate) struct Build {
    pub(crate) graph: GraphProto,
}

/// Weights of a 3 x 2 layer, and its two biases.
pub(crate) const WEIGHTS: [f32; 6] = [0.5, -1.25, 2.0, 0.75, -0.125, 3.5];
pub(crate) const BIASES: [f32; 2] = [0.25, -4.0];

impl Build {
    /// A graph with the weights `w` (3 x 2) and `b` (2) in it.
    pub(crate) fn new() -> Self {
        let build = Self { graph: GraphProto::default() };
        build.input("x", &[None, Some(3)]).floats("w", &[3, 2], &WEIGHTS).floats("b", &[2], &BIASES)
    }

    pub(crate) fn input(mut self, name: &str, sizes: &[Option<i64>]) -> Self {
        self.graph.input.clear();
        self.more_input(name, sizes)
    }

    pub(crate) fn more_input(mut self, name: &str, sizes: &[Option<i64>]) -> Self {
        let value = |size: &Option<i64>| match size {
            Some(size) => dimension::Value::DimValue(*size),
            None => dimension::Value::DimParam("n".into()),
        };
        let dims =
            sizes.iter().map(|s| Dimension { value: Some(value(s)), ..Dimension::default() });
        let shape = Some(TensorShapeProto { dim: dims.collect() });
        let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape };
        let value = Some(type_proto::Value::TensorType(tensor));
        let kind = Some(TypeProto { value, ..TypeProto::default() });
        self.graph.input.push(ValueInfoProto {
            name: name.into(),
            r#type: kind,
            ..Default::default()
        });
        self
    }

    pub(crate) fn tensor(mut self, tensor: TensorProto) -> Self {
        self.graph.initializer.retain(|t| t.name != tensor.name);
        self.graph.initializer.push(tensor);
        self
    }

    pub(crate) fn floats(self, name: &str, dims: &[i64], values: &[f32]) -> Self {
        self.tensor(floats(name, dims, values))
    }

    pub(crate) fn integers(self, name: &str, values: &[i64]) -> Self {
        let length = i64::try_from(values.len()).unwrap();
        let data = values.to_vec();
        self.tensor(TensorProto { int64_data: data, ..typed(name, &[length], DataType::Int64) })
    }

    pub(crate) fn node(self, operator: &str, inputs: &[&str], output: &str) -> Self {
        self.node_with(operator, inputs, output, Vec::new())
    }

    pub(crate) fn node_with(
        mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) -> Self {
        let (domain, operator) = operator.rsplit_once(':').unwrap_or(("", operator));
        let outputs = output.split(',').filter(|o| !o.is_empty());
        self.graph.node.push(NodeProto {
            op_type: operator.into(),
            domain: domain.into(),
            input: inputs.iter().map(|&i| i.into()).collect(),
            output: outputs.map(Into::into).collect(),
            attribute,
            ..NodeProto::default()
        });
        self
    }

    /// `Gemm(value, w, b)`.
    pub(crate) fn gemm(self, value: &str, output: &str) -> Self {
        self.node("Gemm", &[value, "w", "b"], output)
    }

    /// The file, with these outputs.
    pub(crate) fn outputs(mut self, names: &[&str]) -> Vec<u8> {
        let info = |name: &&str| ValueInfoProto { name: (*name).into(), ..Default::default() };
        self.graph.output = names.iter().map(info).collect();
        ModelProto { ir_version: 8, graph: Some(self.graph), ..ModelProto::default() }
            .encode_to_vec()
    }
}

/// A float tensor with its values as raw bytes.
pub(crate) fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    TensorProto { raw_data, ..typed(name, dims, DataType::Float) }
}

/// A tensor without values.
pub(crate) fn typed(name: &str, dims: &[i64], data_type: DataType) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: data_type as i32,
        ..Default::default()
    }
}

pub(crate) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i, ..AttributeProto::default() }
}

pub(crate) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), ints: ints.to_vec(), ..AttributeProto::default() }
}

pub(crate) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f, ..AttributeProto::default() }
}

pub(crate) fn list(name: &str, floats: &[f32]) -> AttributeProto {
    AttributeProto { name: name.into(), floats: floats.to_vec(), ..AttributeProto::default() }
}

pub(crate) fn text(name: &str, s: &str) -> AttributeProto {
    AttributeProto { name: name.into(), s: s.as_bytes().to_vec(), ..AttributeProto::default() }
}
