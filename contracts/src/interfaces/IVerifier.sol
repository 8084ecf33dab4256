// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A verifier that `tribute export` renders from a plan
/// @notice It demands the exact number of public inputs and the exact length of the proof, and every scalar and coordinate in its canonical
/// range.
interface IVerifier {
    /// Returns true if the proof holds for the public inputs; anything else returns false or reverts.
    /// @param proof The proof, as in `proof.json`.
    /// @param instances The public inputs (docs/formats.md, section 7); where proofs are linked, the coordinates of the registered commitments
    /// behind them.
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view returns (bool);
}

/// @title A verifier of a plan with linked columns
/// @notice One kind checks that the first columns of a proof are those of registered commitments (docs/formats.md, section 14), the other, of
/// binding proofs, what these columns hold: the first points of such a proof are the commitments to register.
interface ILinkedVerifier is IVerifier {
    /// Returns the number of linked columns.
    function LINKED_COLUMNS() external view returns (uint256);

    /// Returns the digest of what they are. Proofs can be linked to a binding proof where it is the same.
    function LINK_LAYOUT() external view returns (bytes32);

    /// Returns what a proof is about, 32 bits each, from the lowest: profile, residual (1 the returned class's, 2 one-hot), inputs, features of
    /// the head, classes, contributors, and how many queries it answers at most: one, with its weights public, or a batch, with their sums.
    /// Only a verifier of inference proofs has it.
    function CIRCUIT() external view returns (uint256);
}
