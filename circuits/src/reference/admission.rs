//! Admission: of rows with identical features, the first registered counts; labels are ignored.

use std::collections::BTreeSet;

/// Returns one admission bit per row, in registration order.
///
/// ```
/// use tribute_circuits::reference::admit_first;
///
/// assert_eq!(admit_first(&[vec![1, 2], vec![2, 1], vec![1, 2]]), [true, true, false]);
/// ```
#[must_use]
pub fn admit_first(features: &[Vec<i16>]) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    features.iter().map(|row| seen.insert(row.as_slice())).collect()
}

/// The same of this many training rows; the validation rows behind them take no part.
///
/// ```
/// use tribute_circuits::reference::admit_training;
///
/// assert_eq!(admit_training(&[vec![1], vec![1], vec![2]], 2), [true, false, false]);
/// ```
#[must_use]
pub fn admit_training(features: &[Vec<i16>], training: usize) -> Vec<bool> {
    let mut admitted = admit_first(&features[..training.min(features.len())]);
    admitted.resize(features.len(), false);
    admitted
}
