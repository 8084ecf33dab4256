// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Claims that their holders pull
/// @notice Every asset has books of its own, so a token that misbehaves harms its own holders only. What counts is
/// what was booked, never a balance: nobody gains by sending to this contract unasked.
abstract contract Ledger is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    mapping(IERC20 asset => mapping(address account => uint256)) private _claims;

    /// A holder took a claim out.
    event Withdrawn(IERC20 indexed asset, address indexed account, address indexed to, uint256 amount);

    /// The caller has no claim in this asset.
    error NothingToWithdraw(IERC20 asset, address account);
    /// Nothing can be sent to this address.
    error BadRecipient(address to);
    /// Another value was sent along than the fee.
    error WrongValue(uint256 expected, uint256 actual);
    /// A token handed over less than it was asked to.
    error ShortTransfer(IERC20 asset, uint256 expected, uint256 actual);

    /// Returns what an account can withdraw.
    function claimable(IERC20 asset, address account) public view returns (uint256) {
        return _claims[asset][account];
    }

    /// Sends the caller's whole claim in an asset to an address of their choice.
    function withdraw(IERC20 asset, address payable to) external nonReentrant returns (uint256 amount) {
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
        amount = _claims[asset][msg.sender];
        if (amount == 0) revert NothingToWithdraw(asset, msg.sender);
        _claims[asset][msg.sender] = 0;
        emit Withdrawn(asset, msg.sender, to, amount);
        if (_isNative(asset)) {
            Address.sendValue(to, amount);
        } else {
            asset.safeTransfer(to, amount);
        }
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
        asset.safeTransferFrom(msg.sender, address(this), amount);
        uint256 balance = asset.balanceOf(address(this));
        if (balance < before || balance - before < amount) {
            revert ShortTransfer(asset, amount, balance < before ? 0 : balance - before);
        }
    }

    /// Returns whether zero stands for the chain's own asset.
    function _isNative(IERC20 asset) private pure returns (bool) {
        return address(asset) == address(0);
    }
}
