//! A proof that was made.

use super::attribution::logit;
use super::{Srs, lines};
use crate::case::Case;
use crate::cli::arguments::shown;
use crate::cli::chart;
use crate::cli::words;
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::certificate::Bound;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::statement::Statement;

pub(in crate::cli) fn json(
    proof: &ProofFile,
    srs: Srs<'_>,
    (index, distance): (Option<&IndexVerdict>, Bound),
    out: &Path,
) -> Value {
    json!({
        "proof": out,
        "statement": proof.statement,
        "proof_bytes": proof.proof.len(),
        "unsafe_srs": srs.is_unsafe(),
        "table_proven_from_rows": index.is_some(),
        "head_distance_bound": distance,
    })
}

pub(in crate::cli) fn text(
    proof: &ProofFile,
    srs: Srs<'_>,
    (index, distance): (Option<&IndexVerdict>, Bound),
    out: &Path,
) -> String {
    let size = proof.proof.len();
    lines([
        match index {
            Some(_) => format!("proved and verified: {} ({size} bytes of proof)", shown(out)),
            None => format!("proved: {} ({size} bytes of proof); its equations hold", shown(out)),
        },
        statement(&proof.statement),
        words::table(index, proof.statement.method, Some(distance)),
        srs.words(),
    ])
}

/// Says what comes next: the index where verifiers would miss it, or the verification.
pub(in crate::cli) fn next(case: &Case, proven: bool, out: &Path) -> String {
    let registration = shown(&case.paths.registration());
    if proven {
        format!("Next: tribute verify --registration {registration} --proof {}\n", shown(out))
    } else {
        format!(
            "Verifiers refuse a table that is not proven unless they name that. Next: tribute index --case {}\n",
            shown(case.paths.root())
        )
    }
}

/// Returns output and shares of a statement.
pub(super) fn statement(statement: &Statement) -> String {
    let Statement { method, output, logits, contributors, weights_ppm, .. } = statement;
    let shares = if statement.unattributed {
        "  nobody supports this output: it is unattributed".to_owned()
    } else {
        chart::shares(contributors, weights_ppm)
    };
    lines([
        format!("output  class {output}{}", logit(logits, *output)),
        format!("shares  by {method}"),
        shares,
    ])
}
