//! The reference against the cases: every query, every row, every integer.
//!
//! `cases/*/expected.json` was written by a program in Python that shares no code with this crate. Scores and tables are decimal strings. The 784-input case keeps the
//! inputs of its first five rows only; its gradient table is compared where `train.csv` is read.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use serde::Deserialize;
    use tribute_circuits::reference::{
        HiddenLayer, Model, QueryTrace, ResidualKind, RowTrace, Table, admit_first, gradient_table,
        query, row_trace,
    };

    #[derive(Deserialize)]
    struct Case {
        case: String,
        contributors: usize,
        classes: usize,
        hidden: Vec<Hidden>,
        head: Vec<Vec<i32>>,
        x: Vec<Vec<i16>>,
        label: Vec<usize>,
        owner: Vec<usize>,
        admitted: Vec<u8>,
        row_probabilities_first5: Vec<Vec<i64>>,
        gradient_table: Vec<Vec<Vec<String>>>,
        influence_table: Option<Vec<Vec<Vec<String>>>>,
        group_newton_table: Option<Vec<Vec<Vec<String>>>>,
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
        features: Vec<i64>,
        logits: Vec<i32>,
        output: usize,
        residual: Vec<i64>,
        scores: BTreeMap<String, Vec<String>>,
        saturated: bool,
        weights_ppm: BTreeMap<String, Option<Vec<u32>>>,
    }

    impl Case {
        fn load(name: &str) -> Self {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
            let path: PathBuf = folder.join("expected.json");
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
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

        fn table(&self, by_contributor: &[Vec<Vec<String>>]) -> Table {
            let mut entries = Vec::new();
            for k in 0..self.head.len() {
                for a in 0..self.classes {
                    entries.extend(by_contributor.iter().map(|g| g[k][a].parse::<i64>().unwrap()));
                }
            }
            Table::new(self.head.len(), self.classes, self.contributors, entries).unwrap()
        }

        fn rows(&self) -> Vec<RowTrace> {
            let model = self.model();
            let row = |(x, label): (&Vec<i16>, &usize)| row_trace(&model, x, *label).unwrap();
            self.x.iter().zip(&self.label).map(row).collect()
        }
    }

    /// Compares one query under one method.
    fn check(case: &Case, expected: &Query, method: &str, trace: &QueryTrace) {
        let place = format!("{}, {method}", case.case);
        assert_eq!(trace.forward.features, expected.features, "{place}");
        assert_eq!(trace.forward.logits, expected.logits, "{place}");
        assert_eq!(trace.class, expected.output, "{place}");
        assert_eq!(trace.saturated, expected.saturated, "{place}");
        let scores: Vec<String> = trace.scores.iter().map(i128::to_string).collect();
        assert_eq!(scores, expected.scores[method], "{place}");
        let weights = &expected.weights_ppm[method];
        assert_eq!(trace.unattributed, weights.is_none(), "{place}");
        let none = vec![0; case.contributors];
        assert_eq!(&trace.weights_ppm, weights.as_ref().unwrap_or(&none), "{place}");
        let mut last = 0;
        for (now, weight) in trace.cumulative.iter().zip(&trace.weights_ppm) {
            assert_eq!(now - last, *weight, "{place}");
            last = *now;
        }
    }

    /// Runs every query under every method of the case; returns how many comparisons were made.
    fn check_queries(case: &Case) -> usize {
        let model = case.model();
        let mut tables = vec![
            ("tracin", ResidualKind::Query, case.table(&case.gradient_table)),
            ("representer", ResidualKind::OneHot, case.table(&case.gradient_table)),
        ];
        let newton =
            [("influence", &case.influence_table), ("group_newton", &case.group_newton_table)];
        for (name, table) in newton {
            if let Some(table) = table {
                tables.push((name, ResidualKind::Query, case.table(table)));
            }
        }
        for expected in &case.queries {
            for (method, kind, table) in &tables {
                let trace = query(&model, table, *kind, &expected.input).unwrap();
                check(case, expected, method, &trace);
                if *kind == ResidualKind::Query {
                    assert_eq!(trace.residual, expected.residual, "{}", case.case);
                }
            }
        }
        tables.len() * case.queries.len()
    }

    fn check_rows(case: &Case) {
        let rows = case.rows();
        let probabilities: Vec<_> = rows[..5].iter().map(|r| r.probabilities.clone()).collect();
        assert_eq!(probabilities, case.row_probabilities_first5, "{}", case.case);
    }

    fn check_gradients(case: &Case) {
        let admitted = admit_first(&case.x);
        let bits: Vec<u8> = admitted.iter().map(|&bit| u8::from(bit)).collect();
        assert_eq!(bits, case.admitted, "{}", case.case);
        let rows = case.rows();
        let owned = rows.iter().zip(case.owner.iter().copied());
        let kept = owned.zip(&admitted).filter_map(|(row, bit)| bit.then_some(row));
        let entries = gradient_table(kept, &case.model(), case.contributors).unwrap();
        assert_eq!(entries, case.table(&case.gradient_table).entries, "{}", case.case);
    }

    #[test]
    fn logistic_regression_equals_the_oracle() {
        let case = Case::load("digits_lr_n200");
        check_rows(&case);
        check_gradients(&case);
        assert_eq!(check_queries(&case), 4 * 8);
    }

    #[test]
    fn one_hidden_layer_with_late_copies_equals_the_oracle() {
        let case = Case::load("digits_mlp_n200");
        check_rows(&case);
        check_gradients(&case);
        assert_eq!(case.admitted.iter().filter(|&&bit| bit == 0).count(), 9);
        assert_eq!(check_queries(&case), 4 * 8);
    }

    #[test]
    fn two_hidden_layers_equal_the_oracle() {
        let case = Case::load("digits_deep_n300");
        check_rows(&case);
        check_gradients(&case);
        assert_eq!(check_queries(&case), 4 * 8);
    }

    #[test]
    fn seven_hundred_inputs_equal_the_oracle() {
        let case = Case::load("digits28_mlp_n300");
        check_rows(&case);
        assert_eq!(check_queries(&case), 2 * 4);
    }
}
