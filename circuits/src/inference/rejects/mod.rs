//! A dishonest prover against every single constraint.
//!
//! For each constraint there is a forgery, everything downstream of it recomputed, that the circuit rejects and that it would accept
//! without the constraint. `scripts/omit-each.sh` leaves out one constraint after the other in all tests.

mod bases;
mod cells;
mod values;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) use self::bases::{Base, bases};
pub(super) use self::values::{add, set, with_bits};
use self::values::{of_itself, special};
use super::tests::shape;
use crate::constraint::Constraint;
use crate::constraint::omission::{Scope, within};
use crate::forgery::Forgery;
use crate::reference::ResidualKind;
use crate::{CircuitParams, InferenceCircuit};

/// Whether some forgery is accepted without the constraint; all that are must be rejected with it.
fn necessary(bases: &[Base], constraint: Constraint) -> Result<(), String> {
    let simple = of_itself(constraint, &Forgery::default());
    let special = bases
        .iter()
        .flat_map(|base| special(base, constraint).into_iter().map(move |forgery| (base, forgery)));
    let simple = bases
        .iter()
        .filter(|base| base.simple)
        .flat_map(|base| simple.iter().cloned().map(move |forgery| (base, forgery)));
    for (base, forgery) in special.chain(simple) {
        let accepted = |scope| within(scope, || base.accepts(&forgery));
        if accepted(Scope::Without(constraint)) && !accepted(Scope::All) {
            // The circuit under test: the same as with all constraints, unless the environment leaves one out.
            let missing = accepted(Scope::Environment);
            return if missing { Err(format!("not enforced: {constraint}")) } else { Ok(()) };
        }
    }
    Err(format!("no forgery shows that it is needed: {constraint}"))
}

/// The constraints of both residuals, each with the residual of a circuit that has it.
fn constraints() -> Vec<(Constraint, ResidualKind)> {
    let mut all: Vec<(Constraint, ResidualKind)> = Vec::new();
    for residual in [ResidualKind::Query, ResidualKind::OneHot] {
        let params = CircuitParams::fit(shape(3, &[2], 3, 3, residual)).unwrap();
        for constraint in InferenceCircuit::for_keys(&params).unwrap().constraints() {
            if !all.iter().any(|(known, _)| *known == constraint) {
                all.push((constraint, residual));
            }
        }
    }
    all
}

#[allow(clippy::print_stdout, reason = "a script reads it")]
fn print(text: &str) {
    println!("{text}");
}

#[test]
fn lists_every_constraint() {
    let all = constraints();
    let names: Vec<String> = all.iter().map(|(constraint, _)| constraint.to_string()).collect();
    print(&names.join(
        "
",
    ));
    assert!(all.len() > 100);
}

#[test]
fn every_constraint_is_necessary() {
    let all =
        [ResidualKind::Query, ResidualKind::OneHot].map(|residual| (residual, bases(residual)));
    let mut work = constraints();
    let only = std::env::var("TRIBUTE_ONLY").ok();
    work.retain(|(constraint, _)| {
        only.as_ref().is_none_or(|only| constraint.to_string().contains(only.as_str()))
    });
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((constraint, residual)) =
                    work.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let bases =
                        all.iter().find(|(kind, _)| kind == residual).map(|(_, bases)| bases);
                    if let Err(failure) = necessary(bases.unwrap(), *constraint) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    print(&format!("{} constraints, {} without a forgery", work.len(), failures.len()));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
