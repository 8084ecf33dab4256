// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Ledger} from "../src/Ledger.sol";
import {Subject} from "../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {Account, GasBurner, RefusingReceiver, ReentrantReceiver} from "./support/Receivers.sol";
import {FeeToken, LyingToken, QuietToken, ReentrantToken, Token} from "./support/Tokens.sol";

/// Whoever misbehaves harms themselves only.
contract HostileTest is Fixture {
    // ---- payees ----

    function test_a_payee_that_refuses_money_harms_nobody_else() public {
        _settleWith(address(new RefusingReceiver()));
        Account payee = Account(_registry.payees(_lastId)[0]);
        VM.expectRevert(RefusingReceiver.NoThanks.selector);
        payee.withdraw(_registry, payable(address(payee)));
        _othersArePaid();
        // Nothing is lost either: the claim can go elsewhere.
        payee.withdraw(_registry, payable(STRANGER));
        VM.assertEq(STRANGER.balance, 0.25 ether);
    }

    function test_a_payee_that_burns_gas_harms_nobody_else() public {
        _settleWith(address(new GasBurner()));
        Account payee = Account(_registry.payees(_lastId)[0]);
        (bool done,) =
            address(payee).call{gas: 500_000}(abi.encodeCall(Account.withdraw, (_registry, payable(address(payee)))));
        VM.assertFalse(done);
        VM.assertEq(_registry.claimable(NATIVE, address(payee)), 0.25 ether);
        _othersArePaid();
    }

    function test_a_payee_cannot_withdraw_twice() public {
        ReentrantReceiver payee = new ReentrantReceiver();
        payee.arm(abi.encodeCall(Ledger.withdraw, (NATIVE, payable(address(payee)))));
        _settleWith(address(payee));
        payee.withdraw(_registry, payable(address(payee)));
        VM.assertFalse(payee.attacked());
        _guarded(payee.answer());
        VM.assertEq(address(payee).balance, 0.25 ether);
        _othersArePaid();
        VM.assertEq(address(_registry).balance, 0);
    }

    function test_a_payee_cannot_answer_while_it_is_paid() public {
        ReentrantReceiver payee = new ReentrantReceiver();
        _settleWith(address(payee));
        uint256 second = _request(_lastId, 1 ether);
        uint256[] memory inputs = _answer(_lastId, second, _three(500_000, 500_000));
        payee.arm(abi.encodeCall(_registry.fulfill, (second, inputs, _proof(inputs))));
        payee.withdraw(_registry, payable(address(payee)));
        VM.assertFalse(payee.attacked());
        _guarded(payee.answer());
    }

    function test_a_payee_cannot_answer_a_batch_while_it_is_paid() public {
        ReentrantReceiver payee = new ReentrantReceiver();
        _settleWith(address(payee));
        uint256 batches = _registerBatches(3, NATIVE);
        uint256[] memory ids = _requests(batches, 1 ether, 2);
        uint256[] memory inputs = _answers(batches, ids, 1, _three(500_000, 500_000));
        payee.arm(abi.encodeCall(_registry.fulfillBatch, (ids, inputs, _proof(inputs))));
        payee.withdraw(_registry, payable(address(payee)));
        VM.assertFalse(payee.attacked());
        _guarded(payee.answer());
        // Once the payee is paid, it may.
        (bool done,) = address(_registry).call(abi.encodeCall(_registry.fulfillBatch, (ids, inputs, _proof(inputs))));
        VM.assertTrue(done);
    }

    /// A batch pays in the books alone: nobody is called, whoever they are.
    function test_a_batch_pays_those_who_refuse_money_like_others() public {
        address payee = address(new RefusingReceiver());
        Subject memory subject = _subject(3, 10);
        subject.payees[0] = payee;
        subject.indexCommitment = this.computeIndex(subject);
        uint256 batches = _register(subject, _batchVerifier, _terms(NATIVE));
        uint256[] memory ids = _requests(batches, 1 ether, 2);
        uint256[] memory inputs = _answers(batches, ids, 1, _three(500_000, 500_000));
        _registry.fulfillBatch(ids, inputs, _proof(inputs));
        VM.assertEq(_registry.claimable(NATIVE, payee), 0.25 ether);
        VM.assertEq(_registry.claimable(NATIVE, USER), 0.5 ether);
    }

    function test_a_claim_cannot_be_sent_to_nobody() public {
        _settleWith(_payee(0));
        address[2] memory bad = [address(0), address(_registry)];
        for (uint256 i; i < 2; ++i) {
            VM.prank(_payee(0));
            VM.expectRevert(abi.encodeWithSelector(Ledger.BadRecipient.selector, bad[i]));
            _registry.withdraw(NATIVE, payable(bad[i]));
        }
    }

    function test_whoever_has_no_claim_withdraws_nothing() public {
        _settleWith(_payee(0));
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(Ledger.NothingToWithdraw.selector, NATIVE, STRANGER));
        _registry.withdraw(NATIVE, payable(STRANGER));
        // A claim in one asset is none in another.
        Token token = new Token();
        token.mint(address(_registry), 1 ether);
        VM.prank(_payee(0));
        VM.expectRevert(abi.encodeWithSelector(Ledger.NothingToWithdraw.selector, token, _payee(0)));
        _registry.withdraw(token, payable(_payee(0)));
    }

    // ---- tokens ----

    function test_a_token_pays_like_ether() public {
        Token token = new Token();
        uint256 requestId = _tokenRequest(token, 1 ether);
        VM.assertEq(token.balanceOf(address(_registry)), 1 ether);
        _fulfill(_lastId, requestId, _three(500_000, 500_000));
        _withdrawAll(token);
        VM.assertEq(token.balanceOf(_payee(1)), 0.25 ether);
        VM.assertEq(token.balanceOf(address(_registry)), 0);
    }

    function test_a_token_request_takes_no_ether() public {
        Token token = new Token();
        _lastId = _register(3, token);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(Ledger.WrongValue.selector, 0, 1));
        _registry.request{value: 1}(_lastId, INPUT, uint64(block.timestamp + 1 days), 1 ether);
    }

    function test_a_token_that_returns_nothing_works() public {
        QuietToken token = new QuietToken();
        token.mint(USER, 1 ether);
        _lastId = _register(3, IERC20(address(token)));
        VM.prank(USER);
        uint256 requestId = _registry.request(_lastId, INPUT, uint64(block.timestamp + 1 days), 1 ether);
        _fulfill(_lastId, requestId, _three(500_000, 500_000));
        _withdrawAll(IERC20(address(token)));
        VM.assertEq(token.balanceOf(_payee(0)), 0.25 ether);
    }

    function test_a_token_that_keeps_a_fee_is_refused_in_escrow() public {
        FeeToken token = new FeeToken();
        token.tax(true);
        token.mint(USER, 1 ether);
        _lastId = _register(3, token);
        VM.prank(USER);
        token.approve(address(_registry), 1 ether);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(Ledger.ShortTransfer.selector, token, 1 ether, 0.99 ether));
        _registry.request(_lastId, INPUT, uint64(block.timestamp + 1 days), 1 ether);
        VM.assertEq(_registry.requestCount(), 0);
        VM.assertEq(token.balanceOf(USER), 1 ether);
    }

    function test_a_fee_that_starts_later_is_borne_by_the_receiver() public {
        FeeToken token = new FeeToken();
        uint256 requestId = _tokenRequest(token, 1 ether);
        _fulfill(_lastId, requestId, _three(500_000, 500_000));
        token.tax(true);
        _withdrawAll(token);
        VM.assertEq(token.balanceOf(_payee(0)), 0.2475 ether);
        VM.assertEq(token.balanceOf(address(_registry)), 0);
    }

    function test_a_token_that_moves_nothing_is_refused() public {
        LyingToken token = new LyingToken();
        token.mint(USER, 1 ether);
        _lastId = _register(3, token);
        VM.prank(USER);
        VM.expectRevert(abi.encodeWithSelector(Ledger.ShortTransfer.selector, token, 1 ether, 0));
        _registry.request(_lastId, INPUT, uint64(block.timestamp + 1 days), 1 ether);
    }

    function test_an_address_without_code_is_no_token() public {
        _lastId = _register(3, IERC20(STRANGER));
        VM.prank(USER);
        VM.expectRevert();
        _registry.request(_lastId, INPUT, uint64(block.timestamp + 1 days), 1 ether);
        VM.assertEq(_registry.requestCount(), 0);
    }

    /// One transfer cannot fill two escrows.
    function test_a_token_cannot_request_from_within_its_transfer() public {
        ReentrantToken token = new ReentrantToken();
        token.mint(address(token), 1 ether);
        _lastId = _register(3, token);
        token.arm(
            _registry, abi.encodeCall(_registry.request, (_lastId, INPUT, uint64(block.timestamp + 1 days), 1 ether))
        );
        _tokenRequest(token, 1 ether);
        VM.assertFalse(token.attacked());
        _guarded(token.answer());
        VM.assertEq(_registry.requestCount(), 1);
    }

    function test_a_token_cannot_withdraw_from_within_its_transfer() public {
        ReentrantToken token = new ReentrantToken();
        uint256 requestId = _tokenRequest(token, 1 ether);
        _fulfill(_lastId, requestId, _three(500_000, 500_000));
        token.arm(_registry, abi.encodeCall(Ledger.withdraw, (token, payable(address(token)))));
        VM.prank(_payee(0));
        _registry.withdraw(token, payable(_payee(0)));
        VM.assertFalse(token.attacked());
        _guarded(token.answer());
    }

    /// Books of one asset are not touched by another.
    function test_a_worthless_token_pays_no_ether() public {
        Token token = new Token();
        _settleWith(_payee(0));
        uint256 requestId = _tokenRequest(token, 1000 ether);
        _fulfill(_lastId, requestId, _three(1_000_000, 0));
        VM.assertEq(_registry.claimable(NATIVE, _payee(0)), 0.25 ether);
        VM.assertEq(_registry.claimable(token, _payee(0)), 500 ether);
    }

    uint256 private _lastId;

    /// Registers with `first` as first payee, and settles one ether: half of the contributors' half to it, half to the next.
    function _settleWith(address first) private {
        Subject memory subject = _subject(3, 10);
        subject.payees[0] = first;
        subject.indexCommitment = this.computeIndex(subject);
        VM.prank(OWNER);
        _lastId = _registry.register(
            subject,
            _verifier,
            address(_verifier).codehash,
            _indexProof(subject),
            _bindingProof(subject),
            _terms(NATIVE),
            0
        );
        _fulfill(_lastId, _request(_lastId, 1 ether), _three(500_000, 500_000));
    }

    function _tokenRequest(Token token, uint256 fee) private returns (uint256) {
        token.mint(USER, fee);
        if (_lastId == 0 || address(_registry.registration(_lastId).terms.asset) != address(token)) {
            _lastId = _register(3, token);
        }
        VM.prank(USER);
        token.approve(address(_registry), fee);
        VM.prank(USER);
        return _registry.request(_lastId, INPUT, uint64(block.timestamp + 1 days), fee);
    }

    function _withdrawAll(IERC20 asset) private {
        address[4] memory parties = [PLATFORM, BENEFICIARY, _payee(0), _payee(1)];
        for (uint256 i; i < 4; ++i) {
            VM.prank(parties[i]);
            _registry.withdraw(asset, payable(parties[i]));
        }
    }

    function _othersArePaid() private {
        address[3] memory others = [PLATFORM, BENEFICIARY, _payee(1)];
        uint256[3] memory amounts = [uint256(0.05 ether), 0.45 ether, 0.25 ether];
        for (uint256 i; i < 3; ++i) {
            VM.prank(others[i]);
            _registry.withdraw(NATIVE, payable(others[i]));
            VM.assertEq(others[i].balance, amounts[i]);
        }
    }

    function _guarded(bytes memory answer) private pure {
        bytes4 reason = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        VM.assertEq(keccak256(answer), keccak256(abi.encodeWithSelector(reason)));
    }
}
