//! What an owner gains from the freedom that a certificate leaves.
//!
//! For a query with features $h$ and residual $r$ the owner may put any $R$ with $|R|_\infty \le 2^\eta$ on the right of
//! $M x = 2^{\sigma + S} G + R$. The score's change is $\langle M^{-1} (h \otimes r), R \rangle 2^{-S}$, so the linear program over the box
//! has a solution in closed form, $R = 2^\eta\,\mathrm{sign}(M^{-1} (h \otimes r))$: plus for the contributor to be favored, minus for
//! the others.

use std::path::{Path, PathBuf};

use ethnum::{I256, U256};
use faer::Mat;
use faer::linalg::solvers::Solve;
use tribute_circuits::reference::{Model, Table, query};
use tribute_verifier::certificate::{Bound, Freedom, Limits};
use tribute_verifier::method::MethodId;

use super::hessian::{Hessian, ridge};
use super::newton::{Factored, Systems, eta_of, round};
use super::{BuiltTable, Rows, build};
use crate::data::{DataShape, read_queries, read_training};
use crate::head;
use crate::model;
use tribute_circuits::reference::{admit_first, gradient_table};

/// The most that a share may move, in parts per million: a tenth of a percentage point.
const MOST: u32 = 1000;
const METHODS: [MethodId; 2] = [MethodId::Influence, MethodId::GroupNewton];

/// The lambda that the head of a case was fitted with.
fn fitted(name: &str) -> u32 {
    if name.starts_with("digits_deep") { 128 } else { 256 }
}

/// A case of the tests, quantized.
struct Case {
    model: Model,
    rows: Rows,
    queries: Vec<Vec<i16>>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

impl Case {
    fn load(name: &str) -> Self {
        let float = model::read(&folder(name).join("model.onnx")).unwrap().model;
        let shape = DataShape { inputs: float.inputs(), classes: float.classes() };
        let set = read_training(&folder(name).join("train.csv"), shape, None).unwrap();
        let queries = read_queries(&folder(name).join("queries.csv"), shape.inputs, None).unwrap();
        let rows = Rows {
            admitted: admit_first(&set.features),
            features: set.features,
            labels: set.labels,
            owners: set.owners,
            contributors: set.registry.len(),
            validation: 0,
        };
        Self {
            model: model::quantize(&float).unwrap().model,
            rows,
            queries: queries.into_iter().map(|query| query.features).collect(),
        }
    }

    fn build(&self, method: MethodId, lam: u32) -> BuiltTable {
        build(&self.model, &self.rows, method, lam, &|_, _| ()).unwrap()
    }

    fn admitted(&self) -> u64 {
        self.rows.admitted.iter().filter(|admitted| **admitted).count() as u64
    }

    /// The largest eta that a verifier accepts by default.
    fn largest_eta(&self, lam: u32) -> u32 {
        let head = head::of_model(&self.model, lam);
        let accepted = |eta: &u32| head.freedom(*eta).unwrap() <= Limits::default().freedom;
        (0..=127).take_while(accepted).last().unwrap()
    }

    /// Tables moved for each of some queries in favor of a contributor, within this eta.
    fn attack(
        &self,
        (method, lam, eta): (MethodId, u32, u32),
        favored: usize,
        targets: &[usize],
    ) -> Vec<Table> {
        let (features, classes) = (self.model.feature_count(), self.model.classes);
        let contributors = self.rows.contributors;
        let (traces, _) = self.rows.trace(&self.model).unwrap();
        let pairs = traces.iter().map(|(trace, owner)| (trace, *owner));
        let gradients = gradient_table(pairs, &self.model, contributors).unwrap();
        let mut owned = vec![Vec::new(); contributors];
        traces.iter().for_each(|(trace, owner)| owned[*owner].push(trace));
        let feature_scale = self.model.feature_scale();
        let all: Vec<_> = traces.iter().map(|(trace, _)| trace).collect();
        let full = Hessian::new(&all, features, classes, ridge(lam, feature_scale));
        let gradients = &gradients;
        let systems =
            Systems { features, classes, feature_scale, lam_256ths: lam, owned, gradients };
        let size = features * classes;
        let mut moved = vec![vec![0; size * contributors]; targets.len()];
        for contributor in 0..contributors {
            let matrix = match method {
                MethodId::GroupNewton => full.without(&systems.owned[contributor]),
                _ => full.clone(),
            };
            let system = systems.factor(matrix, contributor).unwrap();
            for (moved, target) in moved.iter_mut().zip(targets) {
                let sign = if contributor == favored { 1.0 } else { -1.0 };
                let direction = self.direction(method, *target).map(|v| sign * v);
                let x = freest(&systems, &system, &direction, eta, contributor);
                for (place, value) in x.into_iter().enumerate() {
                    moved[place * contributors + contributor] =
                        round(contributor, value).unwrap().0;
                }
            }
        }
        let table = |entries| Table::new(features, classes, contributors, entries).unwrap();
        moved.into_iter().map(table).collect()
    }

    /// $h \otimes r$ of a query.
    fn direction(&self, method: MethodId, target: usize) -> Mat<f64> {
        let classes = self.model.classes;
        let entries = vec![0; self.model.feature_count() * classes];
        let table = Table::new(self.model.feature_count(), classes, 1, entries).unwrap();
        let trace = query(&self.model, &table, method.residual(), &self.queries[target]).unwrap();
        Mat::from_fn(trace.forward.features.len() * classes, 1, |place, _| {
            trace.forward.features[place / classes] as f64 * trace.residual[place % classes] as f64
        })
    }

    fn shares(&self, table: &Table, method: MethodId) -> Vec<Vec<u32>> {
        let shares = |input: &Vec<i16>| {
            query(&self.model, table, method.residual(), input).unwrap().weights_ppm
        };
        self.queries.iter().map(shares).collect()
    }
}

trait Scaled {
    fn map(self, f: impl Fn(f64) -> f64) -> Mat<f64>;
}

impl Scaled for Mat<f64> {
    fn map(self, f: impl Fn(f64) -> f64) -> Mat<f64> {
        Self::from_fn(self.nrows(), 1, |i, j| f(self[(i, j)]))
    }
}

/// The solution that a certificate accepts and that scores highest in a direction.
fn freest(
    systems: &Systems<'_>,
    system: &Factored,
    direction: &Mat<f64>,
    eta: u32,
    contributor: usize,
) -> Vec<i128> {
    let signs = system.factor.solve(direction);
    // What rounding to integers takes of the room.
    let rounding = I256::from(system.matrix.row_norm() / 2 + 1);
    let room = (I256::ONE << eta) - rounding;
    let target =
        systems.target(contributor).into_iter().enumerate().map(|(place, target)| {
            if signs[(place, 0)] < 0.0 { target - room } else { target + room }
        });
    let honest = eta_of(system.matrix.row_norm());
    let x = systems.reach(system, &target.collect::<Vec<_>>(), honest, contributor).unwrap();
    let product = system.matrix.times(&x);
    let left = systems.target(contributor).into_iter().zip(product).map(|(t, p)| p - t);
    let most = left.map(|residual| residual.unsigned_abs()).max().unwrap();
    assert!(most <= U256::ONE << eta, "the certificate holds");
    x
}

fn largest_move(honest: &[Vec<u32>], moved: &[Vec<u32>]) -> u32 {
    let pairs = honest.iter().flatten().zip(moved.iter().flatten());
    pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

/// Every contributor in turn, for the first queries, measured on all of them.
fn no_share_moves(name: &str) {
    let (case, lam) = (Case::load(name), fitted(name));
    for method in METHODS {
        let built = case.build(method, lam);
        let honest = case.shares(&built.table, method);
        for eta in [built.eta, case.largest_eta(lam)] {
            let mut worst = 0;
            for favored in 0..2 {
                for table in case.attack((method, lam, eta), favored, &[0, 1]) {
                    worst = worst.max(largest_move(&honest, &case.shares(&table, method)));
                }
            }
            assert!(worst <= MOST, "{name}, {method}, eta {eta}: {worst} ppm");
        }
    }
}

#[test]
fn the_freedom_of_a_table_buys_no_share_of_the_linear_case() {
    no_share_moves("digits_lr_n200");
}

#[test]
fn the_freedom_of_a_table_buys_no_share_of_the_case_with_a_layer() {
    no_share_moves("digits_mlp_n200");
}

#[test]
fn the_freedom_of_a_table_buys_no_share_of_the_deep_case() {
    no_share_moves("digits_deep_n300");
}

#[test]
fn the_freedom_of_a_table_buys_no_share_of_the_wide_case() {
    no_share_moves("digits28_mlp_n300");
}

/// The last hidden layer by 12.5, the head by 0.05 or whatever.
fn scaled(case: &mut Case, layer: f64, head: f64) {
    #[allow(clippy::cast_possible_truncation, reason = "small factors of small numbers")]
    let scale = |value: f64, by: f64| (value * by).round() as i32;
    if let Some(last) = case.model.hidden.last_mut() {
        for weight in &mut last.weights {
            *weight = i16::try_from(scale(f64::from(*weight), layer)).unwrap_or(i16::MAX);
        }
        last.biases.iter_mut().for_each(|bias| *bias = scale(f64::from(*bias), layer));
    }
    case.model.head.iter_mut().for_each(|weight| *weight = scale(f64::from(*weight), head));
}

#[test]
fn a_freeloader_without_a_row_is_paid_nothing() {
    let mut case = Case::load("digits_mlp_n200");
    scaled(&mut case, 12.5, 0.05);
    case.rows.contributors += 1;
    let freeloader = case.rows.contributors - 1;
    let limits = Limits::default();
    assert!(!limits.accepts_lam(16_000_000, case.admitted()), "such a lambda is refused");
    // And where it is not: the largest that a verifier accepts, or an own limit.
    for lam in [256 * u32::try_from(case.admitted()).unwrap(), 16_000_000] {
        let method = MethodId::GroupNewton;
        let eta = case.largest_eta(lam);
        for table in case.attack((method, lam, eta), freeloader, &[0]) {
            let zero = |c: usize| {
                let entries = table.entries.iter().skip(c).step_by(case.rows.contributors);
                entries.into_iter().all(|entry| *entry == 0)
            };
            assert!(zero(freeloader), "lambda {lam}, eta {eta}");
            assert!(case.shares(&table, method).iter().all(|shares| shares[freeloader] == 0));
        }
    }
}

#[test]
fn a_head_that_is_wrong_on_almost_every_row_is_not_near_its_optimum() {
    let mut case = Case::load("digits_mlp_n200");
    scaled(&mut case, 1.0, 0.02);
    let classes = case.model.classes;
    case.model.head.chunks_mut(classes).for_each(|row| row.rotate_right(1));
    let limits = Limits::default();
    assert!(!limits.accepts_lam(2_000_000, case.admitted()), "such a lambda is refused");
    for lam in [2_000_000, 256 * u32::try_from(case.admitted()).unwrap()] {
        let built = case.build(MethodId::GroupNewton, lam);
        let [right, _] = built.right;
        assert!(10 * right < case.admitted(), "{right} are right, and every verdict says so");
        let relative = built.distance.relative_to(built.head_norm);
        assert!(relative > limits.distance, "lambda {lam}: {relative}");
        // What was judged before, a distance without the norm, called it near.
        assert!(lam < 2_000_000 || built.distance < Bound(1 << 40), "{}", built.distance);
    }
}

#[test]
fn honest_indices_have_room_below_the_limits() {
    for name in ["digits_lr_n200", "digits_mlp_n200", "digits_deep_n300"] {
        let (case, lam) = (Case::load(name), fitted(name));
        let built = case.build(MethodId::GroupNewton, lam);
        let relative = built.distance.relative_to(built.head_norm);
        let limits = Limits::default();
        assert!(relative.0 < limits.distance.0 / 2, "{name}: {relative}");
        assert!(built.freedom < Freedom(limits.freedom.0 >> 12), "{name}: {}", built.freedom);
        assert!(limits.accepts_lam(lam, case.admitted()));
    }
}
