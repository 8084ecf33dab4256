"""The inference circuit: docs/rows.md, sections 6 to 9."""

import hashing
import linked
import machine
import query
from cells import Columns, Sheet
from field import ceil
from limbs import Limbs
from reference import HIGH, LOW, public_inputs

CLOSE, OUTPUT, CONSTANTS = 1, 2, 3
TOP_POWER, ENTRIES = 25, 6


def constant_matrices():
    """The matrix of a full round, and that of a step: 13 words of state, then 13 S-boxes."""
    rows = hashing.WORDS + hashing.INPUTS
    return [hashing.MATRIX, [form.state + form.outputs for form in rows]]


class Inference:
    TAIL = 16

    def __init__(self, of, k):
        self.of, self.k, shape = of, k, of["shape"]
        self.active = (1 << k) - self.TAIL
        self.limbs = Limbs(of["limb_bits"], of["limb_lanes"])
        self.blocks = of["queries"] // of["threads"]
        self._publics(shape)
        first_row = self.before + self.each * of["queries"] + 2
        self.jobs = linked.jobs(shape, of["weight_columns"], first_row, self.blocks)
        self._matrix_rows(shape)
        self.columns = Columns()
        self.layout = machine.Layout(self.columns, of, self.blocks)
        self.layout.strides(self.applications[0] * self.blocks)
        self.sheet = Sheet(k, self.columns)
        self._fixed()
        self._programs()

    def permuted(self):
        return [column for thread in self.layout.threads for column in (thread.a, thread.c)]

    def identities(self, v):
        return machine.identities(self.layout, v)

    def public_inputs(self):
        return public_inputs(self.of)

    def _publics(self, shape):
        output = ceil(shape["classes"], 10)
        if self.of["queries"] > 1:
            self.each, self.before = 2 + output, 2 + ceil(shape["contributors"], 7)
        else:
            self.each, self.before = 4 + output + ceil(shape["contributors"], 12), 0

    # Rows.

    def _matrix_rows(self, shape):
        """Of each word of each constant matrix, its first row of entries and its first application."""
        permutations = ceil(2 + ceil(shape["inputs"], 15), hashing.BLOCK)
        self.applications = [8 * permutations, 5 * permutations]
        stride = self.applications[0] * self.blocks
        row, self.words = self.jobs[-1].free_row + 1, []
        for words in (13, 26):
            places = []
            for word in range(words):
                run = row + ceil(TOP_POWER + 1 + word, ENTRIES)
                places.append((row, run))
                row = run + stride + 1
            self.words.append(places)
        self.stride, self.below_matrices = stride, row

    def _fixed(self):
        sheet, layout = self.sheet, self.layout
        for row in range(self.active):
            sheet.set(layout.q_active, row, 1)
        for row, (value, tag) in enumerate(self.limbs.table(HIGH, LOW)):
            sheet.set(layout.table, row, value)
            sheet.set(layout.table_tag, row, tag)
        for job in self.jobs:
            for row, bits, _ in linked.value_rows(job, len(layout.weights)):
                sheet.set(layout.offset, row, 1 << bits - 1)
            for row in range(job.output_row, job.value_row):
                sheet.set(layout.step, row, OUTPUT)
            for number in range(job.inputs):
                closing = job.below_input(number) - (self.blocks == 1)
                sheet.set(layout.step, closing, CLOSE)
                if self.blocks > 1:
                    for block in range(self.blocks):
                        sheet.set(layout.q_input, job.input_row(number, block), 1)
        for matrix, places in zip(constant_matrices(), self.words):
            for word, place in enumerate(places):
                self._word(matrix, word, place)

    def _word(self, matrix, word, place):
        """The rows of one word of a constant matrix: entries, applications, a reset."""
        sheet, layout, (first, run) = self.sheet, self.layout, place
        length = ceil(TOP_POWER + 1 + word, ENTRIES) * ENTRIES
        entries = [0] * length
        for j, row in enumerate(matrix):
            entries[length - 1 - (TOP_POWER - j + word)] = row[word]
        reset = run + self.stride
        for number, row in enumerate(range(first, run)):
            sheet.set(layout.step, row, CONSTANTS)
            for column, entry in zip(layout.entries, entries[ENTRIES * number :]):
                sheet.set(column, row, entry)
            if self.blocks == 1:
                for thread in layout.threads:
                    sheet.copy((thread.c, reset), (thread.c, row))
        for row in range(run, reset):
            sheet.set(layout.step, row, OUTPUT)
        sheet.set(layout.step, reset, CLOSE)
        if self.blocks == 1:
            sheet.set(layout.relation[4], reset - 1, 1)

    def _gaps(self):
        """From a row whose relation is free to the last whose c is."""
        gaps, free = [], self.before + self.each * self.of["queries"]
        for job in self.jobs:
            gaps.append([free, job.output_row - 1])
            free = job.value_row - 1
            for number in range(job.inputs):
                gaps.append([free, job.input_row(number, 0) - 1])
                free = job.below_input(number)
        return [gap for gap in gaps if gap[1] > gap[0]]

    def _place(self, segments):
        """The first rows of segments, each in the first gap that holds it."""
        gaps, tail, bases = self._gaps(), [self.below_matrices - 1], []
        for segment in segments:
            cells = len(segment.lines) - 1
            where = tail
            if not segment.clear:
                where = next((gap for gap in gaps if gap[1] - gap[0] >= cells), tail)
            bases.append(where[0])
            where[0] += cells
        return bases

    # Programs.

    def _programs(self):
        of = self.of
        bounds, threads = query.Bounds(of["shape"]), [None] * of["threads"]
        programs = []
        for number in range(of["queries"]):
            answer = query.Answer(number, of, self.limbs, bounds)
            thread = number % of["threads"]
            threads[thread] = answer.write(threads[thread])
            programs.append(answer.program)
        groups = [programs[block * of["threads"]] for block in range(self.blocks)]
        if of["queries"] > 1:
            programs.append(query.totals(of["queries"], self.limbs, threads))
            groups.append(programs[-1])
        bases = iter(self._place(segment for one in groups for segment in one.segments))
        self.bases = [[next(bases) for _ in one.segments] for one in groups]
        for program in programs:
            self._write(program)

    def _cell(self, wire):
        number, what, *at = wire
        thread = self.layout.threads[number % self.of["threads"]]
        block = number // self.of["threads"]
        if what == "segment":
            return thread.c, self.bases[block][at[0]] + at[1]
        if what == "operand":
            return thread.a, self.bases[block][at[0]] + at[1]
        if what == "output":
            job = self.jobs[at[0]]
            return thread.c, job.output_row + at[1] * self.blocks + block
        matrix, word, application = at
        return thread.c, self._application(matrix, word, application, block)

    def _application(self, matrix, word, application, block):
        return self.words[matrix][word][1] + block * self.applications[matrix] + application

    def _write(self, program):
        number, layout, sheet = program.number, self.layout, self.sheet
        thread, block = number % self.of["threads"], number // self.of["threads"]
        columns = layout.threads[thread]
        for at, segment in enumerate(program.segments):
            for row, line in enumerate(segment.lines, self.bases[block][at]):
                self._line(columns, row, line)
        for job, inputs in zip(self.jobs, program.jobs):
            for at, (factor, operand) in enumerate(inputs):
                row = job.input_row(at, block)
                sheet.copy(self._cell(factor), (columns.c, row))
                sheet.copy(self._cell(operand), (columns.a, row))
        for matrix, applications in enumerate(program.applications):
            for at, (inputs, s_boxes, below) in enumerate(applications):
                for word, (wire, constant) in enumerate(zip(inputs, s_boxes)):
                    row = self._application(matrix, word, at, block)
                    if wire is not None:
                        sheet.copy(self._cell(wire), (columns.a, row))
                    if constant is not None:
                        sheet.set(layout.offset, row, below)
                        self._s_box(row, constant)
        first = self.before + number * self.each if number < self.of["queries"] else 0
        for row, wire in enumerate(program.public, first):
            sheet.set(layout.relation[4], row, 1)
            if wire is not None:
                sheet.copy(self._cell(wire), (layout.threads[0].c, row + 1))

    def _line(self, columns, row, line):
        layout, sheet = self.layout, self.sheet
        if line.relation is not None:
            for column, coefficient in zip(layout.relation, line.relation):
                sheet.set(column, row, coefficient)
            if line.operand is not None:
                sheet.copy(self._cell(line.operand), (columns.a, row))
        if line.s_box is not None:
            constant, wire = line.s_box
            self._s_box(row, constant)
            sheet.copy(self._cell(wire), (columns.c, row))
        if line.limbs is not None:
            limbs, more = line.limbs
            sheet.set(layout.range, row, 1 + more)
            sheet.set(layout.tag, row, limbs.tag)
            if layout.lanes is not None:
                sheet.set(layout.lanes, row, limbs.lanes)

    def _s_box(self, row, constant):
        self.sheet.set(self.layout.q_s_box, row, 1)
        self.sheet.set(self.layout.relation[3], row, constant)
