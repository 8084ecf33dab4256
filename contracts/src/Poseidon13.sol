// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {POSEIDON13_CODE_HASH} from "./Poseidon13Constants.sol";

// Order of the BN254 scalar field.
uint256 constant SCALAR_FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

/// @title P12 and H of docs/formats.md, section 3
/// @notice Poseidon with 13 words over the BN254 scalar field, and the chained hash of two elements that makes an index
/// commitment.
/// @dev Follows the schedule that tools/poseidon13.py derives and explains: four full rounds, the last one with a matrix
/// that also changes the basis; 65 partial rounds that are one recurrence with 25 fixed coefficients; a matrix that
/// changes back; four full rounds. The constants are the code of {Poseidon13Constants}, in order of use:
///
/// | words | hold |
/// |---|---|
/// | 0 .. 52 | constants of the first four rounds |
/// | 52 .. 117 | one constant for each partial round |
/// | 117 .. 169 | constants of the last four rounds |
/// | 169 .. 194 | m, h_0 .. h_11, f_0 .. f_11 |
/// | 194 .. 701 | three matrices, by rows: all rounds but one, into the basis, back |
library Poseidon13 {
    /// The contract that should hold the constants has other code.
    error WrongConstants(address constants, bytes32 codeHash);

    /// "tribute", format version 1, tag 3 (index), two elements.
    uint256 private constant INDEX_HEAD = (0x74726962757465 << 128) | (1 << 96) | (3 << 64) | 2;

    uint256 private constant PARTIAL_AT = 52 * 32;
    uint256 private constant CLOSING_AT = 117 * 32;
    uint256 private constant RECURRENCE_AT = 169 * 32;
    uint256 private constant MATRIX_AT = 194 * 32;
    uint256 private constant ROW = 13 * 32;
    uint256 private constant MATRIX = 169 * 32;
    uint256 private constant SIZE = 701 * 32;

    /// Refuses a contract that does not hold the constants.
    function requireConstants(address constants) internal view {
        if (constants.codehash != POSEIDON13_CODE_HASH) revert WrongConstants(constants, constants.codehash);
    }

    /// Returns `H(3; headerDigest, tableCommitment)`.
    /// @param constants A contract that {requireConstants} accepts.
    function indexCommitment(address constants, uint256 headerDigest, uint256 tableCommitment)
        internal
        view
        returns (uint256)
    {
        uint256[12] memory block_;
        block_[0] = INDEX_HEAD;
        block_[1] = headerDigest;
        block_[2] = tableCommitment;
        return permute(constants, block_);
    }

    /// Returns `P12(inputs)`. Each input must be below {SCALAR_FIELD}.
    function permute(address constants, uint256[12] memory inputs) internal view returns (uint256 output) {
        assembly ("memory-safe") {
            function sbox(x) -> y {
                y := mulmod(x, x, SCALAR_FIELD)
                y := mulmod(x, mulmod(y, y, SCALAR_FIELD), SCALAR_FIELD)
            }
            // Inner product of twelve words. Four products add up to less than 2^256: five times the order of the field do.
            function dot(a, b) -> sum {
                sum := mulmod(mload(a), mload(b), SCALAR_FIELD)
                sum := add(sum, mulmod(mload(add(a, 0x20)), mload(add(b, 0x20)), SCALAR_FIELD))
                sum := add(sum, mulmod(mload(add(a, 0x40)), mload(add(b, 0x40)), SCALAR_FIELD))
                sum := add(sum, mulmod(mload(add(a, 0x60)), mload(add(b, 0x60)), SCALAR_FIELD))
                let part1 := mulmod(mload(add(a, 0x80)), mload(add(b, 0x80)), SCALAR_FIELD)
                part1 := add(part1, mulmod(mload(add(a, 0xa0)), mload(add(b, 0xa0)), SCALAR_FIELD))
                part1 := add(part1, mulmod(mload(add(a, 0xc0)), mload(add(b, 0xc0)), SCALAR_FIELD))
                part1 := add(part1, mulmod(mload(add(a, 0xe0)), mload(add(b, 0xe0)), SCALAR_FIELD))
                let part2 := mulmod(mload(add(a, 0x100)), mload(add(b, 0x100)), SCALAR_FIELD)
                part2 := add(part2, mulmod(mload(add(a, 0x120)), mload(add(b, 0x120)), SCALAR_FIELD))
                part2 := add(part2, mulmod(mload(add(a, 0x140)), mload(add(b, 0x140)), SCALAR_FIELD))
                part2 := add(part2, mulmod(mload(add(a, 0x160)), mload(add(b, 0x160)), SCALAR_FIELD))
                sum := addmod(addmod(sum, part1, SCALAR_FIELD), part2, SCALAR_FIELD)
            }
            // y_i = y_{i+1} + h_i u, for all twelve.
            function recur(y, h, u) {
                let p := SCALAR_FIELD
                mstore(y, addmod(mload(add(y, 0x20)), mulmod(mload(h), u, p), p))
                mstore(add(y, 0x20), addmod(mload(add(y, 0x40)), mulmod(mload(add(h, 0x20)), u, p), p))
                mstore(add(y, 0x40), addmod(mload(add(y, 0x60)), mulmod(mload(add(h, 0x40)), u, p), p))
                mstore(add(y, 0x60), addmod(mload(add(y, 0x80)), mulmod(mload(add(h, 0x60)), u, p), p))
                mstore(add(y, 0x80), addmod(mload(add(y, 0xa0)), mulmod(mload(add(h, 0x80)), u, p), p))
                mstore(add(y, 0xa0), addmod(mload(add(y, 0xc0)), mulmod(mload(add(h, 0xa0)), u, p), p))
                mstore(add(y, 0xc0), addmod(mload(add(y, 0xe0)), mulmod(mload(add(h, 0xc0)), u, p), p))
                mstore(add(y, 0xe0), addmod(mload(add(y, 0x100)), mulmod(mload(add(h, 0xe0)), u, p), p))
                mstore(add(y, 0x100), addmod(mload(add(y, 0x120)), mulmod(mload(add(h, 0x100)), u, p), p))
                mstore(add(y, 0x120), addmod(mload(add(y, 0x140)), mulmod(mload(add(h, 0x120)), u, p), p))
                mstore(add(y, 0x140), addmod(mload(add(y, 0x160)), mulmod(mload(add(h, 0x140)), u, p), p))
                mstore(add(y, 0x160), addmod(mload(add(y, 0x180)), mulmod(mload(add(h, 0x160)), u, p), p))
            }
            // Adds round constants and takes the fifth power of every word, from `state` into `powers`.
            function substitute(state, constant_, powers) {
                for { let end := add(state, ROW) } lt(state, end) {} {
                    mstore(powers, sbox(addmod(mload(state), mload(constant_), SCALAR_FIELD)))
                    state := add(state, 0x20)
                    constant_ := add(constant_, 0x20)
                    powers := add(powers, 0x20)
                }
            }
            // Multiplies `powers` by a matrix, into `state`.
            function mix(powers, matrix, state) {
                for { let end := add(state, ROW) } lt(state, end) {} {
                    let last := mulmod(mload(add(matrix, 0x180)), mload(add(powers, 0x180)), SCALAR_FIELD)
                    mstore(state, addmod(dot(matrix, powers), last, SCALAR_FIELD))
                    matrix := add(matrix, ROW)
                    state := add(state, 0x20)
                }
            }

            // All of this stands above the free memory pointer and is forgotten afterwards.
            let words := mload(0x40)
            extcodecopy(constants, words, 1, SIZE)
            let state := add(words, SIZE)
            let powers := add(state, ROW)
            let matrix := add(words, MATRIX_AT)

            mstore(state, 0)
            mcopy(add(state, 0x20), inputs, 0x180)

            let at := words
            for { let end := add(words, mul(3, ROW)) } lt(at, end) { at := add(at, ROW) } {
                substitute(state, at, powers)
                mix(powers, matrix, state)
            }
            substitute(state, at, powers)
            mix(powers, add(matrix, MATRIX), state)

            // s is word 0; y_0 .. y_11 follow it. One round: s = m u + y_0, y_i = y_{i+1} + h_i u, y_11 = f y + h_11 u.
            {
                let m := mload(add(words, RECURRENCE_AT))
                let h := add(words, add(RECURRENCE_AT, 0x20))
                let y := add(state, 0x20)
                let s := mload(state)
                at := add(words, PARTIAL_AT)
                for { let end := add(words, CLOSING_AT) } lt(at, end) { at := add(at, 0x20) } {
                    let u := sbox(addmod(s, mload(at), SCALAR_FIELD))
                    s := addmod(mulmod(m, u, SCALAR_FIELD), mload(y), SCALAR_FIELD)
                    mstore(add(y, 0x180), dot(add(h, 0x180), y))
                    recur(y, h, u)
                }
                mstore(state, s)
            }
            mcopy(powers, state, ROW)
            mix(powers, add(matrix, mul(2, MATRIX)), state)

            for { let end := add(at, mul(4, ROW)) } lt(at, end) { at := add(at, ROW) } {
                substitute(state, at, powers)
                mix(powers, matrix, state)
            }
            output := mload(state)
        }
    }
}
