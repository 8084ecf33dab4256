// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AttributionRegistry} from "../src/AttributionRegistry.sol";
import {Directory} from "../src/Directory.sol";
import {MOST_DISTANCE, MOST_FREEDOM, Subjects} from "../src/Subjects.sol";
import {IDirectory, Status} from "../src/interfaces/IDirectory.sol";
import {IAttributionRegistry, Limits, RequestState, Subject} from "../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";

/// Who vouches for verifiers, who stops them, and what neither can do.
contract DirectoryTest is Fixture {
    bytes32 private constant PLAN = keccak256("plan");

    // ---- the stop ----

    /// Whoever found a way to forge proofs takes what is in escrow until the last deadline.
    function test_drains_open_requests_by_a_verifier_that_is_known_to_be_wrong() public {
        uint256 id = _register(3, NATIVE);
        uint256 batches = _registerBatches(3, NATIVE);
        uint256 requestId = _request(id, 1 ether);
        uint256[] memory ids = _requests(batches, 1 ether, 2);
        _revoke(address(_verifier).codehash);
        _revoke(address(_batchVerifier).codehash);
        uint256[] memory inputs = _answer(id, requestId, _three(WHOLE, 0));
        bytes memory proof = _proof(inputs);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.Stopped.selector, id));
        _registry.fulfill(requestId, inputs, proof);
        inputs = _answers(batches, ids, 0, _totals(1, 3, 2));
        proof = _proof(inputs);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.Stopped.selector, batches));
        _registry.fulfillBatch(ids, inputs, proof);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.Stopped.selector, id));
        _registry.request{value: 1 ether}(id, INPUT, uint64(block.timestamp + 1 days), 1 ether);
    }

    /// A stop that locks fees would be worth a ransom.
    function test_locks_fees_by_a_stop() public {
        uint256 id = _register(3, NATIVE);
        uint256 requestId = _request(id, 1 ether);
        _revoke(address(_verifier).codehash);
        _registry.refund(requestId);
        uint256 before = USER.balance;
        VM.prank(USER);
        _registry.withdraw(NATIVE, payable(USER));
        VM.assertEq(USER.balance, before + 1 ether);
    }

    /// The table of a registration is no better than the verifiers that took its proofs.
    function test_pays_by_a_table_whose_proof_may_be_forged() public {
        address[2] memory others = [address(_indexVerifier), address(_bindingVerifier)];
        for (uint256 i; i < 2; ++i) {
            _directory = new Directory(GUARDIAN);
            _registry = _deploy();
            uint256 id = _register(3, NATIVE);
            uint256 requestId = _request(id, 1 ether);
            _revoke(others[i].codehash);
            VM.assertTrue(_registry.statusOf(id) == Status.Revoked);
            _registry.refund(requestId);
        }
    }

    function test_registers_what_is_revoked() public {
        _revoke(address(_verifier).codehash);
        Subject memory subject = _subject(3, 10);
        (bool done,) = address(this).call(abi.encodeCall(this.register, (subject)));
        VM.assertFalse(done);
    }

    function test_claims_survive_a_stop() public {
        uint256 id = _register(3, NATIVE);
        _fulfill(id, _request(id, 1 ether), _three(WHOLE, 0));
        _revoke(address(_verifier).codehash);
        VM.prank(PLATFORM);
        VM.assertEq(_registry.withdraw(NATIVE, payable(PLATFORM)), 0.05 ether);
    }

    // ---- the list ----

    function test_pins_without_anybody_having_time_to_look() public {
        bytes32 code = address(_verifier).codehash;
        VM.expectRevert(abi.encodeWithSelector(IDirectory.NotYet.selector, 0));
        _directory.pin(code);
        VM.prank(GUARDIAN);
        _directory.propose(code, PLAN);
        uint256 from = block.timestamp + _directory.DELAY();
        VM.warp(from - 1);
        VM.expectRevert(abi.encodeWithSelector(IDirectory.NotYet.selector, from));
        _directory.pin(code);
        VM.assertTrue(_directory.statusOf(code) == Status.Unknown);
        VM.warp(from);
        _directory.pin(code);
        VM.assertTrue(_directory.statusOf(code) == Status.Pinned);
        VM.assertEq(_directory.planDigestOf(code), PLAN);
    }

    function test_takes_a_revocation_back() public {
        bytes32 code = address(_verifier).codehash;
        VM.prank(GUARDIAN);
        _directory.propose(code, PLAN);
        _revoke(code);
        VM.warp(block.timestamp + 3 days);
        bytes memory reason = abi.encodeWithSelector(IDirectory.Settled.selector, code, Status.Revoked);
        VM.expectRevert(reason);
        _directory.pin(code);
        VM.prank(GUARDIAN);
        VM.expectRevert(reason);
        _directory.propose(code, PLAN);
        VM.prank(GUARDIAN);
        VM.expectRevert(reason);
        _directory.dismiss(code);
    }

    function test_a_proposal_can_be_taken_back() public {
        VM.prank(GUARDIAN);
        _directory.propose(PLAN, PLAN);
        VM.prank(GUARDIAN);
        _directory.dismiss(PLAN);
        VM.warp(block.timestamp + 3 days);
        VM.expectRevert(abi.encodeWithSelector(IDirectory.NotYet.selector, 0));
        _directory.pin(PLAN);
    }

    function test_every_request_says_what_is_known_of_its_verifiers() public {
        uint256 id = _register(3, NATIVE);
        VM.assertTrue(_registry.statusOf(id) == Status.Unknown);
        uint256 requestId = _request(id, 1 ether);
        _pinAll();
        VM.assertTrue(_registry.requestOf(requestId).status == Status.Pinned);
        VM.recordLogs();
        _request(id, 1 ether);
        (, bytes memory data) = _lastLog();
        (,,,, Status status) = abi.decode(data, (uint256, uint256, uint256, uint256, Status));
        VM.assertTrue(status == Status.Pinned);
        _revoke(address(_indexVerifier).codehash);
        VM.assertTrue(_registry.requestOf(requestId).status == Status.Revoked);
    }

    function test_asks_by_verifiers_that_nobody_pinned_where_that_is_demanded() public {
        uint256 id = _register(3, NATIVE);
        uint256 open = _request(id, 1 ether);
        VM.prank(GUARDIAN);
        _directory.proposeRequirement(true);
        VM.expectRevert();
        _directory.applyRequirement();
        VM.warp(block.timestamp + 2 days);
        _directory.applyRequirement();
        VM.expectRevert(abi.encodeWithSelector(IDirectory.NotYet.selector, 0));
        _directory.applyRequirement();
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.NotPinned.selector, Status.Unknown));
        _registry.request{value: 1 ether}(id, INPUT, uint64(block.timestamp + 1 days), 1 ether);
        // What was asked before is refunded or answered as it would have been.
        _registry.refund(open);
        _pinAll();
        _request(id, 1 ether);
    }

    // ---- owners ----

    function test_a_stranger_vouches_or_stops() public {
        bytes memory reason = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER);
        bytes[5] memory calls = [
            abi.encodeCall(_directory.propose, (PLAN, PLAN)),
            abi.encodeCall(_directory.dismiss, (PLAN)),
            abi.encodeCall(_directory.revoke, (PLAN)),
            abi.encodeCall(_directory.proposeRequirement, (true)),
            abi.encodeCall(_directory.transferOwnership, (STRANGER))
        ];
        for (uint256 i; i < 5; ++i) {
            VM.prank(STRANGER);
            (bool done, bytes memory answer) = address(_directory).call(calls[i]);
            VM.assertFalse(done);
            VM.assertEq(keccak256(answer), keccak256(reason));
        }
    }

    function test_loses_the_directory_to_a_mistyped_address() public {
        VM.prank(GUARDIAN);
        _directory.transferOwnership(STRANGER);
        VM.assertEq(_directory.owner(), GUARDIAN);
        VM.prank(STRANGER);
        _directory.acceptOwnership();
        VM.assertEq(_directory.owner(), STRANGER);
    }

    function test_loses_a_registration_to_a_mistyped_address() public {
        uint256 id = _register(3, NATIVE);
        VM.prank(OWNER);
        _registry.offerModel(id, USER);
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.NotOffered.selector, id, STRANGER));
        _registry.takeModel(id);
        VM.prank(OWNER);
        _registry.offerModel(id, STRANGER);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.NotOffered.selector, id, USER));
        _registry.takeModel(id);
        VM.prank(STRANGER);
        _registry.takeModel(id);
        VM.assertEq(_registry.registration(id).owner, STRANGER);
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.NotOffered.selector, id, STRANGER));
        _registry.takeModel(id);
    }

    /// Neither owner has a function that moves money, and the stop leaves only refunds to those who paid.
    function test_an_owner_takes_what_is_in_escrow() public {
        uint256 id = _register(3, NATIVE);
        uint256 requestId = _request(id, 1 ether);
        _revoke(address(_verifier).codehash);
        VM.prank(GUARDIAN);
        _registry.refund(requestId);
        VM.assertEq(_registry.claimable(NATIVE, GUARDIAN), 0);
        VM.assertEq(_registry.claimable(NATIVE, OWNER), 0);
        VM.assertEq(_registry.claimable(NATIVE, USER), 1 ether);
        VM.assertTrue(_registry.requestOf(requestId).state == RequestState.Refunded);
    }

    /// A registry that nobody stands above.
    function test_no_directory_is_a_choice() public {
        _registry = new AttributionRegistry(_constants, Limits(MOST_DISTANCE, MOST_FREEDOM), IDirectory(address(0)));
        uint256 id = _register(3, NATIVE);
        VM.assertTrue(_registry.statusOf(id) == Status.Unknown);
        _fulfill(id, _request(id, 1 ether), _three(WHOLE, 0));
    }

    // ---- limits ----

    function test_a_registry_is_laxer_than_any_may_be() public {
        VM.expectRevert(abi.encodeWithSelector(Subjects.LimitsTooWide.selector, MOST_DISTANCE + 1, 0));
        new AttributionRegistry(_constants, Limits(MOST_DISTANCE + 1, 0), _directory);
        VM.expectRevert(abi.encodeWithSelector(Subjects.LimitsTooWide.selector, 0, MOST_FREEDOM + 1));
        new AttributionRegistry(_constants, Limits(0, MOST_FREEDOM + 1), _directory);
    }

    function test_a_registry_may_be_stricter() public {
        _registry = new AttributionRegistry(_constants, Limits(1, 1), _directory);
        (bool done, bytes memory reason) = address(this).call(abi.encodeCall(this.register, (_subject(3, 10))));
        VM.assertFalse(done);
        // forge-lint: disable-next-line(unsafe-typecast)
        VM.assertTrue(bytes4(reason) == IAttributionRegistry.TooLoose.selector);
    }

    function register(Subject memory subject) external returns (uint256) {
        return _register(subject, _verifier, _terms(NATIVE));
    }

    function _revoke(bytes32 code) private {
        VM.prank(GUARDIAN);
        _directory.revoke(code);
    }

    function _pinAll() private {
        bytes32[3] memory codes =
            [address(_verifier).codehash, address(_indexVerifier).codehash, address(_bindingVerifier).codehash];
        for (uint256 i; i < 3; ++i) {
            VM.prank(GUARDIAN);
            _directory.propose(codes[i], PLAN);
        }
        VM.warp(block.timestamp + 2 days);
        for (uint256 i; i < 3; ++i) {
            _directory.pin(codes[i]);
        }
    }
}
