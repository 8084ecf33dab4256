#!/usr/bin/env python3
"""Writes the vectors in ../vectors, or with --check compares them with what stands there.

Needs nothing but the standard library and shares nothing with the crates: Keccak, Poseidon's constants
and every format are made here from their definitions.
"""

import json
import pathlib
import sys
sys.dont_write_bytecode = True

import absorbed  # noqa: E402
import formats as f  # noqa: E402
import keccak  # noqa: E402
import poseidon  # noqa: E402

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"


class Stream:
    """Integers that look arbitrary and are the same on every machine."""

    def __init__(self, seed):
        self.seed, self.count = seed.encode(), 0

    def below(self, limit):
        self.count += 1
        digest = keccak.keccak(self.seed + self.count.to_bytes(8, "big"))
        return int.from_bytes(digest, "big") % limit

    def signed(self, bits):
        return self.below(1 << bits) - (1 << bits - 1)

    def many(self, bits, *shape):
        if not shape:
            return self.signed(bits)
        return [self.many(bits, *shape[1:]) for _ in range(shape[0])]

    def element(self):
        return self.below(f.P)


def flat(nested):
    return [value for row in nested for value in row]


def field():
    p = f.P
    accepted = [0, 1, 255, 256, 1 << 64, 1 << 128, (1 << 248) - 1, p - 1]
    low = f.text(0xABCDEF)
    refused = {
        "the order itself": "0x" + format(p, "064x"),
        "the largest word": "0x" + "f" * 64,
        "upper case": low.replace("abcdef", "ABCDEF"),
        "no prefix": low[2:],
        "upper-case prefix": "0X" + low[2:],
        "one digit short": low[:-1],
        "one digit long": low + "0",
        "a space": " " + low[:-1],
        "no digit": low[:-1] + "g",
        "empty": "",
        "a sign": "-" + low,
    }
    digests = [bytes(32), bytes([255] * 32), bytes(range(1, 33)), keccak.keccak(b"tribute")]
    return {
        "accepted": [{"decimal": str(v), "text": f.text(v)} for v in accepted],
        "refused": [{"name": name, "text": text} for name, text in refused.items()],
        "keccak": [
            {"message": "0x" + m.hex(), "digest": "0x" + keccak.keccak(m).hex()}
            for m in (b"", b"abc", bytes(range(135)), bytes(range(136)), bytes(range(137)))
        ],
        "truncated": [
            {"digest": "0x" + d.hex(), "element": f.text(f.trunc(d))} for d in digests
        ],
    }


def packing():
    vectors, refused = [], []
    for width, (bits, signed) in f.WIDTHS.items():
        low = -(1 << bits - 1) if signed else 0
        high = low + (1 << bits) - 1
        slots = 252 // bits
        stream = Stream("packing " + width)

        def some(count):
            return [low + stream.below(1 << bits) for _ in range(count)]

        cases = {
            "no value": [],
            "smallest": [low],
            "largest": [high],
            "zero": [0],
            "one element full of the largest": [high] * slots,
            "one value beyond an element": [high] * slots + [low],
            "one short of an element": some(slots - 1),
            "two elements and a half": some(2 * slots + slots // 2),
        }
        for name, values in cases.items():
            elements = [f.text(e) for e in f.pack(width, values)]
            vectors.append({"name": name, "width": width, "values": values, "elements": elements})
        for name, value in {"below the smallest": low - 1, "above the largest": high + 1}.items():
            refused.append({"name": name, "width": width, "value": value})
    return {"packed": vectors, "refused": refused}


def hash_vectors():
    vectors = []
    for tag in (1, 2, 3, 4, 5, 6, 7):
        for count in (0, 1, 11, 12, 23) if tag in (1, 6) else (2,):
            elements = [Stream(f"hash {tag} {count} {i}").element() for i in range(count)]
            vectors.append((f"tag {tag}, {count} elements", tag, elements))
    vectors.append(("one zero is not nothing", 1, [0]))
    vectors.append(("eleven zeros are not nothing", 1, [0] * 11))
    vectors.append(("the largest elements", 7, [f.P - 1] * 12))
    permuted = [Stream(f"permutation {i}").element() for i in range(12)]
    return {
        "permutation": [
            {"inputs": [f.text(e) for e in inputs], "output": f.text(f.P12.hash(inputs))}
            for inputs in ([0] * 12, list(range(1, 13)), permuted)
        ],
        "round_constants_keccak": "0x"
        + keccak.keccak(b"".join(map(f.word, flat(f.P12.constants)))).hex(),
        "matrix_keccak": "0x" + keccak.keccak(b"".join(map(f.word, flat(f.P12.matrix)))).hex(),
        "hashes": [
            {
                "name": name,
                "tag": tag,
                "elements": [f.text(e) for e in elements],
                "hash": f.text(f.chain(tag, elements)),
            }
            for name, tag, elements in vectors
        ],
    }


def commitments():
    models = []
    shapes = {
        "logistic regression": (4, [], 3),
        "one hidden layer": (16, [7], 10),
        "segments that fill their elements": (15, [14, 4], 2),
        "three hidden layers": (3, [5, 1, 2], 4),
        "the smallest": (1, [], 2),
    }
    for name, (inputs, widths, classes) in shapes.items():
        stream = Stream("model " + name)
        hidden, width = [], inputs
        for outputs in widths:
            hidden.append((stream.many(16, width, outputs), stream.many(32, outputs)))
            width = outputs
        head = stream.many(24, width + 1, classes)
        salt = stream.element()
        commitment = f.model_commitment(salt, inputs, hidden, classes, head)
        models.append({
            "name": name,
            "salt": f.text(salt),
            "inputs": inputs,
            "hidden": [{"weights": flat(w), "outputs": len(b), "biases": b} for w, b in hidden],
            "classes": classes,
            "head": flat(head),
            "commitment": f.text(commitment),
        })

    inputs = []
    for count in (1, 15, 16, 64):
        stream = Stream(f"input {count}")
        salt, values = stream.element(), stream.many(16, count)
        inputs.append((f"{count} values", salt, values))
    inputs.append(("the ends", 0, [-32768, 32767]))
    inputs.append(("a raw zero behind", 0, [-32768, 32767, -32768]))

    tables = []
    for name, (contributors, features, classes) in {
        "one contributor": (1, 2, 2),
        "three contributors": (3, 5, 4),
        "elements that are full": (2, 3, 2),
    }.items():
        stream = Stream("table " + name)
        salt, values = stream.element(), stream.many(56, contributors, features, classes)
        tables.append({
            "name": name,
            "salt": f.text(salt),
            "features": features,
            "classes": classes,
            "contributors": contributors,
            "by_contributor": [[str(v) for v in flat(table)] for table in values],
            "commitment": f.text(f.table_commitment(salt, values)),
        })

    return {
        "models": models,
        "inputs": [
            {
                "name": name,
                "salt": f.text(salt),
                "values": values,
                "commitment": f.text(f.input_commitment(salt, values)),
            }
            for name, salt, values in inputs
        ],
        "tables": tables,
    }


PAYEES = {
    "one": [("ada", 1)],
    "the order of three": [("cy", 3), ("ada", 1), ("bob", (1 << 160) - 1)],
    "names beyond ASCII": [("Зоя", 0xAB << 152), ("naïve café", 0xCD), ("人", 1 << 80)],
    "a long name": [("n" * 500, 7)],
}


def payees():
    return [
        {
            "name": name,
            "payees": [{"name": n, "address": "0x" + format(a, "040x")} for n, a in entries],
            "digest": "0x" + f.payees_digest(entries).hex(),
        }
        for name, entries in PAYEES.items()
    ]


def headers():
    vectors = []
    for number, (method, id_number) in enumerate(f.METHODS.items()):
        stream = Stream("header " + method)
        entries = list(PAYEES.values())[number]
        newton = id_number >= 3
        header = {
            "profile": 20,
            "method": id_number,
            "model_commitment": stream.element(),
            "dataset_root": stream.element(),
            "rows": stream.below(1 << 21),
            "contributors": len(entries),
            "payees_digest": int.from_bytes(f.payees_digest(entries), "big"),
            "lam": 1 + stream.below(1 << 16),
            "sigma": 68 if newton else 0,
            "eta": 65 if newton else 0,
            "epsilon": stream.below(1 << 90),
            "norm_sum": (1 << 128) - 1 if number == 0 else stream.below(1 << 60),
            "admission": 1,
        }
        header["admitted"] = stream.below(header["rows"] + 1)
        header["validation"] = stream.below((1 << 21) - header["rows"] + 1)
        header["right"] = stream.below(header["rows"] + 1)
        header["validation_right"] = stream.below(header["validation"] + 1)
        header["head_norm"] = stream.below(1 << 34)
        table = stream.element()
        # The first is not to be registered on a chain.
        header["registrar"] = stream.below(1 << 160) if number else 0
        header["contributors_ppm"] = [0, 0, stream.below(1_000_001), 1_000_000][number]
        digest = f.header_digest(header)
        shown = dict(header, method=method, admission="first-registered")
        for name in ("model_commitment", "dataset_root"):
            shown[name] = f.text(header[name])
        shown["registrar"] = "0x" + format(header["registrar"], "040x")
        shown["payees_digest"] = "0x" + format(header["payees_digest"], "064x")
        for name in ("epsilon", "norm_sum"):
            shown[name] = str(header[name])
        vectors.append({
            "name": method,
            "header": shown,
            "digest": f.text(digest),
            "table_commitment": f.text(table),
            "index_commitment": f.text(f.index_commitment(digest, table)),
        })
    return vectors


def dataset():
    secret = keccak.keccak(b"a dataset salt")
    rows = []
    for number in range(9):
        stream = Stream(f"row {number}")
        rows.append({
            "label": stream.below(10),
            "owner": stream.below(3),
            "features": stream.many(16, 17),
        })
    rows[3].update(label=65535, owner=65535)
    leaves = []
    for number, row in enumerate(rows):
        salt = f.row_salt(secret, number)
        leaves.append(f.leaf(salt, row["label"], row["owner"], number, row["features"]))
        row.update(salt=f.text(salt), leaf=f.text(leaves[-1]))
    children = [Stream(f"child {i}").element() for i in range(8)]
    last = f.row_salt(secret, 8**7 - 1)
    many = leaves * 8  # 72 places: two nodes of level 2
    return {
        "dataset_salt": "0x" + secret.hex(),
        "rows": rows,
        "last_place": {
            "number": 8**7 - 1, "salt": f.text(last),
            "leaf": f.text(f.leaf(last, 1, 2, 8**7 - 1, [-1])),
        },
        "nodes": [
            {"level": n, "children": [*map(f.text, children)], "node": f.text(f.node(n, children))}
            for n in (1, 7)
        ],
        "roots": [
            {"rows": n, "root": f.text(f.dataset_root(many[:n]))} for n in (0, 1, 7, 8, 9, 64, 65, 72)
        ],
        "paths": [
            {"rows": n, "row": row, "levels": [[*map(f.text, c)] for c in f.path(many[:n], row)]}
            for n, row in ((1, 0), (9, 8), (9, 3), (72, 63), (72, 70))
        ],
    }


def statements():
    vectors = []
    cases = {
        "two classes, one contributor": (2, 1, 0, False),
        "ten classes, twelve contributors": (10, 12, 9, False),
        "eleven classes, thirteen contributors": (11, 13, 10, False),
        "unattributed": (3, 2, 1, True),
        "256 classes, 25 contributors": (256, 25, 255, False),
    }
    for name, (classes, contributors, output, unattributed) in cases.items():
        stream = Stream("statement " + name)
        logits = [stream.below(1 << 23) - (1 << 23) for _ in range(classes)]
        logits[output] = (1 << 23) - 1
        cuts = sorted(stream.below(1_000_001) for _ in range(contributors - 1))
        weights = [b - a for a, b in zip([0, *cuts], [*cuts, 1_000_000])]
        statement = {
            "context": stream.element(),
            "model_commitment": stream.element(),
            "index_commitment": stream.element(),
            "input_commitment": stream.element(),
            "output": output,
            "logits": logits,
            "weights_ppm": [0] * contributors if unattributed else weights,
            "unattributed": unattributed,
        }
        inputs = [f.text(e) for e in f.public_inputs(statement)]
        for key in list(statement)[:4]:
            statement[key] = f.text(statement[key])
        vectors.append({"name": name, "statement": statement, "public_inputs": inputs})
    return vectors


def batches():
    vectors = []
    cases = {
        # classes, contributors, slots, flags of the queries
        "two slots, one query": (2, 1, 2, [False]),
        "full, seven contributors": (10, 7, 3, [False, False, False]),
        "two words of totals, an empty slot": (11, 8, 4, [False, True, False]),
        "nobody supports anything": (3, 2, 2, [True, True]),
        "256 classes, 25 contributors": (256, 25, 3, [True, False]),
        "large totals": (2, 2, 4096, [False] * 4096),
    }
    for name, (classes, contributors, slots, flags) in cases.items():
        stream = Stream("batch " + name)
        totals, queries = [0] * contributors, []
        if len(flags) > 99:
            # Given in few words: all queries are the same one.
            logits = [-1, 1]
            query = {
                "context": 5, "input_commitment": 6, "output": 1, "logits": logits, "unattributed": False,
            }
            queries, totals = [query] * len(flags), [len(flags) * 1_000_000 - 1, 1]
        else:
            for flag in flags:
                output = stream.below(classes)
                logits = [stream.below(1 << 23) - (1 << 23) for _ in range(classes)]
                logits[output] = (1 << 23) - 1
                cuts = sorted(stream.below(1_000_001) for _ in range(contributors - 1))
                for c, (a, b) in enumerate(zip([0, *cuts], [*cuts, 1_000_000])):
                    totals[c] += 0 if flag else b - a
                queries.append({
                    "context": stream.element(),
                    "input_commitment": stream.element(),
                    "output": output,
                    "logits": logits,
                    "unattributed": flag,
                })
        statement = {
            "model_commitment": stream.element(),
            "index_commitment": stream.element(),
            "queries": queries,
            "totals_ppm": totals,
        }
        inputs = f.batch_inputs(statement, slots)
        vector = {"name": name, "slots": slots, "classes": classes, "attributed": flags.count(False)}
        shown = dict(statement)
        for key in ("model_commitment", "index_commitment"):
            shown[key] = f.text(shown[key])
        if len(flags) > 99:
            joined = b"".join(map(f.word, inputs))
            shown["queries"] = [queries[0]]
            vector.update(repeated=len(flags), count=len(inputs), digest="0x" + keccak.keccak(joined).hex())
        else:
            vector["public_inputs"] = [f.text(e) for e in inputs]
        shown["queries"] = [
            dict(q, context=f.text(q["context"]), input_commitment=f.text(q["input_commitment"]))
            for q in shown["queries"]
        ]
        vector["statement"] = shown
        vectors.append(vector)
    return {
        "cases": [vector for vector in vectors if "repeated" not in vector],
        "repeated": [vector for vector in vectors if "repeated" in vector],
    }


def layouts():
    q = 21888242871839275222246405745257275088696311157297823662689037894645226208583
    bases = [(1, 2), (1, q - 2)]
    point = [[f"0x{c:064x}" for c in base] for base in bases]
    common = {"profile": 20, "residual": "query", "inputs": 64, "hidden": [32], "classes": 10, "contributors": 12}
    vectors = []

    def add(name, k, columns, circuit, shape, first_row, spread):
        digest = f.link_layout(k, columns, shape, first_row, spread, bases)
        vectors.append({
            "name": name, "k": k, "columns": columns, "circuit": circuit, "bases": point,
            "first_row": first_row, "spread": spread, "digest": "0x" + digest.hex(),
        })

    for name, shape in {
        "one query": dict(common, queries=1, threads=1),
        "a batch on one thread": dict(common, queries=64, threads=1),
        "a batch on four threads": dict(common, queries=64, threads=4),
        "one query, one-hot": dict(common, residual="one_hot", queries=1, threads=1),
        "no hidden layer, largest batch": dict(common, hidden=[], queries=4096, threads=4096),
    }.items():
        first_row, spread = f.input_count(shape) + 2, shape["queries"] // shape["threads"]
        rest = {"weight_columns": 3, "limb_lanes": 2, "parameters": {}}
        add(name, 14, 3, dict(shape, kind="inference", **rest), shape, first_row, spread)
        rest = {"weight_columns": 3, "first_row": first_row, "spread": spread, "parameters": {}}
        bound = {key: value for key, value in shape.items() if key not in ("queries", "threads")}
        add(name + ", bound", 14, 3, dict(bound, kind="binding", **rest), shape, first_row, spread)
    add("bare", 6, 2, {"kind": "bare", "name": "bare"}, None, 0, 0)
    return vectors


def transcripts():
    generator = (1, 2)
    cases = {
        "a scalar": [("scalar", 7), "challenge"],
        "nothing": ["challenge"],
        "nothing, twice": ["challenge", "challenge"],
        "the largest scalar": [("scalar", f.P - 1), "challenge"],
        "a point": [("point", generator), "challenge"],
        "repeated challenges": [("scalar", 1), "challenge", "challenge", "challenge"],
        "absorbing between challenges": [
            ("scalar", 1), ("point", generator), "challenge",
            ("scalar", 2), "challenge", "challenge", ("scalar", 3), ("scalar", 4), "challenge",
        ],
        "more than one block of Keccak": [("scalar", i) for i in range(40)] + ["challenge"],
    }
    vectors = []
    for name, steps in cases.items():
        transcript, shown = f.Transcript(), []
        for step in steps:
            if step == "challenge":
                shown.append({"challenge": f.text(transcript.challenge())})
            elif step[0] == "scalar":
                transcript.absorb(step[1])
                shown.append({"words": [f.text(step[1])]})
            else:
                transcript.absorb(*step[1])
                shown.append({"words": [f.text(c) for c in step[1]]})
        vectors.append({"name": name, "steps": shown})
    return vectors


def registrations():
    """Digests of the stored registrations: of what they hold, written as the formats say."""
    fixtures = VECTORS.parent / "fixtures"

    def digest(held):
        text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
        return "0x" + keccak.keccak(text.encode("utf-8")).hex()

    one, batch, index = (
        json.loads((fixtures / f"{name}.json").read_text("utf-8"))
        for name in ("registration", "batch_registration", "index")
    )
    return [
        {"name": "registration", "digest": digest(one)},
        {"name": "registration with index", "digest": digest(one | {"index": index})},
        {"name": "batch_registration", "digest": digest(batch)},
    ]


FILES = {
    "field": field,
    "packing": packing,
    "hash": hash_vectors,
    "commitments": commitments,
    "payees": payees,
    "headers": headers,
    "dataset": dataset,
    "statements": statements,
    "batches": batches,
    "layouts": layouts,
    "transcripts": transcripts,
    "absorbed": absorbed.vectors,
    "registrations": registrations,
}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit("usage: encode.py [--check]")
    keccak.check()
    poseidon.check()
    stale = []
    for name, make in FILES.items():
        path = VECTORS / f"{name}.json"
        text = json.dumps(make(), ensure_ascii=False, indent=1) + "\n"
        if sys.argv[1:]:
            if not path.is_file() or path.read_text("utf-8") != text:
                stale.append(path.name)
        else:
            path.write_text(text, "utf-8")
    if stale:
        sys.exit(f"not as encoded: {', '.join(stale)}")


if __name__ == "__main__":
    main()
