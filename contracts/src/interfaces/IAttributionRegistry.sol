// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Header} from "../IndexHeader.sol";
import {Status} from "./IDirectory.sol";
import {ILinkedVerifier, IVerifier} from "./IVerifier.sol";

/// What proofs of a registration are about; the index commitment binds all of it but the number of classes.
struct Subject {
    uint256 modelCommitment;
    uint256 indexCommitment;
    uint256 tableCommitment;
    Header header;
    /// Contributors in registry order, UTF-8.
    string[] names;
    /// Their addresses, in the same order.
    address[] payees;
    uint256 classes;
    /// Features of the head, the constant one included.
    uint256 features;
}

/// What shows that the table behind an index commitment is what the method makes of the committed rows.
struct IndexProof {
    IVerifier verifier;
    /// Keccak-256 of that verifier's code, as its renderer knows it.
    bytes32 verifierCodeHash;
    bytes proof;
}

/// What shows that the columns which proofs are linked to hold the committed weights and the committed table.
struct BindingProof {
    ILinkedVerifier verifier;
    /// Keccak-256 of that verifier's code, as its renderer knows it.
    bytes32 verifierCodeHash;
    /// Its first points, one for each linked column, are the commitments that are registered.
    bytes proof;
}

/// What a request costs and who is paid. The three parts are parts per million and sum to one million.
struct Terms {
    /// The token, or zero for the chain's own.
    IERC20 asset;
    uint96 minimumFee;
    address platform;
    uint32 platformPpm;
    /// The least time, in seconds, that a request leaves for its answer.
    uint32 window;
    /// Where the model owner's part goes.
    address beneficiary;
    uint32 ownerPpm;
    uint32 contributorsPpm;
}

/// What the registry keeps of a registration. Nothing but `deprecated` and, by its own doing, the owner ever changes.
struct Registration {
    address owner;
    uint16 classes;
    uint16 contributors;
    bool deprecated;
    /// How many registrations there were with it: a short name, by which requests hold it.
    uint56 number;
    IVerifier verifier;
    uint8 method;
    /// How many commitments are registered.
    uint8 linkedColumns;
    /// How many queries a proof answers at most: one, or a batch.
    uint16 queries;
    bytes32 verifierCodeHash;
    bytes32 indexVerifierCodeHash;
    bytes32 bindingVerifierCodeHash;
    uint256 modelCommitment;
    uint256 indexCommitment;
    /// A contract whose code holds payees and registered commitments (see {RegistrationData}).
    address data;
    Terms terms;
    /// The registration that this one replaces, or zero.
    uint256 previous;
}

/// Where a request stands. Each request leaves {Open} at most once.
enum RequestState {
    None,
    Open,
    Fulfilled,
    Refunded
}

/// A fee in escrow, and what became of it. The answer stands in the event that announced it.
struct Request {
    address user;
    uint64 deadline;
    RequestState state;
    uint128 fee;
    uint256 registrationId;
    uint256 inputCommitment;
    /// What the directory says of the registration's verifiers now.
    Status status;
}

/// How loose the table of a registration may be: the head's distance from its optimum, as a part of its norm, in 2^-40 (0 for methods that
/// assume no optimum), and the freedom of the solution behind a table, in 2^-32 of a unit of its entries.
struct Limits {
    uint256 distance;
    uint256 freedom;
}

/// What a check of a registration finds out.
struct Checked {
    uint256 distance;
    uint256 freedom;
    /// Linked columns, and most queries that a proof answers.
    uint256 columns;
    uint256 queries;
    /// The digest that names it.
    uint256 registrationId;
    /// Where payees and registered commitments are kept.
    address data;
}

/// @title Registrations of committed models, and requests that pay by proven shares
interface IAttributionRegistry {
    /// A model owner registered a subject, a verifier and terms.
    event Registered(
        uint256 indexed registrationId,
        address indexed owner,
        uint256 indexed modelCommitment,
        uint256 indexCommitment,
        uint256 previous,
        Status status
    );
    /// The table of a registration was proven, by this verifier. Distance of the head from its optimum as a part of its norm, in
    /// 2^-40, and the freedom of the solution behind a table, in 2^-32 of a unit of its entries.
    event TableProven(
        uint256 indexed registrationId,
        address indexed indexVerifier,
        bytes32 indexVerifierCodeHash,
        uint256 distance,
        uint256 freedom
    );
    /// The columns that proofs of a registration are linked to were shown to hold its model and its table, by this verifier.
    event ColumnsBound(
        uint256 indexed registrationId,
        address indexed bindingVerifier,
        bytes32 bindingVerifierCodeHash,
        uint256 columns
    );
    /// A user put a fee in escrow for an input. `status` is what the directory says of the verifiers.
    event Requested(
        uint256 indexed requestId,
        uint256 indexed registrationId,
        address indexed user,
        uint256 inputCommitment,
        uint256 context,
        uint256 fee,
        uint256 deadline,
        Status status
    );
    /// A proof answered a request. The public inputs hold class, logits and weights (docs/formats.md, section 7).
    event Fulfilled(
        uint256 indexed requestId,
        uint256 indexed registrationId,
        uint256 class,
        bool unattributed,
        uint256[] publicInputs
    );
    /// One proof answered many requests. `totals` and `outputs` are the public inputs but commitments and contexts, which stand in
    /// {Registered} and {Requested}: the packed sums of the weights, and for each request in order its class, flag and logits.
    event BatchFulfilled(uint256 indexed registrationId, uint256[] requestIds, uint256[] totals, uint256[] outputs);
    /// A slot of a batch was dropped: its request had ended before. The contributors' part of its fee was the model owner's to pay where the
    /// answer was attributed.
    event Dropped(uint256 indexed requestId, bool attributed);
    /// The owner of a registration offers it to somebody, or to nobody any more.
    event OwnershipOffered(uint256 indexed registrationId, address indexed owner, address indexed next);
    /// Somebody took a registration that was offered to them.
    event OwnershipTaken(uint256 indexed registrationId, address indexed previousOwner, address indexed owner);
    /// The deadline passed without an answer, or the verifier was revoked; the fee is the user's again.
    event Refunded(uint256 indexed requestId, address indexed user, uint256 fee);

    /// The same owner registered exactly this before.
    error AlreadyRegistered(uint256 registrationId);
    /// A field of the header is outside of what this registry knows.
    error BadHeader(string field, uint256 value);
    /// The index names another account as the one that may register it, or zero: then no registry takes it.
    error NotTheRegistrar(address registrar, address account);
    /// The terms leave contributors a smaller part of a fee, in millionths, than the index promises them.
    error Undercut(uint256 least, uint256 contributorsPpm);
    /// A verifier of the registration is revoked: nothing is settled by it any more.
    error Stopped(uint256 registrationId);
    /// The registry demands verifiers that its directory has pinned.
    error NotPinned(Status status);
    /// The registration is not offered to this account.
    error NotOffered(uint256 registrationId, address account);
    /// The owner's part of a batch does not cover what its dropped slots cost.
    error DroppedTooMuch(uint256 cost, uint256 ownersPart);
    /// A commitment is zero or not a canonical field element.
    error NotACommitment(uint256 value);
    /// The opened subject does not hash to the index commitment.
    error IndexCommitmentMismatch(uint256 expected, uint256 computed);
    /// Classes, contributors, linked columns or queries out of range, or as many names as payees are not there.
    error WrongSize(uint256 value);
    /// A payee is zero, this contract, or named twice.
    error BadPayee(address payee);
    /// The parts of the fee do not sum to one million.
    error PartsDoNotSum(uint256 sum);
    /// The previous version belongs to somebody else.
    error NotThePreviousOwner(uint256 previous, address owner);
    /// The verifier is an address without code, or its code is not the registered one.
    error WrongVerifierCode(address verifier, bytes32 expected, bytes32 actual);
    /// The index proof does not hold for the subject.
    error TableNotProven();
    /// The binding proof does not hold for the subject, or is too short to start with the commitments of the linked columns.
    error ColumnsNotBound();
    /// The two verifiers are not of the same columns: layouts and numbers of columns.
    error WrongLayout(bytes32 inference, bytes32 binding, uint256 inferenceColumns, uint256 bindingColumns);
    /// Proofs of the verifier are of another circuit than the subject's: profile, residual of the method, features, classes or contributors
    /// differ ({ILinkedVerifier-CIRCUIT}; inputs and queries do not count).
    error WrongCircuit(uint256 expected, uint256 actual);
    /// The head may be too far from its optimum, or a table entry too free; both in 2^-40.
    error TooLoose(uint256 distance, uint256 freedom);
    /// The fee is zero, below the minimum, or above 2^128 - 1.
    error WrongFee(uint256 minimum, uint256 fee);
    /// The deadline is too near or too far away.
    error WrongDeadline(uint256 earliest, uint256 latest, uint256 deadline);
    /// The terms leave answers too little time, or more than a request may wait.
    error WrongWindow(uint256 window);
    /// The request does not exist, or has been answered or refunded.
    error NotOpen(uint256 requestId, RequestState state);
    /// Proofs of the registration answer batches: see {fulfillBatch}.
    error AnsweredInBatches(uint256 registrationId, uint256 queries);
    /// Proofs of the registration answer one request: see {fulfill}.
    error AnsweredSingly(uint256 registrationId);
    /// A batch of no requests, or of more than a proof answers.
    error WrongBatchSize(uint256 most, uint256 actual);
    /// The request is to another registration than the first one of the batch.
    error OtherRegistration(uint256 requestId, uint256 registrationId);
    /// The fee of the request is not that of the first one of the batch.
    error OtherFee(uint256 requestId, uint256 expected, uint256 actual);
    /// The deadline has passed.
    error TooLate(uint256 deadline);
    /// The deadline has not passed.
    error TooEarly(uint256 deadline);

    /// Registers a subject with its verifier and terms, once its table is proven and its columns are bound; the caller becomes the owner. It
    /// is the account that the index names as its registrar, and the terms leave contributors no less than the index promises them.
    /// @param verifierCodeHash Keccak-256 of the verifier's code, as its renderer knows it.
    /// @param index The proof of the table, with the verifier that checks it.
    /// @param binding The proof of what the linked columns hold, with the verifier that checks it.
    /// @param previous The caller's registration that this one replaces, or zero.
    /// @return registrationId A digest of the caller and of everything given.
    function register(
        Subject calldata subject,
        ILinkedVerifier verifier,
        bytes32 verifierCodeHash,
        IndexProof calldata index,
        BindingProof calldata binding,
        Terms calldata terms,
        uint256 previous
    ) external returns (uint256 registrationId);

    /// Puts a fee in escrow for the answer to a committed input.
    /// @param deadline Unix time until which, inclusive, the request can be answered.
    /// @param fee In the registration's asset; sent along where that is the chain's own.
    function request(uint256 registrationId, uint256 inputCommitment, uint64 deadline, uint256 fee)
        external
        payable
        returns (uint256 requestId);

    /// Answers a request with a proof, and credits every party. Anyone may call it; the credits are the same. Not for registrations whose
    /// proofs answer batches. A request that is answered already is not settled again, but the proof is checked: a contract that relies on
    /// what it brings has it proven even where somebody was faster.
    /// @return settled Whether this call settled the request.
    function fulfill(uint256 requestId, uint256[] calldata publicInputs, bytes calldata proof)
        external
        returns (bool settled);

    /// Answers requests to one registration with one proof, and credits every party. Anyone may call it; the credits are the same. Not for
    /// registrations whose proofs answer one request. Where owner or beneficiary of the registration call it, slots of requests that have ended
    /// are dropped, at the cost of the owner's part; for everybody else they are an error.
    /// @param requestIds Open and different, with equal fees, in the order of the proof; the slots of the proof behind them are empty.
    function fulfillBatch(uint256[] calldata requestIds, uint256[] calldata publicInputs, bytes calldata proof) external;

    /// Gives the fee of an unanswered request back to its user after the deadline, or once a verifier is revoked, as a claim. Anyone may call it.
    function refund(uint256 requestId) external;

    /// Offers a registration to another owner, who has no more rights over it than this one: to end it, and to register what replaces it.
    function offerModel(uint256 registrationId, address next) external;

    /// Takes a registration that was offered to the caller.
    function takeModel(uint256 registrationId) external;

    /// Returns what the directory says of the three verifiers of a registration; unknown where there is no directory.
    function statusOf(uint256 registrationId) external view returns (Status);

    /// Returns a registration; its owner is zero where there is none.
    function registration(uint256 registrationId) external view returns (Registration memory);

    /// Returns the payees of a registration, in registry order.
    function payees(uint256 registrationId) external view returns (address[] memory);

    /// Returns the coordinates of the registered commitments, which proofs of a registration are linked to.
    function commitments(uint256 registrationId) external view returns (uint256[] memory);

    /// Returns a request.
    function requestOf(uint256 requestId) external view returns (Request memory);

    /// Returns the context that a proof for a request must carry.
    function contextOf(uint256 registrationId, uint256 requestId) external view returns (uint256);
}
