//! Attribution tables against the cases.
//!
//! Gradient tables, eta and the head's stationarity equal the cases; Newton tables give every query
//! weights within one part per million of theirs. The 784-input case is read from its `train.csv`.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use num_bigint::BigInt;
    use serde::Deserialize;
    use tribute::head::real;
    use tribute::table::{BuiltTable, Rows, SYSTEM_MAX, TableError, build};
    use tribute_circuits::reference::{
        HiddenLayer, MethodId, Model, RangeError, RowTrace, Table, admit_first, query, row_trace,
    };
    use tribute_verifier::certificate::Freedom;

    #[derive(Deserialize)]
    struct Case {
        contributors: usize,
        classes: usize,
        lam_256ths: u32,
        hidden: Vec<Hidden>,
        head: Vec<Vec<i32>>,
        x: Vec<Vec<i16>>,
        label: Vec<usize>,
        owner: Vec<usize>,
        gradient_table: Vec<Vec<Vec<String>>>,
        #[serde(default)]
        influence_table: Vec<Vec<Vec<String>>>,
        #[serde(default)]
        group_newton_table: Vec<Vec<Vec<String>>>,
        eta: BTreeMap<String, u32>,
        stationarity_inf: String,
        queries: Vec<Query>,
    }

    #[derive(Deserialize)]
    struct Hidden {
        weight: Vec<Vec<i16>>,
        bias: Vec<i32>,
    }

    #[derive(Deserialize)]
    struct Query {
        input: Vec<i16>,
        weights_ppm: BTreeMap<String, Option<Vec<u32>>>,
    }

    const SMALL: [&str; 3] = ["digits_lr_n200", "digits_mlp_n200", "digits_deep_n300"];
    const WIDE: &str = "digits28_mlp_n300";

    impl Case {
        fn load(name: &str) -> Self {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../circuits/tests/cases");
            let path: PathBuf = folder.join(name).join("expected.json");
            let mut case: Self =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            if case.x.len() < case.label.len() {
                case.x = read_inputs(name);
            }
            case
        }

        fn model(&self) -> Model {
            let layer = |hidden: &Hidden| HiddenLayer {
                inputs: hidden.weight.len(),
                outputs: hidden.bias.len(),
                weights: hidden.weight.concat(),
                biases: hidden.bias.clone(),
            };
            let hidden = self.hidden.iter().map(layer).collect();
            Model::new(self.x[0].len(), hidden, self.classes, self.head.concat()).unwrap()
        }

        fn rows(&self) -> Rows {
            Rows {
                features: self.x.clone(),
                labels: self.label.clone(),
                owners: self.owner.clone(),
                admitted: admit_first(&self.x),
                contributors: self.contributors,
                validation: 0,
            }
        }

        fn build(&self, method: MethodId) -> BuiltTable {
            build(&self.model(), &self.rows(), method, self.lam_256ths, &|_, _| ()).unwrap()
        }

        /// Brings a table of the case into the order (k, a, c).
        fn entries(&self, by_contributor: &[Vec<Vec<String>>]) -> Vec<i64> {
            let mut entries = Vec::new();
            for place in 0..self.head.len() * self.classes {
                let (k, a) = (place / self.classes, place % self.classes);
                entries.extend(by_contributor.iter().map(|g| g[k][a].parse::<i64>().unwrap()));
            }
            entries
        }

        /// Compares the weights of every query; returns the largest difference in ppm.
        fn worst_weight(&self, table: &Table, method: MethodId, name: &str) -> u32 {
            let mut worst = 0;
            for expected in &self.queries {
                let got = query(&self.model(), table, method.residual(), &expected.input).unwrap();
                let weights = expected.weights_ppm[name].clone();
                assert_eq!(got.unattributed, weights.is_none());
                let weights = weights.unwrap_or(vec![0; self.contributors]);
                let pairs = got.weights_ppm.iter().zip(&weights);
                worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap().max(worst);
            }
            worst
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "checked against the value itself")]
    fn read_inputs(name: &str) -> Vec<Vec<i16>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
        let mut reader = csv::Reader::from_path(folder.join("train.csv")).unwrap();
        let quantize = |text: &str| {
            let value = (text.parse::<f64>().unwrap() * 256.0 + 0.5).floor();
            let integer = value as i16;
            assert!((f64::from(integer) - value).abs() < 0.5);
            integer
        };
        let row = |record: csv::StringRecord| record.iter().skip(2).map(quantize).collect();
        reader.records().map(|record| row(record.unwrap())).collect()
    }

    #[test]
    fn gradient_tables_and_stationarity_equal_the_cases() {
        for name in SMALL.into_iter().chain([WIDE]) {
            let case = Case::load(name);
            for method in [MethodId::TracIn, MethodId::Representer] {
                let built = case.build(method);
                assert_eq!(built.table.entries, case.entries(&case.gradient_table), "{name}");
                assert_eq!((built.sigma, built.eta), (0, 0));
                let epsilon = built.stationarity.epsilon.to_string();
                assert_eq!(epsilon, case.stationarity_inf, "{name}");
                assert_eq!(case.worst_weight(&built.table, method, &method.to_string()), 0);
            }
        }
    }

    #[test]
    fn newton_tables_give_the_cases_weights() {
        for name in SMALL {
            let case = Case::load(name);
            let methods = [
                (MethodId::Influence, "influence", &case.influence_table),
                (MethodId::GroupNewton, "group_newton", &case.group_newton_table),
            ];
            for (method, key, table) in methods {
                let built = case.build(method);
                assert_eq!((built.sigma, built.eta), (68, case.eta[key]), "{name} {method}");
                let worst = case.worst_weight(&built.table, method, key);
                assert!(worst <= 1, "{name} {method}: {worst} ppm");
                // Both are the rounded solution, which only a tie could round two ways.
                let expected = case.entries(table);
                let mut pairs = built.table.entries.iter().zip(&expected);
                assert!(pairs.all(|(a, b)| a.abs_diff(*b) <= 1), "{name} {method}");
            }
        }
    }

    /// The certified solution $x = 2^{32} T + f$ in table order.
    fn solution(built: &BuiltTable) -> Vec<i128> {
        let entries = built.table.entries.iter().zip(&built.fractions);
        entries
            .map(|(entry, fraction)| (i128::from(*entry) << 32) + i128::from(*fraction))
            .collect()
    }

    /// $(H_s - H_c)\, x_c - 2^{\sigma + 32} G_c$ of one contributor, row by row in big integers:
    /// $\sum_i h_i \otimes (s_i (p_i \circ Y_i) - p_i (p_i \cdot Y_i)) + \rho x$ with $Y_i = h_i^T x$.
    fn certificate(case: &Case, x: &[i128], removed: Option<usize>, c: usize) -> BigInt {
        let (model, rows) = (case.model(), case.rows());
        let (features, classes) = (model.feature_count(), model.classes);
        let ridge: BigInt = BigInt::from(case.lam_256ths) << (2 * 20 + 2 * 8 - 8);
        let g = |k: usize, a: usize| BigInt::from(x[(k * classes + a) * case.contributors + c]);
        let gradients = case.entries(&case.gradient_table);
        let gradient = |i: usize| BigInt::from(gradients[i * case.contributors + c]);
        let mut left: Vec<BigInt> = (0..features * classes)
            .map(|i| ridge.clone() * g(i / classes, i % classes) - (gradient(i) << (68 + 32)))
            .collect();
        for i in
            (0..rows.labels.len()).filter(|&i| rows.admitted[i] && removed != Some(rows.owners[i]))
        {
            let RowTrace { features: h, probabilities: p, .. } =
                row_trace(&model, &rows.features[i], rows.labels[i]).unwrap();
            let y: Vec<BigInt> =
                (0..classes).map(|a| (0..features).map(|k| g(k, a) * h[k]).sum()).collect();
            let sum: i64 = p.iter().sum();
            let dot: BigInt = p.iter().zip(&y).map(|(p, y)| y * p).sum();
            for (place, left) in left.iter_mut().enumerate() {
                let a = place % classes;
                *left += h[place / classes] * p[a] * (sum * &y[a] - &dot);
            }
        }
        left.into_iter().map(|r| BigInt::from(r.magnitude().clone())).max().unwrap()
    }

    #[test]
    fn newton_tables_meet_their_certificates_in_other_integers() {
        let case = Case::load("digits_deep_n300");
        let influence = case.build(MethodId::Influence);
        let newton = case.build(MethodId::GroupNewton);
        let [shared, own] = [&influence, &newton].map(solution);
        for c in 0..3 {
            let residual = certificate(&case, &shared, None, c);
            assert!(residual <= BigInt::from(1) << influence.eta);
            let residual = certificate(&case, &own, Some(c), c);
            assert!(residual <= BigInt::from(1) << newton.eta);
            // The other system's table does not pass: the bound means something.
            assert!(certificate(&case, &shared, Some(c), c) > BigInt::from(1) << newton.eta);
        }
    }

    /// $\lfloor 2^{400} \sqrt{value} \rfloor$.
    fn root(value: BigInt) -> BigInt {
        let scaled: BigInt = value << 800;
        scaled.sqrt()
    }

    /// Both bounds of every case lie within two of their units above the formulas of `docs/attribution.md`, which are
    /// put together here from exact fractions and roots of 400 bits.
    #[test]
    fn bounds_equal_their_formulas_in_exact_arithmetic() {
        for name in SMALL.into_iter().chain([WIDE]) {
            let built = Case::load(name).build(MethodId::GroupNewton);
            let case = Case::load(name);
            let lam = BigInt::from(case.lam_256ths);
            let size = BigInt::from(built.table.features * built.table.classes);
            let figures = built.stationarity;
            // lam |W - W*|, in 2^-440: the gradient that is shown, the one that may hide, the logits.
            let shown = (root(size.clone()) * figures.epsilon * 256) >> 4; // 2^-(16 + 20 + 8 - 40)
            let tau = 5 * case.classes - 4; // in 2^-23
            let hidden = (root(case.classes.into()) * tau * figures.norm_sum * 256) << 9; // 2^-(23 + 8 - 40)
            let logits = root(&lam * 256 * figures.admitted) << 28; // 2^-(12 - 40)
            let exact: BigInt = (shown + hidden + logits) / &lam;
            let excess = (BigInt::from(built.distance.0) << 400) - exact;
            // Roots of 31 bits behind the point: some 2^-32 of the whole, and three roundings.
            let slack = BigInt::from((built.distance.0 >> 31) + 3) << 400;
            assert!(BigInt::from(0) <= excess && excess <= slack, "{name}: {excess}");

            let rho: BigInt = lam << (2 * 20 + 2 * 8 - 8);
            let exact: BigInt = (root(size) << (built.eta + 1)) / rho;
            let excess = (BigInt::from(built.freedom.0) << 400) - exact;
            assert!(BigInt::from(0) <= excess && excess <= BigInt::from(2) << 400, "{name}");
        }
    }

    /// Two solutions that both meet the certificate: ours, and ours with one entry moved as far as the certificate lets it.
    #[test]
    fn tables_that_pass_are_within_their_freedom() {
        let case = Case::load("digits_deep_n300");
        let built = case.build(MethodId::GroupNewton);
        let bound = BigInt::from(1) << built.eta;
        for c in 0..2 {
            let mut moved = solution(&built);
            let start = moved[c];
            let passes = |moved: &[i128]| certificate(&case, moved, Some(c), c) <= bound;
            let (mut step, mut distance) = (1_i128, 0);
            while passes(&moved) {
                distance = moved[c] - start;
                moved[c] += step;
                step *= 2;
            }
            assert!(
                distance > 0,
                "a certificate without any slack would have refused the rounded solution"
            );
            assert!(distance.unsigned_abs() <= built.freedom.0, "{distance}");
        }
    }

    #[test]
    fn refitted_heads_are_near_their_optimum() {
        for name in SMALL.into_iter().chain([WIDE]) {
            let built = Case::load(name).build(MethodId::TracIn);
            let distance = real(built.distance);
            assert!(0.0 < distance && distance < 0.5, "{name}: {distance}");
        }
    }

    /// Two heads over the same hidden layers have one optimum, so the sum of their bounds is at
    /// least their distance; a bound that were too small would break it.
    #[test]
    fn distances_obey_the_triangle_inequality() {
        for name in SMALL {
            let near = real(Case::load(name).build(MethodId::TracIn).distance);
            for step in [0, 1 << 12, 1 << 15] {
                let mut case = Case::load(name);
                let mut square = 0.0;
                for weight in case.head.iter_mut().flatten() {
                    let moved = if step == 0 { 0 } else { *weight + step };
                    square += (f64::from(moved - *weight) / 65_536.0).powi(2);
                    *weight = moved;
                }
                let far = real(case.build(MethodId::TracIn).distance);
                assert!(near + far >= square.sqrt(), "{name} {step}: {near} {far}");
            }
        }
    }

    #[test]
    fn progress_counts_every_contributor_once() {
        let case = Case::load("digits_deep_n300");
        let seen = std::sync::Mutex::new(Vec::new());
        let note = |done, all| seen.lock().unwrap().push((done, all));
        build(&case.model(), &case.rows(), MethodId::GroupNewton, 128, &note).unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (1..=10).map(|done| (done, 10)).collect::<Vec<_>>());
    }

    #[test]
    fn a_contributor_without_rows_has_a_zero_table() {
        let case = Case::load("digits_deep_n300");
        let mut rows = case.rows();
        rows.contributors = 11;
        for method in MethodId::ALL {
            let built = build(&case.model(), &rows, method, 128, &|_, _| ()).unwrap();
            assert!(built.table.entries.iter().skip(10).step_by(11).all(|&g| g == 0), "{method}");
        }
    }

    /// A logistic regression of `inputs` and 2 classes on the two rows that `rows` returns.
    fn small_model(inputs: usize) -> Model {
        Model::new(inputs, Vec::new(), 2, vec![0; (inputs + 1) * 2]).unwrap()
    }

    fn small_rows(inputs: usize) -> Rows {
        Rows {
            features: vec![vec![1; inputs], vec![2; inputs]],
            labels: vec![0, 1],
            owners: vec![0, 1],
            admitted: vec![true, true],
            contributors: 2,
            validation: 0,
        }
    }

    fn refused(model: &Model, rows: &Rows, method: MethodId, lam: u32) -> TableError {
        build(model, rows, method, lam, &|_, _| ()).unwrap_err()
    }

    #[test]
    fn refuses_a_system_beyond_the_limit() {
        let inputs = SYSTEM_MAX / 2;
        let (model, rows) = (small_model(inputs), small_rows(inputs));
        let expected = TableError::TooLarge { features: 1025, classes: 2, size: 2050 };
        assert_eq!(refused(&model, &rows, MethodId::GroupNewton, 256), expected);
        assert!(build(&model, &rows, MethodId::TracIn, 256, &|_, _| ()).is_ok());
    }

    #[test]
    fn refuses_rows_that_do_not_belong_together() {
        let model = small_model(3);
        let tracin = MethodId::TracIn;
        assert_eq!(refused(&model, &small_rows(3), tracin, 0), TableError::Lambda);
        let mut rows = small_rows(3);
        rows.labels.pop();
        assert!(matches!(refused(&model, &rows, tracin, 256), TableError::RowCounts { .. }));
        let mut rows = small_rows(3);
        rows.owners[1] = 2;
        let expected = TableError::Owner { row: 1, owner: 2, contributors: 2 };
        assert_eq!(refused(&model, &rows, tracin, 256), expected);
        let mut rows = small_rows(3);
        rows.labels[1] = 2;
        let source = RangeError::Label { label: 2, classes: 2 };
        assert_eq!(refused(&model, &rows, tracin, 256), TableError::Row { row: 1, source });
        let mut rows = small_rows(3);
        rows.features[0].push(0);
        let source = RangeError::InputLength { expected: 3, actual: 4 };
        assert_eq!(refused(&model, &rows, tracin, 256), TableError::Row { row: 0, source });
    }

    #[test]
    fn refuses_an_entry_beyond_56_bits_and_names_the_contributor() {
        // One contributor owns every row: the rest of the Hessian is the ridge alone, which at
        // 1/256 makes g = 2^20 G; 129 equal gradients of 2^15 * 2^19 are more than 2^40.
        let model = small_model(1);
        let rows = Rows {
            features: (0..129).map(|i| vec![i16::MAX - i]).collect(),
            labels: vec![0; 129],
            owners: vec![1; 129],
            admitted: vec![true; 129],
            contributors: 2,
            validation: 0,
        };
        let error = refused(&model, &rows, MethodId::GroupNewton, 1);
        assert!(matches!(error, TableError::Entry { contributor: 1, .. }), "{error}");
        assert!(build(&model, &rows, MethodId::GroupNewton, 256, &|_, _| ()).is_ok());
    }

    #[test]
    fn the_widest_case_is_solved_and_certified() {
        let case = Case::load(WIDE);
        let built = case.build(MethodId::GroupNewton);
        assert_eq!(built.table.features * built.table.classes, 1290);
        assert!(built.eta > 0 && built.freedom > Freedom(0));
    }
}
