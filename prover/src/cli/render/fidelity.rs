//! How near scores come to refitting, as a table.

use super::lines;
use crate::cli::arguments::shown;
use crate::cli::words;
use crate::fidelity::{Fidelity, LeftOut, MethodFidelity};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};
use std::path::Path;
use tribute_verifier::certificate::Bound;
use tribute_verifier::method::MethodId;

const HEADER: [&str; 6] =
    ["method", "rank correlation", "share error", "queries", "saturated", "unattributed"];

pub(in crate::cli) fn json(fidelity: &Fidelity, distance: Bound, svg: Option<&Path>) -> Value {
    let mut value = json!(fidelity);
    value["proven"] = json!(false);
    value["head_distance_bound"] = json!(distance);
    if let Some(svg) = svg {
        value["svg"] = json!(svg);
    }
    value
}

pub(in crate::cli) fn text(
    fidelity: &Fidelity,
    method: MethodId,
    distance: Bound,
    svg: Option<&Path>,
) -> String {
    let Fidelity { queries, contributors, lam_n, methods, left_out } = fidelity;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(HEADER);
    methods.iter().for_each(|method| _ = table.add_row(row(method)));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let left_out =
        left_out.iter().map(|LeftOut { method, reason }| format!("{method} is left out: {reason}"));
    let head = [
        format!(
            "{queries} queries; the head refitted without each of {contributors} contributors, lambda {lam_n}"
        ),
        table,
    ];
    let tail = [
        "* the method of this case. Means over queries. Rank correlation: Spearman's, between scores and the drop in \
         log-odds of the returned class. Share error: L1 distance between the shares and those drops, clipped and \
         normalized. Measured, not proven."
            .to_owned(),
        words::head(method, distance),
        svg.map_or_else(String::new, |path| format!("drawn in {}", shown(path))),
    ];
    lines(head.into_iter().chain(left_out).chain(tail))
}

fn row(method: &MethodFidelity) -> [String; 6] {
    let MethodFidelity { rank_correlation, share_error_ppm, correlated, .. } = method;
    let none = || "-".to_owned();
    [
        format!("{}{}", method.method, if method.committed { " *" } else { "" }),
        rank_correlation.map_or_else(none, |mean| format!("{mean:.3}")),
        share_error_ppm.map_or_else(none, |ppm| format!("{:.4} %", ppm / 1e4)),
        correlated.to_string(),
        method.saturated.to_string(),
        method.unattributed.to_string(),
    ]
}
