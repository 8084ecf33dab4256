//! The `tribute` command.

use std::io::Write;
use std::panic;
use std::process::ExitCode;

/// Status of a process that met a bug of ours.
const BUG: u8 = 2;

fn main() -> ExitCode {
    // No panic is meant to be reached. Should one be, its user sees one line, not a trace.
    panic::set_hook(Box::new(|_| {}));
    panic::catch_unwind(tribute::cli::run).unwrap_or_else(|cause| {
        let said = cause.downcast_ref::<&str>().copied();
        let said = said.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
        let line = said.unwrap_or_default().lines().next().unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "error: internal error, please report it: {line}");
        ExitCode::from(BUG)
    })
}
