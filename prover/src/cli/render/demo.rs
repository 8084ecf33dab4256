//! The story of the demonstration.

use super::{lines, proof, short, taint};
use crate::cli::words::NOT_PROVEN;
use crate::demo::Story;
use serde_json::{Value, json};

pub(in crate::cli) fn json(story: &Story) -> Value {
    let forgeries = story.forgeries.iter().map(|forgery| {
        json!({ "forged": forgery.forged, "accepted": false, "check": forgery.check, "reason": forgery.reason })
    });
    json!({
        "accepted": true,
        "plan_digest": story.plan_digest,
        "statement": story.proof.statement,
        "proof_bytes": story.proof.proof.len(),
        "seconds": { "commit": story.seconds.commit, "setup": story.seconds.setup, "prove": story.seconds.prove, "verify": story.seconds.verify },
        "forgeries": forgeries.collect::<Vec<_>>(),
        "unsafe_srs": true,
        "table_proven_from_rows": false,
    })
}

pub(in crate::cli) fn text(story: &Story) -> String {
    let seconds = &story.seconds;
    let statement = &story.proof.statement;
    let head = [
        format!(
            "1. Committed ({:.2} s). A digits model and its {} rows by {} contributors are now three commitments:",
            seconds.commit,
            story.rows,
            statement.contributors.len(),
        ),
        format!(
            "   model {}, index {}",
            short(&statement.model_commitment.to_string()),
            short(&statement.index_commitment.to_string())
        ),
        format!(
            "2. Set up ({:.2} s). Keys for every model of this shape; plan {}.",
            seconds.setup,
            short(&story.plan_digest.to_string())
        ),
        format!(
            "3. Proved ({:.2} s). One query, {} bytes of proof:",
            seconds.prove,
            story.proof.proof.len()
        ),
        proof::statement(statement),
        format!(
            "4. Verified ({:.1} ms). ACCEPTED, with nothing but the registration and the proof.",
            seconds.verify * 1000.0
        ),
        "5. Forgeries, each of them REJECTED:".to_owned(),
    ];
    let forgeries = story.forgeries.iter().map(|forgery| {
        format!("   {}\n      because {} [{}]", forgery.forged, forgery.reason, forgery.check)
    });
    let tail = [
        NOT_PROVEN.to_owned(),
        taint(true),
        "Next: tribute commit --help, with your own model and rows.".to_owned(),
    ];
    lines(head.into_iter().chain(forgeries).chain(tail))
}
