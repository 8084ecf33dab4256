// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "../src/Shares.sol";
import {Test} from "./support/Test.sol";

contract SharesTest is Test {
    function test_rounds_down_cumulatively() public pure {
        // 10 wei in three thirds: 3.33.., 6.66.., 10.
        VM.assertEq(Shares.boundary(10, 333_333), 3);
        VM.assertEq(Shares.boundary(10, 666_666), 6);
        VM.assertEq(Shares.boundary(10, 1_000_000), 10);
    }

    function test_one_wei_goes_to_whom_the_million_ends_with() public pure {
        VM.assertEq(Shares.boundary(1, 999_999), 0);
        VM.assertEq(Shares.boundary(1, 1_000_000), 1);
    }

    function test_the_largest_fee_does_not_overflow() public pure {
        VM.assertEq(Shares.boundary(type(uint128).max, 1_000_000), type(uint128).max);
    }

    /// Parts sum to the amount to the wei, and none is off by a whole unit from its exact value.
    function testFuzz_parts_sum_to_the_amount(uint128 amount, uint256 seed, uint256 count) public pure {
        count = between(count, 1, 60);
        uint256 cumulative;
        uint256 start;
        uint256 sum;
        for (uint256 i; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 weight = i + 1 == count ? 1_000_000 - cumulative : between(seed, 0, 1_000_000 - cumulative);
            cumulative += weight;
            uint256 end = Shares.boundary(amount, cumulative);
            uint256 exact = uint256(amount) * weight;
            VM.assertLt(end - start, exact / 1_000_000 + 2);
            VM.assertLt(exact, (end - start + 1) * 1_000_000);
            sum += end - start;
            start = end;
        }
        VM.assertEq(sum, amount);
    }

    /// Boundaries never fall, and the last one is the whole amount: no part is negative, and nothing is left.
    function testFuzz_boundaries_rise_to_the_amount(uint128 amount, uint256 lower, uint256 higher) public pure {
        higher = between(higher, 0, 1_000_000);
        lower = between(lower, 0, higher);
        VM.assertLe(Shares.boundary(amount, lower), Shares.boundary(amount, higher));
        VM.assertLe(Shares.boundary(amount, higher), amount);
        VM.assertEq(Shares.boundary(amount, 1_000_000), amount);
    }
}
