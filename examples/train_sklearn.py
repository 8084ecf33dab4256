"""Train scikit-learn models on the digits data and write the files that tribute reads.

    pip install -r requirements-sklearn.txt
    python train_sklearn.py --out DIR [--kind mlp|lr]

DIR gets model.onnx, train.csv, contributors.csv and queries.csv.
"""
import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from skl2onnx import to_onnx

ROWS, QUERIES, CONTRIBUTORS = 200, 8, 4


def digits():
    """Pixels scaled to 0..1 (inputs must stay within 128; the closer to 1, the finer), and labels 0..9."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.data))
    return (data.data[order] / 16).astype(np.float32), data.target[order]


def train(kind, x, y):
    if kind == "lr":
        return LogisticRegression(max_iter=500).fit(x, y)
    return MLPClassifier((32,), max_iter=300, random_state=0).fit(x, y)


def write_rows(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="directory to write to")
    parser.add_argument("--kind", choices=["mlp", "lr"], default="mlp")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    x, y = digits()
    train_x, train_y, queries = x[:ROWS], y[:ROWS], x[-QUERIES:]
    model = train(arguments.kind, train_x, train_y)
    onnx = to_onnx(model, train_x[:1], options={"zipmap": False})
    (arguments.out / "model.onnx").write_bytes(onnx.SerializeToString())

    features = [f"f{i}" for i in range(x.shape[1])]
    owners = [f"contributor-{i % CONTRIBUTORS}" for i in range(ROWS)]
    write_rows(
        arguments.out / "train.csv",
        ["contributor", "label", *features],
        ([owner, label, *map(float, row)] for owner, label, row in zip(owners, train_y, train_x)),
    )
    write_rows(arguments.out / "queries.csv", features, (map(float, row) for row in queries))
    write_rows(
        arguments.out / "contributors.csv",
        ["contributor", "address"],
        ([f"contributor-{i}", f"0x{i + 1:040x}"] for i in range(CONTRIBUTORS)),
    )
    print(f"{arguments.kind}: accuracy {model.score(train_x, train_y):.3f} on {ROWS} rows, files in {arguments.out}")


if __name__ == "__main__":
    main()
