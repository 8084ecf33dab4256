//! The declared shape of the data input: an optional batch axis, then features.

use tract_onnx::pb::tensor_shape_proto::dimension::Value;
use tract_onnx::pb::{ValueInfoProto, type_proto};

use super::error::{GraphError, Name};

/// More axes than any exporter writes for rows of features.
const RANK_LIMIT: usize = 8;

/// Sizes after the batch axis (`None` where dynamic), or `None` where nothing is declared.
pub(super) fn declared(input: &ValueInfoProto) -> Result<Option<Vec<Option<usize>>>, GraphError> {
    let Some(type_proto::Value::TensorType(tensor)) =
        input.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Ok(None);
    };
    let Some(shape) = &tensor.shape else { return Ok(None) };
    let sizes: Vec<Option<i64>> = shape
        .dim
        .iter()
        .take(RANK_LIMIT + 1)
        .map(|d| match d.value {
            Some(Value::DimValue(size)) => Some(size),
            _ => None,
        })
        .collect();
    let refused = || GraphError::InputShape { name: Name::new(&input.name), shape: text(&sizes) };
    if sizes.len() < 2 || sizes.len() > RANK_LIMIT {
        return Err(refused());
    }
    sizes
        .iter()
        .skip(1)
        .map(|size| match size {
            // Some exporters write 0 or -1 for a dynamic axis.
            None | Some(0 | -1) => Ok(None),
            Some(size) => usize::try_from(*size).map(Some).map_err(|_| refused()),
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

fn text(sizes: &[Option<i64>]) -> String {
    let sizes: Vec<String> =
        sizes.iter().map(|s| s.map_or_else(|| "?".to_owned(), |s| s.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}
