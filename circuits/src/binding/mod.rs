//! The binding statement: the linked columns hold the committed model and the committed table, and nothing else.
//!
//! # Relation
//! Public: the commitments to model and index. There are a model, a table, their salts and a header digest with these commitments, every value within its declared width, such that the
//! linked columns hold in every usable row what [`crate::linked`] says for them.
//!
//! It's proven once for a model and its table. An inference proof of the same $k$ and $w$ reads the same columns and neither hashes nor range-checks them: a proof of
//! representation shows that its commitments to them differ from those of this proof in the tail alone (`docs/binding.md`).
//!
//! # Layout
//! See [`layout`]. The columns hold values of two ways:
//!
//! ```text
//! stream -> hash -> commitments -> public inputs
//!    |
//!    +-> linked columns
//! ```
//!
//! The inference circuit sets $k$. Where the stream or the hashes take more rows, they're cut into parts that stand side by side, and each part goes on where the one before it ends:
//! the chaining value by a copy, the fingerprints by copies between second-phase cells.
//!
//! # Soundness
//! [`crate::gadgets::stream`] gives every value its width and every packed element one decomposition, [`crate::gadgets::poseidon`] hashes the packed elements, [`cells`] makes the
//! linked columns a copy of the values. Parts of one stream, and runs of one chain of permutations, are cut where the fixed columns say; no value belongs to two or to none.
//!
//! # Cost
//! For each part of the stream its lanes, a helper for three of them, and three columns; for each chip 14 columns. 64-32-10 with 12 contributors takes two chips at $k = 11$, one at $k = 12$.

mod cells;
mod circuit;
mod layout;
mod params;
#[cfg(test)]
mod perturbation;
#[cfg(test)]
mod rejects;
#[cfg(test)]
mod tests;

use tribute_verifier::field::FieldElement;
use tribute_verifier::hash::Tag;

pub use self::circuit::BindingCircuit;
pub use self::params::BindingParams;

use self::layout::BindingLayout;
use crate::constraint::{Constraint, ConstraintKind};
use crate::encode::from_element;
use crate::gadgets::poseidon::{self, Poseidon};
use crate::gadgets::stream::{Item, Stream};
use crate::gadgets::{lookup, stream};
use crate::grid::{Challenges, Grid, LateCell, LateGrid, Wire};
use crate::inference::WitnessError;
use crate::params::Shape;
use crate::preimage::{check_shapes, model_preimage, table_preimage};
use crate::reference::{Model, Table};

/// Everything the prover of a binding knows.
#[derive(Clone, Debug)]
pub struct BindingWitness {
    /// The model.
    pub model: Model,
    /// The attribution table.
    pub table: Table,
    /// Salt of the model commitment.
    pub model_salt: FieldElement,
    /// Salt of the table commitment.
    pub table_salt: FieldElement,
    /// Digest of the index header.
    pub header_digest: FieldElement,
}

impl BindingWitness {
    /// A witness of zeros: key generation reads nothing but the shape.
    fn zero(shape: &Shape) -> Self {
        let inference = crate::InferenceWitness::zero(shape);
        Self {
            model: inference.model,
            table: inference.table,
            model_salt: FieldElement::ZERO,
            table_salt: FieldElement::ZERO,
            header_digest: FieldElement::ZERO,
        }
    }
}

const fn copy(name: &'static str) -> Constraint {
    Constraint::new(ConstraintKind::CopyA, name)
}

/// Names of the copies that carry fingerprints from one part to the next: of stream, ports, hash.
const GO_ON: [Constraint; 3] = [
    copy("fingerprint: stream goes on from the part before"),
    copy("fingerprint: ports go on from the part before"),
    copy("fingerprint: hash goes on from the chip before"),
];

/// Fills the grid of one circuit.
fn build(
    params: &BindingParams,
    witness: &BindingWitness,
    #[cfg(test)] forgery: crate::forgery::Forgery,
) -> Result<(BindingLayout, Grid), WitnessError> {
    params.validate()?;
    check_shapes(&witness.model, &witness.table, &params.shape)?;
    let layout = BindingLayout::new(params);
    let mut grid = Grid::with_rows(params.k, params.active_rows(), layout.counts, layout.rows);
    #[cfg(test)]
    {
        grid.forgery = forgery;
    }
    lookup::load_table(&mut grid, &layout.lookup);
    let [model, index] = commitments(&mut grid, &layout, params, witness);
    publish(&mut grid, &layout, "public input: model commitment", model);
    publish(&mut grid, &layout, "public input: index commitment", index);
    cells::fill(&mut grid, &layout, &witness.model, &witness.table);
    for (constraint, chain) in GO_ON.into_iter().zip(layout.chains()) {
        for pair in chain.windows(2) {
            let end = LateCell { column: pair[0], row: grid.active };
            grid.copy_late(constraint, end, LateCell { column: pair[1], row: 0 });
        }
    }
    #[cfg(test)]
    if let Some(change) = grid.forgery.cells.clone() {
        change(&mut grid);
    }
    lookup::count(&mut grid, &layout.lookup);
    Ok((layout, grid))
}

/// Writes and hashes the preimages of model, table and index; returns the commitments to model and index.
fn commitments(
    grid: &mut Grid,
    layout: &BindingLayout,
    params: &BindingParams,
    witness: &BindingWitness,
) -> [Wire; 2] {
    let mut stream = Stream::split(&layout.streams, params.rows_per_stream());
    let mut hasher = Poseidon::split(&layout.hashes, params.permutations());
    let mut commit = |grid: &mut Grid, hasher: &mut Poseidon<'_>, tag, items: Vec<Item<'_>>| {
        let preimage = stream.preimage(grid, items);
        hasher.hash(grid, tag, preimage.length, &preimage.elements)
    };
    let model = model_preimage(&witness.model, witness.model_salt);
    let model = commit(grid, &mut hasher, Tag::Model, model);
    let table = table_preimage(&witness.table, witness.table_salt);
    let table = commit(grid, &mut hasher, Tag::Table, table);
    let digest = grid.witness(poseidon::LINK.kind, poseidon::LINK.name, table.value);
    hasher.link_digest(grid);
    let index = vec![Item::Private(from_element(witness.header_digest)), Item::Digest(digest)];
    let index = commit(grid, &mut hasher, Tag::Index, index);
    hasher.finish(grid);
    [model, index]
}

/// Puts a digest among the public inputs.
fn publish(grid: &mut Grid, layout: &BindingLayout, name: &'static str, digest: Wire) {
    let row = grid.instance.len();
    let wire = grid.copy(copy(name), digest, layout.c, row);
    grid.set(layout.q_instance, row, ff::Field::ONE);
    let value = grid.witness(cells::PUBLIC.kind, cells::PUBLIC.name, wire.value);
    grid.instance.push(value);
}

/// The challenges' part of the grid.
fn fill_late(layout: &BindingLayout, grid: &Grid, challenges: Challenges) -> LateGrid {
    let late = LateGrid::new(layout.counts, grid.rows());
    #[cfg(test)]
    if let Some(absorption) = &grid.forgery.absorption {
        return absorption.fill(|forced| {
            let mut late = late.clone();
            late.force(forced);
            fill_columns(layout, grid, challenges, late)
        });
    }
    fill_columns(layout, grid, challenges, late)
}

fn fill_columns(
    layout: &BindingLayout,
    grid: &Grid,
    challenges: Challenges,
    mut late: LateGrid,
) -> LateGrid {
    cells::fill_late(grid, layout, challenges, &mut late);
    stream::fill_late(grid, &layout.streams, challenges, &mut late);
    poseidon::fill_late(grid, &layout.hashes, challenges, &mut late);
    lookup::fill_late(grid, &layout.lookup, challenges, &mut late);
    late
}
