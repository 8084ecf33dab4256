//! What a layout costs: bytes exactly, gas nearly so, seconds and memory by a model.
//!
//! # Bytes
//! A point takes 64 bytes and a scalar 32. Points: every advice column, a running product for three permuted columns, a random
//! polynomial, four limbs of the quotient, two of the opening. Scalars: every query of an advice or a fixed column, one of the
//! random polynomial, one for each permuted column, three for each running product but two for the last. The link takes 128 bytes.
//!
//! # Gas
//! Linear in the counts, by prices measured in revm ([`GAS`]). A contract that would be too large for a chain is exported as one that interprets its equations
//! and takes more ([`INTERPRETED`]); which those are is told by the columns, each of which adds about the same code.
//!
//! # Seconds
//! Commitments to small values, commitments to values of full width, transforms and the quotient, each by its own price a row
//! of the domain ([`Rates`]): the part that a calibration measures.
//!
//! # Memory
//! Linear in columns times rows, with coefficients fitted to peaks of whole processes ([`MEMORY`]).

use crate::circuit::CircuitError;
use crate::planner::calibration::Rates;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::{Circuit, ConstraintSystem};
use serde::Serialize;
use tribute_circuits::params::MAX_K;
use tribute_circuits::{CircuitParams, IndexCircuit, IndexParams, InferenceCircuit};
use tribute_verifier::plan::{IndexShape, Link};
use tribute_verifier::solidity::MAX_CODE;

/// Bytes of a point, of a scalar, of a word of calldata.
const POINT: usize = 64;
const SCALAR: usize = 32;

/// What a layout takes, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Binary logarithm of the number of rows.
    pub k: u32,
    /// Linked columns: weights and table.
    pub linked: usize,
    /// Columns of limbs, each looked up.
    pub lanes: usize,
    /// Advice columns committed before the challenges, the linked ones included.
    pub first_phase: usize,
    /// Advice columns committed after them.
    pub second_phase: usize,
    /// Fixed columns.
    pub fixed: usize,
    /// Columns that copies reach.
    pub equality: usize,
    /// Queries of advice columns.
    pub advice_queries: usize,
    /// Queries of fixed columns.
    pub fixed_queries: usize,
    /// Degree of the gates.
    pub degree: usize,
    /// Public inputs.
    pub public_inputs: usize,
    /// Queries that a proof answers; an index answers none.
    pub queries: usize,
}

impl Counts {
    /// Counts what a layout takes. Columns and what reads them do not depend on the shape, so they are those of the least one.
    ///
    /// # Errors
    /// Fails if no circuit has these columns.
    pub fn of(params: &CircuitParams) -> Result<Self, CircuitError> {
        let CircuitParams { k, weight_columns, threads, limb_lanes, .. } = params;
        let shape_of_least = CircuitParams::default().shape;
        let least = CircuitParams { shape: shape_of_least, k: MAX_K, ..params.clone() };
        least.validate()?;
        let public_inputs = params.public_inputs();
        let lanes = threads * limb_lanes;
        let queries = params.queries;
        let known = Known { k: *k, linked: *weight_columns, lanes, public_inputs, queries };
        Ok(known.counts::<InferenceCircuit>(least))
    }

    /// Counts what a layout takes by one of the same queries, threads and lanes: each weight column is committed in the first phase and read once.
    pub fn widened(&self, params: &CircuitParams) -> Self {
        let less = *self;
        let other = |count: usize| count - less.linked + params.weight_columns;
        Self {
            k: params.k,
            linked: params.weight_columns,
            first_phase: other(less.first_phase),
            advice_queries: other(less.advice_queries),
            ..less
        }
    }

    /// Counts what an index circuit takes.
    ///
    /// # Errors
    /// Fails if there is no such circuit.
    pub fn of_index(params: &IndexParams) -> Result<Self, CircuitError> {
        params.validate()?;
        let public_inputs = usize::try_from(IndexShape::INSTANCES).unwrap_or_default();
        let lanes = params.limb_lanes;
        let known = Known { k: params.k, linked: 0, lanes, public_inputs, queries: 0 };
        Ok(known.counts::<IndexCircuit>(Some(params.clone())))
    }

    /// Advice columns.
    pub fn advice(&self) -> usize {
        self.first_phase + self.second_phase
    }

    /// Running products of the permutation.
    pub fn products(&self) -> usize {
        self.equality.div_ceil(self.degree.saturating_sub(2).max(1))
    }

    /// Points of a proof, without the link.
    pub fn commitments(&self) -> usize {
        self.advice() + self.products() + 1 + self.degree.saturating_sub(1) + 2
    }

    /// Scalars of a proof, without the link.
    pub fn evaluations(&self) -> usize {
        let products = (3 * self.products()).saturating_sub(1);
        self.advice_queries + self.fixed_queries + 1 + self.equality + products
    }

    /// Bytes of a proof, with its link where columns are linked.
    pub fn proof_bytes(&self) -> usize {
        let link = if self.linked > 0 { Link::PROOF_BYTES } else { 0 };
        POINT * self.commitments() + SCALAR * self.evaluations() + link
    }

    /// Bytes of the call that verifies it: selector, two offsets, two lengths, proof, public inputs, registered commitments.
    pub fn calldata_bytes(&self) -> usize {
        4 + 4 * SCALAR + self.proof_bytes() + SCALAR * self.public_inputs + POINT * self.linked
    }
}

/// What is counted without asking the proof system.
struct Known {
    k: u32,
    linked: usize,
    lanes: usize,
    public_inputs: usize,
    queries: usize,
}

impl Known {
    fn counts<C: Circuit<Fr>>(self, params: C::Params) -> Counts {
        let Self { k, linked, lanes, public_inputs, queries } = self;
        let mut cs = ConstraintSystem::<Fr>::default();
        let _ = C::configure_with_params(&mut cs, params);
        let second_phase = cs.advice_column_phase().iter().filter(|phase| **phase > 0).count();
        Counts {
            k,
            linked,
            lanes,
            first_phase: cs.num_advice_columns() - second_phase,
            second_phase,
            fixed: cs.num_fixed_columns(),
            equality: cs.permutation().get_columns().len(),
            advice_queries: cs.advice_queries().len(),
            fixed_queries: cs.fixed_queries().len(),
            degree: cs.degree(),
            public_inputs,
            queries,
        }
    }
}

/// Gas of a verification, transaction and calldata included.
#[derive(Clone, Copy, Debug)]
pub struct GasPrices {
    /// What every verification takes: the transaction, the pairing, the fixed points of proof and link.
    pub base: f64,
    /// For each advice column.
    pub advice: f64,
    /// More for each that is linked.
    pub linked: f64,
    /// For each fixed column.
    pub fixed: f64,
    /// For each permuted column beyond the two of one query.
    pub equality: f64,
    /// For each running product of the permutation beyond the first.
    pub product: f64,
    /// For each public input.
    pub public_input: f64,
    /// For each binary digit of the number of rows.
    pub k: f64,
}

/// Prices of the contract that `export` writes, its key embedded. The price of a linked column is that of the lean linked cases that
/// `cargo test --release -p tribute-evm --test gas` verifies in revm (eight advice and thirteen fixed columns, one to four of them
/// linked); those of other columns are differences between verifications of cost skeletons, that of k is an
/// estimate, that of a public input is what 64 digits queries in one proof leave for 196 of them, and the base is what verifications of four networks leave.
/// `--test cases_agree` holds each of eight within 2%, with `TRIBUTE_SLOW=1` nine.
pub const GAS: GasPrices = GasPrices {
    base: 231_700.0,
    advice: 8_800.0,
    linked: 8_060.0,
    fixed: 7_400.0,
    equality: 7_400.0,
    product: 7_300.0,
    public_input: 640.0,
    k: 100.0,
};

/// What an interpreted verifier takes over one whose equations are code: two batches of 64 in revm, 1.183 and 1.187 times the linear price.
pub const INTERPRETED: f64 = 1.185;

/// The same of an index circuit, whose contract always interprets the matrices of the hash: 1.362 to 1.370 times the linear price in revm, for `sizes --index-rows 20 --measure`
/// of networks from 4-2 to 64-24-16-10.
pub const INTERPRETED_INDEX: f64 = 1.366;

/// About the bytes of code of a verifier whose equations are code: what every one takes, each linked column, each permuted column, each lane. Fitted to what
/// [`tribute_verifier::solidity`] estimates of 36 layouts; none comes near the limit.
const CODE: [usize; 4] = [5_800, 18, 302, 90];

/// Whether the exported contract interprets its equations.
fn interpreted(counts: &Counts) -> bool {
    let [base, linked, permuted, lane] = CODE;
    let columns = linked * counts.linked + permuted * counts.equality + lane * counts.lanes;
    base + columns > MAX_CODE
}

/// Bytes that a proof takes of memory.
#[derive(Clone, Copy, Debug)]
pub struct MemoryPrices {
    /// The program itself.
    pub base: f64,
    /// For each row.
    pub row: f64,
    /// For each row of each advice column.
    pub cell: f64,
    /// For each row of each permuted column.
    pub permuted: f64,
}

/// Prices of a process that reads its keys from files and proves. Fitted by `planner layout ..` of `tribute-benches` to the peaks of
/// the 12 layouts that [`REFERENCE`](super::calibration::REFERENCE) was fitted to: each is met within 4%.
pub const MEMORY: MemoryPrices =
    MemoryPrices { base: 14.55e6, row: 2_987.0, cell: 105.5, permuted: 105.8 };

/// What a layout is expected to cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// Seconds for witness and proof.
    pub prove_seconds: f64,
    /// Peak of memory in bytes.
    pub memory_bytes: u64,
    /// Bytes of a proof; exact.
    pub proof_bytes: usize,
    /// Bytes of the call that verifies it; exact.
    pub calldata_bytes: usize,
    /// Gas of the transaction that verifies it.
    pub gas: u64,
}

/// Says what a layout is expected to cost at these rates.
pub fn predict(counts: &Counts, rates: &Rates) -> Prediction {
    Prediction {
        prove_seconds: seconds(counts, rates),
        memory_bytes: whole(memory(counts)),
        proof_bytes: counts.proof_bytes(),
        calldata_bytes: counts.calldata_bytes(),
        gas: gas(counts),
    }
}

/// Gas of the transaction that verifies a proof with these counts.
pub fn gas(counts: &Counts) -> u64 {
    whole(gas_of(counts))
}

fn gas_of(counts: &Counts) -> f64 {
    let GasPrices { base, advice, linked, fixed, equality, product, public_input, k } = GAS;
    let unrolled = base
        + advice * real(counts.advice())
        + linked * real(counts.linked)
        + fixed * real(counts.fixed)
        + equality * real(counts.equality.saturating_sub(2))
        + product * real(counts.products().saturating_sub(1))
        + public_input * real(counts.public_inputs)
        + k * f64::from(counts.k);
    match counts.queries {
        0 => INTERPRETED_INDEX * unrolled,
        _ if interpreted(counts) => INTERPRETED * unrolled,
        _ => unrolled,
    }
}

fn memory(counts: &Counts) -> f64 {
    let MemoryPrices { base, row, cell, permuted } = MEMORY;
    let cells = cell * real(counts.advice()) + permuted * real(counts.equality);
    base + rows(counts) * (row + cells)
}

pub(super) fn seconds(counts: &Counts, rates: &Rates) -> f64 {
    // Weights, limbs and multiplicities are small.
    let small = counts.linked + counts.lanes + 1;
    let full = counts.commitments().saturating_sub(small);
    rates.base
        + rates.full(counts.k) * real(full)
        + rates.small(counts.k) * real(small)
        + rates.column(counts.k) * real(counts.advice() + counts.products())
        + rates.row * rows(counts)
        + rates.query * real(counts.queries)
}

fn rows(counts: &Counts) -> f64 {
    f64::from(counts.k).exp2()
}

/// A count as a real number.
fn real(count: usize) -> f64 {
    count as f64
}

/// A price as a whole number.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "prices are positive and far below the largest integer"
)]
fn whole(price: f64) -> u64 {
    price.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring::rebuild_plan;
    use crate::srs::Srs;
    use tribute_circuits::{Shape, layouts};
    use tribute_verifier::method::{MethodId, ResidualKind};
    use tribute_verifier::solidity::KeyPlacement;

    fn shape(inputs: usize, hidden: &[usize], contributors: usize) -> Shape {
        let residual = ResidualKind::Query;
        Shape { inputs, hidden: hidden.to_vec(), classes: 3, contributors, residual }
    }

    #[test]
    fn counts_are_those_of_the_plan() {
        let srs = Srs::generate_unsafe_dev(12).unwrap();
        let mut seen = 0;
        for shape in [shape(1, &[], 1), shape(9, &[5, 4], 13)] {
            let small = layouts(&shape, 1).unwrap().into_iter().filter(|params| params.k <= 12);
            for params in small.step_by(3) {
                let counts = Counts::of(&params).unwrap();
                let srs = srs.clone().cut(params.k).unwrap();
                let plan = rebuild_plan::<InferenceCircuit>(&srs, &params).unwrap();
                let wide = CircuitParams { weight_columns: 7, ..params.clone() };
                let k = MAX_K;
                let wide = Counts::of(&CircuitParams { k, ..wide }).unwrap();
                let narrow = Counts { k: params.k, ..wide.widened(&params) };
                assert_eq!(narrow, counts, "{params:?}");
                assert_eq!(counts.proof_bytes(), plan.proof_bytes(), "{params:?}");
                assert_eq!(counts.commitments(), plan.proof_points(), "{params:?}");
                assert_eq!(counts.evaluations(), plan.proof_scalars(), "{params:?}");
                assert_eq!(counts.advice(), plan.advice_phases.len(), "{params:?}");
                assert_eq!(counts.fixed, plan.fixed_commitments.len(), "{params:?}");
                assert_eq!(u32::try_from(counts.public_inputs).unwrap(), plan.instances);
                let size = params.size().unwrap();
                let columns = (counts.first_phase, counts.second_phase, counts.fixed);
                assert_eq!(columns, (size.first_phase, size.second_phase, size.fixed));
                seen += 1;
            }
        }
        assert!(seen > 5, "{seen}");
    }

    #[test]
    fn counts_of_an_index_are_those_of_its_plan() {
        let (shape, method) = (shape(2, &[], 2), MethodId::TracIn);
        let index = tribute_circuits::IndexShape { shape, method, rows: 4, validation: 0, eta: 0 };
        let params = IndexParams::fit(index).unwrap();
        let srs = Srs::generate_unsafe_dev(params.k).unwrap();
        let plan = rebuild_plan::<IndexCircuit>(&srs, &params).unwrap();
        let counts = Counts::of_index(&params).unwrap();
        assert_eq!(counts.proof_bytes(), plan.proof_bytes());
        assert_eq!(u32::try_from(counts.public_inputs).unwrap(), plan.instances);
    }

    #[test]
    fn what_is_interpreted_is_foreseen() {
        let shape = shape(9, &[5], 4);
        let srs = Srs::generate_unsafe_dev(12).unwrap();
        let mut seen = [0; 2];
        for queries in [1, 8, 64] {
            let small = layouts(&shape, queries).unwrap().into_iter();
            for params in small.filter(|params| params.k <= 11).step_by(7) {
                let plan =
                    rebuild_plan::<InferenceCircuit>(&srs.clone().cut(params.k).unwrap(), &params);
                let placement = KeyPlacement::suiting(&plan.unwrap()).unwrap();
                let foreseen = interpreted(&Counts::of(&params).unwrap());
                assert_eq!(foreseen, placement == KeyPlacement::Interpreted, "{params:?}");
                seen[usize::from(foreseen)] += 1;
            }
        }
        assert!(seen.iter().all(|count| *count > 2), "{seen:?}");
    }

    #[test]
    fn more_of_anything_costs_more() {
        let params = layouts(&shape(9, &[5], 4), 1).unwrap().remove(0);
        let counts = Counts::of(&params).unwrap();
        let wider = CircuitParams { weight_columns: params.weight_columns + 1, ..params };
        let wider = Counts::of(&wider).unwrap();
        for (less, more) in [(counts, wider), (counts, Counts { k: counts.k + 1, ..counts })] {
            let [less, more] = [less, more]
                .map(|counts| predict(&counts, &crate::planner::calibration::REFERENCE));
            assert!(more.prove_seconds > less.prove_seconds);
            assert!(more.memory_bytes > less.memory_bytes);
            assert!(more.gas > less.gas && more.proof_bytes >= less.proof_bytes);
        }
    }
}
