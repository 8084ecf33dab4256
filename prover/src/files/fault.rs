//! A process that dies, or a disk that is full, at a chosen point of a write. For tests alone.

use signal_hook::consts::SIGKILL;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names what happens and at which point, counted from 0: `kill:3`, or `full:3` for a disk that is full from then on.
pub(crate) const VARIABLE: &str = "TRIBUTE_TEST_FAULT";

#[derive(Clone, Copy)]
enum Fault {
    Killed(usize),
    Full(usize),
}

fn planned() -> Option<Fault> {
    static PLANNED: OnceLock<Option<Fault>> = OnceLock::new();
    *PLANNED.get_or_init(|| {
        let text = std::env::var(VARIABLE).ok()?;
        let (kind, point) = text.split_once(':').unwrap();
        let point = point.parse().unwrap();
        Some(if kind == "kill" { Fault::Killed(point) } else { Fault::Full(point) })
    })
}

/// A point of a write where something can happen.
pub(super) fn point() -> io::Result<()> {
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let Some(fault) = planned() else { return Ok(()) };
    let here = PASSED.fetch_add(1, Ordering::Relaxed);
    match fault {
        Fault::Killed(point) if here == point => {
            signal_hook::low_level::raise(SIGKILL)?;
            unreachable!("nobody outlives that")
        }
        Fault::Full(point) if here >= point => Err(io::ErrorKind::StorageFull.into()),
        Fault::Killed(_) | Fault::Full(_) => Ok(()),
    }
}
