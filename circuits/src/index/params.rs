//! What fixes an index circuit: the shape of the claim, and the columns it is laid out in.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use num_bigint::BigUint;
use tribute_verifier::index_proof::RIGHT_BITS;
use tribute_verifier::method::MethodId;

use super::block::Block;
use super::layout::IndexLayout;
use super::statement::SHAPE_ROWS;
use super::{matrices, tree};
use crate::bounds::{Bounds, no_wraparound, width_of};
use crate::encode::power_of_two;
use crate::gadgets::limbs::LimbFormat;
use crate::gadgets::{lookup, poseidon, stream};
use crate::params::{CircuitSize, ParamsError, RESERVED_ROWS, Shape, active_rows, within};
use crate::reference::fixed_point::{
    EXPONENTIAL_SCALE, PROBABILITY_SCALE, PROFILE, TABLE_BITS, TABLE_FRACTION_BITS,
};

/// The shape of an index proof's claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexShape {
    /// The shape of the inference circuit that goes with it.
    pub shape: Shape,
    /// The method that the table is made by.
    pub method: MethodId,
    /// Number of training rows, admitted or not.
    pub rows: usize,
    /// Number of validation rows: they stand behind the training rows and make nothing of the table.
    pub validation: usize,
    /// $|R|_\infty \le 2^\eta$ with a Newton method, 0 with the others.
    pub eta: u32,
}

impl IndexShape {
    /// All rows that the dataset's root binds.
    #[must_use]
    pub const fn committed(&self) -> usize {
        self.rows + self.validation
    }
}

/// A shape and the columns for it: all that keys depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexParams {
    /// The shape of the claim.
    pub shape: IndexShape,
    /// Binary logarithm of the number of rows of the circuit.
    pub k: u32,
    /// Columns for weights, table entries and residuals of the certificate.
    pub weight_columns: usize,
    /// Byte limbs in a row.
    pub limb_lanes: usize,
    /// Features in a row: 1, 3, 5 or 15.
    pub feature_slots: usize,
    /// Hidden units in a row, at most as many as features.
    pub unit_slots: usize,
    /// Contributors in a row.
    pub contributor_slots: usize,
}

/// The largest k of an index circuit: what 24 GB of memory carry.
pub const MAX_INDEX_K: u32 = 20;
const MIN_K: u32 = 10;
/// Beyond what a verifier accepts (127): room for any table at all.
const MAX_ETA: usize = 150;
/// The most rows that the formats number in a leaf's tree.
const MAX_ROWS: usize = 1 << 21;
/// Limbs of one class, on the longer of its two rows.
pub(super) const CLASS_LANES: usize = 17;
/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 8;
/// Limbs that share one helper column of the lookup.
pub(super) const LOOKUP_BATCH: usize = 3;
const MAX_PLANNED_WEIGHT_COLUMNS: usize = 8;
const MAX_PLANNED_CONTRIBUTOR_SLOTS: usize = 16;

impl IndexParams {
    /// The parameters for this shape: the least k, and for it the fewest weight columns.
    ///
    /// # Errors
    /// Fails if the shape lies outside the formats, or needs more rows than k = 20 has.
    pub fn fit(shape: IndexShape) -> Result<Self, ParamsError> {
        let bounds = Bounds::of(&shape.shape)?;
        let unit_lanes = bounds.negative_part.iter().map(|bits| unit_lanes(*bits)).max();
        let mut params = Self {
            k: MAX_INDEX_K,
            weight_columns: 1,
            limb_lanes: CLASS_LANES
                .max(2 * unit_lanes.unwrap_or(0))
                .max((shape.eta + 2).div_ceil(LIMB_BITS) as usize),
            feature_slots: 5,
            unit_slots: 2,
            contributor_slots: shape
                .shape
                .contributors
                .div_ceil(2)
                .clamp(1, MAX_PLANNED_CONTRIBUTOR_SLOTS),
            shape,
        };
        params.k = params.least_k()?;
        for weight_columns in 2..=MAX_PLANNED_WEIGHT_COLUMNS {
            let mut wider = Self { weight_columns, ..params.clone() };
            wider.k = wider.least_k()?;
            if wider.k < params.k {
                params = wider;
            }
        }
        params.validate()?;
        Ok(params)
    }

    fn least_k(&self) -> Result<u32, ParamsError> {
        let needed = self.rows_needed()? + RESERVED_ROWS;
        Ok(needed.next_power_of_two().ilog2().clamp(MIN_K, MAX_INDEX_K))
    }

    /// Checks every parameter, all bounds against wraparound, and the room for all rows.
    ///
    /// # Errors
    /// Names the first that doesn't hold.
    pub fn validate(&self) -> Result<(), ParamsError> {
        let needed = self.rows_needed()?;
        within("k", self.k as usize, MIN_K as usize, MAX_INDEX_K as usize)?;
        if needed > active_rows(self.k) {
            return Err(ParamsError::Rows { needed, available: active_rows(self.k), k: self.k });
        }
        Ok(())
    }

    /// Rows and columns of the circuit.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn size(&self) -> Result<CircuitSize, ParamsError> {
        self.validate()?;
        let layout = IndexLayout::new(self);
        Ok(CircuitSize {
            rows: self.rows_needed()?,
            first_phase: layout.counts.advice,
            second_phase: layout.counts.late,
            fixed: layout.counts.fixed,
        })
    }

    pub(crate) fn limbs(&self) -> LimbFormat {
        LimbFormat { bits: LIMB_BITS, lanes: self.limb_lanes }
    }

    /// Whether the table is the certified solution of a Newton method.
    pub(crate) fn newton(&self) -> bool {
        self.shape.method.is_newton()
    }

    /// What the key fixes, in one element: profile, method, eta, features, classes, contributors, 16 bits each, rows and
    /// validation rows, 32 bits each.
    pub(crate) fn shape_word(&self) -> Fr {
        let IndexShape { shape, method, rows, validation, eta } = &self.shape;
        let counts = [shape.features(), shape.classes, shape.contributors, *rows, 0, *validation];
        let counts = counts.map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        let fields = [u64::from(PROFILE), u64::from(method.number()), u64::from(*eta)];
        fields
            .into_iter()
            .chain(counts)
            .rev()
            .fold(Fr::ZERO, |word, field| word * Fr::from(1 << 16) + Fr::from(field))
    }

    /// What a right answer adds to the public count: those on validation rows stand $2^{32}$ higher.
    pub(crate) fn right_counts(&self, validation: bool) -> Fr {
        if validation { power_of_two(RIGHT_BITS) } else { Fr::ONE }
    }

    /// Width of $R + 2^\eta$.
    pub(crate) fn certificate_bits(&self) -> u32 {
        (self.shape.eta + 2).next_multiple_of(LIMB_BITS)
    }

    /// Width of the stationarity residual plus or minus epsilon: the residual is at most
    /// $2^{16} n\, 2^{16} 2^{20} + 2^{32} 2^{20} 2^{23}$.
    pub(crate) fn stationarity_bits(&self) -> u32 {
        let one = BigUint::from(1u8);
        let bound = BigUint::from(self.shape.rows) * (&one << 52u32) + (one << 75u32);
        width_of(&(bound * 4u8))
    }

    /// Width of what the squares of the head's weights, of 24 bits each, exceed that of the public norm by.
    pub(crate) fn excess_bits(&self) -> u32 {
        let shape = &self.shape.shape;
        width_of(&(BigUint::from(shape.features() * shape.classes) << 46_u32))
    }

    fn rows_needed(&self) -> Result<usize, ParamsError> {
        let IndexShape { shape, method, rows, validation, eta } = &self.shape;
        shape.check()?;
        within("number of rows", *rows, 1, MAX_ROWS)?;
        within("number of validation rows", *validation, 0, MAX_ROWS - rows)?;
        within("eta", *eta as usize, 0, if method.is_newton() { MAX_ETA } else { 0 })?;
        within("weight columns", self.weight_columns, 1, 64)?;
        within("limb lanes", self.limb_lanes, CLASS_LANES, 64)?;
        within("feature slots", self.feature_slots, 1, 15)?;
        within("feature slots (a divisor of 15)", 15 % self.feature_slots, 0, 0)?;
        within("limbs of features", 2 * self.feature_slots, 2, self.limb_lanes)?;
        within("unit slots", self.unit_slots, 1, self.feature_slots)?;
        within("contributor slots", self.contributor_slots, 1, 4096)?;
        if shape.residual != method.residual() {
            return Err(ParamsError::Residual { method: *method });
        }
        let bounds = Bounds::of(shape)?;
        for bits in &bounds.negative_part {
            let needed = self.unit_slots * unit_lanes(*bits);
            within("limbs of hidden units", needed, 1, self.limb_lanes)?;
        }
        for bits in [self.certificate_bits(), self.stationarity_bits(), self.excess_bits()] {
            within("limbs of a residual", self.limbs().count(bits), 1, self.limb_lanes)?;
        }
        self.check_bounds()?;
        let committed = self.shape.committed();
        let main = committed * Block::new(self).rows
            + tree::port_rows(committed)
            + stream::committed_rows(shape, self.limbs())
            + SHAPE_ROWS
            + matrices::residual_rows(self);
        Ok(main
            .max(self.hash_rows())
            .max(matrices::rows(self))
            .max(lookup::table_rows(self.limbs())))
    }

    pub(crate) fn hash_rows(&self) -> usize {
        let [_, model, table, index] = stream::preimage_lengths(&self.shape.shape);
        let blocks = |length: usize| length.div_ceil(poseidon::BLOCK);
        let rows = self.shape.committed();
        let leaves = rows * blocks(stream::leaf_length(self.shape.shape.inputs));
        poseidon::rows_of(
            leaves + tree::node_count(rows) + 1 + blocks(model) + blocks(table) + blocks(index),
        )
    }

    /// No side of an identity reaches $p/2$: with $n$ rows, features below $2^{16}$, probabilities below $2^{20}$ and their sum
    /// below $2^{21}$, a value $Y$ of the certificate is at most $K\, 2^{16} 2^{55 + 32}$, and a row adds at most $2^{16} 2^{42} |Y|$.
    /// The head's norm is below $2^{64}$, which a verifier demands, so that its square, the excess and the weights' squares don't reach it either.
    fn check_bounds(&self) -> Result<(), ParamsError> {
        let power = |bits: u32| BigUint::from(1u8) << bits;
        let IndexShape { shape, rows, eta, .. } = &self.shape;
        let solution = TABLE_BITS + TABLE_FRACTION_BITS;
        let product = BigUint::from(shape.features()) * power(16 + solution - 1);
        let hessian = BigUint::from(*rows) * &product * power(16 + 2 * PROBABILITY_SCALE + 2);
        let gradient =
            BigUint::from(*rows) * power(16 + PROBABILITY_SCALE + 68 + TABLE_FRACTION_BITS);
        let ridge = power(32 + 48 + solution - 1);
        let sides = hessian + gradient + ridge + power(*eta);
        no_wraparound("the certificate of the table", &sides)?;
        no_wraparound("the stationarity of the head", &power(self.stationarity_bits() + 1))?;
        let sum = BigUint::from(shape.classes) * power(EXPONENTIAL_SCALE);
        no_wraparound("a probability", &(sum * power(PROBABILITY_SCALE + 4)))?;
        let norm = BigUint::from(shape.features()) * power(32);
        no_wraparound("a norm of features", &(norm + power(64)))?;
        Ok(no_wraparound("the norm of the head", &(power(self.excess_bits()) + power(128)))?)
    }
}

/// Limbs of a hidden unit: two of the activation, those of the dropped part, two and a check of the remainder.
pub(super) fn unit_lanes(negative_part: u32) -> usize {
    2 + (negative_part / LIMB_BITS) as usize + 3
}
