//! The attribution table: for each contributor an integer K x C matrix $G_c$, fixed offline.
//!
//! Scores of any admissible shape must fit 126 bits so that plain `i128` arithmetic is exact:
//! with $|\tilde h| \le 2^{16}$, $|G| \le 2^{55}$ and $\sum_a |r_a| \le 2 (C-1) 2^{24}$,
//! $$ \sum_c |A_c| \le M \cdot K \cdot 2^{16} \cdot 2^{55} \cdot 2(C-1) 2^{24}. $$

use super::fixed_point::{EXPONENTIAL_SCALE, INPUT_BITS, TABLE_BITS, fits_signed};
use super::model::{CLASSES_MAX, ShapeError, UNITS_MAX};

/// The most contributors a table may have.
pub const CONTRIBUTORS_MAX: usize = 4096;
/// All scores of a query, added up, stay below this power of two.
pub const SCORE_SUM_BITS: u32 = 126;

/// A table of integers in the order (feature k, class a, contributor c).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Number of features K.
    pub features: usize,
    /// Number of classes C.
    pub classes: usize,
    /// Number of contributors M.
    pub contributors: usize,
    /// $G_c[k, a]$ at `(k * classes + a) * contributors + c`, each 56 bits signed.
    pub entries: Vec<i64>,
}

impl Table {
    /// Builds a table after checking its shape and widths.
    ///
    /// # Errors
    /// Fails as [`Table::check`] does.
    pub fn new(
        features: usize,
        classes: usize,
        contributors: usize,
        entries: Vec<i64>,
    ) -> Result<Self, ShapeError> {
        let table = Self { features, classes, contributors, entries };
        table.check()?;
        Ok(table)
    }

    /// Checks every length and every width.
    ///
    /// # Errors
    /// Names the count or the entry that does not fit.
    pub fn check(&self) -> Result<(), ShapeError> {
        let Self { features, classes, contributors, ref entries } = *self;
        if !(2..=UNITS_MAX).contains(&features) {
            return Err(ShapeError::Features { features });
        }
        if !(2..=CLASSES_MAX).contains(&classes) {
            return Err(ShapeError::Classes { classes });
        }
        if !(1..=CONTRIBUTORS_MAX).contains(&contributors) {
            return Err(ShapeError::Contributors { contributors });
        }
        if score_sum_bound(features, classes, contributors) >= 1 << SCORE_SUM_BITS {
            return Err(ShapeError::ScoreWidth { features, classes, contributors });
        }
        let expected = features * classes * contributors;
        if entries.len() != expected {
            return Err(ShapeError::TableLength { expected, actual: entries.len() });
        }
        match entries.iter().position(|&entry| !fits_signed(entry, TABLE_BITS)) {
            None => Ok(()),
            Some(place) => Err(ShapeError::TableEntry {
                contributor: place % contributors,
                feature: place / contributors / classes,
                class: place / contributors % classes,
                entry: entries[place],
            }),
        }
    }

    /// Returns $G_c[k, a]$.
    #[must_use]
    pub fn entry(&self, contributor: usize, feature: usize, class: usize) -> i64 {
        self.entries[(feature * self.classes + class) * self.contributors + contributor]
    }
}

/// Bounds $\sum_c |A_c|$ of a shape whose counts were checked; at most $2^{120} \cdot 2^{12}$, saturating.
#[must_use]
pub fn score_sum_bound(features: usize, classes: usize, contributors: usize) -> u128 {
    let wide = |count: usize| u128::try_from(count).unwrap_or(u128::MAX);
    let product = 1_u128 << (INPUT_BITS + (TABLE_BITS - 1) + EXPONENTIAL_SCALE);
    let residual = wide(classes.saturating_sub(1)).saturating_mul(2);
    [wide(features), residual, wide(contributors)]
        .into_iter()
        .fold(product, |bound, factor| bound.saturating_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_an_entry_of_57_bits() {
        let mut entries = vec![0; 12];
        entries[7] = 1 << 55;
        let error = ShapeError::TableEntry { contributor: 1, feature: 1, class: 0, entry: 1 << 55 };
        assert_eq!(Table::new(2, 2, 3, entries.clone()), Err(error));
        entries[7] = -(1 << 55);
        let table = Table::new(2, 2, 3, entries).unwrap();
        assert_eq!(table.entry(1, 1, 0), -(1 << 55));
    }

    #[test]
    fn rejects_shapes_whose_scores_leave_126_bits() {
        let error = ShapeError::ScoreWidth { features: 65_535, classes: 256, contributors: 4096 };
        assert_eq!(Table::new(65_535, 256, 4096, Vec::new()), Err(error));
        // K = 129, C = 10, M = 12, the widest of the cases: about 2^110.
        assert!(score_sum_bound(129, 10, 12) < 1 << 111);
    }
}
