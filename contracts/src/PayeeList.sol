// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A list of payees as the code of a contract
/// @notice The code is one STOP byte and a word for each payee; it can only be read, at a quarter of what storage costs.
contract PayeeList {
    constructor(address[] memory payees) {
        bytes memory code = abi.encodePacked(bytes1(0), payees);
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}

/// @title Reads what {PayeeList} wrote
library PayeeLists {
    /// Returns the first `count` payees of a list.
    function read(address list, uint256 count) internal view returns (address[] memory payees) {
        payees = new address[](count);
        assembly ("memory-safe") {
            extcodecopy(list, add(payees, 0x20), 1, mul(count, 0x20))
        }
    }
}
