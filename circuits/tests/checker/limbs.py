"""Range checks of the machine: docs/rows.md, section 7."""

from dataclasses import dataclass

from field import ceil

ONE, TWO, ALL = 0, 1, 2
EXACT = (12, 14, 16, 24)
INPUT_BITS = 16
HIGH, LOW = 32, 33


@dataclass
class Row:
    lanes: int
    bits: int
    tag: int


class Limbs:
    def __init__(self, bits, lanes):
        self.bits, self.lanes = bits, lanes

    def _row(self, lanes, bits):
        taken = {ONE: 1, TWO: 2, ALL: self.lanes}[lanes]
        top = bits - self.bits * (taken - 1)
        return Row(lanes, bits, 0 if top == self.bits else top)

    def input_row(self):
        """The row that holds an input, where two lanes can."""
        if self.lanes > 1 and self.bits < INPUT_BITS <= 2 * self.bits:
            return self._row(TWO, INPUT_BITS)
        return None

    def at_least(self, width):
        whole = ceil(width, self.bits)
        if self.lanes == 1 or whole < 2:
            return [self._row(ONE, self.bits) for _ in range(whole)]
        if whole == 2:
            return [self._row(TWO, 2 * self.bits)]
        every = self.bits * self.lanes
        return [self._row(ALL, every) for _ in range(ceil(whole, self.lanes))]

    def exactly(self, width):
        every, rows = self.bits * self.lanes, []
        shapes = [(ONE, 1), (TWO, 2), (ALL, self.lanes)][: min(3, self.lanes)]
        while True:
            for lanes, taken in shapes:
                if self.bits * (taken - 1) < width <= self.bits * taken:
                    return rows + [self._row(lanes, width)]
            whole = self._row(ALL, every) if self.lanes > 2 and width > every else None
            rows.append(whole or self._row(ONE, self.bits))
            width -= rows[-1].bits

    def held(self, rows):
        return sum(row.bits for row in rows)

    def entry_bits(self):
        """Bits below the number of an entry in the exponential's tables."""
        whole = self.held(self.at_least(25))
        return whole if whole <= 128 else ceil(25, self.bits) * self.bits

    def table(self, high, low):
        """All rows of the lookup table, with their tags."""
        rows = [(value, 0) for value in range(1 << self.bits)]
        for width in sorted({width % self.bits for width in EXACT} - {0}):
            rows += [(value, width) for value in range(1 << width)]
        for entries, tag in ((high, HIGH), (low, LOW)):
            rows += [
                ((number << self.entry_bits()) + entry, tag)
                for number, entry in enumerate(entries)
            ]
        return rows
