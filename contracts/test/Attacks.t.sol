// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Canonical} from "../src/Canonical.sol";
import {Ledger} from "../src/Ledger.sol";
import {IndexHeader} from "../src/IndexHeader.sol";
import {IAttributionRegistry, RequestState, Subject, Terms} from "../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {Token} from "./support/Tokens.sol";

/// A token whose balances shrink, as those of one that rebases do.
contract ShrinkingToken is Token {
    function shrink(address account, uint256 part, uint256 whole) external {
        _burn(account, balanceOf(account) * part / whole);
    }
}

/// Each test is named after what somebody would gain.
contract AttacksTest is Fixture {
    // ---- time ----

    function test_asks_so_late_that_nobody_can_answer() public {
        uint256 id = _register(3, NATIVE);
        uint256[3] memory deadlines = [block.timestamp, block.timestamp + 1, block.timestamp + 10 minutes - 1];
        for (uint256 i; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(
                IAttributionRegistry.WrongDeadline.selector,
                block.timestamp + 10 minutes,
                block.timestamp + 30 days,
                deadlines[i]
            );
            VM.prank(USER);
            VM.expectRevert(reason);
            // forge-lint: disable-next-line(unsafe-typecast)
            _registry.request{value: 1 ether}(id, INPUT, uint64(deadlines[i]), 1 ether);
        }
    }

    function test_registers_a_window_that_nobody_can_keep() public {
        uint32[4] memory windows = [0, 10 minutes - 1, 30 days + 1, type(uint32).max];
        for (uint256 i; i < 4; ++i) {
            Terms memory terms = _terms(NATIVE);
            terms.window = windows[i];
            (bool done, bytes memory reason) =
                address(this).call(abi.encodeCall(this.register, (_subject(3, 10), terms)));
            VM.assertFalse(done);
            bytes memory expected = abi.encodeWithSelector(IAttributionRegistry.WrongWindow.selector, windows[i]);
            VM.assertEq(keccak256(reason), keccak256(expected));
        }
    }

    function register(Subject memory subject, Terms memory terms) external returns (uint256) {
        return _register(subject, _verifier, terms);
    }

    // ---- batches ----

    /// One request expires while a batch is on its way.
    function test_spoils_a_batch_by_one_request_that_expires() public {
        uint256 id = _registerBatches(3, NATIVE);
        (uint256[] memory ids, uint256[] memory inputs) = _spoilt(id, 0);
        VM.recordLogs();
        VM.prank(OWNER);
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        (bytes32[] memory topics, bytes memory data) = _log(0);
        VM.assertEq(topics[0], IAttributionRegistry.Dropped.selector);
        VM.assertEq(uint256(topics[1]), ids[1]);
        VM.assertEq(keccak256(data), keccak256(abi.encode(true)));
        for (uint256 i; i < 3; ++i) {
            bool dropped = i == 1;
            VM.assertTrue(_registry.requestOf(ids[i]).state == (dropped ? RequestState.Open : RequestState.Fulfilled));
        }
        // Two fees are settled; the contributors' part of the third answer is the owner's to pay.
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 2 * 0.05 ether);
        VM.assertEq(_registry.claimable(NATIVE, BENEFICIARY), 2 * 0.45 ether - 0.5 ether);
        VM.assertEq(_contributors(), 3 * 0.5 ether);
        _registry.refund(ids[1]);
        VM.assertEq(_registry.claimable(NATIVE, USER), 1 ether);
        VM.assertEq(_claims(), 3 ether);
    }

    /// An answer that nobody supports costs the owner nothing.
    function test_a_dropped_slot_that_nobody_supports_costs_nothing() public {
        uint256 id = _registerBatches(3, NATIVE);
        (uint256[] memory ids, uint256[] memory inputs) = _spoilt(id, 2);
        VM.prank(BENEFICIARY);
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        VM.assertEq(_registry.claimable(NATIVE, BENEFICIARY), 2 * 0.45 ether);
        VM.assertEq(_contributors(), 2 * 0.5 ether);
        VM.assertEq(_registry.claimable(NATIVE, USER), 0);
        VM.assertEq(_claims(), 2 ether);
    }

    /// A contributor who asks much, lets it expire, and has the fees of others follow their own questions.
    function testFuzz_steers_the_fees_of_others_by_requests_that_expire(uint256 seed, uint256 flags) public {
        uint256 id = _registerBatches(3, NATIVE);
        uint256[] memory ids = new uint256[](6);
        for (uint256 i; i < 6; ++i) {
            ids[i] = i % 3 == 0 ? _requestFor(id, 10 minutes) : _requestFor(id, 1 days);
        }
        flags &= 0x3f;
        uint256[] memory totals = _totals(seed, 3, 6 - _ones(flags, 6));
        uint256[] memory inputs = _answers(id, ids, flags, totals);
        VM.warp(block.timestamp + 1 hours);
        VM.prank(OWNER);
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        // Every contributor has what all their weights are worth, as if nothing had expired.
        uint256 cumulative;
        for (uint256 i; i < 3; ++i) {
            uint256 before = 0.5 ether * cumulative / WHOLE;
            cumulative += totals[i];
            VM.assertEq(_registry.claimable(NATIVE, _payee(i)), 0.5 ether * cumulative / WHOLE - before);
        }
        VM.assertEq(_claims(), 4 ether);
    }

    /// The owner's part is all that can be spent on dropped slots.
    function test_drops_slots_at_the_cost_of_others() public {
        uint256 id = _registerBatches(3, NATIVE);
        uint256[] memory ids = new uint256[](3);
        (ids[0], ids[1]) = (_requestFor(id, 10 minutes), _requestFor(id, 10 minutes));
        ids[2] = _requestFor(id, 1 days);
        uint256[] memory inputs = _answers(id, ids, 0, _totals(1, 3, 3));
        VM.warp(block.timestamp + 1 hours);
        bytes memory proof = _proof(inputs);
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.DroppedTooMuch.selector, 1 ether, 0.45 ether));
        _registry.fulfillBatch(ids, inputs, proof);
        VM.warp(block.timestamp + 2 days);
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.WrongBatchSize.selector, SLOTS, 0));
        _registry.fulfillBatch(ids, inputs, proof);
    }

    /// Whoever holds back a batch of others until something expires would spend the owner's part.
    function test_spends_the_owners_part_by_being_late() public {
        uint256 id = _registerBatches(3, NATIVE);
        (uint256[] memory ids, uint256[] memory inputs) = _spoilt(id, 0);
        bytes memory proof = _proof(inputs);
        uint256 deadline = _registry.requestOf(ids[1]).deadline;
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.TooLate.selector, deadline));
        _registry.fulfillBatch(ids, inputs, proof);
    }

    // ---- answers ----

    /// A copy of an answer comes first; a contract that brings the same still has it proven.
    function test_denies_a_contract_its_answer_by_a_copy() public {
        uint256 id = _register(3, NATIVE);
        uint256 requestId = _request(id, 1 ether);
        uint256[] memory inputs = _answer(id, requestId, _three(1, 2));
        bytes memory proof = _proof(inputs);
        VM.prank(STRANGER);
        VM.assertTrue(_registry.fulfill(requestId, inputs, proof));
        uint256 claim = _registry.claimable(NATIVE, PLATFORM);
        VM.assertFalse(_registry.fulfill(requestId, inputs, proof));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), claim);
        // Not by another answer, though, nor after any time by a false one.
        inputs[4] ^= 1;
        VM.expectRevert();
        _registry.fulfill(requestId, inputs, proof);
        inputs[4] ^= 1;
        VM.warp(block.timestamp + 9 days);
        VM.assertFalse(_registry.fulfill(requestId, inputs, proof));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), claim);
    }

    // ---- encodings ----

    /// A reader at fixed offsets sees the class in front, the registry verifies the one behind.
    function test_shows_one_class_and_verifies_another() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory inputs = _answer(id, 1, _three(1000, 0));
        inputs[3] = INPUT;
        uint256[] memory packed = new uint256[](2);
        (packed[0], packed[1]) = (inputs[4], inputs[5]);
        bytes memory proof = _proof(inputs);
        bytes memory honest = abi.encode(inputs[0], packed);
        _registry.verifyInference(id, bytes32(INPUT), honest, proof);
        bytes[5] memory moved = [
            bytes.concat(honest, bytes32(0)),
            bytes.concat(honest, hex"00"),
            abi.encodePacked(inputs[0], uint256(0xa0), uint256(2), packed[0] ^ 4, packed[1], uint256(2), packed),
            abi.encodePacked(inputs[0], uint256(0x60), uint256(0), uint256(2), packed),
            abi.encodePacked(inputs[0], uint256(0x40), uint256(3), packed)
        ];
        for (uint256 i; i < 5; ++i) {
            VM.expectRevert(Canonical.NotCanonical.selector);
            _registry.verifyInference(id, bytes32(INPUT), moved[i], proof);
        }
        _refusesEdits(abi.encodeCall(_registry.verifyInference, (id, bytes32(INPUT), honest, proof)), 2);
    }

    function test_hides_bytes_in_an_answer() public {
        uint256 id = _register(3, NATIVE);
        uint256 requestId = _request(id, 1 ether);
        uint256[] memory inputs = _answer(id, requestId, _three(1, 2));
        _refusesEdits(abi.encodeCall(_registry.fulfill, (requestId, inputs, _proof(inputs))), 1);
        id = _registerBatches(3, NATIVE);
        uint256[] memory ids = _requests(id, 1 ether, 2);
        inputs = _answers(id, ids, 1, _totals(1, 3, 1));
        _refusesEdits(abi.encodeCall(_registry.fulfillBatch, (ids, inputs, _proof(inputs))), 0);
    }

    /// Calls that say the same, encoded as no encoder does: a trailing byte and word, and the argument at a place moved behind all others.
    function _refusesEdits(bytes memory call, uint256 place) private {
        _refused(bytes.concat(call, hex"00"));
        _refused(bytes.concat(call, bytes32(0)));
        bytes memory edited = bytes.concat(call);
        uint256 head = 4 + 32 * place;
        uint256 offset = _wordAt(edited, head);
        // A copy of everything behind the heads, to which the head points.
        bytes memory tail = new bytes(edited.length - 4 - offset);
        for (uint256 i; i < tail.length; ++i) {
            tail[i] = edited[4 + offset + i];
        }
        edited = bytes.concat(edited, tail);
        _write(edited, head, call.length - 4);
        _refused(edited);
        (bool done,) = address(_registry).call(call);
        VM.assertTrue(done);
    }

    function _refused(bytes memory call) private {
        (bool done, bytes memory reason) = address(_registry).call(call);
        VM.assertFalse(done);
        VM.assertEq(keccak256(reason), keccak256(abi.encodeWithSelector(Canonical.NotCanonical.selector)));
    }

    function _wordAt(bytes memory data, uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), place))
        }
    }

    function _write(bytes memory data, uint256 place, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), place), word)
        }
    }

    /// An error that the interface does not name is bytes to whoever reads it.
    function test_refuses_a_header_without_saying_why() public pure {
        VM.assertTrue(IAttributionRegistry.BadHeader.selector == IndexHeader.BadHeader.selector);
    }

    // ---- claims ----

    /// A payee that cannot call {withdraw} is paid by anybody, and nobody else is.
    function test_keeps_a_payee_from_money_that_it_cannot_ask_for() public {
        uint256 id = _register(3, NATIVE);
        _fulfill(id, _request(id, 1 ether), _three(WHOLE, 0));
        VM.prank(STRANGER);
        VM.assertEq(_registry.withdrawFor(NATIVE, payable(_payee(0))), 0.5 ether);
        VM.assertEq(_payee(0).balance, 0.5 ether);
        VM.assertEq(STRANGER.balance, 0);
        VM.expectRevert(abi.encodeWithSelector(Ledger.NothingToWithdraw.selector, NATIVE, _payee(0)));
        _registry.withdrawFor(NATIVE, payable(_payee(0)));
    }

    /// A token takes back a third: the first to withdraw would be paid by the last.
    function test_withdraws_what_others_are_owed_from_a_token_that_shrank() public {
        (ShrinkingToken token, uint256 id) = _shrunk();
        bytes memory short = abi.encodeWithSelector(Ledger.Short.selector, token, 3 ether, 2 ether);
        VM.prank(PLATFORM);
        VM.expectRevert(short);
        _registry.withdraw(token, payable(PLATFORM));
        VM.expectRevert(short);
        _registry.withdrawFor(token, payable(PLATFORM));
        // Nor does a new fee fill the hole.
        token.mint(USER, 1 ether);
        VM.prank(USER);
        token.approve(address(_registry), 1 ether);
        VM.prank(USER);
        VM.expectRevert(short);
        _registry.request(id, INPUT, uint64(block.timestamp + 1 days), 1 ether);
        // Everybody has two thirds, whoever comes first; the open request too, when it is refunded.
        _short(token, PLATFORM, 0.1 ether);
        _short(token, _payee(0), 1 ether);
        VM.warp(block.timestamp + 2 days);
        _registry.refund(3);
        _short(token, USER, 1 ether);
        _short(token, BENEFICIARY, 0.9 ether);
        VM.assertEq(_registry.owed(token), 0);
        VM.assertLe(token.balanceOf(address(_registry)), 4);
    }

    /// A loss that the token makes good again cost nobody anything.
    function test_a_loss_that_is_made_good_is_none() public {
        (ShrinkingToken token,) = _shrunk();
        token.mint(address(_registry), 1 ether);
        VM.prank(PLATFORM);
        VM.assertEq(_registry.withdraw(token, payable(PLATFORM)), 0.1 ether);
        VM.prank(_payee(0));
        VM.assertEq(_registry.withdrawShort(token, payable(_payee(0))), 1 ether);
    }

    /// Three fees of one token, two of them settled, of which a third is lost.
    function _shrunk() private returns (ShrinkingToken token, uint256 id) {
        token = new ShrinkingToken();
        id = _register(3, token);
        for (uint256 i; i < 3; ++i) {
            token.mint(USER, 1 ether);
            VM.prank(USER);
            token.approve(address(_registry), 1 ether);
            VM.prank(USER);
            _registry.request(id, INPUT, uint64(block.timestamp + 1 days), 1 ether);
            if (i < 2) _fulfill(id, i + 1, _three(WHOLE, 0));
        }
        token.shrink(address(_registry), 1, 3);
    }

    function _short(IERC20 token, address account, uint256 claim) private {
        uint256 before = token.balanceOf(account);
        VM.prank(account);
        uint256 amount = _registry.withdrawShort(token, payable(account));
        VM.assertEq(token.balanceOf(account), before + amount);
        VM.assertLe(claim * 2 / 3 - 2, amount);
        VM.assertLe(amount, claim * 2 / 3 + 2);
    }

    // ---- helpers ----

    /// Three answered requests, of which the second has expired.
    function _spoilt(uint256 id, uint256 flags) private returns (uint256[] memory ids, uint256[] memory inputs) {
        ids = new uint256[](3);
        (ids[0], ids[1], ids[2]) = (_requestFor(id, 1 days), _requestFor(id, 10 minutes), _requestFor(id, 1 days));
        inputs = _answers(id, ids, flags, _totals(7, 3, 3 - _ones(flags, 3)));
        VM.warp(block.timestamp + 1 hours);
    }

    function _requestFor(uint256 id, uint256 duration) private returns (uint256) {
        VM.prank(USER);
        // forge-lint: disable-next-line(unsafe-typecast)
        return _registry.request{value: 1 ether}(id, INPUT, uint64(block.timestamp + duration), 1 ether);
    }

    function _contributors() private view returns (uint256 sum) {
        for (uint256 i; i < 3; ++i) {
            sum += _registry.claimable(NATIVE, _payee(i));
        }
    }

    function _claims() private view returns (uint256) {
        return _contributors() + _registry.claimable(NATIVE, PLATFORM) + _registry.claimable(NATIVE, BENEFICIARY)
            + _registry.claimable(NATIVE, USER);
    }
}
