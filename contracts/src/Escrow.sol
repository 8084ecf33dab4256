// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// What a settlement reads of every request, in one word: fee (128 bits), deadline (64), number of the registration (56), and from bit 248
/// on whether the fee was given back. Zero is no request, since no fee is zero.
type Escrow is uint256;

using Escrows for Escrow global;

/// @title Reads and writes an {Escrow}
library Escrows {
    uint256 private constant DEADLINE_AT = 128;
    uint256 private constant REGISTRATION_AT = 192;
    uint256 private constant REFUNDED = 1 << 248;

    function pack(uint128 fee_, uint64 deadline_, uint56 registration_) internal pure returns (Escrow) {
        return Escrow.wrap(fee_ | uint256(deadline_) << DEADLINE_AT | uint256(registration_) << REGISTRATION_AT);
    }

    /// Returns the same, given back.
    function refunded(Escrow escrow) internal pure returns (Escrow) {
        return Escrow.wrap(Escrow.unwrap(escrow) | REFUNDED);
    }

    function exists(Escrow escrow) internal pure returns (bool) {
        return Escrow.unwrap(escrow) != 0;
    }

    function isRefunded(Escrow escrow) internal pure returns (bool) {
        return Escrow.unwrap(escrow) & REFUNDED != 0;
    }

    function fee(Escrow escrow) internal pure returns (uint256) {
        return Escrow.unwrap(escrow) & type(uint128).max;
    }

    function deadline(Escrow escrow) internal pure returns (uint256) {
        return Escrow.unwrap(escrow) >> DEADLINE_AT & type(uint64).max;
    }

    function registration(Escrow escrow) internal pure returns (uint256) {
        return Escrow.unwrap(escrow) >> REGISTRATION_AT & type(uint56).max;
    }
}
