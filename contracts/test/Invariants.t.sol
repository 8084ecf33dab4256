// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Handler} from "./support/Handler.sol";
import {Test} from "./support/Test.sol";

/// What holds whatever users, provers, payees and strangers do, in any order.
contract InvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler private _handler;

    function setUp() public {
        _handler = new Handler();
        _handler.setUp();
    }

    /// Per asset, to the wei: what went in is paid, claimed or waits for an answer.
    function invariant_nothing_is_lost_and_nothing_made() public view {
        _balanced(IERC20(address(0)));
        _balanced(_handler.TOKEN());
    }

    /// What is owed is there.
    function invariant_liabilities_never_exceed_the_balance() public view {
        IERC20 native = IERC20(address(0));
        address registry = address(_handler.registry());
        VM.assertLe(_owed(native), registry.balance);
        VM.assertLe(_owed(_handler.TOKEN()), _handler.TOKEN().balanceOf(registry));
    }

    function invariant_requests_end_once_and_claims_do_not_shrink() public view {
        VM.assertLe(_handler.mostEndings(), 1);
        VM.assertEq(_handler.shrunk(), 0);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_handler);
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = Handler.request.selector;
        selectors[1] = Handler.request.selector;
        selectors[2] = Handler.fulfill.selector;
        selectors[3] = Handler.fulfill.selector;
        selectors[4] = Handler.refund.selector;
        selectors[5] = Handler.again.selector;
        selectors[6] = Handler.withdraw.selector;
        selectors[7] = Handler.donate.selector;
        selectors[8] = Handler.wait_.selector;
        selectors[9] = Handler.requestMany.selector;
        selectors[10] = Handler.fulfillBatch.selector;
        selectors[11] = Handler.fulfillBatch.selector;
        targets[0].selectors = selectors;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function _balanced(IERC20 asset) private view {
        VM.assertEq(_handler.paid(asset) + _owed(asset), _handler.deposited(asset));
    }

    function _owed(IERC20 asset) private view returns (uint256) {
        return _handler.claimable(asset) + _handler.escrowed(asset);
    }
}

/// A run in a fixed order, to show that the handler's actions go through: invariants over nothing would hold as well.
contract HandlerTest is Test {
    function test_every_action_goes_through() public {
        Handler handler = new Handler();
        handler.setUp();
        for (uint256 i; i < 12; ++i) {
            handler.request(i, i % 3, 1 ether + i, 1 days);
        }
        for (uint256 i; i < 6; ++i) {
            handler.fulfill(i, i, i == 2);
        }
        handler.requestMany(0, 3, 1 ether, 1 days);
        handler.requestMany(1, 7, 1 ether, 1 days);
        for (uint256 i; i < 16; ++i) {
            handler.fulfillBatch(i, i, i);
        }
        for (uint256 i; i < 3; ++i) {
            handler.wait_(1 days - 1);
        }
        for (uint256 i; i < 6; ++i) {
            handler.refund(i);
        }
        handler.again(0, 0, true);
        handler.again(9, 0, false);
        handler.donate(5, true);
        handler.donate(5, false);
        for (uint256 i; i < 20; ++i) {
            handler.withdraw(i / 2, i % 2 == 0);
        }
        bytes32 request = "request";
        bytes32[9] memory kinds =
            [request, "fulfill", "refund", "again", "withdraw", "donate", "wait", "requestMany", "fulfillBatch"];
        uint8[9] memory least = [12, 6, 6, 2, 10, 2, 3, 2, 2];
        for (uint256 i; i < 9; ++i) {
            VM.assertGe(handler.counts(kinds[i]), least[i], "an action was skipped");
        }
        VM.assertEq(handler.mostEndings(), 1);
    }
}
