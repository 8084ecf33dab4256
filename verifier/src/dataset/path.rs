//! The way from one leaf to the root, so that a row can be shown without the others.
//!
//! # Relation
//! Row $i$ of $n$ has at level $l = 1 .. 7$ the children $c^l_0 .. c^l_7$ of the node above it. With
//! $x_0$ the leaf and $x_l = H(6; l, c^l)$:
//! * $c^l_{j} = x_{l-1}$ for $j = \lfloor i / 8^{l-1} \rfloor \bmod 8$, and $i < n$;
//! * a child whose places all lie from $n$ on is that of an empty tree;
//! * the root is $H(7; n, x_7)$.
//!
//! # Soundness
//! The number of levels is fixed and hashed into every node, and leaves have a tag of their own: an
//! inner node passes for a leaf only with a collision. The row's number is hashed into its leaf and
//! chooses the place at every level. Only the rows below one node of level 1 share a path.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{CHILD_COUNT, DEPTH, MAX_ROWS, TooManyRows, check_count, climb, family, node, root};
use crate::field::FieldElement;

/// Children of the nodes above a leaf, lowest level first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InclusionPath(pub [[FieldElement; CHILD_COUNT]; DEPTH as usize]);

/// Why a path does not lead from a leaf to a root.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PathError {
    /// There is no such row.
    #[error("row {row} of {rows} rows; they are counted from 0")]
    NoSuchRow {
        /// The row.
        row: u32,
        /// Rows of the dataset.
        rows: u64,
    },
    /// Rows have other places than the tree has.
    #[error(transparent)]
    TooManyRows(#[from] TooManyRows),
    /// The row is not the one that the path begins with.
    #[error(
        "the row hashes to the leaf {leaf}, but the path has {found} at place {place} of level 1"
    )]
    Leaf {
        /// Leaf of the row.
        leaf: FieldElement,
        /// What the path has in its place.
        found: FieldElement,
        /// The place among the children.
        place: usize,
    },
    /// The children of a level do not hash to what the level above has.
    #[error(
        "level {below} hashes to {node}, but the path has {found} at place {place} of level {level}"
    )]
    Node {
        /// The level above.
        level: u8,
        /// The level that is hashed.
        below: u8,
        /// Its hash.
        node: FieldElement,
        /// What the level above has in its place.
        found: FieldElement,
        /// The place among the children.
        place: usize,
    },
    /// Something stands where no row is.
    #[error("place {place} of level {level} lies behind the last row and is not empty")]
    Occupied {
        /// The level.
        level: u8,
        /// The place among the children.
        place: usize,
    },
}

impl InclusionPath {
    /// Returns the path of a row in the tree over leaves in registration order.
    ///
    /// ```
    /// use tribute_verifier::dataset::{InclusionPath, dataset_root};
    /// use tribute_verifier::field::FieldElement;
    ///
    /// let leaves = [11, 12, 13].map(FieldElement::from_u128);
    /// let path = InclusionPath::new(&leaves, 1).unwrap();
    /// assert_eq!(path.root(leaves[1], 1, 3), Ok(dataset_root(&leaves).unwrap()));
    /// assert!(path.root(leaves[1], 2, 3).is_err());
    /// ```
    ///
    /// # Errors
    /// Fails if there is no such row, or if there are more rows than places.
    pub fn new(leaves: &[FieldElement], row: u32) -> Result<Self, PathError> {
        check_count(leaves)?;
        let rows = leaves.len() as u64;
        if u64::from(row) >= rows {
            return Err(PathError::NoSuchRow { row, rows });
        }
        let mut levels = [[FieldElement::ZERO; CHILD_COUNT]; DEPTH as usize];
        climb(leaves, |level, nodes, empty| {
            let above = row >> shift(level) >> SHIFT;
            if let Some(chunk) = nodes.chunks(CHILD_COUNT).nth(above as usize) {
                levels[usize::from(level - 1)] = family(chunk, empty).map(FieldElement::from);
            }
        });
        Ok(Self(levels))
    }

    /// Returns the root that a leaf at the place of a row leads to.
    ///
    /// # Errors
    /// Fails if there is no such row, if a level does not contain what the level below hashes to, or
    /// if something stands behind the last row.
    pub fn root(&self, leaf: FieldElement, row: u32, rows: u64) -> Result<FieldElement, PathError> {
        if u64::from(row) >= rows.min(MAX_ROWS) {
            return Err(PathError::NoSuchRow { row, rows });
        }
        let mut here = leaf.to_fr();
        let mut empty = Fr::ZERO;
        for (level, children) in (1..=DEPTH).zip(&self.0) {
            let place = (row >> shift(level)) as usize % CHILD_COUNT;
            let found = children[place];
            if found != FieldElement::from(here) {
                let below = level - 1;
                return Err(match below {
                    0 => PathError::Leaf { leaf, found, place },
                    _ => PathError::Node { level, below, node: here.into(), found, place },
                });
            }
            let first = u64::from(row >> shift(level) >> SHIFT) * CHILD_COUNT as u64;
            for (place, child) in (0..).zip(children) {
                let start = (first + place as u64) << shift(level);
                if start >= rows && *child != FieldElement::from(empty) {
                    return Err(PathError::Occupied { level, place });
                }
            }
            here = node(level, &children.map(FieldElement::to_fr));
            empty = node(level, &[empty; CHILD_COUNT]);
        }
        Ok(root(rows, here).into())
    }
}

/// Bits of a row's number that choose among eight children.
const SHIFT: u32 = CHILD_COUNT.ilog2();

/// Bits of a row's number below those that choose among the children of a node of this level.
fn shift(level: u8) -> u32 {
    SHIFT * u32::from(level - 1)
}

#[cfg(test)]
mod tests {
    use super::super::{Row, dataset_root, leaf, row_salt};
    use super::*;

    fn leaves(count: u32) -> Vec<FieldElement> {
        let of = |number| {
            let row = Row { number, label: 1, owner: 0, features: &[5, -6] };
            leaf(row_salt(&[9; 32], number), &row)
        };
        (0..count).map(of).collect()
    }

    fn hash_of(level: u8, children: &[FieldElement; CHILD_COUNT]) -> FieldElement {
        node(level, &children.map(FieldElement::to_fr)).into()
    }

    #[test]
    fn every_row_leads_to_the_root() {
        for (count, step) in [(1, 1), (9, 1), (70, 23), (521, 260)] {
            let leaves = leaves(count);
            let whole = dataset_root(&leaves).unwrap();
            for row in (0..count).step_by(step) {
                let path = InclusionPath::new(&leaves, row).unwrap();
                let leaf = leaves[row as usize];
                assert_eq!(path.root(leaf, row, count.into()), Ok(whole), "{row} of {count}");
            }
        }
    }

    #[test]
    fn a_path_serves_the_rows_of_its_node_alone() {
        let leaves = leaves(70);
        let path = InclusionPath::new(&leaves, 9).unwrap();
        for row in (0..64).filter(|row| *row != 9) {
            let error = path.root(leaves[9], row, 70).unwrap_err();
            assert!(matches!(error, PathError::Leaf { .. } | PathError::Node { .. }), "{row}");
            let same_places = row % 8 == 1; // then the leaf is found, and the level above is not
            assert_eq!(matches!(error, PathError::Node { level: 2, .. }), same_places, "{row}");
            let own = path.root(leaves[row as usize], row, 70);
            assert_eq!(own.is_ok(), row / 8 == 1, "{row}");
        }
        assert_eq!(path.root(leaves[9], 70, 70), Err(PathError::NoSuchRow { row: 70, rows: 70 }));
    }

    #[test]
    fn an_inner_node_is_no_leaf() {
        let leaves = leaves(70);
        let whole = dataset_root(&leaves).unwrap();
        let honest = InclusionPath::new(&leaves, 0).unwrap();
        // The tree seen one level higher: nodes of level 1 stand where leaves belong.
        let mut raised = honest.clone();
        raised.0.rotate_left(1);
        let inner = raised.0[0][0];
        assert_eq!(inner, hash_of(1, &honest.0[0]));
        let error = raised.root(inner, 0, 70).unwrap_err();
        assert!(matches!(error, PathError::Node { level: 2, .. }), "{error}");
        // A tree that has them as leaves contradicts itself nowhere, and has another root.
        let zero = FieldElement::ZERO;
        let filled = |chunk: &[FieldElement]| {
            std::array::from_fn(|place| chunk.get(place).copied().unwrap_or(zero))
        };
        let nodes: Vec<_> = leaves.chunks(8).map(|chunk| hash_of(1, &filled(chunk))).collect();
        assert_eq!(nodes[0], inner);
        let forged = InclusionPath::new(&nodes, 0).unwrap();
        for rows in [9, 70] {
            assert_ne!(forged.root(inner, 0, rows).unwrap(), whole);
        }
    }

    #[test]
    fn every_child_is_bound() {
        let leaves = leaves(70);
        let whole = dataset_root(&leaves).unwrap();
        for row in [0, 9, 69] {
            let honest = InclusionPath::new(&leaves, row).unwrap();
            for level in 0..usize::from(DEPTH) {
                for place in 0..CHILD_COUNT {
                    let mut edited = honest.clone();
                    edited.0[level][place] = FieldElement::from_u128(1);
                    let root = edited.root(leaves[row as usize], row, 70);
                    assert_ne!(root, Ok(whole), "{row} {level} {place}");
                }
            }
        }
    }

    #[test]
    fn nothing_stands_behind_the_last_row() {
        // A tree that hides a row behind the last one it counts.
        let hidden = leaves(10);
        let path = InclusionPath::new(&hidden, 8).unwrap();
        assert!(path.root(hidden[8], 8, 10).is_ok());
        assert_eq!(path.root(hidden[8], 8, 9), Err(PathError::Occupied { level: 1, place: 1 }));
        let path = InclusionPath::new(&hidden, 0).unwrap();
        assert_eq!(path.root(hidden[0], 0, 8), Err(PathError::Occupied { level: 2, place: 1 }));
    }

    #[test]
    fn rejects_rows_that_do_not_exist() {
        // A number beyond the tree would take the places of another row.
        let (leaves_of_3, beyond) = (leaves(3), 1 << 21);
        let path = InclusionPath::new(&leaves_of_3, 0).unwrap();
        let error = PathError::NoSuchRow { row: beyond, rows: u64::MAX };
        assert_eq!(path.root(leaves_of_3[0], beyond, u64::MAX), Err(error));
        let error = PathError::NoSuchRow { row: 3, rows: 3 };
        assert_eq!(InclusionPath::new(&leaves(3), 3), Err(error));
        assert!(InclusionPath::new(&[], 0).is_err());
    }

    #[test]
    fn a_path_has_seven_levels_of_eight_children() {
        let path = InclusionPath::new(&leaves(3), 1).unwrap();
        let text = serde_json::to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<InclusionPath>(&text).unwrap(), path);
        let mut value = serde_json::to_value(&path).unwrap();
        let levels = value.as_array_mut().unwrap();
        let level = levels.pop().unwrap();
        for many in [0, 2] {
            let mut other = levels.clone();
            other.extend(vec![level.clone(); many]);
            assert!(serde_json::from_value::<InclusionPath>(other.clone().into()).is_err());
            let text = serde_json::to_string(&other).unwrap();
            assert!(serde_json::from_str::<InclusionPath>(&text).is_err(), "{many} more levels");
        }
        for children in [7, 9] {
            let mut other = levels.clone();
            other.push(vec![FieldElement::ZERO; children].iter().map(|e| e.to_string()).collect());
            let text = serde_json::to_string(&other).unwrap();
            assert!(serde_json::from_str::<InclusionPath>(&text).is_err(), "{children} children");
        }
    }
}
