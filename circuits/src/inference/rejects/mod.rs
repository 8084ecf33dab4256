//! A dishonest prover against every single constraint.
//!
//! For each constraint there is a forgery, everything downstream of it recomputed, that the circuit rejects and that it would accept
//! without the constraint. `scripts/omit-each.sh` leaves out one constraint after the other in all tests.

mod bases;
mod cells;
mod values;

use self::bases::KINDS;
pub(super) use self::bases::{Base, Kind, bases};
pub(super) use self::values::{add, set, with_bits};
use self::values::{of_itself, special};
use crate::InferenceCircuit;
use crate::constraint::Constraint;
use crate::forgery::Forgery;
use crate::necessity::{assert_each_necessary, necessary, print};

/// The forgeries of a constraint, from all witnesses that it can be shown on.
fn forgeries(bases: &[Base], constraint: Constraint) -> impl Iterator<Item = (&Base, Forgery)> {
    let simple = of_itself(constraint, &Forgery::default());
    let special = bases
        .iter()
        .flat_map(move |base| special(base, constraint).into_iter().map(move |f| (base, f)));
    let simple = bases
        .iter()
        .filter(|base| base.simple)
        .flat_map(move |base| simple.clone().into_iter().map(move |f| (base, f)));
    special.chain(simple)
}

/// All constraints, each with a kind of circuit that has it.
fn constraints() -> Vec<(Constraint, Kind)> {
    let mut all: Vec<(Constraint, Kind)> = Vec::new();
    for kind in KINDS {
        let params = bases::params(kind);
        for constraint in InferenceCircuit::for_keys(&params).unwrap().constraints() {
            if !all.iter().any(|(known, _)| *known == constraint) {
                all.push((constraint, kind));
            }
        }
    }
    all
}

#[test]
fn lists_every_constraint() {
    let all = constraints();
    let names: Vec<String> = all.iter().map(|(constraint, _)| constraint.to_string()).collect();
    print(&names.join("\n"));
    assert!(all.len() > 100);
}

#[test]
fn every_constraint_is_necessary() {
    let all = KINDS.map(|kind| (kind, bases(kind)));
    assert_each_necessary(constraints(), |constraint, kind| {
        let bases = all.iter().find(|(other, _)| other == kind).map(|(_, bases)| bases);
        let forgeries = forgeries(bases.unwrap(), constraint);
        necessary(constraint, forgeries, |(base, forgery)| base.accepts(forgery))
    });
}
