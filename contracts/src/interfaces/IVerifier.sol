// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title A verifier that `tribute export` renders from a plan
/// @notice It demands the exact number of public inputs and the exact length of the proof, and every scalar and coordinate in its canonical
/// range.
interface IVerifier {
    /// Returns true if the proof holds for the public inputs; anything else returns false or reverts.
    /// @param proof The proof, as in `proof.json`.
    /// @param instances The public inputs (docs/formats.md, section 7).
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view returns (bool);
}
