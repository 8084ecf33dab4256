"""Poseidon over the BN254 scalar field, its constants generated as the authors' script does (Grain LFSR)."""

P = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001
FIELD_BITS = 254
FULL_ROUNDS = 8
# Partial rounds that circomlib uses, by number of state words.
PARTIAL_ROUNDS = {3: 57, 13: 65}


class Grain:
    """The self-shrinking LFSR that the constants are drawn from."""

    def __init__(self, width, partial_rounds):
        parameters = [(1, 2), (0, 4), (FIELD_BITS, 12), (width, 12), (FULL_ROUNDS, 10)]
        parameters += [(partial_rounds, 10), ((1 << 30) - 1, 30)]
        text = "".join(format(value, f"0{bits}b") for value, bits in parameters)
        self.state = [int(bit) for bit in text]
        assert len(self.state) == 80
        for _ in range(160):
            self._step()

    def _step(self):
        bit = 0
        for tap in (62, 51, 38, 23, 13, 0):
            bit ^= self.state[tap]
        self.state = self.state[1:] + [bit]
        return bit

    def _bit(self):
        while not self._step():
            self._step()
        return self._step()

    def integer(self):
        value = 0
        for _ in range(FIELD_BITS):
            value = value << 1 | self._bit()
        return value

    def element(self):
        """Draws until the integer is below the order: round constants are not reduced."""
        while True:
            value = self.integer()
            if value < P:
                return value


class Poseidon:
    """The permutation of one width, used as a hash of width - 1 elements."""

    def __init__(self, width):
        self.width = width
        self.partial_rounds = PARTIAL_ROUNDS[width]
        grain = Grain(width, self.partial_rounds)
        rounds = FULL_ROUNDS + self.partial_rounds
        self.constants = [[grain.element() for _ in range(width)] for _ in range(rounds)]
        # The Cauchy matrix 1 / (x_i + y_j); its points are reduced, not redrawn, unless two coincide.
        while True:
            points = [grain.integer() % P for _ in range(2 * width)]
            if len(set(points)) == 2 * width:
                break
        rows, columns = points[:width], points[width:]
        self.matrix = [[pow(x + y, -1, P) for y in columns] for x in rows]

    def hash(self, inputs):
        assert len(inputs) == self.width - 1
        assert all(0 <= value < P for value in inputs)
        state = [0, *inputs]
        first, last = FULL_ROUNDS // 2, FULL_ROUNDS // 2 + self.partial_rounds
        for number, constants in enumerate(self.constants):
            state = [(word + constant) % P for word, constant in zip(state, constants)]
            powered = 1 if first <= number < last else self.width
            state[:powered] = [pow(word, 5, P) for word in state[:powered]]
            state = [sum(m * word for m, word in zip(row, state)) % P for row in self.matrix]
        return state[0]


def check():
    """Compares with the hash of (1, 2) that circomlib's own tests hold."""
    known = 7853200120776062878684798364095072458815029376092732009249414926327459813530
    assert Poseidon(3).hash([1, 2]) == known
