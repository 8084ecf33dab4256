//! Chooses the columns and rows of an inference circuit.

use crate::inference::segment_lengths;
use crate::linked::LinkedLayout;
use crate::machine::lookup::table_rows;
use crate::params::{CircuitParams, MAX_K, ParamsError, Shape, active_rows};

/// The fastest parameters for a shape.
pub(crate) fn fastest(shape: Shape) -> Result<CircuitParams, ParamsError> {
    let mut best: Option<(f64, CircuitParams)> = None;
    let mut least: Option<ParamsError> = None;
    for limb_lanes in [1, 3] {
        for limb_bits in [8, 10, 12] {
            let base = CircuitParams {
                shape: shape.clone(),
                k: MAX_K,
                weight_columns: 64,
                limb_bits,
                limb_lanes,
            };
            base.check_columns()?;
            if LinkedLayout::new(&shape, 64).end() > active_rows(MAX_K) {
                least = Some(ParamsError::Rows {
                    needed: LinkedLayout::new(&shape, 64).end(),
                    available: active_rows(MAX_K),
                    k: MAX_K,
                });
                continue;
            }
            let narrow = CircuitParams { weight_columns: 1, ..base.clone() };
            let wide = segment_lengths(&base)?;
            let narrow =
                if shape.contributors > 1 { segment_lengths(&narrow)? } else { wide.clone() };
            for weight_columns in [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 43, 48, 64] {
                let mut params = CircuitParams { weight_columns, ..base.clone() };
                let lengths = if weight_columns < shape.contributors { &narrow } else { &wide };
                let needed = params.rows_of(lengths)?.max(table_rows(params.limbs()));
                let k = (needed + 16).next_power_of_two().ilog2().max(9);
                if k > MAX_K {
                    continue;
                }
                params.k = k;
                let rows = (1u64 << k) as f64;
                let columns = 14.0 + 0.25 * weight_columns as f64 + 1.2 * limb_lanes as f64;
                let cost = rows * columns;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, params));
                }
            }
        }
    }
    match (best, least) {
        (Some((_, params)), _) => Ok(params),
        (None, Some(error)) => Err(error),
        (None, None) => {
            Err(ParamsError::Rows { needed: usize::MAX, available: active_rows(MAX_K), k: MAX_K })
        }
    }
}
