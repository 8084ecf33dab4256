// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {
    BindingProof,
    Checked,
    IAttributionRegistry,
    IndexProof,
    Limits,
    Subject,
    Terms
} from "./interfaces/IAttributionRegistry.sol";
import {ILinkedVerifier} from "./interfaces/IVerifier.sol";
import {Certificate} from "./Certificate.sol";
import {Header, IndexHeader} from "./IndexHeader.sol";
import {Poseidon13, SCALAR_FIELD} from "./Poseidon13.sol";
import {RegistrationData} from "./RegistrationData.sol";
import {Shares} from "./Shares.sol";
import {VerifierCode} from "./VerifierCode.sol";

// The most payees of a registration: one fulfilment that opens a claim for each of them fits into one transaction.
uint256 constant MOST_PAYEES = 512;
// The most linked columns: their commitments stand beside the payees in one contract.
uint256 constant MOST_LINKED_COLUMNS = 64;
// The most queries that a proof may answer.
uint256 constant MOST_QUERIES = 4096;
// The farthest that a head may ever be from the optimum of its loss, as a part of its norm, in 2^-40: a quarter.
uint256 constant MOST_DISTANCE = 1 << 38;
// The largest freedom that the solution behind a contributor's table may ever have, in 2^-32 of a unit of its entries: half a unit, so that two
// tables differ by at most one, and that of a contributor without admitted rows is zero.
uint256 constant MOST_FREEDOM = 1 << 31;
// The least and the most time from a request to its deadline.
uint256 constant LEAST_WINDOW = 10 minutes;
uint256 constant MOST_WINDOW = 30 days;
uint256 constant POINT_BYTES = 64;

/// @title What is checked before a registration exists
/// @notice A contract of its own, which the registry constructs and calls once for each registration: one contract would be too large.
contract Subjects {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.BooleanSlot;
    using TransientSlot for TransientSlot.Uint256Slot;

    uint256 private constant MIN_CLASSES = 2;
    uint256 private constant MAX_CLASSES = 256;
    uint256 private constant QUERIES_AT = 192;
    /// What the circuit of a verifier may say of itself: inputs and queries.
    uint256 private constant FREE_OF_CIRCUIT = uint256(type(uint32).max) << 64 | uint256(type(uint32).max)
        << QUERIES_AT;
    bytes32 private constant LISTS = keccak256("tribute/lists");

    /// The contract that holds the constants of {Poseidon13}.
    address public immutable POSEIDON_CONSTANTS;
    /// How loose a table may be here.
    uint256 public immutable DISTANCE_LIMIT;
    uint256 public immutable FREEDOM_LIMIT;

    /// A limit above what any registry may allow.
    error LimitsTooWide(uint256 distance, uint256 freedom);

    constructor(address poseidonConstants, Limits memory limits) {
        // Told by their code, which the zero address does not have.
        Poseidon13.requireConstants(poseidonConstants);
        if (limits.distance > MOST_DISTANCE || limits.freedom > MOST_FREEDOM) {
            revert LimitsTooWide(limits.distance, limits.freedom);
        }
        // slither-disable-next-line missing-zero-check
        POSEIDON_CONSTANTS = poseidonConstants;
        (DISTANCE_LIMIT, FREEDOM_LIMIT) = (limits.distance, limits.freedom);
    }

    /// Checks all that the caller, a registry, is to keep for an owner: subject, verifiers, proofs and terms. Puts payees and commitments where
    /// they stay, and names the registration.
    function check(
        Subject calldata subject,
        ILinkedVerifier verifier,
        bytes32 verifierCodeHash,
        IndexProof calldata index,
        BindingProof calldata binding,
        Terms calldata terms,
        address owner,
        uint256 previous
    ) external returns (Checked memory checked) {
        checked.columns = _requireLayout(verifier, verifierCodeHash, binding);
        _requirePayees(subject.payees);
        _requireTerms(terms);
        _requireRegistrar(subject.header, terms, owner);
        _requireTable(checked, subject, index);
        _requireBinding(subject, binding);
        checked.queries = _requireCircuit(verifier, subject);
        bytes calldata points = binding.proof[:checked.columns * POINT_BYTES];
        checked.registrationId =
            _identifier(subject, verifier, verifierCodeHash, index, binding, points, terms, owner, previous);
        checked.data = address(new RegistrationData(subject.payees, points));
    }

    /// Returns the digest of everything that a registration of the caller's holds.
    function _identifier(
        Subject calldata subject,
        ILinkedVerifier verifier,
        bytes32 verifierCodeHash,
        IndexProof calldata index,
        BindingProof calldata binding,
        bytes calldata points,
        Terms calldata terms,
        address owner,
        uint256 previous
    ) private view returns (uint256) {
        return uint256(
            keccak256(
                abi.encode(
                    block.chainid,
                    msg.sender,
                    owner,
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

    /// Refuses a subject that does not hold together, a table that is not proven, a head that may be too far from its optimum, and a table that
    /// is too free.
    function _requireTable(Checked memory checked, Subject calldata subject, IndexProof calldata index) private view {
        uint256[] memory inputs = _requireSubject(subject);
        checked.distance = Certificate.relativeDistance(subject.header, subject.features, subject.classes);
        checked.freedom = Certificate.freedom(subject.header, subject.features, subject.classes);
        if (checked.distance > DISTANCE_LIMIT || checked.freedom > FREEDOM_LIMIT) {
            revert IAttributionRegistry.TooLoose(checked.distance, checked.freedom);
        }
        VerifierCode.requireCode(index.verifier, index.verifierCodeHash);
        if (!index.verifier.verifyProof(index.proof, inputs)) revert IAttributionRegistry.TableNotProven();
    }

    /// Recomputes the index commitment from everything that it binds; returns the public inputs of an index proof about the subject
    /// (docs/formats.md, section 7).
    function _requireSubject(Subject calldata subject) private view returns (uint256[] memory inputs) {
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
        return _indexInputs(subject, digest);
    }

    function _indexInputs(Subject calldata subject, uint256 headerDigest)
        private
        pure
        returns (uint256[] memory inputs)
    {
        inputs = new uint256[](11);
        inputs[0] = subject.modelCommitment;
        inputs[1] = subject.indexCommitment;
        inputs[2] = subject.header.datasetRoot;
        inputs[3] = headerDigest;
        inputs[4] = subject.header.admitted;
        inputs[5] = subject.header.lam;
        inputs[6] = subject.header.epsilon;
        inputs[7] = subject.header.normSum;
        inputs[8] = subject.header.headNorm;
        // Both are counts of rows, so below 2^32.
        inputs[9] = subject.header.right | subject.header.validationRight << 32;
        inputs[10] = IndexHeader.shape(subject.header, subject.features, subject.classes, subject.payees.length);
    }

    /// Refuses a value that is not a canonical field element, and zero, which stands for nothing.
    function _requireCommitment(uint256 value) private pure {
        if (value == 0 || value >= SCALAR_FIELD) revert IAttributionRegistry.NotACommitment(value);
    }

    /// Refuses a verifier whose proofs are not of the subject's kind: one that scores by another method than the header names would pay by it.
    /// Returns how many queries a proof answers.
    function _requireCircuit(ILinkedVerifier verifier, Subject calldata subject)
        private
        view
        returns (uint256 queries)
    {
        uint256 actual = verifier.CIRCUIT();
        uint256 expected =
            IndexHeader.circuit(subject.header.method, subject.features, subject.classes, subject.payees.length);
        if (actual & ~FREE_OF_CIRCUIT != expected) revert IAttributionRegistry.WrongCircuit(expected, actual);
        queries = actual >> QUERIES_AT & type(uint32).max;
        if (queries == 0 || queries > MOST_QUERIES) revert IAttributionRegistry.WrongSize(queries);
    }

    /// Returns layout and number of the linked columns of a verifier with the expected code.
    function _columns(ILinkedVerifier verifier, bytes32 codeHash) private view returns (bytes32, uint256) {
        VerifierCode.requireCode(verifier, codeHash);
        return (verifier.LINK_LAYOUT(), verifier.LINKED_COLUMNS());
    }

    /// Refuses verifiers with other code than expected or of different columns; returns how many there are.
    function _requireLayout(ILinkedVerifier verifier, bytes32 verifierCodeHash, BindingProof calldata binding)
        private
        view
        returns (uint256 columns)
    {
        bytes32 ownLayout;
        (ownLayout, columns) = _columns(verifier, verifierCodeHash);
        (bytes32 bindingLayout, uint256 bindingColumns) = _columns(binding.verifier, binding.verifierCodeHash);
        if (ownLayout == 0 || ownLayout != bindingLayout || columns != bindingColumns) {
            revert IAttributionRegistry.WrongLayout(ownLayout, bindingLayout, columns, bindingColumns);
        }
        if (columns == 0 || columns > MOST_LINKED_COLUMNS) revert IAttributionRegistry.WrongSize(columns);
        if (binding.proof.length < columns * POINT_BYTES) revert IAttributionRegistry.ColumnsNotBound();
    }

    /// Refuses columns that are not shown to hold the subject's weights and table.
    function _requireBinding(Subject calldata subject, BindingProof calldata binding) private view {
        uint256[] memory inputs = new uint256[](2);
        (inputs[0], inputs[1]) = (subject.modelCommitment, subject.indexCommitment);
        if (!binding.verifier.verifyProof(binding.proof, inputs)) revert IAttributionRegistry.ColumnsNotBound();
    }

    /// Refuses payees who could not be paid, and payees named twice. What was seen lives as long as the transaction, so lists are numbered.
    function _requirePayees(address[] calldata list) private {
        uint256 number = LISTS.asUint256().tload() + 1;
        LISTS.asUint256().tstore(number);
        for (uint256 i; i < list.length; ++i) {
            address payee = list[i];
            TransientSlot.BooleanSlot seen = keccak256(abi.encode(number, payee)).asBoolean();
            if (seen.tload()) revert IAttributionRegistry.BadPayee(payee);
            _requireRecipient(payee);
            seen.tstore(true);
        }
    }

    /// Refuses terms that lose a part of the fee, or leave no time for an answer.
    function _requireTerms(Terms calldata terms) private view {
        uint256 sum = uint256(terms.platformPpm) + terms.ownerPpm + terms.contributorsPpm;
        if (sum != Shares.WHOLE) revert IAttributionRegistry.PartsDoNotSum(sum);
        if (terms.platformPpm != 0) _requireRecipient(terms.platform);
        if (terms.ownerPpm != 0) _requireRecipient(terms.beneficiary);
        if (terms.window < LEAST_WINDOW || terms.window > MOST_WINDOW) {
            revert IAttributionRegistry.WrongWindow(terms.window);
        }
    }

    /// Refuses an owner whom the index does not name, and terms that leave contributors less than it promises them. The index commitment, which
    /// proofs carry, binds both: neither a copy of what is published nor the model's owner can undercut them.
    function _requireRegistrar(Header calldata header, Terms calldata terms, address owner) private pure {
        if (owner != header.registrar) revert IAttributionRegistry.NotTheRegistrar(header.registrar, owner);
        if (terms.contributorsPpm < header.contributorsPpm) {
            revert IAttributionRegistry.Undercut(header.contributorsPpm, terms.contributorsPpm);
        }
    }

    /// Refuses whom the registry, which calls, cannot pay.
    function _requireRecipient(address recipient) private view {
        if (recipient == address(0) || recipient == msg.sender) revert IAttributionRegistry.BadPayee(recipient);
    }
}
