//! `--refit-head`: the head at the optimum of its own loss, over frozen hidden layers.
//!
//! $$ W^* = \arg\min_W \sum_i \Big( \log \sum_c e^{z_{ic}} - z_{i y_i} \Big) + \frac{\lambda}{2} |W|^2, \qquad
//!    z_i = W^T \tilde h_i, $$
//! over the admitted rows, with $\tilde h_i$ the *integer* features the circuit computes, in real units, and the bias
//! row penalized like every other (SPEC 3.4). The loss is strictly convex: $W^*$ is unique, and a point whose gradient
//! has norm $|g|$ is within $|g| / \lambda$ of it. Newton steps by Cholesky, halved until the loss falls enough.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use tribute_circuits::reference::{Model, RangeError, ShapeError, forward};

use super::error::{Name, NodeName};
use super::float::{DenseLayer, FloatModel};
use super::quantize::{QuantizeError, QuantizedModel, quantize};

/// The most weights of a head (K times C) that are refitted: the Newton system has their square.
pub const REFIT_LIMIT: usize = 4096;

/// Newton steps; strictly convex problems of this kind take about ten.
const STEP_LIMIT: usize = 100;
/// Halvings of one step.
const HALVING_LIMIT: u32 = 40;
/// A gradient below this is the optimum, in units of one row's gradient.
const GRADIENT_GOAL: f64 = 1e-10;
/// A gradient that rounding keeps above the goal is accepted below this.
const GRADIENT_ACCEPTED: f64 = 1e-6;

/// The rows a head is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct FitRows<'a> {
    /// Input integers of each row.
    pub features: &'a [Vec<i16>],
    /// Class of each row.
    pub labels: &'a [usize],
    /// Whether each row takes part.
    pub admitted: &'a [bool],
}

/// A model with a refitted head.
#[derive(Clone, Debug, PartialEq)]
pub struct Refitted {
    /// The model, float and integer.
    pub quantized: QuantizedModel,
    /// Newton steps taken.
    pub steps: usize,
    /// Largest entry of the gradient at the end.
    pub gradient: f64,
}

/// The weights of a head at the optimum of its loss, in real units.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimalHead {
    /// K x C, row-major, the bias row last.
    pub weights: Vec<f64>,
    /// Number of classes C.
    pub classes: usize,
}

impl OptimalHead {
    /// Returns the logits of K features, the constant one included, in real units.
    #[must_use]
    pub fn logits(&self, features: &[f64]) -> Vec<f64> {
        let mut logits = vec![0.0; self.classes];
        for (feature, row) in features.iter().zip(self.weights.chunks_exact(self.classes)) {
            logits.iter_mut().zip(row).for_each(|(logit, weight)| *logit += feature * weight);
        }
        logits
    }
}

/// Why a head cannot be refitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RefitError {
    /// The head is too large.
    #[error(
        "the head has {actual} weights; up to {REFIT_LIMIT} can be refitted (fewer units in the last hidden layer, or no --refit-head)"
    )]
    HeadSize {
        /// K times C.
        actual: usize,
    },
    /// Labels or admission bits are not one for each row.
    #[error("{rows} rows have {labels} labels and {admitted} admission bits")]
    Counts {
        /// Rows.
        rows: usize,
        /// Labels.
        labels: usize,
        /// Admission bits.
        admitted: usize,
    },
    /// A label is not a class.
    #[error("row {row}: label {label} is not below the number of classes, {classes}")]
    Label {
        /// Row, counted from 0.
        row: usize,
        /// Its label.
        label: usize,
        /// Classes of the model.
        classes: usize,
    },
    /// No row takes part.
    #[error("no row is admitted; there is nothing to fit the head to")]
    NoRows,
    /// Without regularization the optimum may be at infinity.
    #[error("the regularization must be positive; give --lam-n at least 1/256")]
    Lambda,
    /// A row does not run through the hidden layers.
    #[error("row {row}: {source}")]
    Row {
        /// Row, counted from 0.
        row: usize,
        /// What does not fit.
        source: RangeError,
    },
    /// The iteration did not reach the optimum.
    #[error(
        "the fit stopped at a gradient of {gradient:e} after {steps} steps; a larger --lam-n makes the problem easier"
    )]
    NotConverged {
        /// Steps taken.
        steps: usize,
        /// Largest entry of the gradient.
        gradient: f64,
    },
    /// The model does not quantize.
    #[error(transparent)]
    Quantize(#[from] QuantizeError),
    /// The hidden layers make no model.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// Fits the head of `model` to the admitted rows; the old head is not looked at. `lam_256ths` is $\lambda$ in 1/256.
///
/// # Errors
/// Fails if the head is too large, a row does not run, the iteration does not converge, or the result does not quantize.
pub fn refit_head(
    model: &FloatModel,
    rows: FitRows<'_>,
    lam_256ths: u32,
) -> Result<Refitted, RefitError> {
    let mut blank = model.clone();
    blank.head.weights.fill(0.0);
    blank.head.biases.fill(0.0);
    let mut frozen = quantize(&blank)?;
    let problem = Problem::new(&frozen.model, rows, lam_256ths)?;
    let (weights, steps, gradient) = problem.minimize(problem.zero())?;
    frozen.float.head = problem.head(&weights);
    let quantized = QuantizedModel { rescaled: frozen.rescaled, ..quantize(&frozen.float)? };
    Ok(Refitted { quantized, steps, gradient })
}

/// Returns the optimal head over the hidden layers of `model`, not rounded. From a `start` near it, such as the optimum
/// over a few rows more, it is found in fewer steps; the optimum is the same.
///
/// # Errors
/// Fails if the head is too large, a row does not run, or the iteration does not converge.
pub fn optimal_head(
    model: &Model,
    rows: FitRows<'_>,
    lam_256ths: u32,
    start: Option<&OptimalHead>,
) -> Result<OptimalHead, RefitError> {
    let problem = Problem::new(model, rows, lam_256ths)?;
    let classes = problem.classes;
    let start = start.map_or_else(
        || problem.zero(),
        |head| {
            Mat::from_fn(problem.features.ncols(), classes, |k, a| head.weights[k * classes + a])
        },
    );
    let (weights, ..) = problem.minimize(start)?;
    let row = |k: usize| (0..classes).map(move |a| (k, a));
    let weights = (0..weights.nrows()).flat_map(row).map(|place| weights[place]).collect();
    Ok(OptimalHead { weights, classes })
}

/// Features in real units, n x K, and what the loss needs.
struct Problem {
    features: Mat<f64>,
    labels: Vec<usize>,
    classes: usize,
    lambda: f64,
}

/// Loss, probabilities (n x C) and gradient (K x C) at a point.
struct Point {
    weights: Mat<f64>,
    loss: f64,
    probabilities: Mat<f64>,
    gradient: Mat<f64>,
}

impl Problem {
    fn new(model: &Model, rows: FitRows<'_>, lam_256ths: u32) -> Result<Self, RefitError> {
        let FitRows { features, labels, admitted } = rows;
        let (count, classes) = (model.feature_count(), model.classes);
        if count * classes > REFIT_LIMIT {
            return Err(RefitError::HeadSize { actual: count * classes });
        }
        if lam_256ths == 0 {
            return Err(RefitError::Lambda);
        }
        if features.len() != labels.len() || features.len() != admitted.len() {
            let (rows, labels, admitted) = (features.len(), labels.len(), admitted.len());
            return Err(RefitError::Counts { rows, labels, admitted });
        }
        let mut values = Vec::new();
        let mut kept = Vec::new();
        for (row, ((input, &label), _)) in features
            .iter()
            .zip(labels)
            .zip(admitted)
            .enumerate()
            .filter(|(_, (_, admitted))| **admitted)
        {
            if label >= classes {
                return Err(RefitError::Label { row, label, classes });
            }
            let trace = forward(model, input).map_err(|source| RefitError::Row { row, source })?;
            values.extend(trace.features);
            kept.push(label);
        }
        if kept.is_empty() {
            return Err(RefitError::NoRows);
        }
        let scale = 0.5_f64.powi(model.feature_scale().cast_signed());
        let features = Mat::from_fn(kept.len(), count, |i, k| values[i * count + k] as f64 * scale);
        Ok(Self { features, labels: kept, classes, lambda: f64::from(lam_256ths) / 256.0 })
    }

    fn zero(&self) -> Mat<f64> {
        Mat::zeros(self.features.ncols(), self.classes)
    }

    fn minimize(&self, start: Mat<f64>) -> Result<(Mat<f64>, usize, f64), RefitError> {
        let mut here = self.at(start);
        let goal = GRADIENT_GOAL * (self.labels.len() as f64).sqrt();
        for step in 0..STEP_LIMIT {
            let gradient = here.gradient.norm_max();
            if gradient <= goal {
                return Ok((here.weights, step, gradient));
            }
            let next = self.direction(&here).and_then(|direction| self.descend(&here, &direction));
            match next {
                Some(next) => here = next,
                None if gradient <= GRADIENT_ACCEPTED => return Ok((here.weights, step, gradient)),
                None => return Err(RefitError::NotConverged { steps: step, gradient }),
            }
        }
        let gradient = here.gradient.norm_max();
        if gradient <= GRADIENT_ACCEPTED {
            Ok((here.weights, STEP_LIMIT, gradient))
        } else {
            Err(RefitError::NotConverged { steps: STEP_LIMIT, gradient })
        }
    }

    /// Evaluates the loss and its gradient.
    fn at(&self, weights: Mat<f64>) -> Point {
        let mut probabilities = &self.features * &weights;
        let mut loss = 0.5 * self.lambda * weights.squared_norm_l2();
        let mut difference = Mat::zeros(self.labels.len(), self.classes);
        for (i, &label) in self.labels.iter().enumerate() {
            let largest = (0..self.classes).map(|c| probabilities[(i, c)]).fold(f64::MIN, f64::max);
            let at_label = probabilities[(i, label)] - largest;
            let mut sum = 0.0;
            for c in 0..self.classes {
                probabilities[(i, c)] = (probabilities[(i, c)] - largest).exp();
                sum += probabilities[(i, c)];
            }
            for c in 0..self.classes {
                probabilities[(i, c)] /= sum;
                difference[(i, c)] = probabilities[(i, c)] - f64::from(u8::from(c == label));
            }
            loss += sum.ln() - at_label;
        }
        let mut gradient = self.features.transpose() * &difference;
        gradient += faer::Scale(self.lambda) * &weights;
        Point { weights, loss, probabilities, gradient }
    }

    /// The Newton direction $H^{-1} g$, or `None` where rounding leaves $H$ without a factor.
    fn direction(&self, here: &Point) -> Option<Mat<f64>> {
        let (rows, features) = (self.features.nrows(), self.features.ncols());
        let size = features * self.classes;
        let mut hessian: Mat<f64> = Mat::zeros(size, size);
        for a in 0..self.classes {
            for b in 0..=a {
                let weighted = Mat::from_fn(rows, features, |i, k| {
                    let (p, q) = (here.probabilities[(i, a)], here.probabilities[(i, b)]);
                    let factor = if a == b { p * (1.0 - p) } else { -p * q };
                    factor * self.features[(i, k)]
                });
                let block = self.features.transpose() * &weighted;
                hessian
                    .submatrix_mut(a * features, b * features, features, features)
                    .copy_from(&block);
            }
        }
        for i in 0..size {
            hessian[(i, i)] += self.lambda;
        }
        let right = Mat::from_fn(size, 1, |i, _| here.gradient[(i % features, i / features)]);
        let solved = hessian.llt(Side::Lower).ok()?.solve(&right);
        Some(Mat::from_fn(features, self.classes, |k, a| solved[(a * features + k, 0)]))
    }

    /// The point behind the longest halved step that lowers the loss enough, or the gradient where
    /// the loss no longer tells points apart.
    fn descend(&self, here: &Point, direction: &Mat<f64>) -> Option<Point> {
        let slope: f64 = (0..self.classes)
            .map(|c| {
                (0..self.features.ncols())
                    .map(|k| here.gradient[(k, c)] * direction[(k, c)])
                    .sum::<f64>()
            })
            .sum();
        let mut length = 1.0;
        for _ in 0..HALVING_LIMIT {
            let next = self.at(&here.weights - faer::Scale(length) * direction);
            let noise = 1e-13 * here.loss.abs();
            let falls = next.loss <= here.loss - 1e-4 * length * slope;
            let flat = next.loss <= here.loss + noise
                && next.gradient.norm_max() < 0.5 * here.gradient.norm_max();
            if falls || flat {
                return Some(next);
            }
            length /= 2.0;
        }
        None
    }

    /// The weights as a layer in the model's own precision.
    #[allow(clippy::cast_possible_truncation, reason = "models are float32 files")]
    fn head(&self, weights: &Mat<f64>) -> DenseLayer {
        let inputs = self.features.ncols() - 1;
        let row = |k: usize| (0..self.classes).map(move |c| weights[(k, c)] as f32);
        DenseLayer {
            node: NodeName { name: Name::new("head"), operator: Name::new("Gemm") },
            inputs,
            outputs: self.classes,
            weights: (0..inputs).flat_map(row).collect(),
            biases: row(inputs).collect(),
        }
    }
}
