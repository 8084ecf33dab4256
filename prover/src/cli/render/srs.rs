//! An imported ceremony.

use super::lines;
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
        "unsafe_srs": imported.srs.taint().is_unsafe(),
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
    lines([
        format!("SRS         {} (k = {})", shown(out), imported.srs.k()),
        format!("ceremony    power {}, {contributions} contributions", imported.power),
        format!("digest      {known}"),
        "The points are successive powers of one secret. That nobody knows it rests on the ceremony.".to_owned(),
    ])
}
