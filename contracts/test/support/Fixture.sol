// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AttributionRegistry} from "../../src/AttributionRegistry.sol";
import {Directory} from "../../src/Directory.sol";
import {Header, IndexHeader} from "../../src/IndexHeader.sol";
import {MOST_DISTANCE, MOST_FREEDOM} from "../../src/Subjects.sol";
import {Poseidon13} from "../../src/Poseidon13.sol";
import {Poseidon13Constants} from "../../src/Poseidon13Constants.sol";
import {ILinkedVerifier, IVerifier} from "../../src/interfaces/IVerifier.sol";
import {BindingProof, IndexProof, Limits, Subject, Terms} from "../../src/interfaces/IAttributionRegistry.sol";
import {Test, Vm} from "./Test.sol";
import {BOARD, BatchVerifierDouble, Board, BindingDouble, VerifierDouble} from "./VerifierDouble.sol";

/// A deployed registry, a verifier that stands in, and everything to register, request and answer.
abstract contract Fixture is Test {
    uint256 internal constant WHOLE = 1_000_000;
    uint256 internal constant INPUT = uint256(keccak256("input")) >> 8;
    bytes32 internal constant LAYOUT = keccak256("layout");
    uint256 internal constant COLUMNS = 2;
    /// Most queries of a batch.
    uint256 internal constant SLOTS = 8;
    IERC20 internal constant NATIVE = IERC20(address(0));

    address internal immutable OWNER = VM.addr(1);
    address internal immutable USER = VM.addr(2);
    address internal immutable PLATFORM = VM.addr(3);
    address internal immutable BENEFICIARY = VM.addr(4);
    address internal immutable STRANGER = VM.addr(5);
    /// Owner of the directory.
    address internal immutable GUARDIAN = VM.addr(6);

    address internal _constants;
    Directory internal _directory;
    AttributionRegistry internal _registry;
    ILinkedVerifier internal _verifier;
    ILinkedVerifier internal _batchVerifier;
    IVerifier internal _indexVerifier;
    ILinkedVerifier internal _bindingVerifier;

    function setUp() public virtual {
        VM.etch(BOARD, type(Board).runtimeCode);
        _constants = address(new Poseidon13Constants());
        _directory = new Directory(GUARDIAN);
        _registry = _deploy();
        _verifier = new VerifierDouble(COLUMNS, LAYOUT);
        _batchVerifier = new BatchVerifierDouble(COLUMNS, LAYOUT, SLOTS);
        _indexVerifier = new VerifierDouble(0, 0);
        _bindingVerifier = new BindingDouble(COLUMNS, LAYOUT);
        VM.warp(1_800_000_000);
        VM.deal(USER, 1000 ether);
    }

    /// A registry with the widest limits, which asks the directory.
    function _deploy() internal returns (AttributionRegistry) {
        return new AttributionRegistry(_constants, Limits(MOST_DISTANCE, MOST_FREEDOM), _directory);
    }

    /// Contributor number `i` of every subject.
    function _payee(uint256 i) internal pure returns (address) {
        return VM.addr(100 + i);
    }

    function _subject(uint256 contributors, uint256 classes) internal returns (Subject memory subject) {
        subject.modelCommitment = uint256(keccak256("model")) >> 8;
        subject.tableCommitment = uint256(keccak256("table")) >> 8;
        subject.header = Header({
            method: 4,
            datasetRoot: uint256(keccak256("root")) >> 8,
            rows: 256,
            lam: 256,
            sigma: 68,
            eta: 60,
            epsilon: 1e11,
            normSum: 1e6,
            admitted: 250,
            validation: 40,
            right: 240,
            validationRight: 37,
            headNorm: 5 << 16,
            registrar: OWNER,
            contributorsPpm: 400_000
        });
        subject.names = new string[](contributors);
        subject.payees = new address[](contributors);
        for (uint256 i; i < contributors; ++i) {
            subject.names[i] = string.concat("contributor-", VM.toString(i));
            subject.payees[i] = _payee(i);
        }
        subject.classes = classes;
        subject.features = 33;
        subject.indexCommitment = this.computeIndex(subject);
        Board(BOARD).write(_circuit(subject));
    }

    /// A subject that promises contributors nothing, for tests of any terms.
    function _unbound(uint256 contributors) internal returns (Subject memory subject) {
        subject = _subject(contributors, 10);
        subject.header.contributorsPpm = 0;
        subject.indexCommitment = this.computeIndex(subject);
    }

    /// What a verifier of one-query proofs about a subject says of itself, but for its number of queries.
    function _circuit(Subject memory subject) internal pure returns (uint256) {
        uint256 residual = subject.header.method == 2 ? 2 : 1;
        return
            20 | residual << 32 | 64 << 64 | subject.features << 96 | subject.classes << 128 | subject.payees.length
                << 160;
    }

    function _terms(IERC20 asset) internal view returns (Terms memory) {
        return Terms({
            asset: asset,
            minimumFee: 1000,
            platform: PLATFORM,
            platformPpm: 50_000,
            window: 10 minutes,
            beneficiary: BENEFICIARY,
            ownerPpm: 450_000,
            contributorsPpm: 500_000
        });
    }

    function _register(uint256 contributors, IERC20 asset) internal returns (uint256) {
        return _register(_subject(contributors, 10), _verifier, _terms(asset));
    }

    /// Registers a subject whose proofs answer batches.
    function _registerBatches(uint256 contributors, IERC20 asset) internal returns (uint256) {
        return _register(_subject(contributors, 10), _batchVerifier, _terms(asset));
    }

    function _register(Subject memory subject, ILinkedVerifier verifier, Terms memory terms)
        internal
        returns (uint256)
    {
        IndexProof memory index = _indexProof(subject);
        BindingProof memory binding = _bindingProof(subject);
        VM.prank(OWNER);
        return _registry.register(subject, verifier, address(verifier).codehash, index, binding, terms, 0);
    }

    /// What the stand-in accepts as a proof of a subject's table.
    function _indexProof(Subject memory subject) internal view returns (IndexProof memory) {
        return IndexProof({
            verifier: _indexVerifier,
            verifierCodeHash: address(_indexVerifier).codehash,
            proof: _digest(_indexInputs(subject))
        });
    }

    /// What the stand-in accepts as a proof of what a subject's columns hold.
    function _bindingProof(Subject memory subject) internal view returns (BindingProof memory) {
        return _bindingProof(subject, _commitments());
    }

    function _bindingProof(Subject memory subject, uint256[] memory commitments)
        internal
        view
        returns (BindingProof memory)
    {
        uint256[] memory inputs = new uint256[](2);
        (inputs[0], inputs[1]) = (subject.modelCommitment, subject.indexCommitment);
        bytes memory points = abi.encodePacked(commitments);
        return BindingProof({
            verifier: _bindingVerifier,
            verifierCodeHash: address(_bindingVerifier).codehash,
            proof: bytes.concat(points, keccak256(abi.encode(points, inputs)))
        });
    }

    /// The commitments that {_register} registers.
    function _commitments() internal pure returns (uint256[] memory words) {
        words = new uint256[](2 * COLUMNS);
        for (uint256 i; i < words.length; ++i) {
            words[i] = uint256(keccak256(abi.encode("commitment", i)));
        }
    }

    function _request(uint256 registrationId, uint256 fee) internal returns (uint256) {
        VM.prank(USER);
        return _registry.request{value: fee}(registrationId, INPUT, uint64(block.timestamp + 1 days), fee);
    }

    /// Public inputs that answer a request of `_subject(weights.length, 10)`.
    function _answer(uint256 registrationId, uint256 requestId, uint256[] memory weights)
        internal
        view
        returns (uint256[] memory inputs)
    {
        uint256 sum;
        inputs = new uint256[](5 + (weights.length + 11) / 12);
        inputs[0] = _registry.contextOf(registrationId, requestId);
        inputs[1] = _registry.registration(registrationId).modelCommitment;
        inputs[2] = _registry.registration(registrationId).indexCommitment;
        inputs[3] = _registry.requestOf(requestId).inputCommitment;
        for (uint256 i; i < weights.length; ++i) {
            inputs[5 + i / 12] |= weights[i] << (20 * (i % 12));
            sum += weights[i];
        }
        inputs[4] = 7 | (sum == 0 ? 1 << 8 : 0) | (uint256(0x800001) << 9) | (uint256(0xfffffe) << 225);
    }

    /// As many requests with one fee.
    function _requests(uint256 registrationId, uint256 fee, uint256 count)
        internal
        returns (uint256[] memory requestIds)
    {
        requestIds = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            requestIds[i] = _request(registrationId, fee);
        }
    }

    /// Public inputs that answer requests of `_subject(totals.length, 10)` in a batch. Bit `i` of `flags` says that nobody supports answer `i`.
    function _answers(uint256 registrationId, uint256[] memory requestIds, uint256 flags, uint256[] memory totals)
        internal
        view
        returns (uint256[] memory inputs)
    {
        uint256 start = 2 + (totals.length + 6) / 7;
        inputs = new uint256[](start + 3 * _registry.registration(registrationId).queries);
        inputs[0] = _registry.registration(registrationId).modelCommitment;
        inputs[1] = _registry.registration(registrationId).indexCommitment;
        for (uint256 i; i < totals.length; ++i) {
            inputs[2 + i / 7] |= totals[i] << (32 * (i % 7));
        }
        for (uint256 i; i < requestIds.length; ++i) {
            inputs[start + 3 * i] = _registry.contextOf(registrationId, requestIds[i]);
            inputs[start + 3 * i + 1] = _registry.requestOf(requestIds[i]).inputCommitment;
            uint256 flag = (flags >> i) & 1;
            inputs[start + 3 * i + 2] = 7 | (flag << 8) | (uint256(0x800001) << 9) | (uint256(0xfffffe) << 225);
        }
    }

    /// Sums of the weights of as many queries, each decided by the seed.
    function _totals(uint256 seed, uint256 contributors, uint256 queries)
        internal
        pure
        returns (uint256[] memory totals)
    {
        totals = new uint256[](contributors);
        for (uint256 q; q < queries; ++q) {
            uint256[] memory weights = _weights(uint256(keccak256(abi.encode(seed, q))), contributors);
            for (uint256 i; i < contributors; ++i) {
                totals[i] += weights[i];
            }
        }
    }

    function _ones(uint256 flags, uint256 count) internal pure returns (uint256 ones) {
        for (uint256 i; i < count; ++i) {
            ones += (flags >> i) & 1;
        }
    }

    /// What the stand-in accepts as a proof that is linked to the commitments of {_register}.
    function _proof(uint256[] memory inputs) internal pure returns (bytes memory) {
        return _proof(inputs, _commitments());
    }

    function _proof(uint256[] memory inputs, uint256[] memory commitments) internal pure returns (bytes memory) {
        uint256[] memory words = new uint256[](inputs.length + commitments.length);
        for (uint256 i; i < words.length; ++i) {
            words[i] = i < inputs.length ? inputs[i] : commitments[i - inputs.length];
        }
        return _digest(words);
    }

    /// What the stand-in accepts as a proof that is linked to nothing.
    function _digest(uint256[] memory inputs) internal pure returns (bytes memory) {
        return abi.encode(keccak256(abi.encode(inputs)));
    }

    function _fulfill(uint256 registrationId, uint256 requestId, uint256[] memory weights) internal {
        uint256[] memory inputs = _answer(registrationId, requestId, weights);
        VM.prank(STRANGER);
        _registry.fulfill(requestId, inputs, _proof(inputs));
    }

    /// Three weights that sum to one million.
    function _three(uint256 a, uint256 b) internal pure returns (uint256[] memory weights) {
        weights = new uint256[](3);
        (weights[0], weights[1], weights[2]) = (a, b, WHOLE - a - b);
    }

    /// Weights that a seed decides: some zero, summing to one million.
    function _weights(uint256 seed, uint256 count) internal pure returns (uint256[] memory weights) {
        weights = new uint256[](count);
        uint256 left = WHOLE;
        for (uint256 i; i + 1 < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            weights[i] = seed % 3 == 0 ? 0 : between(seed >> 8, 0, 2 * left / (count - i));
            if (weights[i] > left) weights[i] = left;
            left -= weights[i];
        }
        weights[count - 1] = left;
    }

    /// Event number `i` since `VM.recordLogs`.
    function _log(uint256 i) internal returns (bytes32[] memory topics, bytes memory data) {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        return (logs[i].topics, logs[i].data);
    }

    /// The last event since `VM.recordLogs`.
    function _lastLog() internal returns (bytes32[] memory topics, bytes memory data) {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        return (last.topics, last.data);
    }

    /// The eleven public inputs of an index proof, written out.
    function _indexInputs(Subject memory subject) internal pure returns (uint256[] memory inputs) {
        Header memory header = subject.header;
        inputs = new uint256[](11);
        inputs[0] = subject.modelCommitment;
        inputs[1] = subject.indexCommitment;
        inputs[2] = header.datasetRoot;
        inputs[3] = _headerDigest(subject);
        (inputs[4], inputs[5], inputs[6], inputs[7]) = (header.admitted, header.lam, header.epsilon, header.normSum);
        (inputs[8], inputs[9]) = (header.headNorm, header.right + header.validationRight * 2 ** 32);
        inputs[10] = 20 + header.method * 2 ** 16 + header.eta * 2 ** 32 + subject.features * 2 ** 48;
        inputs[10] += subject.classes * 2 ** 64 + subject.payees.length * 2 ** 80 + header.rows * 2 ** 96;
        inputs[10] += header.validation * 2 ** 128;
    }

    /// docs/formats.md, section 5.
    function _headerDigest(Subject memory subject) private pure returns (uint256) {
        Header memory header = subject.header;
        bytes memory payees = abi.encode(keccak256("tribute/payees/1"), subject.payees.length);
        for (uint256 i; i < subject.payees.length; ++i) {
            string memory name = i < subject.names.length ? subject.names[i] : "";
            payees = bytes.concat(payees, keccak256(bytes(name)), bytes32(uint256(uint160(subject.payees[i]))));
        }
        bytes memory first = abi.encode(
            keccak256("tribute/index-header/3"),
            20,
            header.method,
            subject.modelCommitment,
            header.datasetRoot,
            header.rows
        );
        bytes memory second = abi.encode(subject.payees.length, keccak256(payees), header.lam, header.sigma, header.eta);
        bytes memory third = abi.encode(header.epsilon, header.normSum, 1, header.admitted);
        bytes memory fourth = abi.encode(header.validation, header.right, header.validationRight, header.headNorm);
        bytes memory fifth = abi.encode(header.registrar, header.contributorsPpm);
        return uint256(keccak256(bytes.concat(first, second, third, fourth, fifth))) >> 8;
    }

    function computeIndex(Subject calldata subject) external view returns (uint256) {
        uint256 digest = IndexHeader.digest(subject.header, subject.modelCommitment, subject.names, subject.payees);
        return Poseidon13.indexCommitment(_constants, digest, subject.tableCommitment);
    }
}
