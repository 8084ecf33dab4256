//! The limits that later steps meet, in one place: `commit` asks here what they will refuse, and the table in the README
//! is written from [`markdown`].
//!
//! A limit that no later step can get around is refused by `commit`; what another machine, another verifier or another
//! method would take is a warning, with what mends it.

mod machine;

pub use machine::{load, memory};

use crate::circuit::{self, CircuitError};
use crate::data::{CELL_LIMIT, ROW_LIMIT};
use crate::index::{IndexError, memory_bytes};
use crate::model::REFIT_LIMIT;
use crate::planner::{Goal, choose};
use crate::srs::MAX_K;
use crate::table::SYSTEM_MAX;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use tribute_circuits::reference::Model;
use tribute_circuits::{MAX_INDEX_K, MAX_QUERIES, Shape};
use tribute_verifier::certificate::{Limits, MAX_CLASSES};
use tribute_verifier::header::Header;
use tribute_verifier::payees::{MAX_CONTRIBUTORS, MAX_PAID};
use tribute_verifier::plan::{MAX_LAYERS, MAX_WIDTH};

/// Bytes of a GiB.
const GIBIBYTE: u64 = 1 << 30;

/// Why a later step would refuse a case for certain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// No circuit answers queries of this shape.
    #[error(
        "`tribute setup` has no circuit for this model with {contributors} contributors: {source}; choose narrower layers \
         or fewer contributors"
    )]
    Query {
        /// Contributors of the case.
        contributors: usize,
        /// What is wrong.
        source: Box<CircuitError>,
    },
    /// The circuit for queries needs more powers than an SRS file has.
    #[error(
        "`tribute setup` would need 2^{k} rows for this model with {contributors} contributors, and an SRS has at most \
         2^{MAX_K}: choose narrower layers or fewer contributors"
    )]
    QueryRows {
        /// Contributors of the case.
        contributors: usize,
        /// Binary logarithm of the rows.
        k: u32,
    },
    /// No index circuit holds the rows.
    #[error(
        "{rows} rows of {contributors} contributors need {needed} rows of the index circuit; the limit is {available} \
         (k = {MAX_INDEX_K}): give at most about {fit} rows, or --without-index, which leaves the table unproven for good"
    )]
    IndexRows {
        /// Rows of the dataset.
        rows: u64,
        /// Contributors of the case.
        contributors: u64,
        /// Rows that the circuit needs.
        needed: usize,
        /// Rows that the largest circuit has.
        available: usize,
        /// Rows of a dataset that would fit.
        fit: u64,
    },
    /// No index circuit has this shape.
    #[error(
        "`tribute index` has no circuit for this case: {0}; --without-index commits it with a table that stays unproven"
    )]
    Index(Box<IndexError>),
}

/// What the steps after `commit` need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Binary logarithm of the rows of the circuit for queries: what `setup` needs of an SRS.
    pub query_k: u32,
    /// The same of the circuit for the index, where there is one.
    pub index_k: Option<u32>,
    /// Bytes of memory that `index` takes, as estimated.
    pub index_memory: Option<u64>,
}

/// Finds the circuits of a case; without an index its table stays unproven, and none is asked for.
///
/// # Errors
/// Fails where `setup` or `index` would for certain.
pub fn needs(
    shape: &Shape,
    model: &Model,
    header: &Header,
    with_index: bool,
) -> Result<Needs, LimitError> {
    let contributors = shape.contributors;
    let chosen = choose(shape, 1, Goal::Prover)
        .map_err(|source| LimitError::Query { contributors, source: Box::new(source) })?;
    if chosen.k > MAX_K {
        return Err(LimitError::QueryRows { contributors, k: chosen.k });
    }
    let query_k = chosen.k;
    if !with_index {
        return Ok(Needs { query_k, index_k: None, index_memory: None });
    }
    let layout = crate::index::layout(model, header).map_err(|error| match error {
        IndexError::TooManyRows { rows, needed, available } => {
            let fit = rows_that_fit(model, header);
            LimitError::IndexRows {
                rows,
                contributors: header.contributors,
                needed,
                available,
                fit,
            }
        }
        error => LimitError::Index(Box::new(error)),
    })?;
    let bytes = memory_bytes(&layout).map_err(|error| LimitError::Index(Box::new(error)))?;
    Ok(Needs { query_k, index_k: Some(layout.k), index_memory: Some(bytes) })
}

/// Most rows whose index has a circuit, by bisection.
fn rows_that_fit(model: &Model, header: &Header) -> u64 {
    let (mut least, mut most) = (0, header.rows);
    while most - least > 1 {
        let rows = least.midpoint(most);
        let fits = circuit::fit_index(model, &Header { rows, ..header.clone() }).is_ok();
        if fits { least = rows } else { most = rows }
    }
    least
}

/// Bytes in GiB, rounded up to a tenth.
#[must_use]
pub fn gibibytes(bytes: u64) -> String {
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(GIBIBYTE));
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

/// A line of the table of limits.
struct Line {
    what: &'static str,
    most: String,
    met: &'static str,
    mends: &'static str,
}

/// Returns all limits as a table for the README.
#[must_use]
pub fn markdown() -> String {
    let mut text = "| what | limit | said by | what mends it |\n|---|---|---|---|\n".to_owned();
    for Line { what, most, met, mends } in model_lines().into_iter().chain(case_lines()) {
        let _ = writeln!(text, "| {what} | {most} | {met} | {mends} |");
    }
    text
}

fn model_lines() -> Vec<Line> {
    vec![
        Line {
            what: "inputs; units of a layer",
            most: thousands(u64::from(MAX_WIDTH)),
            met: "`commit`",
            mends: "fewer of them",
        },
        Line {
            what: "hidden layers",
            most: MAX_LAYERS.to_string(),
            met: "`commit`",
            mends: "fewer of them",
        },
        Line {
            what: "classes",
            most: format!("2 to {MAX_CLASSES}"),
            met: "`commit`",
            mends: "another model",
        },
        Line {
            what: "(last layer + 1) x classes, `influence` and `group-newton`",
            most: thousands(SYSTEM_MAX as u64),
            met: "`commit`",
            mends: "`tracin`, `representer`, or a narrower last layer",
        },
        Line {
            what: "the same, `--refit-head`",
            most: thousands(REFIT_LIMIT as u64),
            met: "`commit`",
            mends: "a narrower last layer",
        },
        Line {
            what: "rows of the circuit for queries",
            most: format!("2^{MAX_K}"),
            met: "`commit`",
            mends: "narrower layers, fewer contributors",
        },
        Line {
            what: "queries in one proof",
            most: thousands(MAX_QUERIES as u64),
            met: "`setup --batch`",
            mends: "`--batch auto`",
        },
    ]
}

fn case_lines() -> Vec<Line> {
    vec![
        Line {
            what: "rows of `train.csv`; features of all rows together",
            most: format!("{}; {}", thousands(ROW_LIMIT as u64), thousands(CELL_LIMIT as u64)),
            met: "`commit`",
            mends: "fewer rows",
        },
        Line {
            what: "contributors",
            most: thousands(MAX_CONTRIBUTORS as u64),
            met: "`commit`",
            mends: "groups of them",
        },
        Line {
            what: "contributors that a registry on a chain pays",
            most: MAX_PAID.to_string(),
            met: "`commit` (warning), `register`",
            mends: "groups of them",
        },
        Line {
            what: "rows of the index circuit",
            most: format!("2^{MAX_INDEX_K}"),
            met: "`commit`",
            mends: "fewer rows or contributors; `--without-index`",
        },
        Line {
            what: "memory of `index`",
            most: "this machine's".into(),
            met: "`commit` (warning), `index`",
            mends: "another machine, fewer rows",
        },
        Line {
            what: "lambda for each row that takes part, the same methods",
            most: format!("{}", f64::from(Limits::default().lam_per_row) / 256.0),
            met: "`commit`, `verify`",
            mends: "a smaller `--lam-n`, more rows",
        },
        Line {
            what: "distance of the head, `influence` and `group-newton`",
            most: format!("{:.2} of its norm", Limits::default().distance),
            met: "`commit` (warning), `prove`, `verify`",
            mends: "`commit --refit-head`, a larger `--lam-n`; a buyer's `--max-distance`",
        },
    ]
}

/// A number with commas.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn repository(path: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
    }

    #[test]
    fn the_readme_has_the_limits_of_the_code() {
        let readme = repository("README.md");
        assert!(readme.contains(&markdown()), "README.md needs this table:\n{}", markdown());
    }

    #[test]
    fn a_registry_pays_as_many_as_the_contracts_say() {
        let source = repository("contracts/src/Subjects.sol");
        assert!(source.contains(&format!("MOST_PAYEES = {MAX_PAID};")));
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(thousands(512), "512");
        assert_eq!(thousands(65_535), "65,535");
        assert_eq!(thousands(2_097_152), "2,097,152");
        assert_eq!(gibibytes(1 << 30), "1.0 GiB");
        assert_eq!(gibibytes((1 << 30) + 1), "1.1 GiB");
    }
}
