// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Header, IndexHeader} from "../src/IndexHeader.sol";
import {ILinkedVerifier} from "../src/interfaces/IVerifier.sol";
import {IAttributionRegistry, IndexProof, Subject} from "../src/interfaces/IAttributionRegistry.sol";
import {BOARD, Board} from "./support/VerifierDouble.sol";
import {Fixture} from "./support/Fixture.sol";

/// A registration pays by the method that it names: every field of the header, and the circuit of the verifier, say the same.
contract MethodsTest is Fixture {
    /// What the circuit of a verifier says of itself, by the place of its 32 bits.
    uint256 private constant PROFILE = 0;
    uint256 private constant RESIDUAL = 1;
    uint256 private constant INPUTS = 2;
    uint256 private constant FEATURES = 3;
    uint256 private constant CLASSES = 4;
    uint256 private constant CONTRIBUTORS = 5;

    /// Layouts of the linked columns are the same in this test, as they once were for all methods.
    function test_pays_by_another_method_than_the_one_named() public {
        for (uint256 method = 1; method <= 4; ++method) {
            Subject memory subject = _of(method);
            uint256 honest = _circuit(subject);
            Board(BOARD).write(honest ^ (3 << 32)); // one-hot for the residual, the residual for one-hot
            _refuse(subject, _wrongCircuit(honest | 64 << 64, honest ^ (3 << 32)));
            Board(BOARD).write(honest);
            _register(subject, _verifier, _terms(NATIVE));
        }
    }

    function test_answers_by_a_circuit_of_another_shape() public {
        Subject memory subject = _subject(3, 10);
        uint256 honest = _circuit(subject);
        uint256[4] memory places = [PROFILE, FEATURES, CLASSES, CONTRIBUTORS];
        for (uint256 i; i < 4; ++i) {
            uint256 other = honest ^ 2 ** (32 * places[i]);
            Board(BOARD).write(other);
            _refuse(subject, _wrongCircuit(honest, other));
        }
        // Bits that say nothing.
        Board(BOARD).write(honest | 1 << 224);
        _refuse(subject, _wrongCircuit(honest, honest | 1 << 224));
        // No residual at all.
        Board(BOARD).write(honest ^ 2 ** (32 * RESIDUAL));
        _refuse(subject, _wrongCircuit(honest, honest ^ 2 ** (32 * RESIDUAL)));
        // The index proof shows the number of inputs: the registry knows none.
        Board(BOARD).write(honest ^ 2 ** (32 * INPUTS));
        _register(subject, _verifier, _terms(NATIVE));
    }

    function test_names_a_method_that_nobody_knows() public {
        uint256[4] memory unknown = [uint256(0), 5, 6, 255];
        for (uint256 i; i < 4; ++i) {
            Subject memory subject = _subject(3, 10);
            subject.header.method = unknown[i];
            subject.indexCommitment = this.computeIndex(subject);
            _refuse(subject, abi.encodeWithSelector(IndexHeader.BadHeader.selector, "method", unknown[i]));
        }
    }

    /// Each field of the header, edited alone.
    function test_says_of_the_index_what_the_commitment_does_not() public {
        uint256 fields = abi.encode(_subject(3, 10).header).length / 32;
        for (uint256 field; field < fields; ++field) {
            Subject memory subject = _edited(field);
            (bool done, bytes memory reason) = _tried(subject, _indexProof(_subject(3, 10)));
            VM.assertFalse(done);
            // forge-lint: disable-next-line(unsafe-typecast)
            bytes4 thrown = bytes4(reason);
            bool known = thrown == IAttributionRegistry.IndexCommitmentMismatch.selector
                || thrown == IndexHeader.BadHeader.selector;
            VM.assertTrue(known);
        }
    }

    /// The same, committed to anew: the proof of the table was made for another header.
    function test_commits_to_another_header_than_the_proofs_were_made_for() public {
        uint256 fields = abi.encode(_subject(3, 10).header).length / 32;
        for (uint256 field; field < fields; ++field) {
            Subject memory subject = _edited(field);
            subject.indexCommitment = this.computeIndex(subject);
            (bool done, bytes memory reason) = _tried(subject, _indexProof(_subject(3, 10)));
            VM.assertFalse(done);
            // forge-lint: disable-next-line(unsafe-typecast)
            bytes4 thrown = bytes4(reason);
            VM.assertTrue(
                thrown == IAttributionRegistry.TableNotProven.selector || thrown == IndexHeader.BadHeader.selector
            );
        }
    }

    function _edited(uint256 field) private returns (Subject memory subject) {
        subject = _subject(3, 10);
        bytes memory words = abi.encode(subject.header);
        assembly ("memory-safe") {
            let at := add(add(words, 0x20), shl(5, field))
            mstore(at, sub(mload(at), 1))
        }
        subject.header = abi.decode(words, (Header));
    }

    function _of(uint256 method) private returns (Subject memory subject) {
        subject = _subject(3, 10);
        subject.header.method = method;
        if (method < 3) (subject.header.sigma, subject.header.eta) = (0, 0);
        subject.indexCommitment = this.computeIndex(subject);
    }

    function _wrongCircuit(uint256 expected, uint256 actual) private pure returns (bytes memory) {
        uint256 free = uint256(type(uint32).max) << 64;
        return abi.encodeWithSelector(IAttributionRegistry.WrongCircuit.selector, expected & ~free, actual | 1 << 192);
    }

    function _tried(Subject memory subject, IndexProof memory index) private returns (bool, bytes memory) {
        bytes32 code = address(_verifier).codehash;
        bytes memory call = abi.encodeCall(
            _registry.register,
            (subject, ILinkedVerifier(_verifier), code, index, _bindingProof(subject), _terms(NATIVE), 0)
        );
        // Whom an edited header names takes part in the edit.
        VM.prank(subject.header.registrar);
        return address(_registry).call(call);
    }

    function _refuse(Subject memory subject, bytes memory expected) private {
        (bool done, bytes memory reason) = _tried(subject, _indexProof(subject));
        VM.assertFalse(done);
        VM.assertEq(keccak256(reason), keccak256(expected));
    }
}
