//! A look at the wire before decoding: what would these bytes become in memory?
//!
//! A protobuf message of two bytes decodes to a struct of hundreds, so a small file can ask for gigabytes. This walk
//! reads tags and lengths only, allocates nothing, and adds up an upper estimate of what the decoder would allocate.

use std::mem::size_of;

use tract_onnx::pb;

/// What a decoded model may take, by the estimate of this module.
pub(super) const DECODED_LIMIT: u64 = 256 << 20;

/// Messages nested deeper than this are no feed-forward model.
const DEPTH_LIMIT: u32 = 12;

/// A growing vector holds up to twice what is in it.
const GROWTH: u64 = 2;

/// Why the walk stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireFault {
    /// The bytes are no protobuf message.
    Malformed,
    /// Decoding would take more than [`DECODED_LIMIT`].
    TooLarge,
    /// Messages nest too deep.
    TooDeep,
}

/// The messages this walk tells apart.
#[derive(Clone, Copy, Debug)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
}

/// What a length-delimited field holds.
enum Field {
    Message(Message),
    /// Bytes, text or packed fixed-width numbers: they take what they weigh.
    Bytes,
    /// Packed varints: one byte may become eight.
    Varints,
    /// A message that is not walked, assumed to be all tiny messages.
    Opaque,
    /// A field the decoder does not know and skips.
    Skipped,
}

impl Message {
    /// Bytes of the decoded struct itself.
    fn size(self) -> u64 {
        let size = match self {
            Self::Model => size_of::<pb::ModelProto>(),
            Self::Graph => size_of::<pb::GraphProto>(),
            Self::Node => size_of::<pb::NodeProto>(),
            Self::Attribute => size_of::<pb::AttributeProto>(),
            Self::Tensor => size_of::<pb::TensorProto>(),
            Self::ValueInfo => size_of::<pb::ValueInfoProto>(),
        };
        size as u64
    }

    /// What a length-delimited field of this message holds, by its number.
    fn field(self, number: u64) -> Field {
        match (self, number) {
            (Self::Model, 7) => Field::Message(Self::Graph),
            (Self::Model, 2 | 3 | 4 | 6) => Field::Bytes,
            (Self::Graph, 1) => Field::Message(Self::Node),
            (Self::Graph, 2 | 10) => Field::Bytes,
            (Self::Graph, 5) => Field::Message(Self::Tensor),
            (Self::Graph, 11..=13) => Field::Message(Self::ValueInfo),
            (Self::Node, 1..=4 | 6 | 7) => Field::Bytes,
            (Self::Node, 5) => Field::Message(Self::Attribute),
            (Self::Attribute, 1 | 4 | 7 | 9 | 13 | 21) => Field::Bytes,
            (Self::Attribute, 8) => Field::Varints,
            (Self::Attribute, 5 | 10) => Field::Message(Self::Tensor),
            (Self::Attribute, 6 | 11) => Field::Message(Self::Graph),
            (Self::Tensor, 4 | 6 | 8 | 9 | 10 | 12) => Field::Bytes,
            (Self::Tensor, 1 | 5 | 7 | 11) => Field::Varints,
            (Self::ValueInfo, 1 | 3) => Field::Bytes,
            (Self::Model, 8 | 14 | 20 | 25)
            | (Self::Graph, 14 | 15)
            | (Self::Attribute, 14 | 15 | 22 | 23)
            | (Self::Tensor, 3 | 13)
            | (Self::ValueInfo, 2) => Field::Opaque,
            _ => Field::Skipped,
        }
    }
}

/// Checks that decoding `bytes` as a model stays within [`DECODED_LIMIT`].
pub(super) fn check_decoded_size(bytes: &[u8]) -> Result<(), WireFault> {
    let mut spent = 0;
    walk(bytes, Message::Model, 0, &mut spent)
}

fn walk(mut bytes: &[u8], message: Message, depth: u32, spent: &mut u64) -> Result<(), WireFault> {
    if depth > DEPTH_LIMIT {
        return Err(WireFault::TooDeep);
    }
    spend(spent, GROWTH * message.size())?;
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        match tag & 7 {
            0 => {
                varint(&mut bytes)?;
                spend(spent, GROWTH * 8)?;
            }
            1 => {
                take(&mut bytes, 8)?;
                spend(spent, GROWTH * 8)?;
            }
            2 => {
                let length = varint(&mut bytes)?;
                let inner = take(&mut bytes, length)?;
                match message.field(tag >> 3) {
                    Field::Message(inner_message) => walk(inner, inner_message, depth + 1, spent)?,
                    Field::Bytes => spend(spent, GROWTH * 24 + length)?,
                    Field::Varints => spend(spent, GROWTH * 8 * length)?,
                    Field::Opaque => spend(spent, 512 + GROWTH * 64 * length)?,
                    Field::Skipped => {}
                }
            }
            5 => {
                take(&mut bytes, 4)?;
                spend(spent, GROWTH * 4)?;
            }
            _ => return Err(WireFault::Malformed),
        }
    }
    Ok(())
}

fn spend(spent: &mut u64, cost: u64) -> Result<(), WireFault> {
    *spent = spent.saturating_add(cost);
    if *spent > DECODED_LIMIT { Err(WireFault::TooLarge) } else { Ok(()) }
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], WireFault> {
    let length = usize::try_from(length).map_err(|_| WireFault::Malformed)?;
    let (head, tail) = bytes.split_at_checked(length).ok_or(WireFault::Malformed)?;
    *bytes = tail;
    Ok(head)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, WireFault> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, tail) = bytes.split_first().ok_or(WireFault::Malformed)?;
        *bytes = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(WireFault::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A length-delimited field.
    fn field(number: u64, inner: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for mut value in [number << 3 | 2, inner.len() as u64] {
            while value > 0x7f {
                out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
                value >>= 7;
            }
            out.push(u8::try_from(value).unwrap());
        }
        out.extend_from_slice(inner);
        out
    }

    #[test]
    fn rejects_a_million_empty_nodes() {
        let nodes = field(1, &[]).repeat(1 << 20);
        assert_eq!(check_decoded_size(&field(7, &nodes)), Err(WireFault::TooLarge));
    }

    #[test]
    fn rejects_packed_varints_that_swell() {
        let tensor = field(5, &field(7, &vec![0; 20 << 20]));
        assert_eq!(check_decoded_size(&field(7, &tensor)), Err(WireFault::TooLarge));
    }

    #[test]
    fn accepts_as_many_raw_bytes_as_a_file_may_have() {
        let tensor = field(5, &field(9, &vec![0; 60 << 20]));
        assert_eq!(check_decoded_size(&field(7, &tensor)), Ok(()));
    }

    #[test]
    fn rejects_graphs_nested_in_attributes() {
        let mut graph = Vec::new();
        for _ in 0..8 {
            graph = field(1, &field(5, &field(6, &graph)));
        }
        assert_eq!(check_decoded_size(&field(7, &graph)), Err(WireFault::TooDeep));
    }

    #[test]
    fn rejects_lengths_beyond_the_end() {
        assert_eq!(check_decoded_size(&[0x3a, 0x05, 0x00]), Err(WireFault::Malformed));
        assert_eq!(check_decoded_size(&[0xff; 12]), Err(WireFault::Malformed));
        assert_eq!(check_decoded_size(&[0x0b]), Err(WireFault::Malformed));
    }
}
