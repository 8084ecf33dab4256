// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Reading side of a registry of committed models, in the shape of the draft ERC-7992
/// @notice The draft's `registerModel` and `updateModel` have no counterpart: a registration here names more than they do, and
/// never changes.
interface IERC7992Registry {
    /// What a model is committed by.
    struct ModelCommitment {
        bytes32 modelHash;
        bytes32 circuitHash;
        bytes32 vkHash;
        bytes4 proofSystemId;
        string uri;
    }

    /// A registration takes no further requests.
    event ModelDeprecated(uint256 indexed modelId);

    /// No registration has this identifier.
    error ModelNotFound(uint256 modelId);
    /// Only the owner of a registration may do this.
    error NotModelOwner(uint256 modelId, address caller);

    /// Ends new requests to a registration, for ever. Open requests and claims are untouched.
    function deprecateModel(uint256 modelId) external;

    /// Returns commitment, deprecation and owner of a registration.
    function getModel(uint256 modelId)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated, address owner);
}

/// @title Verifying side of the draft ERC-7992
interface IERC7992Verifier {
    /// The proof does not hold for these public inputs.
    error InvalidProof();
    /// The model takes no further requests.
    error VerificationRefused_ModelDeprecated(uint256 modelId);

    /// Checks a proof against a registered model and an input commitment, and reverts unless it holds.
    /// @param output `abi.encode(uint256 context, uint256[] packed)`: the public inputs but the three commitments.
    function verifyInference(uint256 modelId, bytes32 inputCommitment, bytes calldata output, bytes calldata proof)
        external;

    /// Returns the identifier of the proof system of a model.
    function proofSystemOf(uint256 modelId) external view returns (bytes4);

    /// Returns the registry that holds the models.
    function registry() external view returns (address);
}
