"""Columns and identities of the machine: docs/rows.md, section 6."""

from binding import helper
from field import P, combine, over

TOP_POWER = 25


class Thread:
    def __init__(self, columns, lanes):
        self.a, self.c = columns.many("advice", 2)
        self.lanes = columns.many("advice", lanes)


class Layout:
    def __init__(self, new, of, blocks):
        self.queries, self.limb_bits, lanes = of["queries"], of["limb_bits"], of["limb_lanes"]
        self.weights = new.many("advice", of["weight_columns"])
        self.threads = [Thread(new, lanes) for _ in range(of["threads"])]
        self.multiplicity = new.advice()
        self.combination, self.accumulator, self.sum = new.many("late", 3)
        self.helpers = [(group, new.late()) for group in helper_groups(of["threads"], lanes)]
        self.q_active = new.fixed()
        self.relation = new.many("fixed", 5)
        self.step, self.offset, self.q_s_box, self.range = new.many("fixed", 4)
        self.lanes = new.fixed() if lanes > 1 else None
        self.combined = self.q_input = None
        if blocks > 1:
            self.combined, self.q_input = new.late(), new.fixed()
        self.tag, self.table, self.table_tag = new.many("fixed", 3)
        self.entries = self.relation + [self.offset]

    def strides(self, applications):
        self.word = applications * len(self.threads)


def helper_groups(threads, lanes):
    """All lanes but the first thread's first, by helpers."""
    others = [(thread, lane) for thread in range(threads) for lane in range(1, lanes)]
    groups = []
    for thread in range(1, threads):
        groups.append([(thread, 0)] + others[:1])
        others = others[1:]
    return groups + [others[start : start + 3] for start in range(0, len(others), 3)]


def identities(layout, v):
    for number, thread in enumerate(layout.threads):
        yield "relation", relation(layout, thread, number == 0, v)
        yield "range", limb_range(layout, thread, v)
        yield from s_box(layout, thread, v)
    yield from sums(layout, v)
    yield from lookup(layout, v)


def relation(layout, thread, public, v):
    q_p, q_a, q_m, q_k, q_c = (v.fixed(column) for column in layout.relation)
    a, c, after = v.advice(thread.a), v.advice(thread.c), v.advice(thread.c, 1)
    value = q_p * c + q_a * a + q_m * c * a + q_k - q_c * after
    if public:
        value += v.instance()
    return (3 - v.fixed(layout.step)) * (1 - v.fixed(layout.q_s_box)) * value


def limb_range(layout, thread, v):
    bits, kind = layout.limb_bits, v.fixed(layout.range)
    cells = [v.advice(lane) for lane in thread.lanes]
    lanes = len(cells)

    def holds(taken):
        """Limbs in the first lanes, the top one in the first of them."""
        low = sum(cell << bits * j for j, cell in enumerate(cells[1:taken]))
        return low + (cells[0] << bits * (taken - 1))

    held, scale = holds(1), 1 << bits
    if lanes > 1:
        which = v.fixed(layout.lanes)
        one = over((which - 1) * (which - 2), 2)
        two, every = which * (2 - which), over(which * (which - 1), 2)
        held = one * holds(1) + two * holds(2) + every * holds(lanes)
        scale = (one << bits) + (two << 16) + (every << bits * lanes)
    c, below = v.advice(thread.c), v.advice(thread.c, 1)
    return kind * (3 - kind) * (c - held) - kind * (kind - 1) * scale * below


def s_box(layout, thread, v):
    q, square = v.fixed(layout.q_s_box), v.advice(thread.lanes[0])
    word = v.advice(thread.c) + v.fixed(layout.relation[3])
    below = v.fixed(layout.offset)
    output = (1 - below) * v.advice(thread.a) + below * v.advice(thread.a, 1)
    yield "square", q * (square - word**2)
    yield "S-box", q * (output - square**2 * word)


def ends(layout, v):
    here, after = v.fixed(layout.q_active), v.fixed(layout.q_active, 1)
    return here + after - 2 * here * after


def sums(layout, v):
    rho, step, q_active = v.challenge(0), v.fixed(layout.step), v.fixed(layout.q_active)
    threads, width = len(layout.threads), len(layout.weights)

    def power(exponent):
        return pow(rho, exponent, P)

    def is_step(value):
        """1 where the row's step is this one of 0, 1, 2, 3."""
        numerator = denominator = 1
        for other in range(4):
            if other != value:
                numerator, denominator = numerator * (step - other), denominator * (value - other)
        return over(numerator, denominator)

    builds, closes, outputs, constants = (is_step(value) for value in range(4))
    each = power(layout.queries)
    offset = v.fixed(layout.offset)
    row = combine(each, [v.advice(column) - offset for column in layout.weights])
    t, t_after = v.late(layout.combination), v.late(layout.combination, 1)
    whole = (power(layout.queries * width) * t + row) % P
    built = combine(power(layout.word), [t] + [v.fixed(column) for column in layout.entries])
    a = [v.advice(thread.a) for thread in layout.threads]
    c = [v.advice(thread.c) for thread in layout.threads]
    value = combine(rho, [x * y for x, y in zip(a, c)])
    at_ends = ends(layout, v)
    if layout.combined is not None:
        u, u_after = v.late(layout.combined), v.late(layout.combined, 1)
        kept = (1 - closes) * power(threads) * u
        yield "inputs", q_active * (u_after - kept) - v.fixed(layout.q_input) * value
        yield "inputs at both ends", at_ends * u_after
        started, closed = closes * row, closes * u * t
    else:
        # Not 0 on rows of constants either: there the values are.
        started, closed = 0, step * (2 - step) * value * whole
    kept = builds * whole + started + outputs * t + constants * built
    acc, acc_after = v.late(layout.accumulator), v.late(layout.accumulator, 1)
    beta = power(layout.word * TOP_POWER)
    grown = (power(threads) - 1) * acc - t * combine(rho, a) + beta * combine(rho, c)
    yield "combination", q_active * (t_after - kept)
    yield "accumulator", q_active * (acc_after - acc) - outputs * grown + beta * closed
    yield "combination at both ends", at_ends * t_after
    yield "accumulator at both ends", at_ends * acc_after


def lookup(layout, v):
    q_active, rho, alpha = v.fixed(layout.q_active), v.challenge(0), v.challenge(1)
    looked_up = 1 - v.fixed(layout.q_s_box)

    def folded(thread, lane):
        value = v.advice(layout.threads[thread].lanes[lane])
        if lane == 0:
            value = looked_up * value + rho * v.fixed(layout.tag)
        return alpha + value

    for group, column in layout.helpers:
        factors = [folded(*lane) for lane in group]
        yield "helper", q_active * helper(v.late(column), factors)
    phi, after = v.late(layout.sum), v.late(layout.sum, 1)
    difference = after - phi - sum(v.late(column) for _, column in layout.helpers)
    first = folded(0, 0)
    row = alpha + v.fixed(layout.table) + rho * v.fixed(layout.table_tag)
    multiplicity = v.advice(layout.multiplicity)
    yield "lookup", q_active * (difference * first * row - row + multiplicity * first)
    yield "lookup at both ends", ends(layout, v) * after
