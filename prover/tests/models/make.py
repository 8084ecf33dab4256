"""Write small models as scikit-learn and PyTorch export them, with the probabilities the frameworks give.

    pip install -r ../../../examples/requirements-sklearn.txt -r ../../../examples/requirements-pytorch.txt
    python make.py

Beside this script: NAME.onnx, and exports.json with five inputs and their class probabilities for each.
"""
import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from skl2onnx import to_onnx

HERE = Path(__file__).parent
warnings.filterwarnings("ignore")


def data(load, columns):
    d = load()
    x = d.data[:, :columns]
    return ((x - x.mean(0)) / x.std(0)).astype(np.float32), d.target


def sklearn_models():
    x, y = data(load_iris, 4)
    bx, by = data(load_breast_cancer, 6)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    mlp = lambda *hidden: MLPClassifier(hidden, max_iter=60, random_state=0)
    plain, zipped = {"zipmap": False}, {}
    yield "sklearn_mlp", mlp(5).fit(x, y), x, plain
    yield "sklearn_mlp_zipmap", mlp(5, 4).fit(x, y), x, zipped
    yield "sklearn_mlp_named", mlp(5).fit(x, names), x, plain
    yield "sklearn_mlp_binary", mlp(5).fit(bx, by), bx, plain
    yield "sklearn_lr", LogisticRegression().fit(x, y), x, plain
    yield "sklearn_lr_zipmap", LogisticRegression().fit(x, y), x, zipped
    yield "sklearn_lr_binary", LogisticRegression().fit(bx, by), bx, plain


def pytorch_models():
    import torch
    from torch import nn

    torch.manual_seed(0)
    mlp = nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    with_softmax = nn.Sequential(nn.Linear(6, 3), nn.Softmax(dim=1))
    for name, model, shape in [("mlp", mlp, (2, 2, 3)), ("lr", nn.Linear(6, 3), (2, 6)), ("lr_softmax", with_softmax, (2, 6))]:
        x = torch.randn(shape)
        model.eval()
        for exporter in ["dynamo", "script"]:
            path = HERE / f"pytorch_{name}_{exporter}.onnx"
            if exporter == "dynamo":
                shapes = ({0: torch.export.Dim("batch")},)
                torch.onnx.export(model, (x,), str(path), dynamo=True, external_data=False, dynamic_shapes=shapes)
            else:
                torch.onnx.export(model, (x,), str(path), dynamo=False, input_names=["input"], dynamic_axes={"input": {0: "batch"}})
            strip(path)
            inputs = torch.randn((5, *shape[1:]))
            out = model(inputs)
            p = out if name.endswith("softmax") else out.softmax(1)
            yield path.stem, inputs.reshape(5, -1).tolist(), p.tolist()


def strip(path):
    """Drop what names the machine: documentation strings and metadata."""
    import onnx

    model = onnx.load(path)
    model.doc_string = ""
    del model.metadata_props[:]
    graph = model.graph
    for item in [graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        item.doc_string = ""
        del item.metadata_props[:]
    onnx.save(model, path)


def main():
    expected = {}
    for name, model, x, options in sklearn_models():
        (HERE / f"{name}.onnx").write_bytes(to_onnx(model, x[:1], options=options).SerializeToString())
        rows = x[:: len(x) // 5][:5]
        expected[name] = {"inputs": rows.tolist(), "probabilities": model.predict_proba(rows).tolist()}
    for name, inputs, probabilities in pytorch_models():
        expected[name] = {"inputs": inputs, "probabilities": probabilities}
    (HERE / "exports.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
