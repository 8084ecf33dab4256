//! The reference at its edges, against `oracle/boundary.json`.
//!
//! `oracle/boundary.py` writes the vectors from plain Python integers and shares no code with this
//! crate. Scores are decimal strings.

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use tribute_circuits::reference::exponential::{DISTANCE_MAX, exponential};
    use tribute_circuits::reference::fixed_point::{rescale, round_div};
    use tribute_circuits::reference::softmax::{exponentials, probabilities, residual};
    use tribute_circuits::reference::weights::normalize;
    use tribute_circuits::reference::{
        HiddenLayer, Model, RangeError, ResidualKind, Table, admit_first, query,
    };

    #[derive(Deserialize)]
    struct Vectors {
        exponential_digest: u64,
        exponential: Vec<(u32, i64)>,
        rescale: Vec<Rescale>,
        round_div: Vec<RoundDiv>,
        softmax: Vec<Softmax>,
        weights: Vec<Weights>,
        admission: Vec<Admission>,
        query: Vec<Query>,
    }

    #[derive(Deserialize)]
    struct Rescale {
        name: String,
        value: i64,
        bits: u32,
        out: i64,
    }

    #[derive(Deserialize)]
    struct RoundDiv {
        name: String,
        dividend: i64,
        divisor: i64,
        out: i64,
    }

    #[derive(Deserialize)]
    struct Softmax {
        name: String,
        logits: Vec<i32>,
        class: usize,
        exponentials: Vec<i64>,
        probabilities: Vec<i64>,
        residuals: Vec<Vec<i64>>,
    }

    #[derive(Deserialize)]
    struct Weights {
        name: String,
        scores: Vec<String>,
        cumulative: Vec<u32>,
        weights_ppm: Vec<u32>,
    }

    #[derive(Deserialize)]
    struct Admission {
        name: String,
        rows: Vec<Vec<i16>>,
        bits: Vec<u8>,
    }

    #[derive(Deserialize)]
    struct Query {
        name: String,
        hidden: Vec<Hidden>,
        head: Vec<Vec<i32>>,
        classes: usize,
        table: Vec<Vec<Vec<i64>>>,
        kind: String,
        input: Vec<i16>,
        expect: Expect,
    }

    #[derive(Deserialize)]
    struct Hidden {
        weight: Vec<Vec<i16>>,
        bias: Vec<i32>,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expect {
        Refused { error: (String, usize, usize, i64) },
        Trace(Box<Trace>),
    }

    #[derive(Deserialize)]
    struct Trace {
        features: Vec<i64>,
        logits: Vec<i32>,
        class: usize,
        exponentials: Vec<i64>,
        residual: Vec<i64>,
        saturated: bool,
        scores: Vec<String>,
        cumulative: Vec<u32>,
        weights_ppm: Vec<u32>,
        unattributed: bool,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("oracle/boundary.json")).unwrap()
    }

    #[test]
    fn rounding_matches_the_oracle() {
        for v in vectors().rescale {
            assert_eq!(rescale(v.value, v.bits), v.out, "{}", v.name);
        }
        for v in vectors().round_div {
            assert_eq!(round_div(v.dividend, v.divisor), v.out, "{}", v.name);
        }
    }

    #[test]
    fn every_exponential_matches_the_oracle() {
        let modulus = (1_i128 << 61) - 1;
        let all = (0..=DISTANCE_MAX).map(|distance| i128::from(exponential(distance).value));
        let digest = all.fold(0, |digest, e| (digest * 1_000_003 + e) % modulus);
        assert_eq!(digest, i128::from(vectors().exponential_digest));
        for (distance, value) in vectors().exponential {
            assert_eq!(exponential(distance).value, value, "{distance}");
        }
    }

    #[test]
    fn softmax_matches_the_oracle() {
        for v in vectors().softmax {
            let row = exponentials(&v.logits);
            assert_eq!(row.class, v.class, "{}", v.name);
            assert_eq!(row.exponentials, v.exponentials, "{}", v.name);
            let p = probabilities(&row.exponentials);
            assert_eq!(p, v.probabilities, "{}", v.name);
            for (label, expected) in v.residuals.iter().enumerate() {
                assert_eq!(&residual(&p, label), expected, "{}", v.name);
            }
        }
    }

    #[test]
    fn weights_match_the_oracle() {
        for v in vectors().weights {
            let scores: Vec<i128> = v.scores.iter().map(|s| s.parse().unwrap()).collect();
            let weights = normalize(&scores);
            assert_eq!(weights.cumulative, v.cumulative, "{}", v.name);
            assert_eq!(weights.ppm, v.weights_ppm, "{}", v.name);
        }
    }

    #[test]
    fn admission_matches_the_oracle() {
        for v in vectors().admission {
            let bits: Vec<u8> = admit_first(&v.rows).into_iter().map(u8::from).collect();
            assert_eq!(bits, v.bits, "{}", v.name);
        }
    }

    #[test]
    fn queries_match_the_oracle() {
        let vectors = vectors().query;
        assert!(vectors.len() > 80);
        for v in &vectors {
            check_query(v);
        }
    }

    fn check_query(v: &Query) {
        let layer = |hidden: &Hidden| HiddenLayer {
            inputs: hidden.weight.len(),
            outputs: hidden.bias.len(),
            weights: hidden.weight.concat(),
            biases: hidden.bias.clone(),
        };
        let hidden = v.hidden.iter().map(layer).collect();
        let model = Model::new(v.input.len(), hidden, v.classes, v.head.concat()).unwrap();
        let contributors = v.table[0][0].len();
        let entries = v.table.concat().concat();
        let table = Table::new(v.table.len(), v.classes, contributors, entries).unwrap();
        let kind = if v.kind == "query" { ResidualKind::Query } else { ResidualKind::OneHot };
        let got = query(&model, &table, kind, &v.input);
        let e = match &v.expect {
            Expect::Trace(expected) => expected,
            Expect::Refused { error: (kind, layer, place, value) } => {
                let error = match kind.as_str() {
                    "activation" => {
                        RangeError::Activation { layer: *layer, unit: *place, activation: *value }
                    }
                    _ => RangeError::Logit { class: *place, logit: *value },
                };
                assert_eq!(got, Err(error), "{}", v.name);
                return;
            }
        };
        let got = got.unwrap();
        assert_eq!(got.forward.features, e.features, "{}", v.name);
        assert_eq!(got.forward.logits, e.logits, "{}", v.name);
        assert_eq!(got.class, e.class, "{}", v.name);
        assert_eq!(got.exponentials, e.exponentials, "{}", v.name);
        assert_eq!(got.residual, e.residual, "{}", v.name);
        assert_eq!(got.saturated, e.saturated, "{}", v.name);
        let scores: Vec<String> = got.scores.iter().map(i128::to_string).collect();
        assert_eq!(scores, e.scores, "{}", v.name);
        assert_eq!(got.cumulative, e.cumulative, "{}", v.name);
        assert_eq!(got.weights_ppm, e.weights_ppm, "{}", v.name);
        assert_eq!(got.unattributed, e.unattributed, "{}", v.name);
    }
}
