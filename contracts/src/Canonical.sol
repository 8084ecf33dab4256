// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Calldata that stands where the encoder of a call puts it
/// @notice Solidity follows the offsets that a caller writes, and takes bytes behind the end. Whoever reads the same calldata at the places where
/// an encoder would put it could then see something else than was verified.
library Canonical {
    /// Offsets, padding or length of the calldata are not those of an encoder.
    error NotCanonical();

    uint256 private constant SELECTOR_BYTES = 4;
    uint256 private constant WORD = 32;

    /// Returns where the first argument of variable length stands, behind as many words: its content, not its length.
    function first(uint256 words) internal pure returns (uint256) {
        return SELECTOR_BYTES + WORD * words + WORD;
    }

    /// Refuses a list whose content stands elsewhere; returns where that of the next argument stands.
    function requireList(uint256[] calldata list, uint256 expected) internal pure returns (uint256) {
        uint256 actual;
        assembly ("memory-safe") {
            actual := list.offset
        }
        if (actual != expected) revert NotCanonical();
        return expected + WORD * list.length + WORD;
    }

    /// Refuses bytes whose content stands elsewhere or is padded with anything but zeros; returns where that of the next argument stands.
    function requireBytes(bytes calldata data, uint256 expected) internal pure returns (uint256) {
        uint256 actual;
        uint256 behind = 0;
        uint256 rest = data.length % WORD;
        uint256 end = expected + data.length;
        assembly ("memory-safe") {
            actual := data.offset
            // What calldata does not have is read as zeros: {requireEnd} tells.
            if rest { behind := shr(shl(3, rest), calldataload(end)) }
        }
        if (actual != expected || behind != 0) revert NotCanonical();
        return end + (rest == 0 ? WORD : 2 * WORD - rest);
    }

    /// Refuses calldata that does not end before the place where another argument would have its content.
    function requireEnd(uint256 next) internal pure {
        if (msg.data.length != next - WORD) revert NotCanonical();
    }

    /// Reads `abi.encode(uint256, uint256[])`; returns the number, and the list as it stands.
    function numberAndList(bytes calldata data) internal pure returns (uint256 value, uint256[] calldata list) {
        uint256 length = data.length;
        if (length < 3 * WORD || length % WORD != 0) revert NotCanonical();
        uint256 offset;
        uint256 count;
        assembly ("memory-safe") {
            value := calldataload(data.offset)
            offset := calldataload(add(data.offset, 0x20))
            count := calldataload(add(data.offset, 0x40))
            list.offset := add(data.offset, 0x60)
            list.length := count
        }
        if (offset != 2 * WORD || count != length / WORD - 3) revert NotCanonical();
    }
}
