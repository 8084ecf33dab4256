"""What identities read: the cells around a row of a circuit, or values drawn at random for each of them."""

from hashlib import sha256

from field import P


class Columns:
    """Hands out columns of each kind, one after the other."""

    def __init__(self):
        self.counts = {"fixed": 0, "advice": 0, "late": 0}

    def _new(self, kind):
        self.counts[kind] += 1
        return self.counts[kind] - 1

    def fixed(self):
        return self._new("fixed")

    def advice(self):
        return self._new("advice")

    def late(self):
        return self._new("late")

    def many(self, kind, count):
        return [self._new(kind) for _ in range(count)]


class Drawn:
    """A value for every cell that an identity may read: a hash of its name and of the seed."""

    def __init__(self, seed, first):
        self.seed, self.first, self.known = seed, first, {}

    def _value(self, *name):
        if name not in self.known:
            digest = b"".join(
                sha256(f"{half} {name} {self.seed}".encode()).digest() for half in range(2)
            )
            self.known[name] = int.from_bytes(digest, "big") % P
        return self.known[name]

    def fixed(self, column, rotation=0):
        return self._value("fixed", column, rotation)

    def advice(self, column, rotation=0):
        return self._value("advice", column, rotation)

    def late(self, column, rotation=0):
        return self.advice(self.first + column, rotation)

    def instance(self, rotation=0):
        return self._value("instance", 0, rotation)

    def challenge(self, number):
        return self._value("challenge", number)


class Filled:
    """A filled circuit, seen from one row after the other."""

    def __init__(self, k, fixed, first, second, challenges, instance):
        self.rows, self.row = 1 << k, 0
        self.fixed_columns, self.advice_columns = fixed, first + second
        self.first_count, self.challenges = len(first), challenges
        self.instance_column = instance + [0] * (self.rows - len(instance))

    def fixed(self, column, rotation=0):
        return self.fixed_columns[column][(self.row + rotation) % self.rows]

    def advice(self, column, rotation=0):
        return self.advice_columns[column][(self.row + rotation) % self.rows]

    def late(self, column, rotation=0):
        return self.advice(self.first_count + column, rotation)

    def instance(self, rotation=0):
        return self.instance_column[(self.row + rotation) % self.rows]

    def challenge(self, number):
        return self.challenges[number]


class Sheet:
    """Fixed cells and copies, as a description puts them down."""

    def __init__(self, k, columns):
        self.k, self.columns = k, columns
        self.fixed = [{} for _ in range(columns.counts["fixed"])]
        self.parent = {}

    def set(self, column, row, value):
        assert 0 <= row < 1 << self.k, (column, row)
        self.fixed[column][row] = value % P

    def _root(self, cell):
        while self.parent.setdefault(cell, cell) != cell:
            self.parent[cell] = self.parent[self.parent[cell]]
            cell = self.parent[cell]
        return cell

    def copy(self, left, right):
        """Cells are (column, row), with columns of the second phase behind those of the first."""
        self.parent[self._root(left)] = self._root(right)

    def late(self, column, row):
        return (self.columns.counts["advice"] + column, row)

    def classes(self):
        classes = {}
        for cell in list(self.parent):
            classes.setdefault(self._root(cell), set()).add(cell)
        return {frozenset(cells) for cells in classes.values() if len(cells) > 1}
