// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Header, IndexHeader} from "./IndexHeader.sol";

/// @title What the figures of an index certify (docs/attribution.md, sections 2 and 3)
/// @notice Upper bounds: how far the committed head may be from the optimum of its loss, in units of 2^-40, and how far two solutions that meet
/// the same certificate may be apart, in units of 2^-32 of a unit of a table's entries. Every step is exact or rounded up; the native verifier computes the same integers.
library Certificate {
    uint256 private constant ROOT_BITS = 31;
    uint256 private constant EPSILON_BITS = 80;
    uint256 private constant NORM_SUM_BITS = 64;
    uint256 private constant MAX_ETA = 127;
    uint256 private constant MAX_FEATURES = 65_536;
    /// The largest lambda for each admitted row: 1, in 1/256.
    uint256 private constant LAM_PER_ROW = 256;
    uint256 private constant HEAD_BITS = 16;

    /// Returns the bound of the distance as a part of the head's norm; 0 for methods that assume no optimum.
    function relativeDistance(Header calldata header, uint256 features, uint256 classes)
        internal
        pure
        returns (uint256)
    {
        uint256 bound = distance(header, features, classes);
        if (header.sigma == 0) return 0;
        if (header.headNorm == 0) return type(uint256).max;
        return Math.ceilDiv(bound << HEAD_BITS, header.headNorm);
    }

    /// Returns the bound of the distance, in the Frobenius norm of the head.
    function distance(Header calldata header, uint256 features, uint256 classes) internal pure returns (uint256) {
        _requireFigures(header, features);
        uint256 shown = 16 * header.epsilon * _rootUp((features * classes) << (2 * ROOT_BITS));
        uint256 hidden = (header.normSum << 17) * (5 * classes - 4) * _rootUp(classes << (2 * ROOT_BITS));
        uint256 gradient = Math.ceilDiv(shown + hidden, header.lam << ROOT_BITS);
        return gradient + _rootUp(Math.ceilDiv(header.admitted << 64, header.lam));
    }

    /// Returns the bound of the freedom of the solution behind a contributor's table, in the Euclidean norm; 0 for methods that leave none.
    function freedom(Header calldata header, uint256 features, uint256 classes) internal pure returns (uint256) {
        _requireFigures(header, features);
        if (header.sigma == 0) return 0;
        uint256 root = _rootUp((features * classes) << (2 * ROOT_BITS));
        return Math.ceilDiv(root << (header.eta + 1), header.lam << (48 + ROOT_BITS));
    }

    /// Refuses figures that no honest index has: the bounds are computed without overflow for all others.
    function _requireFigures(Header calldata header, uint256 features) private pure {
        // Only the Newton methods use lambda, so only there it must not outweigh the rows.
        bool heavy = header.sigma != 0 && header.lam > LAM_PER_ROW * header.admitted;
        if (header.lam == 0 || heavy) revert IndexHeader.BadHeader("lam", header.lam);
        if (header.eta > MAX_ETA) revert IndexHeader.BadHeader("eta", header.eta);
        if (header.epsilon >> EPSILON_BITS != 0) revert IndexHeader.BadHeader("epsilon", header.epsilon);
        if (header.normSum >> NORM_SUM_BITS != 0) revert IndexHeader.BadHeader("norm sum", header.normSum);
        if (features < 2 || features > MAX_FEATURES) revert IndexHeader.BadHeader("features", features);
    }

    /// The least integer whose square is at least `value`.
    function _rootUp(uint256 value) private pure returns (uint256) {
        return Math.sqrt(value, Math.Rounding.Ceil);
    }
}
