// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAttributionRegistry, Subject} from "./interfaces/IAttributionRegistry.sol";
import {Certificate} from "./Certificate.sol";
import {IndexHeader} from "./IndexHeader.sol";
import {Poseidon13, SCALAR_FIELD} from "./Poseidon13.sol";

// The most payees of a registration: one fulfilment that opens a claim for each of them fits into one transaction.
uint256 constant MOST_PAYEES = 512;

/// @title What a registered subject must be
/// @notice A contract of its own, which the registry constructs and calls once for each registration: one contract would be too large.
contract Subjects {
    uint256 private constant MIN_CLASSES = 2;
    uint256 private constant MAX_CLASSES = 256;

    /// The contract that holds the constants of {Poseidon13}.
    address public immutable POSEIDON_CONSTANTS;

    constructor(address poseidonConstants) {
        // Told by their code, which the zero address does not have.
        Poseidon13.requireConstants(poseidonConstants);
        // slither-disable-next-line missing-zero-check
        POSEIDON_CONSTANTS = poseidonConstants;
    }

    /// Recomputes the index commitment from everything that it binds.
    /// @return inputs The public inputs of an index proof about the subject (docs/formats.md, section 7).
    /// @return distance How far the committed head may be from its optimum, in 2^-40.
    /// @return freedom How free a contributor's table is, in 2^-40.
    function check(Subject calldata subject)
        external
        view
        returns (uint256[] memory inputs, uint256 distance, uint256 freedom)
    {
        if (subject.classes < MIN_CLASSES || subject.classes > MAX_CLASSES) {
            revert IAttributionRegistry.WrongSize(subject.classes);
        }
        uint256 count = subject.payees.length;
        if (count == 0 || count > MOST_PAYEES) revert IAttributionRegistry.WrongSize(count);
        if (subject.names.length != count) revert IAttributionRegistry.WrongSize(subject.names.length);
        _requireCommitment(subject.modelCommitment);
        _requireCommitment(subject.tableCommitment);
        _requireCommitment(subject.header.datasetRoot);
        IndexHeader.requireSound(subject.header);
        uint256 digest = IndexHeader.digest(subject.header, subject.modelCommitment, subject.names, subject.payees);
        uint256 computed = Poseidon13.indexCommitment(POSEIDON_CONSTANTS, digest, subject.tableCommitment);
        if (subject.indexCommitment != computed) {
            revert IAttributionRegistry.IndexCommitmentMismatch(subject.indexCommitment, computed);
        }
        distance = Certificate.distance(subject.header, subject.features, subject.classes);
        freedom = Certificate.freedom(subject.header, subject.features, subject.classes);
        inputs = _indexInputs(subject, digest);
    }

    function _indexInputs(Subject calldata subject, uint256 headerDigest)
        private
        pure
        returns (uint256[] memory inputs)
    {
        inputs = new uint256[](9);
        inputs[0] = subject.modelCommitment;
        inputs[1] = subject.indexCommitment;
        inputs[2] = subject.header.datasetRoot;
        inputs[3] = headerDigest;
        inputs[4] = subject.header.admitted;
        inputs[5] = subject.header.lam;
        inputs[6] = subject.header.epsilon;
        inputs[7] = subject.header.normSum;
        inputs[8] = IndexHeader.shape(subject.header, subject.features, subject.classes, subject.payees.length);
    }

    /// Refuses a value that is not a canonical field element, and zero, which stands for nothing.
    function _requireCommitment(uint256 value) private pure {
        if (value == 0 || value >= SCALAR_FIELD) revert IAttributionRegistry.NotACommitment(value);
    }
}
