// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {IAttributionRegistry, BindingProof, Subject} from "../src/interfaces/IAttributionRegistry.sol";
import {ILinkedVerifier, IVerifier} from "../src/interfaces/IVerifier.sol";
import {MOST_LINKED_COLUMNS, MOST_PAYEES} from "../src/Subjects.sol";
import {Fixture} from "./support/Fixture.sol";
import {BindingDouble, RevertingVerifier, SilentContract, VerifierDouble} from "./support/VerifierDouble.sol";

/// A registration needs commitments of the columns that proofs are linked to, and a proof of what these hold.
contract BindingTest is Fixture {
    function test_announces_bound_columns() public {
        VM.recordLogs();
        uint256 id = _register(3, NATIVE);
        (bytes32[] memory topics, bytes memory data) = _log(1);
        VM.assertEq(topics[0], IAttributionRegistry.ColumnsBound.selector);
        VM.assertEq(uint256(topics[1]), id);
        VM.assertEq(address(uint160(uint256(topics[2]))), address(_bindingVerifier));
        VM.assertEq(keccak256(data), keccak256(abi.encode(address(_bindingVerifier).codehash, COLUMNS)));
    }

    /// Whatever the numbers of payees and columns are, neither runs into the other.
    function testFuzz_keeps_the_commitments(uint256 columns, uint256 contributors) public {
        columns = between(columns, 1, MOST_LINKED_COLUMNS);
        contributors = between(contributors, 1, 20);
        Subject memory subject = _subject(contributors, 10);
        uint256[] memory commitments = new uint256[](2 * columns);
        for (uint256 i; i < commitments.length; ++i) {
            commitments[i] = uint256(keccak256(abi.encode(i)));
        }
        _use(columns, columns, LAYOUT);
        uint256 id = _accept(subject, _bindingProof(subject, commitments));
        VM.assertEq(_registry.registration(id).linkedColumns, columns);
        VM.assertEq(keccak256(abi.encode(_registry.commitments(id))), keccak256(abi.encode(commitments)));
        VM.assertEq(keccak256(abi.encode(_registry.payees(id))), keccak256(abi.encode(subject.payees)));
    }

    function test_the_most_payees_and_columns_fit() public {
        uint256 most = MOST_LINKED_COLUMNS;
        Subject memory subject = _subject(MOST_PAYEES, 10);
        _use(most, most, LAYOUT);
        uint256 id = _accept(subject, _bindingProof(subject, new uint256[](2 * most)));
        VM.assertEq(_registry.commitments(id).length, 2 * most);
        VM.assertEq(_registry.payees(id).length, subject.payees.length);
    }

    // ---- the proof ----

    function test_refuses_a_proof_about_another_model_or_table() public {
        Subject memory subject = _subject(3, 10);
        Subject memory other = _subject(3, 10);
        other.modelCommitment ^= 1;
        _refuse(subject, _bindingProof(other), abi.encodeWithSelector(IAttributionRegistry.ColumnsNotBound.selector));
        other = _subject(4, 10);
        _refuse(subject, _bindingProof(other), abi.encodeWithSelector(IAttributionRegistry.ColumnsNotBound.selector));
    }

    function testFuzz_refuses_a_proof_that_does_not_hold(bytes calldata proof) public {
        Subject memory subject = _subject(3, 10);
        BindingProof memory binding = _bindingProof(subject);
        VM.assume(keccak256(proof) != keccak256(binding.proof));
        binding.proof = proof;
        _refuse(subject, binding, abi.encodeWithSelector(IAttributionRegistry.ColumnsNotBound.selector));
    }

    /// Commitments are what the proof starts with, not what the caller would like them to be.
    function testFuzz_refuses_other_commitments_than_the_proven_ones(uint256 bit) public {
        Subject memory subject = _subject(3, 10);
        BindingProof memory binding = _bindingProof(subject);
        bit = between(bit, 0, 8 * binding.proof.length - 1);
        // forge-lint: disable-next-line(incorrect-shift)
        binding.proof[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _refuse(subject, binding, abi.encodeWithSelector(IAttributionRegistry.ColumnsNotBound.selector));
    }

    /// A verifier that accepts anything does not make a proof out of nothing: there are no commitments in it.
    function test_refuses_a_proof_that_is_too_short_to_hold_commitments() public {
        Subject memory subject = _subject(3, 10);
        BindingProof memory binding = _bindingProof(subject);
        binding.verifier = new Credulous(COLUMNS, LAYOUT);
        binding.verifierCodeHash = address(binding.verifier).codehash;
        binding.proof = new bytes(64 * COLUMNS - 1);
        _refuse(subject, binding, abi.encodeWithSelector(IAttributionRegistry.ColumnsNotBound.selector));
        binding.proof = new bytes(64 * COLUMNS);
        _accept(subject, binding);
    }

    // ---- the verifier of the proof ----

    function test_refuses_a_binding_verifier_without_code_and_with_other_code() public {
        Subject memory subject = _subject(3, 10);
        BindingProof memory binding = _bindingProof(subject);
        bytes4 reason = IAttributionRegistry.WrongVerifierCode.selector;
        address[2] memory empty = [STRANGER, USER]; // the second one has a balance
        for (uint256 i; i < 2; ++i) {
            binding.verifier = ILinkedVerifier(empty[i]);
            binding.verifierCodeHash = empty[i].codehash;
            _refuse(subject, binding, abi.encodeWithSelector(reason, empty[i], empty[i].codehash, empty[i].codehash));
        }
        binding = _bindingProof(subject);
        binding.verifierCodeHash = bytes32(uint256(1));
        _refuse(
            subject,
            binding,
            abi.encodeWithSelector(reason, _bindingVerifier, bytes32(uint256(1)), address(_bindingVerifier).codehash)
        );
    }

    function test_refuses_a_binding_verifier_that_reverts_or_says_nothing() public {
        Subject memory subject = _subject(3, 10);
        address[2] memory verifiers =
            [address(new RevertingVerifier(COLUMNS, LAYOUT)), address(new SilentContract(COLUMNS, LAYOUT))];
        bytes[2] memory reasons = [abi.encodeWithSelector(RevertingVerifier.Refused.selector, 2), bytes("")];
        for (uint256 i; i < 2; ++i) {
            BindingProof memory binding = _bindingProof(subject);
            binding.verifier = ILinkedVerifier(verifiers[i]);
            binding.verifierCodeHash = verifiers[i].codehash;
            _refuse(subject, binding, reasons[i]);
        }
    }

    // ---- the columns ----

    function test_refuses_verifiers_of_different_columns() public {
        Subject memory subject = _subject(3, 10);
        bytes32 other = keccak256("other");
        _use(COLUMNS, COLUMNS, other);
        _refuse(subject, _bindingProof(subject), _wrongLayout(LAYOUT, other, COLUMNS, COLUMNS));
        _use(COLUMNS, COLUMNS + 1, LAYOUT);
        _refuse(subject, _bindingProof(subject), _wrongLayout(LAYOUT, LAYOUT, COLUMNS, COLUMNS + 1));
        _use(COLUMNS, COLUMNS - 1, LAYOUT);
        _refuse(subject, _bindingProof(subject), _wrongLayout(LAYOUT, LAYOUT, COLUMNS, COLUMNS - 1));
    }

    function test_refuses_columns_that_nothing_is_said_of() public {
        Subject memory subject = _subject(3, 10);
        _verifier = new VerifierDouble(COLUMNS, 0);
        _bindingVerifier = new BindingDouble(COLUMNS, 0);
        _refuse(subject, _bindingProof(subject), _wrongLayout(0, 0, COLUMNS, COLUMNS));
    }

    function test_refuses_no_columns_and_too_many() public {
        Subject memory subject = _subject(3, 10);
        uint256[3] memory counts = [uint256(0), MOST_LINKED_COLUMNS + 1, type(uint256).max];
        for (uint256 i; i < 3; ++i) {
            _use(counts[i], counts[i], LAYOUT);
            _refuse(
                subject,
                _bindingProof(subject),
                abi.encodeWithSelector(IAttributionRegistry.WrongSize.selector, counts[i])
            );
        }
    }

    /// A verifier whose proofs are linked to nothing says nothing of a model.
    function test_refuses_a_verifier_without_linked_columns() public {
        Subject memory subject = _subject(3, 10);
        _verifier = ILinkedVerifier(address(new Unlinked()));
        _refuse(subject, _bindingProof(subject), "");
    }

    // ---- proofs of other registrations ----

    function test_refuses_a_proof_that_is_linked_to_another_registration() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory others = _commitments();
        others[2 * COLUMNS - 1] ^= 1;
        Subject memory subject = _subject(3, 10);
        // The same owner, the same subject, the same verifiers: another tail.
        uint256 other = _accept(subject, _bindingProof(subject, others));
        VM.assertNotEq(id, other);
        uint256 requestId = _request(other, 1 ether);
        uint256[] memory inputs = _answer(other, requestId, _three(1, 2));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfill(requestId, inputs, _proof(inputs, _commitments()));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfill(requestId, inputs, _digest(inputs));
        _registry.fulfill(requestId, inputs, _proof(inputs, others));
    }

    /// A new version does not take what is linked to the old one, nor the old one what is linked to the new.
    function test_refuses_a_proof_that_is_linked_to_another_version() public {
        uint256 id = _register(3, NATIVE);
        uint256[] memory fresh = _commitments();
        fresh[0] ^= 1;
        Subject memory subject = _subject(3, 10);
        BindingProof memory binding = _bindingProof(subject, fresh);
        VM.prank(OWNER);
        uint256 next = _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), binding, _terms(NATIVE), id
        );
        VM.prank(OWNER);
        _registry.deprecateModel(id);
        uint256 requestId = _request(next, 1 ether);
        uint256[] memory inputs = _answer(next, requestId, _three(1, 2));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.fulfill(requestId, inputs, _proof(inputs, _commitments()));
        bytes memory output = abi.encode(inputs[0], _packed(inputs));
        VM.expectRevert(IERC7992Verifier.InvalidProof.selector);
        _registry.verifyInference(next, bytes32(inputs[3]), output, _proof(inputs, _commitments()));
        _registry.verifyInference(next, bytes32(inputs[3]), output, _proof(inputs, fresh));
        VM.expectRevert(abi.encodeWithSelector(IERC7992Verifier.VerificationRefused_ModelDeprecated.selector, id));
        _registry.verifyInference(id, bytes32(inputs[3]), output, _proof(inputs, _commitments()));
    }

    function test_an_unset_registration_has_no_commitments() public {
        VM.expectRevert();
        _registry.commitments(7);
    }

    function _packed(uint256[] memory inputs) private pure returns (uint256[] memory packed) {
        packed = new uint256[](2);
        (packed[0], packed[1]) = (inputs[4], inputs[5]);
    }

    /// Takes verifiers of so many columns, the second one of the given layout.
    function _use(uint256 columns, uint256 bindingColumns, bytes32 linkLayout) private {
        _verifier = new VerifierDouble(columns, LAYOUT);
        _bindingVerifier = new BindingDouble(bindingColumns, linkLayout);
    }

    function _wrongLayout(bytes32 a, bytes32 b, uint256 columns, uint256 others) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAttributionRegistry.WrongLayout.selector, a, b, columns, others);
    }

    function _accept(Subject memory subject, BindingProof memory binding) private returns (uint256) {
        VM.prank(OWNER);
        return _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), binding, _terms(NATIVE), 0
        );
    }

    function _refuse(Subject memory subject, BindingProof memory binding, bytes memory reason) private {
        VM.prank(OWNER);
        VM.expectRevert(reason);
        _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), binding, _terms(NATIVE), 0
        );
    }
}

/// Accepts everything.
contract Credulous is VerifierDouble {
    constructor(uint256 columns, bytes32 linkLayout) VerifierDouble(columns, linkLayout) {}

    function verifyProof(bytes calldata, uint256[] calldata) external pure override returns (bool) {
        return true;
    }
}

/// A verifier of a plan without linked columns.
contract Unlinked is IVerifier {
    function verifyProof(bytes calldata, uint256[] calldata) external pure returns (bool) {
        return true;
    }
}
