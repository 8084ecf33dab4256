//! How fast this machine is: a short measured run, kept in the user's cache folder.
//!
//! What is measured are the parts of a proof (commitments to columns of wide and of small values, transforms) at three sizes,
//! and one small proof, which prices the rest. Other sizes follow from how the parts grow: commitments as $2^k / k$, transforms
//! as $k 2^k$, the rest as $2^k$.

use crate::files::{Existing, FileError, Privacy, json};
use crate::planner::cost::Counts;
use crate::planner::measure::{MeasureError, measure};
use ff::Field;
use group::Curve as _;
use group::prime::PrimeCurveAffine as _;
use halo2_proofs::arithmetic::best_multiexp;
use halo2_proofs::halo2curves::bn256::{Fr, G1, G1Affine};
use halo2_proofs::poly::EvaluationDomain;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tribute_circuits::{CircuitParams, Shape};
use tribute_verifier::method::ResidualKind;

/// Sizes that are measured.
const SIZES: [u32; 3] = [11, 12, 13];
/// Runs of each part; the fastest counts.
const RUNS: usize = 3;
/// Degree of the gates, which the size of the quotient's domain depends on.
const DEGREE: u32 = 4;

/// Seconds of the parts of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// A commitment to values of full width, at k = 11, 12, 13.
    full: [f64; 3],
    /// A commitment to values of 16 bits.
    small: [f64; 3],
    /// A column's transforms.
    column: [f64; 3],
    /// Everything else, for each row.
    pub row: f64,
    /// Whatever every proof takes.
    pub base: f64,
}

/// Rates of the machine that the planner's choices are made for: two cores.
pub const REFERENCE: Rates = Rates {
    full: [0.006, 0.011, 0.020],
    small: [0.001, 0.002, 0.004],
    column: [0.002, 0.004, 0.008],
    row: 40e-6,
    base: 0.02,
};

impl Rates {
    /// Seconds of a commitment to values of full width.
    pub fn full(&self, k: u32) -> f64 {
        scaled(&self.full, k, |k| 1.0 / k)
    }

    /// Seconds of a commitment to small values.
    pub fn small(&self, k: u32) -> f64 {
        scaled(&self.small, k, |k| 1.0 / k)
    }

    /// Seconds of the transforms of a column.
    pub fn column(&self, k: u32) -> f64 {
        scaled(&self.column, k, |k| k)
    }

    fn usable(&self) -> bool {
        let Self { full, small, column, row, base } = self;
        let positive = full.iter().chain(small).chain(column).all(|part| *part > 0.0);
        let all = full.iter().chain(small).chain(column).chain([row, base]);
        positive && all.into_iter().all(|part| part.is_finite() && *part >= 0.0 && *part < 1e6)
    }
}

/// A part at another size than those measured: from the nearest, by rows and by how the part grows for each row.
fn scaled(measured: &[f64; 3], k: u32, growth: impl Fn(f64) -> f64) -> f64 {
    let nearest = k.clamp(SIZES[0], SIZES[2]);
    let place = usize::try_from(nearest - SIZES[0]).unwrap_or_default();
    let (k, nearest) = (f64::from(k), f64::from(nearest));
    measured[place] * (k - nearest).exp2() * growth(k) / growth(nearest)
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
    /// The result.
    pub rates: Rates,
}

impl Calibration {
    /// Name and version of the file.
    pub const FORMAT: &'static str = "tribute/calibration/1";

    /// What stands in for a machine that was never measured.
    pub fn reference() -> Self {
        Self::of(REFERENCE)
    }

    fn of(rates: Rates) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let threads = rayon::current_num_threads();
        Self { format: Self::FORMAT.to_owned(), program, threads, rates }
    }

    /// Measures this machine.
    ///
    /// # Errors
    /// Fails if the small proof cannot be made.
    pub fn measure() -> Result<Self, MeasureError> {
        let mut rates = Rates { row: 0.0, base: 0.0, ..REFERENCE };
        let mut random = ChaCha20Rng::seed_from_u64(1);
        for (place, k) in SIZES.into_iter().enumerate() {
            (rates.full[place], rates.small[place], rates.column[place]) = parts(k, &mut random);
        }
        let params =
            CircuitParams { weight_columns: 8, limb_lanes: 2, limb_bits: 9, k: 11, shape: small() };
        let counts = Counts::of(&params).map_err(MeasureError::from)?;
        let seconds = measure(&params, RUNS)?.seconds;
        let rest = seconds - super::cost::seconds(&counts, &rates);
        rates.row = rest.max(0.0) / f64::from(counts.k).exp2();
        Ok(Self::of(rates))
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
        if let Some(cached) = Self::cached() {
            return Ok(cached);
        }
        let calibration = Self::measure()?;
        if let Some(path) = cache_file() {
            let _ = calibration.keep(&path);
        }
        Ok(calibration)
    }

    fn read(path: &Path) -> Option<Self> {
        let read: Self = json::read(path, Self::FORMAT).ok()?;
        let fresh = Self::of(read.rates);
        (read == fresh && read.rates.usable()).then_some(read)
    }

    fn keep(&self, path: &Path) -> Result<(), FileError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(FileError::io("create", folder))?;
        }
        json::write(path, self, Privacy::Public, Existing::Replace)
    }
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

/// The shape of the small proof.
fn small() -> Shape {
    let residual = ResidualKind::Query;
    Shape { inputs: 16, hidden: vec![8], classes: 3, contributors: 4, residual }
}

/// The fastest of some runs, in seconds.
fn fastest(mut run: impl FnMut()) -> f64 {
    let timed = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(timed).fold(f64::INFINITY, f64::min)
}

/// A wide commitment, a small one, and the transforms of a column.
fn parts(k: u32, random: &mut ChaCha20Rng) -> (f64, f64, f64) {
    let rows = 1_usize << k;
    let generator = G1Affine::generator();
    let multiples =
        std::iter::successors(Some(generator.to_curve()), |point| Some(point + generator));
    let multiples: Vec<G1> = multiples.take(rows).collect();
    let mut points = vec![generator; rows];
    G1::batch_normalize(&multiples, &mut points);
    let wide: Vec<Fr> = (0..rows).map(|_| Fr::random(&mut *random)).collect();
    let narrow: Vec<Fr> = (0..rows).map(|_| Fr::from(u64::from(random.next_u32() >> 16))).collect();
    let full = fastest(|| _ = std::hint::black_box(best_multiexp(&wide, &points)));
    let small = fastest(|| _ = std::hint::black_box(best_multiexp(&narrow, &points)));
    let domain = EvaluationDomain::<Fr>::new(DEGREE, k);
    let column = fastest(|| {
        let coefficients = domain.lagrange_to_coeff(domain.lagrange_from_vec(wide.clone()));
        let _ = std::hint::black_box(domain.coeff_to_extended_parts(&coefficients));
    });
    (full, small, column)
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
        negative.rates.full[1] = -1.0;
        negative.keep(&path).unwrap();
        assert_eq!(Calibration::read(&path), None);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Calibration::read(&path), None);
        calibration.keep(&path).unwrap();
        assert_eq!(Calibration::read(&path), Some(calibration));
    }

    #[test]
    fn parts_grow_beyond_what_was_measured() {
        for rate in [Rates::full, Rates::small, Rates::column] {
            let times: Vec<f64> = (8..=22).map(|k| rate(&REFERENCE, k)).collect();
            assert!(times.windows(2).all(|pair| pair[0] > 0.0 && pair[1] > pair[0]), "{times:?}");
        }
    }
}
