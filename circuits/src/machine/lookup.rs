//! The log-derivative lookup: every lane of every active row is in the table.
//!
//! # Relation
//! The table holds $(v, 0)$ for $v < 2^b$, $(v, \beta)$ for $v < 2^\beta$ and every width $\beta$ that a top limb may have, and $(2^s i + E_i, \mathrm{tag})$ for the two halves of the exponential,
//! with $2^s$ a whole number of limbs above every entry $E_i$. Lane 0 of a thread is looked up under the row's tag, every other lane under 0; beside an S-box, where lane 0 holds a square, 0 is looked up in its place. With $f = L + \rho\,\mathrm{tag}$ and $m_t$ the number of times that
//! row $t$ is looked up,
//! $$ \sum_{\text{rows}} \sum_{\text{lanes}} \frac{1}{\alpha + f} = \sum_t \frac{m_t}{\alpha + t}. $$
//!
//! # Layout
//! A helper holds the sum of the inverses of up to three lanes, the running sum $\varphi$ takes the first thread's lane 0 itself:
//! $$ h \prod_i (\alpha + f_i) = \sum_i \prod_{j \ne i} (\alpha + f_j), \qquad (\varphi' - \varphi - \sum h)(\alpha + f_0)(\alpha + t) = (\alpha + t) - m (\alpha + f_0). $$
//!
//! # Soundness
//! Lanes and multiplicities are committed before $\rho$ and $\alpha$ are drawn. If some pair isn't in the table, then but for a fraction of (rows x lanes) / p of the challenges its folded
//! value isn't either, and the left side has a pole at $-f$ that the right one hasn't (Haböck, ePrint 2022/1530; the number of looked-up cells is far below $p$, so no pole cancels).
//! The selector is fixed and covers active rows only: blinding rows take no part. A zero denominator occurs with probability (rows x lanes) / p, part of the same bound.
//!
//! # Cost
//! One first-phase column, one running sum, one helper for every three lanes. The first thread's lane 0 takes none; that of any other thread, which S-boxes switch off and so has degree 2, shares a helper with one lane. Degree 5.

use std::collections::BTreeMap;

use ff::{BatchInvert, Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;
use rayon::prelude::*;

use super::columns::{Helper, Lane, MachineColumns};
use super::gates::ends;
use super::range::{EXACT_WIDTHS, Width};
use crate::encode::power_of_two;
use crate::gadgets::gates::{Identity, Query, constant, sum};
use crate::gadgets::limbs::LimbFormat;
use crate::grid::{Challenges, Grid, LateGrid};
use crate::reference::exp_tables::{EXP_HIGH, EXP_LOW};

/// The tag of the high half of the exponential: above every width of a limb.
pub(crate) const HIGH: u32 = 32;
/// The tag of the low half.
pub(crate) const LOW: u32 = 33;

/// Bits that hold every entry of the exponential's tables.
const ENTRY_BITS: u32 = 25;
/// The most bits that a row of the tables may have below the number of its entry.
const MAX_ENTRY_BITS: u32 = 128;

/// Bits below the number of an entry in a row of the exponential's tables: whole rows of limbs, if those aren't too many.
pub(crate) fn entry_bits(limbs: LimbFormat) -> u32 {
    let whole = Width::AtLeast(ENTRY_BITS).bits(limbs);
    // The number of an entry stands above, and must stay far from the end of the field.
    if whole <= MAX_ENTRY_BITS { whole } else { ENTRY_BITS.next_multiple_of(limbs.bits) }
}

/// Names the helpers.
pub(crate) const HELPER: &str = "lookup: h prod f_i = sum of prod f_j, j not i";

/// All rows of the table, with their tags.
fn rows(limbs: LimbFormat) -> Vec<(Fr, u32)> {
    let range = |bits: u32, tag: u32| (0..1u64 << bits).map(move |v| (Fr::from(v), tag));
    let mut rows: Vec<(Fr, u32)> = range(limbs.bits, 0).collect();
    for bits in partial_widths(limbs) {
        rows.extend(range(bits, bits));
    }
    let scale = power_of_two(entry_bits(limbs));
    for (table, tag) in [(&EXP_HIGH, HIGH), (&EXP_LOW, LOW)] {
        let entries = (0u64..).zip(table);
        rows.extend(
            entries.map(|(i, entry)| (Fr::from(i) * scale + Fr::from(u64::from(*entry)), tag)),
        );
    }
    rows
}

/// Widths of top limbs that aren't whole.
fn partial_widths(limbs: LimbFormat) -> Vec<u32> {
    let mut widths: Vec<u32> = EXACT_WIDTHS.map(|width| width % limbs.bits).to_vec();
    widths.sort_unstable();
    widths.dedup();
    widths.retain(|width| *width > 0);
    widths
}

/// Rows of the table.
pub(crate) fn table_rows(limbs: LimbFormat) -> usize {
    let partial: usize = partial_widths(limbs).into_iter().map(|bits| 1 << bits).sum();
    (1 << limbs.bits) + partial + EXP_HIGH.len() + EXP_LOW.len()
}

/// The identities of the argument.
pub(super) fn identities(query: &mut Query<'_, '_>, columns: &MachineColumns) -> Vec<Identity> {
    let one = constant(Fr::ONE);
    let q_active = query.fixed(columns.q_active);
    let (rho, alpha) = (query.rho(), query.alpha());
    // Beside an S-box the first lane holds a square, which nobody looks up.
    let looked_up = one.clone() - query.fixed(columns.q_s_box);
    let tag = rho.clone() * query.fixed(columns.tag);
    let folded = |query: &mut Query<'_, '_>, (thread, lane): Lane| {
        let value = query.advice(columns.threads[thread].lanes[lane]);
        let value = if lane == 0 { looked_up.clone() * value + tag.clone() } else { value };
        alpha.clone() + value
    };
    let mut identities = Vec::new();
    for Helper { lanes, column } in &columns.helpers {
        let helper = query.late(*column);
        let factors: Vec<_> = lanes.iter().map(|lane| folded(query, *lane)).collect();
        let product = |skipped: Option<usize>| {
            let kept = factors.iter().enumerate().filter(|(at, _)| Some(*at) != skipped);
            kept.fold(one.clone(), |product, (_, factor)| product * factor.clone())
        };
        let sum = sum((0..factors.len()).map(|at| product(Some(at))));
        identities.push((HELPER, q_active.clone() * (helper * product(None) - sum)));
    }
    let helpers = sum(columns.helpers.iter().map(|helper| query.late(helper.column)));
    let (phi, next) = (query.late(columns.sum), query.late_next(columns.sum));
    let first = folded(query, (0, 0));
    let table = alpha + query.fixed(columns.table) + rho * query.fixed(columns.table_tag);
    let step = (next.clone() - phi - helpers) * first.clone() * table.clone() - table
        + query.advice(columns.multiplicity) * first;
    identities.push(("lookup: (phi' - phi - sum h) f t = t - m f", q_active * step));
    identities.push(("lookup: phi is 0 at both ends", ends(query, columns) * next));
    identities
}

/// Fills the table.
pub(crate) fn load_table(grid: &mut Grid, columns: &MachineColumns) {
    for (row, (value, tag)) in rows(columns.limbs).into_iter().enumerate() {
        grid.set(columns.table, row, value);
        grid.set(columns.table_tag, row, Fr::from(u64::from(tag)));
    }
}

/// Finds the row of the table for a value and a tag.
struct Table {
    rows: BTreeMap<([u8; 32], u64), usize>,
}

impl Table {
    fn new(limbs: LimbFormat) -> Self {
        let rows = rows(limbs).into_iter().enumerate();
        // Row numbers of whole limbs are the limbs themselves; the first of equal rows is kept.
        Self {
            rows: rows
                .map(|(row, (value, tag))| ((value.to_repr(), u64::from(tag)), row))
                .collect(),
        }
    }

    fn row(&self, limbs: LimbFormat, value: Fr, tag: Fr) -> Option<usize> {
        let repr = value.to_repr();
        if tag == Fr::ZERO {
            let low = usize::from(u16::from_le_bytes([repr[0], repr[1]]));
            let small = repr[2..].iter().all(|byte| *byte == 0);
            return (small && low < 1 << limbs.bits).then_some(low);
        }
        let tag = tag.to_repr();
        self.rows.get(&(repr, u64::from(tag[0]))).copied()
    }
}

/// What a lane looks up on a row, and the tag under which it does.
fn looked_up(grid: &Grid, columns: &MachineColumns, (thread, lane): Lane, row: usize) -> (Fr, Fr) {
    let value = grid.advice(columns.threads[thread].lanes[lane], row);
    if lane > 0 {
        return (value, Fr::ZERO);
    }
    let squares = grid.fixed(columns.q_s_box, row) == Fr::ONE;
    (if squares { Fr::ZERO } else { value }, grid.fixed(columns.tag, row))
}

/// Counts how often each row of the table is looked up.
pub(crate) fn count(grid: &mut Grid, columns: &MachineColumns) {
    let table = Table::new(columns.limbs);
    let mut counts = vec![0u64; table_rows(columns.limbs)];
    for (lane, _) in columns.limb_columns() {
        for row in 0..grid.active {
            let (value, tag) = looked_up(grid, columns, lane, row);
            if let Some(entry) = table.row(columns.limbs, value, tag) {
                counts[entry] += 1;
            }
        }
    }
    for (row, count) in counts.into_iter().enumerate() {
        grid.assign(columns.multiplicity, row, Fr::from(count));
    }
}

/// Fills helpers and the running sum.
pub(crate) fn fill_late(
    grid: &Grid,
    columns: &MachineColumns,
    Challenges { rho, alpha }: Challenges,
    late: &mut LateGrid,
) {
    let rows = grid.active;
    let inverses = |lanes: &[Lane]| {
        let folded = lanes.iter().flat_map(|lane| (0..rows).map(move |row| (*lane, row)));
        let mut folded: Vec<Fr> = folded
            .map(|(lane, row)| looked_up(grid, columns, lane, row))
            .map(|(value, tag)| alpha + value + rho * tag)
            .collect();
        folded.iter_mut().batch_invert();
        folded
    };
    let mut table: Vec<Fr> = (0..rows)
        .map(|row| {
            alpha + grid.fixed(columns.table, row) + rho * grid.fixed(columns.table_tag, row)
        })
        .collect();
    table.iter_mut().batch_invert();
    let mut steps = inverses(&[(0, 0)]);
    for (row, step) in steps.iter_mut().enumerate() {
        *step -= grid.advice(columns.multiplicity, row) * table[row];
    }
    let helpers: Vec<Vec<Fr>> = columns
        .helpers
        .par_iter()
        .map(|helper| {
            let inverses = inverses(&helper.lanes);
            (0..rows).map(|row| inverses[row..].iter().step_by(rows).sum()).collect()
        })
        .collect();
    for (Helper { column, .. }, values) in columns.helpers.iter().zip(helpers) {
        for (row, value) in values.into_iter().enumerate() {
            late.assign(*column, row, value);
            steps[row] += value;
        }
    }
    let mut phi = Fr::ZERO;
    for (row, step) in steps.into_iter().enumerate() {
        late.assign(columns.sum, row, phi);
        phi += step;
    }
    late.assign(columns.sum, rows, phi);
}
