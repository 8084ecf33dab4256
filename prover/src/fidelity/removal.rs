//! What a query loses when a contributor's rows are taken away and the head is fitted again.

use super::FidelityError;
use crate::model::{FitRows, OptimalHead, optimal_head};
use crate::progress::Observer;
use crate::table::Rows;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tribute_circuits::reference::Model;

/// Optimal heads with everybody's admitted rows, and without each contributor's.
pub(super) struct Removal {
    full: OptimalHead,
    without: Vec<OptimalHead>,
}

impl Removal {
    /// Fits a head without each of `contributors`, places in registry order.
    pub(super) fn fit(
        model: &Model,
        rows: &Rows,
        lam_256ths: u32,
        contributors: &[usize],
        observer: &dyn Observer,
    ) -> Result<Self, FidelityError> {
        let fit = |admitted: &[bool], start: Option<&OptimalHead>| {
            let Rows { features, labels, .. } = rows;
            optimal_head(model, FitRows { features, labels, admitted }, lam_256ths, start)
        };
        let of = contributors.len();
        observer.steps(0, of);
        let full = fit(&rows.admitted, None).map_err(FidelityError::Refit)?;
        let done = AtomicUsize::new(0);
        let leave_out = |&contributor: &usize| -> Result<OptimalHead, FidelityError> {
            let others = rows.owners.iter().zip(&rows.admitted);
            let kept: Vec<bool> =
                others.map(|(owner, admitted)| *admitted && *owner != contributor).collect();
            let failed = |source| FidelityError::RefitWithout { contributor, source };
            let head = fit(&kept, Some(&full)).map_err(failed)?;
            observer.steps(done.fetch_add(1, Ordering::Relaxed) + 1, of);
            Ok(head)
        };
        let without = contributors.par_iter().map(leave_out).collect::<Result<_, _>>()?;
        Ok(Self { full, without })
    }

    /// Returns how far the log-odds of a class fall without each contributor; `features` in real units.
    pub(super) fn drops(&self, features: &[f64], class: usize) -> Vec<f64> {
        let full = log_odds(&self.full.logits(features), class);
        let without = self.without.iter().map(|head| log_odds(&head.logits(features), class));
        without.map(|odds| full - odds).collect()
    }
}

/// $z_y - \log \sum_{c \ne y} e^{z_c} = \log (p_y / (1 - p_y))$.
fn log_odds(logits: &[f64], class: usize) -> f64 {
    let others = || logits.iter().enumerate().filter(|(c, _)| *c != class).map(|(_, z)| *z);
    let largest = others().fold(f64::NEG_INFINITY, f64::max);
    logits[class] - largest - others().map(|z| (z - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Unobserved;

    #[test]
    fn log_odds_are_those_of_the_softmax() {
        let logits = [1.0, -0.5, 2.0_f64];
        let sum: f64 = logits.iter().map(|z| z.exp()).sum();
        for (class, logit) in logits.iter().enumerate() {
            let p = logit.exp() / sum;
            assert!((log_odds(&logits, class) - (p / (1.0 - p)).ln()).abs() < 1e-12);
        }
        assert_eq!(log_odds(&[900.0, -900.0], 0), 1800.0, "where p rounds to 1");
    }

    #[test]
    fn whoever_is_taken_away_changes_their_own_class_most() {
        // Logistic regression on one feature; class 1 on the right. Two contributors on the right, one on the left.
        let model = Model::new(1, Vec::new(), 2, vec![0; 4]).unwrap();
        let rows = Rows {
            features: [-512, -500, 512, 500, 128].map(|x| vec![x]).to_vec(),
            labels: vec![0, 0, 1, 1, 1],
            owners: vec![0, 0, 1, 1, 2],
            admitted: vec![true; 5],
            contributors: 3,
            validation: 0,
        };
        let removal = Removal::fit(&model, &rows, 256, &[0, 1, 2], &Unobserved).unwrap();
        let drops = removal.drops(&[1.0, 1.0], 1);
        assert!(drops[1] > 0.1 && drops[2] > 0.1 && drops[0] < drops[1].min(drops[2]), "{drops:?}");
        // A row that was not admitted is as if it were not there.
        let mut fewer = rows.clone();
        fewer.admitted[4] = false;
        let alone = Removal::fit(&model, &fewer, 256, &[2], &Unobserved).unwrap();
        assert!(alone.drops(&[1.0, 1.0], 1)[0].abs() < 1e-9);
        let lost = alone.drops(&[1.0, 1.0], 1);
        assert_eq!(lost.len(), 1);
        let nobody = Rows { owners: vec![0; 5], ..rows };
        let error = Removal::fit(&model, &nobody, 256, &[0], &Unobserved).err().unwrap();
        assert!(error.to_string().contains("without contributor 0"), "{error}");
    }
}
