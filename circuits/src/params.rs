//! What fixes a circuit: the shape of the claim, and the columns it is laid out in.

use thiserror::Error;

use crate::bounds::{BoundError, Bounds};
use crate::gadgets::limbs::LimbFormat;
use crate::inference;
use crate::linked::{LinkedLayout, LinkedParams};
use crate::machine::columns::MachineColumns;
use crate::machine::gates::Strides;
use crate::machine::place::Frame;
use crate::machine::program::Extent;
use crate::machine::{linear, lookup};
use crate::reference::{MethodId, ResidualKind};
use tribute_verifier::plan::MAX_LAYERS;

/// The shape of a claim: two models of one shape share keys and plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of inputs $n_0$.
    pub inputs: usize,
    /// Widths of the hidden layers; none for logistic regression.
    pub hidden: Vec<usize>,
    /// Number of classes $C$.
    pub classes: usize,
    /// Number of contributors $M$.
    pub contributors: usize,
    /// What the table is multiplied with: the query's residual, or the one-hot class.
    pub residual: ResidualKind,
}

impl Shape {
    /// Number of features $K$, the constant one included.
    #[must_use]
    pub fn features(&self) -> usize {
        self.hidden.last().copied().unwrap_or(self.inputs) + 1
    }

    /// Elements of the public output.
    #[must_use]
    pub fn output_elements(&self) -> usize {
        self.classes.div_ceil(LOGITS_PER_ELEMENT)
    }

    /// Elements of the public weights.
    #[must_use]
    pub fn weight_elements(&self) -> usize {
        self.contributors.div_ceil(WEIGHTS_PER_ELEMENT)
    }

    /// Elements of the public totals of a batch.
    #[must_use]
    pub fn total_elements(&self) -> usize {
        self.contributors.div_ceil(TOTALS_PER_ELEMENT)
    }

    /// Demands that every number lies inside the formats.
    pub(crate) fn check(&self) -> Result<(), ParamsError> {
        let Self { inputs, hidden, classes, contributors, residual: _ } = self;
        within("number of inputs", *inputs, 1, 65_535)?;
        within("number of hidden layers", hidden.len(), 0, MAX_LAYERS)?;
        for width in hidden {
            within("width of a hidden layer", *width, 1, 65_535)?;
        }
        // A descriptor holds it in 16 bits, and it's one more than the width that it comes from.
        within("number of features", self.features(), 2, 65_535)?;
        within("number of classes", *classes, 2, 256)?;
        within("number of contributors", *contributors, 1, 4096)
    }
}

/// Logits in one element of the public output.
pub(crate) const LOGITS_PER_ELEMENT: usize = 10;
/// Weights in one public element.
pub(crate) const WEIGHTS_PER_ELEMENT: usize = 12;

/// Totals of a batch in one public element.
pub(crate) const TOTALS_PER_ELEMENT: usize = 7;
/// The most queries of a batch: a total of each contributor fits 32 bits.
pub const MAX_QUERIES: usize = tribute_verifier::batch::MAX_QUERIES as usize;

/// A shape, a number of queries, and the columns for them: all that keys depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitParams {
    /// The shape of the claim.
    pub shape: Shape,
    /// Queries that one proof answers: one, with its weights, or a batch, with their totals.
    pub queries: usize,
    /// Queries that stand beside each other; the others stand below, in blocks.
    pub threads: usize,
    /// Binary logarithm of the number of rows.
    pub k: u32,
    /// Columns for weights and table entries.
    pub weight_columns: usize,
    /// Bits of a limb.
    pub limb_bits: u32,
    /// Limbs in a row.
    pub limb_lanes: usize,
}

/// What a circuit takes, and with it what a proof costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitSize {
    /// Rows that the longest part takes.
    pub rows: usize,
    /// Advice columns committed before the challenges.
    pub first_phase: usize,
    /// Advice columns committed after them.
    pub second_phase: usize,
    /// Fixed columns.
    pub fixed: usize,
}

/// Why a circuit of these parameters doesn't exist.
#[derive(Debug, Error)]
pub enum ParamsError {
    /// A number of the shape lies outside the formats.
    #[error("{what} is {value}, must lie in {min}..={max}")]
    OutOfRange {
        /// The number in question.
        what: &'static str,
        /// Its value.
        value: usize,
        /// The least value.
        min: usize,
        /// The greatest value.
        max: usize,
    },
    /// A value of this shape doesn't fit the field, or the limbs of a row.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// A method that multiplies with another residual than the shape says.
    #[error("the shape doesn't have the residual of {method}")]
    Residual {
        /// The method.
        method: MethodId,
    },
    /// Queries that don't fill their threads.
    #[error("{queries} queries can't be parted among {threads} threads")]
    Threads {
        /// The queries.
        queries: usize,
        /// The threads.
        threads: usize,
    },
    /// More rows than the domain has.
    #[error("the circuit needs {needed} rows, k = {k} has {available}")]
    Rows {
        /// Rows the layout takes.
        needed: usize,
        /// Rows that k offers.
        available: usize,
        /// The k asked for.
        k: u32,
    },
}

/// Rows at the end that no constraint touches: blinding, the unusable row, and room for rotations.
pub(crate) const RESERVED_ROWS: usize = 16;
/// Rows on which constraints act.
pub(crate) const fn active_rows(k: u32) -> usize {
    (1 << k) - RESERVED_ROWS
}

/// The least k that the tool plans for.
pub(crate) const MIN_K: u32 = 10;
/// The largest k that the tool plans for.
pub const MAX_K: u32 = 22;
/// The most weight columns.
pub(crate) const MAX_WEIGHT_COLUMNS: usize = 64;
/// Bits that a limb may have.
const LIMB_BITS: std::ops::RangeInclusive<u32> = 6..=14;
/// The most lanes.
const MAX_LANES: usize = 16;
/// The most threads.
pub(crate) const MAX_THREADS: usize = 64;

impl CircuitParams {
    /// The parameters that prove this shape fast; [`crate::layouts`] has others.
    ///
    /// # Errors
    /// Fails if the shape lies outside the formats, or a bound can't be met.
    pub fn fit(shape: &Shape) -> Result<Self, ParamsError> {
        Self::fit_batch(shape, 1)
    }

    /// The parameters that prove this many queries of the shape fast.
    ///
    /// # Errors
    /// As [`Self::fit`], and if the number of queries is out of range.
    pub fn fit_batch(shape: &Shape, queries: usize) -> Result<Self, ParamsError> {
        crate::plan::fastest(shape, queries)
    }

    /// Checks every parameter, all bounds against wraparound, and the room for all rows.
    ///
    /// # Errors
    /// Names the first that doesn't hold.
    pub fn validate(&self) -> Result<(), ParamsError> {
        let needed = self.rows_needed()?;
        within("k", self.k as usize, MIN_K as usize, MAX_K as usize)?;
        if needed > self.active_rows() {
            return Err(ParamsError::Rows { needed, available: self.active_rows(), k: self.k });
        }
        Ok(())
    }

    /// Rows on which constraints act.
    #[must_use]
    pub fn active_rows(&self) -> usize {
        active_rows(self.k)
    }

    /// Rows and columns of the circuit.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn size(&self) -> Result<CircuitSize, ParamsError> {
        self.validate()?;
        let counts = MachineColumns::new(self).counts;
        Ok(CircuitSize {
            rows: self.rows_needed()?,
            first_phase: counts.advice,
            second_phase: counts.late,
            fixed: counts.fixed,
        })
    }

    /// Whether one proof answers several queries.
    #[must_use]
    pub const fn is_batch(&self) -> bool {
        self.queries > 1
    }

    /// Number of public inputs.
    #[must_use]
    pub fn public_inputs(&self) -> usize {
        let (each, before) = self.public_rows();
        before + self.queries * each
    }

    /// Public inputs of each query, and those before the first one's.
    pub(crate) fn public_rows(&self) -> (usize, usize) {
        let output = self.shape.output_elements();
        if self.is_batch() {
            (2 + output, 2 + self.shape.total_elements())
        } else {
            (4 + output + self.shape.weight_elements(), 0)
        }
    }

    /// Blocks of queries below each other.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.queries / self.threads.max(1)
    }

    /// Where the linked columns hold what.
    #[must_use]
    pub fn linked(&self) -> LinkedParams {
        let first_row = self.public_inputs() + 2;
        LinkedParams { columns: self.weight_columns, first_row, spread: self.blocks() }
    }

    /// What powers of the challenge tell apart.
    pub(crate) fn strides(&self) -> Strides {
        let rows = linear::applications(&self.shape)[linear::FULL] * self.blocks();
        Strides { word: rows * self.threads, queries: self.queries }
    }

    pub(crate) fn limbs(&self) -> LimbFormat {
        LimbFormat { bits: self.limb_bits, lanes: self.limb_lanes }
    }

    /// Checks everything but whether the rows fit.
    pub(crate) fn check_columns(&self) -> Result<(), ParamsError> {
        self.shape.check()?;
        within("queries", self.queries, 1, MAX_QUERIES)?;
        within("threads", self.threads, 1, MAX_THREADS.min(self.queries))?;
        if !self.queries.is_multiple_of(self.threads) {
            return Err(ParamsError::Threads { queries: self.queries, threads: self.threads });
        }
        within("weight columns", self.weight_columns, 1, MAX_WEIGHT_COLUMNS)?;
        let bits = (*LIMB_BITS.start() as usize, *LIMB_BITS.end() as usize);
        within("limb bits", self.limb_bits as usize, bits.0, bits.1)?;
        within("limb lanes", self.limb_lanes, 1, MAX_LANES)?;
        Bounds::of(&self.shape)?.hold_in_rows(self.limbs())?;
        Ok(())
    }

    /// Rows that the circuit takes, at least: those of the matrices if they alone are too many.
    fn rows_needed(&self) -> Result<usize, ParamsError> {
        self.check_columns()?;
        let matrices = LinkedLayout::new(&self.shape, &self.linked()).end();
        if matrices > active_rows(MAX_K) {
            return Ok(matrices);
        }
        Ok(self.rows_of(&inference::block_extents(self)?))
    }

    /// Rows that the circuit takes whose blocks have segments of these extents.
    pub(crate) fn rows_of(&self, blocks: &[Vec<Extent>; 2]) -> usize {
        let extents = inference::extents(self, blocks);
        let (_, last) = Frame::new(self).place(extents.into_iter().flatten());
        (last + 1).max(lookup::table_rows(self.limbs()))
    }
}

impl Default for CircuitParams {
    /// The least circuit: one input, two classes, one contributor.
    fn default() -> Self {
        let shape = Shape {
            inputs: 1,
            hidden: Vec::new(),
            classes: 2,
            contributors: 1,
            residual: ResidualKind::Query,
        };
        let (queries, threads) = (1, 1);
        Self { shape, queries, threads, k: 11, weight_columns: 1, limb_bits: 8, limb_lanes: 1 }
    }
}

pub(crate) fn within(
    what: &'static str,
    value: usize,
    min: usize,
    max: usize,
) -> Result<(), ParamsError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(ParamsError::OutOfRange { what, value, min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(
        inputs: usize,
        hidden: &[usize],
        classes: usize,
        contributors: usize,
    ) -> Result<CircuitParams, ParamsError> {
        let hidden = hidden.to_vec();
        CircuitParams::fit(&Shape {
            inputs,
            hidden,
            classes,
            contributors,
            residual: ResidualKind::Query,
        })
    }

    #[test]
    fn refuses_features_that_no_descriptor_holds() {
        for (inputs, hidden) in [(65_535, &[][..]), (1, &[65_535][..])] {
            assert!(matches!(
                fit(inputs, hidden, 2, 1),
                Err(ParamsError::OutOfRange { what: "number of features", value: 65_536, .. })
            ));
        }
    }

    #[test]
    fn refuses_what_no_domain_holds_by_its_rows() {
        for (inputs, hidden) in [(65_534, &[][..]), (65_535, &[65_534; 64][..]), (1, &[1024][..])] {
            assert!(matches!(fit(inputs, hidden, 256, 4096), Err(ParamsError::Rows { .. })));
        }
    }
}
