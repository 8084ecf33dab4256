"""Boundary vectors of the integer semantics, in plain Python integers.

    python boundary.py > boundary.json

Standard library only. Each vector has a name that says what it probes.
"""
import json
import random
from decimal import ROUND_FLOOR, Decimal, getcontext

getcontext().prec = 80
PPM, SPAN = 10**6, 16 * 1024


def half_up(value, bits):
    quotient, rest = divmod(value, 1 << bits)
    return quotient + (1 if 2 * rest >= 1 << bits else 0)


def half_up_ratio(a, b):
    quotient, rest = divmod(a, b)
    return quotient + (1 if 2 * rest >= b else 0)


def table_row(n):
    """2^24 e^(-n/1024), rounded half up."""
    return int((2**24 * (Decimal(-n) / 1024).exp() + Decimal("0.5")).to_integral_value(ROUND_FLOOR))


HIGH = [table_row(128 * i) for i in range(128)]
LOW = [table_row(j) for j in range(128)]


def exponential(gap):
    d = min(gap, SPAN - 1)
    return half_up(HIGH[d // 128] * LOW[d % 128], 24)


def winner(values):
    return values.index(max(values))


def opposed(values, label):
    """-v elsewhere, the sum of the others at the label."""
    return [sum(values) - v if c == label else -v for c, v in enumerate(values)]


def shares(scores):
    kept = [max(s, 0) for s in scores]
    total = sum(kept)
    steps = [PPM * sum(kept[:c + 1]) // total if total else 0 for c in range(len(kept))]
    return steps, [now - before for before, now in zip([0] + steps, steps)]


def run(model, table, kind, x):
    """One query through hidden layers [(W in x out, b)], the head and the table [k][a][c]."""
    h, scale = list(x), 8
    for number, (weights, biases) in enumerate(model["hidden"], 1):
        sums = [b + sum(v * weights[i][j] for i, v in enumerate(h)) for j, b in enumerate(biases)]
        h, scale = [half_up(max(s, 0), 12 + scale - 8) for s in sums], 8
        for unit, v in enumerate(h):
            if v >= 1 << 16:
                return {"error": ["activation", number, unit, v]}
    h.append(256)
    z = [half_up(sum(v * row[a] for v, row in zip(h, model["head"])), 14) for a in range(model["classes"])]
    for a, v in enumerate(z):
        if not -(1 << 23) <= v < 1 << 23:
            return {"error": ["logit", 0, a, v]}
    label = winner(z)
    e = [exponential(max(z) - v) for v in z]
    r = opposed(e, label)
    saturated = r[label] < 16 * (len(z) - 1)
    used = r if kind == "query" else [int(a == label) for a in range(len(z))]
    contributors = len(table[0][0])
    scores = [sum(h[k] * used[a] * table[k][a][c] for k in range(len(h)) for a in range(len(z))) for c in range(contributors)]
    steps, weights = shares(scores)
    unattributed = max(scores) <= 0 or (saturated and kind == "query")
    if unattributed:
        steps, weights = [0] * contributors, [0] * contributors
    return {"features": h, "logits": z, "class": label, "exponentials": e, "residual": used, "saturated": saturated,
            "scores": [str(s) for s in scores], "cumulative": steps, "weights_ppm": weights, "unattributed": unattributed}


def rescales():
    for name, x, k in [("zero", 0, 1), ("half", 1, 1), ("minus half", -1, 1), ("minus one and a half", -3, 1),
                       ("just below half", (1 << 11) - 1, 12), ("exactly half", 1 << 11, 12), ("minus exactly half", -(1 << 11), 12),
                       ("just below minus half", -(1 << 11) - 1, 12), ("largest head sum", 65535 * 65535 * (1 << 23), 14),
                       ("smallest head sum", -65535 * 65535 * (1 << 23), 14), ("minus one", -1, 14), ("minus whole", -(1 << 14), 14)]:
        yield {"name": name, "value": x, "bits": k, "out": half_up(x, k)}


def divisions():
    for name, a, b in [("zero", 0, 1), ("half rounds up", 1, 2), ("below half", 1, 3), ("above half", 2, 3), ("half of odd", 5, 10),
                       ("one less", 4, 10), ("whole", 30, 10), ("one of one", 1 << 44, 1 << 24), ("of ten equal", 1 << 44, 10 << 24)]:
        yield {"name": name, "dividend": a, "divisor": b, "out": half_up_ratio(a, b)}


def softmaxes():
    for name, z in [("two equal", [0, 0]), ("ten equal", [7] * 10), ("one step", [1, 0]), ("last wins", [-3, -2, -1]),
                    ("gap of 16 nats less one", [0, -SPAN + 1]), ("gap of 16 nats", [0, -SPAN]), ("widest gap", [-(1 << 23), (1 << 23) - 1]),
                    ("table seams", [0, -127, -128, -129, -255, -256]), ("not monotone", [0, -13567, -13568]),
                    ("many far below", [0] + [-SPAN] * 255), ("tie of first and last", [5, 4, 5])]:
        e = [exponential(max(z) - v) for v in z]
        p = [half_up_ratio(v << 20, sum(e)) for v in e]
        yield {"name": name, "logits": z, "class": winner(z), "exponentials": e, "probabilities": p,
               "residuals": [opposed(p, label) for label in range(len(z))]}


def weightings():
    big = 1 << 110
    for name, s in [("thirds", [1, 1, 1]), ("single", [5]), ("single largest", [(1 << 126) - 1]), ("single negative", [-5]),
                    ("all zero", [0, 0]), ("all negative", [-1, -big]), ("last takes the rest", [1, 1, 1, 1, 1, 1, 1]),
                    ("clipped between", [big, -big, big - 1]), ("below one part", [1, 10**6, 10**6]),
                    ("telescoping", [big // 7, big // 11, 1, big // 13, 0, big // 3]), ("exact part", [1, 10**6 - 1]),
                    ("just under", [10**6 - 1, 1, 10**12]), ("trailing zeros", [3, 0, 0, -1])]:
        steps, weights = shares(s)
        yield {"name": name, "scores": [str(v) for v in s], "cumulative": steps, "weights_ppm": weights}


def queries():
    draw = random.Random(20)
    signed = lambda bits: draw.randrange(-(1 << bits), 1 << bits)
    for name, widths, classes, contributors in [("logistic regression", [5], 3, 4), ("one hidden layer", [6, 4], 3, 5),
                                                ("two hidden layers", [4, 5, 3], 4, 3), ("single contributor", [3, 2], 2, 1),
                                                ("many classes", [2], 17, 2), ("three hidden layers", [3, 3, 3, 3], 2, 6)]:
        for kind in ("query", "one hot"):
            for turn in range(6):
                hidden = [([[signed(11) for _ in range(b)] for _ in range(a)], [signed(16) for _ in range(b)]) for a, b in zip(widths, widths[1:])]
                model = {"hidden": hidden, "head": [[signed(15) for _ in range(classes)] for _ in range(widths[-1] + 1)], "classes": classes}
                table = [[[signed(40) for _ in range(contributors)] for _ in range(classes)] for _ in range(widths[-1] + 1)]
                yield vector(f"{name} {turn}", model, table, kind, [signed(9) for _ in range(widths[0])])
    plain = lambda head: {"hidden": [], "head": head, "classes": len(head[0])}
    step = plain([[1 << 14, 0], [0, 0]])        # logits x and 0
    ones = [[[1], [0]], [[1], [0]]]
    edge = min(x for x in range(1, 32000) if exponential(x) < 16)
    yield vector("last unsaturated", step, ones, "query", [edge - 1])
    yield vector("first saturated", step, ones, "query", [edge])
    yield vector("saturated one hot", step, ones, "one hot", [edge])
    yield vector("tie goes to the lower class", step, ones, "query", [0])
    yield vector("every score negative", step, [[[-1, -2], [0, 0]], [[-1, -2], [0, 0]]], "query", [9])
    yield vector("every score zero", step, [[[0, 0], [0, 0]], [[0, 0], [0, 0]]], "query", [9])
    extreme = [[[-(1 << 55), (1 << 55) - 1], [(1 << 55) - 1, -(1 << 55)]]] * 2
    yield vector("widest entries", step, extreme, "query", [32767])
    yield vector("widest negative input", step, extreme, "query", [-32768])
    yield vector("widest one hot", step, extreme, "one hot", [-32768])
    tower = lambda b: {"hidden": [([[0]], [b])], "head": [[1, 0], [0, 0]], "classes": 2}
    yield vector("largest activation", tower(65536 * 4096 - 2049), ones, "query", [1])
    yield vector("activation of 256", tower(65536 * 4096 - 2048), ones, "query", [1])
    yield vector("negative sum is cut", tower(-1), ones, "query", [1])
    tall = plain([[0, 1 << 22], [0, 255 << 6]])
    yield vector("largest logit", tall, ones, "query", [32767])
    yield vector("logit half a step above", plain([[0, 1 << 22], [0, (255 << 6) + 32]]), ones, "query", [32767])
    deep = plain([[0, -(1 << 23)], [0, 0]])
    yield vector("smallest logit", deep, ones, "query", [16384])
    yield vector("logit below the smallest", deep, ones, "query", [16385])


def vector(name, model, table, kind, x):
    return {"name": name, "hidden": [{"weight": w, "bias": b} for w, b in model["hidden"]], "head": model["head"], "classes": model["classes"],
            "table": table, "kind": kind, "input": x, "expect": run(model, table, kind, x)}


def digest():
    """Every value of the exponential in one number: s = 1000003 s + E mod 2^61 - 1, from 0."""
    s = 0
    for d in range(SPAN):
        s = (s * 1000003 + exponential(d)) % (2**61 - 1)
    return s


samples = [0, 1, 127, 128, 1023, 1024, 13567, 13568, SPAN - 1, SPAN, 1 << 23, (1 << 24) - 1]
admissions = [{"name": "labels are not looked at", "rows": [[1, 2], [1, 2], [2, 1]], "bits": [1, 0, 1]},
              {"name": "third copy", "rows": [[0], [0], [0], [-1]], "bits": [1, 0, 0, 1]},
              {"name": "all differ", "rows": [[-32768], [32767], [0]], "bits": [1, 1, 1]}, {"name": "none", "rows": [], "bits": []}]


def main():
    print("{")
    print('"exponential_digest": %d,' % digest())
    print('"exponential": %s,' % json.dumps([[d, exponential(d)] for d in samples]))
    lists = {"rescale": rescales(), "round_div": divisions(), "softmax": softmaxes(), "weights": weightings(), "admission": admissions, "query": queries()}
    for at, (name, items) in enumerate(lists.items()):
        print(f'"{name}": [\n' + ",\n".join(json.dumps(i, separators=(",", ":")) for i in items) + ("\n]" if at + 1 == len(lists) else "\n],"))
    print("}")


if __name__ == "__main__":
    main()
