//! What the commitments to model and table hash, in order.

use tribute_verifier::field::FieldElement;
use tribute_verifier::packing::{Width, pack};

use crate::encode::from_element;
use crate::gadgets::stream::{Item, Role, Segment};
use crate::reference::fixed_point::PROFILE;
use crate::reference::{Model, Table};

/// Elements of packed descriptor values.
fn descriptor<'a>(values: &[usize]) -> impl Iterator<Item = Item<'a>> + use<'a> {
    let values = values.iter().map(|value| i64::try_from(*value).unwrap_or(i64::MAX));
    let elements = pack(Width::DESCRIPTOR, values).unwrap_or_default();
    elements.into_iter().map(|element| Item::Constant(from_element(element.into())))
}

fn segment<'a>(bits: u32, values: impl Iterator<Item = i64> + 'a) -> Item<'a> {
    Item::Values(Segment { bits, values: Box::new(values), role: Role::Weights })
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
