"""The program of a query, and that of the totals of a batch: docs/rows.md, section 9."""

import hashing
import linked
from field import P, ceil
from formats import INPUT
from program import Program

HIDDEN_SHIFT, HEAD_SHIFT = 12, 14
PPM = 1_000_000
FULL_MATRIX, STEP_MATRIX = 0, 1
DISTANCE_MAX = (1 << 14) - 1


def width_of(value):
    return ceil(value.bit_length(), 8) * 8


class Bounds:
    def __init__(self, shape):
        count, bits, self.dropped = shape["inputs"], 15, []
        for width in shape["hidden"]:
            accumulator = count * 2 ** (15 + bits) + 2**31
            self.dropped.append(width_of((accumulator >> HIDDEN_SHIFT) + 1))
            count, bits = width, 16
        residual = 2 * (shape["classes"] - 1) << 24 if shape["residual"] == "query" else 1
        score = linked.features(shape) * 2**bits * residual * 2**55
        self.score = width_of(score)
        self.total = width_of(shape["contributors"] * score + 1)
        self.saturation = width_of(shape["classes"] * 2**26)


class Answer:
    """Writes the program of one query."""

    def __init__(self, number, of, limbs, bounds):
        self.shape, self.batch, self.limbs, self.bounds = of["shape"], of["queries"] > 1, limbs, bounds
        self.program = Program(number, limbs)

    def one(self, write):
        """A segment of its own for what `write` writes."""
        rows = self.program.start()
        result = write(rows)
        rows.finish()
        return result

    def constant(self, value):
        return self.one(lambda rows: rows.compute(one=value))

    def bit(self, rows):
        bit = rows.push()
        rows.zero(bit, c=-1, ca=1, operand=bit)
        return bit

    def write(self, above):
        """The whole answer; returns the packed weights, in a batch added to those above."""
        shape, program = self.shape, self.program
        counted = self.one(self.bit) if self.batch else None
        values, elements = self.inputs()
        commitment = self.commitment(elements)
        features, logits = self.forward(values)
        number, residual, saturated = self.residual(logits)
        scores = program.job(
            [(feature, factor) for feature in features for factor in residual],
            shape["contributors"],
        )
        cumulative, attributed = self.weights(scores, saturated, counted)
        output = self.output(number, attributed, logits)
        program.publish()
        if not self.batch:
            program.publish()
            program.publish()
        for element in [commitment, *output]:
            if self.batch:
                element = self.one(
                    lambda rows: rows.compute(ca=1, previous=element, operand=counted)
                )
            program.publish(element)
        packed = self.packed_weights(cumulative, attributed, *((32, 7) if self.batch else (20, 12)))
        if not self.batch:
            for element in packed:
                program.publish(element)
        return self.running(packed, above)

    # Input and its hash.

    def inputs(self):
        values, elements, row = [], [], self.limbs.input_row()
        for start in range(0, self.shape["inputs"], 15):
            count = min(15, self.shape["inputs"] - start)
            if row is not None:
                element, more = self.one(lambda rows: rows.packed(row, count))
            else:
                element, more = self.apart(count)
            elements.append(element)
            values += more
        return values, elements

    def apart(self, count):
        raws, values = [], []
        for _ in range(count):
            rows = self.program.start()
            raws.append(rows.push(self.limbs.exactly(16)))
            values.append(rows.compute(c=1, one=-(1 << 15), previous=raws[-1]))
            rows.finish()
        terms = [(1 << 16 * m, raw) for m, raw in enumerate(raws)]
        return self.one(lambda rows: rows.sums(terms))[-1], values

    def commitment(self, elements):
        salt = self.one(lambda rows: rows.push())
        words = [salt, self.shape["inputs"], *elements]
        chained = hashing.initial(INPUT, len(words))
        words += [0] * (-len(words) % hashing.BLOCK)
        for start in range(0, len(words), hashing.BLOCK):
            chained = self.permutation([0, chained, *words[start : start + hashing.BLOCK]])
        return chained

    def permutation(self, state):
        """Words are wires, or numbers where they are constants."""
        half = hashing.FULL // 2
        state = self.full_rounds(state, hashing.FULL_CONSTANTS[:half])
        for step in hashing.STEP_CONSTANTS:
            inputs = state + [None] * hashing.STEP
            s_boxes = [None] * hashing.WIDTH + step
            state = self.program.apply(STEP_MATRIX, inputs, s_boxes, 0, hashing.WIDTH)
        return self.full_rounds(state, hashing.FULL_CONSTANTS[half:])[0]

    def full_rounds(self, state, rounds):
        words = []
        for word, constant in zip(state, rounds[0]):
            if isinstance(word, tuple):
                words.append((word, constant))
            else:
                words.append((self.constant(pow(word + constant, 5, P)), None))
        rows = self.program.start()
        inputs = [
            wire if constant is None else rows.s_box(wire, constant) for wire, constant in words
        ]
        rows.finish()
        for following in [*rounds[1:], [None] * hashing.WIDTH]:
            outputs = self.program.apply(FULL_MATRIX, inputs, following, 1, hashing.WIDTH)
            inputs = [None] * hashing.WIDTH
        return outputs

    # The model.

    def forward(self, values):
        one, limbs = self.constant(1), self.limbs
        for dropped, width in zip(self.bounds.dropped, self.shape["hidden"]):
            values = values + [one]
            outputs = self.program.job([(value, one) for value in values], width)
            values = [self.relu(y, limbs.at_least(dropped)) for y in outputs]
        values = values + [self.constant(1 << 8)]
        outputs = self.program.job([(value, one) for value in values], self.shape["classes"])
        return values, [self.logit(y) for y in outputs]

    def relu(self, y, dropped):
        rows, scale = self.program.start(), 1 << HIDDEN_SHIFT
        h = rows.push(self.limbs.exactly(16))
        g = rows.push(dropped)
        raised = rows.compute(c=scale, a=1, one=scale // 2, previous=g, operand=y)
        remainder = self.limbs.exactly(HIDDEN_SHIFT)
        rows.compute(c=1, a=-scale, previous=raised, operand=h, width=remainder)
        rows.zero(h, ca=1, operand=g)
        rows.finish()
        return h

    def logit(self, y):
        rows, scale = self.program.start(), 1 << HEAD_SHIFT
        z = rows.push(self.limbs.exactly(24))
        constant = scale // 2 + (scale << 23)
        remainder = self.limbs.exactly(HEAD_SHIFT)
        rows.compute(c=-scale, a=1, one=constant, previous=z, operand=y, width=remainder)
        rows.finish()
        return z

    # Class and residual.

    def residual(self, logits):
        bits = self.one(lambda rows: [self.bit(rows) for _ in logits])
        rows = self.program.start()
        prefixes = rows.sums([(1, bit) for bit in bits])
        rows.zero(prefixes[-1], c=1, one=-1)
        rows.finish()
        number = self.one(lambda rows: rows.sums(list(enumerate(bits))))[-1]
        largest = self.one(lambda rows: rows.push())
        gaps = []
        for logit, bit, prefix in zip(logits, bits, prefixes):
            rows = self.program.start()
            gaps.append(rows.compute(c=1, a=-1, previous=largest, operand=logit))
            ordered = rows.compute(
                c=1, a=1, one=-1, previous=gaps[-1], operand=prefix, width=self.limbs.at_least(32)
            )
            rows.zero(ordered, ca=1, operand=bit)
            rows.finish()
        if self.shape["residual"] == "one-hot":
            return number, bits, None
        exponentials = [self.exponential(gap) for gap in gaps]
        return number, *self.query_residual(bits, exponentials)

    def exponential(self, gap):
        limbs, program = self.limbs, self.program
        scale, entry = 1 << limbs.entry_bits(), limbs.exactly(limbs.entry_bits())
        low = self.one(lambda rows: rows.push())
        rows = program.start()
        high = rows.push(limbs.at_least(max(7, limbs.bits)))
        distance = rows.compute(c=1 << 7, a=1, previous=high, operand=low)
        rest = rows.compute(c=-1, a=1, previous=distance, operand=gap, width=limbs.at_least(24))
        rows.zero(rest, c=DISTANCE_MAX, ca=-1, operand=distance)
        rows.finish()
        entries = []
        for index, tag in ((high, 32), (low, 33)):
            rows = program.start()
            entries.append(rows.push(entry))
            rows.look_up(tag, c=1, a=scale, previous=entries[-1], operand=index)
            rows.finish()
        value = self.one(lambda rows: rows.push(limbs.at_least(32)))
        rows = program.start()
        product = rows.compute(ca=1, one=1 << 23, previous=entries[0], operand=entries[1])
        remainder = limbs.exactly(24)
        rows.compute(c=1, a=-(1 << 24), previous=product, operand=value, width=remainder)
        rows.finish()
        return value

    def query_residual(self, bits, exponentials):
        total = self.one(lambda rows: rows.sums([(1, value) for value in exponentials]))[-1]
        residual = []
        for bit, value in zip(bits, exponentials):
            rows = self.program.start()
            own = rows.compute(ca=1, previous=bit, operand=total)
            residual.append(rows.compute(c=1, a=-1, previous=own, operand=value))
            rows.finish()
        limit, unit = 16 * (len(bits) - 1), 1 << 24
        rows = self.program.start()
        bit = self.bit(rows)
        rows.compute(
            ca=-2, c=1, a=2 * (limit + unit) - 1, one=-unit - limit,
            previous=total, operand=bit, width=self.limbs.at_least(self.bounds.saturation),
        )
        rows.finish()
        return residual, bit

    # Weights and output.

    def weights(self, scores, saturated, counted):
        kept = [self.clip(score) for score in scores]
        running = self.one(lambda rows: rows.sums([(1, value) for value in kept]))
        total = running[-1]
        rows = self.program.start()
        inverse = rows.push()
        empty = rows.compute(ca=-1, one=1, previous=inverse, operand=total)
        rows.zero(empty, ca=1, operand=total)
        rows.finish()
        rows = self.program.start()
        if saturated is None:
            attributed = rows.compute(a=-1, one=1, operand=empty)
        else:
            attributed = rows.compute(c=-1, a=-1, ca=1, one=1, previous=empty, operand=saturated)
        if counted is not None:
            attributed = rows.compute(ca=1, previous=attributed, operand=counted)
        divisor = rows.compute(c=1, a=1, previous=empty, operand=total)
        rows.finish()
        return [self.share(value, divisor) for value in running], attributed

    def clip(self, score):
        width = self.limbs.at_least(self.bounds.score)
        dropped = self.one(lambda rows: rows.push(width))
        rows = self.program.start()
        kept = rows.compute(c=1, a=1, previous=score, operand=dropped, width=width)
        rows.zero(kept, ca=1, operand=dropped)
        rows.finish()
        return kept

    def share(self, value, divisor):
        width = self.limbs.at_least(self.bounds.total)
        rows = self.program.start()
        share = rows.push(self.limbs.at_least(20))
        covered = rows.compute(ca=1, previous=share, operand=divisor)
        rest = rows.compute(c=-1, a=PPM, previous=covered, operand=value, width=width)
        rows.finish()
        self.one(
            lambda rows: rows.compute(
                c=-1, a=1, one=-1, previous=rest, operand=divisor, width=width
            )
        )
        return share

    def output(self, number, attributed, logits):
        elements = []
        for start in range(0, len(logits), 10):
            rows, packed = self.program.start(), None
            for logit in reversed(logits[start : start + 10]):
                factor = 0 if packed is None else 1 << 24
                packed = rows.compute(c=factor, a=1, previous=packed, operand=logit)
            if start == 0:
                packed = rows.compute(
                    c=1 << 9, a=1, one=1 << 8, previous=packed, operand=number
                )
                packed = rows.compute(c=1, a=-(1 << 8), previous=packed, operand=attributed)
            else:
                packed = rows.compute(c=1 << 9, previous=packed)
            rows.finish()
            elements.append(packed)
        return elements

    def packed_weights(self, cumulative, attributed, bits, each):
        elements = []
        for start in range(0, len(cumulative), each):
            part = cumulative[start : start + each]
            terms = [(-1, cumulative[start - 1])] if start else []
            for m, share in enumerate(part):
                above = 1 << bits * (m + 1) if m + 1 < len(part) else 0
                terms.append(((1 << bits * m) - above, share))
            rows = self.program.start()
            total = rows.sums(terms)[-1]
            elements.append(rows.compute(ca=1, previous=total, operand=attributed))
            rows.finish()
        return elements

    def running(self, packed, above):
        if not self.batch or above is None:
            return packed
        return [
            self.one(lambda rows: rows.compute(c=1, a=1, previous=before, operand=element))
            for before, element in zip(above, packed)
        ]


def totals(number, limbs, threads):
    """The program about all queries: two free public inputs, then the totals of all threads."""
    program = Program(number, limbs)
    program.publish()
    program.publish()
    sums = []
    for elements in zip(*threads):
        rows = program.start()
        sums.append(rows.sums([(1, element) for element in elements])[-1])
        rows.finish()
    for element in sums:
        program.publish(element)
    return program
