//! What `export` wrote.

use super::{Srs, lines};
use crate::cli::arguments::shown;
use crate::export::{Code, Exported};
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::header::OnChain;

pub(in crate::cli) fn json(
    exported: &Exported,
    target: &Path,
    srs: Srs<'_>,
    on_chain: OnChain,
) -> Value {
    let Exported { files, code } = exported;
    let code = code.as_ref().map(|Code { hash, size, placeholders }| {
        json!({ "hash": hash, "bytes": size, "without_addresses": placeholders })
    });
    json!({
        "directory": target,
        "files": files,
        "code": code,
        "unsafe_srs": srs.is_unsafe(),
        "registrar": on_chain.registrar,
        "contributors_ppm": on_chain.contributors_ppm,
        "srs": { "digest": srs.points.digest(), "origin": srs.origin() },
    })
}

pub(in crate::cli) fn text(
    exported: &Exported,
    target: &Path,
    srs: Srs<'_>,
    on_chain: OnChain,
) -> String {
    let Exported { files, code } = exported;
    let code = code.as_ref().map(|Code { hash, size, placeholders }| {
        let zeros = ", with zeros where a deployment has the addresses of its key";
        format!("code hash  {hash} ({size} bytes{})", if *placeholders { zeros } else { "" })
    });
    let files = format!("{}: {}", shown(target), files.join(", "));
    let on_chain = format!("The index is {on_chain}.");
    lines([files, code.unwrap_or_default(), on_chain, srs.words()])
}
