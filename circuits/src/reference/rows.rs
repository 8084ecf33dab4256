//! Training rows: probabilities, residuals $\delta$, and the sum of their gradients.
//!
//! $$ \delta_{i,c} = -p_{i,c} \ (c \ne y_i), \qquad \delta_{i,y_i} = \sum_{c \ne y_i} p_{i,c}, \qquad
//!    G_c = \sum_{i \text{ of } c} w_i\, \tilde h_i \otimes \delta_i, $$
//! with $w_i$ the admission bit. $G$ is the table of the methods `tracin` and `representer`.

use super::fixed_point::{TABLE_BITS, fits_signed};
use super::forward::forward;
use super::model::Model;
use super::range_error::RangeError;
use super::softmax::{exponentials, probabilities, residual};

/// What the committed model says of one training row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowTrace {
    /// $\tilde h$.
    pub features: Vec<i64>,
    /// $p$, at scale $2^{20}$.
    pub probabilities: Vec<i64>,
    /// $\delta$, at scale $2^{20}$; sums to 0.
    pub residual: Vec<i64>,
    /// Whether the model returns the label.
    pub right: bool,
}

/// Runs the model on one training row.
///
/// # Errors
/// Fails if the label is no class, or as [`forward`] does.
pub fn row_trace(model: &Model, input: &[i16], label: usize) -> Result<RowTrace, RangeError> {
    if label >= model.classes {
        return Err(RangeError::Label { label, classes: model.classes });
    }
    let forward = forward(model, input)?;
    let softmax = exponentials(&forward.logits);
    let probabilities = probabilities(&softmax.exponentials);
    let residual = residual(&probabilities, label);
    let right = softmax.class == label;
    Ok(RowTrace { features: forward.features, probabilities, residual, right })
}

/// Sums the gradients of each contributor's admitted rows, in the order of
/// [`Table`](super::table::Table) entries. `owned` pairs each row with its owner; rows that are not
/// admitted are left out by the caller.
///
/// # Errors
/// Fails if an owner is not below `contributors`, or a sum leaves 56 bits.
pub fn gradient_table<'a>(
    owned: impl IntoIterator<Item = (&'a RowTrace, usize)>,
    model: &Model,
    contributors: usize,
) -> Result<Vec<i64>, RangeError> {
    let mut entries = vec![0_i64; model.feature_count() * model.classes * contributors];
    for (row, (trace, owner)) in owned.into_iter().enumerate() {
        if owner >= contributors {
            return Err(RangeError::Owner { row, owner, contributors });
        }
        let products =
            trace.features.iter().flat_map(|h| trace.residual.iter().map(move |d| h * d));
        for (entries, product) in entries.chunks_exact_mut(contributors).zip(products) {
            let entry = entries[owner] + product;
            if !fits_signed(entry, TABLE_BITS) {
                return Err(RangeError::TableEntry { contributor: owner, entry });
            }
            entries[owner] = entry;
        }
    }
    Ok(entries)
}
