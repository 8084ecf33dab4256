//! A file, explained.

use super::{lines, taint};
use crate::cli::words::{self, IN_REGISTRATION, NOT_PROVEN, NOT_SAID, one_line};
use crate::inspect::Description;
use serde_json::{Value, json};
use std::fmt::Write;

pub(in crate::cli) fn json(description: &Description) -> Value {
    let mut value = json!(description);
    value["sound"] = json!(description.sound());
    if description.attributes {
        // Of anything but a registration nothing is known.
        let proven = description.registers.then_some(description.index.is_some());
        value["table_proven_from_rows"] = json!(proven);
        value["not_said"] = json!(NOT_SAID);
    }
    value
}

pub(in crate::cli) fn text(description: &Description) -> String {
    let width = description.facts.iter().map(|fact| fact.name.len()).max().unwrap_or(0);
    let mut facts = String::new();
    for fact in &description.facts {
        let _ = writeln!(facts, "  {:width$}  {}", fact.name, one_line(&fact.value));
    }
    let problems =
        description.problems.iter().map(|problem| format!("PROBLEM: {}", one_line(problem)));
    let (mut caveat, mut not_said) = (String::new(), String::new());
    if description.attributes {
        let unproven = if description.registers { NOT_PROVEN } else { IN_REGISTRATION };
        caveat = description.index.as_ref().map_or_else(|| unproven.to_owned(), words::proven);
        not_said.push_str("A proof does not say\n");
        NOT_SAID.iter().for_each(|line| {
            let _ = writeln!(not_said, "  - {line}");
        });
    }
    let head = [description.title.clone(), facts];
    let remarks = description.remarks.iter().cloned();
    let tail = [caveat, taint(description.unsafe_srs), not_said];
    lines(head.into_iter().chain(remarks).chain(problems).chain(tail))
}
