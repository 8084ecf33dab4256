// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {
    BindingProof,
    IAttributionRegistry,
    IndexProof,
    Registration,
    Subject,
    Terms
} from "./interfaces/IAttributionRegistry.sol";
import {IERC7992Registry} from "./interfaces/IERC7992.sol";
import {ILinkedVerifier, IVerifier} from "./interfaces/IVerifier.sol";
import {IndexHeader} from "./IndexHeader.sol";
import {SCALAR_FIELD} from "./Poseidon13.sol";
import {RegistrationData, RegistrationDataReader} from "./RegistrationData.sol";
import {Shares} from "./Shares.sol";
import {MOST_PAYEES, Subjects} from "./Subjects.sol";

/// @title Registrations: who is paid for which model, by which verifier, on what terms
/// @notice A registration is immutable, but for one switch that ends new requests. Its identifier is a digest of all it holds, so a user who
/// names it knows what they get, whatever a reorganization of the chain does.
abstract contract Registrations is IAttributionRegistry, IERC7992Registry {
    using SafeCast for uint256;
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.BooleanSlot;

    /// The most payees of a registration: one fulfilment that opens a claim for each of them fits into one transaction.
    uint256 public constant MAX_PAYEES = MOST_PAYEES;

    /// The farthest that a head may be from the optimum of its loss, in 2^-40: a distance of 1 in units of its weights.
    uint256 public constant MAX_DISTANCE = 1 << 40;

    /// The largest freedom of a contributor's table, in 2^-40: 2^-12.
    uint256 public constant MAX_FREEDOM = 1 << 28;

    /// The most linked columns: their commitments stand beside the payees in one contract.
    uint256 public constant MAX_LINKED_COLUMNS = 64;

    /// The most queries that a proof may answer.
    uint256 public constant MAX_QUERIES = 4096;

    /// "tribute-halo2-kzg-bn254-v1", as ERC-7992 shortens it.
    bytes4 internal constant PROOF_SYSTEM = bytes4(keccak256("tribute-halo2-kzg-bn254-v1"));

    uint256 private constant POINT_BYTES = 64;
    uint256 private constant QUERIES_AT = 192;
    /// What the circuit of a verifier may say of itself: inputs and queries.
    uint256 private constant FREE_OF_CIRCUIT = uint256(type(uint32).max) << 64 | uint256(type(uint32).max)
        << QUERIES_AT;

    /// The contract that checks what is registered.
    Subjects public immutable SUBJECTS;

    /// How many registrations there have been; the last one has this number.
    uint256 public registrationCount;

    mapping(uint256 registrationId => Registration) private _registrations;
    mapping(uint256 number => uint256 registrationId) private _numbered;

    constructor(address poseidonConstants) {
        SUBJECTS = new Subjects(poseidonConstants);
    }

    /// @inheritdoc IAttributionRegistry
    function register(
        Subject calldata subject,
        ILinkedVerifier verifier,
        bytes32 verifierCodeHash,
        IndexProof calldata index,
        BindingProof calldata binding,
        Terms calldata terms,
        uint256 previous
    ) external returns (uint256 registrationId) {
        bytes calldata points = _requireLayout(verifier, verifierCodeHash, binding);
        registrationId = _identifier(subject, verifier, verifierCodeHash, index, binding, points, terms, previous);
        _requireNew(registrationId, previous);
        _requirePayees(registrationId, subject.payees);
        _requireTerms(terms);
        _requireTable(registrationId, subject, index);
        _requireBinding(registrationId, subject, binding, points.length / POINT_BYTES);

        Registration storage stored = _registrations[registrationId];
        stored.owner = msg.sender;
        stored.number = _number(registrationId);
        stored.verifier = verifier;
        stored.queries = _requireCircuit(verifier, subject);
        // Bounded by {Subjects} and {_requireLayout}.
        // forge-lint: disable-start(unsafe-typecast)
        stored.classes = uint16(subject.classes);
        stored.contributors = uint16(subject.payees.length);
        stored.method = uint8(subject.header.method);
        stored.linkedColumns = uint8(points.length / POINT_BYTES);
        // forge-lint: disable-end(unsafe-typecast)
        stored.verifierCodeHash = verifierCodeHash;
        stored.modelCommitment = subject.modelCommitment;
        stored.indexCommitment = subject.indexCommitment;
        stored.data = address(new RegistrationData(subject.payees, points));
        stored.terms = terms;
        stored.previous = previous;
        emit Registered(registrationId, msg.sender, subject.modelCommitment, subject.indexCommitment, previous);
    }

    /// @inheritdoc IERC7992Registry
    function deprecateModel(uint256 modelId) external {
        Registration storage stored = _existing(modelId);
        if (stored.owner != msg.sender) revert NotModelOwner(modelId, msg.sender);
        stored.deprecated = true;
        emit ModelDeprecated(modelId);
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

    /// Returns whether the registered verifier, with the registered code, accepts a proof of public inputs, behind which the registered
    /// commitments stand.
    function _holds(Registration storage stored, uint256[] memory words, bytes calldata proof)
        internal
        view
        returns (bool)
    {
        IVerifier verifier = stored.verifier;
        _requireCode(verifier, stored.verifierCodeHash);
        return verifier.verifyProof(proof, words);
    }

    /// Refuses a value that is not a canonical field element, and zero, which stands for nothing.
    function _requireCommitment(uint256 value) internal pure {
        if (value == 0 || value >= SCALAR_FIELD) revert NotACommitment(value);
    }

    /// Refuses an address without code, and other code than expected.
    function _requireCode(IVerifier verifier, bytes32 expected) private view {
        bytes32 actual = address(verifier).codehash;
        if (address(verifier).code.length == 0 || actual != expected) {
            revert WrongVerifierCode(address(verifier), expected, actual);
        }
    }

    /// Returns the number of a registration that is new.
    function _number(uint256 registrationId) private returns (uint56) {
        uint256 number = ++registrationCount;
        _numbered[number] = registrationId;
        return number.toUint56();
    }

    /// Refuses a verifier whose proofs are not of the subject's kind: one that scores by another method than the header names would pay by it.
    /// Returns how many queries a proof answers.
    function _requireCircuit(ILinkedVerifier verifier, Subject calldata subject) private view returns (uint16) {
        uint256 actual = verifier.CIRCUIT();
        uint256 expected =
            IndexHeader.circuit(subject.header.method, subject.features, subject.classes, subject.payees.length);
        if (actual & ~FREE_OF_CIRCUIT != expected) revert WrongCircuit(expected, actual);
        uint256 queries = actual >> QUERIES_AT & type(uint32).max;
        if (queries == 0 || queries > MAX_QUERIES) revert WrongSize(queries);
        return queries.toUint16();
    }

    /// Returns the digest of everything that a registration holds.
    function _identifier(
        Subject calldata subject,
        ILinkedVerifier verifier,
        bytes32 verifierCodeHash,
        IndexProof calldata index,
        BindingProof calldata binding,
        bytes calldata points,
        Terms calldata terms,
        uint256 previous
    ) private view returns (uint256) {
        return uint256(
            keccak256(
                abi.encode(
                    block.chainid,
                    address(this),
                    msg.sender,
                    subject.indexCommitment,
                    subject.classes,
                    subject.features,
                    keccak256(abi.encode(verifier, verifierCodeHash)),
                    keccak256(abi.encode(index.verifier, index.verifierCodeHash)),
                    keccak256(abi.encode(binding.verifier, binding.verifierCodeHash)),
                    keccak256(points),
                    terms,
                    previous
                )
            )
        );
    }

    /// Refuses what is registered already, and a predecessor of somebody else.
    function _requireNew(uint256 registrationId, uint256 previous) private view {
        if (_registrations[registrationId].owner != address(0)) revert AlreadyRegistered(registrationId);
        if (previous == 0) return;
        address previousOwner = _registrations[previous].owner;
        if (previousOwner != msg.sender) revert NotThePreviousOwner(previous, previousOwner);
    }

    /// Returns layout and number of the linked columns of a verifier with the expected code.
    function _columns(ILinkedVerifier verifier, bytes32 codeHash) private view returns (bytes32, uint256) {
        _requireCode(verifier, codeHash);
        return (verifier.LINK_LAYOUT(), verifier.LINKED_COLUMNS());
    }

    /// Refuses verifiers with other code than expected or of different columns; returns the points to register. The proof that they start
    /// is still to be checked.
    function _requireLayout(ILinkedVerifier verifier, bytes32 verifierCodeHash, BindingProof calldata binding)
        private
        view
        returns (bytes calldata points)
    {
        (bytes32 ownLayout, uint256 columns) = _columns(verifier, verifierCodeHash);
        (bytes32 bindingLayout, uint256 bindingColumns) = _columns(binding.verifier, binding.verifierCodeHash);
        if (ownLayout == 0 || ownLayout != bindingLayout || columns != bindingColumns) {
            revert WrongLayout(ownLayout, bindingLayout, columns, bindingColumns);
        }
        if (columns == 0 || columns > MAX_LINKED_COLUMNS) revert WrongSize(columns);
        if (binding.proof.length < columns * POINT_BYTES) revert ColumnsNotBound();
        return binding.proof[:columns * POINT_BYTES];
    }

    /// Refuses columns that are not shown to hold the subject's weights and table.
    function _requireBinding(
        uint256 registrationId,
        Subject calldata subject,
        BindingProof calldata binding,
        uint256 columns
    ) private {
        uint256[] memory inputs = new uint256[](2);
        (inputs[0], inputs[1]) = (subject.modelCommitment, subject.indexCommitment);
        if (!binding.verifier.verifyProof(binding.proof, inputs)) revert ColumnsNotBound();
        emit ColumnsBound(registrationId, address(binding.verifier), binding.verifierCodeHash, columns);
    }

    /// Refuses a subject that does not hold together, a table that is not proven, a head that may be too far from its optimum, and a table that
    /// is too free.
    function _requireTable(uint256 registrationId, Subject calldata subject, IndexProof calldata index) private {
        (uint256[] memory inputs, uint256 distance, uint256 freedom) = SUBJECTS.check(subject);
        if (distance > MAX_DISTANCE || freedom > MAX_FREEDOM) revert TooLoose(distance, freedom);
        _requireCode(index.verifier, index.verifierCodeHash);
        if (!index.verifier.verifyProof(index.proof, inputs)) revert TableNotProven();
        emit TableProven(registrationId, address(index.verifier), index.verifierCodeHash, distance, freedom);
    }

    /// Refuses payees who could not be paid, and payees named twice. What was seen lives as long as the transaction.
    function _requirePayees(uint256 registrationId, address[] calldata list) private {
        for (uint256 i; i < list.length; ++i) {
            address payee = list[i];
            TransientSlot.BooleanSlot seen = keccak256(abi.encode(registrationId, payee)).asBoolean();
            if (payee == address(0) || payee == address(this) || seen.tload()) revert BadPayee(payee);
            seen.tstore(true);
        }
    }

    /// Refuses terms that lose a part of the fee.
    function _requireTerms(Terms calldata terms) private view {
        uint256 sum = uint256(terms.platformPpm) + terms.ownerPpm + terms.contributorsPpm;
        if (sum != Shares.WHOLE) revert PartsDoNotSum(sum);
        if (terms.platformPpm != 0) _requireRecipient(terms.platform);
        if (terms.ownerPpm != 0) _requireRecipient(terms.beneficiary);
    }

    function _requireRecipient(address recipient) private view {
        if (recipient == address(0) || recipient == address(this)) revert BadPayee(recipient);
    }
}
