"""Poseidon in steps of thirteen partial rounds: docs/rows.md, section 3."""

from field import P, dot
from formats import P12

WIDTH, FULL, PARTIAL, STEP = 13, 8, 65, 13
STEPS = PARTIAL // STEP
BLOCK = 11


def initial(tag, length):
    return (0x74726962757465 << 128) + (1 << 96) + (tag << 64) + length


class Form:
    """A word that is linear in the state and the S-box outputs of a step, and one."""

    def __init__(self, state, outputs, constant):
        self.state, self.outputs, self.constant = state, outputs, constant


def _unit(place):
    return [int(place == other) for other in range(WIDTH)]


def _mix(row, words):
    def over(part):
        return [dot(row, [part(word)[i] for word in words]) for i in range(WIDTH)]

    return Form(
        over(lambda word: word.state),
        over(lambda word: word.outputs),
        dot(row, [word.constant for word in words]),
    )


def _derive():
    matrix, rounds = P12.matrix, P12.constants
    carried, partial, forms = [0] * WIDTH, [], None
    for step in range(STEPS):
        words = [Form(_unit(i), [0] * WIDTH, carried[i]) for i in range(WIDTH)]
        inputs = []
        for t in range(STEP):
            for word, constant in zip(words, rounds[FULL // 2 + STEP * step + t]):
                word.constant = (word.constant + constant) % P
            inputs.append(words[0])
            words[0] = Form([0] * WIDTH, _unit(t), 0)
            words = [_mix(row, words) for row in matrix]
        partial.append([form.constant for form in inputs])
        carried = [word.constant for word in words]
        if forms is None:
            forms = inputs, words
    full = [list(rounds[r]) for r in range(FULL // 2)]
    full += [list(rounds[FULL // 2 + PARTIAL + r]) for r in range(FULL // 2)]
    full[FULL // 2] = [(k + c) % P for k, c in zip(full[FULL // 2], carried)]
    return full, partial, forms


FULL_CONSTANTS, STEP_CONSTANTS, (INPUTS, WORDS) = _derive()
MATRIX = P12.matrix


def permutation_rows(chip, sheet, above):
    """The constants and selectors of one permutation below a row; returns the row of its final state."""
    row = above + 1
    for number, constants in enumerate(FULL_CONSTANTS):
        if number == FULL // 2:
            for step in STEP_CONSTANTS:
                _constants(chip, sheet, row, step)
                sheet.set(chip.q_partial, row, 1)
                row += 3
        _constants(chip, sheet, row, constants)
        sheet.set(chip.q_full, row, 1)
        row += 2
    return row


def _constants(chip, sheet, row, constants):
    for column, constant in zip(chip.constants, constants):
        sheet.set(column, row, constant)


class Chip:
    """The columns of one chip; `shared` is the first one's, whose constants and rounds it has."""

    def __init__(self, columns, shared=None):
        if shared is None:
            self.constants = columns.many("fixed", WIDTH)
            self.q_full, self.q_partial = columns.many("fixed", 2)
            self.start = self.constants[1]
            self.own = columns.many("fixed", 3)
        else:
            self.constants, self.q_full, self.q_partial = (
                shared.constants, shared.q_full, shared.q_partial
            )
        self.shared = shared

    def take(self, columns):
        """Words and fingerprint, and where it isn't the first, selectors."""
        self.words = columns.many("advice", WIDTH)
        self.fingerprint = columns.late()
        if self.shared is not None:
            self.start = columns.fixed()
            self.own = columns.many("fixed", 3)
        self.q_start, self.q_chain, self.q_link = self.own


def identities(chip, q_active, q_first, starts, v):
    """Section 3: full rounds, partial rounds, absorption."""
    x, u, s, y = ([v.advice(column, r) for column in chip.words] for r in range(4))
    k = [v.fixed(column) for column in chip.constants]
    q_full, q_partial = v.fixed(chip.q_full), v.fixed(chip.q_partial)
    rho = v.challenge(0)
    inputs = [(word + constant) % P for word, constant in zip(x, k)]
    fifth = [square * square * word % P for square, word in zip(u, inputs)]
    for i in range(WIDTH):
        yield "full round: square", q_full * (u[i] - inputs[i] ** 2)
    for i in range(WIDTH):
        yield "full round: matrix", q_full * (s[i] - dot(MATRIX[i], fifth))
    for t in range(STEP):
        into = dot(INPUTS[t].state, x) + dot(INPUTS[t].outputs, s) + k[t]
        yield "partial rounds: square", q_partial * (u[t] - into**2)
        yield "partial rounds: fifth power", q_partial * (s[t] - u[t] ** 2 * into)
    for i in range(WIDTH):
        value = dot(WORDS[i].state, x) + dot(WORDS[i].outputs, s)
        yield "partial rounds: next state", q_partial * (y[i] - value)
    q_start, q_chain, q_link = (v.fixed(q) for q in (chip.q_start, chip.q_chain, chip.q_link))
    # The next row holds the state that a permutation starts from.
    yield "word 0", q_start * u[0]
    yield "word 1", q_start * (u[1] - q_chain * x[0] - v.fixed(chip.start))
    yield "link of a digest", q_link * (u[3] - x[0])
    fingerprint, after = v.late(chip.fingerprint), v.late(chip.fingerprint, 1)
    entered = 0
    for word in u[2:]:
        entered = entered * rho + word
    grown = fingerprint * (pow(rho, BLOCK, P) - 1) + entered
    yield "hash fingerprint", v.fixed(q_active) * (after - fingerprint) - q_start * grown
    if starts:
        yield "hash fingerprint starts", v.fixed(q_first) * fingerprint
