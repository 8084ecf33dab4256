//! The attribution table of a model and its rows.
//!
//! | method | table |
//! |---|---|
//! | `tracin`, `representer` | $G_c = \sum \tilde h_i \otimes \delta_i$ over the contributor's admitted rows |
//! | `influence` | $2^{-32} x_c$, rounded, with $H_s\, x_c = 2^{\sigma + 32} G_c + R_c$ |
//! | `group-newton` | the same with $H_s - H_c$ |
//!
//! `docs/attribution.md` says why the table is unique up to a stated freedom and how far a head may
//! be from its optimum. Floats appear here only as a means: what is returned was checked in exact
//! integers.

#[cfg(test)]
mod attacks;
mod error;
mod hessian;
mod newton;
mod stationarity;

use rayon::prelude::*;
use tribute_circuits::reference::norms::head_norm_below;
use tribute_circuits::reference::{Model, RowTrace, Table, gradient_table, row_trace};
use tribute_verifier::certificate::{Bound, Freedom, Stationarity};
use tribute_verifier::method::MethodId;

pub use error::TableError;
pub use newton::{SYSTEM_MAX, sigma};

use crate::head;
use newton::{Solutions, Systems};

/// Called with the contributors that are done and their number, from several threads.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Quantized training rows in registration order, with validation rows behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Input integers of each row.
    pub features: Vec<Vec<i16>>,
    /// Class of each row.
    pub labels: Vec<usize>,
    /// Contributor of each row, in registry order from 0.
    pub owners: Vec<usize>,
    /// Whether each row takes part.
    pub admitted: Vec<bool>,
    /// Number of contributors in the registry.
    pub contributors: usize,
    /// How many of them, the last, are validation rows; none of those takes part.
    pub validation: usize,
}

/// A table and what is published of it.
#[derive(Clone, Debug)]
pub struct BuiltTable {
    /// The table.
    pub table: Table,
    /// With a Newton method, what the certified solution exceeds $2^{32}$ times the table by; else nothing.
    pub fractions: Vec<i32>,
    /// Scale of the Newton system; 0 for methods without one.
    pub sigma: u32,
    /// Bits of the residual that the certificate allows; 0 for methods without one.
    pub eta: u32,
    /// Certificate of the head: epsilon, norm sum, number of admitted rows.
    pub stationarity: Stationarity,
    /// Bound on $|W - W^*|_F$.
    pub distance: Bound,
    /// Bound on $|x_c - x'_c|_2$ of two solutions that both meet the certificate; 0 for methods without one.
    pub freedom: Freedom,
    /// Rows whose label the model returns: training rows, validation rows.
    pub right: [u64; 2],
    /// Lower bound of the head's norm, at the scale of its weights.
    pub head_norm: u64,
}

/// Builds the table of `method` from the rows; `lam_256ths` is $\lambda$ in 1/256.
///
/// # Errors
/// Fails if counts differ, a row does not run through the model, a Newton system is too large or
/// cannot be solved within its bound, or an entry leaves 56 bits.
pub fn build(
    model: &Model,
    rows: &Rows,
    method: MethodId,
    lam_256ths: u32,
    progress: Progress<'_>,
) -> Result<BuiltTable, TableError> {
    rows.check()?;
    let contributors = rows.contributors;
    if lam_256ths == 0 {
        return Err(TableError::Lambda);
    }
    let (traces, right) = rows.trace(model)?;
    let owned = traces.iter().map(|(trace, owner)| (trace, *owner));
    let gradients = gradient_table(owned, model, contributors).map_err(TableError::Gradient)?;
    let admitted: Vec<&RowTrace> = traces.iter().map(|(trace, _)| trace).collect();
    let stationarity =
        stationarity::measure(model, &admitted, &gradients, contributors, lam_256ths);
    let (features, classes) = (model.feature_count(), model.classes);
    let feature_scale = model.feature_scale();
    let (entries, fractions, sigma, eta) = match method.hessian() {
        None => (gradients, Vec::new(), 0, 0),
        Some(hessian) => {
            let mut owned = vec![Vec::new(); contributors];
            traces.iter().for_each(|(trace, owner)| owned[*owner].push(trace));
            let gradients = &gradients;
            let systems =
                Systems { features, classes, feature_scale, lam_256ths, owned, gradients };
            let Solutions { entries, fractions, eta } = systems.solve(hessian, progress)?;
            (entries, fractions, newton::sigma(feature_scale), eta)
        }
    };
    let table = Table::new(features, classes, contributors, entries)?;
    let head = head::of_model(model, lam_256ths);
    let distance = head.distance(stationarity)?;
    let freedom = if method.is_newton() { head.freedom(eta)? } else { Freedom(0) };
    let head_norm = head_norm_below(&model.head);
    Ok(BuiltTable {
        table,
        fractions,
        sigma,
        eta,
        stationarity,
        distance,
        freedom,
        right,
        head_norm,
    })
}

/// Admitted rows with their owners, and right answers on training and on validation rows.
type Traced = (Vec<(RowTrace, usize)>, [u64; 2]);

/// Bounds how far the head of a model is from the optimum of its regularized loss on the rows, as a part of its norm; without
/// a table.
///
/// # Errors
/// As [`build`].
pub fn head_distance(model: &Model, rows: &Rows, lam_256ths: u32) -> Result<Bound, TableError> {
    rows.check()?;
    let (traces, _) = rows.trace(model)?;
    let owned = traces.iter().map(|(trace, owner)| (trace, *owner));
    let contributors = rows.contributors;
    let gradients = gradient_table(owned, model, contributors).map_err(TableError::Gradient)?;
    let admitted: Vec<&RowTrace> = traces.iter().map(|(trace, _)| trace).collect();
    let figures = stationarity::measure(model, &admitted, &gradients, contributors, lam_256ths);
    let distance = head::of_model(model, lam_256ths).distance(figures)?;
    Ok(distance.relative_to(head_norm_below(&model.head)))
}

impl Rows {
    /// Puts validation rows behind the training rows.
    pub(crate) fn validate(
        &mut self,
        features: Vec<Vec<i16>>,
        labels: Vec<usize>,
        owners: Vec<usize>,
    ) {
        self.validation += labels.len();
        self.admitted.resize(self.admitted.len() + labels.len(), false);
        self.features.extend(features);
        self.labels.extend(labels);
        self.owners.extend(owners);
    }

    fn check(&self) -> Result<(), TableError> {
        let Self { features, labels, owners, admitted, contributors, validation: _ } = self;
        let contributors = *contributors;
        let counts = [labels.len(), owners.len(), admitted.len()];
        if counts.iter().any(|&count| count != features.len()) {
            let [labels, owners, admitted] = counts;
            return Err(TableError::RowCounts { rows: features.len(), labels, owners, admitted });
        }
        match owners.iter().position(|&owner| owner >= contributors) {
            Some(row) => Err(TableError::Owner { row, owner: owners[row], contributors }),
            None => Ok(()),
        }
    }

    /// Runs every row through the model; keeps the admitted ones with their owners, and counts right answers.
    ///
    /// Rows that are not admitted must run too: all of them stand in the dataset tree.
    fn trace(&self, model: &Model) -> Result<Traced, TableError> {
        let traces: Vec<RowTrace> = (0..self.features.len())
            .into_par_iter()
            .map(|row| {
                let trace = row_trace(model, &self.features[row], self.labels[row]);
                trace.map_err(|source| TableError::Row { row, source })
            })
            .collect::<Result<_, _>>()?;
        let training = traces.len().saturating_sub(self.validation);
        let right = |traces: &[RowTrace]| traces.iter().filter(|row| row.right).count() as u64;
        let right = [right(&traces[..training]), right(&traces[training..])];
        let owned = traces.into_iter().zip(self.owners.iter().copied());
        let kept = owned.zip(&self.admitted).filter(|(_, admitted)| **admitted);
        Ok((kept.map(|(row, _)| row).collect(), right))
    }
}
