//! Constant tensors: exact values out of `raw_data` or the typed fields, sizes checked before anything is allocated.

use tract_onnx::pb::TensorProto;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};

use super::error::TensorProblem;

/// The most weights of a model.
pub(super) const WEIGHT_LIMIT: usize = 1 << 22;

/// A constant of 32-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Floats {
    /// Sizes.
    pub(super) dims: Vec<usize>,
    /// Values, row-major.
    pub(super) values: Vec<f32>,
}

/// Reads a float32 tensor bit for bit.
pub(super) fn floats(tensor: &TensorProto) -> Result<Floats, TensorProblem> {
    check_place(tensor)?;
    check_type(tensor, DataType::Float)?;
    let (dims, count) = dims(tensor)?;
    let values = if tensor.raw_data.is_empty() {
        check_length(count, tensor.float_data.len())?;
        tensor.float_data.clone()
    } else {
        raw(tensor, count, !tensor.float_data.is_empty(), f32::from_le_bytes)?
    };
    Ok(Floats { dims, values })
}

/// Reads an int64 tensor.
pub(super) fn integers(tensor: &TensorProto) -> Result<Vec<i64>, TensorProblem> {
    check_place(tensor)?;
    check_type(tensor, DataType::Int64)?;
    let (_, count) = dims(tensor)?;
    if tensor.raw_data.is_empty() {
        check_length(count, tensor.int64_data.len())?;
        Ok(tensor.int64_data.clone())
    } else {
        raw(tensor, count, !tensor.int64_data.is_empty(), i64::from_le_bytes)
    }
}

/// Reads the labels of classes: integers of 64 or 32 bits, or text.
pub(super) fn labels(tensor: &TensorProto) -> Result<Vec<String>, TensorProblem> {
    check_place(tensor)?;
    match DataType::try_from(tensor.data_type) {
        Ok(DataType::String) => {
            let (_, count) = dims(tensor)?;
            check_length(count, tensor.string_data.len())?;
            Ok(tensor.string_data.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect())
        }
        Ok(DataType::Int32) => {
            let (_, count) = dims(tensor)?;
            let values = if tensor.raw_data.is_empty() {
                check_length(count, tensor.int32_data.len())?;
                tensor.int32_data.clone()
            } else {
                raw(tensor, count, !tensor.int32_data.is_empty(), i32::from_le_bytes)?
            };
            Ok(values.iter().map(i32::to_string).collect())
        }
        _ => Ok(integers(tensor)?.iter().map(i64::to_string).collect()),
    }
}

/// Reads a boolean of one value.
pub(super) fn boolean(tensor: &TensorProto) -> Result<bool, TensorProblem> {
    check_place(tensor)?;
    check_type(tensor, DataType::Bool)?;
    let (_, count) = dims(tensor)?;
    check_length(1, count)?;
    match (tensor.raw_data.as_slice(), tensor.int32_data.as_slice()) {
        ([byte], []) => Ok(*byte != 0),
        ([], [value]) => Ok(*value != 0),
        (raw, typed) => Err(TensorProblem::Length { expected: 1, actual: raw.len() + typed.len() }),
    }
}

/// The product of a tensor's dimensions, bounded.
fn dims(tensor: &TensorProto) -> Result<(Vec<usize>, usize), TensorProblem> {
    let too_large = TensorProblem::TooLarge { limit: WEIGHT_LIMIT };
    let mut count = 1_usize;
    let mut dims = Vec::with_capacity(tensor.dims.len());
    for &dimension in &tensor.dims {
        if dimension < 0 {
            return Err(TensorProblem::Negative { dimension });
        }
        let size = usize::try_from(dimension).map_err(|_| too_large)?;
        count = count.checked_mul(size).filter(|&n| n <= WEIGHT_LIMIT).ok_or(too_large)?;
        dims.push(size);
    }
    Ok((dims, count))
}

fn check_place(tensor: &TensorProto) -> Result<(), TensorProblem> {
    let place = tensor.data_location.unwrap_or(DataLocation::Default as i32);
    if place != DataLocation::Default as i32 || !tensor.external_data.is_empty() {
        return Err(TensorProblem::External);
    }
    if tensor.segment.is_some() { Err(TensorProblem::Ambiguous) } else { Ok(()) }
}

fn check_type(tensor: &TensorProto, expected: DataType) -> Result<(), TensorProblem> {
    if tensor.data_type == expected as i32 {
        return Ok(());
    }
    let actual = DataType::try_from(tensor.data_type).map_or("unknown", |t| t.as_str_name());
    Err(TensorProblem::Type { actual, expected: expected.as_str_name() })
}

fn check_length(expected: usize, actual: usize) -> Result<(), TensorProblem> {
    if expected == actual { Ok(()) } else { Err(TensorProblem::Length { expected, actual }) }
}

fn raw<const N: usize, T>(
    tensor: &TensorProto,
    count: usize,
    typed_too: bool,
    read: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, TensorProblem> {
    if typed_too {
        return Err(TensorProblem::Ambiguous);
    }
    let (chunks, rest) = tensor.raw_data.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(TensorProblem::Ragged { bytes: tensor.raw_data.len() });
    }
    check_length(count, chunks.len())?;
    Ok(chunks.iter().map(|&chunk| read(chunk)).collect())
}
