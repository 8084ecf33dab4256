//! Shows of every constraint that it is needed: some forgery is rejected with it, and accepted without.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::constraint::Constraint;
use crate::constraint::omission::{Scope, omits, within};

/// Tells whether one of these forgeries is accepted without the constraint and rejected with it.
pub(crate) fn necessary<T>(
    constraint: Constraint,
    forgeries: impl IntoIterator<Item = T>,
    accepts: impl Fn(&T) -> bool,
) -> Result<(), String> {
    for forgery in forgeries {
        let accepted = |scope| within(scope, || accepts(&forgery));
        if accepted(Scope::Without(constraint)) && !accepted(Scope::All) {
            // The circuit under test is the one with all constraints, unless the environment leaves one out.
            let missing = omits() && accepted(Scope::Environment);
            return if missing { Err(format!("not enforced: {constraint}")) } else { Ok(()) };
        }
    }
    Err(format!("no forgery shows that it is needed: {constraint}"))
}

/// Checks all of them (those whose name contains `TRIBUTE_ONLY`, if it is set) on all cores.
pub(crate) fn assert_each_necessary<T: Send + Sync>(
    mut work: Vec<(Constraint, T)>,
    check: impl Fn(Constraint, &T) -> Result<(), String> + Sync,
) {
    let only = std::env::var("TRIBUTE_ONLY").ok();
    work.retain(|(constraint, _)| {
        only.as_ref().is_none_or(|only| constraint.to_string().contains(only.as_str()))
    });
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((constraint, of)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(*constraint, of) {
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

#[allow(clippy::print_stdout, reason = "a script reads it")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
