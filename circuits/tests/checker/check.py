#!/usr/bin/env python3
"""Compares circuits with what docs/rows.md says of them: gates, fixed cells, copies, witness, public inputs.

usage: check.py CIRCUIT.json ..

A circuit is what tests/dump writes. Nothing of it is used to say what it should be but its shape and parameters.

Gates are compared as polynomials in all cells that they read, in order and number, by their values at three points of
which every coordinate is a hash of the circuit. Two polynomials that differ agree at one point with probability at most
degree / P, challenges' powers counted: below 2^-200 for all shapes here.
"""

import json
import sys
from hashlib import sha256

# The first of these knows where the encoder is.
from field import P  # isort: skip

import binding
import inference
from cells import Drawn, Filled

CIRCUITS = {"binding": binding.Binding, "inference": inference.Inference}
POINTS = 3


def number(text):
    value = int(text, 16)
    assert value < P
    return value


def dense(column, rows):
    values = [0] * rows
    for row, value in column:
        values[row] = number(value)
    return values


def values_of(nodes, cells):
    """The value of every node of a circuit's gates."""
    values = []
    for kind, *of in nodes:
        if kind == "constant":
            values.append(number(of[0]))
        elif kind == "fixed":
            values.append(cells.fixed(*of))
        elif kind == "advice":
            values.append(cells.advice(*of))
        elif kind == "instance":
            assert of[0] == 0
            values.append(cells.instance(of[1]))
        elif kind == "challenge":
            values.append(cells.challenge(of[0]))
        elif kind == "sum":
            values.append((values[of[0]] + values[of[1]]) % P)
        else:
            assert kind == "product", kind
            values.append(values[of[0]] * values[of[1]] % P)
    return values


def gates(circuit, expected, seed):
    """Differences between the gates of a circuit and the identities that it should have."""
    found = []
    for point in range(POINTS):
        cells = Drawn(f"{seed} {point}", expected.columns.counts["advice"])
        nodes = values_of(circuit["nodes"], cells)
        actual = [(gate["name"], nodes[gate["node"]]) for gate in circuit["gates"]]
        wanted = [(name, value % P) for name, value in expected.identities(cells)]
        if len(actual) != len(wanted):
            return [f"{len(actual)} identities, should be {len(wanted)}"]
        for place, ((name, value), (wanted_name, wanted_value)) in enumerate(zip(actual, wanted)):
            if value != wanted_value:
                found.append(f"identity {place}, {name}: should be {wanted_name}")
        if found:
            break
    return found


def fixed_cells(circuit, expected):
    found = []
    columns = [dense(column, 1 << circuit["k"]) for column in circuit["fixed"]]
    if len(columns) != len(expected.sheet.fixed):
        return [f"{len(columns)} fixed columns, should be {len(expected.sheet.fixed)}"]
    for column, (values, wanted) in enumerate(zip(columns, expected.sheet.fixed)):
        for row, value in enumerate(values):
            if value != wanted.get(row, 0):
                found.append(
                    f"fixed column {column}, row {row}: {value}, should be {wanted.get(row, 0)}"
                )
    return found


def copies(circuit, expected):
    permuted = circuit["permuted"]
    wanted = [["Advice", column] for column in expected.permuted()]
    if [[kind.split(" ")[0].split("(")[0], column] for kind, column in permuted] != wanted:
        return [f"the permutation is over {permuted}, should be over {wanted}"]
    actual = {
        frozenset((permuted[column][1], row) for column, row in cycle)
        for cycle in circuit["cycles"]
    }
    wanted = expected.sheet.classes()
    found = [f"cells are tied that should not be: {sorted(cells)[:6]}" for cells in actual - wanted]
    found += [f"cells are not tied: {sorted(cells)[:6]}" for cells in wanted - actual]
    return found


def witness(circuit, expected):
    """Identities and copies, as described, that the cells of the circuit don't satisfy."""
    k, counts = circuit["k"], expected.columns.counts
    first = [dense(column, 1 << k) for column in circuit["first"]]
    second = [dense(column, 1 << k) for column in circuit["second"]]
    if (len(first), len(second)) != (counts["advice"], counts["late"]):
        return [f"{len(first)} and {len(second)} columns, should be {counts}"]
    fixed = [
        [column.get(row, 0) for row in range(1 << k)] for column in expected.sheet.fixed
    ]
    challenges = [number(text) for text in circuit["challenges"]]
    instance = [number(text) for text in circuit["instance"]]
    cells = Filled(k, fixed, first, second, challenges, instance)
    found = []
    for cells.row in range(1 << k):
        for name, value in expected.identities(cells):
            if value % P:
                found.append(f"row {cells.row} does not satisfy {name}")
    for tied in expected.sheet.classes():
        if len({cells.advice_columns[column][row] for column, row in tied}) != 1:
            found.append(f"cells that are tied differ: {sorted(tied)[:6]}")
    return found


def public_inputs(circuit, expected):
    actual, wanted = [number(text) for text in circuit["instance"]], expected.public_inputs()
    return [] if actual == wanted else [f"public inputs are {actual}, should be {wanted}"]


def check(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    circuit = json.loads(text)
    seed = sha256(text.encode()).hexdigest()
    expected = CIRCUITS[circuit["of"]["circuit"]](circuit["of"], circuit["k"])
    tail = [] if circuit["unusable"] <= expected.TAIL else ["more rows are unusable than the tail"]
    parts = {
        "tail": tail,
        "gates": gates(circuit, expected, seed),
        "fixed cells": fixed_cells(circuit, expected),
        "copies": copies(circuit, expected),
        "public inputs": public_inputs(circuit, expected),
    }
    # Without the same columns there is nothing to fill in.
    parts["witness"] = witness(circuit, expected)
    for part, found in parts.items():
        for line in found[:8]:
            print(f"{path}: {part}: {line}")
        if len(found) > 8:
            print(f"{path}: {part}: {len(found) - 8} more")
    cells = sum(len(column) for column in expected.sheet.fixed)
    tied = sum(len(cells) - 1 for cells in expected.sheet.classes())
    print(
        f"{path}: {len(circuit['gates'])} identities, {cells} fixed cells, {tied} copies, "
        f"{1 << circuit['k']} rows, {sum(map(len, parts.values()))} differences"
    )
    return not any(parts.values())


def main():
    if not sys.argv[1:]:
        sys.exit("usage: check.py CIRCUIT.json ..")
    results = [check(path) for path in sys.argv[1:]]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
