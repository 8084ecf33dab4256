//! Attacks as stories: what a dishonest owner would like to prove about the rows, each carried to the end, and the identities that stop it.

use ff::Field;
use halo2_proofs::halo2curves::bn256::Fr;
use tribute_verifier::dataset::{self, CHILD_COUNT, DEPTH, dataset_root};
use tribute_verifier::field::FieldElement;
use tribute_verifier::hash::{Tag, initial_state};

use super::super::IndexRow;
use super::super::fill::PORT;
use super::super::order::OrderedRow;
use super::METHODS;
use super::base::{Attack, Base, DUPLICATE, ORIGINAL, VICTIM};
use super::gates::{first_child, other_owner};
use super::order::{reordered, unlisted_refusal};
use crate::constraint::Constraint;
use crate::constraint::ConstraintKind::Gate;
use crate::encode::from_element;
use crate::gadgets::poseidon::{BLOCK, ELEMENT};
use crate::gadgets::stream::CONSTANT;

/// Number of the public input that is the dataset's root.
const ROOT: usize = 2;

/// The forgery must break these identities and no other: all that follows from it is in order.
pub(super) fn assert_stopped_by(base: &Base, attack: &Attack, identities: &[&str]) {
    let broken = attack.broken(base);
    let method = base.params.shape.method;
    assert_eq!(broken.iter().map(String::as_str).collect::<Vec<_>>(), identities, "{method}");
}

/// The same for both methods.
pub(super) fn stopped_by(identities: &[&str], attack: impl Fn(&Base) -> Attack) {
    for method in METHODS {
        let base = Base::new(method);
        assert_stopped_by(&base, &attack(&base), identities);
    }
}

#[test]
fn accepts_the_honest_prover() {
    stopped_by(&[], Base::honest);
}

#[test]
fn rejects_a_row_left_out() {
    stopped_by(&["order: the product ends at 1"], |base| unlisted_refusal(base, VICTIM));
}

#[test]
fn rejects_a_row_counted_twice() {
    stopped_by(&["order: the product ends at 1"], |base| base.row(VICTIM, |row| row.admitted = 2));
}

#[test]
fn rejects_a_duplicate_admitted() {
    stopped_by(&["order: the product ends at 1"], |base| {
        base.row(DUPLICATE, |row| row.admitted = 1)
    });
}

#[test]
fn rejects_a_duplicate_that_the_order_admits() {
    // Equal features make no step, and a row that differs from the one before makes none by its number.
    stopped_by(&["check: the sums of a row end at 0"], |base| {
        let mut order = base.ordered();
        let twin = order.iter_mut().find(|row| row.number == DUPLICATE as i128).unwrap();
        twin.differs.fill(1);
        twin.unique = 1;
        reordered(base, base.row(DUPLICATE, |row| row.admitted = 1), order)
    });
}

#[test]
fn rejects_twins_kept_apart_in_the_order() {
    stopped_by(&["check: the sums of a row end at 0"], |base| {
        let mut order = base.ordered();
        let twin = order.iter().position(|row| row.number == DUPLICATE as i128).unwrap();
        // Behind the next row, or in front of the row before its original.
        let place = if twin + 1 < order.len() { twin + 1 } else { twin - 2 };
        let row = order.remove(twin);
        order.insert(place, row);
        reordered(base, base.row(DUPLICATE, |row| row.admitted = 1), chained(&order))
    });
}

/// The rows in this order, each with what follows from the one before.
fn chained(order: &[OrderedRow]) -> Vec<OrderedRow> {
    let mut rows: Vec<OrderedRow> = Vec::new();
    for row in order {
        rows.push(OrderedRow::after(rows.last(), &row.elements, row.number));
    }
    rows
}

#[test]
fn rejects_the_copy_registered_first_by_a_forged_order() {
    stopped_by(&["check: the sums of a row end at 0"], |base| {
        let mut order = base.ordered();
        let twin = order.iter().position(|row| row.number == DUPLICATE as i128).unwrap();
        order.swap(twin - 1, twin);
        let attack = base.rows(|_, rows| {
            rows[ORIGINAL].admitted = 0;
            rows[DUPLICATE].admitted = 1;
        });
        reordered(base, attack, chained(&order))
    });
}

#[test]
fn rejects_an_order_that_names_a_row_twice() {
    // The victim's place repeats the row before it, so the victim stands nowhere.
    stopped_by(&["check: the sums of a row end at 0", "order: the product ends at 1"], |base| {
        let mut order = base.ordered();
        let place = order.iter().position(|row| row.number == VICTIM as i128).unwrap();
        let other = if place == 0 { 1 } else { place - 1 };
        order[place] = order[other].clone();
        reordered(base, unlisted_refusal(base, VICTIM), chained(&order))
    });
}

/// The forgery holds for its own dataset, and not for the one that was registered.
fn assert_of_another_dataset(change: impl Fn(&mut Attack)) {
    for method in METHODS {
        let base = Base::new(method);
        let mut witness = base.honest();
        change(&mut witness);
        let forged = Base::of(base.params.clone(), witness.witness);
        let mut attack = forged.honest();
        assert_stopped_by(&forged, &attack, &[]);
        attack.instance = vec![(ROOT, base.grid.instance[ROOT])];
        assert_stopped_by(&forged, &attack, &["public input: c = instance"]);
    }
}

#[test]
fn rejects_another_owner_than_the_registered_one() {
    assert_of_another_dataset(|attack| attack.witness.rows[VICTIM].owner = 0);
}

#[test]
fn rejects_another_label_than_the_registered_one() {
    assert_of_another_dataset(|attack| {
        let label = &mut attack.witness.rows[VICTIM].label;
        *label = (*label + 1) % 3;
    });
}

#[test]
fn rejects_another_feature_than_the_registered_one() {
    assert_of_another_dataset(|attack| attack.witness.rows[VICTIM].features[2] += 1);
}

#[test]
fn rejects_an_owner_that_the_leaf_does_not_name() {
    stopped_by(&["check: the sums of a row end at 0"], |base| other_owner(base, VICTIM));
}

#[test]
fn rejects_a_label_that_the_leaf_does_not_name() {
    stopped_by(&["check: the sums of a row end at 0"], |base| {
        let label = (usize::try_from(base.rows[VICTIM].label).unwrap() + 1) % 3;
        base.row(VICTIM, |row| row.label_as(label))
    });
}

/// The root over the first rows.
fn root_of(base: &Base, rows: usize) -> FieldElement {
    let leaves = (0..).zip(&base.witness.rows[..rows]).map(|(number, row)| {
        let IndexRow { features, label, owner, salt } = row;
        dataset::leaf(*salt, &dataset::Row { number, label: *label, owner: *owner, features })
    });
    dataset_root(&leaves.collect::<Vec<_>>()).unwrap()
}

#[test]
fn rejects_a_padding_row_that_scores() {
    stopped_by(&["copy", "stream: a constant port holds its constant"], |base| {
        // The tree says that there are five rows, and the sixth one's place in it is empty. All else counts six.
        let last = base.witness.rows.len() - 1;
        let count = (BLOCK - base.witness.rows.len()) + usize::from(DEPTH - 1) * (BLOCK - 1);
        let mut attack = base.honest();
        attack.forgery = attack
            .forgery
            .value(PORT, last, |_| Fr::ZERO)
            .value(ELEMENT, first_child(base) + last, |_| Fr::ZERO)
            .value(CONSTANT, count, |rows| rows - Fr::ONE);
        assert_eq!(attack.circuit(base).public_inputs()[ROOT], root_of(base, last));
        attack
    });
}

#[test]
fn rejects_a_node_presented_as_a_leaf() {
    stopped_by(&["poseidon: word 1 starts at the chaining value"], |base| {
        let start = from_element(initial_state(Tag::Node, CHILD_COUNT + 1).into());
        let mut attack = base.honest();
        let chaining = Constraint::new(Gate, "poseidon: word 1 starts at the chaining value");
        attack.forgery = attack.forgery.value(chaining, 0, move |_| start);
        attack
    });
}
