//! An imported ceremony.

use super::{lines, taint};
use crate::cli::arguments::shown;
use crate::srs::manifest;
use crate::srs::ptau::{CeremonyDigest, Imported};
use serde_json::{Value, json};
use std::path::Path;

pub(in crate::cli) fn json(imported: &Imported, digest: &CeremonyDigest, out: &Path) -> Value {
    let digest = digest.to_string();
    json!({
        "srs": out,
        "k": imported.srs.k(),
        "contributions": imported.contributions,
        "published_as": manifest::find(&digest).map(|ceremony| ceremony.name),
        "ceremony_digest": digest,
        "unsafe_srs": imported.srs.is_unsafe(),
        "srs_digest": imported.srs.points().map(|points| points.digest()).ok(),
    })
}

pub(in crate::cli) fn text(imported: &Imported, digest: &CeremonyDigest, out: &Path) -> String {
    let known = manifest::find(&digest.to_string()).map_or_else(
        || {
            "not in params/MANIFEST: make sure that this is the digest the ceremony published"
                .to_owned()
        },
        |ceremony| format!("published as {}", ceremony.name),
    );
    let contributions = imported.contributions;
    let (origin, warning) = origin(imported);
    lines([
        format!("SRS         {} (k = {})", shown(out), imported.srs.k()),
        format!("ceremony    power {}, {contributions} contributions", imported.power),
        format!("digest      {known}"),
        origin,
        "The points are successive powers of one secret. That nobody knows it rests on the ceremony.".to_owned(),
        warning,
    ])
}

/// Says which SRS it is, and what follows where no known ceremony vouches for it.
fn origin(imported: &Imported) -> (String, String) {
    let Ok(points) = imported.srs.points() else {
        return (String::new(), taint(true));
    };
    let digest = points.digest();
    match points.ceremony() {
        Some(ceremony) => (format!("origin      {digest}, of {}", ceremony.name), String::new()),
        None => (
            format!("origin      {digest}, of no known ceremony"),
            format!(
                "{} Who held the ceremony accepts it by its name: --trust-srs {digest}.",
                taint(true)
            ),
        ),
    }
}
