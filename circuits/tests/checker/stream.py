"""The committed stream: docs/rows.md, section 4."""

from field import P, ceil
from formats import pack
from linked import features

ELEMENT_BITS, LIMB_BITS = 252, 8


def limbs(bits):
    return ceil(bits, LIMB_BITS)


def in_element(bits):
    return ELEMENT_BITS // bits


def in_row(bits, lanes):
    """The largest divisor of an element's values that the lanes hold, at least one."""
    room = max(1, lanes // limbs(bits))
    return max(m for m in range(1, in_element(bits) + 1) if in_element(bits) % m == 0 and m <= room)


def segment_rows(bits, count, lanes):
    """Of each row its first value's place in the element, its number of values, whether it ends one."""
    rows, each = [], in_row(bits, lanes)
    for start in range(0, count, in_element(bits)):
        left = min(in_element(bits), count - start)
        at = 0
        while at < left:
            held = each if left - at >= each else 1
            rows.append((at, held, at + held == left))
            at += held
    return rows


def model_items(shape):
    """What the model commitment hashes, item by item."""
    widths = [shape["inputs"], *shape["hidden"]]
    descriptor = [20, len(shape["hidden"]), *widths, shape["classes"]]
    items = ["private"] + [("constant", e) for e in pack("descriptor", descriptor)]
    for inputs, outputs in zip(widths, widths[1:]):
        items += [("values", 16, inputs * outputs), ("values", 32, outputs)]
    return items + [("values", 24, features(shape) * shape["classes"])]


def table_items(shape):
    sizes = [features(shape), shape["classes"], shape["contributors"]]
    items = ["private"] + [("constant", e) for e in pack("descriptor", [*sizes, 56])]
    return items + [("values", 56, sizes[0] * sizes[1] * sizes[2])]


def elements(items):
    """Elements before padding."""
    return sum(
        1 if item == "private" or item[0] == "constant" else ceil(item[2], in_element(item[1]))
        for item in items
    )


def padded(items):
    return items + [("constant", 0)] * (-elements(items) % 11)


def kinds(shape, lanes):
    """(bits, values) of all rows of weights and table, in ascending order."""
    found = set()
    for item in model_items(shape) + table_items(shape):
        if item[0] == "values":
            found |= {(item[1], held) for _, held, _ in segment_rows(item[1], item[2], lanes)}
    return sorted(found)


class Part:
    """The columns of one part of the stream."""

    def __init__(self, columns, lanes, kinds, untied=()):
        self.lanes = columns.many("advice", lanes)
        self.pack = columns.advice()
        self.fingerprint, self.ports = columns.many("late", 2)
        self.selectors(columns, kinds, untied)

    def selectors(self, columns, kinds, untied=()):
        self.kinds = {kind: columns.fixed() for kind in kinds}
        self.untied = {kind: columns.fixed() for kind in untied}
        self.carry, self.shift, self.q_port, self.q_constant = columns.many("fixed", 4)

    def put(self, sheet, row, item, kinds=None):
        """The fixed cells of an item that starts on a row; returns the row below."""
        if item == "private" or item[0] == "constant":
            if item != "private":
                sheet.set(self.q_constant, row, 1)
                sheet.set(self.shift, row, item[1])
            sheet.set(self.q_port, row, 1)
            return row + 1
        _, bits, count = item
        for at, held, ends in segment_rows(bits, count, len(self.lanes)):
            sheet.set((kinds or self.kinds)[bits, held], row, 1)
            sheet.set(self.shift, row, 1 << bits * at)
            sheet.set(self.carry, row, int(at > 0))
            if ends:
                sheet.set(self.q_port, row, 1)
            row += 1
        return row


def by_elements(items):
    """Items with segments cut into elements: between elements a stream may go on elsewhere."""
    for item in items:
        if item != "private" and item[0] == "values":
            _, bits, count = item
            for start in range(0, count, in_element(bits)):
                yield "values", bits, min(in_element(bits), count - start)
        else:
            yield item


def identities(part, selectors, starts, ends, v):
    """Section 4. `ends` are the fingerprints of weights and hash, for the part that ends the stream."""
    q_active, q_first, q_last = (v.fixed(q) for q in selectors)
    rho = v.challenge(0)
    lanes = [v.advice(column) for column in part.lanes]
    pack_here, pack_above = v.advice(part.pack), v.advice(part.pack, -1)
    stream, ports = v.late(part.fingerprint), v.late(part.ports)
    advanced = q_active * (v.late(part.fingerprint, 1) - stream)
    chosen = content = 0
    for (bits, held), selector in [*part.kinds.items(), *part.untied.items()]:
        q, width = v.fixed(selector), limbs(bits)
        raws = [
            sum(lane << LIMB_BITS * j for j, lane in enumerate(lanes[m * width : (m + 1) * width]))
            for m in range(held)
        ]
        chosen += q
        content += q * sum(raw << LIMB_BITS * width * m for m, raw in enumerate(raws))
        if (bits, held) in part.kinds and part.kinds[bits, held] == selector:
            combined = 0
            for raw in raws:
                combined = (combined * rho + raw) % P
            advanced -= q * (stream * (pow(rho, held, P) - 1) + combined)
    shift = v.fixed(part.shift)
    kept = pack_here - v.fixed(part.carry) * pack_above
    yield "pack", chosen * kept - shift * content
    yield "constant port", v.fixed(part.q_constant) * (pack_here - shift)
    yield "stream fingerprint", advanced
    if starts:
        yield "stream fingerprint starts", q_first * stream
    if ends is not None:
        yield "weights = stream", q_last * (v.late(ends[0]) - stream)
    moved = q_active * (v.late(part.ports, 1) - ports)
    yield "ports fingerprint", moved - v.fixed(part.q_port) * (ports * (rho - 1) + pack_here)
    if starts:
        yield "ports fingerprint starts", q_first * ports
    if ends is not None:
        yield "ports = hash", q_last * (ports - v.late(ends[1]))
