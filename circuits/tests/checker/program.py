"""What is computed for one query, segment by segment: docs/rows.md, section 8."""

from dataclasses import dataclass, field

from limbs import ONE, Row as LimbRow


@dataclass
class Line:
    """A row of a segment."""

    relation: tuple = None
    operand: tuple = None
    limbs: tuple = None
    s_box: tuple = None


@dataclass
class Segment:
    lines: list = field(default_factory=lambda: [Line()])
    clear: bool = False


class Program:
    """Wires are (program, what, ..): the place where a value was made."""

    def __init__(self, number, limbs):
        self.number, self.limbs = number, limbs
        self.segments, self.jobs, self.public = [], [], []
        # Of each constant matrix, its applications: inputs, constants of S-boxes, whether they stand below.
        self.applications = ([], [])

    def wire(self, *place):
        return (self.number, *place)

    # Segments.

    def start(self):
        return Writer(self)

    def job(self, inputs, outputs):
        self.jobs.append(inputs)
        number = len(self.jobs) - 1
        return [self.wire("output", number, output) for output in range(outputs)]

    def apply(self, matrix, inputs, s_boxes, below, words):
        self.applications[matrix].append((inputs, s_boxes, below))
        number = len(self.applications[matrix]) - 1
        return [self.wire("product", matrix, word, number) for word in range(words)]

    def publish(self, wire=None):
        self.public.append(wire)


class Writer:
    def __init__(self, program):
        self.program, self.segment = program, Segment()
        self.number = len(program.segments)

    @property
    def lines(self):
        return self.segment.lines

    def _at(self, row, kind="segment"):
        return self.program.wire(kind, self.number, row)

    def _own(self, wire):
        """The row of this segment that a wire was made on, if it was."""
        if wire is not None and wire[:3] == (self.program.number, "segment", self.number):
            return wire[3]
        return None

    def push(self, width=None):
        """A new value, in limbs if a width is given; the wire of its first row."""
        first = len(self.lines)
        if width is None:
            self.lines.append(Line())
        else:
            for number, row in enumerate(width):
                self.lines.append(Line(limbs=(row, number + 1 < len(width))))
        return self._at(first)

    def _free(self):
        """Makes the last row one whose relation is free."""
        if self.lines[-1].relation is not None:
            self.lines.append(Line())

    def _load(self, wire):
        self._free()
        self.lines[-1].relation, self.lines[-1].operand = (0, 1, 0, 0, 1), wire
        self.lines.append(Line())

    def compute(self, c=0, a=0, ca=0, one=0, previous=None, operand=None, width=None):
        """A value that a relation makes of `previous`, in c, and `operand`, in a."""
        if previous is not None:
            last = len(self.lines) - 1
            if self._own(previous) != last or self.lines[last].relation is not None:
                self._load(previous)
        self._free()
        self.lines[-1].relation, self.lines[-1].operand = (c, a, ca, one, 1), operand
        return self.push(width)

    def zero(self, previous, c=0, a=0, ca=0, one=0, operand=None):
        """Demands that a relation of a value gives 0."""
        row = self._own(previous)
        if row is None or self.lines[row].relation is not None:
            self._load(previous)
            row = len(self.lines) - 1
        self.lines[row].relation, self.lines[row].operand = (c, a, ca, one, 0), operand

    def sums(self, terms):
        """Running sums of factor times wire."""
        results = []
        for factor, wire in terms:
            last = results[-1] if results else None
            results.append(self.compute(c=int(bool(results)), a=factor, previous=last, operand=wire))
        return results

    def look_up(self, tag, **relation):
        wire = self.compute(**relation)
        self.lines[-1].limbs = (LimbRow(ONE, 0, tag), False)
        return wire

    def packed(self, row, count):
        """Inputs of an element: packed value in c with the limbs of its lowest, that one shifted in a."""
        first = len(self.lines)
        for number in range(count):
            more = number + 1 < count
            relation = (1, -1, 0, -(1 << 15), 1 << 16 if more else 0)
            self.lines.append(Line(relation=relation, limbs=(row, more)))
        return self._at(first), [self._at(first + number, "operand") for number in range(count)]

    def s_box(self, wire, constant):
        self.segment.clear = True
        self.lines.append(Line(s_box=(constant, wire)))
        return self._at(len(self.lines) - 1, "operand")

    def finish(self):
        last = self.lines[-1]
        if last.relation is not None or last.s_box is not None:
            self.lines.append(Line())
        self.program.segments.append(self.segment)
