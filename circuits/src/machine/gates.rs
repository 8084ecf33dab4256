//! The identities of the machine.
//!
//! | identity | degree |
//! |---|---|
//! | relation | 4 |
//! | range | 4 |
//! | combination: built from weights, from constants, kept, reset | 4 |
//! | accumulator: products of jobs, outputs, constant matrices | 4 |
//! | lookup (see [`super::lookup`]) | 4 |
//!
//! # Columns of small numbers
//! `step` says what a row does: 0 builds the combination further, 1 multiplies it with `c` into the accumulator and resets it, 2 adds `c` to the accumulator, one power of
//! $\rho$ down. `range` says what limbs make of `c`: 0 nothing, 1 all of it, 2 its low part. Both are fixed, so no other number occurs.
//!
//! # Ends
//! The active rows are 0 to $A - 1$; $q_{active}$ read on a row and the next one tells both ends, from row $n - 1$ around to row 0. Combination, accumulator and lookup sum are 0 on
//! rows 0 and $A$.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::columns::MachineColumns;
use super::linear::{ENTRIES, TOP_POWER};
use super::lookup;
use crate::encode::power_of_two;
use crate::gadgets::gates::{Gates, Identity, Query, combine, constant, sum};
use crate::gadgets::limbs::{LimbFormat, weighted};

/// Degree of the largest identity.
pub(crate) const DEGREE: usize = 4;

/// Names the relation.
pub(crate) const RELATION: &str = "arithmetic: q_c c' = q_p c + q_a a + q_m c a + q_k + instance";
/// Names the accumulator.
pub(crate) const ACCUMULATOR: &str = "accumulator: products are subtracted, outputs added";

/// Creates all gates.
pub(crate) fn configure(gates: &mut Gates<'_>, columns: &MachineColumns, stride: usize) {
    gates.create(|query| {
        let rho = query.rho();
        let powers = Powers {
            word: exponentiate(&rho, stride),
            output: exponentiate(&rho, stride * TOP_POWER),
            row: exponentiate(&rho, columns.weights.len()),
            rho,
        };
        let mut identities = vec![relation(query, columns), range(query, columns)];
        identities.extend(sums(query, columns, &powers));
        identities.extend(lookup::identities(query, columns));
        identities
    });
}

/// Powers of the challenge.
struct Powers {
    rho: Expression<Fr>,
    /// $\rho^w$: a row of weights further.
    row: Expression<Fr>,
    /// $\beta = \rho^S$.
    word: Expression<Fr>,
    /// $\beta^D$.
    output: Expression<Fr>,
}

fn relation(query: &mut Query<'_, '_>, columns: &MachineColumns) -> Identity {
    let (a, c, next) =
        (query.advice(columns.a), query.advice(columns.c), query.advice_at(columns.c, 1));
    let [previous, operand, product, constant_term, result] =
        columns.relation.all().map(|column| query.fixed(column));
    let q_matrix = query.fixed(columns.q_matrix);
    let value = previous * c.clone() + operand * a.clone() + product * c * a + constant_term
        - result * next
        + query.instance();
    (RELATION, (constant(Fr::ONE) - q_matrix) * value)
}

fn range(query: &mut Query<'_, '_>, columns: &MachineColumns) -> Identity {
    let LimbFormat { bits, lanes } = columns.limbs;
    let (c, next) = (query.advice(columns.c), query.advice_at(columns.c, 1));
    let kind = query.fixed(columns.range);
    let ranged = kind.clone() * (constant(Fr::from(3)) - kind.clone());
    let chained = kind.clone() * (kind - constant(Fr::ONE));
    let cells: Vec<_> = columns.lanes.iter().map(|lane| query.advice(*lane)).collect();
    let mut held = cells[0].clone();
    let mut scale = constant(power_of_two(bits));
    if let Some(q_wide) = columns.q_wide.map(|q_wide| query.fixed(q_wide)) {
        let lanes = u32::try_from(lanes).unwrap_or(u32::MAX);
        let all = weighted(columns.limbs, &cells) - cells[0].clone();
        held = held + q_wide.clone() * all;
        scale = scale + q_wide * constant(power_of_two(bits * lanes) - power_of_two(bits));
    }
    // Both selectors are twice what they select: 0 or 2.
    (
        "range: c = sum of limbs and of what stands below",
        ranged * (c - held) - chained * scale * next,
    )
}

fn sums(query: &mut Query<'_, '_>, columns: &MachineColumns, powers: &Powers) -> Vec<Identity> {
    let (one, two) = (constant(Fr::ONE), constant(Fr::from(2)));
    let half = Fr::from(2).invert().unwrap_or(Fr::ZERO);
    let q_active = query.fixed(columns.q_active);
    let (a, c) = (query.advice(columns.a), query.advice(columns.c));
    let step = query.fixed(columns.step);
    let builds = (one.clone() - step.clone()) * (two.clone() - step.clone()) * half;
    let closes = step.clone() * (two - step.clone());
    let outputs = step.clone() * (step - one) * half;

    let weights: Vec<_> = columns.weights.iter().map(|column| query.advice(*column)).collect();
    let offset = query.fixed(columns.offset);
    let offsets = combine(&powers.rho, weights.iter().map(|_| offset.clone()));
    let row = combine(&powers.rho, weights) - offsets;
    let (t, t_next) = (query.late(columns.combination), query.late_next(columns.combination));
    let whole = powers.row.clone() * t.clone() + row;

    let entries = columns.relation.all().map(|column| query.fixed(column));
    let entry_power = exponentiate(&powers.word, ENTRIES);
    let built = (entry_power - powers.row.clone()) * t.clone() + combine(&powers.word, entries);
    let q_matrix = query.fixed(columns.q_matrix);
    let combination = q_active.clone()
        * (t_next.clone() - builds * whole.clone() - outputs.clone() * t.clone())
        - q_matrix * built;

    let (accumulator, accumulator_next) =
        (query.late(columns.accumulator), query.late_next(columns.accumulator));
    let added = (powers.rho.clone() - constant(Fr::ONE)) * accumulator.clone()
        + powers.output.clone() * c.clone()
        - t * a;
    let accumulated = q_active.clone() * (accumulator_next.clone() - accumulator)
        + powers.output.clone() * closes * c * whole
        - outputs * added;
    let ends = ends(query, columns);
    vec![
        ("combination: built from weights or constants, kept, reset", combination),
        (ACCUMULATOR, accumulated),
        ("combination: 0 at both ends", ends.clone() * t_next),
        ("accumulator: 0 at both ends", ends * accumulator_next),
    ]
}

/// 1 on the rows before the first active one and before the first row below the last.
pub(super) fn ends(query: &mut Query<'_, '_>, columns: &MachineColumns) -> Expression<Fr> {
    let (here, next) = (query.fixed(columns.q_active), query.fixed_next(columns.q_active));
    sum([here.clone(), next.clone()]) - constant(Fr::from(2)) * here * next
}

/// $e^n$, by squaring.
fn exponentiate(base: &Expression<Fr>, exponent: usize) -> Expression<Fr> {
    match exponent {
        0 => constant(Fr::ONE),
        1 => base.clone(),
        _ => {
            let half = exponentiate(base, exponent / 2);
            let square = half.clone() * half;
            if exponent.is_multiple_of(2) { square } else { square * base.clone() }
        }
    }
}
