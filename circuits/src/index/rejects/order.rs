//! Forgeries of the order: rows admitted that repeat others, and rows refused that don't.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::super::order::OrderedRow;
use super::base::{Attack, Base, DUPLICATE, ORIGINAL, VICTIM, put};
use crate::encode::encode;

/// The forgeries of an identity of the order.
pub(super) fn attacks(base: &Base, name: &'static str) -> Vec<Attack> {
    let attack = match name {
        "order: differs is 0 or 1" => swapped_twins(base),
        "order: differs never falls" => refused_after(base, &[1, 0], 0),
        "order: elements before the first difference are equal" => refused_after(base, &[0, 0], 0),
        "order: differs holds to the end" => {
            let place = later_place(base);
            let (column, row) = (base.layout.order.differs, base.close(place) + 1);
            let attack = refused_after(base, &[1, 1], 1);
            let write = attack.forgery.cells.clone().unwrap();
            attack.cells(move |grid| {
                write(grid);
                put(grid, column, row, Fr::ZERO);
            })
        }
        "order: the first row differs" => {
            let mut order = base.ordered();
            order[0].differs.fill(0);
            order[0].unique = 0;
            refused(base, order[0].number, order)
        }
        "order: the product advances" => {
            let product = base.layout.sums.permutation;
            let attack = unlisted_refusal(base, VICTIM);
            let forgery = attack.forgery.clone().late(move |grid, _, late| {
                late.columns[product.0][grid.active] = Fr::ONE;
            });
            Attack { forgery, ..attack }
        }
        "order: the product starts at 1" => {
            let product = base.layout.sums.permutation;
            let attack = unlisted_refusal(base, VICTIM);
            let forgery = attack.forgery.clone().late(move |grid, _, late| {
                let end = late.columns[product.0][grid.active].invert().unwrap();
                late.columns[product.0][..=grid.active].iter_mut().for_each(|cell| *cell *= end);
            });
            Attack { forgery, ..attack }
        }
        "order: the product ends at 1" => unlisted_refusal(base, VICTIM),
        _ => return Vec::new(),
    };
    vec![attack]
}

/// A row that is refused though the order admits it.
pub(super) fn unlisted_refusal(base: &Base, place: usize) -> Attack {
    base.row(place, |row| row.admitted = 0)
}

/// Writes another order than the honest one.
pub(super) fn reordered(base: &Base, attack: Attack, order: Vec<OrderedRow>) -> Attack {
    let (layout, block) = (Arc::clone(&base.layout), base.block.clone());
    attack.cells(move |grid| {
        for (place, row) in order.iter().enumerate() {
            row.fill(grid, &layout, &block, place);
        }
    })
}

/// Refuses the row of this number, with an order that says so.
fn refused(base: &Base, number: i128, order: Vec<OrderedRow>) -> Attack {
    reordered(base, unlisted_refusal(base, usize::try_from(number).unwrap()), order)
}

/// The first place whose row differs from the one before and has a larger number.
fn later_place(base: &Base) -> usize {
    let order = base.ordered();
    let later = order.windows(2).position(|pair| {
        pair[1].unique == 1 && pair[1].number > pair[0].number && pair[1].differs[0] == 1
    });
    later.unwrap() + 1
}

/// Refuses a row that differs from the one before, which the sum of the steps still exceeds.
fn refused_after(base: &Base, differs: &[i128], unique: i128) -> Attack {
    let place = later_place(base);
    let mut order = base.ordered();
    let numbers = order[place].number - order[place - 1].number;
    let mut steps = encode(numbers - 1);
    let mut above = 0;
    for (element, differs) in differs.iter().enumerate() {
        let step = order[place].elements[element] - order[place - 1].elements[element];
        steps += encode(differs - above) * step;
        above = *differs;
    }
    order[place].differs = differs.to_vec();
    order[place].unique = unique;
    order[place].excess = steps;
    refused(base, order[place].number, order)
}

/// The later of two equal rows counts once, the earlier one twice.
fn swapped_twins(base: &Base) -> Attack {
    let mut order = base.ordered();
    let place = order.iter().position(|row| row.number == DUPLICATE as i128).unwrap();
    order.swap(place - 1, place);
    order[place - 1] = OrderedRow::after(
        place.checked_sub(2).map(|before| &order[before]),
        &order[place - 1].elements,
        DUPLICATE as i128,
    );
    let numbers = order[place].number - order[place - 1].number;
    order[place].differs.fill(2);
    order[place].unique = 2;
    order[place].excess = encode(-numbers - 1);
    let attack = base.rows(|_, rows| {
        rows[ORIGINAL].admitted = 2;
        rows[DUPLICATE].admitted = 1;
    });
    reordered(base, attack, order)
}
