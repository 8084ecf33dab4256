//! The inference statement: the model in the linked columns, run on the committed input, returned this output, and by the table beside it
//! these are the contributors' shares in it.
//!
//! # Relation
//! Public, of one query: context, the commitments to model, index and input, output, weights. There are an input and a salt with the input commitment, such that
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

#[cfg(not(test))]
use rayon::prelude::*;
use thiserror::Error;
use tribute_verifier::field::FieldElement;

use self::statement::{TOTALS, WEIGHTS};
use crate::bounds::Bounds;
use crate::encode::from_element;
use crate::grid::Grid;
use crate::machine::columns::MachineColumns;
use crate::machine::place::Frame;
use crate::machine::program::{Extent, Program, Wire};
use crate::machine::segment::Segment;
use crate::machine::write::Writer;
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
    /// The commitment to the model.
    pub model_commitment: FieldElement,
    /// The commitment to header and table.
    pub index_commitment: FieldElement,
    /// The queries: one, or in a batch as many as there are slots or fewer.
    pub queries: Vec<Query>,
}

/// One query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The input, at scale 8.
    pub input: Vec<i16>,
    /// Salt of the input commitment.
    pub salt: FieldElement,
    /// The request that the proof answers.
    pub context: FieldElement,
}

impl Query {
    /// What stands in a slot that no query takes.
    fn absent(shape: &Shape) -> Self {
        let (salt, context) = (FieldElement::ZERO, FieldElement::ZERO);
        Self { input: vec![0; shape.inputs], salt, context }
    }
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
        let mut witness = Self::weightless(shape);
        for layer in &mut witness.model.hidden {
            layer.weights = vec![0; layer.inputs * layer.outputs];
            layer.biases = vec![0; layer.outputs];
        }
        let head = shape.features() * shape.classes;
        witness.model.head = vec![0; head];
        witness.table.entries = vec![0; head * shape.contributors];
        witness
    }

    /// The same without weights and entries: nothing that is laid out depends on them, and a large shape has many.
    fn weightless(shape: &Shape) -> Self {
        let mut inputs = shape.inputs;
        let hidden = shape.hidden.iter().map(|&outputs| {
            let (weights, biases) = (Vec::new(), Vec::new());
            let layer = HiddenLayer { inputs, outputs, weights, biases };
            inputs = outputs;
            layer
        });
        let hidden = hidden.collect();
        let (features, classes, contributors) =
            (shape.features(), shape.classes, shape.contributors);
        Self {
            model: Model { inputs: shape.inputs, hidden, classes, head: Vec::new() },
            table: Table { features, classes, contributors, entries: Vec::new() },
            model_commitment: FieldElement::ZERO,
            index_commitment: FieldElement::ZERO,
            queries: vec![Query::absent(shape)],
        }
    }

    fn check(&self, params: &CircuitParams) -> Result<(), WitnessError> {
        check_shapes(&self.model, &self.table, &params.shape)?;
        let least = if params.queries == 1 { 1 } else { 0 };
        if !(least..=params.queries).contains(&self.queries.len()) {
            return Err(WitnessError::Shape { what: "list of queries" });
        }
        if self.queries.iter().all(|query| query.input.len() == params.shape.inputs) {
            Ok(())
        } else {
            Err(WitnessError::Shape { what: "input" })
        }
    }
}

/// What all programs of a circuit are written from.
struct Source<'a> {
    params: &'a CircuitParams,
    witness: &'a InferenceWitness,
    frame: &'a Frame,
    bounds: Bounds,
    absent: Query,
}

impl<'a> Source<'a> {
    fn new(
        params: &'a CircuitParams,
        witness: &'a InferenceWitness,
        frame: &'a Frame,
    ) -> Result<Self, ParamsError> {
        let (bounds, absent) = (Bounds::of(&params.shape)?, Query::absent(&params.shape));
        Ok(Self { params, witness, frame, bounds, absent })
    }

    /// Writes the program of one query. In a batch, `totals` are those of the queries above it in its thread, and become those with it.
    fn query(&self, program: Program, totals: &mut Vec<Wire>) -> Program {
        let query = self.witness.queries.get(program.number);
        let mut builder = Builder {
            params: self.params,
            witness: self.witness,
            query: query.unwrap_or(&self.absent),
            counts: query.is_some(),
            frame: self.frame,
            bounds: &self.bounds,
            program,
        };
        let weights = builder.answer();
        if self.params.is_batch() {
            *totals = builder.running_totals(&weights, totals);
        }
        builder.program
    }

    /// Writes what is said of all queries of a batch.
    fn totals(&self, program: Program, threads: &[Vec<Wire>]) -> Program {
        let mut builder = Builder {
            params: self.params,
            witness: self.witness,
            query: &self.absent,
            counts: false,
            frame: self.frame,
            bounds: &self.bounds,
            program,
        };
        builder.totals(threads);
        builder.program
    }
}

/// Writes one program, part by part.
struct Builder<'a> {
    params: &'a CircuitParams,
    witness: &'a InferenceWitness,
    query: &'a Query,
    /// Whether the query is one, and not what fills up a batch.
    counts: bool,
    frame: &'a Frame,
    bounds: &'a Bounds,
    program: Program,
}

impl Builder<'_> {
    /// Starts a segment.
    fn rows(&mut self) -> Segment<'_> {
        Segment::new(&mut self.program, self.params.limbs())
    }
}

/// Writes all programs of a witness in order: those of the queries, the threads of a block side by side, then that of the totals of a batch.
fn programs(
    source: &Source<'_>,
    #[cfg(test)] forgery: &mut crate::forgery::Forgery,
    mut written: impl FnMut(Program),
) {
    let CircuitParams { queries, threads, .. } = source.params;
    let mut totals = vec![Vec::new(); *threads];
    let program = |number| Program { number, ..Program::default() };
    for start in (0..*queries).step_by(*threads) {
        let block: Vec<_> = (start..*queries).zip(&mut totals).collect();
        #[cfg(not(test))]
        let block: Vec<Program> = block
            .into_par_iter()
            .map(|(number, totals)| source.query(program(number), totals))
            .collect();
        // A forgery counts what it meets: one program comes after the other.
        #[cfg(test)]
        let block = block.into_iter().map(|(number, totals)| {
            forged(forgery, program(number), |it| source.query(it, totals))
        });
        block.into_iter().for_each(&mut written);
    }
    if source.params.is_batch() {
        let program = program(*queries);
        #[cfg(test)]
        let program = forged(forgery, program, |program| source.totals(program, &totals));
        #[cfg(not(test))]
        let program = source.totals(program, &totals);
        written(program);
    }
}

/// Writes a program with what is forged in it.
#[cfg(test)]
fn forged(
    forgery: &mut crate::forgery::Forgery,
    program: Program,
    write: impl FnOnce(Program) -> Program,
) -> Program {
    let program = write(Program { forgery: std::mem::take(forgery), ..program });
    forgery.clone_from(&program.forgery);
    program
}

/// Fills the grid of one circuit.
pub(crate) fn build(
    params: &CircuitParams,
    witness: &InferenceWitness,
    #[cfg(test)] mut forgery: crate::forgery::Forgery,
) -> Result<(MachineColumns, Grid), WitnessError> {
    params.validate()?;
    witness.check(params)?;
    let frame = Frame::new(params);
    let columns = MachineColumns::new(params);
    let matrices = (&witness.model, &witness.table);
    let extents = extents(params, &block_extents(params)?);
    let mut writer = Writer::new(params, &columns, &frame, &extents, matrices);
    programs(
        &Source::new(params, witness, &frame)?,
        #[cfg(test)]
        &mut forgery,
        |program| {
            if program.number < params.queries {
                writer.query(&program);
            } else {
                writer.totals(&program);
            }
        },
    );
    let grid = writer.finish(
        #[cfg(test)]
        forgery,
    );
    Ok((columns, grid))
}

/// What placing the segments of the first block takes, and of those below it: it depends on how limbs are cut, and not on the number of threads.
pub(crate) fn block_extents(params: &CircuitParams) -> Result<[Vec<Extent>; 2], ParamsError> {
    let (witness, frame) = (InferenceWitness::weightless(&params.shape), Frame::new(params));
    let source = Source::new(params, &witness, &frame)?;
    let program = |number| Program { number, ..Program::default() };
    let mut totals = Vec::new();
    let first = source.query(program(0), &mut totals).extents();
    let below = match params.is_batch() {
        true => source.query(program(params.threads), &mut totals).extents(),
        false => Vec::new(),
    };
    Ok([first, below])
}

/// What placing all segments takes: block by block, then those of the totals, which add up one row for each thread.
pub(crate) fn extents(
    params: &CircuitParams,
    [first, below]: &[Vec<Extent>; 2],
) -> Vec<Vec<Extent>> {
    let mut extents = vec![first.clone()];
    extents.resize(params.blocks(), below.clone());
    if params.is_batch() {
        let sum = Extent { rows: 1 + params.threads, clear: false };
        extents.push(vec![sum; params.shape.total_elements()]);
    }
    extents
}

impl Builder<'_> {
    /// Computes the answer to a query and publishes it; returns the packed weights.
    fn answer(&mut self) -> Vec<Wire> {
        let counted = (self.params.queries > 1).then(|| self.counted());
        let inputs = self.inputs();
        let commitment = self.input_commitment(&inputs);
        let forward = self.forward(&inputs.values);
        let residual = self.residual(&forward.logits);
        let scores = self.scores(&forward.features, &residual);
        let weights = self.weights(&scores, residual.saturated, counted);
        let output = self.output(residual.class, weights.attributed, &forward.logits);

        let context = from_element(self.query.context);
        let InferenceWitness { model_commitment, index_commitment, .. } = self.witness;
        self.program.publish_free(context);
        if counted.is_none() {
            for free in [model_commitment, index_commitment] {
                self.program.publish_free(from_element(*free));
            }
        }
        self.publish_answer("public input: input commitment", commitment, counted);
        for element in output {
            self.publish_answer("public input: output", element, counted);
        }
        let width = if counted.is_some() { TOTALS } else { WEIGHTS };
        let packed = self.packed_weights(&weights, width);
        if counted.is_none() {
            for element in &packed {
                self.program.publish("public input: weights", *element);
            }
        }
        packed
    }

    fn publish_answer(&mut self, name: &'static str, element: Wire, counted: Option<Wire>) {
        let published = match counted {
            Some(counted) => self.masked(element, counted),
            None => element,
        };
        self.program.publish(name, published);
    }

    /// Publishes what is said of all queries of a batch.
    fn totals(&mut self, threads: &[Vec<Wire>]) {
        let InferenceWitness { model_commitment, index_commitment, .. } = self.witness;
        for free in [model_commitment, index_commitment] {
            self.program.publish_free(from_element(*free));
        }
        for element in self.packed_totals(threads) {
            self.program.publish("public input: totals", element);
        }
    }
}
