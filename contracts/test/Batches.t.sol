// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SCALAR_FIELD} from "../src/Poseidon13.sol";
import {PublicInputs} from "../src/PublicInputs.sol";
import {IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {IAttributionRegistry, Request, RequestState, Terms} from "../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {Vm} from "./support/Test.sol";
import {BatchVerifierDouble} from "./support/VerifierDouble.sol";

/// One proof for many requests. The contributors of most tests are three, so that there is one word of totals and slots start at word 3.
contract BatchesTest is Fixture {
    uint256 private constant START = 3;

    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _registerBatches(3, NATIVE);
    }

    // ---- settlement ----

    function test_credits_every_party_once_for_all() public {
        uint256[] memory ids = _requests(_id, 1 ether, 5);
        _fulfillBatch(ids, 0, _three(3_000_000, 0, 2_000_000));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 5 * 0.05 ether);
        VM.assertEq(_registry.claimable(NATIVE, BENEFICIARY), 5 * 0.45 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), 1.5 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(1)), 0);
        VM.assertEq(_registry.claimable(NATIVE, _payee(2)), 1 ether);
        VM.assertEq(_registry.claimable(NATIVE, USER), 0);
        for (uint256 i; i < 5; ++i) {
            Request memory stored = _registry.requestOf(ids[i]);
            VM.assertTrue(stored.state == RequestState.Fulfilled);
            VM.assertEq(stored.user, USER);
            VM.assertEq(stored.fee, 1 ether);
            VM.assertEq(stored.registrationId, _id);
        }
    }

    function test_a_batch_may_be_full_or_hold_one_request() public {
        _fulfillBatch(_requests(_id, 1 ether, SLOTS), 0, _three(SLOTS * WHOLE, 0, 0));
        _fulfillBatch(_requests(_id, 1 ether, 1), 0, _three(0, 0, WHOLE));
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), SLOTS * 0.5 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(2)), 0.5 ether);
    }

    /// The part of nobody returns to whoever asked, and to nobody else.
    function test_whoever_asked_what_nobody_supports_has_the_rest_back() public {
        uint256[] memory ids = new uint256[](4);
        for (uint256 i; i < 4; ++i) {
            ids[i] = _requestBy(_user(i), 1 ether);
        }
        _fulfillBatch(ids, 2 + 8, _three(1_500_000, 400_000, 100_000));
        for (uint256 i; i < 4; ++i) {
            VM.assertEq(_registry.claimable(NATIVE, _user(i)), i % 2 == 1 ? 0.5 ether : 0);
        }
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 4 * 0.05 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), 0.75 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(1)), 0.2 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(2)), 0.05 ether);
    }

    function test_nobody_may_support_any_answer() public {
        uint256[] memory ids = _requests(_id, 1 ether, 3);
        _fulfillBatch(ids, 7, _three(0, 0, 0));
        VM.assertEq(_registry.claimable(NATIVE, USER), 1.5 ether);
    }

    /// Platform, owner, contributors and refunds sum to all fees to the wei; contributors have cumulative floors of all their parts together.
    function testFuzz_credits_sum_to_all_fees(
        uint128 fee,
        uint256 seed,
        uint256 flags,
        uint256 count,
        uint256 contributors
    ) public {
        fee = uint128(between(fee, 1000, type(uint128).max));
        count = between(count, 1, SLOTS);
        contributors = between(contributors, 1, 30);
        flags &= 2 ** count - 1;
        Terms memory terms = _parts(seed);
        _id = _register(_unbound(contributors), _batchVerifier, terms);
        VM.deal(USER, uint256(fee) * count);
        uint256 attributed = count - _ones(flags, count);
        uint256[] memory totals = _totals(seed, contributors, attributed);
        _fulfillBatch(_requests(_id, fee, count), flags, totals);

        uint256 rest = fee - uint256(fee) * (WHOLE - terms.contributorsPpm) / WHOLE;
        uint256 paid = _assertContributors(rest, totals);
        VM.assertEq(paid, rest * attributed);
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), uint256(fee) * terms.platformPpm / WHOLE * count);
        VM.assertEq(_registry.claimable(NATIVE, USER), rest * (count - attributed));
        paid += _registry.claimable(NATIVE, PLATFORM) + _registry.claimable(NATIVE, BENEFICIARY);
        VM.assertEq(paid + _registry.claimable(NATIVE, USER), uint256(fee) * count);
    }

    function test_the_largest_fee_and_batch_do_not_overflow() public {
        _batchVerifier = new BatchVerifierDouble(COLUMNS, LAYOUT, 200);
        _id = _registerBatches(3, NATIVE);
        uint256 fee = type(uint128).max;
        VM.deal(USER, 200 * fee);
        _fulfillBatch(_requests(_id, fee, 200), 0, _three(199 * WHOLE, WHOLE - 1, 1));
        uint256 sum = _registry.claimable(NATIVE, PLATFORM) + _registry.claimable(NATIVE, BENEFICIARY);
        for (uint256 i; i < 3; ++i) {
            sum += _registry.claimable(NATIVE, _payee(i));
        }
        VM.assertEq(sum, 200 * fee);
    }

    function test_announces_ids_totals_and_outputs() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 2, _three(1, 2, WHOLE - 3));
        VM.recordLogs();
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        (bytes32[] memory topics, bytes memory data) = _lastLog();
        VM.assertEq(topics[0], IAttributionRegistry.BatchFulfilled.selector);
        VM.assertEq(uint256(topics[1]), _id);
        uint256[] memory totals = new uint256[](1);
        uint256[] memory outputs = new uint256[](2);
        totals[0] = inputs[2];
        (outputs[0], outputs[1]) = (inputs[START + 2], inputs[START + 5]);
        VM.assertEq(keccak256(data), keccak256(abi.encode(ids, totals, outputs)));
    }

    /// With two words of output a slot, and two of totals.
    function test_answers_of_larger_shapes_are_announced_whole() public {
        _id = _register(_subject(8, 11), _batchVerifier, _terms(NATIVE));
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = new uint256[](4 + 4 * SLOTS);
        (inputs[0], inputs[1]) = (_subject(8, 11).modelCommitment, _subject(8, 11).indexCommitment);
        (inputs[2], inputs[3]) = (WHOLE, WHOLE);
        for (uint256 i; i < 2; ++i) {
            (inputs[4 + 4 * i], inputs[5 + 4 * i]) = (_registry.contextOf(_id, ids[i]), INPUT);
            (inputs[6 + 4 * i], inputs[7 + 4 * i]) = (10, (i + 1) << 9);
        }
        VM.recordLogs();
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        (, bytes memory data) = _lastLog();
        uint256[] memory totals = new uint256[](2);
        uint256[] memory outputs = new uint256[](4);
        (totals[0], totals[1]) = (WHOLE, WHOLE);
        (outputs[0], outputs[1], outputs[2], outputs[3]) = (10, 1 << 9, 10, 2 << 9);
        VM.assertEq(keccak256(data), keccak256(abi.encode(ids, totals, outputs)));
        VM.assertEq(_registry.claimable(NATIVE, _payee(7)), 0.5 ether);
    }

    /// Marks stand in words of 256 requests; a batch may lie across words, in any order.
    function test_marks_are_kept_across_words_and_in_any_order() public {
        uint256[] memory all = _requests(_id, 1 ether, 260);
        uint256[] memory ids = new uint256[](4);
        (ids[0], ids[1], ids[2], ids[3]) = (all[258], all[0], all[254], all[255]); // requests 259, 1, 255, 256
        _fulfillBatch(ids, 0, _three(4 * WHOLE, 0, 0));
        for (uint256 i; i < 260; ++i) {
            bool done = i == 258 || i == 0 || i == 254 || i == 255;
            RequestState expected = done ? RequestState.Fulfilled : RequestState.Open;
            VM.assertTrue(_registry.requestOf(all[i]).state == expected);
        }
        (ids[0], ids[1], ids[2], ids[3]) = (all[1], all[257], all[2], all[1]);
        _refuse(ids, _three(4 * WHOLE, 0, 0), _notOpen(all[1], RequestState.Fulfilled));
    }

    // ---- which requests ----

    function testFuzz_refuses_a_request_twice(uint256 count, uint256 first, uint256 second) public {
        count = between(count, 2, SLOTS);
        first = between(first, 0, count - 2);
        second = between(second, first + 1, count - 1);
        uint256[] memory ids = _requests(_id, 1 ether, count);
        ids[second] = ids[first];
        _refuse(ids, _three(count * WHOLE, 0, 0), _notOpen(ids[first], RequestState.Fulfilled));
    }

    function test_refuses_requests_to_another_registration() public {
        uint256 other = _registerBatches(4, NATIVE);
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        ids[1] = _request(other, 1 ether);
        bytes4 reason = IAttributionRegistry.OtherRegistration.selector;
        _refuse(ids, _three(2 * WHOLE, 0, 0), abi.encodeWithSelector(reason, ids[1], _id));
    }

    function test_refuses_unequal_fees() public {
        uint256[] memory ids = _requests(_id, 1 ether, 3);
        ids[2] = _request(_id, 1 ether + 1);
        bytes4 reason = IAttributionRegistry.OtherFee.selector;
        _refuse(ids, _three(3 * WHOLE, 0, 0), abi.encodeWithSelector(reason, ids[2], 1 ether, 1 ether + 1));
    }

    function test_refuses_a_request_whose_deadline_passed() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256 deadline = _registry.requestOf(ids[0]).deadline;
        VM.warp(deadline);
        ids[1] = _request(_id, 1 ether);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        VM.warp(deadline + 1);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.TooLate.selector, deadline));
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        (ids[0], ids[1]) = (ids[1], ids[0]);
        _refuse(ids, _three(2 * WHOLE, 0, 0), abi.encodeWithSelector(IAttributionRegistry.TooLate.selector, deadline));
        // Until the deadline, and including it.
        VM.warp(deadline);
        _fulfillBatch(ids, 0, _three(2 * WHOLE, 0, 0));
    }

    function test_refuses_what_was_answered_or_refunded() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory one = new uint256[](1);
        one[0] = ids[1];
        _fulfillBatch(one, 0, _three(WHOLE, 0, 0));
        _refuse(ids, _three(2 * WHOLE, 0, 0), _notOpen(ids[1], RequestState.Fulfilled));
        _refuse(one, _three(WHOLE, 0, 0), _notOpen(ids[1], RequestState.Fulfilled));
        VM.warp(block.timestamp + 2 days);
        VM.expectRevert(_notOpen(ids[1], RequestState.Fulfilled));
        _registry.refund(ids[1]);
        _registry.refund(ids[0]);
        VM.assertEq(_registry.claimable(NATIVE, USER), 1 ether);
        VM.assertTrue(_registry.requestOf(ids[0]).state == RequestState.Refunded);
        VM.expectRevert(_notOpen(ids[0], RequestState.Refunded));
        _registry.refund(ids[0]);
        ids[1] = _request(_id, 1 ether);
        _refuse(ids, _three(2 * WHOLE, 0, 0), _notOpen(ids[0], RequestState.Refunded));
    }

    function test_refuses_requests_that_do_not_exist() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        ids[1] = 77;
        _refuse(ids, _three(2 * WHOLE, 0, 0), _notOpen(77, RequestState.None));
        (ids[0], ids[1]) = (0, ids[0]);
        _refuse(ids, _three(2 * WHOLE, 0, 0), _notOpen(0, RequestState.None));
    }

    function test_refuses_no_request_and_too_many() public {
        bytes4 reason = IAttributionRegistry.WrongBatchSize.selector;
        uint256[] memory none = new uint256[](0);
        uint256[] memory inputs = new uint256[](START + 3 * SLOTS);
        VM.expectRevert(abi.encodeWithSelector(reason, 0, 0));
        _registry.fulfillBatch(none, inputs, _proof(inputs));
        uint256[] memory ids = _requests(_id, 1 ether, SLOTS + 1);
        VM.expectRevert(abi.encodeWithSelector(reason, SLOTS, SLOTS + 1));
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
    }

    function test_each_kind_of_registration_refuses_the_other_settlement() public {
        uint256 single = _register(3, NATIVE);
        uint256[] memory ids = _requests(single, 1 ether, 1);
        uint256[] memory inputs = new uint256[](START + 3);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.AnsweredSingly.selector, single));
        _registry.fulfillBatch(ids, inputs, _proof(inputs));

        bytes4 reason = IAttributionRegistry.AnsweredInBatches.selector;
        uint256 requestId = _request(_id, 1 ether);
        inputs = _answer(_id, requestId, _three(WHOLE, 0, 0));
        VM.expectRevert(abi.encodeWithSelector(reason, _id, SLOTS));
        _registry.fulfill(requestId, inputs, _proof(inputs));
        bytes memory output = abi.encode(inputs[0], new uint256[](2));
        VM.expectRevert(abi.encodeWithSelector(reason, _id, SLOTS));
        _registry.verifyInference(_id, bytes32(INPUT), output, _proof(inputs));
    }

    // ---- which public inputs ----

    function test_refuses_a_slot_that_is_not_empty() public {
        uint256[] memory ids = _requests(_id, 1 ether, 3);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(3 * WHOLE, 0, 0));
        for (uint256 i = START + 9; i < inputs.length; ++i) {
            inputs[i] = 1;
            _refuseInputs(ids, inputs, abi.encodeWithSelector(PublicInputs.SlotNotEmpty.selector, i));
            inputs[i] = 0;
        }
        // The answer to a fourth request, which nobody would be paid for.
        uint256[] memory four = _requests(_id, 1 ether, 4);
        (four[0], four[1], four[2]) = (ids[0], ids[1], ids[2]);
        inputs = _answers(_id, four, 0, _three(4 * WHOLE, 0, 0));
        _refuseInputs(ids, inputs, abi.encodeWithSelector(PublicInputs.SlotNotEmpty.selector, START + 9));
    }

    /// An empty slot answers no request, whatever the proof says of it.
    function test_refuses_an_empty_slot_for_a_request() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        inputs[START + 4] = 0;
        _refuseInputs(ids, inputs, _wrongBinding(START + 4, INPUT, 0));
        (inputs[START + 3], inputs[START + 5]) = (0, 0);
        _refuseInputs(ids, inputs, _wrongBinding(START + 3, _registry.contextOf(_id, ids[1]), 0));
    }

    /// Model, index, and of each slot context and input must be the registered and requested ones.
    function testFuzz_refuses_swapped_bindings(uint256 place, uint256 other) public {
        uint256[] memory ids = _requests(_id, 1 ether, SLOTS);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(SLOTS * WHOLE, 0, 0));
        place = between(place, 0, 2 * SLOTS + 1);
        uint256 position = place < 2 ? place : START + (place - 2) / 2 * 3 + place % 2;
        uint256 expected = inputs[position];
        VM.assume(other != expected);
        inputs[position] = other;
        _refuseInputs(ids, inputs, _wrongBinding(position, expected, other));
        inputs[position] = expected + SCALAR_FIELD;
        _refuseInputs(ids, inputs, _wrongBinding(position, expected, expected + SCALAR_FIELD));
    }

    function test_refuses_answers_in_another_order() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        (ids[0], ids[1]) = (ids[1], ids[0]);
        _refuseInputs(ids, inputs, _wrongBinding(START, _registry.contextOf(_id, ids[0]), inputs[START]));
    }

    function test_refuses_totals_that_do_not_sum() public {
        uint256[] memory ids = _requests(_id, 1 ether, 3);
        _refuse(ids, _three(3 * WHOLE, 0, 1), _doNotSum(3 * WHOLE + 1, 3));
        _refuse(ids, _three(3 * WHOLE - 1, 0, 0), _doNotSum(3 * WHOLE - 1, 3));
        _refuse(ids, _three(0, 0, 0), _doNotSum(0, 3));
        // Two are attributed, three are paid for; three are, two are paid for.
        uint256[] memory inputs = _answers(_id, ids, 1, _three(3 * WHOLE, 0, 0));
        _refuseInputs(ids, inputs, _doNotSum(3 * WHOLE, 2));
        inputs = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        _refuseInputs(ids, inputs, _doNotSum(2 * WHOLE, 3));
    }

    function test_refuses_a_total_for_nobody() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(WHOLE, 0, 0));
        inputs[2] |= WHOLE << 96;
        _refuseInputs(ids, inputs, abi.encodeWithSelector(PublicInputs.UnusedBits.selector, 2));
    }

    function test_refuses_outputs_that_no_query_has() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        uint256 output = inputs[START + 5];
        inputs[START + 5] = output - 7 + 10;
        _refuseInputs(ids, inputs, abi.encodeWithSelector(PublicInputs.WrongClass.selector, 10));
        inputs[START + 5] = output | 1 << 249;
        _refuseInputs(ids, inputs, abi.encodeWithSelector(PublicInputs.UnusedBits.selector, START + 5));
    }

    function test_refuses_another_count_of_public_inputs() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory right = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        uint256[3] memory counts = [right.length + 1, right.length - 1, 0];
        for (uint256 i; i < 3; ++i) {
            uint256[] memory inputs = new uint256[](counts[i]);
            for (uint256 j; j < counts[i] && j < right.length; ++j) {
                inputs[j] = right[j];
            }
            bytes4 reason = PublicInputs.WrongCount.selector;
            _refuseInputs(ids, inputs, abi.encodeWithSelector(reason, right.length, counts[i]));
        }
    }

    function testFuzz_refuses_a_proof_that_does_not_hold(bytes calldata proof) public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 0, _three(2 * WHOLE, 0, 0));
        VM.assume(keccak256(proof) != keccak256(_proof(inputs)));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfillBatch(ids, inputs, proof);
        VM.assertTrue(_registry.requestOf(ids[0]).state == RequestState.Open);
    }

    /// A proof of one batch does not pay by other totals, nor give back where it does not say so.
    function test_refuses_what_the_proof_does_not_say() public {
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        bytes memory proof = _proof(_answers(_id, ids, 0, _three(2 * WHOLE, 0, 0)));
        uint256[] memory inputs = _answers(_id, ids, 0, _three(0, 2 * WHOLE, 0));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfillBatch(ids, inputs, proof);
        inputs = _answers(_id, ids, 1, _three(WHOLE, 0, 0));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfillBatch(ids, inputs, proof);
    }

    /// Whoever sends the answers, the credits are the same, and the sender has none.
    function testFuzz_the_sender_of_a_batch_does_not_matter(address sender) public {
        VM.assume(sender != USER && sender != PLATFORM && sender != BENEFICIARY && sender != _payee(0));
        uint256[] memory ids = _requests(_id, 1 ether, 2);
        uint256[] memory inputs = _answers(_id, ids, 1, _three(WHOLE, 0, 0));
        VM.prank(sender);
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        VM.assertEq(_registry.claimable(NATIVE, sender), 0);
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), 0.5 ether);
        VM.assertEq(_registry.claimable(NATIVE, USER), 0.5 ether);
    }

    // ---- registrations ----

    function test_a_registration_keeps_how_many_queries_a_proof_answers() public {
        VM.assertEq(_registry.registration(_id).queries, SLOTS);
        VM.assertEq(_registry.registration(_register(4, NATIVE)).queries, 1);
        _batchVerifier = new BatchVerifierDouble(COLUMNS, LAYOUT, 4096);
        VM.assertEq(_registry.registration(_registerBatches(3, NATIVE)).queries, 4096);
    }

    function test_registrations_are_numbered() public {
        uint256 before = _registry.registrationCount();
        VM.assertEq(_registry.registration(_id).number, before);
        VM.assertEq(_registry.registration(_register(4, NATIVE)).number, before + 1);
        VM.assertEq(_registry.registrationCount(), before + 1);
    }

    function test_refuses_verifiers_of_no_queries_or_too_many() public {
        uint256[2] memory wrong = [uint256(0), 4097];
        for (uint256 i; i < 2; ++i) {
            _batchVerifier = new BatchVerifierDouble(COLUMNS, LAYOUT, wrong[i]);
            bytes memory call = abi.encodeCall(this.registerBatches, ());
            (bool done, bytes memory reason) = address(this).call(call);
            VM.assertFalse(done);
            bytes memory expected = abi.encodeWithSelector(IAttributionRegistry.WrongSize.selector, wrong[i]);
            VM.assertEq(keccak256(reason), keccak256(expected));
        }
    }

    function registerBatches() external {
        _registerBatches(3, NATIVE);
    }

    // ---- helpers ----

    function _three(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory totals) {
        totals = new uint256[](3);
        (totals[0], totals[1], totals[2]) = (a, b, c);
    }

    function _user(uint256 i) private pure returns (address) {
        return VM.addr(200 + i);
    }

    function _requestBy(address user, uint256 fee) private returns (uint256) {
        VM.deal(user, fee);
        VM.prank(user);
        return _registry.request{value: fee}(_id, INPUT, uint64(block.timestamp + 1 days), fee);
    }

    function _fulfillBatch(uint256[] memory ids, uint256 flags, uint256[] memory totals) private {
        uint256[] memory inputs = _answers(_id, ids, flags, totals);
        VM.prank(STRANGER);
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
    }

    function _refuse(uint256[] memory ids, uint256[] memory totals, bytes memory reason) private {
        _refuseInputs(ids, _answers(_id, ids, 0, totals), reason);
    }

    /// Sends answers with a proof that the verifier accepts for exactly these public inputs.
    function _refuseInputs(uint256[] memory ids, uint256[] memory inputs, bytes memory reason) private {
        VM.expectRevert(reason);
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
    }

    function _notOpen(uint256 requestId, RequestState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAttributionRegistry.NotOpen.selector, requestId, state);
    }

    function _wrongBinding(uint256 position, uint256 expected, uint256 actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PublicInputs.WrongBinding.selector, position, expected, actual);
    }

    function _doNotSum(uint256 sum, uint256 attributed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PublicInputs.TotalsDoNotSum.selector, sum, attributed);
    }

    /// Parts of the fee that a seed decides.
    function _parts(uint256 seed) private view returns (Terms memory terms) {
        terms = _terms(NATIVE);
        // forge-lint: disable-start(unsafe-typecast)
        terms.platformPpm = uint32(between(seed >> 8, 0, WHOLE));
        terms.ownerPpm = uint32(between(seed >> 64, 0, WHOLE - terms.platformPpm));
        terms.contributorsPpm = uint32(WHOLE - terms.platformPpm - terms.ownerPpm);
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// Compares every claim with its cumulative floors, and returns the sum.
    function _assertContributors(uint256 rest, uint256[] memory totals) private view returns (uint256 sum) {
        uint256 cumulative;
        for (uint256 i; i < totals.length; ++i) {
            uint256 before = rest * cumulative / WHOLE;
            cumulative += totals[i];
            uint256 claim = _registry.claimable(NATIVE, _payee(i));
            VM.assertEq(claim, rest * cumulative / WHOLE - before);
            sum += claim;
        }
    }
}
