// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {AttributionRegistry} from "../../src/AttributionRegistry.sol";

/// A token that anyone can mint.
contract Token is ERC20 {
    constructor() ERC20("Token", "TOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Burns one percent of every transfer once it is switched on.
contract FeeToken is Token {
    bool public taxed;

    function tax(bool on) external {
        taxed = on;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (!taxed || from == address(0) || to == address(0)) return super._update(from, to, amount);
        super._update(from, to, amount - amount / 100);
        super._update(from, address(0), amount / 100);
    }
}

/// Returns nothing from its transfers, as some old tokens do.
contract QuietToken {
    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// Returns true and moves nothing.
contract LyingToken is Token {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// Calls back into the registry from every transfer, and remembers what came of it.
contract ReentrantToken is Token {
    AttributionRegistry private _registry;
    bytes private _call;
    bool public attacked;
    bytes public answer;

    function arm(AttributionRegistry registry, bytes calldata call) external {
        (_registry, _call) = (registry, call);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_call.length == 0 || from == address(0)) return;
        bool done;
        (done, answer) = address(_registry).call(_call);
        if (done) attacked = true;
    }
}
