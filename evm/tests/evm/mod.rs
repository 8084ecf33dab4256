//! The compiler that `contracts/` pins. Run `npm ci` there once; without it these tests fail
//! and say so.

pub mod deployed;

use std::path::Path;

use tribute_evm::{Compiler, Contracts};

fn compiler() -> Option<Compiler> {
    Compiler::pinned(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
}

/// Whether the pinned compiler is missing. Says so, and fails where `TRIBUTE_EVM=1` demands it.
pub fn compiler_is_missing() -> bool {
    let missing = compiler().is_none();
    if missing {
        let demanded = std::env::var_os("TRIBUTE_EVM").is_some_and(|value| value == "1");
        assert!(!demanded, "run `npm ci --ignore-scripts` in contracts/");
        eprintln!("SKIPPED: no compiler; run `npm ci --ignore-scripts` in contracts/");
    }
    missing
}

/// Compiles contracts; any warning is a failure.
pub fn compile(source: &str) -> Contracts {
    compiler().expect("the compiler is there").compile(source).unwrap()
}
