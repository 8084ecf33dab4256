// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Parts of an amount that sum to it exactly
/// @notice Cumulative floors: with F_i the sum of the first i weights, part i is `floor(amount F_i / 10^6) - floor(amount F_(i-1) / 10^6)`.
/// The differences telescope, so nothing is lost and nobody is rounded up twice.
library Shares {
    /// One whole, in parts per million.
    uint256 internal constant WHOLE = 1_000_000;

    /// Returns where the first `cumulative` parts per million of an amount end.
    /// @dev An amount below 2^128 does not overflow for any weights that a proof can hold: those of a batch sum to less than 2^32. Where they
    /// sum to several wholes, parts of as many amounts end at exactly as many amounts.
    function boundary(uint256 amount, uint256 cumulative) internal pure returns (uint256) {
        return amount * cumulative / WHOLE;
    }
}
