//! What `export` wrote.

use super::{lines, taint};
use crate::cli::arguments::shown;
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(files: &[&str], target: &Path, unsafe_srs: bool) -> Value {
    json!({ "directory": target, "files": files, "unsafe_srs": unsafe_srs })
}

pub(in crate::cli) fn text(files: &[&str], target: &Path, unsafe_srs: bool) -> String {
    lines([format!("{}: {}", shown(target), files.join(", ")), taint(unsafe_srs)])
}
