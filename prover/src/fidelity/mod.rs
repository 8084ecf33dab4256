//! `fidelity`: how near scores come to what happens when a contributor's rows are really taken away.
//!
//! # Definition
//! For contributor $c$ and a query with returned class $y$, the *drop* is
//! $$ D_c = \ell_y(W^*) - \ell_y(W^*_{-c}), \qquad \ell_y(W) = z_y - \log \sum_{a \ne y} e^{z_a}, \quad z = W^T \tilde h, $$
//! with $W^*$ the optimal head over all admitted rows, $W^*_{-c}$ that over the admitted rows of the others, both with
//! the case's $\lambda$, over its integer features, and not rounded. Of a method, for each query:
//!
//! * *rank correlation*: Spearman's, between the exact integer scores $A_c$ and the drops, over contributors with
//!   admitted rows; equal values share the mean of their ranks;
//! * *share error*: $\sum_c |w_c - 10^6 \max(0, D_c) / \sum_b \max(0, D_b)|$ in parts per million, $w_c$ the shares: the
//!   L1 distance to clipped, normalized drops. Half of it is the part of a fee that goes to somebody else.
//!
//! Both are means over the queries. A query that the method leaves unattributed (nobody has a positive score, or it is
//! saturated and the method uses its residual) enters neither; one without a positive drop has no share error; where
//! all scores or all drops are equal there is no correlation. How many, is reported.
//!
//! Nothing here is proven: who has the rows can repeat it.

mod error;
mod plot;
mod rank;
mod removal;

pub use error::FidelityError;
pub use plot::plot;

use crate::case::Case;
use crate::data::Query;
use crate::progress::Observer;
use crate::table::{self, Rows, TableError};
use rank::spearman;
use rayon::prelude::*;
use removal::Removal;
use serde::Serialize;
use tribute_circuits::reference::{QueryTrace, RangeError, Table, query};
use tribute_verifier::method::{MethodId, ResidualKind};

const PPM: f64 = 1e6;

/// What was measured of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fidelity {
    /// Queries.
    pub queries: usize,
    /// Contributors with admitted rows, each of whom was left out once.
    pub contributors: usize,
    /// The regularization, as a decimal.
    pub lam_n: f64,
    /// One entry for each method that has a table.
    pub methods: Vec<MethodFidelity>,
    /// Methods that have none for this model.
    pub left_out: Vec<LeftOut>,
}

/// What was measured of a method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodFidelity {
    /// The method.
    pub method: MethodId,
    /// Whether it is the one that the case commits to.
    pub committed: bool,
    /// Mean rank correlation.
    pub rank_correlation: Option<f64>,
    /// Queries that have one.
    pub correlated: usize,
    /// Mean share error.
    pub share_error_ppm: Option<f64>,
    /// Queries that have one.
    pub compared: usize,
    /// Queries left out since only rounding is left of their residual.
    pub saturated: usize,
    /// Queries left out since nobody supports their output.
    pub unattributed: usize,
    /// Rank correlation of each query.
    pub rank_correlations: Vec<Option<f64>>,
    /// Share error of each query.
    pub share_errors_ppm: Vec<Option<f64>>,
}

/// A method that could not be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The method.
    pub method: MethodId,
    /// Why it has no table.
    #[serde(serialize_with = "in_words")]
    pub reason: TableError,
}

fn in_words<S: serde::Serializer>(reason: &TableError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}

/// What one query says of one method.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    rank_correlation: Option<f64>,
    share_error_ppm: Option<f64>,
    saturated: bool,
    unattributed: bool,
}

/// Refits the head without each contributor and compares every method's scores with what that does to the queries.
///
/// # Errors
/// Fails if the case is not whole, fewer than two contributors have admitted rows, the head cannot be refitted, or a
/// query does not fit the model.
pub fn measure(
    case: &Case,
    queries: &[Query],
    observer: &dyn Observer,
) -> Result<Fidelity, FidelityError> {
    let lam_256ths = case.subject.header.lam;
    observer.stage("reading the rows");
    let rows = case.committed_rows()?.rows;
    let contributors = participants(&rows);
    if contributors.len() < 2 {
        return Err(FidelityError::Contributors { found: contributors.len() });
    }
    let (tables, left_out) = tables(case, &rows, observer);
    observer.stage("refitting the head without each contributor");
    let removal = Removal::fit(&case.model, &rows, lam_256ths, &contributors, observer)?;
    observer.stage("comparing");
    let outcomes: Vec<Vec<Outcome>> = queries
        .par_iter()
        .map(|query| {
            outcomes(case, &tables, &removal, &contributors, &query.features)
                .map_err(|source| FidelityError::Query { row: query.row, source })
        })
        .collect::<Result<_, _>>()?;
    let committed = case.subject.header.method;
    let methods = tables.iter().enumerate().map(|(place, (method, _))| {
        let outcomes: Vec<Outcome> = outcomes.iter().map(|query| query[place]).collect();
        MethodFidelity::new(*method, *method == committed, &outcomes)
    });
    Ok(Fidelity {
        queries: queries.len(),
        contributors: contributors.len(),
        lam_n: f64::from(lam_256ths) / 256.0,
        methods: methods.collect(),
        left_out,
    })
}

/// Returns the contributors with admitted rows.
fn participants(rows: &Rows) -> Vec<usize> {
    let mut takes_part = vec![false; rows.contributors];
    for (owner, admitted) in rows.owners.iter().zip(&rows.admitted) {
        if let Some(takes_part) = takes_part.get_mut(*owner) {
            *takes_part |= admitted;
        }
    }
    (0..rows.contributors).filter(|contributor| takes_part[*contributor]).collect()
}

/// Returns the committed table and those that the other methods make of the same rows.
fn tables(
    case: &Case,
    rows: &Rows,
    observer: &dyn Observer,
) -> (Vec<(MethodId, Table)>, Vec<LeftOut>) {
    let (mut tables, mut left_out) = (Vec::new(), Vec::new());
    for method in MethodId::ALL {
        if method == case.subject.header.method {
            tables.push((method, case.table.clone()));
            continue;
        }
        observer.stage(&format!("building the table of {method}"));
        let steps = |done, of| observer.steps(done, of);
        match table::build(&case.model, rows, method, case.subject.header.lam, &steps) {
            Ok(built) => tables.push((method, built.table)),
            Err(reason) => left_out.push(LeftOut { method, reason }),
        }
    }
    (tables, left_out)
}

/// Returns what a query says of every table.
fn outcomes(
    case: &Case,
    tables: &[(MethodId, Table)],
    removal: &Removal,
    contributors: &[usize],
    input: &[i16],
) -> Result<Vec<Outcome>, RangeError> {
    let mut drops = None;
    let mut outcomes = Vec::with_capacity(tables.len());
    for (method, table) in tables {
        let trace = query(&case.model, table, method.residual(), input)?;
        let drops = drops.get_or_insert_with(|| {
            let scale = 0.5_f64.powi(case.model.feature_scale().cast_signed());
            let features: Vec<f64> =
                trace.forward.features.iter().map(|h| *h as f64 * scale).collect();
            removal.drops(&features, trace.class)
        });
        outcomes.push(Outcome::new(method.residual(), &trace, contributors, drops));
    }
    Ok(outcomes)
}

impl Outcome {
    fn new(kind: ResidualKind, trace: &QueryTrace, contributors: &[usize], drops: &[f64]) -> Self {
        let saturated = trace.saturated && kind == ResidualKind::Query;
        if trace.unattributed {
            return Self { saturated, unattributed: !saturated, ..Self::default() };
        }
        let scores: Vec<i128> = contributors.iter().map(|c| trace.scores[*c]).collect();
        let weights: Vec<u32> = contributors.iter().map(|c| trace.weights_ppm[*c]).collect();
        Self {
            rank_correlation: spearman(&scores, i128::cmp, drops, f64::total_cmp),
            share_error_ppm: share_error_ppm(&weights, drops),
            ..Self::default()
        }
    }
}

/// L1 distance between weights and clipped, normalized drops; none where no drop is positive.
fn share_error_ppm(weights_ppm: &[u32], drops: &[f64]) -> Option<f64> {
    let total: f64 = drops.iter().map(|drop| drop.max(0.0)).sum();
    let distance = weights_ppm
        .iter()
        .zip(drops)
        .map(|(weight, drop)| (f64::from(*weight) - PPM * drop.max(0.0) / total).abs());
    (total > 0.0).then(|| distance.sum())
}

impl MethodFidelity {
    fn new(method: MethodId, committed: bool, outcomes: &[Outcome]) -> Self {
        let count =
            |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
        let rank_correlations: Vec<_> = outcomes.iter().map(|o| o.rank_correlation).collect();
        let share_errors_ppm: Vec<_> = outcomes.iter().map(|o| o.share_error_ppm).collect();
        Self {
            method,
            committed,
            rank_correlation: mean(&rank_correlations),
            correlated: rank_correlations.iter().flatten().count(),
            share_error_ppm: mean(&share_errors_ppm),
            compared: share_errors_ppm.iter().flatten().count(),
            saturated: count(|outcome| outcome.saturated),
            unattributed: count(|outcome| outcome.unattributed),
            rank_correlations,
            share_errors_ppm,
        }
    }
}

/// Returns the mean of the values that are there.
fn mean(values: &[Option<f64>]) -> Option<f64> {
    let count = values.iter().flatten().count();
    (count > 0).then(|| values.iter().flatten().sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_error_is_twice_what_goes_to_others() {
        assert_eq!(share_error_ppm(&[1_000_000, 0], &[0.0, 3.0]), Some(2e6));
        assert_eq!(share_error_ppm(&[250_000, 750_000, 0], &[1.0, 3.0, -9.0]), Some(0.0));
        assert_eq!(share_error_ppm(&[500_000, 500_000], &[1.0, 3.0]), Some(500_000.0));
        assert_eq!(share_error_ppm(&[500_000, 500_000], &[0.0, -3.0]), None);
    }

    #[test]
    fn a_mean_is_of_what_is_there() {
        assert_eq!(mean(&[Some(1.0), None, Some(3.0)]), Some(2.0));
        assert_eq!(mean(&[None]), None);
    }

    #[test]
    fn only_contributors_with_admitted_rows_are_compared() {
        let rows = Rows {
            features: vec![vec![1]; 3],
            labels: vec![0; 3],
            owners: vec![0, 2, 3],
            admitted: vec![true, false, true],
            contributors: 4,
            validation: 0,
        };
        assert_eq!(participants(&rows), [0, 3]);
    }
}
