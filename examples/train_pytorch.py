"""Train PyTorch models on made-up clusters and write the files that tribute reads.

    pip install -r requirements-pytorch.txt
    python train_pytorch.py --out DIR [--kind mlp|lr]

DIR gets model.onnx, train.csv, contributors.csv and queries.csv.
"""
import argparse
import csv
from pathlib import Path

import torch
from torch import nn

ROWS, QUERIES, CONTRIBUTORS, FEATURES, CLASSES = 240, 8, 4, 16, 5


def clusters():
    """One Gaussian cluster for each class; replace this with your own data, scaled to about -1..1."""
    torch.manual_seed(0)
    centers = torch.randn(CLASSES, FEATURES)
    labels = torch.randint(CLASSES, (ROWS + QUERIES,))
    return centers[labels] + 0.7 * torch.randn(ROWS + QUERIES, FEATURES), labels


def build(kind):
    """A plain chain of Linear and ReLU that ends in logits: no softmax, that is what the loss does."""
    if kind == "lr":
        return nn.Linear(FEATURES, CLASSES)
    return nn.Sequential(nn.Flatten(), nn.Linear(FEATURES, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, CLASSES))


def train(model, x, y):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)
    loss = nn.CrossEntropyLoss()
    for _ in range(300):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
    return model.eval()


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

    x, y = clusters()
    train_x, train_y, queries = x[:ROWS], y[:ROWS], x[ROWS:]
    model = train(build(arguments.kind), train_x, train_y)
    # The weights must be inside the file: external_data=False.
    torch.onnx.export(
        model,
        (train_x[:2],),
        str(arguments.out / "model.onnx"),
        input_names=["input"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        external_data=False,
        dynamo=True,
    )

    features = [f"f{i}" for i in range(FEATURES)]
    owners = [f"contributor-{i % CONTRIBUTORS}" for i in range(ROWS)]
    write_rows(
        arguments.out / "train.csv",
        ["contributor", "label", *features],
        ([owner, label, *row] for owner, label, row in zip(owners, train_y.tolist(), train_x.tolist())),
    )
    write_rows(arguments.out / "queries.csv", features, queries.tolist())
    write_rows(
        arguments.out / "contributors.csv",
        ["contributor", "address"],
        ([f"contributor-{i}", f"0x{i + 1:040x}"] for i in range(CONTRIBUTORS)),
    )
    accuracy = (model(train_x).argmax(1) == train_y).float().mean().item()
    print(f"{arguments.kind}: accuracy {accuracy:.3f} on {ROWS} rows, files in {arguments.out}")


if __name__ == "__main__":
    main()
