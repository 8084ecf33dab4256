#!/usr/bin/env python3
"""Writes vectors of header digests, payees digests, index commitments and packed public inputs.

An encoder of docs/formats.md, sections 5 and 7, that shares no code with the contracts. Numbers are written as 32-byte hex.

Usage: vectors.py [--check]
"""

import json
import sys
from pathlib import Path

from poseidon13 import P, header_tag_state, keccak256, parameters, permute

VECTORS = Path(__file__).resolve().parent.parent / "test" / "vectors"
CONSTANTS, MATRIX = parameters()


def word(value):
    return value.to_bytes(32, "big")


def text(value):
    return "0x" + word(value).hex()


def number(data):
    return int.from_bytes(data, "big")


def drawn(name):
    """A field element that depends on its name only."""
    return number(keccak256(name.encode())) % P


def index_commitment(header_digest, table_commitment):
    return permute([header_tag_state(3, 2), header_digest, table_commitment] + [0] * 9, CONSTANTS, MATRIX)


def subject(name, names, method, sigma, eta):
    payees = [number(keccak256(f"{name} payee {i}".encode())[12:]) for i in range(len(names))]
    items = keccak256(b"tribute/payees/1") + word(len(names))
    for who, address in zip(names, payees):
        items += keccak256(who.encode("utf-8")) + word(address)
    payees_digest = keccak256(items)
    newton = sigma != 0
    chosen = {
        "method": method,
        "datasetRoot": drawn(name + " root"),
        "rows": 256,
        "lam": 256,
        "sigma": sigma,
        "eta": eta,
        "epsilon": 2**70 + 12345,
        "normSum": 987654321,
        "admitted": 250,
        "validation": 50,
        "right": 244,
        "validationRight": 41,
        "headNorm": 2**18 + 2**16,
        "registrar": number(keccak256(f"{name} registrar".encode())[12:]) if newton else 0,
        "contributorsPpm": 700_000 if newton else 0,
    }
    model, table = drawn(name + " model"), drawn(name + " table")
    words = [
        number(keccak256(b"tribute/index-header/3")), 20, method, model, chosen["datasetRoot"], chosen["rows"], len(names),
        number(payees_digest), chosen["lam"], sigma, eta, chosen["epsilon"], chosen["normSum"], 1, chosen["admitted"],
        chosen["validation"], chosen["right"], chosen["validationRight"], chosen["headNorm"],
        chosen["registrar"], chosen["contributorsPpm"],
    ]
    digest = number(keccak256(b"".join(word(w) for w in words))) >> 8
    return {
        "name": name,
        "names": names,
        "payees": [text(a) for a in payees],
        "modelCommitment": text(model),
        "tableCommitment": text(table),
        "header": [text(value) for value in chosen.values()],
        "payeesDigest": "0x" + payees_digest.hex(),
        "headerDigest": text(digest),
        "indexCommitment": text(index_commitment(digest, table)),
    }


def packed(name, classes, class_, unattributed, weights):
    logits = [number(keccak256(f"{name} logit {i}".encode())) % 2**24 for i in range(classes)]
    if name.startswith("full"):
        logits = [2**24 - 1] * classes
    outputs = []
    for start in range(0, classes, 10):
        bits = sum(raw << (9 + 24 * m) for m, raw in enumerate(logits[start : start + 10]))
        outputs.append(bits + (class_ + (unattributed << 8) if start == 0 else 0))
    sums = [
        sum(weight << (20 * m) for m, weight in enumerate(weights[start : start + 12]))
        for start in range(0, len(weights), 12)
    ]
    bindings = [drawn(f"{name} {what}") for what in ("context", "model", "index", "input")]
    return {
        "name": name,
        "classes": classes,
        "class": class_,
        "unattributed": bool(unattributed),
        "weights": weights,
        "publicInputs": [text(value) for value in bindings + outputs + sums],
    }


def split(count):
    """Weights that sum to one million and are all different."""
    weights = [1000 + 17 * i for i in range(count - 1)]
    return weights + [10**6 - sum(weights)]


def main():
    files = {
        VECTORS / "subjects.json": [
            subject("one contributor", ["alice"], 1, 0, 0),
            subject("names beyond ASCII", ["ada", "björn", "陳", "d e"], 2, 0, 0),
            subject("digits", [f"contributor-{i}" for i in range(12)], 4, 68, 55),
        ],
        VECTORS / "public_inputs.json": [
            packed("smallest", 2, 1, 0, [10**6]),
            packed("digits", 10, 7, 0, split(12)),
            packed("full of ones", 10, 9, 0, [10**6] + [0] * 11),
            packed("two words each", 11, 10, 0, split(13)),
            packed("full of ones, most classes", 256, 255, 0, split(24)),
            packed("unattributed", 3, 0, 1, [0] * 5),
        ],
    }
    stale = []
    for path, cases in files.items():
        rendered = json.dumps({"cases": cases}, indent=1, ensure_ascii=False) + "\n"
        if sys.argv[1:] != ["--check"]:
            path.write_text(rendered)
        elif not path.is_file() or path.read_text() != rendered:
            stale.append(path.name)
    if stale:
        sys.exit(f"stale: {', '.join(stale)}; run tools/vectors.py")


if __name__ == "__main__":
    main()
