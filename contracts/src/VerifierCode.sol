// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAttributionRegistry} from "./interfaces/IAttributionRegistry.sol";
import {IVerifier} from "./interfaces/IVerifier.sol";

/// @title Verifiers are told by their code
library VerifierCode {
    /// Refuses an address without code, and other code than expected.
    function requireCode(IVerifier verifier, bytes32 expected) internal view {
        bytes32 actual = address(verifier).codehash;
        if (address(verifier).code.length == 0 || actual != expected) {
            revert IAttributionRegistry.WrongVerifierCode(address(verifier), expected, actual);
        }
    }
}
