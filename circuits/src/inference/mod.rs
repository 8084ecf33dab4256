//! The inference statement: the model in the linked columns, run on the committed input, returned this output, and by the table beside it
//! these are the contributors' shares in it.
//!
//! # Relation
//! Public: context, the commitments to model, index and input, output, weights. There are an input and a salt with the input commitment, such that
//! [`crate::reference::query`] on the model and the table in the linked columns, and on that input, gives output and weights.
//! Context and the commitments to model and index are public inputs that no other cell reads: the transcript binds the first to the proof, and the link ties the
//! linked columns to the registered ones, which the binding proof ties to the other two.
//!
//! # Layout
//! See [`crate::machine::place`]. The values take this way:
//!
//! ```text
//! inputs -> packed -> hash -> input commitment -----------------+
//!    |                                                          v
//!    +-> jobs of the linked columns -> relu -> logits -> class -> public inputs
//!                                       |         |                ^
//!                                       +-> scores <- residual     |
//!                                             +--> clip -> weights +
//! ```
//!
//! # Soundness
//! Each module says why its outputs are functions of its inputs; wires carry every value from the cell that made it. What the linked columns hold is in its declared
//! width, and padding is padding, because the binding proof says so of the registered columns: a proof without its link says nothing of any model.

mod attribution;
#[cfg(test)]
mod chains;
mod forward;
mod input;
#[cfg(test)]
mod perturbation;
#[cfg(test)]
mod placement;
#[cfg(test)]
mod rejects;
mod softmax;
mod statement;
#[cfg(test)]
pub(crate) mod tests;

use thiserror::Error;
use tribute_verifier::field::FieldElement;

use crate::bounds::Bounds;
use crate::encode::from_element;
use crate::grid::Grid;
use crate::machine::columns::MachineColumns;
use crate::machine::place::Frame;
use crate::machine::program::{Program, Segment};
use crate::machine::write::write;
use crate::params::{CircuitParams, ParamsError, Shape};
use crate::preimage::check_shapes;
use crate::reference::{HiddenLayer, Model, RangeError, Table};

/// Everything the prover of one inference knows.
#[derive(Clone, Debug)]
pub struct InferenceWitness {
    /// The model.
    pub model: Model,
    /// The attribution table.
    pub table: Table,
    /// The input, at scale 8.
    pub input: Vec<i16>,
    /// Salt of the input commitment.
    pub input_salt: FieldElement,
    /// The commitment to the model.
    pub model_commitment: FieldElement,
    /// The commitment to header and table.
    pub index_commitment: FieldElement,
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
            input_salt: FieldElement::ZERO,
            model_commitment: FieldElement::ZERO,
            index_commitment: FieldElement::ZERO,
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

/// Writes the program, part by part.
struct Builder<'a> {
    params: &'a CircuitParams,
    witness: &'a InferenceWitness,
    frame: &'a Frame,
    bounds: Bounds,
    program: Program,
}

impl Builder<'_> {
    /// Starts a segment.
    fn rows(&mut self) -> Segment<'_> {
        self.program.segment(self.params.limbs())
    }
}

/// What the circuit computes for a witness.
fn program(
    params: &CircuitParams,
    frame: &Frame,
    witness: &InferenceWitness,
    #[cfg(test)] forgery: crate::forgery::Forgery,
) -> Result<Program, ParamsError> {
    let bounds = Bounds::of(&params.shape)?;
    let program = Program {
        #[cfg(test)]
        forgery,
        ..Program::default()
    };
    let mut builder = Builder { params, witness, frame, bounds, program };
    builder.fill();
    Ok(builder.program)
}

/// Fills the grid of one circuit.
pub(crate) fn build(
    params: &CircuitParams,
    witness: &InferenceWitness,
    #[cfg(test)] forgery: crate::forgery::Forgery,
) -> Result<(MachineColumns, Grid), WitnessError> {
    params.validate()?;
    witness.check(&params.shape)?;
    let frame = Frame::new(&params.shape, params.weight_columns);
    let program = program(
        params,
        &frame,
        witness,
        #[cfg(test)]
        forgery,
    )?;
    let columns = MachineColumns::new(params);
    let grid = write(params.k, &columns, &frame, program, (&witness.model, &witness.table));
    Ok((columns, grid))
}

/// The lengths of all segments of a shape: they depend on how limbs are cut, and on whether a score's inputs stand in rows of their own.
pub(crate) fn segment_lengths(params: &CircuitParams) -> Result<Vec<usize>, ParamsError> {
    let frame = Frame::new(&params.shape, params.weight_columns);
    let witness = InferenceWitness::zero(&params.shape);
    let program = program(
        params,
        &frame,
        &witness,
        #[cfg(test)]
        crate::forgery::Forgery::default(),
    )?;
    Ok(program.segments.iter().map(Vec::len).collect())
}

impl Builder<'_> {
    fn fill(&mut self) {
        let inputs = self.inputs();
        let input = self.input_commitment(&inputs);
        let forward = self.forward(&inputs);
        let residual = self.residual(&forward.logits);
        let scores = self.scores(&forward.features, &residual);
        let weights = self.weights(&scores, residual.saturated);
        let output = self.output(residual.class, weights.attributed, &forward.logits);
        let packed = self.packed_weights(&weights);

        let InferenceWitness { context, model_commitment, index_commitment, .. } = self.witness;
        for free in [context, model_commitment, index_commitment] {
            self.program.publish_free(from_element(*free));
        }
        self.program.publish("public input: input commitment", input);
        for element in output {
            self.program.publish("public input: output", element);
        }
        for element in packed {
            self.program.publish("public input: weights", element);
        }
    }
}
