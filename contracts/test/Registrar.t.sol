// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {
    BindingProof,
    IAttributionRegistry,
    IndexProof,
    Subject,
    Terms
} from "../src/interfaces/IAttributionRegistry.sol";
import {AttributionRegistry} from "../src/AttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";

/// An index says who may register it and what its contributors have at least. Each test is named after what somebody would gain.
contract RegistrarTest is Fixture {
    /// The subject of these tests promises 40% of every fee.
    uint32 private constant LEAST = 400_000;

    struct Published {
        Subject subject;
        IndexProof index;
        BindingProof binding;
    }

    function test_registers_again_with_nothing_for_contributors() public {
        uint256 id = _register(3, NATIVE);
        Published memory all = _published();
        Terms memory terms = _leaving(0);
        _refuse(OWNER, all, terms, 0, _undercut(0));
        VM.prank(OWNER);
        _registry.deprecateModel(id);
        // Nor as what replaces it.
        _refuse(OWNER, all, terms, id, _undercut(0));
        _refuse(OWNER, all, _leaving(LEAST - 1), id, _undercut(LEAST - 1));
    }

    function test_registers_a_copy_with_terms_of_its_own() public {
        Published memory all = _published();
        // Before the owner does, and after.
        _refuse(STRANGER, all, _leaving(LEAST), 0, _notTheRegistrar(OWNER, STRANGER));
        _register(3, NATIVE);
        _refuse(STRANGER, all, _leaving(LEAST), 0, _notTheRegistrar(OWNER, STRANGER));
        _refuse(STRANGER, all, _leaving(1_000_000), 0, _notTheRegistrar(OWNER, STRANGER));
    }

    /// What is published suffices to compute any header's index commitment, but no proof carries it.
    function test_writes_itself_into_the_header_of_a_copy() public {
        Published memory all = _published();
        uint256 honest = all.subject.indexCommitment;
        all.subject.header.registrar = STRANGER;
        all.subject.header.contributorsPpm = 0;
        uint256 computed = this.computeIndex(all.subject);
        bytes4 mismatch = IAttributionRegistry.IndexCommitmentMismatch.selector;
        _refuse(STRANGER, all, _leaving(0), 0, abi.encodeWithSelector(mismatch, honest, computed));
        all.subject.indexCommitment = computed;
        _refuse(STRANGER, all, _leaving(0), 0, abi.encodeWithSelector(IAttributionRegistry.TableNotProven.selector));
        // Were the table proven, the columns would not be bound to it.
        all.index = _indexProof(all.subject);
        _refuse(STRANGER, all, _leaving(0), 0, abi.encodeWithSelector(IAttributionRegistry.ColumnsNotBound.selector));
    }

    /// Whoever takes over a registration may end it, but registers the index no more than others.
    function test_buys_a_registration_to_undercut_its_contributors() public {
        uint256 id = _register(3, NATIVE);
        VM.prank(OWNER);
        _registry.offerModel(id, STRANGER);
        VM.prank(STRANGER);
        _registry.takeModel(id);
        Published memory all = _published();
        _refuse(STRANGER, all, _leaving(0), id, _notTheRegistrar(OWNER, STRANGER));
        _refuse(STRANGER, all, _leaving(LEAST), 0, _notTheRegistrar(OWNER, STRANGER));
    }

    function test_registers_what_was_not_to_be_registered() public {
        Published memory all = _published();
        (all.subject.header.registrar, all.subject.header.contributorsPpm) = (address(0), 0);
        all.subject.indexCommitment = this.computeIndex(all.subject);
        all.index = _indexProof(all.subject);
        all.binding = _bindingProof(all.subject);
        _refuse(OWNER, all, _leaving(LEAST), 0, _notTheRegistrar(address(0), OWNER));
        _refuse(STRANGER, all, _leaving(LEAST), 0, _notTheRegistrar(address(0), STRANGER));
    }

    /// The same index may stand in several registries, on the same conditions in each.
    function test_undercuts_in_another_registry() public {
        _register(3, NATIVE);
        _registry = _deploy();
        Published memory all = _published();
        _refuse(STRANGER, all, _leaving(LEAST), 0, _notTheRegistrar(OWNER, STRANGER));
        _refuse(OWNER, all, _leaving(LEAST - 1), 0, _undercut(LEAST - 1));
        _accept(all, _leaving(LEAST), 0);
    }

    function testFuzz_the_registrar_replaces_its_registration_with_terms_at_or_above_the_bound(uint32 part) public {
        uint256 id = _register(3, NATIVE);
        VM.prank(OWNER);
        _registry.deprecateModel(id);
        Published memory all = _published();
        // forge-lint: disable-next-line(unsafe-typecast)
        part = uint32(between(part, 0, WHOLE));
        if (part < LEAST) {
            _refuse(OWNER, all, _leaving(part), id, _undercut(part));
            return;
        }
        uint256 next = _accept(all, _leaving(part), id);
        VM.assertEq(_registry.registration(next).previous, id);
        VM.assertEq(_registry.registration(next).terms.contributorsPpm, part);
    }

    function _published() private returns (Published memory all) {
        all.subject = _subject(3, 10);
        all.index = _indexProof(all.subject);
        all.binding = _bindingProof(all.subject);
    }

    /// Terms of which contributors have this part.
    function _leaving(uint32 contributorsPpm) private view returns (Terms memory terms) {
        terms = _terms(NATIVE);
        (terms.platform, terms.platformPpm) = (address(0), 0);
        // forge-lint: disable-next-line(unsafe-typecast)
        terms.ownerPpm = uint32(WHOLE) - contributorsPpm;
        terms.contributorsPpm = contributorsPpm;
    }

    function _call(Published memory all, Terms memory terms, uint256 previous) private view returns (bytes memory) {
        return abi.encodeCall(
            AttributionRegistry(address(0)).register,
            (all.subject, _verifier, address(_verifier).codehash, all.index, all.binding, terms, previous)
        );
    }

    function _refuse(address sender, Published memory all, Terms memory terms, uint256 previous, bytes memory expected)
        private
    {
        bytes memory call = _call(all, terms, previous);
        VM.prank(sender);
        (bool done, bytes memory reason) = address(_registry).call(call);
        VM.assertFalse(done);
        VM.assertEq(keccak256(reason), keccak256(expected));
    }

    function _accept(Published memory all, Terms memory terms, uint256 previous) private returns (uint256) {
        bytes memory call = _call(all, terms, previous);
        VM.prank(OWNER);
        (bool done, bytes memory result) = address(_registry).call(call);
        VM.assertTrue(done);
        return abi.decode(result, (uint256));
    }

    function _undercut(uint256 actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAttributionRegistry.Undercut.selector, LEAST, actual);
    }

    function _notTheRegistrar(address registrar, address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAttributionRegistry.NotTheRegistrar.selector, registrar, account);
    }
}
