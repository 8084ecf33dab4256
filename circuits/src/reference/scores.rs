//! Scores $A_c = \tilde h^T G_c r$: one integer per contributor, exact.

use super::table::Table;

/// Returns every contributor's score.
///
/// `features` holds K values below $2^{16}$ in size, `residual` C values; the table was checked, so
/// the sums fit `i128` (see [`super::table::score_sum_bound`]).
#[must_use]
pub fn scores(table: &Table, features: &[i64], residual: &[i64]) -> Vec<i128> {
    let mut scores = vec![0_i128; table.contributors];
    let rows = table.entries.chunks_exact(table.classes * table.contributors);
    for (&feature, row) in features.iter().zip(rows) {
        if feature == 0 {
            continue;
        }
        for (&r, entries) in residual.iter().zip(row.chunks_exact(table.contributors)) {
            let factor = i128::from(feature) * i128::from(r);
            for (score, &entry) in scores.iter_mut().zip(entries) {
                *score += factor * i128::from(entry);
            }
        }
    }
    scores
}
