#!/usr/bin/env python3
"""Writes the constants of Poseidon13.sol and vectors to test it with; shares no code with anything else here.

The permutation is Poseidon over the BN254 scalar field with circomlib's parameters for 12 inputs: 13 words, x^5,
8 full and 65 partial rounds. Round constants and matrix come from the Grain generator of the Poseidon paper
(ePrint 2019/458, appendix E), seeded with those parameters, so that this file is the only source they need.

A partial round is almost linear: only word 0 passes the S-box. Write the state as (s, x), the matrix as [[m, w], [v, A]] and
u for the S-box output. Then  s' = m u + w x  and  x' = v u + A x.  In the basis  y_i = w A^i x  (i = 0 .. 11) this becomes

    s' = m u + y_0,     y_i' = y_{i+1} + h_i u  (i < 11),     y_11' = f y + h_11 u,     h_i = w A^i v,   w A^12 = f (basis)

with the *same* 25 coefficients in each of the 65 rounds, and the constants that would be added to x travel forward into one scalar
a round. The change of basis is folded into the matrix of the round before; one matrix changes back. 701 words do
what 65 dense 13 x 13 products would, at an eighth of the gas.

Usage: poseidon13.py [--check]
"""

import json
import sys
from pathlib import Path

P = 21888242871839275222246405745257275088548364400416034343698204186575808495617
T, FULL, PARTIAL, BITS = 13, 8, 65, 254

HERE = Path(__file__).resolve().parent.parent
SOLIDITY = HERE / "src" / "Poseidon13Constants.sol"
VECTORS = HERE / "test" / "vectors" / "poseidon13.json"


# ---- parameters ------------------------------------------------------------------------------------------------


def grain():
    """Yields the bits of the self-shrinking Grain register, seeded with field, S-box and sizes."""
    seed = f"{1:02b}{0:04b}{BITS:012b}{T:012b}{FULL:010b}{PARTIAL:010b}" + "1" * 30
    register = [int(bit) for bit in seed]

    def step():
        bit = register[62] ^ register[51] ^ register[38] ^ register[23] ^ register[13] ^ register[0]
        register.pop(0)
        register.append(bit)
        return bit

    for _ in range(160):
        step()
    while True:
        keep, bit = step(), step()
        if keep:
            yield bit


def number(bits):
    return int("".join(str(next(bits)) for _ in range(BITS)), 2)


def parameters():
    """Returns round constants (a row a round) and the matrix."""
    bits = grain()
    constants = []
    while len(constants) < (FULL + PARTIAL) * T:
        candidate = number(bits)
        if candidate < P:
            constants.append(candidate)
    while True:
        drawn = [number(bits) % P for _ in range(2 * T)]
        xs, ys = drawn[:T], drawn[T:]
        if len(set(drawn)) == 2 * T and all((x + y) % P for x in xs for y in ys):
            break
    matrix = [[pow(x + y, -1, P) for y in ys] for x in xs]
    return [constants[i : i + T] for i in range(0, len(constants), T)], matrix


# ---- the permutation as the paper states it ------------------------------------------------------------------------


def permute(inputs, constants, matrix):
    """Returns word 0 of the permutation of (0, inputs)."""
    state = [0] + list(inputs)
    for index, row in enumerate(constants):
        state = [(a + c) % P for a, c in zip(state, row)]
        if FULL // 2 <= index < FULL // 2 + PARTIAL:
            state[0] = pow(state[0], 5, P)
        else:
            state = [pow(a, 5, P) for a in state]
        state = apply(matrix, state)
    return state[0]


# ---- linear algebra ------------------------------------------------------------------------------------------------


def dot(a, b):
    return sum(x * y for x, y in zip(a, b)) % P


def apply(matrix, vector):
    return [dot(row, vector) for row in matrix]


def product(a, b):
    columns = list(zip(*b))
    return [[dot(row, column) for column in columns] for row in a]


def inverse(matrix):
    n = len(matrix)
    work = [list(row) + [int(i == j) for j in range(n)] for i, row in enumerate(matrix)]
    for column in range(n):
        pivot = next(i for i in range(column, n) if work[i][column])
        work[column], work[pivot] = work[pivot], work[column]
        scale = pow(work[column][column], -1, P)
        work[column] = [value * scale % P for value in work[column]]
        for i in range(n):
            factor = work[i][column]
            if i != column and factor:
                work[i] = [(a - factor * b) % P for a, b in zip(work[i], work[column])]
    return [row[n:] for row in work]


def bordered(matrix):
    """The matrix with a 1 put before it on the diagonal: word 0 keeps its place."""
    return [[1] + [0] * len(matrix)] + [[0] + list(row) for row in matrix]


# ---- the schedule that Poseidon13.sol follows ----------------------------------------------------------------------


def schedule(constants, matrix):
    """Returns the words of the data contract, in the order in which Poseidon13.sol reads them."""
    half = FULL // 2
    m, w = matrix[0][0], matrix[0][1:]
    v = [row[0] for row in matrix[1:]]
    a = [row[1:] for row in matrix[1:]]

    basis, row = [], w
    for _ in range(T - 1):
        basis.append(row)
        row = apply(list(zip(*a)), row)  # row times A
    h = [dot(row_i, v) for row_i in basis]
    back = inverse(basis)
    f = apply(list(zip(*back)), row)  # w A^12 in the basis

    scalars, carried, into_word_0 = [], [0] * (T - 1), 0
    for index in range(half, half + PARTIAL):
        scalars.append((constants[index][0] + into_word_0) % P)
        x = [(d + c) % P for d, c in zip(carried, constants[index][1:])]
        into_word_0, carried = dot(w, x), apply(a, x)
    after = constants[half + PARTIAL]
    first_after = [(after[0] + into_word_0) % P] + [(d + c) % P for d, c in zip(carried, after[1:])]

    opening = constants[:half]
    closing = [first_after] + constants[half + PARTIAL + 1 :]
    flat = lambda rows: [value for row in rows for value in row]
    return (
        flat(opening) + scalars + flat(closing) + [m] + h + f
        + flat(matrix) + flat(product(bordered(basis), matrix)) + flat(bordered(back))
    )


def permute_by_schedule(inputs, words):
    """The same value from the schedule alone, the way the contract computes it."""
    half, at = FULL // 2, 0

    def take(count):
        nonlocal at
        at += count
        return words[at - count : at]

    opening = [take(T) for _ in range(half)]
    scalars = take(PARTIAL)
    closing = [take(T) for _ in range(half)]
    m, *h = take(T)
    f = take(T - 1)
    matrix, into, back = ([take(T) for _ in range(T)] for _ in range(3))
    assert at == len(words)

    state = [0] + list(inputs)
    for index, row in enumerate(opening):
        state = [pow(s + c, 5, P) for s, c in zip(state, row)]
        state = apply(into if index == half - 1 else matrix, state)
    s, y = state[0], state[1:]
    for scalar in scalars:
        u = pow(s + scalar, 5, P)
        feedback = dot(f, y)
        s = (m * u + y[0]) % P
        y = [(shifted + h_i * u) % P for shifted, h_i in zip(y[1:] + [feedback], h)]
    state = apply(back, [s] + y)
    for row in closing:
        state = apply(matrix, [pow(s + c, 5, P) for s, c in zip(state, row)])
    return state[0]


# ---- the two files -------------------------------------------------------------------------------------------------


def keccak256(data):
    """Keccak-256, for the code hash that Poseidon13.sol pins."""
    mask = (1 << 64) - 1
    rotate = lambda value, count: ((value << count) | (value >> (64 - count))) & mask if count else value

    lfsr, round_constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            if lfsr & 1:
                constant |= 1 << ((1 << j) - 1)
            lfsr = (lfsr << 1) ^ (0x171 if lfsr & 0x80 else 0)
        round_constants.append(constant)

    lanes = [[0] * 5 for _ in range(5)]
    rate = 136
    padded = bytearray(data + b"\x01" + b"\x00" * (-(len(data) + 1) % rate))
    padded[-1] |= 0x80
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            lanes[i % 5][i // 5] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        for constant in round_constants:
            column = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
            for x in range(5):
                d = column[(x - 1) % 5] ^ rotate(column[(x + 1) % 5], 1)
                for y in range(5):
                    lanes[x][y] ^= d
            x, y, current = 1, 0, lanes[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                current, lanes[x][y] = lanes[x][y], rotate(current, (t + 1) * (t + 2) // 2 % 64)
            for y in range(5):
                row = [lanes[x][y] for x in range(5)]
                for x in range(5):
                    lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & mask & row[(x + 2) % 5])
            lanes[0][0] ^= constant
    return b"".join(lanes[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def render_solidity(words):
    code = b"\x00" + b"".join(word.to_bytes(32, "big") for word in words)
    lines = "\n".join(f'            hex"{word:064x}"' for word in words)
    return f"""// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

// Written by tools/poseidon13.py; do not edit.

// Keccak-256 of the code that {{Poseidon13Constants}} leaves on the chain.
bytes32 constant POSEIDON13_CODE_HASH = 0x{keccak256(code).hex()};

/// @title Constants of {{Poseidon13}}, as the code of a contract
/// @notice The code is one STOP byte and {len(words)} words; it can only be read.
contract Poseidon13Constants {{
    constructor() {{
        bytes memory code =
            hex"00"
{lines};
        assembly ("memory-safe") {{
            return(add(code, 0x20), mload(code))
        }}
    }}
}}
"""


def header_tag_state(tag, length):
    """The first chaining value of H (docs/formats.md, 3)."""
    return (0x74726962757465 << 128) + (1 << 96) + (tag << 64) + length


def render_vectors(constants, matrix, words):
    inputs = {
        "zeros": [0] * 12,
        "ones": [1] * 12,
        "counting": list(range(1, 13)),
        "largest": [P - 1] * 12,
        "alternating": [0, P - 1] * 6,
        "first only": [1] + [0] * 11,
        "last only": [0] * 11 + [1],
    }
    value = 7
    for case in range(9):
        drawn = []
        for _ in range(12):
            value = pow(value, 5, P) + case + 1
            drawn.append(value % P)
        inputs[f"drawn {case}"] = drawn
    vectors = []
    for name, case in inputs.items():
        output = permute(case, constants, matrix)
        assert output == permute_by_schedule(case, words), name
        vectors.append({"inputs": [f"0x{v:064x}" for v in case], "name": name, "output": f"0x{output:064x}"})
    indices = []
    for header, table in [(0, 0), (1, 2), ((1 << 248) - 1, P - 1), (inputs["drawn 0"][0] >> 8, inputs["drawn 1"][3])]:
        block = [header_tag_state(3, 2), header, table] + [0] * 9
        commitment = permute(block, constants, matrix)
        indices.append({"headerDigest": f"0x{header:064x}", "indexCommitment": f"0x{commitment:064x}", "tableCommitment": f"0x{table:064x}"})
    return json.dumps({"indices": indices, "permutations": vectors}, indent=1) + "\n"


def main():
    constants, matrix = parameters()
    words = schedule(constants, matrix)
    files = {SOLIDITY: render_solidity(words), VECTORS: render_vectors(constants, matrix, words)}
    if sys.argv[1:] == ["--check"]:
        stale = [path.name for path, text in files.items() if not path.is_file() or path.read_text() != text]
        if stale:
            sys.exit(f"stale: {', '.join(stale)}; run tools/poseidon13.py")
        print(f"{len(words)} words and {len(files)} files recomputed: equal")
        return
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
