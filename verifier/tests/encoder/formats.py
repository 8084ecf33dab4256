"""The formats of docs/formats.md, section by section, written from the text alone."""

from keccak import keccak
from poseidon import P, Poseidon

P12 = Poseidon(13)


# 1. Field elements

def text(value):
    assert 0 <= value < P
    return "0x" + format(value, "064x")


def word(value):
    return value.to_bytes(32, "big")


def trunc(digest):
    return int.from_bytes(digest, "big") >> 8


# 2. Integers and packing

WIDTHS = {
    "descriptor": (16, False),
    "input": (16, True),
    "head": (24, True),
    "bias": (32, True),
    "table": (56, True),
    "logit": (24, True),
    "ppm": (20, False),
    "total": (32, False),
}


def raw(width, value):
    bits, signed = WIDTHS[width]
    result = value + (1 << bits - 1 if signed else 0)
    assert 0 <= result < 1 << bits, (width, value)
    return result


def pack(width, values):
    bits, _ = WIDTHS[width]
    slots = 252 // bits
    elements = []
    for start in range(0, len(values), slots):
        segment = values[start : start + slots]
        elements.append(sum(raw(width, value) << bits * m for m, value in enumerate(segment)))
    return elements


# 3. Hash

MODEL, TABLE, INDEX, INPUT, LEAF, NODE, ROOT = range(1, 8)


def chain(tag, elements):
    state = (0x74726962757465 << 128) + (1 << 96) + (tag << 64) + len(elements)
    padded = elements + [0] * (-len(elements) % 11 if elements else 11)
    for start in range(0, len(padded), 11):
        state = P12.hash([state, *padded[start : start + 11]])
    return state


# 4. Model and input commitments

def model_commitment(salt, inputs, hidden, classes, head):
    """hidden: a list of (W, b) with W[i][j]; head: W[k][a], the bias row last."""
    widths = [inputs] + [len(bias) for _, bias in hidden]
    elements = [salt] + pack("descriptor", [20, len(hidden), *widths, classes])
    for weights, bias in hidden:
        elements += pack("input", [value for row in weights for value in row])
        elements += pack("bias", bias)
    elements += pack("head", [value for row in head for value in row])
    return chain(MODEL, elements)


def input_commitment(salt, inputs):
    return chain(INPUT, [salt, len(inputs)] + pack("input", inputs))


# 5. Table, header, index commitment

def table_commitment(salt, tables):
    """tables: G[c][k][a], one table for each contributor."""
    contributors, features, classes = len(tables), len(tables[0]), len(tables[0][0])
    entries = [
        tables[c][k][a] for k in range(features) for a in range(classes) for c in range(contributors)
    ]
    descriptor = pack("descriptor", [features, classes, contributors, 56])
    return chain(TABLE, [salt] + descriptor + pack("table", entries))


METHODS = {"tracin": 1, "representer": 2, "influence": 3, "group-newton": 4}

HEADER_WORDS = (
    "profile method model_commitment dataset_root rows contributors payees_digest lam sigma eta "
    "epsilon norm_sum admission admitted validation right validation_right head_norm "
    "registrar contributors_ppm"
).split()


def header_digest(header):
    words = [int.from_bytes(keccak(b"tribute/index-header/3"), "big")]
    words += [header[name] for name in HEADER_WORDS]
    assert len(words) == 21
    return trunc(keccak(b"".join(map(word, words))))


def payees_digest(payees):
    """payees: a list of (name, address as an integer)."""
    words = [keccak(b"tribute/payees/1"), word(len(payees))]
    for name, address in payees:
        words += [keccak(name.encode("utf-8")), word(address)]
    return keccak(b"".join(words))


def index_commitment(digest, table):
    return chain(INDEX, [digest, table])


# 6. Dataset tree

DEPTH = 7


def row_salt(dataset_salt, number):
    return trunc(keccak(b"tribute/row-salt/1" + dataset_salt + number.to_bytes(8, "big")))


def leaf(salt, label, owner, number, features):
    meta = label + owner * 2**16 + number * 2**32
    return chain(LEAF, [salt, meta] + pack("input", features))


def node(level, children):
    assert len(children) == 8
    return chain(NODE, [level, *children])


EMPTY = [0]
for _level in range(1, DEPTH + 1):
    EMPTY.append(node(_level, [EMPTY[-1]] * 8))


def subtree(level, leaves):
    """The node of a level over the first places of its subtree."""
    if not leaves:
        return EMPTY[level]
    if level == 0:
        return leaves[0]
    places = 8 ** (level - 1)
    parts = [leaves[child * places : (child + 1) * places] for child in range(8)]
    return node(level, [subtree(level - 1, part) for part in parts])


def path(leaves, number):
    """The children of the nodes above a leaf, lowest level first."""
    levels = []
    for level in range(1, DEPTH + 1):
        places = 8 ** (level - 1)
        first = number // (8 * places) * 8 * places
        starts = range(first, first + 8 * places, places)
        levels.append([subtree(level - 1, leaves[start : start + places]) for start in starts])
    return levels


def dataset_root(leaves):
    assert len(leaves) <= 8**DEPTH
    return chain(ROOT, [len(leaves), subtree(DEPTH, leaves)])


# 7. Public inputs

def output_elements(answer):
    elements, logits = [], answer["logits"]
    for e in range(-(-len(logits) // 10)):
        part = logits[10 * e : 10 * e + 10]
        element = sum(raw("logit", logit) << 9 + 24 * m for m, logit in enumerate(part))
        if e == 0:
            element += answer["output"] + (answer["unattributed"] << 8)
        elements.append(element)
    return elements


def public_inputs(statement):
    elements = [
        statement[name]
        for name in ("context", "model_commitment", "index_commitment", "input_commitment")
    ]
    elements += output_elements(statement)
    weights = statement["weights_ppm"]
    for e in range(-(-len(weights) // 12)):
        part = weights[12 * e : 12 * e + 12]
        elements.append(sum(weight << 20 * m for m, weight in enumerate(part)))
    return elements


def batch_inputs(statement, slots):
    queries = statement["queries"]
    assert 0 < len(queries) <= slots
    elements = [statement["model_commitment"], statement["index_commitment"]]
    elements += pack("total", statement["totals_ppm"])
    for slot in range(slots):
        if slot < len(queries):
            answer = queries[slot]
            elements += [answer["context"], answer["input_commitment"]] + output_elements(answer)
        else:
            elements += [0] * (2 + -(-len(queries[0]["logits"]) // 10))
    return elements


def index_inputs(subject, circuit):
    """Public inputs of an index proof; `circuit` is what its plan fixes."""
    header = subject["header"]
    numbers = dict(header, method=METHODS[header["method"]], payees_digest=header["payees_digest"])
    numbers |= {"epsilon": int(header["epsilon"]), "norm_sum": int(header["norm_sum"])}
    numbers["admission"] = {"first-registered": 1}[header["admission"]]
    features = (circuit["hidden"][-1] if circuit["hidden"] else circuit["inputs"]) + 1
    fixed = [circuit["profile"], METHODS[circuit["method"]], circuit["eta"], features]
    fixed += [circuit["classes"], circuit["contributors"], circuit["rows"], 0, circuit["validation"]]
    return [
        subject["model_commitment"],
        subject["index_commitment"],
        header["dataset_root"],
        header_digest(numbers),
        header["admitted"],
        header["lam"],
        numbers["epsilon"],
        numbers["norm_sum"],
        header["head_norm"],
        header["right"] + (header["validation_right"] << 32),
        sum(value << 16 * place for place, value in enumerate(fixed)),
    ]


def input_count(shape):
    """Public inputs of an inference plan."""
    outputs = -(-shape["classes"] // 10)
    if shape["queries"] == 1:
        return 4 + outputs + -(-shape["contributors"] // 12)
    return 2 + -(-shape["contributors"] // 7) + shape["queries"] * (2 + outputs)


# 8. Transcript

class Transcript:
    def __init__(self):
        self.state = b""
        self.fresh = False

    def absorb(self, *words):
        for value in words:
            self.state += word(value)
        self.fresh = True

    def challenge(self):
        self.state = keccak(self.state if self.fresh else self.state + b"\x01")
        self.fresh = False
        return int.from_bytes(self.state, "big") % P


# 14. Link

RESIDUALS = {None: 0, "query": 1, "one_hot": 2}

def link_layout(k, columns, shape, first_row, spread, bases):
    """The digest of what linked columns are; no shape for bare equations."""
    empty = {"profile": 0, "residual": None, "inputs": 0, "hidden": [], "classes": 0, "contributors": 0}
    shape = shape or empty
    numbers = [shape["profile"], RESIDUALS[shape["residual"]], k, columns, shape["inputs"], len(shape["hidden"])]
    numbers += shape["hidden"] + [shape["classes"], shape["contributors"], first_row, spread]
    numbers += [coordinate for base in bases for coordinate in base]
    return keccak(keccak(b"tribute/link-layout/3") + b"".join(map(word, numbers)))
