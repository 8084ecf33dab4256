// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AttributionRegistry} from "../../src/AttributionRegistry.sol";

/// An account that is a contract, and calls what it is told to.
abstract contract Account {
    function withdraw(AttributionRegistry registry, address payable to) external returns (uint256) {
        return registry.withdraw(IERC20(address(0)), to);
    }
}

/// Takes no money.
contract RefusingReceiver is Account {
    error NoThanks();

    receive() external payable {
        revert NoThanks();
    }
}

/// Burns all gas it is given.
contract GasBurner is Account {
    receive() external payable {
        while (true) {}
    }
}

/// Calls the registry again while it is being paid.
contract ReentrantReceiver is Account {
    bytes private _call;
    bool public attacked;
    bytes public answer;

    function arm(bytes calldata call) external {
        _call = call;
    }

    receive() external payable {
        bool done;
        (done, answer) = msg.sender.call(_call);
        if (done) attacked = true;
    }
}
