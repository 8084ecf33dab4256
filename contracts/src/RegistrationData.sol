// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title What a registration keeps of variable length, as the code of a contract
/// @notice The code is one STOP byte, a word for each payee, and the coordinates of the registered commitments; it can only be read, at a
/// quarter of what storage costs.
contract RegistrationData {
    constructor(address[] memory payees, bytes memory commitments) {
        bytes memory code = bytes.concat(bytes1(0), abi.encodePacked(payees), commitments);
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}

/// @title Reads what {RegistrationData} wrote
library RegistrationDataReader {
    /// Returns the payees, of whom there are `count`.
    function payees(address data, uint256 count) internal view returns (address[] memory list) {
        list = new address[](count);
        assembly ("memory-safe") {
            extcodecopy(data, add(list, 0x20), 1, mul(count, 0x20))
        }
    }

    /// Returns as {appendCommitments} for `inputs` that stand in calldata.
    function withCommitments(address data, uint256 count, uint256 columns, uint256[] calldata inputs)
        internal
        view
        returns (uint256[] memory words)
    {
        words = new uint256[](inputs.length + 2 * columns);
        assembly ("memory-safe") {
            let length := shl(5, inputs.length)
            calldatacopy(add(words, 0x20), inputs.offset, length)
            extcodecopy(data, add(add(words, 0x20), length), add(1, shl(5, count)), shl(6, columns))
        }
    }

    /// Returns `inputs` with the coordinates of `columns` commitments behind them, which stand behind `count` payees.
    function appendCommitments(address data, uint256 count, uint256 columns, uint256[] memory inputs)
        internal
        view
        returns (uint256[] memory words)
    {
        words = new uint256[](inputs.length + 2 * columns);
        assembly ("memory-safe") {
            let length := shl(5, mload(inputs))
            mcopy(add(words, 0x20), add(inputs, 0x20), length)
            extcodecopy(data, add(add(words, 0x20), length), add(1, shl(5, count)), shl(6, columns))
        }
    }
}
