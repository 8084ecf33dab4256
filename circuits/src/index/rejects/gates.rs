//! Forgeries of first-phase values, by the constraint that they break.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;

use super::super::block::META;
use super::super::checked_values;
use super::super::fill;
use super::super::layout::UnitKind;
use super::super::rows::{logit_lanes, norm_lanes, probability_lanes};
use super::super::values::{Class, RowValues, Unit};
use super::base::{Attack, Base, DUPLICATE, VICTIM, fit, put, put_limbs};
use crate::constraint::Constraint;
use crate::constraint::ConstraintKind::{CopyA, Gate};
use crate::encode::encode;
use crate::forgery::Forgery;
use crate::gadgets::forgeries::of_core;
use crate::gadgets::poseidon::{BLOCK, ELEMENT};
use crate::gadgets::stream;
use crate::reference::exponential::DISTANCE_MAX;
use crate::reference::fixed_point::{PROBABILITY_SCALE, round_div};

/// The forgeries of a constraint.
pub(super) fn attacks(base: &Base, constraint: Constraint) -> Vec<Attack> {
    let name = constraint.name;
    if constraint.kind == CopyA {
        return copies(base, constraint);
    }
    let mut attacks: Vec<Attack> = units(base, name).into_iter().collect();
    attacks.extend(logits(base, name));
    attacks.extend(probabilities(base, name));
    attacks.extend(rows(base, name));
    attacks.extend(named_values(base, constraint));
    let core = of_core(&base.layout, name, &other_stream_value());
    attacks.extend(core.into_iter().map(|forgery| Attack { forgery, ..base.honest() }));
    attacks
}

/// A committed value that isn't the one in the matrices.
pub(super) fn other_stream_value() -> Forgery {
    Forgery::default().value(stream::VALUE, 1, |value| value + Fr::ONE)
}

fn units(base: &Base, name: &'static str) -> Option<Attack> {
    let change = |change: fn(&mut Unit)| {
        base.rows(|witness, rows| {
            change(&mut rows[VICTIM].layers[0][0]);
            rows[VICTIM].follow_features(witness);
        })
    };
    match name {
        "unit: h g = 0" => Some(change(|unit| {
            unit.activation += 1;
            unit.dropped += 1;
        })),
        "unit: the remainder has 12 bits" => {
            let (offset, slot) = base.block.unit_place(0, 0);
            let negative_limbs = base.block.layers[0].negative_limbs;
            let kind = UnitKind { negative_limbs, units: 2, features: true };
            let check = base.layout.lanes[kind.lane(slot) + 2 + negative_limbs + 2];
            let row = base.at(VICTIM, offset);
            let attack = change(|unit| {
                unit.remainder += 1 << 12;
                if unit.activation > 0 { unit.activation -= 1 } else { unit.dropped += 1 }
            });
            Some(attack.cells(move |grid| put(grid, check, row, Fr::ZERO)))
        }
        _ => None,
    }
}

/// A class of the row that isn't the maximum, and not clamped if there is such a one.
fn lesser_class(row: &RowValues) -> usize {
    let lesser = |clamped: bool| {
        let fits = |class: &Class| {
            class.is_maximum == 0
                && class.distance > 0
                && (clamped || class.distance < i128::from(DISTANCE_MAX))
        };
        row.classes.iter().position(fits)
    };
    lesser(false).or_else(|| lesser(true)).unwrap()
}

fn logits(base: &Base, name: &'static str) -> Option<Attack> {
    let class = lesser_class(&base.rows[VICTIM]);
    let row = base.class(VICTIM, class);
    let layout = Arc::clone(&base.layout);
    let farther = || {
        base.row(VICTIM, |row| {
            // Towards the maximum if there is no room behind.
            let step = if row.classes[class].distance < i128::from(DISTANCE_MAX) { 1 } else { -1 };
            row.classes[class].distance += step;
            row.follow_distances();
        })
    };
    let attack = match name {
        "class: e = m - z - d" => farther().cells(move |grid| {
            put_limbs(grid, &layout, logit_lanes::EXCESS, row, 0);
        }),
        "class: e (16383 - d) = 0" => base.row(VICTIM, |row| {
            row.classes[class].distance -= 1;
            row.follow_distances();
        }),
        "class: HIGH LOW + 2^23 = 2^24 E + r" => base.row(VICTIM, |row| {
            row.classes[class].exponential += 1;
            row.follow_exponentials();
        }),
        "class: the remainder of a logit has 14 bits" => {
            let attack = base.row(VICTIM, |row| {
                row.classes[class].logit -= 1;
                row.classes[class].logit_remainder += 1 << 14;
                row.follow_logits();
            });
            let check = base.layout.lanes[logit_lanes::REMAINDER_CHECK];
            attack.cells(move |grid| put(grid, check, row, Fr::ZERO))
        }
        "class: a bit is 0 or 1" => base.row(VICTIM, |row| {
            row.classes[class].is_maximum = -1;
            row.classes.iter_mut().for_each(|class| class.is_maximum *= 2);
            row.classes[class].is_maximum = -1;
            row.follow_maximum();
        }),
        "class: the maximum is the same for all" => {
            let attack = farther();
            let values = &attack.rows[VICTIM];
            let maximum = values.classes[class].logit + values.classes[class].distance;
            attack.cells(move |grid| {
                put(grid, layout.class.maximum, row, encode(maximum));
                put_limbs(grid, &layout, logit_lanes::EXCESS, row, 0);
            })
        }
        "class: the first maximum is marked" => last_of_equals(base),
        "class: whether a maximum was marked" => {
            let rows = base.class(VICTIM, 0)..base.close(VICTIM);
            last_of_equals(base).cells(move |grid| {
                rows.clone().for_each(|row| put(grid, layout.b, row, Fr::ZERO));
            })
        }
        _ => return None,
    };
    Some(attack)
}

fn probabilities(base: &Base, name: &'static str) -> Option<Attack> {
    let values = &base.rows[VICTIM];
    let (class, sum) = (lesser_class(values), values.exponential_sum());
    let row = base.class(VICTIM, class) + 1;
    let layout = Arc::clone(&base.layout);
    let divided = move |base: &Base, probability: i128, sum: i128, remainder: i128| {
        let attack = base.row(VICTIM, |row| row.classes[class].probability = probability);
        attack.cells(move |grid| {
            put(grid, layout.class.exponentials, row, encode(sum));
            put_limbs(grid, &layout, probability_lanes::REMAINDER, row, remainder);
            put_limbs(grid, &layout, probability_lanes::MARGIN, row, 2 * sum - 1 - remainder);
        })
    };
    let Class { probability, exponential, .. } = values.classes[class];
    match name {
        "class: 2^21 E + S = 2 S p + r" => Some(divided(base, probability + 1, sum, 0)),
        "class: r < 2 S" => {
            // One too much for the most probable class: the others may have no probability to lose.
            let most = (0..values.classes.len()).max_by_key(|c| values.classes[*c].probability);
            Some(base.row(VICTIM, |row| row.classes[most.unwrap()].probability -= 1))
        }
        "class: the sum of exponentials is the same for all" => {
            // Half the sum: twice the probability.
            let half = (sum / 2).max(1);
            let shifted = i64::try_from(exponential << PROBABILITY_SCALE).unwrap();
            let probability = i128::from(round_div(shifted, i64::try_from(half).unwrap()));
            let remainder =
                (exponential << (PROBABILITY_SCALE + 1)) + half - 2 * half * probability;
            Some(divided(base, probability, half, remainder))
        }
        _ => None,
    }
}

/// Forgeries of bits, leaf, norm and admission.
fn rows(base: &Base, name: &'static str) -> Option<Attack> {
    let layout = Arc::clone(&base.layout);
    let attack = match name {
        // The numbers of the contributors still add up to the owner's.
        "owner: a bit is 0 or 1" => base.row(VICTIM, |row| {
            row.owners.chunks_mut(3).for_each(|bits| bits.copy_from_slice(&[1, -1, 1]));
        }),
        "owner: the bits are the same for all classes" => base.row(VICTIM, |row| row.own(0, 1)),
        "leaf: meta = label + 2^16 owner + 2^32 number" => {
            let label = (usize::try_from(base.rows[VICTIM].label).unwrap() + 1) % 3;
            let row = base.at(VICTIM, META);
            let attack = base.row(VICTIM, |row| row.label_as(label));
            attack.cells(move |grid| put(grid, layout.a, row, Fr::from(label as u64)))
        }
        "norm: its square is at least the sum of squares" => short_norm(base, VICTIM),
        "admission: one bit" => {
            let row = base.close(DUPLICATE) + 1;
            let attack = base.row(DUPLICATE, |row| row.admitted = 1);
            attack.cells(move |grid| put(grid, layout.b, row, Fr::ZERO))
        }
        "check: the sums of a row end at 0" => other_owner(base, VICTIM),
        "total: ends at 0" => other_norm_sum(base),
        "matrix: its product gives the outputs" => other_unit(base),
        _ => return None,
    };
    Some(attack)
}

/// A norm below the root of the squares' sum.
pub(super) fn short_norm(base: &Base, place: usize) -> Attack {
    let (layout, row) = (Arc::clone(&base.layout), base.close(place));
    let attack = base.row(place, |row| row.norm -= 1);
    attack.cells(move |grid| put_limbs(grid, &layout, norm_lanes::EXCESS, row, 0))
}

/// Another owner than the leaf's.
pub(super) fn other_owner(base: &Base, place: usize) -> Attack {
    let other = usize::from(base.rows[place].owner == 0);
    base.row(place, |row| row.own(other, 0))
}

/// Number of the public input that is the norms' sum.
const NORM_SUM: usize = 7;

/// A sum of norms that isn't the rows'.
pub(super) fn other_norm_sum(base: &Base) -> Attack {
    public_sum(base, NORM_SUM)
}

/// Number of the public input that is the head's norm.
pub(super) const HEAD_NORM: usize = 8;

/// A public input that is one more than it should be.
pub(super) fn public_sum(base: &Base, number: usize) -> Attack {
    let column = base.layout.c;
    base.cells(move |grid| {
        grid.instance[number] += Fr::ONE;
        put(grid, column, number, grid.instance[number]);
    })
}

/// A model that finds all classes equal, and the last of them marked as the one that it returns.
pub(super) fn last_of_equals(base: &Base) -> Attack {
    let mut attack = base.honest();
    attack.witness.model.head.fill(0);
    attack.witness.head_norm = 0;
    attack.rows = checked_values(&base.params, &attack.witness).unwrap();
    let classes = &mut attack.rows[VICTIM].classes;
    let last = classes.len() - 1;
    classes.iter_mut().enumerate().for_each(|(number, class)| {
        class.is_maximum = i128::from(number == last);
    });
    fit(&base.params, &mut attack.witness, &attack.rows);
    attack
}

/// A hidden unit that isn't what the weights give.
pub(super) fn other_unit(base: &Base) -> Attack {
    base.rows(|witness, rows| {
        let unit = &mut rows[VICTIM].layers[0][0];
        if unit.dropped > 0 {
            unit.dropped += 1
        } else {
            unit.activation += 1
        }
        rows[VICTIM].follow_features(witness);
    })
}

const PUBLIC: Constraint = Constraint::new(Gate, "public input: c = instance");

/// Forgeries of the value that the constraint itself names.
fn named_values(base: &Base, constraint: Constraint) -> Vec<Attack> {
    let named = ["poseidon:", "stream:", PUBLIC.name];
    if !named.iter().any(|prefix| constraint.name.starts_with(prefix)) {
        return Vec::new();
    }
    (0..3).map(|occurrence| base.honest().add(constraint, occurrence)).collect()
}

/// Forgeries of copies of first-phase cells.
fn copies(base: &Base, constraint: Constraint) -> Vec<Attack> {
    let place = match constraint.name {
        "public input: model commitment" => Some(0),
        "public input: index commitment" => Some(1),
        "public input: dataset root" => Some(2),
        "public input: header digest" => Some(3),
        "public input: shape" => Some(10),
        _ => None,
    };
    if let Some(place) = place {
        return vec![base.honest().add(constraint, 0).add(PUBLIC, place)];
    }
    if constraint == fill::PORT {
        return vec![other_child(base)];
    }
    Vec::new()
}

/// A child that isn't the digest of the first leaf.
fn other_child(base: &Base) -> Attack {
    base.honest().add(fill::PORT, 0).add(ELEMENT, first_child(base))
}

/// Number of the hashed element that is the digest of the first leaf: the leaves stand before, then the level.
pub(super) fn first_child(base: &Base) -> usize {
    let leaf = stream::leaf_length(base.params.shape.shape.inputs).next_multiple_of(BLOCK);
    base.rows.len() * leaf + 1
}
