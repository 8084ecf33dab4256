// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDirectory, Status} from "./interfaces/IDirectory.sol";

/// @title Verifiers that an owner vouches for, and the stop for those that turn out to be wrong
/// @notice The owner pins code after a delay and revokes it at once. Where a registry asks this directory, a revoked verifier settles nothing
/// more and its open requests can be refunded at once. The owner can neither settle a request nor touch a fee, a claim or a registration.
contract Directory is IDirectory, Ownable2Step {
    using SafeCast for uint256;

    /// @inheritdoc IDirectory
    uint256 public constant DELAY = 2 days;

    struct Entry {
        bytes32 planDigest;
        Status status;
        /// From when on it can be pinned; zero where it is not proposed.
        uint64 from;
    }

    mapping(bytes32 codeHash => Entry) private _entries;

    /// @inheritdoc IDirectory
    bool public required;

    bool private _nextRequired;
    uint64 private _requirementFrom;

    constructor(address owner) Ownable(owner) {}

    /// Announces code that is to be pinned; a second time, with another plan or delay, it begins anew.
    function propose(bytes32 codeHash, bytes32 planDigest) external onlyOwner {
        Entry storage entry = _entries[codeHash];
        if (entry.status != Status.Unknown) revert Settled(codeHash, entry.status);
        entry.planDigest = planDigest;
        entry.from = _later();
        emit Proposed(codeHash, planDigest, entry.from);
    }

    /// Takes a proposal back.
    function dismiss(bytes32 codeHash) external onlyOwner {
        Entry storage entry = _entries[codeHash];
        if (entry.status != Status.Unknown) revert Settled(codeHash, entry.status);
        delete _entries[codeHash];
        emit Dismissed(codeHash);
    }

    /// Pins what was proposed for long enough. Anyone may call it.
    function pin(bytes32 codeHash) external {
        Entry storage entry = _entries[codeHash];
        if (entry.status != Status.Unknown) revert Settled(codeHash, entry.status);
        _requireReached(entry.from);
        entry.status = Status.Pinned;
        emit Pinned(codeHash, entry.planDigest);
    }

    /// Revokes code, at once and for ever, whether or not it was ever pinned.
    function revoke(bytes32 codeHash) external onlyOwner {
        _entries[codeHash].status = Status.Revoked;
        emit Revoked(codeHash);
    }

    /// Announces whether registries are to demand pinned verifiers of new registrations and requests.
    function proposeRequirement(bool next) external onlyOwner {
        (_nextRequired, _requirementFrom) = (next, _later());
        emit RequirementProposed(next, _requirementFrom);
    }

    /// Makes what was announced for long enough come true. Anyone may call it.
    function applyRequirement() external {
        _requireReached(_requirementFrom);
        (required, _requirementFrom) = (_nextRequired, 0);
        emit RequirementChanged(required);
    }

    /// @inheritdoc IDirectory
    function statusOf(bytes32 codeHash) public view returns (Status) {
        return _entries[codeHash].status;
    }

    /// @inheritdoc IDirectory
    function planDigestOf(bytes32 codeHash) external view returns (bytes32) {
        return _entries[codeHash].planDigest;
    }

    /// @inheritdoc IDirectory
    function statusOfAll(bytes32 first, bytes32 second, bytes32 third) external view returns (Status) {
        // A status is one of three and comes from this contract's own storage.
        // slither-disable-start incorrect-equality
        (Status a, Status b, Status c) = (statusOf(first), statusOf(second), statusOf(third));
        if (a == Status.Revoked || b == Status.Revoked || c == Status.Revoked) return Status.Revoked;
        return a == Status.Pinned && b == Status.Pinned && c == Status.Pinned ? Status.Pinned : Status.Unknown;
        // slither-disable-end incorrect-equality
    }

    function _later() private view returns (uint64) {
        return (block.timestamp + DELAY).toUint64();
    }

    function _requireReached(uint256 from) private view {
        // Zero stands for nothing proposed.
        // slither-disable-next-line incorrect-equality
        if (from == 0 || block.timestamp < from) revert NotYet(from);
    }
}
