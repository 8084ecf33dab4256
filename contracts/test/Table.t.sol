// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Certificate} from "../src/Certificate.sol";
import {Header, IndexHeader} from "../src/IndexHeader.sol";
import {IVerifier} from "../src/interfaces/IVerifier.sol";
import {IAttributionRegistry, IndexProof, Subject} from "../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {RevertingVerifier, SilentContract} from "./support/VerifierDouble.sol";

/// A registration needs a proven table.
contract TableTest is Fixture {
    struct Figures {
        uint256 features;
        uint256 classes;
        uint256 lam;
        uint256 epsilon;
        uint256 normSum;
        uint256 admitted;
        uint256 eta;
        uint256 distance;
        uint256 freedom;
    }

    function test_announces_a_proven_table() public {
        VM.recordLogs();
        uint256 id = _register(3, NATIVE);
        Subject memory subject = _subject(3, 10);
        (uint256 distance, uint256 freedom) = this.judged(subject.header, 33, 10);
        bytes32 code = address(_indexVerifier).codehash;
        (bytes32[] memory topics, bytes memory data) = _log(0);
        VM.assertEq(topics[0], IAttributionRegistry.TableProven.selector);
        VM.assertEq(uint256(topics[1]), id);
        VM.assertEq(keccak256(data), keccak256(abi.encode(code, distance, freedom)));
    }

    function test_refuses_a_proof_about_anything_else() public {
        Subject memory subject = _subject(3, 10);
        for (uint256 i; i < 11; ++i) {
            uint256[] memory inputs = _indexInputs(subject);
            inputs[i] ^= 1;
            IndexProof memory index = _indexProof(subject);
            index.proof = _digest(inputs);
            _refuse(subject, index, abi.encodeWithSelector(IAttributionRegistry.TableNotProven.selector));
        }
    }

    /// Figures that the commitment binds cannot differ from those that the proof shows.
    function test_refuses_a_proof_of_another_index() public {
        Subject memory subject = _subject(3, 10);
        IndexProof memory index = _indexProof(_subject(4, 10));
        _refuse(subject, index, abi.encodeWithSelector(IAttributionRegistry.TableNotProven.selector));
        subject.features = 34;
        _refuse(
            subject, _indexProof(_subject(3, 10)), abi.encodeWithSelector(IAttributionRegistry.TableNotProven.selector)
        );
    }

    function test_refuses_no_proof_at_all() public {
        Subject memory subject = _subject(3, 10);
        IndexProof memory index = _indexProof(subject);
        index.proof = "";
        _refuse(subject, index, abi.encodeWithSelector(IAttributionRegistry.TableNotProven.selector));
    }

    function test_refuses_an_index_verifier_without_code_and_with_other_code() public {
        Subject memory subject = _subject(3, 10);
        IndexProof memory index = _indexProof(subject);
        index.verifier = IVerifier(STRANGER);
        bytes4 reason = IAttributionRegistry.WrongVerifierCode.selector;
        _refuse(subject, index, abi.encodeWithSelector(reason, STRANGER, index.verifierCodeHash, STRANGER.codehash));
        index = _indexProof(subject);
        index.verifierCodeHash = bytes32(uint256(1));
        _refuse(
            subject,
            index,
            abi.encodeWithSelector(reason, _indexVerifier, bytes32(uint256(1)), address(_indexVerifier).codehash)
        );
    }

    function test_refuses_an_index_verifier_that_reverts_or_says_nothing() public {
        Subject memory subject = _subject(3, 10);
        address[2] memory verifiers = [address(new RevertingVerifier(0, 0)), address(new SilentContract(0, 0))];
        bytes[2] memory reasons = [abi.encodeWithSelector(RevertingVerifier.Refused.selector, 11), bytes("")];
        for (uint256 i; i < 2; ++i) {
            IndexProof memory index = _indexProof(subject);
            (index.verifier, index.verifierCodeHash) = (IVerifier(verifiers[i]), verifiers[i].codehash);
            _refuse(subject, index, reasons[i]);
        }
    }

    function test_refuses_a_head_too_far_from_its_optimum_and_a_table_too_free() public {
        Subject memory subject = _subject(3, 10);
        subject.header.epsilon = 2e12;
        _refuseLoose(subject);
        subject = _subject(3, 10);
        subject.header.eta = 100;
        _refuseLoose(subject);
        // A head of a tenth of the norm, at the same distance.
        subject = _subject(3, 10);
        subject.header.headNorm /= 10;
        _refuseLoose(subject);
        subject.header.headNorm = 0;
        _refuseLoose(subject);
    }

    /// The sums of `tracin` and `representer` assume no optimum and use no lambda.
    function test_measures_no_head_of_a_method_without_an_optimum() public {
        Subject memory subject = _subject(3, 10);
        (subject.header.method, subject.header.sigma, subject.header.eta) = (1, 0, 0);
        (subject.header.headNorm, subject.header.lam) = (0, type(uint32).max);
        (uint256 distance, uint256 freedom) = this.judged(subject.header, 33, 10);
        VM.assertEq(distance, 0);
        VM.assertEq(freedom, 0);
    }

    function test_refuses_a_lambda_that_outweighs_the_rows() public {
        Subject memory subject = _subject(3, 10);
        subject.header.lam = 256 * 250 + 1;
        _refuseFigure(subject, "lam", 256 * 250 + 1);
    }

    function test_refuses_figures_that_no_honest_index_has() public {
        Subject memory subject = _subject(3, 10);
        subject.header.lam = 0;
        _refuseFigure(subject, "lam", 0);
        subject = _subject(3, 10);
        subject.header.eta = 128;
        _refuseFigure(subject, "eta", 128);
        subject = _subject(3, 10);
        subject.header.epsilon = 1 << 80;
        _refuseFigure(subject, "epsilon", 1 << 80);
        subject = _subject(3, 10);
        subject.header.normSum = 1 << 64;
        _refuseFigure(subject, "norm sum", 1 << 64);
        for (uint256 features = 1; features < 1 << 18; features += 1 << 17) {
            subject = _subject(3, 10);
            subject.features = features;
            _refuseFigure(subject, "features", features);
        }
    }

    /// The integers of the native verifier, and of the formulas in docs/attribution.md.
    function test_bounds_are_those_of_the_native_verifier() public view {
        Figures[5] memory figures;
        figures[0] = Figures(33, 10, 256, 100000000000, 1000000, 250, 60, 192259188965, 582);
        figures[1] = Figures(65, 10, 256, 123456789012, 654321, 200, 80, 249250176235, 855473518);
        figures[2] = Figures(129, 10, 1024, 5, 7, 300, 79, 2324849582, 150645014);
        figures[3] = Figures(
            2,
            2,
            1,
            1208925819614629174706175,
            18446744073709551615,
            2097152,
            127,
            59201777707860368422381369,
            2417851639229258349412352
        );
        figures[4] = Figures(65536, 256, 4294967295, 0, 0, 1, 0, 65537, 1);
        for (uint256 i; i < figures.length; ++i) {
            Figures memory f = figures[i];
            Header memory header = Header(
                4, 1, f.admitted, f.lam, 68, f.eta, f.epsilon, f.normSum, f.admitted, 0, 0, 0, 5 << 16, OWNER, 0
            );
            // Beyond what lambda may be for so many rows; the bounds are computed all the same.
            if (f.lam > 256 * f.admitted) header.sigma = 0;
            (uint256 distance, uint256 freedom) = this.bounds(header, f.features, f.classes);
            VM.assertEq(distance, f.distance);
            if (header.sigma != 0) VM.assertEq(freedom, f.freedom);
        }
    }

    function bounds(Header calldata header, uint256 features, uint256 classes)
        external
        pure
        returns (uint256, uint256)
    {
        return (Certificate.distance(header, features, classes), Certificate.freedom(header, features, classes));
    }

    function judged(Header calldata header, uint256 features, uint256 classes)
        external
        pure
        returns (uint256, uint256)
    {
        return (Certificate.relativeDistance(header, features, classes), Certificate.freedom(header, features, classes));
    }

    function _refuseLoose(Subject memory subject) private {
        subject.indexCommitment = this.computeIndex(subject);
        (uint256 distance, uint256 freedom) = this.judged(subject.header, subject.features, subject.classes);
        bytes memory reason = abi.encodeWithSelector(IAttributionRegistry.TooLoose.selector, distance, freedom);
        _refuse(subject, _indexProof(subject), reason);
    }

    function _refuseFigure(Subject memory subject, string memory field, uint256 value) private {
        subject.indexCommitment = this.computeIndex(subject);
        bytes memory reason = abi.encodeWithSelector(IndexHeader.BadHeader.selector, field, value);
        _refuse(subject, _indexProof(subject), reason);
    }

    function _refuse(Subject memory subject, IndexProof memory index, bytes memory reason) private {
        VM.prank(OWNER);
        VM.expectRevert(reason);
        _registry.register(
            subject, _verifier, address(_verifier).codehash, index, _bindingProof(subject), _terms(NATIVE), 0
        );
    }
}
