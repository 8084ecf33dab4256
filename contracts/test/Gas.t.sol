// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AttributionRegistry} from "../src/AttributionRegistry.sol";
import {MOST_PAYEES} from "../src/Subjects.sol";
import {Subject} from "../src/interfaces/IAttributionRegistry.sol";
import {BatchVerifierDouble} from "./support/VerifierDouble.sol";
import {Fixture} from "./support/Fixture.sol";

/// What each call costs as a transaction of its own, but for the verification: the stand-in costs next to nothing.
/// Figures stand in `snapshots/settlement.json`; the check fails on any drift.
contract GasTest is Fixture {
    uint256 private constant BLOCK_LIMIT_OF_A_TRANSACTION = 1 << 24; // EIP-7825

    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _register(12, NATIVE);
    }

    function test_gas_of_a_registration_of_12() public {
        Subject memory subject = _subject(12, 11);
        VM.prank(OWNER);
        _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            0
        );
        VM.snapshotGasLastCall("settlement", "register, 12 contributors");
    }

    function test_gas_of_a_request() public {
        _request(_id, 1 ether);
        VM.snapshotGasLastCall("settlement", "request, first");
        _request(_id, 1 ether);
        VM.snapshotGasLastCall("settlement", "request, later");
    }

    function test_gas_of_answers() public {
        _measure("fulfill, 12 contributors, first", _even(12));
        _measure("fulfill, 12 contributors, later", _even(12));
        _measure("fulfill, 12 contributors, unattributed", new uint256[](12));
    }

    /// What every query of a batch costs, and what stands still. All claims exist; the requests follow each other.
    function test_gas_of_batches() public {
        _measureBatch("fulfillBatch, 12 contributors, 1 of 2 queries, first", 2, 1, 0);
        _measureBatch("fulfillBatch, 12 contributors, 16 queries", 16, 16, 0);
        _measureBatch("fulfillBatch, 12 contributors, 64 queries", 64, 64, 0);
        _measureBatch("fulfillBatch, 12 contributors, 64 queries, 8 of them unattributed", 64, 64, 0xff);
        _measureBatch("fulfillBatch, 12 contributors, 256 queries", 256, 256, 0);
    }

    function test_gas_of_taking_money() public {
        _measure("fulfill, 12 contributors, first", _even(12));
        VM.prank(BENEFICIARY);
        _registry.withdraw(NATIVE, payable(BENEFICIARY));
        VM.snapshotGasLastCall("settlement", "withdraw");
        uint256 requestId = _request(_id, 1 ether);
        VM.warp(block.timestamp + 2 days);
        _registry.refund(requestId);
        VM.snapshotGasLastCall("settlement", "refund");
    }

    /// The largest registration can be made and its first answer settled, each within one transaction.
    function test_the_largest_registration_fits_a_transaction() public {
        uint256 most = MOST_PAYEES;
        Subject memory subject = _subject(most, 10);
        VM.prank(OWNER);
        _id = _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            0
        );
        uint256 spent = VM.snapshotGasLastCall("settlement", "register, 512 contributors");
        VM.assertLt(spent, BLOCK_LIMIT_OF_A_TRANSACTION);

        spent = _measure("fulfill, 512 contributors, first", _even(most));
        VM.assertLt(spent, BLOCK_LIMIT_OF_A_TRANSACTION - 1_000_000); // room for the verification
    }

    /// EIP-170 and EIP-3860.
    function test_the_registry_fits_a_contract() public view {
        VM.assertLe(address(_registry).code.length, 24_576);
        VM.assertLe(type(AttributionRegistry).creationCode.length, 49_152);
    }

    /// Everybody has a weight; the last one has the rest.
    function _even(uint256 count) private pure returns (uint256[] memory weights) {
        weights = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            weights[i] = WHOLE / count + (i + 1 == count ? WHOLE % count : 0);
        }
    }

    function _measureBatch(string memory name, uint256 slots, uint256 count, uint256 flags) private {
        _batchVerifier = new BatchVerifierDouble(COLUMNS, LAYOUT, slots);
        uint256 id = _registerBatches(12, NATIVE);
        uint256[] memory ids = _requests(id, 1 ether, count);
        uint256[] memory totals = _even(12);
        for (uint256 i; i < 12; ++i) {
            totals[i] *= count - _ones(flags, count);
        }
        uint256[] memory inputs = _answers(id, ids, flags, totals);
        bytes memory proof = _proof(inputs);
        VM.prank(STRANGER);
        _registry.fulfillBatch(ids, inputs, proof);
        VM.snapshotGasLastCall("settlement", name);
    }

    function _measure(string memory name, uint256[] memory weights) private returns (uint256) {
        _fulfill(_id, _request(_id, 1 ether), weights);
        return VM.snapshotGasLastCall("settlement", name);
    }
}
