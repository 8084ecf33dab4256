// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ILinkedVerifier} from "../../src/interfaces/IVerifier.sol";

// Where the board stands.
address constant BOARD = address(uint160(uint256(keccak256("board"))));

/// What the stand-ins say that their circuit is: that of the last subject, so that tests about other things need not say it.
contract Board {
    uint256 public circuit;

    function write(uint256 word) external {
        circuit = word;
    }
}

/// Stands for a rendered verifier where tests are about money: it accepts the digest of the public inputs and registered commitments as
/// their proof, so a registry that passed other words on would fail.
contract VerifierDouble is ILinkedVerifier {
    uint256 public immutable LINKED_COLUMNS;
    bytes32 public immutable LINK_LAYOUT;

    constructor(uint256 columns, bytes32 linkLayout) {
        LINKED_COLUMNS = columns;
        LINK_LAYOUT = linkLayout;
    }

    function CIRCUIT() external view virtual returns (uint256) {
        return Board(BOARD).circuit() | 1 << 192;
    }

    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view virtual returns (bool) {
        return keccak256(proof) == keccak256(abi.encode(keccak256(abi.encode(instances))));
    }
}

/// The same where a proof answers a batch.
contract BatchVerifierDouble is VerifierDouble {
    uint256 private immutable MOST;

    constructor(uint256 columns, bytes32 linkLayout, uint256 queries) VerifierDouble(columns, linkLayout) {
        MOST = queries;
    }

    function CIRCUIT() external view override returns (uint256) {
        return Board(BOARD).circuit() | MOST << 192;
    }
}

/// Stands for the verifier of binding proofs: it accepts the commitments with a digest of them and of the public inputs behind them.
contract BindingDouble is VerifierDouble {
    constructor(uint256 columns, bytes32 linkLayout) VerifierDouble(columns, linkLayout) {}

    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view override returns (bool) {
        uint256 length = 64 * LINKED_COLUMNS;
        if (proof.length != length + 32) return false;
        return bytes32(proof[length:]) == keccak256(abi.encode(proof[:length], instances));
    }
}

/// A verifier that reverts instead of returning false.
contract RevertingVerifier is ILinkedVerifier {
    uint256 public immutable LINKED_COLUMNS;
    bytes32 public immutable LINK_LAYOUT;

    error Refused(uint256 instances);

    constructor(uint256 columns, bytes32 linkLayout) {
        LINKED_COLUMNS = columns;
        LINK_LAYOUT = linkLayout;
    }

    function CIRCUIT() external view returns (uint256) {
        return Board(BOARD).circuit() | 1 << 192;
    }

    function verifyProof(bytes calldata, uint256[] calldata instances) external pure returns (bool) {
        revert Refused(instances.length);
    }
}

/// Names its columns, but has no other function of a verifier; a call without a selector that it knows returns nothing.
contract SilentContract {
    uint256 public immutable LINKED_COLUMNS;
    bytes32 public immutable LINK_LAYOUT;

    constructor(uint256 columns, bytes32 linkLayout) {
        LINKED_COLUMNS = columns;
        LINK_LAYOUT = linkLayout;
    }

    function CIRCUIT() external view returns (uint256) {
        return Board(BOARD).circuit() | 1 << 192;
    }

    fallback() external {}
}
