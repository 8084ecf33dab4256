"""Field elements as integers below P, and the forms that identities are written in."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "verifier" / "tests" / "encoder"))

from poseidon import P  # noqa: E402


def combine(by, terms):
    """The sum of by^(n-1-j) t_j over n terms."""
    total = 0
    for term in terms:
        total = (total * by + term) % P
    return total


def over(numerator, denominator):
    return numerator * pow(denominator, -1, P) % P


def dot(row, words):
    return sum(m * word for m, word in zip(row, words)) % P


def ceil(count, size):
    return -(-count // size)
