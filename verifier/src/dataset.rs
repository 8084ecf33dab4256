//! The tree over all rows of a dataset.
//!
//! # Relation
//! * leaf: $H(5; \mathrm{row\ salt}, \mathrm{label} + \mathrm{owner} \cdot 2^{16} + i \cdot 2^{32},
//!   \mathrm{features})$;
//! * node of level $l$: $H(6; l, c_0, \ldots, c_7)$;
//! * root: $H(7; n, \mathrm{node\ of\ level\ } 7)$.
//!
//! The tree always has depth 7 and eight children a node, so $2^{21}$ places. Leaves stand in
//! registration order from place 0 on; an empty place holds 0, which no leaf can be found to equal.
//!
//! # Soundness
//! The root binds the number of rows, so rows can be neither dropped nor appended. Levels are
//! hashed, so a node never passes for one of another level; the row's number is in its leaf.

mod path;

pub use path::{InclusionPath, PathError};

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use thiserror::Error;

use crate::commitment::features;
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::hash::{Tag, hash};

/// Levels of nodes above the leaves.
pub const DEPTH: u8 = 7;
/// Children of a node.
pub const CHILD_COUNT: usize = 8;
/// Places of the tree.
pub const MAX_ROWS: u64 = 1 << 21;

const SALT_DOMAIN: &[u8] = b"tribute/row-salt/1";

/// One training example as its leaf binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Place in registration order.
    pub number: u32,
    /// Label.
    pub label: u16,
    /// Place of its contributor in registry order.
    pub owner: u16,
    /// Features, quantized.
    pub features: &'a [i16],
}

/// A dataset with more rows than the tree has places.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{rows} rows; the tree has {MAX_ROWS} places")]
pub struct TooManyRows {
    /// Rows of the dataset.
    pub rows: usize,
}

/// Derives the salt of a row from the secret of its dataset, so that one row can be opened alone.
#[must_use]
pub fn row_salt(dataset_salt: &[u8; 32], number: u32) -> FieldElement {
    let number = u64::from(number).to_be_bytes();
    Digest::of(&[SALT_DOMAIN, dataset_salt, &number]).truncated()
}

/// Returns the leaf of a row.
#[must_use]
pub fn leaf(salt: FieldElement, row: &Row<'_>) -> FieldElement {
    let Row { number, label, owner, features: values } = *row;
    let meta = u64::from(label) | u64::from(owner) << 16 | u64::from(number) << 32;
    let mut elements = vec![salt.to_fr(), Fr::from(meta)];
    elements.extend(features(values));
    hash(Tag::Leaf, &elements).into()
}

/// Returns a node of level 1 to 7 above its children.
#[must_use]
pub fn node(level: u8, children: &[Fr; CHILD_COUNT]) -> Fr {
    let mut elements = [Fr::ZERO; CHILD_COUNT + 1];
    elements[0] = Fr::from(level);
    elements[1..].copy_from_slice(children);
    hash(Tag::Node, &elements)
}

/// Returns the root over leaves in registration order. Only occupied subtrees cost hashes.
///
/// ```
/// use tribute_verifier::dataset::{Row, dataset_root, leaf, row_salt};
///
/// let secret = [7; 32];
/// let row = |number, label| {
///     leaf(row_salt(&secret, number), &Row { number, label, owner: 0, features: &[1, 2] })
/// };
/// let whole = dataset_root(&[row(0, 1), row(1, 0)]).unwrap();
/// assert_ne!(dataset_root(&[row(0, 1)]).unwrap(), whole);
/// ```
///
/// # Errors
/// Fails if there are more leaves than places.
pub fn dataset_root(leaves: &[FieldElement]) -> Result<FieldElement, TooManyRows> {
    check_count(leaves)?;
    let top = climb(leaves, |_, _, _| {});
    Ok(root(leaves.len() as u64, top).into())
}

fn check_count(leaves: &[FieldElement]) -> Result<(), TooManyRows> {
    let rows = leaves.len();
    if rows as u64 > MAX_ROWS { Err(TooManyRows { rows }) } else { Ok(()) }
}

/// Hashes level by level and returns the node of the highest. Of each level `look` gets the number,
/// the occupied places below it, and what an empty place below it holds.
fn climb(leaves: &[FieldElement], mut look: impl FnMut(u8, &[Fr], Fr)) -> Fr {
    let mut nodes: Vec<Fr> = leaves.iter().map(Fr::from).collect();
    let mut empty = Fr::ZERO;
    for level in 1..=DEPTH {
        look(level, &nodes, empty);
        nodes = nodes.chunks(CHILD_COUNT).map(|chunk| node(level, &family(chunk, empty))).collect();
        empty = node(level, &[empty; CHILD_COUNT]);
    }
    nodes.first().copied().unwrap_or(empty)
}

/// Fills up the children of a node with empty places.
fn family(chunk: &[Fr], empty: Fr) -> [Fr; CHILD_COUNT] {
    let mut children = [empty; CHILD_COUNT];
    children[..chunk.len()].copy_from_slice(chunk);
    children
}

fn root(rows: u64, top: Fr) -> Fr {
    hash(Tag::Root, &[Fr::from(rows), top])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u32) -> Vec<FieldElement> {
        let features = [3, -4];
        (0..count)
            .map(|number| {
                let row = Row { number, label: 1, owner: 2, features: &features };
                leaf(row_salt(&[1; 32], number), &row)
            })
            .collect()
    }

    /// The root by its definition, every place of the lowest two levels written out.
    fn root_of_at_most_64(leaves: &[FieldElement]) -> FieldElement {
        let mut places = [Fr::ZERO; 64];
        for (place, leaf) in places.iter_mut().zip(leaves) {
            *place = leaf.to_fr();
        }
        let eight: Vec<Fr> =
            places.chunks(8).map(|chunk| node(1, chunk.try_into().unwrap())).collect();
        let mut top = node(2, &eight.try_into().unwrap());
        let mut empty = node(2, &[node(1, &[Fr::ZERO; 8]); 8]);
        for level in 3..=DEPTH {
            let mut children = [empty; 8];
            children[0] = top;
            top = node(level, &children);
            empty = node(level, &[empty; 8]);
        }
        hash(Tag::Root, &[Fr::from(leaves.len() as u64), top]).into()
    }

    #[test]
    fn agrees_with_the_definition() {
        for count in [0, 1, 7, 8, 9, 63, 64] {
            let leaves = leaves(count);
            assert_eq!(dataset_root(&leaves).unwrap(), root_of_at_most_64(&leaves), "{count}");
        }
    }

    #[test]
    fn the_number_of_rows_is_bound() {
        let mut padded = leaves(3);
        let root = dataset_root(&padded).unwrap();
        padded.push(FieldElement::ZERO); // the tree is the same, the number is not
        assert_ne!(dataset_root(&padded).unwrap(), root);
    }

    #[test]
    fn every_part_of_a_row_is_bound() {
        let row = Row { number: 5, label: 1, owner: 2, features: &[3, -4] };
        let salt = row_salt(&[1; 32], 5);
        let whole = leaf(salt, &row);
        for other in [
            Row { number: 6, ..row },
            Row { label: 2, ..row },
            Row { owner: 1, ..row },
            Row { features: &[3, -5], ..row },
        ] {
            assert_ne!(leaf(salt, &other), whole);
        }
        assert_ne!(leaf(row_salt(&[1; 32], 6), &row), whole);
        assert_ne!(leaf(row_salt(&[2; 32], 5), &row), whole);
    }

    #[test]
    fn order_is_bound() {
        let mut turned = leaves(9);
        let root = dataset_root(&turned).unwrap();
        turned.swap(0, 8);
        assert_ne!(dataset_root(&turned).unwrap(), root);
    }

    #[test]
    fn rejects_more_rows_than_places() {
        let many = vec![FieldElement::ZERO; (1 << 21) + 1];
        assert_eq!(dataset_root(&many), Err(TooManyRows { rows: (1 << 21) + 1 }));
    }
}
