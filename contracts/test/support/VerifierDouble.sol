// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IVerifier} from "../../src/interfaces/IVerifier.sol";

/// Stands for a rendered verifier where tests are about money: it accepts the digest of the public inputs as their proof, so a
/// registry that passed other inputs on would fail.
contract VerifierDouble is IVerifier {
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external pure returns (bool) {
        return keccak256(proof) == keccak256(abi.encode(keccak256(abi.encode(instances))));
    }
}

/// A verifier that reverts instead of returning false.
contract RevertingVerifier is IVerifier {
    error Refused(uint256 instances);

    function verifyProof(bytes calldata, uint256[] calldata instances) external pure returns (bool) {
        revert Refused(instances.length);
    }
}

/// Has code, but no function of a verifier; a call without a selector that it knows returns nothing.
contract SilentContract {
    fallback() external {}
}
