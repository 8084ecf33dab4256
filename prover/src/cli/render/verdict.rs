//! Accepted or refused, in words a buyer understands.

use super::{batch, inclusion, index, lines, proof};
use crate::cli::words::{self, one_line};
use tribute_verifier::batch_proof::AnswerFile;
use tribute_verifier::cli::Subject;
use tribute_verifier::judgement::{Judgement, Refused, Shown};
use tribute_verifier::method::MethodId;
use tribute_verifier::policy::TrustedBy;
use tribute_verifier::proof_file::ProofFile;
use tribute_verifier::srs::SrsOrigin;
use tribute_verifier::verify::{Basis, Lambda, PlanDigests, Verdict};

/// Says a judgement: one word for the verdict, what is claimed, and a list of what it rests on.
pub(in crate::cli) fn text(judgement: &Judgement, subject: &Subject, colored: bool) -> String {
    let shown = match judgement {
        Judgement::Refused(refused) => return refused_text(refused, colored),
        Judgement::Accepted(shown) => shown,
    };
    let answers = match subject {
        Subject::Answers(file, _) => Some(file.as_ref()),
        Subject::Table | Subject::Row(_) => None,
    };
    let claim = match (shown, answers) {
        (Shown::Query(verdict), Some(AnswerFile::Single(file))) => answer(verdict, file),
        (Shown::Batch(verdict), _) => batch::accepted_text(verdict),
        (Shown::Table(verdict), _) => index::accepted_text(verdict),
        (Shown::Row(included), _) => inclusion::accepted_text(included),
        (Shown::Query(verdict), _) => verdict.to_string(),
    };
    lines([paint("ACCEPTED", "32", colored), claim])
}

fn answer(verdict: &Verdict, file: &ProofFile) -> String {
    let input = if verdict.input_disclosed { "disclosed" } else { "committed" };
    lines([
        format!(
            "The committed model returned this output for the {input} input, and these are the shares:"
        ),
        proof::statement(&file.statement),
        format!("model         {}", verdict.model_commitment),
        format!("index         {}", verdict.index_commitment),
        format!("input         {}", verdict.input_commitment),
        format!("context       {} ({})", verdict.context, compared(verdict.context_compared)),
        basis(&verdict.basis, verdict.method),
    ])
}

/// Says whether a context is the expected one.
pub(super) fn compared(compared: bool) -> &'static str {
    if compared { "the one that was asked for" } else { "not compared: --any-context" }
}

/// Says, line by line, what a verdict rests on.
pub(super) fn basis(basis: &Basis, method: MethodId) -> String {
    let Basis { trusted, plan_digests, lambda, eta, limits, .. } = basis;
    let trust = match trusted.registration_trust {
        TrustedBy::Pinned => "checked or made on this machine",
        TrustedBy::Given => "its digest was given",
        TrustedBy::Unchecked => "UNCHECKED",
    };
    let PlanDigests { inference, binding, index } = plan_digests;
    let index = index.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
    let unchecked = match trusted.registration_trust {
        TrustedBy::Unchecked => {
            "UNCHECKED: the plans may be anybody's and accept anything; `tribute check` would tell."
        }
        TrustedBy::Pinned | TrustedBy::Given => "",
    };
    let newton = if method.is_newton() { format!(", eta {eta}") } else { String::new() };
    lines([
        format!("registration  {} ({trust})", trusted.registration_digest),
        format!("plans         queries {inference}"),
        format!("              binding {binding}"),
        format!("              table   {index}"),
        format!("method        {method}, lambda {lambda}{newton}"),
        format!("on a chain    {}", basis.on_chain()),
        format!(
            "limits        distance {:.4} of the norm, freedom {}, lambda {} an admitted row",
            limits.distance,
            limits.freedom,
            Lambda(limits.lam_per_row)
        ),
        words::table(basis.index.as_ref(), method, basis.head_distance_bound),
        unchecked.to_owned(),
        format!("SRS           {} ({})", basis.srs.digest, basis.srs.origin),
        match basis.srs.origin {
            SrsOrigin::Ceremony => String::new(),
            SrsOrigin::Trusted => words::trusted_srs(basis.srs.digest),
            SrsOrigin::Unknown => words::UNSAFE_SRS.to_owned(),
        },
    ])
}

fn refused_text(refused: &Refused, colored: bool) -> String {
    lines([
        paint("REJECTED", "31", colored),
        one_line(&refused.reason),
        format!("failed check: {}", refused.check),
    ])
}

/// Returns a word in bold and color, where color is wanted.
pub(super) fn paint(word: &str, color: &str, colored: bool) -> String {
    if colored { format!("\u{1b}[1;{color}m{word}\u{1b}[0m") } else { word.to_owned() }
}
