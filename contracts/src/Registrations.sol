// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {
    BindingProof,
    Checked,
    IAttributionRegistry,
    IndexProof,
    Limits,
    Registration,
    Subject,
    Terms
} from "./interfaces/IAttributionRegistry.sol";
import {IDirectory, Status} from "./interfaces/IDirectory.sol";
import {IERC7992Registry} from "./interfaces/IERC7992.sol";
import {ILinkedVerifier, IVerifier} from "./interfaces/IVerifier.sol";
import {SCALAR_FIELD} from "./Poseidon13.sol";
import {RegistrationDataReader} from "./RegistrationData.sol";
import {Subjects} from "./Subjects.sol";
import {VerifierCode} from "./VerifierCode.sol";

/// @title Registrations: who is paid for which model, by which verifier, on what terms
/// @notice A registration is immutable, but for one switch that ends new requests, and for who may turn it. Its identifier is a digest of all it holds, so a user who
/// names it knows what they get, whatever a reorganization of the chain does.
abstract contract Registrations is IAttributionRegistry, IERC7992Registry {
    using SafeCast for uint256;

    /// "tribute-halo2-kzg-bn254-v1", as ERC-7992 shortens it.
    bytes4 internal constant PROOF_SYSTEM = bytes4(keccak256("tribute-halo2-kzg-bn254-v1"));

    /// The contract that checks what is registered, and knows the limits.
    Subjects public immutable SUBJECTS;

    /// Whoever says which verifiers are pinned and which revoked; zero where nobody does.
    IDirectory public immutable DIRECTORY;

    /// How many registrations there have been; the last one has this number.
    uint256 public registrationCount;

    mapping(uint256 registrationId => Registration) private _registrations;
    mapping(uint256 number => uint256 registrationId) private _numbered;

    mapping(uint256 registrationId => address) private _offered;

    constructor(address poseidonConstants, Limits memory limits, IDirectory directory) {
        SUBJECTS = new Subjects(poseidonConstants, limits);
        // Zero is a choice: then nobody vouches for a verifier, and nobody stops one.
        // slither-disable-next-line missing-zero-check
        DIRECTORY = directory;
    }

    /// @inheritdoc IAttributionRegistry
    /// @dev What is called first is a contract of this registry's, which calls verifiers without letting them change anything.
    // slither-disable-next-line reentrancy-benign,reentrancy-events
    function register(
        Subject calldata subject,
        ILinkedVerifier verifier,
        bytes32 verifierCodeHash,
        IndexProof calldata index,
        BindingProof calldata binding,
        Terms calldata terms,
        uint256 previous
    ) external returns (uint256 registrationId) {
        Checked memory checked = SUBJECTS.check(
            subject, verifier, verifierCodeHash, index, binding, terms, msg.sender, previous
        );
        registrationId = checked.registrationId;
        _requireNew(registrationId, previous);

        Registration storage stored = _registrations[registrationId];
        stored.owner = msg.sender;
        stored.number = _number(registrationId);
        stored.verifier = verifier;
        // Bounded by {Subjects}.
        // forge-lint: disable-start(unsafe-typecast)
        stored.queries = uint16(checked.queries);
        stored.classes = uint16(subject.classes);
        stored.contributors = uint16(subject.payees.length);
        stored.method = uint8(subject.header.method);
        stored.linkedColumns = uint8(checked.columns);
        // forge-lint: disable-end(unsafe-typecast)
        stored.verifierCodeHash = verifierCodeHash;
        stored.indexVerifierCodeHash = index.verifierCodeHash;
        stored.bindingVerifierCodeHash = binding.verifierCodeHash;
        stored.modelCommitment = subject.modelCommitment;
        stored.indexCommitment = subject.indexCommitment;
        stored.data = checked.data;
        stored.terms = terms;
        stored.previous = previous;
        _announce(registrationId, stored, index, binding, checked);
    }

    /// @inheritdoc IERC7992Registry
    function deprecateModel(uint256 modelId) external {
        Registration storage stored = _existing(modelId);
        if (stored.owner != msg.sender) revert NotModelOwner(modelId, msg.sender);
        stored.deprecated = true;
        emit ModelDeprecated(modelId);
    }

    /// @inheritdoc IAttributionRegistry
    function offerModel(uint256 registrationId, address next) external {
        Registration storage stored = _existing(registrationId);
        if (stored.owner != msg.sender) revert NotModelOwner(registrationId, msg.sender);
        _offered[registrationId] = next;
        emit OwnershipOffered(registrationId, msg.sender, next);
    }

    /// @inheritdoc IAttributionRegistry
    function takeModel(uint256 registrationId) external {
        if (_offered[registrationId] != msg.sender) revert NotOffered(registrationId, msg.sender);
        Registration storage stored = _existing(registrationId);
        emit OwnershipTaken(registrationId, stored.owner, msg.sender);
        stored.owner = msg.sender;
        _offered[registrationId] = address(0);
    }

    /// @inheritdoc IERC7992Registry
    function getModel(uint256 modelId)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated, address owner)
    {
        Registration storage stored = _existing(modelId);
        // The verifier's code holds circuit and key.
        commitment = ModelCommitment({
            modelHash: bytes32(stored.modelCommitment),
            circuitHash: stored.verifierCodeHash,
            vkHash: stored.verifierCodeHash,
            proofSystemId: PROOF_SYSTEM,
            uri: ""
        });
        return (commitment, stored.deprecated, stored.owner);
    }

    /// @inheritdoc IAttributionRegistry
    function registration(uint256 registrationId) external view returns (Registration memory) {
        return _registrations[registrationId];
    }

    /// @inheritdoc IAttributionRegistry
    function payees(uint256 registrationId) external view returns (address[] memory) {
        return _payees(_existing(registrationId));
    }

    /// @inheritdoc IAttributionRegistry
    function commitments(uint256 registrationId) external view returns (uint256[] memory) {
        return _appendCommitments(_existing(registrationId), new uint256[](0));
    }

    /// @inheritdoc IAttributionRegistry
    function statusOf(uint256 registrationId) external view returns (Status) {
        return _status(_existing(registrationId));
    }

    /// Returns what the directory says of a registration's verifiers.
    function _status(Registration storage stored) internal view returns (Status) {
        if (address(DIRECTORY) == address(0)) return Status.Unknown;
        return
            DIRECTORY.statusOfAll(stored.verifierCodeHash, stored.indexVerifierCodeHash, stored.bindingVerifierCodeHash);
    }

    /// Refuses a registration whose verifiers are revoked, or not pinned where the directory demands it; returns what it says of them.
    function _requireUsable(uint256 registrationId, Registration storage stored) internal view returns (Status status) {
        status = _status(stored);
        if (status == Status.Revoked) revert Stopped(registrationId);
        if (status != Status.Pinned && address(DIRECTORY) != address(0) && DIRECTORY.required()) {
            revert NotPinned(status);
        }
    }

    /// Returns a registration that exists.
    function _existing(uint256 registrationId) internal view returns (Registration storage stored) {
        stored = _registrations[registrationId];
        if (stored.owner == address(0)) revert ModelNotFound(registrationId);
    }

    /// Returns the registration of a number that was given to one.
    function _registered(uint256 number) internal view returns (uint256 registrationId, Registration storage stored) {
        registrationId = _numbered[number];
        stored = _registrations[registrationId];
    }

    /// Returns the payees of a registration, in registry order.
    function _payees(Registration storage stored) internal view returns (address[] memory) {
        return RegistrationDataReader.payees(stored.data, stored.contributors);
    }

    /// Returns words with the registered commitments behind them.
    function _appendCommitments(Registration storage stored, uint256[] memory words)
        internal
        view
        returns (uint256[] memory)
    {
        return RegistrationDataReader.appendCommitments(stored.data, stored.contributors, stored.linkedColumns, words);
    }

    /// Returns words of calldata with the registered commitments behind them.
    function _withCommitments(Registration storage stored, uint256[] calldata words)
        internal
        view
        returns (uint256[] memory)
    {
        return RegistrationDataReader.withCommitments(stored.data, stored.contributors, stored.linkedColumns, words);
    }

    /// Returns whether the registered verifier, with the registered code and not revoked, accepts a proof of public inputs, behind which the
    /// registered commitments stand.
    function _holds(uint256 registrationId, Registration storage stored, uint256[] memory words, bytes calldata proof)
        internal
        view
        returns (bool)
    {
        if (_status(stored) == Status.Revoked) revert Stopped(registrationId);
        IVerifier verifier = stored.verifier;
        VerifierCode.requireCode(verifier, stored.verifierCodeHash);
        return verifier.verifyProof(proof, words);
    }

    /// Refuses a value that is not a canonical field element, and zero, which stands for nothing.
    function _requireCommitment(uint256 value) internal pure {
        if (value == 0 || value >= SCALAR_FIELD) revert NotACommitment(value);
    }

    /// Returns the number of a registration that is new.
    function _number(uint256 registrationId) private returns (uint56) {
        uint256 number = ++registrationCount;
        _numbered[number] = registrationId;
        return number.toUint56();
    }

    /// Says what was registered, and what showed it. Refuses verifiers that cannot be used here.
    function _announce(
        uint256 registrationId,
        Registration storage stored,
        IndexProof calldata index,
        BindingProof calldata binding,
        Checked memory checked
    ) private {
        Status status = _requireUsable(registrationId, stored);
        emit TableProven(
            registrationId, address(index.verifier), index.verifierCodeHash, checked.distance, checked.freedom
        );
        emit ColumnsBound(registrationId, address(binding.verifier), binding.verifierCodeHash, checked.columns);
        emit Registered(
            registrationId, msg.sender, stored.modelCommitment, stored.indexCommitment, stored.previous, status
        );
    }

    /// Refuses what is registered already, and a predecessor of somebody else.
    function _requireNew(uint256 registrationId, uint256 previous) private view {
        if (_registrations[registrationId].owner != address(0)) revert AlreadyRegistered(registrationId);
        if (previous == 0) return;
        address previousOwner = _registrations[previous].owner;
        if (previousOwner != msg.sender) revert NotThePreviousOwner(previous, previousOwner);
    }
}
