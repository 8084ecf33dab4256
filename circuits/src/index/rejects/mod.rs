//! A dishonest prover against every single constraint of the index circuit, and whole chains of lies.
//!
//! For each constraint there is a forgery, everything downstream of it recomputed (the table fits the forged rows), that the circuit rejects and that it would
//! accept without the constraint: [`gates`] forges values of the first phase, [`sums`] cells of the second. [`chains`] and [`tables`] tell the attacks that matter as stories.
//! `scripts/omit-each.sh` leaves out one constraint after the other in all tests.

mod base;
mod chains;
mod follow;
mod gates;
mod order;
mod sums;
mod tables;

use tribute_verifier::method::MethodId;

use self::base::{Attack, Base};
use super::IndexCircuit;
use crate::constraint::Constraint;
use crate::necessity::{assert_each_necessary, necessary, print};

const METHODS: [MethodId; 2] = [MethodId::TracIn, MethodId::GroupNewton];

/// The forgeries of a constraint.
fn attacks(base: &Base, constraint: Constraint) -> Vec<Attack> {
    let mut attacks = gates::attacks(base, constraint);
    attacks.extend(order::attacks(base, constraint.name));
    attacks.extend(sums::attacks(base, constraint.name));
    attacks
}

/// The constraints of both circuits, each with its circuit.
fn constraints(bases: &[Base]) -> Vec<(Constraint, &Base)> {
    let of = |base: &Base| IndexCircuit::for_keys(&base.params).unwrap().constraints();
    bases.iter().flat_map(|base| of(base).into_iter().map(move |c| (c, base))).collect()
}

#[test]
fn lists_every_constraint() {
    let bases = METHODS.map(Base::new);
    let mut names: Vec<String> =
        constraints(&bases).iter().map(|(constraint, _)| constraint.to_string()).collect();
    names.sort();
    names.dedup();
    print(&names.join("\n"));
    assert!(names.len() > 80, "{} constraints", names.len());
}

#[test]
fn every_constraint_is_necessary() {
    let bases = METHODS.map(Base::new);
    assert_each_necessary(constraints(&bases), |constraint, base| {
        let method = base.params.shape.method;
        necessary(constraint, attacks(base, constraint), |attack| attack.accepted(base))
            .map_err(|failure| format!("{method}: {failure}"))
    });
}
