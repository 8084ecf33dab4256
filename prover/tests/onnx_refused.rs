//! What is refused, each by the check that is meant to refuse it.

#[cfg(test)]
#[path = "models/build.rs"]
mod build;

#[cfg(test)]
mod tests {
    use super::build::*;
    use tract_onnx::pb::tensor_proto::DataType;
    use tract_onnx::pb::{StringStringEntryProto, TensorProto};
    use tribute::model::{GraphError as G, NodeProblem as N, TensorProblem as T, decode};

    /// Asserts that a file is refused by a check and that the message is one line.
    macro_rules! refused {
        ($bytes:expr, $pattern:pat $(if $guard:expr)?) => {
            match decode(&$bytes) {
                Err(error) => {
                    assert!(!error.to_string().contains('\n'), "{error}");
                    assert!(matches!(&error, $pattern $(if $guard)?), "{error:?}");
                }
                Ok(model) => panic!("accepted: {model:?}"),
            }
        };
    }

    fn of_node(error: &N, text: &str) -> bool {
        error.to_string().contains(text)
    }

    /// A model whose weight tensor is replaced.
    fn weight(tensor: TensorProto) -> Vec<u8> {
        Build::new().tensor(tensor).gemm("x", "y").outputs(&["y"])
    }

    #[test]
    fn rejects_files_that_are_no_models() {
        refused!([], G::Empty);
        refused!([0xff; 40], G::Malformed);
        refused!(*b"contributor,label,f0\na,1,0.5\n", G::Malformed | G::NoGraph);
        refused!([0x08, 0x08], G::NoGraph);
        refused!(Build::new().outputs(&["x"]), G::NoNodes);
        let whole = Build::new().gemm("x", "y").outputs(&["y"]);
        for length in 0..whole.len() {
            let error = decode(&whole[..length]).expect_err("a truncated file was accepted");
            assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn rejects_any_flipped_byte_without_panicking() {
        let whole =
            Build::new().gemm("x", "a").node("Relu", &["a"], "h").floats("v", &[2, 2], &[1.0; 4]);
        let whole =
            whole.node("Gemm", &["h", "v"], "y").node("Softmax", &["y"], "p").outputs(&["p"]);
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[place] ^= 1 << bit;
                if let Err(error) = decode(&bytes) {
                    assert!(!error.to_string().contains('\n'));
                }
            }
        }
    }

    #[test]
    fn rejects_operators_by_name_with_advice() {
        for (operator, advice) in [
            ("Sigmoid", "ReLU"),
            ("Tanh", "ReLU"),
            ("LeakyRelu", "ReLU"),
            ("Conv", "fully connected"),
            ("MaxPool", "fully connected"),
            ("BatchNormalization", "fold"),
            ("If", "control flow"),
            ("Loop", "control flow"),
            ("LSTM", "Gemm"),
            ("Mul", "scale"),
            ("Div", "scale"),
            ("DequantizeLinear", "float32"),
            ("Shape", "Flatten"),
            ("ai.onnx.ml:Scaler", "scale"),
            ("ai.onnx.ml:TreeEnsembleClassifier", "MLPClassifier"),
            ("com.example:Relu", "Gemm"),
        ] {
            let bytes = Build::new().node(operator, &["x"], "s").gemm("s", "y").outputs(&["y"]);
            let name = operator.rsplit(':').next().unwrap();
            refused!(bytes, G::Node { node, problem: problem @ N::Unsupported { .. } }
                if of_node(problem, advice) && node.operator.as_str().ends_with(name));
        }
        let between = Build::new().gemm("x", "z").node("Tanh", &["z"], "t");
        let between = between.floats("v", &[2, 2], &[1.0; 4]).node("Gemm", &["t", "v"], "y");
        refused!(between.outputs(&["y"]), G::Node { problem: N::Unsupported { .. }, .. });
        let many = Build::new().gemm("x", "z").node("Sigmoid", &["z"], "p").outputs(&["p"]);
        refused!(many, G::Node { problem: N::Unsupported { .. }, .. });
        let min =
            Build::new().gemm("x", "z").node("Softmax", &["z"], "p").node("ArgMin", &["p"], "a");
        refused!(min.outputs(&["a"]), G::Node { problem: N::Unsupported { .. }, .. });
    }

    #[test]
    fn rejects_tensors() {
        macro_rules! tensor {
            ($tensor:expr, $pattern:pat) => {
                refused!(
                    weight($tensor),
                    G::Node { problem: N::Tensor { problem: $pattern, .. }, .. }
                )
            };
        }
        let entry = StringStringEntryProto { key: "location".into(), value: "w.bin".into() };
        let plain = || floats("w", &[3, 2], &WEIGHTS);
        tensor!(TensorProto { external_data: vec![entry], ..plain() }, T::External);
        tensor!(TensorProto { data_location: Some(1), ..plain() }, T::External);
        for kind in [DataType::Double, DataType::Float16, DataType::Int8, DataType::Bfloat16] {
            tensor!(TensorProto { data_type: kind as i32, ..plain() }, T::Type { .. });
        }
        tensor!(TensorProto { data_type: 999, ..plain() }, T::Type { actual: "unknown", .. });
        tensor!(floats("w", &[3, -2], &WEIGHTS), T::Negative { dimension: -2 });
        tensor!(floats("w", &[i64::MAX, i64::MAX], &WEIGHTS), T::TooLarge { .. });
        tensor!(floats("w", &[1 << 32, 1 << 32], &WEIGHTS), T::TooLarge { .. });
        tensor!(floats("w", &[60_000, 60_000], &WEIGHTS), T::TooLarge { .. });
        tensor!(floats("w", &[4, 2], &WEIGHTS), T::Length { expected: 8, actual: 6 });
        tensor!(typed("w", &[3, 2], DataType::Float), T::Length { expected: 6, actual: 0 });
        tensor!(TensorProto { raw_data: vec![0; 23], ..plain() }, T::Ragged { bytes: 23 });
        tensor!(TensorProto { float_data: vec![0.0; 6], ..plain() }, T::Ambiguous);
    }

    #[test]
    fn rejects_weights_that_are_no_numbers() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut values = WEIGHTS;
            values[4] = bad;
            refused!(
                weight(floats("w", &[3, 2], &values)),
                G::Node { problem: N::NotFinite { what: "weight", index: 4, .. }, .. }
            );
            let bias = Build::new().floats("b", &[2], &[0.0, bad]).gemm("x", "y").outputs(&["y"]);
            refused!(bias, G::Node { problem: N::NotFinite { what: "bias", index: 1, .. }, .. });
        }
        let factor = vec![float("alpha", 3e38)];
        let overflow =
            Build::new().node_with("Gemm", &["x", "w", "b"], "y", factor).outputs(&["y"]);
        refused!(overflow, G::Node { problem: N::NotFinite { .. }, .. });
    }

    #[test]
    fn rejects_shapes_that_do_not_chain() {
        let inputs = Build::new().input("x", &[None, Some(4)]).gemm("x", "y").outputs(&["y"]);
        refused!(inputs, G::Node { problem: N::Inputs { actual: 3, expected: 4 }, .. });
        let second = Build::new().gemm("x", "a").node("Relu", &["a"], "h").gemm("h", "y");
        refused!(
            second.outputs(&["y"]),
            G::Node { problem: N::Inputs { actual: 3, expected: 2 }, .. }
        );
        refused!(weight(floats("w", &[6], &WEIGHTS)), G::Node { problem: N::Matrix { .. }, .. });
        refused!(weight(floats("w", &[0, 2], &[])), G::Node { problem: N::Width { .. }, .. });
        let wide = vec![0.0; 65_536 * 2];
        refused!(
            weight(floats("w", &[65_536, 2], &wide)),
            G::Node { problem: N::Width { .. }, .. }
        );
        for (dims, count) in [(&[3][..], 3), (&[2, 1][..], 2), (&[1, 1, 2][..], 2)] {
            let build = Build::new().floats("b", dims, &vec![0.5; count]);
            refused!(build.gemm("x", "y").outputs(&["y"]), G::Node { problem: N::Bias { .. }, .. });
        }
        let unflattened = Build::new().input("x", &[None, Some(1), Some(3)]).gemm("x", "y");
        refused!(unflattened.outputs(&["y"]), G::Node { problem: N::Rank { rank: 3 }, .. });
        let vector = Build::new().input("x", &[Some(3)]).gemm("x", "y").outputs(&["y"]);
        refused!(vector, G::InputShape { .. });
        let negative = Build::new().input("x", &[None, Some(-7)]).gemm("x", "y").outputs(&["y"]);
        refused!(negative, G::InputShape { .. });
        for target in [&[-1, 6][..], &[3, -1], &[-1], &[-1, 1, 3], &[-1, i64::MIN]] {
            let build = Build::new().integers("s", target).node("Reshape", &["x", "s"], "r");
            refused!(
                build.gemm("r", "y").outputs(&["y"]),
                G::Node { problem: N::Reshape { .. }, .. }
            );
        }
        let axis = Build::new().node_with("Flatten", &["x"], "f", vec![int("axis", 0)]);
        refused!(
            axis.gemm("f", "y").outputs(&["y"]),
            G::Node { problem: N::Attribute { name: "axis", .. }, .. }
        );
    }

    #[test]
    fn rejects_attributes_that_change_the_computation() {
        let with = |attribute| {
            Build::new().node_with("Gemm", &["x", "w", "b"], "y", vec![attribute]).outputs(&["y"])
        };
        refused!(
            with(int("transA", 1)),
            G::Node { problem: N::Attribute { name: "transA", .. }, .. }
        );
        refused!(
            with(int("transB", 2)),
            G::Node { problem: N::Attribute { name: "transB", .. }, .. }
        );
        let tail = |operator: &str, attribute| {
            let build = Build::new().gemm("x", "z");
            build.node_with(operator, &["z"], "p", vec![attribute]).outputs(&["p"])
        };
        refused!(
            tail("Softmax", int("axis", 0)),
            G::Node { problem: N::Attribute { name: "axis", .. }, .. }
        );
        refused!(
            tail("ArgMax", int("keepdims", 0)),
            G::Node { problem: N::Attribute { name: "axis", .. }, .. }
        );
        refused!(
            tail("ArgMax", int("select_last_index", 1)),
            G::Node { problem: N::Attribute { .. }, .. }
        );
        let on = TensorProto { raw_data: vec![1], ..typed("on", &[], DataType::Bool) };
        let training =
            Build::new().tensor(on).node("Dropout", &["x", "", "on"], "d").gemm("d", "y");
        refused!(
            training.outputs(&["y"]),
            G::Node { problem: N::Attribute { name: "training_mode", .. }, .. }
        );
    }

    #[test]
    fn rejects_graphs_that_are_no_chains() {
        let two = Build::new().more_input("x2", &[None, Some(3)]).gemm("x", "y").outputs(&["y"]);
        refused!(two, G::InputCount { actual: 2 });
        let skip =
            Build::new().gemm("x", "a").node("Relu", &["a"], "h").node("Add", &["h", "x"], "y");
        refused!(skip.outputs(&["y"]), G::Branch { readers: 2, .. });
        let early =
            Build::new().gemm("x", "a").node("Relu", &["a"], "h").node("Gemm", &["h", "w"], "y");
        refused!(early.outputs(&["h", "y"]), G::Branch { .. });
        let twice = Build::new().gemm("x", "y").gemm("x", "y").outputs(&["y"]);
        refused!(twice, G::DuplicateValue { .. });
        refused!(Build::new().gemm("x", "w").outputs(&["w"]), G::DuplicateValue { .. });
        refused!(Build::new().gemm("x", "x").outputs(&["x"]), G::DuplicateValue { .. });
        let cycle = Build::new().node("MatMul", &["x", "u"], "y").node("Identity", &["u"], "u");
        refused!(cycle.outputs(&["y"]), G::Node { problem: N::NotConstant { .. }, .. });
        let apart =
            Build::new().node("Relu", &["q"], "q2").node("Relu", &["q2"], "q").gemm("x", "y");
        refused!(apart.outputs(&["y"]), G::Unreached { .. });
        let stray = Build::new().gemm("x", "y").outputs(&["y", "elsewhere"]);
        refused!(stray, G::StrayOutput { .. });
        let hidden = Build::new().gemm("x", "a").node("Relu", &["a"], "h").outputs(&["h"]);
        refused!(hidden, G::NoHead { .. });
        refused!(Build::new().node("Identity", &["x"], "i").outputs(&[]), G::DeadEnd { .. });
        let many =
            (0..5000).fold(Build::new(), |build, i| build.node("Relu", &["x"], &format!("r{i}")));
        refused!(many.outputs(&["r0"]), G::TooManyNodes { .. });
    }

    #[test]
    fn rejects_layers_in_the_wrong_order() {
        let linear = Build::new().gemm("x", "a").floats("v", &[2, 2], &[1.0; 4]).node(
            "Gemm",
            &["a", "v"],
            "y",
        );
        refused!(linear.outputs(&["y"]), G::Node { problem: N::LinearAfterLinear, .. });
        let relu = Build::new().node("Relu", &["x"], "r").gemm("r", "y").outputs(&["y"]);
        refused!(relu, G::Node { problem: N::NoLayer, .. });
        let add = Build::new().node("Add", &["x", "b"], "a").gemm("a", "y").outputs(&["y"]);
        refused!(add, G::Node { problem: N::NoLayer, .. });
        let bias = Build::new().gemm("x", "a").node("Add", &["a", "b"], "y").outputs(&["y"]);
        refused!(bias, G::Node { problem: N::SecondBias, .. });
        let left = Build::new().floats("l", &[2, 3], &WEIGHTS).node("MatMul", &["l", "x"], "y");
        refused!(left.outputs(&["y"]), G::Node { problem: N::DataOperand, .. });
        let data = Build::new().node("MatMul", &["x", "x"], "y").outputs(&["y"]);
        refused!(data, G::Branch { .. });
        let arity = Build::new().node("Gemm", &["x"], "y").outputs(&["y"]);
        refused!(arity, G::Node { problem: N::Arity { actual: 1, .. }, .. });
    }

    #[test]
    fn rejects_class_counts_and_labels() {
        let head = |classes: usize| {
            let width = i64::try_from(classes).unwrap();
            let build = Build::new().floats("w", &[3, width], &vec![0.5; 3 * classes]);
            build.node("Gemm", &["x", "w"], "y").outputs(&["y"])
        };
        refused!(head(1), G::Classes { actual: 1, .. });
        refused!(head(257), G::Classes { actual: 257, .. });
        assert!(decode(&head(256)).is_ok());
        let zip = |labels: &[i64]| vec![ints("classlabels_int64s", labels)];
        let three = Build::new().gemm("x", "z").node("Softmax", &["z"], "p");
        let three = three.node_with("ai.onnx.ml:ZipMap", &["p"], "m", zip(&[0, 1, 2]));
        refused!(three.outputs(&["m"]), G::Labels { actual: 3, classes: 2, .. });
        let odds = Build::new().floats("w", &[3, 1], &[1.0; 3]).floats("b", &[1], &[0.0]).floats(
            "two",
            &[],
            &[2.0],
        );
        let odds = odds.gemm("x", "z").node("Sigmoid", &["z"], "p").node("Sub", &["two", "p"], "q");
        refused!(odds.outputs(&["q"]), G::Node { problem: N::Pair, .. });
        let classifier = |weights: &[f32], transform: &str| {
            let attributes = vec![
                ints("classlabels_ints", &[0, 1, 2]),
                list("coefficients", weights),
                text("post_transform", transform),
            ];
            let build = Build::new();
            build
                .node_with("ai.onnx.ml:LinearClassifier", &["x"], "l,s", attributes)
                .outputs(&["l", "s"])
        };
        assert!(decode(&classifier(&[0.5; 9], "SOFTMAX")).is_ok());
        refused!(
            classifier(&[0.5; 9], "LOGISTIC"),
            G::Node { problem: N::OneVsRest { classes: 3 }, .. }
        );
        refused!(classifier(&[0.5; 9], "PROBIT"), G::Node { problem: N::Attribute { .. }, .. });
        refused!(classifier(&[0.5; 8], "SOFTMAX"), G::Node { problem: N::Tensor { .. }, .. });
        refused!(classifier(&[], "SOFTMAX"), G::Node { problem: N::Width { .. }, .. });
    }

    #[test]
    fn names_are_shown_on_one_line_and_cut() {
        let name = format!("a\nb\u{1b}[31m{}", "z".repeat(500));
        let bytes = Build::new().node("Tanh", &["x"], &name).gemm(&name, "y").outputs(&["y"]);
        let text = decode(&bytes).unwrap_err().to_string();
        assert!(text.contains("a\\nb") && !text.contains('\u{1b}') && text.len() < 300, "{text}");
    }
}
