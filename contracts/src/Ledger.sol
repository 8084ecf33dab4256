// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Claims that their holders pull
/// @notice Every asset has books of its own, so a token that misbehaves harms its own holders only. What counts is
/// what was booked, never a balance: nobody gains by sending to this contract unasked. Where a token takes back what it gave, as one that
/// rebases can, all claims and fees in it are worth the same fraction, whoever comes first.
abstract contract Ledger is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    mapping(IERC20 asset => mapping(address account => uint256)) private _claims;
    /// What is owed of a token: fees in escrow and claims.
    mapping(IERC20 asset => uint256) private _owed;

    /// A holder took a claim out.
    event Withdrawn(IERC20 indexed asset, address indexed account, address indexed to, uint256 amount);

    /// The account has no claim in this asset.
    error NothingToWithdraw(IERC20 asset, address account);
    /// Nothing can be sent to this address.
    error BadRecipient(address to);
    /// Another value was sent along than the fee.
    error WrongValue(uint256 expected, uint256 actual);
    /// There is less of a token than is owed: see {withdrawShort}.
    error Short(IERC20 asset, uint256 owed, uint256 balance);
    /// A token handed over less than it was asked to.
    error ShortTransfer(IERC20 asset, uint256 expected, uint256 actual);

    /// Returns what an account can withdraw.
    function claimable(IERC20 asset, address account) public view returns (uint256) {
        return _claims[asset][account];
    }

    /// Sends the caller's whole claim in an asset to an address of their choice.
    function withdraw(IERC20 asset, address payable to) external nonReentrant returns (uint256 amount) {
        amount = _takeClaim(asset, msg.sender);
        _requireCovered(asset);
        _pay(asset, msg.sender, to, amount, amount);
    }

    /// Sends an account's whole claim in an asset to that account. Anyone may call it: for those who cannot call {withdraw}.
    function withdrawFor(IERC20 asset, address payable account) external nonReentrant returns (uint256 amount) {
        amount = _takeClaim(asset, account);
        _requireCovered(asset);
        _pay(asset, account, account, amount, amount);
    }

    /// Settles the caller's whole claim in a token of which there is less than is owed for the same fraction of it, and no more, ever.
    function withdrawShort(IERC20 asset, address payable to) external nonReentrant returns (uint256 amount) {
        uint256 claim = _takeClaim(asset, msg.sender);
        uint256 all = _owed[asset];
        amount = claim;
        if (!_isNative(asset)) {
            uint256 balance = asset.balanceOf(address(this));
            if (balance < all) amount = Math.mulDiv(claim, balance, all);
        }
        _pay(asset, msg.sender, to, claim, amount);
    }

    /// Returns what is owed of a token, in fees and claims. The chain's own asset, which cannot shrink, is not counted.
    function owed(IERC20 asset) external view returns (uint256) {
        return _owed[asset];
    }

    /// Adds to a claim.
    function _credit(IERC20 asset, address account, uint256 amount) internal {
        if (amount != 0) _claims[asset][account] += amount;
    }

    /// Takes an amount from the caller. The caller of this function is guarded against reentrance and has booked it already.
    function _collect(IERC20 asset, uint256 amount) internal {
        uint256 sent = _isNative(asset) ? amount : 0;
        if (msg.value != sent) revert WrongValue(sent, msg.value);
        if (_isNative(asset)) return;
        uint256 before = asset.balanceOf(address(this));
        // Who came after a loss would bear a part of it.
        _requireCovered(asset);
        _owed[asset] += amount;
        asset.safeTransferFrom(msg.sender, address(this), amount);
        uint256 balance = asset.balanceOf(address(this));
        if (balance < before || balance - before < amount) {
            revert ShortTransfer(asset, amount, balance < before ? 0 : balance - before);
        }
    }

    /// Takes an account's claim out of the books.
    function _takeClaim(IERC20 asset, address account) private returns (uint256 amount) {
        amount = _claims[asset][account];
        if (amount == 0) revert NothingToWithdraw(asset, account);
        _claims[asset][account] = 0;
    }

    /// Refuses a token of which there is less than is owed.
    function _requireCovered(IERC20 asset) private view {
        if (_isNative(asset)) return;
        uint256 balance = asset.balanceOf(address(this));
        if (balance < _owed[asset]) revert Short(asset, _owed[asset], balance);
    }

    /// Pays an amount for a claim that was taken out of the books.
    function _pay(IERC20 asset, address account, address payable to, uint256 claim, uint256 amount) private {
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
        emit Withdrawn(asset, account, to, amount);
        if (_isNative(asset)) {
            Address.sendValue(to, amount);
        } else {
            _owed[asset] -= claim;
            asset.safeTransfer(to, amount);
        }
    }

    /// Returns whether zero stands for the chain's own asset.
    function _isNative(IERC20 asset) private pure returns (bool) {
        return address(asset) == address(0);
    }
}
