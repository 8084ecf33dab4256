//! What the commitments to model and table hash (`docs/formats.md`, sections 4 and 5), item by item.

use tribute_verifier::field::FieldElement;
use tribute_verifier::packing::{Width, pack};

use crate::encode::from_element;
use crate::gadgets::stream::{Item, Segment};
use crate::inference::WitnessError;
use crate::params::Shape;
use crate::reference::fixed_point::PROFILE;
use crate::reference::{Model, Table};

/// Demands that model and table have the shape.
pub(crate) fn check_shapes(
    model: &Model,
    table: &Table,
    shape: &Shape,
) -> Result<(), WitnessError> {
    let Model { inputs, hidden, classes, head } = model;
    let layers = hidden.iter().scan(*inputs, |inputs, layer| {
        let fits = layer.inputs == *inputs
            && layer.weights.len() == layer.inputs * layer.outputs
            && layer.biases.len() == layer.outputs;
        *inputs = layer.outputs;
        Some(fits)
    });
    let (features, contributors) = (shape.features(), shape.contributors);
    let model_fits = *inputs == shape.inputs
        && hidden.iter().map(|layer| layer.outputs).eq(shape.hidden.iter().copied())
        && *classes == shape.classes
        && head.len() == features * classes
        && layers.into_iter().all(|fits| fits);
    let table_fits = (table.features, table.classes, table.contributors)
        == (features, *classes, contributors)
        && table.entries.len() == features * classes * contributors;
    for (what, fits) in [("model", model_fits), ("table", table_fits)] {
        if !fits {
            return Err(WitnessError::Shape { what });
        }
    }
    Ok(())
}

/// Elements of packed descriptor values.
fn descriptor<'a>(values: &[usize]) -> impl Iterator<Item = Item<'a>> + use<'a> {
    let values = values.iter().map(|value| i64::try_from(*value).unwrap_or(i64::MAX));
    let elements = pack(Width::DESCRIPTOR, values).unwrap_or_default();
    elements.into_iter().map(|element| Item::Constant(from_element(element.into())))
}

fn segment<'a>(bits: u32, values: impl Iterator<Item = i64> + 'a) -> Item<'a> {
    Item::Values(Segment { bits, values: Box::new(values) })
}

/// What the model commitment hashes.
pub(crate) fn model_preimage(model: &Model, salt: FieldElement) -> Vec<Item<'_>> {
    let Model { inputs, hidden, classes, head } = model;
    let mut shape = vec![usize::from(PROFILE), hidden.len(), *inputs];
    shape.extend(hidden.iter().map(|layer| layer.outputs));
    shape.push(*classes);
    let mut items = vec![Item::Private(from_element(salt))];
    items.extend(descriptor(&shape));
    for layer in hidden {
        items.push(segment(16, layer.weights.iter().map(|value| i64::from(*value))));
        items.push(segment(32, layer.biases.iter().map(|value| i64::from(*value))));
    }
    items.push(segment(24, head.iter().map(|value| i64::from(*value))));
    items
}

/// What the table commitment hashes.
pub(crate) fn table_preimage(table: &Table, salt: FieldElement) -> Vec<Item<'_>> {
    let mut items = vec![Item::Private(from_element(salt))];
    items.extend(descriptor(&[table.features, table.classes, table.contributors, 56]));
    items.push(segment(56, table.entries.iter().copied()));
    items
}
