//! The dataset tree in the circuit: which hashes stand above the leaves, and what enters each.

use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::dataset::{CHILD_COUNT, DEPTH, node};

use crate::encode::{from_element, to_element};
use crate::gadgets::poseidon::{BLOCK, Poseidon};
use crate::gadgets::stream::{Item, Stream};
use crate::grid::{Grid, Wire};
use tribute_verifier::hash::Tag;

/// Nodes of all levels over this many leaves.
pub(super) fn node_count(rows: usize) -> usize {
    levels(rows).sum()
}

/// Rows of the ports of nodes and root.
pub(super) fn port_rows(rows: usize) -> usize {
    (node_count(rows) + 1) * BLOCK
}

fn levels(rows: usize) -> impl Iterator<Item = usize> {
    (0..DEPTH).scan(rows, |nodes, _| {
        *nodes = nodes.div_ceil(CHILD_COUNT);
        Some(*nodes)
    })
}

/// Hashes all nodes over the leaves, then the root; returns it.
pub(super) fn root(
    grid: &mut Grid,
    stream: &mut Stream<'_>,
    hasher: &mut Poseidon<'_>,
    leaves: Vec<Wire>,
) -> Wire {
    let rows = leaves.len();
    let mut nodes = leaves;
    // What an empty place of the level below holds: a constant.
    let mut empty = Fr::zero();
    for level in 1..=DEPTH {
        let mut parents = Vec::with_capacity(nodes.len().div_ceil(CHILD_COUNT));
        for children in nodes.chunks(CHILD_COUNT) {
            let mut items = vec![Item::Constant(Fr::from(u64::from(level)))];
            items.extend((0..CHILD_COUNT).map(|place| {
                children
                    .get(place)
                    .map_or(Item::Constant(empty), |child| Item::Private(child.value))
            }));
            let first = stream.row + 1;
            let preimage = stream.preimage(grid, items);
            for (row, child) in (first..).zip(children) {
                super::tie_port(grid, stream.pack_column(), *child, row);
            }
            parents.push(hasher.hash(grid, Tag::Node, preimage.length, &preimage.elements));
        }
        nodes = parents;
        let children = [to_element(empty).to_fr(); CHILD_COUNT];
        empty = from_element(node(level, &children).into());
    }
    let items = vec![
        Item::Constant(Fr::from(u64::try_from(rows).unwrap_or(u64::MAX))),
        Item::Private(nodes[0].value),
    ];
    let row = stream.row + 1;
    let preimage = stream.preimage(grid, items);
    super::tie_port(grid, stream.pack_column(), nodes[0], row);
    hasher.hash(grid, Tag::Root, preimage.length, &preimage.elements)
}
