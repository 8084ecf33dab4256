// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// What a directory says of a verifier's code.
enum Status {
    /// Nothing: whoever relies on it compares it with code of their own.
    Unknown,
    /// It was rendered from a plan that the directory's owner made anew.
    Pinned,
    /// It must not be relied on, for ever.
    Revoked
}

/// @title A list of verifiers that somebody vouches for
/// @notice Code is named by its Keccak-256. What the owner adds counts after {DELAY}, so that nobody is surprised by it; what the owner revokes
/// is revoked at once, and no owner can take that back.
interface IDirectory {
    /// Code is about to be pinned.
    event Proposed(bytes32 indexed codeHash, bytes32 indexed planDigest, uint256 from);
    /// A proposal was taken back.
    event Dismissed(bytes32 indexed codeHash);
    /// Code is pinned.
    event Pinned(bytes32 indexed codeHash, bytes32 indexed planDigest);
    /// Code is revoked.
    event Revoked(bytes32 indexed codeHash);
    /// Registries are about to demand, or no longer to demand, that verifiers are pinned.
    event RequirementProposed(bool required, uint256 from);
    /// They do from now on, or no longer.
    event RequirementChanged(bool required);

    /// The code is pinned or revoked already.
    error Settled(bytes32 codeHash, Status status);
    /// Nothing is proposed, or not for long enough; `from` is zero where nothing is.
    error NotYet(uint256 from);

    /// Returns how long a proposal waits.
    function DELAY() external view returns (uint256);

    /// Returns what is said of one code.
    function statusOf(bytes32 codeHash) external view returns (Status);

    /// Returns the digest of the plan that pinned or proposed code was rendered from.
    function planDigestOf(bytes32 codeHash) external view returns (bytes32);

    /// Returns what is said of three verifiers together: revoked if one is, pinned if all are.
    function statusOfAll(bytes32 first, bytes32 second, bytes32 third) external view returns (Status);

    /// Returns whether new registrations and requests need pinned verifiers.
    function required() external view returns (bool);
}
