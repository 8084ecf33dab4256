"""Every word that the transcript of a stored proof absorbs, and every challenge, with its name.

Written from docs/formats.md, sections 7, 8, 10 and 14: what a proof's words are follows from its plan.
"""

import json
from pathlib import Path

import formats as f
from poseidon import P

TESTS = Path(__file__).resolve().parent.parent
# The field of the curve's coordinates.
Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583


# G1, on affine points; None is the point at infinity.

def add(left, right):
    if left is None or right is None:
        return right if left is None else left
    if left[0] == right[0]:
        if (left[1] + right[1]) % Q == 0:
            return None
        slope = 3 * left[0] ** 2 * pow(2 * left[1], -1, Q)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, Q)
    x = (slope**2 - left[0] - right[0]) % Q
    return x, (slope * (left[0] - x) - left[1]) % Q


def times(scalar, point):
    total = None
    for bit in bin(scalar % P)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def number(text):
    return int(text, 16)


def words_of(proof):
    data = bytes.fromhex(proof[2:])
    assert len(data) % 32 == 0
    return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]


class Reader:
    """Takes the words of a proof one by one, and writes down what becomes of them."""

    def __init__(self, proof):
        self.words, self.transcript, self.steps = iter(words_of(proof)), f.Transcript(), []

    def absorb(self, name, value):
        self.transcript.absorb(value)
        self.steps.append([name, "absorb", "0x" + f.word(value).hex()])

    def challenge(self, name):
        value = self.transcript.challenge()
        self.steps.append([name, "challenge", "0x" + self.transcript.state.hex()])
        return value

    def scalar(self, name):
        self.absorb(name, next(self.words))

    def point(self, name):
        coordinates = next(self.words), next(self.words)
        for axis, value in zip("xy", coordinates):
            self.absorb(f"{name}, {axis}", value)
        return coordinates


def link_layout(plan):
    circuit, link = plan["circuit"], plan["link"]
    bases = [tuple(map(number, base)) for base in link["bases"]]
    if circuit["kind"] == "bare":
        return f.link_layout(plan["k"], link["columns"], None, 0, 0, bases)
    first_row, spread = plan["instances"] + 2, circuit["queries"] // circuit["threads"]
    return f.link_layout(plan["k"], link["columns"], circuit, first_row, spread, bases)


def link(reader, plan, columns, registered):
    reader.absorb("link: layout digest", int.from_bytes(link_layout(plan), "big"))
    for column, point in enumerate(registered):
        for axis, value in zip("xy", point):
            reader.absorb(f"link: registered commitment {column}, {axis}", value)
    gamma, difference = reader.challenge("link: gamma"), None
    for column, (mine, theirs) in enumerate(zip(columns, registered)):
        apart = add(mine, (theirs[0], -theirs[1] % Q))
        difference = add(difference, times(pow(gamma, column, P), apart))
    for axis, value in zip("xy", difference):
        reader.absorb(f"link: D, {axis}", value)
    reader.point("link: T")
    reader.challenge("link: e")
    # The two responses: read, and absorbed by nobody.
    next(reader.words), next(reader.words)


def steps(plan, instances, proof, registered=None):
    """The transcript of a proof, with its link where commitments are registered."""
    reader = Reader(proof)
    reader.absorb("transcript_repr", number(plan["transcript_repr"]))
    for place, value in enumerate(instances):
        reader.absorb(f"public input {place}", value)
    advice = {}
    for phase in range(max(plan["advice_phases"], default=0) + 1):
        for column, of in enumerate(plan["advice_phases"]):
            if of == phase:
                advice[column] = reader.point(f"advice {column}")
        for place, of in enumerate(plan["challenge_phases"]):
            if of == phase:
                reader.challenge(f"challenge {place} of phase {phase}")
    for name in ("theta", "beta", "gamma"):
        reader.challenge(name)
    products = -(-len(plan["permutation"]) // max(1, plan["degree"] - 2))
    for place in range(products):
        reader.point(f"running product {place}")
    reader.point("random polynomial")
    reader.challenge("y")
    for place in range(plan["degree"] - 1):
        reader.point(f"limb {place} of the quotient")
    reader.challenge("x")
    for kind in ("advice", "fixed"):
        for column, rotation in plan[f"{kind}_queries"]:
            reader.scalar(f"{kind} {column} at {rotation}")
    reader.scalar("random polynomial at x")
    for place in range(len(plan["permutation"])):
        reader.scalar(f"permutation polynomial {place}")
    for place in range(products):
        for at in ("x", "the next row", "the last row")[: 2 + (place + 1 < products)]:
            reader.scalar(f"running product {place} at {at}")
    reader.challenge("opening: y")
    reader.challenge("opening: v")
    reader.point("opening: quotient")
    reader.challenge("opening: u")
    reader.point("opening: proof")
    if registered is not None:
        columns = [advice[column] for column in range(plan["link"]["columns"])]
        link(reader, plan, columns, registered)
    assert next(reader.words, None) is None, "words behind the proof"
    return reader.steps


# What the stored proofs are about.

def load(*name):
    return json.loads(TESTS.joinpath(*name).read_text("utf-8"))


def plain(value):
    """Field elements and decimal strings as integers."""
    if isinstance(value, str) and value.startswith("0x"):
        return number(value)
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def registered(registration):
    plan, words = registration["plan"], words_of(registration["binding"]["proof"])
    return [tuple(words[2 * column : 2 * column + 2]) for column in range(plan["link"]["columns"])]


def stored():
    """The stored proofs of each kind, and the equations of no circuit in particular."""
    one, proof = load("fixtures", "registration.json"), load("fixtures", "proof.json")
    instances = f.public_inputs(plain(proof["statement"]))
    yield "query and link", steps(one["plan"], instances, proof["proof"], registered(one))
    many, proof = load("fixtures", "batch_registration.json"), load("fixtures", "batch_proof.json")
    instances = f.batch_inputs(plain(proof["statement"]), many["plan"]["circuit"]["queries"])
    yield "batch and link", steps(many["plan"], instances, proof["proof"], registered(many))
    subject = plain(one["subject"])
    instances = [subject["model_commitment"], subject["index_commitment"]]
    yield "binding", steps(one["binding"]["plan"], instances, one["binding"]["proof"])
    index = load("fixtures", "index.json")
    instances = f.index_inputs(subject, index["plan"]["circuit"])
    yield "index", steps(index["plan"], instances, index["proof"])
    for path in sorted(TESTS.joinpath("vectors", "plonk").glob("*.json")):
        case = load("vectors", "plonk", path.name)
        if "link" not in case["plan"]:
            instances = list(map(number, case["instances"]))
            yield path.stem, steps(case["plan"], instances, case["proof"])


def vectors():
    return dict(stored())
