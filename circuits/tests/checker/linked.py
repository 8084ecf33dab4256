"""The linked columns: docs/rows.md, section 2."""

from dataclasses import dataclass

from field import ceil


@dataclass
class Job:
    kind: str
    inputs: int
    outputs: int
    output_row: int
    value_row: int
    input_rows: int
    spread: int
    free_row: int

    def bits(self, number):
        if self.kind == "hidden":
            return 32 if number == self.inputs - 1 else 16
        return 24 if self.kind == "head" else 56

    def input_row(self, number, block):
        """Where an input of a block of queries stands: the last `spread` rows of the input."""
        return self.value_row + (number + 1) * self.input_rows - self.spread + block

    def below_input(self, number):
        return self.value_row + (number + 1) * self.input_rows


def features(shape):
    return (shape["hidden"][-1] if shape["hidden"] else shape["inputs"]) + 1


def matrices(shape):
    inputs = shape["inputs"]
    for width in shape["hidden"]:
        yield "hidden", inputs + 1, width
        inputs = width
    yield "head", features(shape), shape["classes"]
    yield "table", features(shape) * shape["classes"], shape["contributors"]


def jobs(shape, columns, first_row, spread):
    row, result = first_row, []
    for kind, inputs, outputs in matrices(shape):
        input_rows = max(spread, ceil(outputs, columns))
        value_row = row + outputs * spread
        free_row = value_row + inputs * input_rows
        result.append(
            Job(kind, inputs, outputs, row, value_row, input_rows, spread, free_row)
        )
        row = free_row + 1
    return result


def value_rows(job, columns):
    """Rows that hold values: the row, the width, and how many values stand at its right."""
    rows = ceil(job.outputs, columns)
    for number in range(job.inputs):
        below = job.below_input(number)
        for row in range(rows):
            held = columns
            if row == 0:
                held = job.outputs - (rows - 1) * columns
            yield below - rows + row, job.bits(number), held
