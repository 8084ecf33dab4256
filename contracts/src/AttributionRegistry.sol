// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Canonical} from "./Canonical.sol";
import {Escrow, Escrows} from "./Escrow.sol";
import {
    IAttributionRegistry,
    Limits,
    Registration,
    Request,
    RequestState,
    Terms
} from "./interfaces/IAttributionRegistry.sol";
import {IDirectory, Status} from "./interfaces/IDirectory.sol";
import {IERC7992Registry, IERC7992Verifier} from "./interfaces/IERC7992.sol";
import {Ledger} from "./Ledger.sol";
import {PublicInputs} from "./PublicInputs.sol";
import {Registrations} from "./Registrations.sol";
import {Shares} from "./Shares.sol";
import {MOST_WINDOW} from "./Subjects.sol";

/// @title Requests for attributed inferences, answered by proofs, paid by proven shares
/// @notice A user puts a fee in escrow for a committed input; whoever brings a proof that the registered model answered it settles the fee
/// among platform, model owner and contributors. Nobody holds a key to anyone's money: a fee goes to those whom the proof names or,
/// after the deadline, back to the user.
contract AttributionRegistry is Registrations, Ledger, ERC165, IERC7992Verifier {
    using SafeCast for uint256;
    using PublicInputs for uint256[];

    /// The longest time from a request to its deadline. The shortest is the window of the registration's terms.
    uint256 public constant MAX_DURATION = MOST_WINDOW;

    /// First word of a context.
    bytes32 internal constant CONTEXT_DOMAIN = keccak256("tribute/context/1");

    /// Arguments of {fulfill} and {fulfillBatch}; {verifyInference} has one more.
    uint256 private constant ARGUMENTS = 3;

    /// How many requests there have been; the last one has this number.
    uint256 public requestCount;

    /// What is kept of a request, by how often it is read.
    struct Entry {
        Escrow escrow;
        uint256 inputCommitment;
        address user;
    }

    /// What the requests of a batch have in common.
    struct Batch {
        uint256 registrationId;
        /// Number of the registration.
        uint256 number;
        uint256 fee;
        uint256 classes;
        /// Where the slots start among the public inputs, and how many words each takes.
        uint256 start;
        uint256 width;
        /// How many of the answers somebody supports.
        uint256 attributed;
        /// Whether slots of requests that have ended are dropped.
        bool drops;
        /// How many were, and how many of them somebody supports.
        uint256 dropped;
        uint256 droppedAttributed;
        /// A byte for each slot: 1 where it was dropped.
        bytes marks;
    }

    mapping(uint256 requestId => Entry) private _requests;
    /// Bit `i` of word `w`: request `256 w + i` is fulfilled.
    mapping(uint256 word => uint256 bits) private _fulfilled;

    /// @param poseidonConstants A deployed {Poseidon13Constants}.
    /// @param limits How loose a registered table may be, within what {Subjects} allows.
    /// @param directory Whoever pins and revokes verifiers; zero where nobody does.
    constructor(address poseidonConstants, Limits memory limits, IDirectory directory)
        Registrations(poseidonConstants, limits, directory)
    {}

    /// @inheritdoc IAttributionRegistry
    function request(uint256 registrationId, uint256 inputCommitment, uint64 deadline, uint256 fee)
        external
        payable
        nonReentrant
        returns (uint256 requestId)
    {
        Registration storage stored = _existing(registrationId);
        if (stored.deprecated) revert VerificationRefused_ModelDeprecated(registrationId);
        _requireCommitment(inputCommitment);
        _requireTerms(stored, deadline, fee);

        requestId = ++requestCount;
        _requests[requestId] = Entry({
            escrow: Escrows.pack(fee.toUint128(), deadline, stored.number),
            inputCommitment: inputCommitment,
            user: msg.sender
        });
        emit Requested(
            requestId,
            registrationId,
            msg.sender,
            inputCommitment,
            contextOf(registrationId, requestId),
            fee,
            deadline,
            _requireUsable(registrationId, stored)
        );
        _collect(stored.terms.asset, fee);
    }

    /// @inheritdoc IAttributionRegistry
    function fulfill(uint256 requestId, uint256[] calldata publicInputs, bytes calldata proof)
        external
        nonReentrant
        returns (bool settled)
    {
        uint256 next = Canonical.requireList(publicInputs, Canonical.first(ARGUMENTS));
        Canonical.requireEnd(Canonical.requireBytes(proof, next));
        Escrow escrow = _requests[requestId].escrow;
        settled = _requireAnswerable(requestId, escrow);
        (uint256 registrationId, Registration storage stored) = _registered(escrow.registration());
        PublicInputs.Outcome memory outcome = _answer(requestId, registrationId, stored, publicInputs, proof);
        if (!settled) return false;

        _fulfilled[requestId >> 8] |= _bit(requestId);
        _settle(stored, escrow.fee(), _requests[requestId].user, outcome);
        emit Fulfilled(requestId, registrationId, outcome.class, outcome.unattributed, publicInputs);
    }

    /// @inheritdoc IAttributionRegistry
    function fulfillBatch(uint256[] calldata requestIds, uint256[] calldata publicInputs, bytes calldata proof)
        external
        nonReentrant
    {
        _requireCanonical(requestIds, publicInputs, proof);
        (Batch memory batch, Registration storage stored) = _batch(requestIds);
        (batch.start, batch.width) =
            PublicInputs.requireBatchCount(publicInputs.length, stored.classes, stored.contributors, stored.queries);
        PublicInputs.requireEmpty(publicInputs, batch.start + requestIds.length * batch.width);
        uint256[] memory words = _withCommitments(stored, publicInputs);
        words.requireAt(0, stored.modelCommitment);
        words.requireAt(1, stored.indexCommitment);
        _take(batch, requestIds, words);
        if (!_holds(batch.registrationId, stored, words, proof)) revert InvalidProof();
        _settleBatch(batch, stored, requestIds, words);
        uint256[] memory outputs = publicInputs.outputs(batch.start, batch.width, requestIds.length);
        emit BatchFulfilled(batch.registrationId, requestIds, publicInputs[2:batch.start], outputs);
    }

    /// @inheritdoc IAttributionRegistry
    function refund(uint256 requestId) external {
        Escrow escrow = _open(requestId);
        (, Registration storage stored) = _registered(escrow.registration());
        if (block.timestamp <= escrow.deadline() && _status(stored) != Status.Revoked) {
            revert TooEarly(escrow.deadline());
        }
        Entry storage open = _requests[requestId];
        open.escrow = escrow.refunded();
        _credit(stored.terms.asset, open.user, escrow.fee());
        emit Refunded(requestId, open.user, escrow.fee());
    }

    /// @inheritdoc IERC7992Verifier
    /// @dev Checks nothing of requests: the context stands in `output`, for the caller to compare.
    function verifyInference(uint256 modelId, bytes32 inputCommitment, bytes calldata output, bytes calldata proof)
        external
        view
    {
        Registration storage stored = _existing(modelId);
        if (stored.deprecated) revert VerificationRefused_ModelDeprecated(modelId);
        uint256 next = Canonical.requireBytes(output, Canonical.first(ARGUMENTS + 1));
        Canonical.requireEnd(Canonical.requireBytes(proof, next));
        (uint256 context, uint256[] calldata packed) = Canonical.numberAndList(output);
        uint256[] memory publicInputs = new uint256[](4 + packed.length);
        publicInputs[0] = context;
        publicInputs[1] = stored.modelCommitment;
        publicInputs[2] = stored.indexCommitment;
        publicInputs[3] = uint256(inputCommitment);
        for (uint256 i; i < packed.length; ++i) {
            publicInputs[4 + i] = packed[i];
        }
        _verify(modelId, stored, context, uint256(inputCommitment), publicInputs, proof);
        // What is read does not matter here, but that it can be read.
        // slither-disable-next-line unused-return
        publicInputs.read(stored.classes, stored.contributors);
    }

    /// @inheritdoc IAttributionRegistry
    function requestOf(uint256 requestId) external view returns (Request memory) {
        Entry storage entry = _requests[requestId];
        Escrow escrow = entry.escrow;
        (uint256 registrationId, Registration storage stored) = _registered(escrow.registration());
        return Request({
            user: entry.user,
            deadline: escrow.deadline().toUint64(),
            state: _state(escrow, _fulfilled[requestId >> 8] & _bit(requestId)),
            fee: escrow.fee().toUint128(),
            registrationId: registrationId,
            inputCommitment: entry.inputCommitment,
            status: escrow.exists() ? _status(stored) : Status.Unknown
        });
    }

    /// @inheritdoc IERC7992Verifier
    function proofSystemOf(uint256 modelId) external view returns (bytes4) {
        _existing(modelId);
        return PROOF_SYSTEM;
    }

    /// @inheritdoc IERC7992Verifier
    function registry() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IAttributionRegistry
    function contextOf(uint256 registrationId, uint256 requestId) public view returns (uint256) {
        return _contextOf(_contextWords(registrationId), requestId);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IAttributionRegistry).interfaceId
            || interfaceId == type(IERC7992Registry).interfaceId || interfaceId == type(IERC7992Verifier).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /// Returns the escrow of a request that waits for an answer.
    function _open(uint256 requestId) private view returns (Escrow escrow) {
        escrow = _requests[requestId].escrow;
        _requireOpen(requestId, escrow, _fulfilled[requestId >> 8]);
    }

    /// Refuses a request that waits for no answer; `marks` is the word with its bit.
    function _requireOpen(uint256 requestId, Escrow escrow, uint256 marks) private pure {
        RequestState state = _state(escrow, marks & _bit(requestId));
        if (state != RequestState.Open) revert NotOpen(requestId, state);
    }

    /// Returns where a request stands; `mark` is not zero where it is fulfilled.
    function _state(Escrow escrow, uint256 mark) private pure returns (RequestState) {
        if (!escrow.exists()) return RequestState.None;
        if (mark != 0) return RequestState.Fulfilled;
        return escrow.isRefunded() ? RequestState.Refunded : RequestState.Open;
    }

    /// Returns the bit of a request in its word of marks.
    function _bit(uint256 requestId) private pure returns (uint256) {
        // forge-lint: disable-next-line(incorrect-shift)
        return 1 << (requestId & 0xff);
    }

    /// Returns the words of a context, the last of them, the request, being zero.
    function _contextWords(uint256 registrationId) private view returns (bytes memory) {
        return abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), registrationId, 0);
    }

    /// Returns the context of a request from words that may be of any other one.
    function _contextOf(bytes memory words, uint256 requestId) private pure returns (uint256) {
        assembly ("memory-safe") {
            mstore(add(words, 0xa0), requestId)
        }
        return uint256(keccak256(words)) >> 8;
    }

    /// Returns what the first request says of all, and their registration.
    function _batch(uint256[] calldata requestIds)
        private
        view
        returns (Batch memory batch, Registration storage stored)
    {
        if (requestIds.length == 0) revert WrongBatchSize(0, 0);
        Escrow first = _requests[requestIds[0]].escrow;
        if (!first.exists()) revert NotOpen(requestIds[0], RequestState.None);
        batch.number = first.registration();
        batch.fee = first.fee();
        (batch.registrationId, stored) = _registered(batch.number);
        batch.classes = stored.classes;
        batch.drops = msg.sender == stored.owner || msg.sender == stored.terms.beneficiary;
        batch.marks = new bytes(requestIds.length);
        uint256 most = stored.queries;
        if (most == 1) revert AnsweredSingly(batch.registrationId);
        if (requestIds.length > most) revert WrongBatchSize(most, requestIds.length);
    }

    /// Marks requests that the slots of a batch answer, each once, and counts those whose output somebody supports. Marks of up to 256
    /// consecutive requests are one word, written where the next word begins.
    function _take(Batch memory batch, uint256[] calldata requestIds, uint256[] memory words) private {
        bytes memory contextWords = _contextWords(batch.registrationId);
        uint256 place = requestIds[0] >> 8;
        uint256 marks = _fulfilled[place];
        uint256 position = batch.start;
        for (uint256 i; i < requestIds.length; ++i) {
            uint256 requestId = requestIds[i];
            if (requestId >> 8 != place) {
                _fulfilled[place] = marks;
                place = requestId >> 8;
                marks = _fulfilled[place];
            }
            bool live = _requireInBatch(batch, requestId, marks);
            words.requireAt(position, _contextOf(contextWords, requestId));
            words.requireAt(position + 1, _requests[requestId].inputCommitment);
            // The class is for those who read the event; here it matters that it is one.
            // slither-disable-next-line unused-return
            (, bool unattributed) = words.readOutput(position + 2, batch.classes);
            if (!unattributed) ++batch.attributed;
            if (live) {
                marks |= _bit(requestId);
            } else {
                _drop(batch, i, requestId, unattributed);
            }
            position += batch.width;
        }
        _fulfilled[place] = marks;
    }

    /// Refuses a request that a batch cannot answer. Returns false for one that has ended, where such slots are dropped.
    function _requireInBatch(Batch memory batch, uint256 requestId, uint256 marks) private view returns (bool live) {
        Escrow escrow = _requests[requestId].escrow;
        if (!escrow.exists()) revert NotOpen(requestId, RequestState.None);
        if (escrow.registration() != batch.number) revert OtherRegistration(requestId, batch.registrationId);
        if (escrow.fee() != batch.fee) revert OtherFee(requestId, batch.fee, escrow.fee());
        bool open = _state(escrow, marks & _bit(requestId)) == RequestState.Open;
        live = open && block.timestamp <= escrow.deadline();
        if (live || batch.drops) return live;
        _requireOpen(requestId, escrow, marks);
        revert TooLate(escrow.deadline());
    }

    /// Drops a slot.
    function _drop(Batch memory batch, uint256 slot, uint256 requestId, bool unattributed) private {
        batch.marks[slot] = 0x01;
        ++batch.dropped;
        if (!unattributed) ++batch.droppedAttributed;
        emit Dropped(requestId, !unattributed);
    }

    /// Credits platform and owner once for all, contributors by their totals, and whoever asked where nobody supports the answer. The totals
    /// count dropped slots too, and cannot be taken apart: their contributors' part comes out of the owner's part of the others, so that neither
    /// contributors nor users have a wei less.
    function _settleBatch(
        Batch memory batch,
        Registration storage stored,
        uint256[] calldata requestIds,
        uint256[] memory words
    ) private {
        uint256[] memory totals = words.readTotals(stored.contributors, batch.attributed);
        uint256 count = requestIds.length - batch.dropped;
        if (count == 0) revert WrongBatchSize(stored.queries, 0);
        IERC20 asset = stored.terms.asset;
        uint256 rest = _settleParties(stored.terms, batch.fee, count, batch.droppedAttributed);
        _settleContributors(asset, _payees(stored), rest, totals);
        if (batch.attributed == requestIds.length) return;
        for (uint256 i; i < requestIds.length; ++i) {
            bool unattributed = words.isUnattributed(batch.start + i * batch.width + 2);
            if (unattributed && batch.marks[i] == 0) _credit(asset, _requests[requestIds[i]].user, rest);
        }
    }

    /// Credits all parties of one answer.
    function _settle(Registration storage stored, uint256 fee, address user, PublicInputs.Outcome memory outcome)
        private
    {
        uint256 rest = _settleParties(stored.terms, fee, 1, 0);
        if (outcome.unattributed) {
            _credit(stored.terms.asset, user, rest);
        } else {
            _settleContributors(stored.terms.asset, _payees(stored), rest, outcome.weights);
        }
    }

    /// Refuses a request that no proof answers any more; returns whether it is still to be settled.
    function _requireAnswerable(uint256 requestId, Escrow escrow) private view returns (bool) {
        RequestState state = _state(escrow, _fulfilled[requestId >> 8] & _bit(requestId));
        if (state == RequestState.Fulfilled) return false;
        if (state != RequestState.Open) revert NotOpen(requestId, state);
        if (block.timestamp > escrow.deadline()) revert TooLate(escrow.deadline());
        return true;
    }

    /// Refuses anything but a proven answer to a request, and reads it.
    function _answer(
        uint256 requestId,
        uint256 registrationId,
        Registration storage stored,
        uint256[] memory publicInputs,
        bytes calldata proof
    ) private view returns (PublicInputs.Outcome memory) {
        uint256 context = contextOf(registrationId, requestId);
        _verify(registrationId, stored, context, _requests[requestId].inputCommitment, publicInputs, proof);
        return publicInputs.read(stored.classes, stored.contributors);
    }

    /// Refuses a deadline that leaves less time than the terms say or is too far away, and a fee that is too small or too large.
    function _requireTerms(Registration storage stored, uint256 deadline, uint256 fee) private view {
        (uint256 earliest, uint256 latest) = (block.timestamp + stored.terms.window, block.timestamp + MAX_DURATION);
        if (deadline < earliest || deadline > latest) revert WrongDeadline(earliest, latest, deadline);
        uint256 minimum = stored.terms.minimumFee;
        if (fee == 0 || fee < minimum || fee > type(uint128).max) revert WrongFee(minimum, fee);
    }

    /// Refuses calldata of a batch in which anything stands elsewhere than an encoder puts it.
    function _requireCanonical(uint256[] calldata requestIds, uint256[] calldata publicInputs, bytes calldata proof)
        private
        pure
    {
        uint256 next = Canonical.requireList(requestIds, Canonical.first(ARGUMENTS));
        Canonical.requireEnd(Canonical.requireBytes(proof, Canonical.requireList(publicInputs, next)));
    }

    /// Refuses public inputs about anything else, and a proof that does not hold for them.
    function _verify(
        uint256 registrationId,
        Registration storage stored,
        uint256 context,
        uint256 inputCommitment,
        uint256[] memory publicInputs,
        bytes calldata proof
    ) private view {
        if (stored.queries != 1) revert AnsweredInBatches(registrationId, stored.queries);
        publicInputs.requireCount(stored.classes, stored.contributors);
        publicInputs.requireBindings([context, stored.modelCommitment, stored.indexCommitment, inputCommitment]);
        if (!_holds(registrationId, stored, _appendCommitments(stored, publicInputs), proof)) revert InvalidProof();
    }

    /// Credits platform and owner with their parts of as many equal fees, less the contributors' parts of dropped slots, which the owner bears.
    /// Returns what is left of each fee for contributors, or for a user whose answer nobody supports.
    function _settleParties(Terms storage terms, uint256 fee, uint256 count, uint256 dropped)
        private
        returns (uint256 rest)
    {
        IERC20 asset = terms.asset;
        uint256 platformEnd = Shares.boundary(fee, terms.platformPpm);
        uint256 ownerEnd = Shares.boundary(fee, uint256(terms.platformPpm) + terms.ownerPpm);
        rest = fee - ownerEnd;
        (uint256 ownersPart, uint256 cost) = ((ownerEnd - platformEnd) * count, rest * dropped);
        if (cost > ownersPart) revert DroppedTooMuch(cost, ownersPart);
        _credit(asset, terms.platform, platformEnd * count);
        _credit(asset, terms.beneficiary, ownersPart - cost);
    }

    /// Credits contributors by cumulative floors, in registry order. Weights that sum to several wholes share as many amounts.
    function _settleContributors(IERC20 asset, address[] memory list, uint256 amount, uint256[] memory weights)
        private
    {
        uint256 cumulative = 0;
        uint256 start = 0;
        for (uint256 i; i < list.length; ++i) {
            cumulative += weights[i];
            uint256 end = Shares.boundary(amount, cumulative);
            _credit(asset, list[i], end - start);
            start = end;
        }
    }
}
