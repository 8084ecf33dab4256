//! Every form of every operator that is read, against the weights it must give.

#[cfg(test)]
#[path = "models/build.rs"]
mod build;

#[cfg(test)]
mod tests {
    use super::build::*;
    use tract_onnx::pb::AttributeProto;
    use tract_onnx::pb::tensor_proto::DataType;
    use tribute::model::{LoadedModel, decode};

    fn value(t: tract_onnx::pb::TensorProto) -> AttributeProto {
        AttributeProto { name: "value".into(), t: Some(t), ..AttributeProto::default() }
    }

    fn read(bytes: &[u8]) -> LoadedModel {
        decode(bytes).unwrap()
    }

    /// Checks that the head is exactly `WEIGHTS` and `BIASES`.
    fn assert_plain(name: &str, bytes: &[u8]) {
        let model = read(bytes).model;
        assert_eq!(model.head.weights, WEIGHTS, "{name}");
        assert_eq!(model.head.biases, BIASES, "{name}");
        assert_eq!((model.head.inputs, model.head.outputs), (3, 2), "{name}");
        assert!(model.hidden.is_empty(), "{name}");
    }

    /// `WEIGHTS` as a 2 x 3 matrix.
    fn transposed() -> [f32; 6] {
        let w = WEIGHTS;
        [w[0], w[2], w[4], w[1], w[3], w[5]]
    }

    #[test]
    fn accepts_gemm_in_every_form() {
        assert_plain("bias", &Build::new().gemm("x", "y").outputs(&["y"]));
        let build = Build::new().floats("w", &[2, 3], &transposed());
        let with = build.node_with("Gemm", &["x", "w", "b"], "y", vec![int("transB", 1)]);
        assert_plain("transB", &with.outputs(&["y"]));
        let doubled = WEIGHTS.map(|v| v * 2.0);
        let build = Build::new().floats("w", &[3, 2], &doubled).floats("b", &[1, 2], &[1.0, -16.0]);
        let factors = vec![float("alpha", 0.5), float("beta", 0.25)];
        let with = build.node_with("Gemm", &["x", "w", "b"], "y", factors);
        assert_plain("alpha and beta", &with.outputs(&["y"]));
        let bare = read(&Build::new().node("Gemm", &["x", "w"], "y").outputs(&["y"]));
        assert_eq!(bare.model.head.biases, [0.0, 0.0]);
        let one = Build::new().floats("b", &[], &[1.5]).gemm("x", "y").outputs(&["y"]);
        assert_eq!(read(&one).model.head.biases, [1.5, 1.5]);
        let separate = Build::new().node("Gemm", &["x", "w"], "s").node("Add", &["s", "b"], "y");
        assert_plain("bias by Add", &separate.outputs(&["y"]));
    }

    #[test]
    fn accepts_matmul_and_add_in_either_order() {
        let matmul = || Build::new().node("MatMul", &["x", "w"], "m");
        assert_plain("right", &matmul().node("Add", &["m", "b"], "y").outputs(&["y"]));
        assert_plain("left", &matmul().node("Add", &["b", "m"], "y").outputs(&["y"]));
        assert_eq!(read(&matmul().outputs(&["m"])).model.head.biases, [0.0, 0.0]);
    }

    #[test]
    fn accepts_weights_wherever_they_are() {
        let typed_field = TensorTypes::float_data("w", &[3, 2], &WEIGHTS);
        assert_plain(
            "float_data",
            &Build::new().tensor(typed_field).gemm("x", "y").outputs(&["y"]),
        );
        let constant = Build::new()
            .node_with("Constant", &[], "c", vec![value(floats("", &[3, 2], &WEIGHTS))])
            .node("Gemm", &["x", "c", "b"], "y");
        assert_plain("Constant", &constant.outputs(&["y"]));
        let turned = Build::new()
            .floats("t", &[2, 3], &transposed())
            .node_with("Transpose", &["t"], "u", vec![ints("perm", &[1, 0])])
            .node("Identity", &["u"], "v")
            .node("MatMul", &["x", "v"], "m")
            .node("Add", &["m", "b"], "y");
        assert_plain("Transpose", &turned.outputs(&["y"]));
        let listed = Build::new().more_input("w", &[Some(3), Some(2)]).gemm("x", "y");
        assert_plain("initializers among the inputs", &listed.outputs(&["y"]));
    }

    /// Tensors with values in their typed field.
    struct TensorTypes;

    impl TensorTypes {
        fn float_data(name: &str, dims: &[i64], values: &[f32]) -> tract_onnx::pb::TensorProto {
            let float_data = values.to_vec();
            tract_onnx::pb::TensorProto { float_data, ..typed(name, dims, DataType::Float) }
        }
    }

    #[test]
    fn accepts_as_many_layers_as_circuits_prove_and_no_more() {
        let chain = |layers: usize| {
            let mut build = Build::new().floats("s", &[2, 2], &[0.5; 4]).gemm("x", "y0");
            for layer in 0..layers {
                let names = [format!("y{layer}"), format!("h{layer}"), format!("y{}", layer + 1)];
                let [value, hidden, next] = names.each_ref().map(String::as_str);
                build = build.node("Relu", &[value], hidden).node("MatMul", &[hidden, "s"], next);
            }
            decode(&build.outputs(&[&format!("y{layers}")]))
        };
        assert_eq!(chain(64).unwrap().model.hidden.len(), 64);
        let error = chain(65).unwrap_err().to_string();
        assert!(error.contains("more than 64 hidden layers"), "{error}");
    }

    #[test]
    fn accepts_any_depth_and_batch() {
        let deep = Build::new()
            .input("x", &[Some(16), Some(3)])
            .gemm("x", "a")
            .node("Relu", &["a"], "h")
            .floats("w1", &[2, 4], &[1.0; 8])
            .node("MatMul", &["h", "w1"], "c")
            .node("Relu", &["c"], "i")
            .floats("w2", &[4, 5], &[0.5; 20])
            .node("Gemm", &["i", "w2"], "y");
        let model = read(&deep.outputs(&["y"])).model;
        assert_eq!(model.hidden.iter().map(|l| l.outputs).collect::<Vec<_>>(), [2, 4]);
        assert_eq!((model.inputs(), model.classes()), (3, 5));
        assert_eq!(model.logits(&[1.0, 1.0, 4.0])[0], 23.5); // 4 * 0.5 * (2.25 + 9.5)
    }

    #[test]
    fn accepts_operators_that_change_nothing() {
        let build = Build::new()
            .input("x", &[None, Some(1), Some(3)])
            .node_with("Cast", &["x"], "c", vec![int("to", 1)])
            .node("Flatten", &["c"], "f")
            .node("Identity", &["f"], "i")
            .gemm("i", "g")
            .node_with("Cast", &["g"], "d", vec![int("to", 11)])
            .node("Identity", &["d"], "y");
        assert_plain("Cast, Flatten, Identity", &build.outputs(&["y"]));
        for (sizes, target) in [
            (&[None, Some(1), Some(3)][..], [-1, 3]),
            (&[None, Some(3)][..], [0, -1]),
            (&[Some(1), Some(3), Some(1)][..], [1, -1]),
            (&[Some(1), Some(3)][..], [1, 3]),
        ] {
            let build = Build::new().input("x", sizes).integers("s", &target);
            let build = build.node("Reshape", &["x", "s"], "r").gemm("r", "y");
            assert_plain("Reshape", &build.outputs(&["y"]));
        }
        let off =
            tract_onnx::pb::TensorProto { raw_data: vec![0], ..typed("off", &[], DataType::Bool) };
        let build = Build::new()
            .tensor(off)
            .floats("ratio", &[], &[0.5])
            .node("Dropout", &["x", "ratio", "off"], "d,mask")
            .gemm("d", "y");
        assert_plain("Dropout", &build.outputs(&["y"]));
    }

    #[test]
    fn prunes_what_follows_the_logits() {
        let build = Build::new()
            .gemm("x", "z")
            .node_with("Softmax", &["z"], "p", vec![int("axis", -1)])
            .node_with("LogSoftmax", &["z"], "l", vec![int("axis", 1)])
            .node_with("ArgMax", &["p"], "a", vec![int("axis", 1)])
            .integers("classes", &[0, 1])
            .node("ai.onnx.ml:ArrayFeatureExtractor", &["classes", "a"], "e")
            .integers("shape", &[-1])
            .node("Reshape", &["e", "shape"], "r")
            .node_with("Cast", &["r"], "label", vec![int("to", 7)])
            .node_with("ai.onnx.ml:Normalizer", &["p"], "n", vec![text("norm", "L1")])
            .node_with(
                "ai.onnx.ml:ZipMap",
                &["n"],
                "zip",
                vec![ints("classlabels_int64s", &[0, 1])],
            );
        let bytes = build.outputs(&["label", "zip", "z", "l"]);
        assert_plain("tail", &bytes);
        let notices = read(&bytes).notices;
        let operators: Vec<_> = notices.pruned.iter().map(|n| n.operator.as_str()).collect();
        assert_eq!(operators.len(), 8, "{operators:?}");
        assert!(notices.class_labels.is_none() && !notices.reordered && !notices.split_logit);
    }

    #[test]
    fn reads_class_labels() {
        let labeled = |labels: &[i64]| {
            let zip = vec![ints("classlabels_int64s", labels)];
            let build = Build::new().gemm("x", "z").node("Softmax", &["z"], "p");
            read(&build.node_with("ai.onnx.ml:ZipMap", &["p"], "m", zip).outputs(&["m"]))
        };
        let swapped = labeled(&[1, 0]);
        assert!(swapped.notices.reordered);
        assert_eq!(swapped.model.head.biases, [BIASES[1], BIASES[0]]);
        assert_eq!(swapped.model.head.weights[..2], [WEIGHTS[1], WEIGHTS[0]]);
        let named = labeled(&[7, 3]);
        assert_eq!(named.notices.class_labels.unwrap(), ["7", "3"]);
        assert_eq!(named.model.head.biases, BIASES);
    }

    fn classifier(transform: &str, labels: &[i64], weights: &[f32], biases: &[f32]) -> Vec<u8> {
        let attributes = vec![
            ints("classlabels_ints", labels),
            list("coefficients", weights),
            list("intercepts", biases),
            text("post_transform", transform),
        ];
        let build = Build::new().node_with(
            "ai.onnx.ml:LinearClassifier",
            &["x"],
            "label,scores",
            attributes,
        );
        let build =
            build.node_with("ai.onnx.ml:Normalizer", &["scores"], "p", vec![text("norm", "L1")]);
        build.outputs(&["label", "p"])
    }

    #[test]
    fn accepts_linear_classifiers() {
        for transform in ["SOFTMAX", "NONE"] {
            assert_plain(transform, &classifier(transform, &[0, 1], &transposed(), &BIASES));
        }
        let swapped = read(&classifier("SOFTMAX", &[1, 0], &transposed(), &BIASES));
        assert_eq!(swapped.model.head.biases, [BIASES[1], BIASES[0]]);
        let three = read(&classifier("SOFTMAX", &[0, 1, 2], &[1.0; 9], &[0.0; 3]));
        assert_eq!(three.model.classes(), 3);
    }

    #[test]
    fn reads_binary_models_as_two_opposite_logits() {
        let weights = [-1.0, 2.0, -3.0, 1.0, -2.0, 3.0];
        let logistic = read(&classifier("LOGISTIC", &[0, 1], &weights, &[-0.5, 0.5]));
        let sigmoid = Build::new()
            .floats("w1", &[3, 1], &weights[3..])
            .floats("b1", &[1], &[0.5])
            .floats("unity", &[], &[1.0])
            .node("Gemm", &["x", "w1", "b1"], "z")
            .node("Sigmoid", &["z"], "p")
            .node("Sub", &["unity", "p"], "n")
            .node_with("Concat", &["n", "p"], "pair", vec![int("axis", 1)])
            .node_with("ArgMax", &["pair"], "a", vec![int("axis", 1)]);
        let sigmoid = read(&sigmoid.outputs(&["a", "pair"]));
        assert!(logistic.notices.split_logit && sigmoid.notices.split_logit);
        assert_eq!(logistic.model.head.weights, [-0.5, 0.5, 1.0, -1.0, -1.5, 1.5]);
        assert_eq!(logistic.model.head.biases, [-0.25, 0.25]);
        assert_eq!(sigmoid.model.head.weights, logistic.model.head.weights);
        assert_eq!(sigmoid.model.head.biases, logistic.model.head.biases);
    }
}
