// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "./Shares.sol";

/// The fields of an index header that its owner chooses (docs/formats.md, section 5).
struct Header {
    uint256 method;
    uint256 datasetRoot;
    uint256 rows;
    uint256 lam;
    uint256 sigma;
    uint256 eta;
    uint256 epsilon;
    uint256 normSum;
    uint256 admitted;
    uint256 validation;
    uint256 right;
    uint256 validationRight;
    uint256 headNorm;
    /// The only account that may register the index; zero where it is not to be registered.
    address registrar;
    /// The least part of a fee, in millionths, that goes to contributors.
    uint256 contributorsPpm;
}

/// @title Digests of the index header and of the payees
/// @notice Fields that follow from others are not taken from anyone: contributors and payees digest come from the list of payees, the model
/// commitment from the subject, domain, profile and admission rule are constants.
library IndexHeader {
    /// A field is outside of what this registry knows.
    error BadHeader(string field, uint256 value);

    uint256 internal constant DOMAIN = uint256(keccak256("tribute/index-header/3"));
    bytes32 internal constant PAYEES_DOMAIN = keccak256("tribute/payees/1");
    uint256 internal constant PROFILE = 20;
    uint256 internal constant FIRST_REGISTERED_WINS = 1;

    uint256 private constant TRACIN = 1;
    uint256 private constant REPRESENTER = 2;
    uint256 private constant INFLUENCE = 3;
    uint256 private constant GROUP_NEWTON = 4;
    /// What queries multiply a table with: the residual of the returned class, or one at that class.
    uint256 private constant QUERY_RESIDUAL = 1;
    uint256 private constant ONE_HOT = 2;
    uint256 private constant MAX_ROWS = 1 << 21;
    /// fp + fh + 40, the scale of a Newton system.
    uint256 private constant NEWTON_SIGMA = 68;

    /// Returns what a method is: whether its table solves a system with the Hessian, and what queries multiply that table with. Numbers say
    /// nothing by their order; one that is not known is refused.
    function traits(uint256 method) internal pure returns (bool newton, uint256 residual) {
        if (method == TRACIN) return (false, QUERY_RESIDUAL);
        if (method == REPRESENTER) return (false, ONE_HOT);
        if (method == INFLUENCE || method == GROUP_NEWTON) return (true, QUERY_RESIDUAL);
        revert BadHeader("method", method);
    }

    /// Returns what {ILinkedVerifier-CIRCUIT} says of verifiers whose proofs are about a subject, but for inputs and queries, which are 0.
    function circuit(uint256 method, uint256 features, uint256 classes, uint256 contributors)
        internal
        pure
        returns (uint256)
    {
        (, uint256 residual) = traits(method);
        return PROFILE | residual << 32 | features << 96 | classes << 128 | contributors << 160;
    }

    /// Refuses methods that are not known, and numbers that contradict each other.
    function requireSound(Header calldata header) internal pure {
        if (header.rows == 0 || header.rows > MAX_ROWS) revert BadHeader("rows", header.rows);
        if (header.validation > MAX_ROWS - header.rows) revert BadHeader("validation", header.validation);
        if (header.right > header.rows) revert BadHeader("right", header.right);
        if (header.validationRight > header.validation) revert BadHeader("validation right", header.validationRight);
        if (header.headNorm > type(uint64).max) revert BadHeader("head norm", header.headNorm);
        if (header.admitted == 0 || header.admitted > header.rows) revert BadHeader("admitted", header.admitted);
        (bool newton,) = traits(header.method);
        if (header.sigma != (newton ? NEWTON_SIGMA : 0)) revert BadHeader("sigma", header.sigma);
        if (header.eta > (newton ? type(uint32).max : 0)) revert BadHeader("eta", header.eta);
        if (header.lam > type(uint32).max) revert BadHeader("lam", header.lam);
        if (header.epsilon > type(uint128).max) revert BadHeader("epsilon", header.epsilon);
        if (header.normSum > type(uint128).max) revert BadHeader("norm sum", header.normSum);
        if (header.contributorsPpm > Shares.WHOLE) revert BadHeader("contributors ppm", header.contributorsPpm);
    }

    /// Returns `header_digest`: Keccak-256 of the 21 words, without its last byte.
    function digest(Header calldata header, uint256 modelCommitment, string[] calldata names, address[] calldata payees)
        internal
        pure
        returns (uint256)
    {
        uint256[21] memory words = [
            DOMAIN,
            PROFILE,
            header.method,
            modelCommitment,
            header.datasetRoot,
            header.rows,
            payees.length,
            uint256(payeesDigest(names, payees)),
            header.lam,
            header.sigma,
            header.eta,
            header.epsilon,
            header.normSum,
            FIRST_REGISTERED_WINS,
            header.admitted,
            header.validation,
            header.right,
            header.validationRight,
            header.headNorm,
            uint256(uint160(header.registrar)),
            header.contributorsPpm
        ];
        return uint256(keccak256(abi.encodePacked(words))) >> 8;
    }

    /// Returns what the key of an index proof fixes, as the last of its public inputs.
    function shape(Header calldata header, uint256 features, uint256 classes, uint256 contributors)
        internal
        pure
        returns (uint256)
    {
        return PROFILE | header.method << 16 | header.eta << 32 | features << 48 | classes << 64 | contributors << 80
            | header.rows << 96 | header.validation << 128;
    }

    /// Returns `payees_digest` of as many names as payees.
    function payeesDigest(string[] calldata names, address[] calldata payees) internal pure returns (bytes32) {
        bytes32[] memory words = new bytes32[](2 + 2 * payees.length);
        words[0] = PAYEES_DOMAIN;
        words[1] = bytes32(payees.length);
        for (uint256 i; i < payees.length; ++i) {
            words[2 + 2 * i] = keccak256(bytes(names[i]));
            words[3 + 2 * i] = bytes32(uint256(uint160(payees[i])));
        }
        return keccak256(abi.encodePacked(words));
    }
}
