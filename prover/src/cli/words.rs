//! Sentences that must be the same wherever they appear, and the shape of a line.

use std::fmt::Write;
use tribute_verifier::certificate::Bound;
use tribute_verifier::digest::Digest;
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::method::MethodId;

/// Stands in every message that names an attribution whose table is not proven.
pub(super) const NOT_PROVEN: &str = "Table committed, not proven to come from the rows; an index proof in the registration would show it.";

/// Stands in explanations of files that name an attribution and cannot know of its index proof.
pub(super) const IN_REGISTRATION: &str = "Whether the table is proven to come from the rows stands in the registration, not here; `tribute verify` says it.";

/// Stands in every message about something whose SRS is of no known ceremony.
pub(super) const UNSAFE_SRS: &str = "UNSAFE: made with a development SRS, or one of no known ceremony. Whoever made it may \
                                     know its secret and could forge proofs; for development only.";

/// Stands in the place of it where the SRS was named.
pub(super) fn trusted_srs(digest: Digest) -> String {
    format!("SRS of your own ceremony {digest}, trusted by name.")
}

/// Says whether a table is proven, and how far the head behind it may be from its optimum.
pub(super) fn table(
    index: Option<&IndexVerdict>,
    method: MethodId,
    distance: Option<Bound>,
) -> String {
    let Some(index) = index else {
        let head = distance.map_or_else(String::new, |distance| head(method, distance));
        return [NOT_PROVEN, &head].join("\n").trim_end().to_owned();
    };
    proven(index)
}

/// Says how far a head is from its optimum, and what that means for a Newton method; nothing for the others.
pub(super) fn head(method: MethodId, distance: Bound) -> String {
    if method.is_newton() {
        format!(
            "By its owner's figures the head is at most {distance:.4} (Frobenius norm) from the regularized optimum; \
             {method} describes that optimum, so a head far from it gets shares that are not its own."
        )
    } else {
        String::new()
    }
}

/// Says what an index proof certifies.
pub(super) fn proven(index: &IndexVerdict) -> String {
    let IndexVerdict { method, rows, admitted, head_distance, head_norm, .. } = index;
    let repeated = match index.refused() {
        0 => "all of them take part".to_owned(),
        1 => format!("{admitted} take part, 1 repeats an earlier one"),
        refused => format!("{admitted} take part, {refused} repeat earlier ones"),
    };
    let slack = match method.is_newton() {
        true => format!(", up to {} of a unit of its entries", index.table_freedom),
        false => String::new(),
    };
    format!(
        "Table proven: it is what {method} makes of the {rows} committed rows ({repeated}){slack}. The head is at most \
         {head_distance:.4} (Frobenius norm) from its regularized optimum on those rows, and of norm {head_norm:.1} at least. \
         The model is {}.",
        index.accuracy()
    )
}

/// What no proof says.
pub(super) const NOT_SAID: [&str; 5] = [
    "that the rows are true or licensed",
    "that a share is what the output would have lost without the contributor; it is what the named method computes",
    "how the hidden layers were trained, or why these rows, labels, method and contributors were chosen",
    "that nobody was left out: a contributor can be shown their own rows, never the absence of others",
    "that the same model answers elsewhere",
];

/// A hostile file may put any name into a message.
const LINE_LIMIT: usize = 600;

/// Returns the text as one printable line.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let words = text.split_whitespace().map(|word| word.replace(char::is_control, "?"));
    for word in words {
        if line.chars().count() + word.chars().count() > LINE_LIMIT {
            line.push_str(" ..");
            break;
        }
        let gap = if line.is_empty() { "" } else { " " };
        let _ = write!(line, "{gap}{}", word.chars().take(LINE_LIMIT).collect::<String>());
    }
    line
}

/// Returns what a usage error says, without the summary of the command behind it.
pub(super) fn usage(text: &str) -> String {
    let text = text.split("\n\nUsage:").next().unwrap_or(text);
    let text = text.split("\n\nFor more information").next().unwrap_or(text);
    text.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_printable_line_of_bounded_length() {
        assert_eq!(one_line("a\n  b\tc\u{1b}[2J"), "a b c?[2J");
        let long = one_line(&"word ".repeat(1000));
        assert!(long.chars().count() <= LINE_LIMIT + 4 && long.ends_with(" .."));
        assert!(one_line(&"x".repeat(5000)).chars().count() <= LINE_LIMIT + 4);
    }

    #[test]
    fn a_usage_error_loses_its_summary() {
        let text = "error: unexpected argument '--x' found\n\nUsage: tribute\n\nFor more information, try '--help'.";
        assert_eq!(usage(text), "unexpected argument '--x' found");
    }
}
