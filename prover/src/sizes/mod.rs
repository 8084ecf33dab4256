//! `sizes`: what circuits of a range of shapes take and cost.

mod chart;
mod picture;
mod table;

pub use chart::chart;
pub use picture::picture;
pub use table::csv;

use crate::circuit::CircuitError;
use crate::planner::choose::{Candidate, Choice};
use crate::planner::cost;
use crate::planner::measure::{MeasureError, Measured, measure, measure_index};
use crate::planner::{Calibration, Counts, Goal};
use crate::progress::Observer;
use plotters::drawing::DrawingAreaErrorKind;
use serde::Serialize;
use std::io;
use tribute_circuits::{CircuitParams, IndexParams, IndexShape, ParamsError, Shape};
use tribute_evm::Compiler;
use tribute_verifier::method::MethodId;

/// The most circuits of one sweep.
pub const MAX_CIRCUITS: usize = 1000;
/// The method of index circuits.
const METHOD: MethodId = MethodId::GroupNewton;
/// The eta that index circuits are laid out for: that of a table follows from its rows, and a smaller one takes no more rows.
pub const ETA: u32 = 80;

/// Why there are no sizes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SizesError {
    /// A shape has no circuit.
    #[error("{network} with {contributors} contributors: {source}")]
    Circuit {
        /// Widths of its layers.
        network: String,
        /// Its contributors.
        contributors: usize,
        /// What is wrong.
        source: Box<CircuitError>,
    },
    /// More circuits than anybody reads.
    #[error("these options name {circuits} circuits, at most {MAX_CIRCUITS} are taken")]
    TooMany {
        /// Their number.
        circuits: usize,
    },
    /// Nothing was measured.
    #[error("nothing could be measured: {0}")]
    Measure(Box<MeasureError>),
    /// A drawing cannot be made.
    #[error("the drawing cannot be made: {0}")]
    Draw(#[from] DrawingAreaErrorKind<io::Error>),
    /// A table cannot be written.
    #[error("the table cannot be written: {0}")]
    Csv(#[from] ::csv::Error),
}

boxed_from!(SizesError: Measure(MeasureError));

/// The shapes and goals to go through: every combination.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Numbers of inputs.
    pub inputs: Vec<usize>,
    /// Widths of hidden layers, for each network; none for logistic regression.
    pub hidden: Vec<Vec<usize>>,
    /// Numbers of classes.
    pub classes: Vec<usize>,
    /// Numbers of contributors.
    pub contributors: Vec<usize>,
    /// Queries in one proof.
    pub batches: Vec<usize>,
    /// Rows of index circuits, which come in addition.
    pub index_rows: Vec<usize>,
    /// What layouts are chosen for.
    pub goals: Vec<Goal>,
    /// Whether proofs are made.
    pub measure: bool,
    /// What compiles contracts where gas is measured, too.
    pub compiler: Option<Compiler>,
}

/// What a circuit proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Output and shares of a query.
    Query,
    /// A table, once.
    Index,
}

/// One circuit. Gas, seconds and memory are predicted; the measured ones stand beside them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What it proves.
    pub circuit: Kind,
    /// Widths of the layers, inputs first and classes last.
    pub network: String,
    /// Contributors.
    pub contributors: usize,
    /// Queries in one proof.
    pub batch: usize,
    /// Rows of an index.
    pub index_rows: Option<usize>,
    /// What the layout was chosen for.
    pub goal: Option<Goal>,
    /// Binary logarithm of the number of rows.
    pub k: u32,
    /// Rows in use.
    pub rows: usize,
    /// Advice columns committed before the challenges.
    pub first_phase: usize,
    /// Advice columns committed after them.
    pub second_phase: usize,
    /// Fixed columns.
    pub fixed: usize,
    /// Linked columns among those of the first phase.
    pub linked: usize,
    /// Cells of a row that are looked up.
    pub lookups: usize,
    /// Bits of a looked-up limb, where they were chosen.
    pub limb_bits: Option<u32>,
    /// Columns that copies reach.
    pub equality: usize,
    /// Commitments in a proof.
    pub commitments: usize,
    /// Bytes of a proof.
    pub proof_bytes: usize,
    /// Bytes of the call that verifies it.
    pub calldata_bytes: usize,
    /// Gas of that call.
    pub gas: u64,
    /// Seconds of a proof.
    pub prove_seconds: Option<f64>,
    /// Peak memory of the prover in bytes.
    pub memory_bytes: Option<u64>,
    /// Seconds that a proof took.
    pub measured_seconds: Option<f64>,
    /// Peak memory of this process while it was made.
    pub measured_memory_bytes: Option<u64>,
    /// Gas that its verification took in revm.
    pub measured_gas: Option<u64>,
}

impl Row {
    fn measured(&mut self, measured: Measured) {
        self.measured_seconds = Some(measured.seconds);
        self.measured_memory_bytes = measured.memory;
        self.measured_gas = measured.gas;
    }
}

/// What a sweep gave.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// The circuits, in the order of the options.
    pub rows: Vec<Row>,
    /// The layout of the first query circuit.
    pub first: Option<CircuitParams>,
    /// Circuits that there are none of.
    pub skipped: Vec<Skipped>,
}

/// A combination of the options without a circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Widths of the layers.
    pub network: String,
    /// Contributors.
    pub contributors: usize,
    /// Queries in one proof, of a circuit for queries.
    pub batch: Option<usize>,
    /// Rows of an index.
    pub index_rows: Option<usize>,
    /// Why there is none, in one line.
    pub reason: String,
}

impl Sizes {
    /// Goes on without a circuit; the first error is kept for a sweep that finds none at all.
    fn skip(
        &mut self,
        shape: &Shape,
        (batch, index_rows): (Option<usize>, Option<usize>),
        source: CircuitError,
        first: &mut Option<SizesError>,
    ) {
        let (network, contributors) = (network(shape), shape.contributors);
        let reason = source.to_string();
        let skipped = Skipped { network: network.clone(), contributors, batch, index_rows, reason };
        self.skipped.push(skipped);
        let source = Box::new(source);
        first.get_or_insert(SizesError::Circuit { network, contributors, source });
    }
}

impl Sweep {
    fn circuits(&self) -> usize {
        let Self { inputs, hidden, classes, contributors, batches, index_rows, goals, .. } = self;
        let shapes = [inputs.len(), hidden.len(), classes.len(), contributors.len()];
        let shapes = shapes.into_iter().fold(1, usize::saturating_mul);
        shapes.saturating_mul(
            goals.len().saturating_mul(batches.len()).saturating_add(index_rows.len()),
        )
    }

    fn shapes(&self) -> impl Iterator<Item = Shape> + '_ {
        self.inputs.iter().flat_map(move |inputs| {
            self.hidden.iter().flat_map(move |hidden| {
                self.classes.iter().flat_map(move |classes| {
                    self.contributors.iter().map(move |contributors| Shape {
                        inputs: *inputs,
                        hidden: hidden.clone(),
                        classes: *classes,
                        contributors: *contributors,
                        residual: METHOD.residual(),
                    })
                })
            })
        })
    }

    /// Goes through all circuits.
    ///
    /// # Errors
    /// Fails if no combination has a circuit, and if nothing can be measured.
    pub fn run(
        &self,
        calibration: &Calibration,
        observer: &dyn Observer,
    ) -> Result<Sizes, SizesError> {
        let circuits = self.circuits();
        if circuits > MAX_CIRCUITS {
            return Err(SizesError::TooMany { circuits });
        }
        let rows = Vec::with_capacity(circuits);
        let mut sizes = Sizes { rows, first: None, skipped: Vec::new() };
        let mut error = None;
        observer.stage(if self.measure { "laying out and proving" } else { "laying out" });
        for shape in self.shapes() {
            let batches = self.batches.iter().filter(|_| !self.goals.is_empty());
            for batch in batches {
                match self.queries(&shape, *batch, calibration) {
                    Ok(found) => {
                        for (params, mut row) in found {
                            if self.measure {
                                row.measured(measure(&params, 3, self.compiler.as_ref())?);
                            }
                            sizes.first.get_or_insert(params);
                            sizes.rows.push(row);
                            observer.steps(sizes.rows.len(), circuits);
                        }
                    }
                    Err(source) => sizes.skip(&shape, (Some(*batch), None), source, &mut error),
                }
            }
            for rows in &self.index_rows {
                match index(&shape, *rows) {
                    Ok((params, mut row)) => {
                        if self.measure {
                            row.measured(measure_index(&params, self.compiler.as_ref())?);
                        }
                        sizes.rows.push(row);
                        observer.steps(sizes.rows.len(), circuits);
                    }
                    Err(source) => sizes.skip(&shape, (None, Some(*rows)), source, &mut error),
                }
            }
        }
        match error {
            Some(error) if sizes.rows.is_empty() => Err(error),
            Some(_) | None => Ok(sizes),
        }
    }

    /// The layouts of a shape for each goal.
    fn queries(
        &self,
        shape: &Shape,
        batch: usize,
        calibration: &Calibration,
    ) -> Result<Vec<(CircuitParams, Row)>, CircuitError> {
        let choice = Choice::new(shape, batch)?;
        let of_goal = |goal: &Goal| {
            let best = choice.best(*goal)?;
            Ok((best.params.clone(), query(best, *goal, calibration)?))
        };
        self.goals.iter().map(of_goal).collect()
    }
}

fn query(best: &Candidate, goal: Goal, calibration: &Calibration) -> Result<Row, ParamsError> {
    let Candidate { params, counts, .. } = best;
    let predicted = best.at(&calibration.rates);
    Ok(Row {
        goal: Some(goal),
        batch: params.queries,
        limb_bits: Some(params.limb_bits),
        prove_seconds: Some(predicted.prove_seconds),
        memory_bytes: Some(predicted.memory_bytes),
        ..row(Kind::Query, &params.shape, params.size()?.rows, counts)
    })
}

fn index(shape: &Shape, rows: usize) -> Result<(IndexParams, Row), CircuitError> {
    let params = IndexParams::fit(IndexShape {
        shape: shape.clone(),
        method: METHOD,
        rows,
        validation: 0,
        eta: ETA,
    })?;
    let counts = Counts::of_index(&params)?;
    let row = row(Kind::Index, shape, params.size()?.rows, &counts);
    Ok((params, Row { index_rows: Some(rows), ..row }))
}

/// What can be counted of any circuit.
fn row(circuit: Kind, shape: &Shape, rows: usize, counts: &Counts) -> Row {
    Row {
        circuit,
        network: network(shape),
        contributors: shape.contributors,
        batch: 1,
        index_rows: None,
        goal: None,
        k: counts.k,
        rows,
        first_phase: counts.first_phase,
        second_phase: counts.second_phase,
        fixed: counts.fixed,
        linked: counts.linked,
        lookups: counts.lanes,
        limb_bits: None,
        equality: counts.equality,
        commitments: counts.commitments(),
        proof_bytes: counts.proof_bytes(),
        calldata_bytes: counts.calldata_bytes(),
        gas: cost::gas(counts),
        prove_seconds: None,
        memory_bytes: None,
        measured_seconds: None,
        measured_memory_bytes: None,
        measured_gas: None,
    }
}

/// The widths of a network's layers.
pub fn network(shape: &Shape) -> String {
    let widths = std::iter::once(&shape.inputs).chain(&shape.hidden).chain([&shape.classes]);
    widths.map(ToString::to_string).collect::<Vec<_>>().join("-")
}
