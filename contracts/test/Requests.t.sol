// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AttributionRegistry} from "../src/AttributionRegistry.sol";
import {Ledger} from "../src/Ledger.sol";
import {SCALAR_FIELD} from "../src/Poseidon13.sol";
import {PublicInputs} from "../src/PublicInputs.sol";
import {IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {ILinkedVerifier} from "../src/interfaces/IVerifier.sol";
import {IAttributionRegistry, Request, RequestState, Subject, Terms} from "../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {RevertingVerifier, SilentContract} from "./support/VerifierDouble.sol";

contract RequestsTest is Fixture {
    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _register(3, NATIVE);
    }

    // ---- requests ----

    function test_a_request_holds_its_fee() public {
        uint256 requestId = _request(_id, 1 ether);
        Request memory stored = _registry.requestOf(requestId);
        VM.assertEq(stored.user, USER);
        VM.assertEq(stored.fee, 1 ether);
        VM.assertEq(stored.deadline, block.timestamp + 1 days);
        VM.assertTrue(stored.state == RequestState.Open);
        VM.assertEq(stored.registrationId, _id);
        VM.assertEq(stored.inputCommitment, INPUT);
        VM.assertEq(address(_registry).balance, 1 ether);
        VM.assertEq(_registry.requestCount(), requestId);
    }

    function test_announces_a_request_with_its_context() public {
        VM.recordLogs();
        uint256 requestId = _request(_id, 1 ether);
        (bytes32[] memory topics, bytes memory data) = _lastLog();
        VM.assertEq(topics[0], IAttributionRegistry.Requested.selector);
        VM.assertEq(uint256(topics[1]), requestId);
        VM.assertEq(uint256(topics[2]), _id);
        VM.assertEq(address(uint160(uint256(topics[3]))), USER);
        uint256 context = _registry.contextOf(_id, requestId);
        VM.assertEq(keccak256(data), keccak256(abi.encode(INPUT, context, 1 ether, block.timestamp + 1 days, 0)));
    }

    /// docs/formats.md, section 7.
    function testFuzz_a_context_binds_chain_contract_registration_and_request(
        uint64 chain,
        uint256 registrationId,
        uint256 requestId
    ) public {
        VM.assume(chain != 0);
        VM.chainId(chain);
        bytes32 domain = keccak256("tribute/context/1");
        bytes32 digest = keccak256(abi.encode(domain, chain, address(_registry), registrationId, requestId));
        uint256 context = _registry.contextOf(registrationId, requestId);
        VM.assertEq(context, uint256(digest) >> 8);
        VM.assertLt(context, SCALAR_FIELD);
    }

    function test_refuses_deadlines_that_are_past_or_far() public {
        uint256 last = block.timestamp + _registry.MAX_DURATION();
        _refuseRequest(INPUT, block.timestamp - 1, 1 ether, IAttributionRegistry.WrongDeadline.selector);
        _refuseRequest(INPUT, last + 1, 1 ether, IAttributionRegistry.WrongDeadline.selector);
        _refuseRequest(INPUT, block.timestamp + 10 minutes - 1, 1 ether, IAttributionRegistry.WrongDeadline.selector);
        VM.prank(USER);
        // forge-lint: disable-next-line(unsafe-typecast)
        _registry.request{value: 1 ether}(_id, INPUT, uint64(last), 1 ether);
    }

    function test_refuses_fees_below_the_minimum() public {
        _refuseRequest(INPUT, block.timestamp + 1 days, 999, IAttributionRegistry.WrongFee.selector);
        _refuseRequest(INPUT, block.timestamp + 1 days, 0, IAttributionRegistry.WrongFee.selector);
    }

    function test_refuses_a_fee_that_would_be_cut_off() public {
        VM.deal(USER, type(uint256).max);
        uint256 fee = uint256(type(uint128).max) + 1001;
        _refuseRequest(INPUT, block.timestamp + 1 days, fee, IAttributionRegistry.WrongFee.selector);
    }

    function test_refuses_a_free_request_where_no_minimum_is_set() public {
        Terms memory terms = _terms(NATIVE);
        terms.minimumFee = 0;
        Subject memory subject = _subject(4, 10);
        VM.prank(OWNER);
        _id = _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), _bindingProof(subject), terms, 0
        );
        _refuseRequest(INPUT, block.timestamp + 1 days, 0, IAttributionRegistry.WrongFee.selector);
    }

    function testFuzz_refuses_any_other_value_than_the_fee(uint256 value) public {
        value = between(value, 0, 1000 ether);
        VM.assume(value != 1 ether);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(Ledger.WrongValue.selector, 1 ether, value));
        _registry.request{value: value}(_id, INPUT, uint64(block.timestamp + 1 days), 1 ether);
    }

    function test_refuses_inputs_that_are_no_commitments() public {
        _refuseRequest(0, block.timestamp + 1 days, 1 ether, IAttributionRegistry.NotACommitment.selector);
        _refuseRequest(SCALAR_FIELD, block.timestamp + 1 days, 1 ether, IAttributionRegistry.NotACommitment.selector);
        _refuseRequest(
            INPUT + SCALAR_FIELD, block.timestamp + 1 days, 1 ether, IAttributionRegistry.NotACommitment.selector
        );
    }

    // ---- settlement ----

    function test_credits_every_party() public {
        uint256 requestId = _request(_id, 1 ether);
        _fulfill(_id, requestId, _three(250_000, 0));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 0.05 ether);
        VM.assertEq(_registry.claimable(NATIVE, BENEFICIARY), 0.45 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), 0.125 ether);
        VM.assertEq(_registry.claimable(NATIVE, _payee(1)), 0);
        VM.assertEq(_registry.claimable(NATIVE, _payee(2)), 0.375 ether);
        VM.assertEq(_registry.claimable(NATIVE, USER), 0);
        Request memory stored = _registry.requestOf(requestId);
        VM.assertTrue(stored.state == RequestState.Fulfilled);
    }

    function test_announces_the_attribution() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        VM.recordLogs();
        _registry.fulfill(requestId, inputs, _proof(inputs));
        (bytes32[] memory topics, bytes memory data) = _lastLog();
        VM.assertEq(topics[0], IAttributionRegistry.Fulfilled.selector);
        VM.assertEq(uint256(topics[1]), requestId);
        VM.assertEq(uint256(topics[2]), _id);
        VM.assertEq(keccak256(data), keccak256(abi.encode(7, false, inputs)));
    }

    function testFuzz_credits_sum_to_the_fee(uint128 fee, uint256 seed, uint256 count, uint256 platform, uint256 owner)
        public
    {
        fee = uint128(between(fee, 1000, type(uint128).max));
        count = between(count, 1, 40);
        Terms memory terms = _parts(platform, owner);
        Subject memory subject = _unbound(count);
        VM.prank(OWNER);
        uint256 id = _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), _bindingProof(subject), terms, 0
        );
        VM.deal(USER, fee);
        uint256 requestId = _request(id, fee);
        uint256[] memory weights = _weights(seed, count);
        _fulfill(id, requestId, weights);

        uint256 rest = fee - _registry.claimable(NATIVE, PLATFORM) - _registry.claimable(NATIVE, BENEFICIARY);
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), uint256(fee) * terms.platformPpm / WHOLE);
        VM.assertEq(rest, fee - uint256(fee) * (WHOLE - terms.contributorsPpm) / WHOLE);
        VM.assertEq(_assertContributors(rest, weights), rest);
    }

    /// Compares every claim with its cumulative floors, and returns the sum.
    function _assertContributors(uint256 rest, uint256[] memory weights) private view returns (uint256 sum) {
        uint256 cumulative;
        for (uint256 i; i < weights.length; ++i) {
            uint256 before = rest * cumulative / WHOLE;
            cumulative += weights[i];
            uint256 claim = _registry.claimable(NATIVE, _payee(i));
            VM.assertEq(claim, rest * cumulative / WHOLE - before);
            sum += claim;
        }
    }

    function _parts(uint256 platform, uint256 owner) private view returns (Terms memory terms) {
        terms = _terms(NATIVE);
        // forge-lint: disable-start(unsafe-typecast)
        terms.platformPpm = uint32(between(platform, 0, WHOLE));
        terms.ownerPpm = uint32(between(owner, 0, WHOLE - terms.platformPpm));
        terms.contributorsPpm = uint32(WHOLE - terms.platformPpm - terms.ownerPpm);
        // forge-lint: disable-end(unsafe-typecast)
    }

    function test_the_part_of_nobody_returns_to_the_user() public {
        uint256 requestId = _request(_id, 1 ether);
        _fulfill(_id, requestId, new uint256[](3));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 0.05 ether);
        VM.assertEq(_registry.claimable(NATIVE, BENEFICIARY), 0.45 ether);
        VM.assertEq(_registry.claimable(NATIVE, USER), 0.5 ether);
    }

    /// Whoever sends the answer, the credits are the same, and the sender has none.
    function testFuzz_the_sender_of_an_answer_does_not_matter(address sender, uint256 seed) public {
        VM.assume(sender != USER && sender != PLATFORM && sender != BENEFICIARY);
        for (uint256 i; i < 3; ++i) {
            VM.assume(sender != _payee(i));
        }
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory weights = _weights(seed, 3);
        uint256[] memory inputs = _answer(_id, requestId, weights);
        VM.prank(sender);
        _registry.fulfill(requestId, inputs, _proof(inputs));
        VM.assertEq(_registry.claimable(NATIVE, sender), 0);
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), 0.5 ether * weights[0] / WHOLE);
        VM.assertEq(_registry.claimable(NATIVE, BENEFICIARY), 0.45 ether);
    }

    // ---- the deadline ----

    function test_answers_until_the_deadline_inclusive() public {
        uint256 requestId = _request(_id, 1 ether);
        VM.warp(_registry.requestOf(requestId).deadline);
        VM.expectRevert(
            abi.encodeWithSelector(IAttributionRegistry.TooEarly.selector, _registry.requestOf(requestId).deadline)
        );
        _registry.refund(requestId);
        _fulfill(_id, requestId, _three(1, 2));
    }

    function test_refunds_after_the_deadline() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256 deadline = _registry.requestOf(requestId).deadline;
        VM.warp(deadline + 1);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.TooLate.selector, deadline));
        _registry.fulfill(requestId, inputs, _proof(inputs));
        VM.prank(STRANGER);
        _registry.refund(requestId);
        VM.assertEq(_registry.claimable(NATIVE, USER), 1 ether);
        VM.assertEq(_registry.claimable(NATIVE, STRANGER), 0);
        VM.assertTrue(_registry.requestOf(requestId).state == RequestState.Refunded);
    }

    function test_nothing_happens_twice() public {
        uint256 answered = _request(_id, 1 ether);
        uint256 expired = _request(_id, 1 ether);
        _fulfill(_id, answered, _three(1, 2));
        uint256[] memory inputs = _answer(_id, answered, _three(1, 2));
        VM.assertFalse(_registry.fulfill(answered, inputs, _proof(inputs)));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 0.05 ether);
        VM.warp(block.timestamp + 2 days);
        VM.expectRevert(_notOpen(answered, RequestState.Fulfilled));
        _registry.refund(answered);
        _registry.refund(expired);
        VM.expectRevert(_notOpen(expired, RequestState.Refunded));
        _registry.refund(expired);
        inputs = _answer(_id, expired, _three(1, 2));
        _refuseAnswer(expired, inputs, _notOpen(expired, RequestState.Refunded));
    }

    function test_requests_that_do_not_exist_are_refused() public {
        uint256[] memory inputs = _answer(_id, 5, _three(1, 2));
        _refuseAnswer(5, inputs, _notOpen(5, RequestState.None));
        _refuseAnswer(0, inputs, _notOpen(0, RequestState.None));
        VM.expectRevert(_notOpen(5, RequestState.None));
        _registry.refund(5);
    }

    // ---- replay ----

    function test_refuses_the_answer_to_another_request() public {
        uint256 first = _request(_id, 1 ether);
        uint256 second = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, first, _three(1, 2));
        _refuseAnswer(second, inputs, _wrongBinding(0, _registry.contextOf(_id, second), inputs[0]));
    }

    function test_refuses_the_answer_on_another_chain() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        VM.chainId(block.chainid + 1);
        _refuseAnswer(requestId, inputs, _wrongBinding(0, _registry.contextOf(_id, requestId), inputs[0]));
    }

    function test_refuses_the_answer_to_another_contract() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        _registry = _deploy();
        uint256 id = _register(3, NATIVE);
        VM.assertEq(_request(id, 1 ether), requestId);
        _refuseAnswer(requestId, inputs, _wrongBinding(0, _registry.contextOf(id, requestId), inputs[0]));
    }

    function test_refuses_the_answer_to_another_registration() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        Subject memory subject = _subject(3, 11);
        VM.prank(OWNER);
        uint256 id = _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            0
        );
        inputs[0] = _registry.contextOf(id, requestId);
        _refuseAnswer(requestId, inputs, _wrongBinding(0, _registry.contextOf(_id, requestId), inputs[0]));
    }

    /// Model, index and input of the public inputs must be the registered and requested ones.
    function testFuzz_refuses_swapped_commitments(uint256 position, uint256 other) public {
        position = between(position, 1, 3);
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        uint256 expected = inputs[position];
        VM.assume(other != expected);
        inputs[position] = other;
        _refuseAnswer(requestId, inputs, _wrongBinding(position, expected, other));
    }

    /// An alias of a commitment modulo the order of the field is another value.
    function test_refuses_aliased_commitments() public {
        uint256 requestId = _request(_id, 1 ether);
        for (uint256 position; position < 4; ++position) {
            uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
            uint256 expected = inputs[position];
            inputs[position] += SCALAR_FIELD;
            _refuseAnswer(requestId, inputs, _wrongBinding(position, expected, expected + SCALAR_FIELD));
        }
    }

    function test_refuses_one_public_input_more_or_less() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory right = _answer(_id, requestId, _three(1, 2));
        uint256[] memory more = new uint256[](right.length + 1);
        uint256[] memory less = new uint256[](right.length - 1);
        for (uint256 i; i < right.length; ++i) {
            more[i] = right[i];
            if (i < less.length) less[i] = right[i];
        }
        _refuseAnswer(requestId, more, abi.encodeWithSelector(PublicInputs.WrongCount.selector, 6, 7));
        _refuseAnswer(requestId, less, abi.encodeWithSelector(PublicInputs.WrongCount.selector, 6, 5));
        less = new uint256[](0);
        _refuseAnswer(requestId, less, abi.encodeWithSelector(PublicInputs.WrongCount.selector, 6, 0));
    }

    // ---- the verifier ----

    function testFuzz_refuses_a_proof_that_does_not_hold(bytes calldata proof) public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        VM.assume(keccak256(proof) != keccak256(_proof(inputs)));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfill(requestId, inputs, proof);
    }

    /// A proof of one statement does not pay by another.
    function test_refuses_other_weights_than_the_proven_ones() public {
        uint256 requestId = _request(_id, 1 ether);
        bytes memory proof = _proof(_answer(_id, requestId, _three(1, 2)));
        uint256[] memory inputs = _answer(_id, requestId, _three(2, 1));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfill(requestId, inputs, proof);
    }

    function test_passes_on_why_a_verifier_refused() public {
        ILinkedVerifier verifier = new RevertingVerifier(COLUMNS, LAYOUT);
        VM.etch(address(_verifier), address(verifier).code);
        _id = _register(4, NATIVE);
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory weights = new uint256[](4);
        weights[0] = WHOLE;
        uint256[] memory inputs = _answer(_id, requestId, weights);
        _refuseAnswer(requestId, inputs, abi.encodeWithSelector(RevertingVerifier.Refused.selector, 6 + 2 * COLUMNS));
    }

    function test_a_contract_that_says_nothing_does_not_accept() public {
        VM.etch(address(_verifier), address(new SilentContract(COLUMNS, LAYOUT)).code);
        _id = _register(4, NATIVE);
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory weights = new uint256[](4);
        weights[0] = WHOLE;
        uint256[] memory inputs = _answer(_id, requestId, weights);
        VM.expectRevert();
        _registry.fulfill(requestId, inputs, _proof(inputs));
        VM.assertTrue(_registry.requestOf(requestId).state == RequestState.Open);
    }

    function test_refuses_a_verifier_whose_code_changed() public {
        uint256 requestId = _request(_id, 1 ether);
        uint256[] memory inputs = _answer(_id, requestId, _three(1, 2));
        bytes32 registered = address(_verifier).codehash;
        bytes[2] memory codes = [address(new RevertingVerifier(COLUMNS, LAYOUT)).code, bytes("")];
        for (uint256 i; i < 2; ++i) {
            VM.etch(address(_verifier), codes[i]);
            _refuseAnswer(
                requestId,
                inputs,
                abi.encodeWithSelector(
                    IAttributionRegistry.WrongVerifierCode.selector, _verifier, registered, address(_verifier).codehash
                )
            );
        }
    }

    function _notOpen(uint256 requestId, RequestState state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAttributionRegistry.NotOpen.selector, requestId, state);
    }

    function _wrongBinding(uint256 position, uint256 expected, uint256 actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PublicInputs.WrongBinding.selector, position, expected, actual);
    }

    /// Sends an answer with a proof that the verifier accepts for exactly these public inputs.
    function _refuseAnswer(uint256 requestId, uint256[] memory inputs, bytes memory reason) private {
        VM.expectRevert(reason);
        _registry.fulfill(requestId, inputs, _proof(inputs));
    }

    function _refuseRequest(uint256 input, uint256 deadline, uint256 fee, bytes4 reason) private {
        bytes memory data;
        if (reason == IAttributionRegistry.WrongDeadline.selector) {
            (uint256 earliest, uint256 latest) = (block.timestamp + 10 minutes, block.timestamp + 30 days);
            data = abi.encodeWithSelector(reason, earliest, latest, deadline);
        } else if (reason == IAttributionRegistry.NotACommitment.selector) {
            data = abi.encodeWithSelector(reason, input);
        } else {
            data = abi.encodeWithSelector(reason, _registry.registration(_id).terms.minimumFee, fee);
        }
        VM.prank(USER);
        VM.expectRevert(data);
        // forge-lint: disable-next-line(unsafe-typecast)
        _registry.request{value: fee}(_id, input, uint64(deadline), fee);
    }
}
