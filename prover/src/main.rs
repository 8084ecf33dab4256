//! The `tribute` command.
fn main() {}
