// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAttributionRegistry, Registration, Request, RequestState, Terms} from "./interfaces/IAttributionRegistry.sol";
import {IERC7992Registry, IERC7992Verifier} from "./interfaces/IERC7992.sol";
import {Ledger} from "./Ledger.sol";
import {PublicInputs} from "./PublicInputs.sol";
import {Registrations} from "./Registrations.sol";
import {Shares} from "./Shares.sol";

/// @title Requests for attributed inferences, answered by proofs, paid by proven shares
/// @notice A user puts a fee in escrow for a committed input; whoever brings a proof that the registered model answered it settles the fee
/// among platform, model owner and contributors. Nobody holds a key to anyone's money: a fee goes to those whom the proof names or,
/// after the deadline, back to the user.
contract AttributionRegistry is Registrations, Ledger, ERC165, IERC7992Verifier {
    using SafeCast for uint256;
    using PublicInputs for uint256[];

    /// The longest time from a request to its deadline.
    uint256 public constant MAX_DURATION = 30 days;

    /// First word of a context.
    bytes32 public constant CONTEXT_DOMAIN = keccak256("tribute/context/1");

    /// How many requests there have been; the last one has this number.
    uint256 public requestCount;

    mapping(uint256 requestId => Request) private _requests;

    /// @param poseidonConstants A deployed {Poseidon13Constants}.
    constructor(address poseidonConstants) Registrations(poseidonConstants) {}

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
        if (deadline < block.timestamp || deadline > block.timestamp + MAX_DURATION) revert WrongDeadline(deadline);
        uint256 minimum = stored.terms.minimumFee;
        if (fee == 0 || fee < minimum || fee > type(uint128).max) revert WrongFee(minimum, fee);

        requestId = ++requestCount;
        _requests[requestId] = Request({
            user: msg.sender,
            deadline: deadline,
            state: RequestState.Open,
            class: 0,
            unattributed: false,
            fee: fee.toUint128(),
            registrationId: registrationId,
            inputCommitment: inputCommitment
        });
        uint256 context = contextOf(registrationId, requestId);
        emit Requested(requestId, registrationId, msg.sender, inputCommitment, context, fee, deadline);
        _collect(stored.terms.asset, fee);
    }

    /// @inheritdoc IAttributionRegistry
    function fulfill(uint256 requestId, uint256[] memory publicInputs, bytes calldata proof) external nonReentrant {
        Request storage open = _open(requestId);
        if (block.timestamp > open.deadline) revert TooLate(open.deadline);
        uint256 registrationId = open.registrationId;
        Registration storage stored = _existing(registrationId);
        _verify(stored, contextOf(registrationId, requestId), open.inputCommitment, publicInputs, proof);
        PublicInputs.Outcome memory outcome = publicInputs.read(stored.classes, stored.contributors);

        open.state = RequestState.Fulfilled;
        open.class = outcome.class.toUint8();
        open.unattributed = outcome.unattributed;
        _settle(stored, open.user, open.fee, outcome);
        emit Fulfilled(requestId, registrationId, outcome.class, outcome.unattributed, publicInputs);
    }

    /// @inheritdoc IAttributionRegistry
    function refund(uint256 requestId) external {
        Request storage open = _open(requestId);
        if (block.timestamp <= open.deadline) revert TooEarly(open.deadline);
        open.state = RequestState.Refunded;
        _credit(_existing(open.registrationId).terms.asset, open.user, open.fee);
        emit Refunded(requestId, open.user, open.fee);
    }

    /// @inheritdoc IERC7992Verifier
    /// @dev Checks nothing of requests: the context stands in `output`, for the caller to compare.
    function verifyInference(uint256 modelId, bytes32 inputCommitment, bytes calldata output, bytes calldata proof)
        external
        view
    {
        Registration storage stored = _existing(modelId);
        if (stored.deprecated) revert VerificationRefused_ModelDeprecated(modelId);
        (uint256 context, uint256[] memory packed) = abi.decode(output, (uint256, uint256[]));
        uint256[] memory publicInputs = new uint256[](4 + packed.length);
        publicInputs[0] = context;
        publicInputs[1] = stored.modelCommitment;
        publicInputs[2] = stored.indexCommitment;
        publicInputs[3] = uint256(inputCommitment);
        for (uint256 i; i < packed.length; ++i) {
            publicInputs[4 + i] = packed[i];
        }
        _verify(stored, context, uint256(inputCommitment), publicInputs, proof);
        // What is read does not matter here, but that it can be read.
        // slither-disable-next-line unused-return
        publicInputs.read(stored.classes, stored.contributors);
    }

    /// @inheritdoc IAttributionRegistry
    function requestOf(uint256 requestId) external view returns (Request memory) {
        return _requests[requestId];
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
        bytes memory words = abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), registrationId, requestId);
        return uint256(keccak256(words)) >> 8;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IAttributionRegistry).interfaceId
            || interfaceId == type(IERC7992Registry).interfaceId || interfaceId == type(IERC7992Verifier).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /// Returns a request that waits for an answer.
    function _open(uint256 requestId) private view returns (Request storage open) {
        open = _requests[requestId];
        if (open.state != RequestState.Open) revert NotOpen(requestId, open.state);
    }

    /// Refuses public inputs about anything else, and a proof that does not hold for them.
    function _verify(
        Registration storage stored,
        uint256 context,
        uint256 inputCommitment,
        uint256[] memory publicInputs,
        bytes calldata proof
    ) private view {
        publicInputs.requireCount(stored.classes, stored.contributors);
        publicInputs.requireBindings([context, stored.modelCommitment, stored.indexCommitment, inputCommitment]);
        if (!_holds(stored, publicInputs, proof)) revert InvalidProof();
    }

    /// Credits platform, owner and contributors; the contributors' part of an unattributed answer is the user's.
    function _settle(Registration storage stored, address user, uint256 fee, PublicInputs.Outcome memory outcome)
        private
    {
        Terms storage terms = stored.terms;
        IERC20 asset = terms.asset;
        uint256 platformEnd = Shares.boundary(fee, terms.platformPpm);
        uint256 ownerEnd = Shares.boundary(fee, uint256(terms.platformPpm) + terms.ownerPpm);
        _credit(asset, terms.platform, platformEnd);
        _credit(asset, terms.beneficiary, ownerEnd - platformEnd);
        uint256 rest = fee - ownerEnd;
        if (outcome.unattributed) {
            _credit(asset, user, rest);
        } else {
            _settleContributors(asset, _payees(stored), rest, outcome.weights);
        }
    }

    /// Credits contributors by cumulative floors, in registry order.
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
