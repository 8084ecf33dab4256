//! Commitments to a model, an input and an attribution table.
//!
//! # Relation
//! * model: $H(1; \mathrm{salt}, \mathrm{descriptor}, \mathrm{weights})$ with the descriptor
//!   $[20, L, n_0, \ldots, n_L, C]$;
//! * table: $H(2; \mathrm{salt}, [K, C, M, 56], \mathrm{entries})$ in the order $(k, a, c)$;
//! * index: $H(3; \mathrm{header\ digest}, \mathrm{table\ commitment})$;
//! * input: $H(4; \mathrm{salt}, n_0, \mathrm{inputs})$.
//!
//! # Soundness
//! The descriptor fixes the length of every segment behind it, and the hash fixes the length of the
//! whole, so two models of different shapes never commit alike. The salts, one uniform element
//! each, hide what is committed.

use ark_bn254::Fr;
use thiserror::Error;

use crate::field::FieldElement;
use crate::hash::{Tag, hash};
use crate::packing::{PackError, Width, pack};

/// Version of the integer semantics that a model is committed under.
pub const PROFILE: u16 = 20;

/// One hidden layer of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiddenView<'a> {
    /// Values that enter.
    pub inputs: usize,
    /// Values that leave.
    pub outputs: usize,
    /// Weights, input-major: `weights[i * outputs + j]`.
    pub weights: &'a [i16],
    /// One bias for each output.
    pub biases: &'a [i32],
}

/// The integers of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelView<'a> {
    /// Length of an input.
    pub inputs: usize,
    /// Hidden layers in order; none for logistic regression.
    pub hidden: Vec<HiddenView<'a>>,
    /// Number of classes.
    pub classes: usize,
    /// The head, row-major, one row for each feature and the bias row last.
    pub head: &'a [i32],
}

/// An attribution table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableView<'a> {
    /// Number of features $K$, the constant one included.
    pub features: usize,
    /// Number of classes $C$.
    pub classes: usize,
    /// Number of contributors $M$.
    pub contributors: usize,
    /// Entries: $G_c[k, a]$ stands at $(kC + a)M + c$.
    pub entries: &'a [i64],
}

/// Why integers cannot be committed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CommitError {
    /// A layer takes another number of values than the one before it gives.
    #[error("hidden layer {layer} takes {found} values, but {expected} reach it")]
    LayerWidth {
        /// Number of the layer, from 0.
        layer: usize,
        /// Values that reach it.
        expected: usize,
        /// Values it takes.
        found: usize,
    },
    /// A segment has another number of values than the shape says.
    #[error("{segment} has {found} values; the shape asks for {expected}")]
    Length {
        /// Which segment.
        segment: Segment,
        /// Values that the shape asks for.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A value does not fit its width.
    #[error("{segment}: {source}")]
    Value {
        /// Which segment.
        segment: Segment,
        /// The value and its place.
        source: PackError,
    },
}

/// A segment of committed values, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The shape itself.
    Descriptor,
    /// Weights of the hidden layer of this number, from 0.
    HiddenWeights(usize),
    /// Biases of the hidden layer of this number, from 0.
    HiddenBiases(usize),
    /// The head.
    Head,
    /// Entries of the table.
    Table,
    /// An input, or the features of a row.
    Input,
}

impl core::fmt::Display for Segment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Descriptor => f.write_str("the shape"),
            Self::HiddenWeights(layer) => write!(f, "the weights of hidden layer {layer}"),
            Self::HiddenBiases(layer) => write!(f, "the biases of hidden layer {layer}"),
            Self::Head => f.write_str("the head"),
            Self::Table => f.write_str("the attribution table"),
            Self::Input => f.write_str("the input"),
        }
    }
}

impl ModelView<'_> {
    /// Number of features $K$ that reach the head, the constant one included.
    #[must_use]
    pub fn feature_count(&self) -> usize {
        self.hidden.last().map_or(self.inputs, |layer| layer.outputs) + 1
    }
}

/// Returns descriptor and weights as they stand behind the salt of a model.
///
/// # Errors
/// Fails if lengths contradict each other or a value does not fit its width.
pub fn model_elements(model: &ModelView<'_>) -> Result<Vec<Fr>, CommitError> {
    let ModelView { inputs, hidden, classes, head } = model;
    let mut shape = vec![usize::from(PROFILE), hidden.len(), *inputs];
    shape.extend(hidden.iter().map(|layer| layer.outputs));
    shape.push(*classes);
    let mut elements = descriptor(&shape)?;

    let mut width = *inputs;
    for (number, layer) in hidden.iter().enumerate() {
        let HiddenView { inputs, outputs, weights, biases } = *layer;
        if inputs != width {
            let error = CommitError::LayerWidth { layer: number, expected: width, found: inputs };
            return Err(error);
        }
        let values = weights.iter().map(|weight| i64::from(*weight));
        let segment = Segment::HiddenWeights(number);
        elements.extend(pack_segment(segment, Width::HIDDEN_WEIGHT, inputs * outputs, values)?);
        let values = biases.iter().map(|bias| i64::from(*bias));
        let segment = Segment::HiddenBiases(number);
        elements.extend(pack_segment(segment, Width::BIAS, outputs, values)?);
        width = outputs;
    }
    let values = head.iter().map(|weight| i64::from(*weight));
    elements.extend(pack_segment(Segment::Head, Width::HEAD, (width + 1) * classes, values)?);
    Ok(elements)
}

/// Commits to a model.
///
/// ```
/// use tribute_verifier::commitment::{ModelView, model_commitment};
/// use tribute_verifier::field::FieldElement;
///
/// let model = ModelView { inputs: 1, hidden: vec![], classes: 2, head: &[1, -1, 0, 0] };
/// let salt = FieldElement::from_u128(0x5a17);
/// let other = ModelView { head: &[1, -1, 0, 1], ..model.clone() };
/// assert_ne!(model_commitment(salt, &model), model_commitment(salt, &other));
/// ```
///
/// # Errors
/// As [`model_elements`].
pub fn model_commitment(
    salt: FieldElement,
    model: &ModelView<'_>,
) -> Result<FieldElement, CommitError> {
    let mut elements = vec![salt.to_fr()];
    elements.extend(model_elements(model)?);
    Ok(hash(Tag::Model, &elements).into())
}

/// Commits to an input.
#[must_use]
pub fn input_commitment(salt: FieldElement, inputs: &[i16]) -> FieldElement {
    let mut elements = vec![salt.to_fr(), Fr::from(inputs.len() as u64)];
    elements.extend(features(inputs));
    hash(Tag::Input, &elements).into()
}

/// Returns descriptor and entries as they stand behind the salt of a table.
///
/// # Errors
/// Fails if the number of entries is not $KCM$ or an entry does not fit 56 bits.
pub fn table_elements(table: &TableView<'_>) -> Result<Vec<Fr>, CommitError> {
    let TableView { features, classes, contributors, entries } = *table;
    let bits = Width::TABLE.bits() as usize;
    let mut elements = descriptor(&[features, classes, contributors, bits])?;
    let count = features * classes * contributors;
    let values = entries.iter().copied();
    elements.extend(pack_segment(Segment::Table, Width::TABLE, count, values)?);
    Ok(elements)
}

/// Commits to an attribution table.
///
/// # Errors
/// As [`table_elements`].
pub fn table_commitment(
    salt: FieldElement,
    table: &TableView<'_>,
) -> Result<FieldElement, CommitError> {
    let mut elements = vec![salt.to_fr()];
    elements.extend(table_elements(table)?);
    Ok(hash(Tag::Table, &elements).into())
}

/// Commits to a header and the table it belongs to.
#[must_use]
pub fn index_commitment(
    header_digest: FieldElement,
    table_commitment: FieldElement,
) -> FieldElement {
    hash(Tag::Index, &[header_digest, table_commitment]).into()
}

/// Packs 16-bit values, which always fit.
pub(crate) fn features(values: &[i16]) -> Vec<Fr> {
    pack(Width::INPUT, values.iter().map(|value| i64::from(*value))).unwrap_or_default()
}

fn descriptor(shape: &[usize]) -> Result<Vec<Fr>, CommitError> {
    let values = shape.iter().map(|value| i64::try_from(*value).unwrap_or(i64::MAX));
    pack_segment(Segment::Descriptor, Width::DESCRIPTOR, shape.len(), values)
}

fn pack_segment(
    segment: Segment,
    width: Width,
    expected: usize,
    values: impl ExactSizeIterator<Item = i64>,
) -> Result<Vec<Fr>, CommitError> {
    if values.len() != expected {
        return Err(CommitError::Length { segment, expected, found: values.len() });
    }
    pack(width, values).map_err(|source| CommitError::Value { segment, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: FieldElement = FieldElement::from_u128(9);

    fn two_layers() -> ModelView<'static> {
        ModelView {
            inputs: 2,
            hidden: vec![
                HiddenView { inputs: 2, outputs: 3, weights: &[1, 2, 3, 4, 5, 6], biases: &[0; 3] },
                HiddenView { inputs: 3, outputs: 1, weights: &[7, 8, 9], biases: &[-1] },
            ],
            classes: 2,
            head: &[1, 2, 3, 4],
        }
    }

    #[test]
    fn every_integer_of_a_model_counts() {
        let whole = model_commitment(SALT, &two_layers()).unwrap();
        let mut changed = two_layers();
        changed.hidden[0].weights = &[1, 2, 3, 4, 5, 7];
        assert_ne!(model_commitment(SALT, &changed).unwrap(), whole);
        changed = two_layers();
        changed.hidden[1].biases = &[-2];
        assert_ne!(model_commitment(SALT, &changed).unwrap(), whole);
        changed = two_layers();
        changed.head = &[1, 2, 3, 5];
        assert_ne!(model_commitment(SALT, &changed).unwrap(), whole);
        assert_ne!(model_commitment(FieldElement::ZERO, &two_layers()).unwrap(), whole);
    }

    #[test]
    fn the_shape_counts_where_the_integers_agree() {
        let wide = ModelView { inputs: 1, hidden: vec![], classes: 3, head: &[0; 6] };
        let tall = ModelView { inputs: 2, hidden: vec![], classes: 2, head: &[0; 6] };
        assert_ne!(model_commitment(SALT, &wide), model_commitment(SALT, &tall));
    }

    #[test]
    fn rejects_contradicting_lengths() {
        let mut model = two_layers();
        model.hidden[1].inputs = 2;
        assert_eq!(
            model_elements(&model),
            Err(CommitError::LayerWidth { layer: 1, expected: 3, found: 2 })
        );
        model = two_layers();
        model.hidden[0].biases = &[0; 2];
        let segment = Segment::HiddenBiases(0);
        assert_eq!(
            model_elements(&model),
            Err(CommitError::Length { segment, expected: 3, found: 2 })
        );
        model = two_layers();
        model.head = &[1, 2, 3];
        let segment = Segment::Head;
        assert_eq!(
            model_elements(&model),
            Err(CommitError::Length { segment, expected: 4, found: 3 })
        );
    }

    #[test]
    fn rejects_what_does_not_fit() {
        let mut model = two_layers();
        model.head = &[1, 2, 1 << 23, 4];
        assert!(matches!(
            model_elements(&model),
            Err(CommitError::Value {
                segment: Segment::Head,
                source: PackError { position: 2, .. }
            })
        ));
        let model = ModelView { inputs: 65_536, hidden: vec![], classes: 2, head: &[] };
        assert!(matches!(
            model_elements(&model),
            Err(CommitError::Value { segment: Segment::Descriptor, .. })
        ));
        let table = TableView { features: 1, classes: 2, contributors: 1, entries: &[0, 1 << 55] };
        assert!(matches!(
            table_commitment(SALT, &table),
            Err(CommitError::Value { segment: Segment::Table, .. })
        ));
    }

    #[test]
    fn the_length_of_an_input_counts() {
        assert_ne!(input_commitment(SALT, &[-32768]), input_commitment(SALT, &[]));
        assert_ne!(input_commitment(SALT, &[5]), input_commitment(SALT, &[5, -32768]));
    }
}
