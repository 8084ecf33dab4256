//! The identities of the machine.
//!
//! | identity | degree |
//! |---|---|
//! | relation, for each thread | 5 |
//! | range, for each thread | 5 |
//! | S-box, for each thread | 4 |
//! | combination: built from weights, from constants, kept, reset | 5 |
//! | inputs combined, where queries stand below each other | 5 |
//! | accumulator: products of jobs, outputs, constant matrices | 5 |
//! | lookup (see [`super::lookup`]) | 5 |
//!
//! # Columns of small numbers
//! `step` says what a row does: 0 builds the combination further, 1 multiplies it with the input into the accumulator and starts anew, 2 adds results to the accumulator,
//! 3 builds the combination from constants. `lanes` says how many limbs make up a row: 0 one, 1 two, 2 all. `range` says what limbs make of `c`: 0 nothing, 1 all of it, 2 its low part. Both are fixed, so no other number occurs.
//! Where a row closes without the column of combined inputs, the identity uses $s (2 - s)$, which isn't 0 on rows of constants either: on those, `c` is tied to a cell that is 0.
//!
//! # Ends
//! The active rows are 0 to $A - 1$; $q_{active}$ read on a row and the next one tells both ends, from row $n - 1$ around to row 0. Combination, accumulator, combined inputs and lookup sum are 0 on
//! rows 0 and $A$.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use halo2_proofs::plonk::Expression;

use super::columns::{InputColumns, MachineColumns, Thread};
use super::linear::TOP_POWER;
use super::lookup;
use super::range::INPUT_BITS;
use crate::encode::power_of_two;
use crate::gadgets::gates::{Gates, Identity, Query, combine, constant, sum};
use crate::gadgets::limbs::{LimbFormat, weighted};

/// Degree of the largest identity.
pub(crate) const DEGREE: usize = 5;

/// Names the relation.
pub(crate) const RELATION: &str = "arithmetic: q_c c' = q_p c + q_a a + q_m c a + q_k + instance";
/// Names the accumulator.
pub(crate) const ACCUMULATOR: &str = "accumulator: products are subtracted, outputs added";
/// Names what squares the input of an S-box.
pub(crate) const SQUARE: &str = "poseidon: square";
/// Names what gives the output of an S-box.
pub(crate) const S_BOX: &str = "poseidon: S-box";

/// What the powers of the challenge depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strides {
    /// Results that one power of $\beta$ stands for: threads times applications of a constant matrix.
    pub(crate) word: usize,
    /// Queries of an input.
    pub(crate) queries: usize,
}

/// Creates all gates.
pub(crate) fn configure(gates: &mut Gates<'_>, columns: &MachineColumns, strides: Strides) {
    gates.create(|query| {
        let rho = query.rho();
        let power = |exponent| exponentiate(&rho, exponent);
        let powers = Powers {
            thread: power(columns.threads.len()),
            queries: power(strides.queries),
            row: power(strides.queries * columns.weights.len()),
            word: power(strides.word),
            output: power(strides.word * TOP_POWER),
            rho: rho.clone(),
        };
        let mut identities = Vec::new();
        for (number, thread) in columns.threads.iter().enumerate() {
            identities.push(relation(query, columns, thread, number == 0));
            identities.push(range(query, columns, thread));
            identities.extend(s_box(query, columns, thread));
        }
        identities.extend(sums(query, columns, &powers));
        identities.extend(lookup::identities(query, columns));
        identities
    });
}

/// Powers of the challenge.
struct Powers {
    rho: Expression<Fr>,
    /// $\rho^T$: a row of results further.
    thread: Expression<Fr>,
    /// $\rho^{TH}$: an output further.
    queries: Expression<Fr>,
    /// $\rho^{THw}$: a row of weights further.
    row: Expression<Fr>,
    /// $\beta$: a word of a constant matrix further.
    word: Expression<Fr>,
    /// $\beta^D$.
    output: Expression<Fr>,
}

fn relation(
    query: &mut Query<'_, '_>,
    columns: &MachineColumns,
    thread: &Thread,
    reads_instance: bool,
) -> Identity {
    let (a, c, next) =
        (query.advice(thread.a), query.advice(thread.c), query.advice_at(thread.c, 1));
    let [previous, operand, product, constant_term, result] =
        columns.relation.all().map(|column| query.fixed(column));
    let mut value = previous * c.clone() + operand * a.clone() + product * c * a + constant_term
        - result * next;
    if reads_instance {
        value = value + query.instance();
    }
    let enabled = (constant(Fr::from(3)) - query.fixed(columns.step))
        * (constant(Fr::ONE) - query.fixed(columns.q_s_box));
    (RELATION, enabled * value)
}

/// $1/2$.
fn half() -> Fr {
    Fr::from(2).invert().unwrap_or(Fr::ZERO)
}

fn range(query: &mut Query<'_, '_>, columns: &MachineColumns, thread: &Thread) -> Identity {
    let LimbFormat { bits, lanes } = columns.limbs;
    let (c, next) = (query.advice(thread.c), query.advice_at(thread.c, 1));
    let kind = query.fixed(columns.range);
    let ranged = kind.clone() * (constant(Fr::from(3)) - kind.clone());
    let chained = kind.clone() * (kind - constant(Fr::ONE));
    let cells: Vec<_> = thread.lanes.iter().map(|lane| query.advice(*lane)).collect();
    let power = |exponent: u32| constant(power_of_two(exponent));
    let (mut held, mut scale) = (cells[0].clone(), power(bits));
    if let Some(which) = columns.lanes.map(|which| query.fixed(which)) {
        let (one, two) = (constant(Fr::ONE), constant(Fr::from(2)));
        let is_two = which.clone() * (two - which.clone());
        let is_all = which.clone() * (which - one) * half();
        let above = bits * (u32::try_from(lanes).unwrap_or(u32::MAX) - 1);
        let with = |low: Expression<Fr>, above: u32| {
            low + cells[0].clone() * (power(above) - constant(Fr::ONE))
        };
        held = held
            + is_two.clone() * with(cells[1].clone(), bits)
            + is_all.clone() * with(weighted(columns.limbs, &cells[1..]), above);
        scale = scale
            + is_two * (power(INPUT_BITS) - power(bits))
            + is_all * (power(above + bits) - power(bits));
    }
    // Both selectors are twice what they select: 0 or 2.
    (
        "range: c = sum of limbs and of what stands below",
        ranged * (c - held) - chained * scale * next,
    )
}

/// $b = (c + k)^2$ in the first lane, $a = b^2 (c + k)$ on this row or the next one.
fn s_box(query: &mut Query<'_, '_>, columns: &MachineColumns, thread: &Thread) -> [Identity; 2] {
    let q_s_box = query.fixed(columns.q_s_box);
    let (square, a, below) =
        (query.advice(thread.lanes[0]), query.advice(thread.a), query.advice_at(thread.a, 1));
    let input = query.advice(thread.c) + query.fixed(columns.relation.constant);
    let output = a.clone() + query.fixed(columns.offset) * (below - a);
    let fifth = square.clone() * square.clone() * input.clone();
    [
        (SQUARE, q_s_box.clone() * (square - input.clone() * input)),
        (S_BOX, q_s_box * (output - fifth)),
    ]
}

fn sums(query: &mut Query<'_, '_>, columns: &MachineColumns, powers: &Powers) -> Vec<Identity> {
    let number = |value: u64| constant(Fr::from(value));
    let over = |value: u64| Fr::from(value).invert().unwrap_or(Fr::ZERO);
    let q_active = query.fixed(columns.q_active);
    let s = query.fixed(columns.step);
    let [to_one, to_two, to_three] = [1, 2, 3].map(|value| number(value) - s.clone());
    let builds = to_one.clone() * to_two.clone() * to_three.clone() * over(6);
    let closes = s.clone() * to_two.clone() * to_three.clone() * over(2);
    let outputs = -(s.clone() * to_one.clone() * to_three * over(2));
    let constants = s.clone() * to_one * to_two.clone() * over(6);

    let weights: Vec<_> = columns.weights.iter().map(|column| query.advice(*column)).collect();
    let offset = query.fixed(columns.offset);
    let offsets = combine(&powers.queries, weights.iter().map(|_| offset.clone()));
    let row = combine(&powers.queries, weights) - offsets;
    let (t, t_next) = (query.late(columns.combination), query.late_next(columns.combination));
    let whole = powers.row.clone() * t.clone() + row.clone();

    let entries = columns.entries().map(|column| query.fixed(column));
    let built = combine(&powers.word, std::iter::once(t.clone()).chain(entries));
    let threads = columns.threads.iter();
    let (a, c): (Vec<_>, Vec<_>) =
        threads.map(|thread| (query.advice(thread.a), query.advice(thread.c))).unzip();
    let products = c.iter().zip(&a).map(|(c, a)| c.clone() * a.clone());
    let input = combine(&powers.rho, products);
    let (a, c) = (combine(&powers.rho, a), combine(&powers.rho, c));

    let (accumulator, accumulator_next) =
        (query.late(columns.accumulator), query.late_next(columns.accumulator));
    let carried = (powers.thread.clone() - number(1)) * accumulator.clone() - t.clone() * a;
    let mut identities = Vec::new();
    let ends = ends(query, columns);
    // A row that closes an input starts the next one; where inputs aren't combined it is the input's own last.
    let (started, closed) = match &columns.inputs {
        Some(InputColumns { combined, q_input }) => {
            let (u, u_next) = (query.late(*combined), query.late_next(*combined));
            let kept = (number(1) - closes.clone()) * powers.thread.clone() * u.clone();
            let taken = query.fixed(*q_input) * input;
            identities.push((
                "inputs: combined over queries",
                q_active.clone() * (u_next.clone() - kept) - taken,
            ));
            identities.push(("inputs: 0 at both ends", ends.clone() * u_next));
            (closes.clone() * row, closes * u * t.clone())
        }
        None => (number(0), s * to_two * input * whole.clone()),
    };
    let kept = builds * whole + started + outputs.clone() * t + constants * built;
    identities.extend([
        (
            "combination: built from weights or constants, kept, reset",
            q_active.clone() * (t_next.clone() - kept),
        ),
        (
            ACCUMULATOR,
            // The power of the challenge is a large expression: it stands here once.
            q_active * (accumulator_next.clone() - accumulator) - outputs.clone() * carried
                + powers.output.clone() * (closed - outputs * c),
        ),
        ("combination: 0 at both ends", ends.clone() * t_next),
        ("accumulator: 0 at both ends", ends * accumulator_next),
    ]);
    identities
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
