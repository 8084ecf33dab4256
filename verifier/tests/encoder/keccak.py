"""Keccak-256 as the EVM has it: Keccak-f[1600], rate 1088, padding 0x01 .. 0x80 (not that of SHA3)."""

ROUNDS = 24
RATE_BYTES = 136
LANE_MASK = (1 << 64) - 1


def _round_constants():
    """The constants of the iota step, from the LFSR x^8 + x^6 + x^5 + x^4 + 1 of the standard."""

    def bit(t):
        state = 1
        for _ in range(t % 255):
            state <<= 1
            if state & 0x100:
                state ^= 0x171
        return state & 1

    return [
        sum(bit(j + 7 * number) << ((1 << j) - 1) for j in range(7)) for number in range(ROUNDS)
    ]


def _rotation_offsets():
    """The offsets of the rho step, by the walk (x, y) -> (y, 2x + 3y)."""
    offsets = {(0, 0): 0}
    x, y = 1, 0
    for t in range(24):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


CONSTANTS = _round_constants()
OFFSETS = _rotation_offsets()


def _rotate(lane, count):
    return (lane << count | lane >> (64 - count)) & LANE_MASK if count else lane


def _permute(lanes):
    for constant in CONSTANTS:
        parity = [0] * 5
        for (x, _), lane in lanes.items():
            parity[x] ^= lane
        lanes = {
            (x, y): lane ^ parity[(x - 1) % 5] ^ _rotate(parity[(x + 1) % 5], 1)
            for (x, y), lane in lanes.items()
        }
        moved = {
            (y, (2 * x + 3 * y) % 5): _rotate(lane, OFFSETS[x, y]) for (x, y), lane in lanes.items()
        }
        lanes = {
            (x, y): lane ^ (~moved[(x + 1) % 5, y] & moved[(x + 2) % 5, y])
            for (x, y), lane in moved.items()
        }
        lanes[0, 0] ^= constant
    return lanes


def keccak(message):
    """Returns the 32 bytes of Keccak-256."""
    padded = bytearray(message)
    padded.append(0x01)
    padded.extend(bytes(-len(padded) % RATE_BYTES))
    padded[-1] |= 0x80
    lanes = {(x, y): 0 for x in range(5) for y in range(5)}
    for start in range(0, len(padded), RATE_BYTES):
        for number in range(RATE_BYTES // 8):
            word = padded[start + 8 * number : start + 8 * number + 8]
            lanes[number % 5, number // 5] ^= int.from_bytes(word, "little")
        lanes = _permute(lanes)
    return b"".join(lanes[number, 0].to_bytes(8, "little") for number in range(4))


def check():
    """Compares with digests known from elsewhere."""
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    # A selector every wallet knows, and a message of more than one block.
    assert keccak(b"transfer(address,uint256)")[:4].hex() == "a9059cbb"
    assert keccak(bytes(RATE_BYTES)) != keccak(bytes(RATE_BYTES + 1))
