"""The binding circuit: docs/rows.md, section 5."""

import formats
import hashing
import linked
import stream
from cells import Columns, Sheet
from field import P, ceil, combine

LOOKUP_BATCH = 3


class Binding:
    TAIL = 7

    def __init__(self, of, k):
        self.of, self.k, shape = of, k, of["shape"]
        self.active = (1 << k) - self.TAIL - 1
        self.jobs = linked.jobs(shape, of["weight_columns"], of["first_row"], of["spread"])
        self.kinds = sorted({
            held for job in self.jobs for _, _, held in linked.value_rows(job, of["weight_columns"])
        })
        self._columns(shape)
        self.sheet = Sheet(k, self.columns)
        self._selectors()
        self._linked()
        self._commitments(shape)
        self._carried()

    def _columns(self, shape):
        of, new = self.of, Columns()
        self.cells = new.many("advice", of["weight_columns"])
        self.rows = new.many("fixed", 3)
        kinds = stream.kinds(shape, of["limb_lanes"])
        self.parts = [stream.Part(new, of["limb_lanes"], kinds) for _ in range(of["streams"])]
        self.lanes = [lane for part in self.parts for lane in part.lanes]
        self.helpers = new.many("late", ceil(len(self.lanes), LOOKUP_BATCH))
        self.multiplicity, self.sum, self.table = new.advice(), new.late(), new.fixed()
        self.c = new.advice()
        first = hashing.Chip(new)
        self.chips = [first] + [hashing.Chip(new, first) for _ in range(of["hash_chips"] - 1)]
        for chip in self.chips:
            chip.take(new)
        self.fingerprint = new.late()
        self.q_kinds = {held: new.fixed() for held in self.kinds}
        self.offset, self.q_instance = new.many("fixed", 2)
        self.columns = new

    def permuted(self):
        late = self.columns.counts["advice"]
        columns = [self.c] + [chip.words[0] for chip in self.chips]
        for chain in self._chains():
            if len(chain) > 1:
                columns += [late + column for column in chain]
        return columns

    def _chains(self):
        yield [part.fingerprint for part in self.parts]
        yield [part.ports for part in self.parts]
        yield [chip.fingerprint for chip in self.chips]

    # Rows.

    def _selectors(self):
        sheet, (q_active, q_first, q_last) = self.sheet, self.rows
        for row in range(self.active):
            sheet.set(q_active, row, 1)
        sheet.set(q_first, 0, 1)
        sheet.set(q_last, self.active, 1)
        for value in range(256):
            sheet.set(self.table, value, value)

    def _linked(self):
        for job in self.jobs:
            for row, bits, held in linked.value_rows(job, len(self.cells)):
                self.sheet.set(self.offset, row, 1 << bits - 1)
                self.sheet.set(self.q_kinds[held], row, 1)

    def _commitments(self, shape):
        preimages = [
            (formats.MODEL, stream.model_items(shape)),
            (formats.TABLE, stream.table_items(shape)),
            (formats.INDEX, ["private", "private"]),
        ]
        self._stream([item for _, items in preimages for item in stream.padded(items)])
        blocks = [
            (tag, stream.elements(items), number)
            for tag, items in preimages
            for number in range(ceil(stream.elements(items), hashing.BLOCK))
        ]
        digests = self._hash(blocks)
        for row, tag in enumerate((formats.MODEL, formats.INDEX)):
            self.sheet.copy(digests[tag], (self.c, row))
            self.sheet.set(self.q_instance, row, 1)

    def _stream(self, items):
        items = list(stream.by_elements(items))
        lanes = self.of["limb_lanes"]
        total = sum(
            len(stream.segment_rows(item[1], item[2], lanes)) if item[0] == "values" else 1
            for item in items
        )
        turn, part, row = ceil(total, len(self.parts)), 0, 0
        for item in items:
            if row >= turn and part + 1 < len(self.parts):
                part, row = part + 1, 0
            row = self.parts[part].put(self.sheet, row, item)

    def _hash(self, blocks):
        """Fixed cells and copies of all permutations; returns the cells of the digests."""
        sheet, count = self.sheet, len(self.chips)
        ends = [(chip + 1) * len(blocks) // count for chip in range(count)]
        digests, chip, row = {}, 0, 0
        for number, (tag, length, block) in enumerate(blocks):
            here = self.chips[chip]
            sheet.set(here.q_start, row, 1)
            if block == 0:
                sheet.set(here.start, row, hashing.initial(tag, length))
            else:
                sheet.set(here.q_chain, row, 1)
            # The table's digest is the second element of the index preimage.
            if tag == formats.INDEX:
                sheet.set(here.q_link, row, 1)
            row = hashing.permutation_rows(here, sheet, row)
            if number + 1 == ends[chip] and chip + 1 < count:
                following = self.chips[chip + 1]
                sheet.copy((here.words[0], row), (following.words[0], 0))
                chip, row = chip + 1, 0
            digests[tag] = (self.chips[chip].words[0], row)
        return digests

    def _carried(self):
        for chain in self._chains():
            for before, after in zip(chain, chain[1:]):
                self.sheet.copy(
                    self.sheet.late(before, self.active), self.sheet.late(after, 0)
                )

    # Gates.

    def identities(self, v):
        yield from self._linked_identities(v)
        last = len(self.parts) - 1
        for number, part in enumerate(self.parts):
            ends = (self.fingerprint, self.chips[-1].fingerprint) if number == last else None
            yield from stream.identities(part, self.rows, number == 0, ends, v)
        for number, chip in enumerate(self.chips):
            yield from hashing.identities(chip, self.rows[0], self.rows[1], number == 0, v)
        yield from lookup(self, v)

    def _linked_identities(self, v):
        q_active, q_first, q_last = (v.fixed(q) for q in self.rows)
        rho, width = v.challenge(0), len(self.cells)
        cells = [v.advice(column) for column in self.cells]
        fingerprint = v.late(self.fingerprint)
        advanced = q_active * (v.late(self.fingerprint, 1) - fingerprint)
        for held, selector in self.q_kinds.items():
            raw = combine(rho, cells[width - held :])
            advanced -= v.fixed(selector) * (fingerprint * (pow(rho, held, P) - 1) + raw)
        yield "weights fingerprint", advanced
        yield "weights fingerprint starts", q_first * fingerprint
        yield "public input", v.fixed(self.q_instance) * (v.advice(self.c) - v.instance())
        for place, cell in enumerate(cells):
            holding = sum(v.fixed(q) for held, q in self.q_kinds.items() if place >= width - held)
            yield "no value", (q_active + q_last - holding) * (cell - v.fixed(self.offset))

    def public_inputs(self):
        of, shape = self.of, self.of["shape"]
        hidden = [(layer["weights"], layer["biases"]) for layer in of["model"]["hidden"]]
        model = formats.model_commitment(
            int(of["model_salt"], 16), shape["inputs"], hidden, shape["classes"], of["model"]["head"]
        )
        entries, contributors = list(map(int, of["entries"])), shape["contributors"]
        classes = shape["classes"]
        tables = [
            [
                [entries[(k * classes + a) * contributors + c] for a in range(classes)]
                for k in range(linked.features(shape))
            ]
            for c in range(contributors)
        ]
        table = formats.table_commitment(int(of["table_salt"], 16), tables)
        return [model, formats.index_commitment(int(of["header_digest"], 16), table)]


def lookup(layout, v):
    """Section 5: every lane of every active row is a byte."""
    q_active, q_first, q_last = (v.fixed(q) for q in layout.rows)
    alpha = v.challenge(1)
    for number, column in enumerate(layout.helpers):
        group = layout.lanes[LOOKUP_BATCH * number : LOOKUP_BATCH * (number + 1)]
        factors = [alpha + v.advice(lane) for lane in group]
        yield "helper", q_active * helper(v.late(column), factors)
    phi, after = v.late(layout.sum), v.late(layout.sum, 1)
    difference = after - phi - sum(v.late(column) for column in layout.helpers)
    row = alpha + v.fixed(layout.table)
    yield "lookup", q_active * (difference * row + v.advice(layout.multiplicity))
    yield "lookup starts", q_first * phi
    yield "lookup ends", q_last * phi


def helper(value, factors):
    """h times the product of all, less the sum of the products without one."""
    def product(skipped):
        result = 1
        for place, factor in enumerate(factors):
            if place != skipped:
                result = result * factor % P
        return result

    return value * product(None) - sum(product(place) for place in range(len(factors)))
