// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AttributionRegistry} from "../src/AttributionRegistry.sol";
import {IndexHeader} from "../src/IndexHeader.sol";
import {Poseidon13, SCALAR_FIELD} from "../src/Poseidon13.sol";
import {IERC7992Registry, IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {ILinkedVerifier} from "../src/interfaces/IVerifier.sol";
import {IAttributionRegistry, Limits, Registration, Subject, Terms} from "../src/interfaces/IAttributionRegistry.sol";
import {MOST_PAYEES} from "../src/Subjects.sol";
import {Fixture} from "./support/Fixture.sol";

contract RegistrationTest is Fixture {
    function test_keeps_what_was_registered() public {
        Subject memory subject = _subject(12, 10);
        uint256 id = _register(12, NATIVE);
        Registration memory stored = _registry.registration(id);
        VM.assertEq(stored.owner, OWNER);
        VM.assertEq(stored.classes, 10);
        VM.assertEq(stored.contributors, 12);
        VM.assertEq(stored.method, 4);
        VM.assertFalse(stored.deprecated);
        VM.assertEq(address(stored.verifier), address(_verifier));
        VM.assertEq(stored.verifierCodeHash, address(_verifier).codehash);
        VM.assertEq(stored.modelCommitment, subject.modelCommitment);
        VM.assertEq(stored.indexCommitment, subject.indexCommitment);
        VM.assertEq(keccak256(abi.encode(stored.terms)), keccak256(abi.encode(_terms(NATIVE))));
        VM.assertEq(keccak256(abi.encode(_registry.payees(id))), keccak256(abi.encode(subject.payees)));
    }

    function test_announces_a_registration() public {
        Subject memory subject = _subject(3, 10);
        uint256 expected = _register(3, NATIVE);
        _registry = _deploy();
        VM.recordLogs();
        uint256 id = _register(3, NATIVE);
        VM.assertNotEq(id, expected); // another contract, another identifier
        (bytes32[] memory topics, bytes memory data) = _lastLog();
        VM.assertEq(topics[0], IAttributionRegistry.Registered.selector);
        VM.assertEq(uint256(topics[1]), id);
        VM.assertEq(keccak256(data), keccak256(abi.encode(subject.indexCommitment, 0, 0)));
    }

    /// README, "A registration".
    function testFuzz_an_identifier_is_the_digest_of_everything(uint64 chain, uint96 minimumFee, bool replaces) public {
        VM.assume(chain != 0);
        VM.chainId(chain);
        uint256 old = replaces ? _register(3, NATIVE) : 0;
        Subject memory subject = _subject(4, 10);
        Terms memory terms = _terms(NATIVE);
        terms.minimumFee = minimumFee;
        bytes32 code = address(_verifier).codehash;
        bytes memory all = bytes.concat(
            abi.encode(chain, address(_registry), OWNER, subject.indexCommitment, subject.classes, subject.features),
            abi.encode(
                keccak256(abi.encode(_verifier, code)),
                keccak256(abi.encode(_indexVerifier, address(_indexVerifier).codehash)),
                keccak256(abi.encode(_bindingVerifier, address(_bindingVerifier).codehash)),
                keccak256(abi.encodePacked(_commitments()))
            ),
            abi.encode(terms, old)
        );
        VM.prank(OWNER);
        VM.assertEq(
            _registry.register(subject, _verifier, code, _indexProof(subject), _bindingProof(subject), terms, old),
            uint256(keccak256(all))
        );
    }

    function test_a_new_version_points_to_the_old() public {
        uint256 old = _register(3, NATIVE);
        Subject memory subject = _subject(4, 10);
        VM.prank(OWNER);
        uint256 id = _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            old
        );
        VM.assertEq(_registry.registration(id).previous, old);
        VM.assertEq(_registry.registration(old).previous, 0);
    }

    function test_refuses_the_same_twice() public {
        uint256 id = _register(3, NATIVE);
        _refuse(
            _subject(3, 10), _terms(NATIVE), abi.encodeWithSelector(IAttributionRegistry.AlreadyRegistered.selector, id)
        );
    }

    function test_refuses_a_predecessor_of_somebody_else() public {
        uint256 old = _register(3, NATIVE);
        Subject memory subject = _subject(4, 10);
        subject.header.registrar = STRANGER;
        subject.indexCommitment = this.computeIndex(subject);
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.NotThePreviousOwner.selector, old, OWNER));
        _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            old
        );
    }

    function test_refuses_a_predecessor_that_does_not_exist() public {
        Subject memory subject = _subject(4, 10);
        VM.prank(OWNER);
        VM.expectRevert(abi.encodeWithSelector(IAttributionRegistry.NotThePreviousOwner.selector, 99, address(0)));
        _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            99
        );
    }

    // ---- subject ----

    function test_refuses_an_edited_payee() public {
        Subject memory subject = _subject(3, 10);
        subject.payees[1] = STRANGER;
        _refuseIndex(subject);
    }

    function test_refuses_payees_in_another_order() public {
        Subject memory subject = _subject(3, 10);
        (subject.payees[0], subject.payees[1]) = (subject.payees[1], subject.payees[0]);
        _refuseIndex(subject);
    }

    function test_refuses_an_edited_name() public {
        Subject memory subject = _subject(3, 10);
        subject.names[2] = "mallory";
        _refuseIndex(subject);
    }

    function test_refuses_a_dropped_contributor() public {
        Subject memory subject = _subject(3, 10);
        Subject memory fewer = _subject(2, 10);
        (subject.payees, subject.names) = (fewer.payees, fewer.names);
        _refuseIndex(subject);
    }

    function test_refuses_another_method() public {
        Subject memory subject = _subject(3, 10);
        subject.header.method = 3;
        _refuseIndex(subject);
    }

    function test_refuses_another_model() public {
        Subject memory subject = _subject(3, 10);
        subject.modelCommitment ^= 1;
        _refuseIndex(subject);
    }

    function test_refuses_another_table() public {
        Subject memory subject = _subject(3, 10);
        subject.tableCommitment ^= 1;
        _refuseIndex(subject);
    }

    function testFuzz_refuses_another_index_commitment(uint256 other) public {
        Subject memory subject = _subject(3, 10);
        VM.assume(other != subject.indexCommitment);
        subject.indexCommitment = other;
        _refuseIndex(subject);
    }

    function test_refuses_unset_and_aliased_commitments() public {
        uint256[3] memory bad = [uint256(0), SCALAR_FIELD, SCALAR_FIELD + 1];
        for (uint256 i; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(IAttributionRegistry.NotACommitment.selector, bad[i]);
            Subject memory subject = _subject(3, 10);
            subject.modelCommitment = bad[i];
            _refuse(subject, _terms(NATIVE), reason);
            subject = _subject(3, 10);
            subject.tableCommitment = bad[i];
            _refuse(subject, _terms(NATIVE), reason);
            subject = _subject(3, 10);
            subject.header.datasetRoot = bad[i];
            _refuse(subject, _terms(NATIVE), reason);
        }
    }

    function test_refuses_a_header_that_contradicts_itself() public {
        Subject memory subject = _subject(3, 10);
        subject.header.admitted = 257;
        _refuse(subject, _terms(NATIVE), abi.encodeWithSelector(IndexHeader.BadHeader.selector, "admitted", 257));
    }

    function test_refuses_sizes_out_of_range() public {
        _refuseSize(_subject(3, 1), 1);
        _refuseSize(_subject(3, 257), 257);
        _refuseSize(_subject(0, 10), 0);
        _refuseSize(_subject(MOST_PAYEES + 1, 10), MOST_PAYEES + 1);
        Subject memory subject = _subject(3, 10);
        subject.names = new string[](2);
        _refuseSize(subject, 2);
    }

    function test_refuses_payees_that_cannot_be_paid() public {
        address[3] memory bad = [address(0), address(_registry), _payee(0)];
        for (uint256 i; i < 3; ++i) {
            Subject memory subject = _subject(3, 10);
            subject.payees[2] = bad[i];
            subject.indexCommitment = this.computeIndex(subject);
            _refuse(subject, _terms(NATIVE), abi.encodeWithSelector(IAttributionRegistry.BadPayee.selector, bad[i]));
        }
    }

    /// What was seen of one list does not spoil the next one in the same transaction.
    function test_the_same_payees_serve_two_registrations() public {
        _register(3, NATIVE);
        Subject memory subject = _subject(3, 11);
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
    }

    // ---- terms ----

    function test_refuses_parts_that_do_not_sum() public {
        Terms memory terms = _terms(NATIVE);
        terms.contributorsPpm = 499_999;
        _refuse(_subject(3, 10), terms, abi.encodeWithSelector(IAttributionRegistry.PartsDoNotSum.selector, 999_999));
        terms.platformPpm = type(uint32).max;
        terms.ownerPpm = 500_002;
        // In 32 bits this would wrap to one million.
        _refuse(
            _subject(3, 10),
            terms,
            abi.encodeWithSelector(IAttributionRegistry.PartsDoNotSum.selector, uint256(1 << 32) + 1_000_000)
        );
    }

    function test_refuses_recipients_that_cannot_be_paid() public {
        address[2] memory bad = [address(0), address(_registry)];
        for (uint256 i; i < 2; ++i) {
            bytes memory reason = abi.encodeWithSelector(IAttributionRegistry.BadPayee.selector, bad[i]);
            Terms memory terms = _terms(NATIVE);
            terms.platform = bad[i];
            _refuse(_subject(3, 10), terms, reason);
            terms = _terms(NATIVE);
            terms.beneficiary = bad[i];
            _refuse(_subject(3, 10), terms, reason);
        }
    }

    function test_nobody_need_stand_where_nothing_goes() public {
        Terms memory terms = _terms(NATIVE);
        (terms.platform, terms.platformPpm) = (address(0), 0);
        (terms.beneficiary, terms.ownerPpm) = (address(0), 0);
        terms.contributorsPpm = 1_000_000;
        Subject memory subject = _subject(3, 10);
        VM.prank(OWNER);
        _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), _bindingProof(subject), terms, 0
        );
    }

    // ---- verifier ----

    function test_refuses_a_verifier_without_code() public {
        bytes32[3] memory hashes = [bytes32(0), keccak256(""), address(_verifier).codehash];
        for (uint256 i; i < 3; ++i) {
            Subject memory subject = _subject(3, 10);
            VM.prank(OWNER);
            VM.expectRevert(
                abi.encodeWithSelector(
                    IAttributionRegistry.WrongVerifierCode.selector, STRANGER, hashes[i], STRANGER.codehash
                )
            );
            _registry.register(
                subject,
                ILinkedVerifier(STRANGER),
                hashes[i],
                _indexProof(subject),
                _bindingProof(subject),
                _terms(NATIVE),
                0
            );
        }
    }

    /// An account with a balance has the code hash of empty code, which must not count either.
    function test_refuses_a_funded_account_as_verifier() public {
        Subject memory subject = _subject(3, 10);
        VM.prank(OWNER);
        VM.expectRevert(
            abi.encodeWithSelector(IAttributionRegistry.WrongVerifierCode.selector, USER, keccak256(""), keccak256(""))
        );
        _registry.register(
            subject,
            ILinkedVerifier(USER),
            keccak256(""),
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            0
        );
    }

    function testFuzz_refuses_a_verifier_with_other_code(bytes32 other) public {
        VM.assume(other != address(_verifier).codehash);
        Subject memory subject = _subject(3, 10);
        VM.prank(OWNER);
        VM.expectRevert(
            abi.encodeWithSelector(
                IAttributionRegistry.WrongVerifierCode.selector, _verifier, other, address(_verifier).codehash
            )
        );
        _registry.register(subject, _verifier, other, _indexProof(subject), _bindingProof(subject), _terms(NATIVE), 0);
    }

    // ---- ending ----

    function test_only_the_owner_ends_a_registration() public {
        uint256 id = _register(3, NATIVE);
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(IERC7992Registry.NotModelOwner.selector, id, STRANGER));
        _registry.deprecateModel(id);
        VM.prank(OWNER);
        _registry.deprecateModel(id);
        VM.assertTrue(_registry.registration(id).deprecated);
    }

    function test_an_ended_registration_takes_no_requests_and_keeps_its_promises() public {
        uint256 id = _register(3, NATIVE);
        uint256 requestId = _request(id, 1 ether);
        VM.prank(OWNER);
        _registry.deprecateModel(id);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(IERC7992Verifier.VerificationRefused_ModelDeprecated.selector, id));
        _registry.request{value: 1 ether}(id, INPUT, uint64(block.timestamp + 1 days), 1 ether);
        _fulfill(id, requestId, _three(1, 2));
        VM.assertEq(_registry.claimable(NATIVE, PLATFORM), 0.05 ether);
    }

    function test_unset_registrations_are_nothing() public {
        bytes memory reason = abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 7);
        VM.expectRevert(reason);
        _registry.payees(7);
        VM.expectRevert(reason);
        _registry.getModel(7);
        VM.expectRevert(reason);
        _registry.deprecateModel(7);
        VM.expectRevert(reason);
        _registry.request(7, INPUT, uint64(block.timestamp + 1 days), 1);
        VM.assertEq(_registry.registration(7).owner, address(0));
    }

    function test_a_registry_refuses_other_constants() public {
        VM.expectRevert(
            abi.encodeWithSelector(Poseidon13.WrongConstants.selector, address(_verifier), address(_verifier).codehash)
        );
        new AttributionRegistry(address(_verifier), Limits(0, 0), _directory);
    }

    function _refuse(Subject memory subject, Terms memory terms, bytes memory reason) private {
        VM.prank(OWNER);
        VM.expectRevert(reason);
        _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), _bindingProof(subject), terms, 0
        );
    }

    function _refuseIndex(Subject memory subject) private {
        bytes memory reason = abi.encodeWithSelector(
            IAttributionRegistry.IndexCommitmentMismatch.selector, subject.indexCommitment, this.computeIndex(subject)
        );
        _refuse(subject, _terms(NATIVE), reason);
    }

    function _refuseSize(Subject memory subject, uint256 size) private {
        _refuse(subject, _terms(NATIVE), abi.encodeWithSelector(IAttributionRegistry.WrongSize.selector, size));
    }
}
