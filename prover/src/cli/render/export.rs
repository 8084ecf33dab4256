//! What `export` wrote.

use super::{Srs, lines};
use crate::cli::arguments::shown;
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(files: &[&str], target: &Path, srs: Srs<'_>) -> Value {
    json!({
        "directory": target,
        "files": files,
        "unsafe_srs": srs.is_unsafe(),
        "srs": { "digest": srs.points.digest(), "origin": srs.origin() },
    })
}

pub(in crate::cli) fn text(files: &[&str], target: &Path, srs: Srs<'_>) -> String {
    lines([format!("{}: {}", shown(target), files.join(", ")), srs.words()])
}
