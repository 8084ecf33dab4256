//! How fast this machine is: a short measured run, kept in the user's cache folder.
//!
//! [`REFERENCE`] says what the parts of a proof take on the machine that choices are made for, and how each grows with the number
//! of rows: commitments as $2^k / k$, transforms as $k 2^k$, the rest as $2^k$. A calibration makes two small proofs and scales all
//! parts alike, by the mean of what they took over what they were expected to take.

use crate::files::{Existing, FileError, Privacy, json};
use crate::limits;
use crate::planner::cost::{Counts, seconds};
use crate::planner::measure::{MeasureError, measure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tribute_circuits::{CircuitParams, Shape};
use tribute_verifier::method::ResidualKind;

/// The size that the rates are of.
const K: f64 = 13.0;
/// Proofs of each layout; their median counts.
const RUNS: usize = 3;
/// A measurement under more load than this for each thread is called disturbed.
const DISTURBED: f64 = 0.5;
/// Rows, weight columns, lanes and bits of limbs of the layouts that are measured: a narrow one and a wide one.
const LAYOUTS: [(u32, usize, usize, u32); 2] = [(11, 8, 2, 9), (12, 16, 1, 9)];

/// Seconds of the parts of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// A commitment to values of full width at k = 13.
    full: f64,
    /// A commitment to small values at k = 13, beyond what every column takes.
    small: f64,
    /// The transforms of a column and its part of the quotient at k = 13, beyond what commitments take of both.
    column: f64,
    /// Everything else, for each row.
    pub row: f64,
    /// Whatever every proof takes.
    pub base: f64,
    /// The witness of a query.
    pub query: f64,
}

/// Rates of the machine that choices are made for: two cores of 2026. Fitted by `planner layout ..` of `tribute-benches` to 12 layouts of
/// three shapes with k = 10 to 16, 8 to 108 advice columns, 1 to 64 queries: processor seconds, each met within 3%. Two cores
/// took a 1.86th of them. Only the scale depends on it, and a calibration sets that anew.
pub const REFERENCE: Rates = Rates {
    full: 0.01016,
    small: 0.00013,
    column: 0.0052,
    row: 1.25e-5,
    base: 0.0173,
    query: 0.00374,
};

impl Rates {
    /// Seconds of a commitment to values of full width.
    pub fn full(&self, k: u32) -> f64 {
        self.full * rows(k) * K / f64::from(k)
    }

    /// Seconds of a commitment to small values.
    pub fn small(&self, k: u32) -> f64 {
        self.small * rows(k) * K / f64::from(k)
    }

    /// Seconds of the transforms of a column.
    pub fn column(&self, k: u32) -> f64 {
        self.column * rows(k) * f64::from(k) / K
    }

    fn all(&self) -> [f64; 6] {
        let Self { full, small, column, row, base, query } = *self;
        [full, small, column, row, base, query]
    }

    fn scaled(&self, by: f64) -> Self {
        let [full, small, column, row, base, query] = self.all().map(|part| part * by);
        Self { full, small, column, row, base, query }
    }

    fn usable(&self) -> bool {
        self.all().into_iter().all(|part| part.is_finite() && part > 0.0 && part < 1e6)
    }
}

/// Rows of a domain, over those that the rates are of.
fn rows(k: u32) -> f64 {
    (f64::from(k) - K).exp2()
}

/// What was measured, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    format: String,
    /// Version of the program that measured.
    program: String,
    /// Threads that it had.
    threads: usize,
    /// When, in seconds since 1970; nothing where nothing was measured.
    measured: Option<u64>,
    /// Processes that wanted to run, the minute before; nothing where the system does not say.
    load: Option<f64>,
    /// The result.
    pub rates: Rates,
}

impl Calibration {
    /// Name and version of the file.
    pub const FORMAT: &'static str = "tribute/calibration/4";

    /// What stands in for a machine that was never measured.
    pub fn reference() -> Self {
        Self::of(REFERENCE)
    }

    fn of(rates: Rates) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let threads = rayon::current_num_threads();
        let format = Self::FORMAT.to_owned();
        Self { format, program, threads, measured: None, load: None, rates }
    }

    /// Measures this machine.
    ///
    /// # Errors
    /// Fails if the small proofs cannot be made.
    pub fn measure() -> Result<Self, MeasureError> {
        let load = limits::load();
        let mut ratios = 0.0;
        for (k, weight_columns, limb_lanes, limb_bits) in LAYOUTS {
            let params = CircuitParams {
                shape: small(),
                queries: 1,
                threads: 1,
                k,
                weight_columns,
                limb_bits,
                limb_lanes,
            };
            let taken = measure(&params, RUNS, None)?.seconds;
            ratios += taken / seconds(&Counts::of(&params)?, &REFERENCE);
        }
        let rates = REFERENCE.scaled(ratios / LAYOUTS.len() as f64);
        Ok(Self { measured: Some(now()), load, ..Self::of(rates) })
    }

    /// Returns what an earlier run measured, if it was this program with as many threads.
    pub fn cached() -> Option<Self> {
        Self::read(&cache_file()?)
    }

    /// Returns what is cached, or measures and keeps it; a damaged file is made again. That it cannot be kept is no error.
    ///
    /// # Errors
    /// Fails if nothing can be measured.
    pub fn obtain() -> Result<Self, MeasureError> {
        Self::cached().map_or_else(Self::renew, Ok)
    }

    /// Measures and keeps what was measured. That it cannot be kept is no error.
    ///
    /// # Errors
    /// Fails if nothing can be measured.
    pub fn renew() -> Result<Self, MeasureError> {
        let calibration = Self::measure()?;
        if let Some(path) = cache_file() {
            let _ = calibration.keep(&path);
        }
        Ok(calibration)
    }

    /// Says when it was measured and under what load.
    #[must_use]
    pub fn words(&self) -> String {
        let Some(measured) = self.measured else { return "not measured here".to_owned() };
        let age = match now().saturating_sub(measured) {
            ..120 => "just now".to_owned(),
            seconds @ 120..7200 => format!("{} minutes ago", seconds / 60),
            seconds @ 7200..172_800 => format!("{} hours ago", seconds / 3600),
            seconds => format!("{} days ago", seconds / 86_400),
        };
        let load = self.load.map_or_else(String::new, |load| {
            format!(", with {load:.1} other processes running for {} threads", self.threads)
        });
        format!("calibrated {age}{load}")
    }

    /// Whether other processes took a good part of the machine while it was measured.
    #[must_use]
    pub fn disturbed(&self) -> bool {
        self.load.is_some_and(|load| load > DISTURBED * self.threads as f64)
    }

    fn read(path: &Path) -> Option<Self> {
        let read: Self = json::read(path, Self::FORMAT).ok()?;
        let Self { measured, load, .. } = read;
        let fresh = Self { measured, load, ..Self::of(read.rates) };
        (read == fresh && read.rates.usable()).then_some(read)
    }

    fn keep(&self, path: &Path) -> Result<(), FileError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
        }
        json::write(path, self, Privacy::Public, Existing::Replace)
    }
}

/// Seconds since 1970; 0 on a machine whose clock is before.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Where the calibration is kept, if the user has a folder for such things.
fn cache_file() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute())
    };
    let folder =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(folder.join("tribute/calibration.json"))
}

/// The shape of the small proofs.
fn small() -> Shape {
    let residual = ResidualKind::Query;
    Shape { inputs: 16, hidden: vec![8], classes: 3, contributors: 4, residual }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_or_foreign_file_is_measured_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache/calibration.json");
        assert_eq!(Calibration::read(&path), None);
        let calibration = Calibration::reference();
        calibration.keep(&path).unwrap();
        assert_eq!(Calibration::read(&path).as_ref(), Some(&calibration));
        let other = Calibration { program: "0.0.1".into(), ..calibration.clone() };
        other.keep(&path).unwrap();
        assert_eq!(Calibration::read(&path), None);
        let mut negative = calibration.clone();
        negative.rates.full = -1.0;
        negative.keep(&path).unwrap();
        assert_eq!(Calibration::read(&path), None);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Calibration::read(&path), None);
        calibration.keep(&path).unwrap();
        assert_eq!(Calibration::read(&path), Some(calibration));
    }

    #[test]
    fn a_measurement_under_load_says_so() {
        let quiet =
            Calibration { measured: Some(now()), load: Some(0.1), ..Calibration::reference() };
        assert!(!quiet.disturbed() && quiet.words().starts_with("calibrated just now, with 0.1"));
        let load = Some(2.0 * quiet.threads as f64);
        let old = Calibration { measured: Some(now() - 3 * 86_400), load, ..quiet };
        assert!(old.disturbed() && old.words().contains("3 days ago"), "{}", old.words());
    }

    #[test]
    fn parts_grow_beyond_what_was_measured() {
        for rate in [Rates::full, Rates::small, Rates::column] {
            let times: Vec<f64> = (8..=22).map(|k| rate(&REFERENCE, k)).collect();
            assert!(times.windows(2).all(|pair| pair[0] > 0.0 && pair[1] > pair[0]), "{times:?}");
        }
    }
}
