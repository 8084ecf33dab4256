"""What an inference computes, in integers, by the program that wrote the reference's boundary vectors."""

import sys
from pathlib import Path

import formats
import linked

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))

import boundary  # noqa: E402

HIGH, LOW = boundary.HIGH, boundary.LOW


def answer(of, query):
    """The statement about one query."""
    shape = of["shape"]
    entries, classes, contributors = of["entries"], shape["classes"], shape["contributors"]
    model = {
        "hidden": [(layer["weights"], layer["biases"]) for layer in of["model"]["hidden"]],
        "head": of["model"]["head"],
        "classes": classes,
    }
    table = [
        [
            [int(entries[(k * classes + a) * contributors + c]) for c in range(contributors)]
            for a in range(classes)
        ]
        for k in range(linked.features(shape))
    ]
    result = boundary.run(model, table, shape["residual"], query["input"])
    salt = int(query["salt"], 16)
    return {
        "context": int(query["context"], 16),
        "model_commitment": int(of["model_commitment"], 16),
        "index_commitment": int(of["index_commitment"], 16),
        "input_commitment": formats.input_commitment(salt, query["input"]),
        "output": result["class"],
        "logits": result["logits"],
        "unattributed": result["unattributed"],
        "weights_ppm": result["weights_ppm"],
    }


def public_inputs(of):
    answers = [answer(of, query) for query in of["asked"]]
    if of["queries"] == 1:
        return formats.public_inputs(answers[0])
    weights = zip(*(one["weights_ppm"] for one in answers))
    statement = {**answers[0], "queries": answers, "totals_ppm": [sum(each) for each in weights]}
    return formats.batch_inputs(statement, of["queries"])
