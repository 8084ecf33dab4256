//! The inference statement: the committed model, run on the committed input, returned this output, and by the committed table
//! these are the contributors' shares in it.
//!
//! # Relation
//! Public: context, the commitments to model, index and input, output, weights. There are a model, a table, an input, salts and a header digest with
//! these commitments, such that [`crate::reference::query`] on them gives output and weights.
//!
//! # Layout
//! See [`crate::layout`]. The values take this way:
//!
//! ```text
//! stream -> hash -> commitments ------------------------------+
//!    |                                                        v
//!    +-> weight columns -> dense -> relu -> logits -> class -> public inputs
//!    +-> inputs ------------^        |         |                ^
//!                                    +-> scores <- residual      |
//!                                          +--> clip -> weights -+
//! ```
//!
//! # Soundness
//! Each gadget says why its outputs are functions of its inputs; wires carry every value from the cell that made it. The header
//! digest is the prover's: the index commitment binds it, and verifiers recompute that commitment from the opened header.

mod attribution;
#[cfg(test)]
mod chains;
mod forward;
#[cfg(test)]
mod rejects;
mod softmax;
mod statement;
#[cfg(test)]
pub(crate) mod tests;

use thiserror::Error;
use tribute_verifier::field::FieldElement;
use tribute_verifier::hash::Tag;

use crate::bounds::Bounds;
use crate::encode::{encode, from_element};
use crate::gadgets::arithmetic::Arithmetic;
use crate::gadgets::dense::{Dense, Job};
use crate::gadgets::poseidon::Poseidon;
use crate::gadgets::stream::{Item, Role, Segment, Stream};
use crate::gadgets::{dense, lookup, poseidon, stream};
use crate::grid::{Challenges, Grid, LateGrid, Wire};
use crate::layout::Layout;
use crate::params::{CircuitParams, ParamsError, Shape};
use crate::preimage::{check_shapes, model_preimage, table_preimage};
use crate::reference::{HiddenLayer, Model, RangeError, ResidualKind, Table};

/// Everything the prover of one inference knows.
#[derive(Clone, Debug)]
pub struct InferenceWitness {
    /// The model.
    pub model: Model,
    /// The attribution table.
    pub table: Table,
    /// The input, at scale 8.
    pub input: Vec<i16>,
    /// Salt of the model commitment.
    pub model_salt: FieldElement,
    /// Salt of the table commitment.
    pub table_salt: FieldElement,
    /// Salt of the input commitment.
    pub input_salt: FieldElement,
    /// Digest of the index header.
    pub header_digest: FieldElement,
    /// The request that the proof answers.
    pub context: FieldElement,
}

/// Why a witness doesn't fill a circuit.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// The parameters describe no circuit.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A training row doesn't fit the model.
    #[error("row {row}: {source}")]
    Row {
        /// Its number, from 0.
        row: usize,
        /// What doesn't fit.
        source: RangeError,
    },
    /// The witness has another shape than the circuit.
    #[error("the {what} doesn't have the shape of the circuit")]
    Shape {
        /// What differs.
        what: &'static str,
    },
}

impl InferenceWitness {
    /// A witness of zeros: key generation reads nothing but the shape.
    pub(crate) fn zero(shape: &Shape) -> Self {
        let mut inputs = shape.inputs;
        let hidden = shape.hidden.iter().map(|&outputs| {
            let layer = HiddenLayer {
                inputs,
                outputs,
                weights: vec![0; inputs * outputs],
                biases: vec![0; outputs],
            };
            inputs = outputs;
            layer
        });
        let hidden = hidden.collect();
        let (features, classes, contributors) =
            (shape.features(), shape.classes, shape.contributors);
        Self {
            model: Model {
                inputs: shape.inputs,
                hidden,
                classes,
                head: vec![0; features * classes],
            },
            table: Table {
                features,
                classes,
                contributors,
                entries: vec![0; features * classes * contributors],
            },
            input: vec![0; shape.inputs],
            model_salt: FieldElement::ZERO,
            table_salt: FieldElement::ZERO,
            input_salt: FieldElement::ZERO,
            header_digest: FieldElement::ZERO,
            context: FieldElement::ZERO,
        }
    }

    fn check(&self, shape: &Shape) -> Result<(), WitnessError> {
        check_shapes(&self.model, &self.table, shape)?;
        if self.input.len() == shape.inputs {
            Ok(())
        } else {
            Err(WitnessError::Shape { what: "input" })
        }
    }
}

/// Rows of arithmetic that a shape takes.
pub(crate) fn arithmetic_rows(shape: &Shape) -> usize {
    let (class, choice) = match shape.residual {
        ResidualKind::Query => (
            softmax::CLASS_ROWS + softmax::EXPONENTIAL_ROWS,
            softmax::CHOICE_ROWS + softmax::SATURATION_ROWS,
        ),
        ResidualKind::OneHot => (softmax::CLASS_ROWS, softmax::CHOICE_ROWS),
    };
    forward::CONSTANT_ROWS
        + shape.hidden.iter().sum::<usize>() * forward::UNIT_ROWS
        + shape.classes * (forward::LOGIT_ROWS + class + 1)
        + choice
        + shape.contributors * (attribution::CONTRIBUTOR_ROWS + 1)
        + attribution::TOTAL_ROWS
        + shape.output_elements()
}

/// Writes the circuit, gadget by gadget.
struct Builder<'a> {
    params: &'a CircuitParams,
    witness: &'a InferenceWitness,
    layout: &'a Layout,
    bounds: Bounds,
    grid: Grid,
    arithmetic_row: usize,
    dense_row: usize,
}

impl Builder<'_> {
    fn arithmetic(&mut self) -> Arithmetic<'_> {
        Arithmetic { grid: &mut self.grid, layout: self.layout, row: &mut self.arithmetic_row }
    }

    fn job(&mut self, job: &Job<'_>) -> Vec<Wire> {
        let mut dense = Dense { layout: self.layout, row: self.dense_row };
        let outputs = dense.job(&mut self.grid, job);
        self.dense_row = dense.row;
        outputs
    }

    /// Writes and hashes the four preimages; returns the commitments to model, index and input, and the inputs.
    fn commitments(&mut self) -> ([Wire; 3], Vec<Wire>) {
        let (stream, hash) = (self.layout.stream_chip(), self.layout.hash_chip());
        let mut chip = Stream::new(&stream, self.params.shape.public_inputs());
        let mut hasher = Poseidon::new(&hash);
        let [input, model, table] = self.witness.preimages();
        let mut commit = |grid: &mut Grid, hasher: &mut Poseidon<'_>, tag, items: Vec<Item<'_>>| {
            let preimage = chip.preimage(grid, items);
            (hasher.hash(grid, tag, preimage.length, &preimage.elements), preimage.inputs)
        };
        let (input, inputs) = commit(&mut self.grid, &mut hasher, Tag::Input, input);
        let (model, _) = commit(&mut self.grid, &mut hasher, Tag::Model, model);
        let (table, _) = commit(&mut self.grid, &mut hasher, Tag::Table, table);
        let digest = self.grid.witness(poseidon::LINK.kind, poseidon::LINK.name, table.value);
        hasher.link_digest(&mut self.grid);
        let index =
            vec![Item::Private(from_element(self.witness.header_digest)), Item::Digest(digest)];
        let (index, _) = commit(&mut self.grid, &mut hasher, Tag::Index, index);
        ([model, index, input], inputs)
    }
}

impl InferenceWitness {
    fn preimages(&self) -> [Vec<Item<'_>>; 3] {
        let inputs = self.model.inputs;
        let values = Box::new(self.input.iter().map(|value| i64::from(*value)));
        let length = Item::Constant(encode(i128::try_from(inputs).unwrap_or(i128::MAX)));
        let input = vec![
            Item::Private(from_element(self.input_salt)),
            length,
            Item::Values(Segment { bits: 16, values, role: Role::Input }),
        ];
        let model = model_preimage(&self.model, self.model_salt);
        [input, model, table_preimage(&self.table, self.table_salt)]
    }
}

/// Fills the grid of one circuit.
pub(crate) fn build(
    params: &CircuitParams,
    witness: &InferenceWitness,
    #[cfg(test)] forgery: crate::forgery::Forgery,
) -> Result<(Layout, Grid), WitnessError> {
    params.validate()?;
    witness.check(&params.shape)?;
    let bounds = Bounds::of(&params.shape).map_err(ParamsError::from)?;
    let layout = Layout::new(params, &bounds);
    let grid = Grid::new(params.k, &layout);
    let arithmetic_row = Layout::arithmetic_start(params);
    let mut builder =
        Builder { params, witness, layout: &layout, bounds, grid, arithmetic_row, dense_row: 0 };
    #[cfg(test)]
    {
        builder.grid.forgery = forgery;
    }
    lookup::load_table(&mut builder.grid, &layout.lookup_chip(params.lookup_batch));
    builder.fill();
    debug_assert!(
        builder.arithmetic_row <= Layout::arithmetic_start(params) + arithmetic_rows(&params.shape),
        "the layout reserves every row"
    );
    let grid = builder.finish();
    Ok((layout, grid))
}

impl Builder<'_> {
    fn fill(&mut self) {
        let ([model, index, input], inputs) = self.commitments();
        let forward = self.forward(inputs);
        let residual = self.residual(&forward.logits);
        let scores = self.scores(&forward.features, &residual);
        let weights = self.weights(&scores, residual.saturated);
        let output = self.output(residual.class, weights.attributed, &forward.logits);
        let packed = self.packed_weights(&weights);

        self.publish_free(from_element(self.witness.context));
        self.publish("public input: model commitment", model);
        self.publish("public input: index commitment", index);
        self.publish("public input: input commitment", input);
        for element in output {
            self.publish("public input: output", element);
        }
        for element in packed {
            self.publish("public input: weights", element);
        }
    }

    #[cfg(not(test))]
    fn finish(mut self) -> Grid {
        lookup::count(&mut self.grid, &self.layout.lookup_chip(self.params.lookup_batch));
        self.grid
    }

    #[cfg(test)]
    fn finish(mut self) -> Grid {
        if let Some(change) = self.grid.forgery.cells.clone() {
            change(&mut self.grid);
        }
        lookup::count(&mut self.grid, &self.layout.lookup_chip(self.params.lookup_batch));
        self.grid
    }
}

/// The challenges' part of the grid.
pub(crate) fn fill_late(
    params: &CircuitParams,
    layout: &Layout,
    grid: &Grid,
    challenges: Challenges,
) -> LateGrid {
    let mut late = LateGrid::new(layout.counts, 1 << params.k);
    dense::fill_late(grid, layout, challenges, &mut late);
    stream::fill_late(grid, &[layout.stream_chip()], challenges, &mut late);
    poseidon::fill_late(grid, &[layout.hash_chip()], challenges, &mut late);
    lookup::fill_late(grid, &layout.lookup_chip(params.lookup_batch), challenges, &mut late);
    #[cfg(test)]
    if let Some(change) = grid.forgery.late.clone() {
        change(grid, challenges, &mut late);
    }
    late
}
