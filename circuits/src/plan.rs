//! The layouts that an inference circuit of a shape can have.
//!
//! Rows can be traded for columns: more weight columns, more lanes of limbs, larger limbs. For each number of rows, limb size and number of lanes one layout is of
//! interest, the one with the fewest weight columns that fits. Which of them is best depends on what counts, and is for the planner of the prover to say.

use crate::inference::block_extents;
use crate::linked::LinkedLayout;
use crate::machine::program::Extent;
use crate::params::{
    CircuitParams, MAX_K, MAX_THREADS, MAX_WEIGHT_COLUMNS, MIN_K, ParamsError, RESERVED_ROWS,
    Shape, active_rows,
};

/// Limb sizes that are tried.
const LIMB_BITS: std::ops::RangeInclusive<u32> = 8..=12;
/// Numbers of lanes that are tried.
const LANES: [usize; 6] = [1, 2, 3, 4, 5, 8];

/// All layouts of interest for a shape, in no order that means anything.
///
/// # Errors
/// Fails if the shape lies outside the formats, a bound can't be met, or no layout fits.
pub fn layouts(shape: &Shape, queries: usize) -> Result<Vec<CircuitParams>, ParamsError> {
    let widest = CircuitParams {
        shape: shape.clone(),
        queries,
        threads: 1,
        k: MAX_K,
        weight_columns: MAX_WEIGHT_COLUMNS,
        limb_bits: 8,
        limb_lanes: 1,
    };
    widest.check_columns()?;
    let (needed, available) =
        (LinkedLayout::new(shape, &widest.linked()).end(), active_rows(MAX_K));
    if needed > available {
        return Err(ParamsError::Rows { needed, available, k: MAX_K });
    }
    let mut layouts = Vec::new();
    let mut least = usize::MAX;
    let threads: Vec<usize> =
        (1..=queries.min(MAX_THREADS)).filter(|threads| queries.is_multiple_of(*threads)).collect();
    for limb_lanes in LANES {
        for limb_bits in LIMB_BITS {
            let limbs = CircuitParams { limb_bits, limb_lanes, ..widest.clone() };
            if limbs.check_columns().is_err() {
                continue;
            }
            // What is computed depends neither on the columns of the weights nor on the threads.
            let blocks = block_extents(&limbs)?;
            for threads in &threads {
                let base = CircuitParams { threads: *threads, ..limbs.clone() };
                least = least.min(columns(&base, &blocks, &mut layouts));
            }
        }
    }
    if layouts.is_empty() {
        return Err(ParamsError::Rows { needed: least, available, k: MAX_K });
    }
    Ok(layouts)
}

/// Adds, for each k, the layout with the fewest weight columns; returns the fewest rows of any.
fn columns(
    base: &CircuitParams,
    blocks: &[Vec<Extent>; 2],
    layouts: &mut Vec<CircuitParams>,
) -> usize {
    let (mut k, mut least) = (MAX_K + 1, usize::MAX);
    let mut heights = Vec::new();
    for weight_columns in 1..=MAX_WEIGHT_COLUMNS {
        let before = std::mem::replace(&mut heights, input_rows(base, weight_columns));
        if heights == before {
            continue;
        }
        let params = CircuitParams { weight_columns, ..base.clone() };
        let needed = params.rows_of(blocks);
        least = least.min(needed);
        let fits = (needed + RESERVED_ROWS).next_power_of_two().ilog2().max(MIN_K);
        if fits < k {
            k = fits;
            layouts.push(CircuitParams { k, ..params });
        }
    }
    least
}

/// Rows that an input of each matrix takes: more columns are of use only where they make one of them fewer.
fn input_rows(base: &CircuitParams, columns: usize) -> Vec<usize> {
    let Shape { hidden, classes, contributors, .. } = &base.shape;
    let outputs = hidden.iter().chain([classes, contributors]);
    outputs.map(|outputs| outputs.div_ceil(columns).max(base.blocks())).collect()
}

/// The layout that is expected to be proven fastest, by a rule of thumb: rows times columns, a column of small values counting as a fraction of a full one.
pub(crate) fn fastest(shape: &Shape, queries: usize) -> Result<CircuitParams, ParamsError> {
    let cost = |params: &CircuitParams| {
        let columns = 56 + params.weight_columns + 4 * params.limb_lanes;
        columns << params.k
    };
    let layouts = layouts(shape, queries)?;
    let best = layouts.into_iter().min_by_key(cost);
    best.ok_or(ParamsError::Rows { needed: 0, available: 0, k: MAX_K })
}
