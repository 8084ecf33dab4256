//! Forgeries of second-phase cells: a lie that one identity catches at the end of a sum, and a cell further up that takes what hides it.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::super::rows::norm_lanes;
use super::base::{Attack, Base, VICTIM, put_limbs};
use super::gates::{
    HEAD_NORM, other_norm_sum, other_owner, other_stream_value, other_unit, public_sum, short_norm,
};
use super::order::unlisted_refusal;
use crate::encode::encode;
use crate::forgery::{Absorption, Target};
use crate::grid::LateCell;
use crate::layout::Late;

/// The forgeries of an identity of a second-phase column, or of a copy into one.
pub(super) fn attacks(base: &Base, name: &'static str) -> Vec<Attack> {
    let found = rows(base, name)
        .or_else(|| classes(base, name))
        .or_else(|| responses(base, name))
        .or_else(|| checks(base, name))
        .or_else(|| layers(base, name))
        .or_else(|| matrices(base, name));
    found.into_iter().collect()
}

fn at(column: Late, row: usize) -> LateCell {
    LateCell { column, row }
}

/// The cell takes what makes the sink hold the target.
fn absorbed(attack: Attack, cell: LateCell, sink: LateCell, target: Fr) -> Attack {
    let absorption = Absorption { cell, sink, target: Target::Value(target) };
    Attack { forgery: attack.forgery.clone().absorption(absorption), ..attack }
}

/// Hides a wrong sum of norms, which `total` shows.
fn in_total(base: &Base, column: Late, row: usize) -> Option<Attack> {
    let sink = at(base.layout.sums.total, base.grid.active);
    Some(absorbed(other_norm_sum(base), at(column, row), sink, Fr::ZERO))
}

fn rows(base: &Base, name: &'static str) -> Option<Attack> {
    let (columns, close) = (&base.layout.sums, base.close(VICTIM));
    match name {
        "features: combined" => in_total(base, columns.features, close),
        "features: start at 0" => in_total(base, columns.features, 0),
        "features: of an admitted row" => in_total(base, columns.admitted, close),
        "contributors: the owner's power" => in_total(base, columns.owner, close),
        "total: what rows and matrices give" => in_total(base, columns.total, base.grid.active),
        "total: starts at 0" => in_total(base, columns.total, 0),
        "features: sum of squares" => Some(squares(base, VICTIM, close)),
        "features: squares start at 0" => Some(squares(base, 0, 0)),
        _ => None,
    }
}

/// A norm that is the root of other squares.
fn squares(base: &Base, place: usize, row: usize) -> Attack {
    let column = base.layout.sums.squares;
    let attack = short_norm(base, place);
    let (layout, close) = (Arc::clone(&base.layout), base.close(place));
    let norm = attack.rows[place].norm;
    let attack = attack.cells(move |grid| put_limbs(grid, &layout, norm_lanes::EXCESS, close, 0));
    absorbed(attack, at(column, row), at(column, close), encode(norm * norm))
}

fn classes(base: &Base, name: &'static str) -> Option<Attack> {
    let (columns, close) = (&base.layout.sums, base.close(VICTIM));
    match name {
        "classes: probabilities combined" => in_total(base, columns.probabilities, close),
        "classes: probabilities start at 0" => in_total(base, columns.probabilities, 0),
        "classes: the label's power" => in_total(base, columns.label, close),
        "classes: the label starts at 0" => in_total(base, columns.label, 0),
        "classes: residual combined" => in_total(base, columns.residual, close),
        _ => None,
    }
}

fn responses(base: &Base, name: &'static str) -> Option<Attack> {
    let (columns, close) = (base.layout.sums.newton?, base.close(VICTIM));
    let in_product = |column: Late, row: usize| {
        let attack = base.row(VICTIM, |row| row.responses[0] += 1);
        Some(absorbed(attack, at(column, row), product(base, 2), Fr::ZERO))
    };
    match name {
        "contributors: responses of the others combined" => in_total(base, columns.others, close),
        "classes: moment" => in_total(base, columns.moment, close),
        "classes: moment starts at 0" => in_total(base, columns.moment, 0),
        "classes: combined moment" => in_total(base, columns.combined_moment, close),
        "classes: combined moment starts at 0" => in_total(base, columns.combined_moment, 0),
        "contributors: responses combined" => in_product(columns.responses, close),
        "classes: responses combined" => in_product(columns.all_responses, close + 1),
        "classes: responses start at 0" => in_product(columns.all_responses, 0),
        _ => None,
    }
}

fn checks(base: &Base, name: &'static str) -> Option<Attack> {
    let columns = &base.layout.sums;
    let in_check = |place: usize, row: usize| {
        let sink = at(columns.check, base.close(place) + 2);
        Some(absorbed(other_owner(base, place), at(columns.check, row), sink, Fr::ZERO))
    };
    let in_order = |column: Late, row: usize| {
        let sink = at(columns.permutation, base.grid.active);
        Some(absorbed(unlisted_refusal(base, VICTIM), at(column, row), sink, Fr::ONE))
    };
    let close = base.close(VICTIM) + 1;
    match name {
        "check: sums of a row" => in_check(VICTIM, close + 1),
        "check: starts at 0" => in_check(0, 0),
        "order: features as registered" => in_order(columns.registered, close),
        "order: registered features start at 0" => in_order(columns.registered, 0),
        "order: features in order" => in_order(columns.ordered, close),
        "order: ordered features start at 0" => in_order(columns.ordered, 0),
        _ => None,
    }
}

/// Where the product of a matrix ends: of the hidden layer, the head, the table.
fn product(base: &Base, number: usize) -> LateCell {
    let row = base.selected(base.layout.matrices.q_outputs)[number];
    at(base.layout.matrices.accumulator, row + 1)
}

/// A hidden unit that isn't what the weights give; hidden in the product of its layer.
fn layers(base: &Base, name: &'static str) -> Option<Attack> {
    let (columns, matrices) = (&base.layout.sums, &base.layout.matrices);
    let in_product = |column: Late, row: usize| {
        Some(absorbed(other_unit(base), at(column, row), product(base, 0), Fr::ZERO))
    };
    let outputs = base.at(VICTIM, base.block.layer_close(0));
    let (input, slot) = base.block.input_place(0);
    match name {
        "layers: outputs are combined" => in_product(columns.t, outputs),
        "layers: outputs are combined over all rows" => in_product(columns.outputs, outputs),
        "layers: inputs are combined over all rows" => {
            in_product(columns.inputs[slot], base.at(VICTIM, input))
        }
        "matrix: combined input" => {
            in_product(matrices.operand, base.selected(matrices.q_input)[0])
        }
        "matrix: combined outputs" => {
            in_product(matrices.operand, base.selected(matrices.q_outputs)[0])
        }
        "matrix: products with the combined inputs" => {
            let end = product(base, 0);
            in_product(end.column, end.row)
        }
        "matrix: products start at 0" => in_product(matrices.accumulator, 0),
        _ => None,
    }
}

fn matrices(base: &Base, name: &'static str) -> Option<Attack> {
    let columns = &base.layout.matrices;
    let factors = base.selected(columns.q_matrix);
    let last = |rows: Vec<usize>| rows.last().copied().unwrap();
    match name {
        "matrix: entries of a group combined" => {
            in_total(base, columns.t, last(base.selected(columns.q_group)) + 1)
        }
        "matrix: groups of an input combined" => {
            in_total(base, columns.group, last(base.selected(columns.q_input)) + 1)
        }
        "matrix: inputs combined" => in_total(base, columns.matrix, last(factors)),
        "norm sum" => in_total(base, columns.operand, base.selected(columns.q_scalar)[0]),
        "admitted" => in_total(base, columns.operand, base.selected(columns.q_scalar)[1]),
        "right" => in_total(base, columns.operand, base.selected(columns.q_scalar)[2]),
        "head norm" => Some(other_head_norm(base)),
        "fraction: lam" => in_total(base, columns.operand, factors[2]),
        "head: lam" => in_total(base, columns.operand, factors[0]),
        "table: lam" => in_total(base, columns.operand, factors[1]),
        "stationarity: epsilon" => in_total(base, columns.operand, last(factors)),
        "fingerprint: weights advance by rho^n F + sum rho^j W_j" => {
            Some(in_fingerprint(base, base.grid.active))
        }
        "fingerprint: weights start at 0" => Some(in_fingerprint(base, 0)),
        _ => None,
    }
}

/// A public norm of the head that isn't the one whose square is compared.
fn other_head_norm(base: &Base) -> Attack {
    let layout = Arc::clone(&base.layout);
    let row = base.selected(layout.matrices.q_scalar)[3];
    let (norm, end) = (Fr::from(base.witness.head_norm), base.grid.active);
    let attack = public_sum(base, HEAD_NORM);
    let forgery = attack.forgery.clone().late(move |_, _, late| {
        let (operand, total) = (layout.matrices.operand, layout.sums.total);
        late.assign(operand, row, norm);
        // The square enters the total there, so that what it missed is missed from there on.
        let error = late.value(at(total, end));
        for row in row + 1..=end {
            let value = late.value(at(total, row)) - error;
            late.assign(total, row, value);
        }
    });
    Attack { forgery, ..attack }
}

/// Another committed value than the one in the matrices.
fn in_fingerprint(base: &Base, row: usize) -> Attack {
    let end = |column| at(column, base.grid.active);
    let column = base.layout.weights_fingerprint;
    let absorption = Absorption {
        cell: at(column, row),
        sink: end(column),
        target: Target::Cell(end(base.layout.stream_fingerprint)),
    };
    Attack { forgery: other_stream_value().absorption(absorption), ..base.honest() }
}
