//! The log-derivative lookup: every lane of every active row is in the table.
//!
//! # Relation
//! The table holds $(v, 0, 0)$ for $v < 2^b$, $(i, \mathrm{HIGH}_i, 1)$ and $(j, \mathrm{LOW}_j, 2)$ for the two halves of the exponential.
//! Lane 0 of a row looks up $(L_0, a, 1)$ or $(L_0, a, 2)$ where a fixed selector says so, every other lane $(L, 0, 0)$. With the columns'
//! tuples folded by $\rho$, $f = L + \rho a + \rho^2 \mathrm{tag}$, and $m_t$ the number of times row $t$ is looked up,
//! $$ \sum_{\text{rows}} \sum_{\text{lanes}} \frac{1}{\alpha + f} = \sum_t \frac{m_t}{\alpha + t}. $$
//!
//! # Layout
//! Helper $h$ holds the sum of the inverses of two or three lanes, $\varphi$ the running difference of the two sides:
//! $$ h \prod_i (\alpha + f_i) = \sum_i \prod_{j \ne i} (\alpha + f_j), \qquad (\varphi' - \varphi - \sum h)(\alpha + t) + m = 0, \qquad \varphi_{first} = \varphi_{last} = 0. $$
//!
//! # Soundness
//! Lanes, `a` and multiplicities are committed before $\rho$ and $\alpha$ are drawn. If some tuple isn't in the table, then but for a fraction of
//! (rows x lanes) / p of the challenges its folded value isn't either, and the left side has a pole at $-f$ that the right one hasn't
//! (Haböck, ePrint 2022/1530; the number of looked-up cells is far below $p$, so no pole cancels). The selector is fixed and covers active rows only:
//! blinding rows take no part. A zero denominator occurs with probability (rows x lanes) / p and would leave $h$ free; it's part of the same bound.
//!
//! # Cost
//! One first-phase column, one helper for each group of lanes, one running sum; degree 5.

use std::ops::Range;

use ff::{BatchInvert, Field, PrimeField};
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::gates::{Gates, Query, sum};
use super::limbs::LimbFormat;
use crate::grid::{Challenges, Grid, LateGrid};
use crate::layout::{Late, LookupChip};
use crate::reference::exp_tables::{EXP_HIGH, EXP_LOW};

/// Rows of the table, exponential included.
pub(crate) fn table_rows(limbs: LimbFormat) -> usize {
    (1 << limbs.bits) + EXP_HIGH.len() + EXP_LOW.len()
}

/// Rows of a table of limbs alone.
pub(crate) fn limb_rows(limbs: LimbFormat) -> usize {
    1 << limbs.bits
}

/// Lanes that share a helper. The group of lane 0 is one lane shorter: its tuple has degree 2.
pub(crate) fn groups(lanes: usize, batch: usize) -> impl Iterator<Item = Range<usize>> {
    let first = batch - 1;
    std::iter::once(0..first.min(lanes))
        .chain((first..lanes).step_by(batch).map(move |start| start..(start + batch).min(lanes)))
}

/// The same where lane 0 looks up what every other lane does.
pub(crate) fn equal_groups(lanes: usize, batch: usize) -> impl Iterator<Item = Range<usize>> {
    (0..lanes).step_by(batch).map(move |start| start..(start + batch).min(lanes))
}

impl LookupChip {
    /// Lanes of each helper.
    fn groups(&self) -> Vec<(Range<usize>, Late)> {
        let groups: Vec<_> = match self.exponential {
            Some(_) => groups(self.lanes.len(), self.batch).collect(),
            None => equal_groups(self.lanes.len(), self.batch).collect(),
        };
        groups.into_iter().zip(self.helpers.iter().copied()).collect()
    }
}

/// Creates the gates of the argument.
pub(crate) fn configure(gates: &mut Gates<'_>, layout: &LookupChip) {
    gates.create(|query| {
        let q_active = query.fixed(layout.rows.q_active);
        let mut identities = Vec::new();
        for (group, helper) in layout.groups() {
            let factors: Vec<_> = group.map(|lane| factor(query, layout, lane)).collect();
            let all = factors
                .iter()
                .cloned()
                .reduce(|x, y| x * y)
                .unwrap_or_else(|| unreachable!("a group has a lane"));
            let numerators = (0..factors.len()).map(|i| {
                let others =
                    factors.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, f)| f.clone());
                others.reduce(|x, y| x * y).unwrap_or(Expression::Constant(Fr::ONE))
            });
            identities.push((
                "lookup: h * prod f = sum of prods without one",
                q_active.clone() * (query.late(helper) * all - sum(numerators)),
            ));
        }
        let helpers = sum(layout.helpers.iter().map(|helper| query.late(*helper)));
        let (phi, next) = (query.late(layout.sum), query.late_next(layout.sum));
        let (rho, alpha) = (query.rho(), query.alpha());
        let mut row = query.fixed(layout.index);
        if let Some(exponential) = &layout.exponential {
            row = row
                + rho.clone() * query.fixed(exponential.value)
                + rho.clone() * rho * query.fixed(exponential.tag);
        }
        let step = q_active
            * ((next - phi.clone() - helpers) * (alpha + row) + query.advice(layout.multiplicity));
        identities.push(("lookup: (phi' - phi - sum h) (alpha + t) + m = 0", step));
        identities
            .push(("lookup: phi starts at 0", query.fixed(layout.rows.q_first) * phi.clone()));
        identities.push(("lookup: phi ends at 0", query.fixed(layout.rows.q_last) * phi));
        identities
    });
}

fn factor(query: &mut Query<'_, '_>, layout: &LookupChip, lane: usize) -> Expression<Fr> {
    let value = query.alpha() + query.advice(layout.lanes[lane]);
    let (0, Some(exponential)) = (lane, layout.exponential) else { return value };
    let (q_high, q_low, rho) =
        (query.fixed(exponential.q_high), query.fixed(exponential.q_low), query.rho());
    let tagged = rho.clone() * (q_high.clone() + q_low.clone()) * query.advice(exponential.a);
    value + tagged + rho.clone() * rho * (q_high + q_low.clone() + q_low)
}

/// Fills the table.
pub(crate) fn load_table(grid: &mut Grid, layout: &LookupChip) {
    let mut rows = 0;
    for value in 0..1u32 << layout.limb_bits {
        grid.set(layout.index, rows, Fr::from(u64::from(value)));
        rows += 1;
    }
    let Some(exponential) = layout.exponential else { return };
    let high = (0u32..).zip(&EXP_HIGH).map(|(i, value)| (i, *value, 1));
    let low = (0u32..).zip(&EXP_LOW).map(|(j, value)| (j, *value, 2));
    for (row, (index, value, tag)) in (rows..).zip(high.chain(low)) {
        grid.set(layout.index, row, Fr::from(u64::from(index)));
        grid.set(exponential.value, row, Fr::from(u64::from(value)));
        grid.set(exponential.tag, row, Fr::from(tag));
    }
}

/// Row of the table that a lane looks up, if there is one.
fn table_row(grid: &Grid, layout: &LookupChip, row: usize, lane: usize) -> Option<usize> {
    let value = grid.advice(layout.lanes[lane], row);
    let bytes = value.to_repr();
    let (low, high) = bytes.as_ref().split_at(2);
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    let index = usize::from(u16::from_le_bytes([low[0], low[1]]));
    let range = 1 << layout.limb_bits;
    let (start, table) = match tag(grid, layout, row, lane) {
        0 => return (index < range).then_some(index),
        1 => (range, &EXP_HIGH),
        _ => (range + EXP_HIGH.len(), &EXP_LOW),
    };
    let entry = table.get(index)?;
    (second(grid, layout, row) == Fr::from(u64::from(*entry))).then_some(start + index)
}

/// What lane 0 looks up beside its limb, where the tag isn't 0.
fn second(grid: &Grid, layout: &LookupChip, row: usize) -> Fr {
    layout.exponential.map_or(Fr::ZERO, |exponential| grid.advice(exponential.a, row))
}

fn tag(grid: &Grid, layout: &LookupChip, row: usize, lane: usize) -> u64 {
    let (0, Some(exponential)) = (lane, layout.exponential) else { return 0 };
    let [high, low] =
        [exponential.q_high, exponential.q_low].map(|selector| grid.fixed(selector, row));
    if high == low {
        0
    } else if high == Fr::ONE {
        1
    } else {
        2
    }
}

/// What a row of the table holds, folded.
fn folded(grid: &Grid, layout: &LookupChip, challenges: Challenges, row: usize) -> Fr {
    let entry = challenges.alpha + grid.fixed(layout.index, row);
    layout.exponential.map_or(entry, |exponential| {
        entry
            + challenges.rho
                * (grid.fixed(exponential.value, row)
                    + challenges.rho * grid.fixed(exponential.tag, row))
    })
}

/// Counts how often each row of the table is looked up.
pub(crate) fn count(grid: &mut Grid, layout: &LookupChip) {
    let exponential = layout.exponential.map_or(0, |_| EXP_HIGH.len() + EXP_LOW.len());
    let mut counts = vec![0u64; (1 << layout.limb_bits) + exponential];
    for row in 0..grid.active {
        for lane in 0..layout.lanes.len() {
            if let Some(entry) = table_row(grid, layout, row, lane) {
                counts[entry] += 1;
            }
        }
    }
    for (row, count) in counts.into_iter().enumerate() {
        grid.assign(layout.multiplicity, row, Fr::from(count));
    }
}

/// Fills helpers and the running sum.
pub(crate) fn fill_late(
    grid: &Grid,
    layout: &LookupChip,
    challenges: Challenges,
    late: &mut LateGrid,
) {
    let Challenges { rho, alpha } = challenges;
    let fold = |index: Fr, value: Fr, tag: Fr| alpha + index + rho * value + rho * rho * tag;
    let mut inverses: Vec<Fr> =
        (0..grid.active).map(|row| folded(grid, layout, challenges, row)).collect();
    inverses.iter_mut().batch_invert();

    let groups = layout.groups();
    let mut phi = Fr::ZERO;
    for row in 0..grid.active {
        phi = late.assign(layout.sum, row, phi);
        for (group, helper) in &groups {
            let inverse = |lane| {
                table_row(grid, layout, row, lane).map_or_else(
                    || {
                        let tag = Fr::from(tag(grid, layout, row, lane));
                        let value =
                            if tag == Fr::ZERO { Fr::ZERO } else { second(grid, layout, row) };
                        fold(grid.advice(layout.lanes[lane], row), value, tag)
                            .invert()
                            .unwrap_or(Fr::ZERO)
                    },
                    |entry| inverses[entry],
                )
            };
            let sum: Fr = group.clone().map(inverse).sum();
            phi += late.assign(*helper, row, sum);
        }
        phi -= grid.advice(layout.multiplicity, row) * inverses[row];
    }
    late.assign(layout.sum, grid.active, phi);
}
