// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AttributionRegistry} from "../../src/AttributionRegistry.sol";
import {Request, RequestState, Subject, Terms} from "../../src/interfaces/IAttributionRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {Token} from "./Tokens.sol";

/// Does what users, provers, payees and strangers do, in any order, and keeps books of its own.
contract Handler is Fixture {
    uint256 private constant PAYEES = 5;
    uint256 private constant USERS = 3;

    Token public immutable TOKEN = new Token();

    uint256[] private _ids;
    address[] private _actors;
    /// Open requests and those that are done.
    uint256[] private _open;
    uint256[] private _done;

    mapping(IERC20 asset => uint256) public deposited;
    mapping(IERC20 asset => uint256) public paid;
    mapping(uint256 requestId => uint256) public endings;
    mapping(IERC20 asset => mapping(address account => uint256)) private _lastClaims;
    /// How often a claim fell without its holder's doing.
    uint256 public shrunk;
    /// How often each kind of action went through.
    mapping(bytes32 kind => uint256) public counts;

    function setUp() public override {
        super.setUp();
        _ids.push(_register(PAYEES, NATIVE));
        _ids.push(_register(PAYEES, TOKEN));
        _ids.push(_registerOdd());
        _ids.push(_registerBatches(PAYEES, NATIVE));
        _ids.push(_registerBatches(PAYEES, TOKEN));
        for (uint256 i; i < PAYEES; ++i) {
            _actors.push(_payee(i));
        }
        for (uint256 i; i < USERS; ++i) {
            _actors.push(_user(i));
        }
        _actors.push(PLATFORM);
        _actors.push(BENEFICIARY);
    }

    // ---- actions ----

    function request(uint256 who, uint256 which, uint256 fee, uint256 duration) external {
        _ask(_user(who % USERS), _ids[which % _ids.length], between(fee, 1000, 1e24), duration);
    }

    /// Several requests of all users, with one fee, that a batch can answer.
    function requestMany(uint256 which, uint256 count, uint256 fee, uint256 duration) external {
        count = between(count, 1, SLOTS);
        fee = between(fee, 1000, 1e24);
        for (uint256 i; i < count; ++i) {
            _ask(_user(i % USERS), _ids[3 + which % 2], fee, duration);
        }
        _after("requestMany");
    }

    function _ask(address user, uint256 id, uint256 fee, uint256 duration) private {
        uint64 deadline = uint64(block.timestamp + between(duration, 10 minutes, 3 days));
        IERC20 asset = _registry.registration(id).terms.asset;
        uint256 value = address(asset) == address(0) ? fee : 0;
        if (value != 0) {
            VM.deal(user, user.balance + fee);
        } else {
            TOKEN.mint(user, fee);
            VM.prank(user);
            TOKEN.approve(address(_registry), fee);
        }
        VM.prank(user);
        _open.push(_registry.request{value: value}(id, INPUT, deadline, fee));
        deposited[asset] += fee;
        _after("request");
    }

    function fulfill(uint256 which, uint256 seed, bool unattributed) external {
        if (_open.length == 0) return;
        which %= _open.length;
        uint256 requestId = _open[which];
        Request memory stored = _registry.requestOf(requestId);
        if (_registry.registration(stored.registrationId).queries != 1) return;
        uint256[] memory weights = unattributed ? new uint256[](PAYEES) : _weights(seed, PAYEES);
        uint256[] memory inputs = _answer(stored.registrationId, requestId, weights);
        try _registry.fulfill(requestId, inputs, _proof(inputs)) {
            require(block.timestamp <= stored.deadline, "answered too late");
            _end(which);
            _after("fulfill");
        } catch {
            require(block.timestamp > stored.deadline, "an answer in time was refused");
        }
    }

    /// Answers a request and all others that can stand in one batch with it, up to the slots of a proof.
    function fulfillBatch(uint256 which, uint256 seed, uint256 flags) external {
        if (_open.length == 0) return;
        Request memory first = _registry.requestOf(_open[which % _open.length]);
        if (_registry.registration(first.registrationId).queries == 1) return;
        uint256[] memory requestIds = _alike(which % _open.length, first);
        uint256 count = requestIds.length;
        flags &= 2 ** count - 1;
        uint256[] memory totals = _totals(seed, PAYEES, count - _ones(flags, count));
        uint256[] memory inputs = _answers(first.registrationId, requestIds, flags, totals);
        try _registry.fulfillBatch(requestIds, inputs, _proof(inputs)) {
            require(block.timestamp <= first.deadline, "answered too late");
            for (uint256 i; i < count; ++i) {
                for (uint256 j = _open.length; j > 0; --j) {
                    if (_open[j - 1] == requestIds[i]) _end(j - 1);
                }
            }
            _after("fulfillBatch");
        } catch {
            require(block.timestamp > first.deadline, "a batch in time was refused");
        }
    }

    /// Open requests from one on that are like the first: registration, fee, and in time if it is.
    function _alike(uint256 from, Request memory first) private view returns (uint256[] memory requestIds) {
        uint256[] memory found = new uint256[](SLOTS);
        uint256 count;
        for (uint256 i; i < _open.length && count < SLOTS; ++i) {
            uint256 requestId = _open[(from + i) % _open.length];
            Request memory other = _registry.requestOf(requestId);
            bool alike = other.registrationId == first.registrationId && other.fee == first.fee;
            if (alike && (i == 0 || other.deadline >= block.timestamp)) found[count++] = requestId;
        }
        requestIds = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            requestIds[i] = found[i];
        }
    }

    function refund(uint256 which) external {
        if (_open.length == 0) return;
        which %= _open.length;
        uint256 deadline = _registry.requestOf(_open[which]).deadline;
        try _registry.refund(_open[which]) {
            require(block.timestamp > deadline, "refunded too early");
            _end(which);
            _after("refund");
        } catch {
            require(block.timestamp <= deadline, "a refund in time was refused");
        }
    }

    /// Answers or refunds again what is done; if that went through, {endings} would say two.
    function again(uint256 which, uint256 seed, bool answer) external {
        if (_done.length == 0) return;
        uint256 requestId = _done[which % _done.length];
        uint256 registrationId = _registry.requestOf(requestId).registrationId;
        uint256[] memory inputs = _answer(registrationId, requestId, _weights(seed, PAYEES));
        if (answer && _registry.registration(registrationId).queries != 1) {
            uint256[] memory requestIds = new uint256[](1);
            requestIds[0] = requestId;
            inputs = _answers(registrationId, requestIds, 0, _weights(seed, PAYEES));
            try _registry.fulfillBatch(requestIds, inputs, _proof(inputs)) {
                endings[requestId] += 1;
            } catch {}
        } else if (answer) {
            try _registry.fulfill(requestId, inputs, _proof(inputs)) returns (bool settled) {
                if (settled) endings[requestId] += 1;
            } catch {}
        } else {
            try _registry.refund(requestId) {
                endings[requestId] += 1;
            } catch {}
        }
        _after("again");
    }

    function withdraw(uint256 who, bool native) external {
        address actor = _actors[who % _actors.length];
        IERC20 asset = native ? NATIVE : IERC20(address(TOKEN));
        uint256 claim = _registry.claimable(asset, actor);
        if (claim == 0) return;
        uint256 before = _balance(asset, actor);
        VM.prank(actor);
        uint256 amount = _registry.withdraw(asset, payable(actor));
        require(amount == claim && _balance(asset, actor) == before + claim, "paid another amount than claimed");
        paid[asset] += amount;
        _lastClaims[asset][actor] = 0;
        _after("withdraw");
    }

    /// Somebody sends money unasked.
    function donate(uint256 amount, bool native) external {
        amount = between(amount, 1, 1e21);
        if (native) VM.deal(address(_registry), address(_registry).balance + amount);
        else TOKEN.mint(address(_registry), amount);
        _after("donate");
    }

    function wait_(uint256 time) external {
        VM.warp(block.timestamp + between(time, 1, 1 days));
        _after("wait");
    }

    // ---- what the invariants read ----

    function registry() external view returns (AttributionRegistry) {
        return _registry;
    }

    /// Fees of open requests in an asset.
    function escrowed(IERC20 asset) external view returns (uint256 sum) {
        for (uint256 i; i < _open.length; ++i) {
            Request memory stored = _registry.requestOf(_open[i]);
            require(stored.state == RequestState.Open, "a request ended by itself");
            IERC20 held = _registry.registration(stored.registrationId).terms.asset;
            if (address(held) == address(asset)) sum += stored.fee;
        }
    }

    /// Claims of everybody who can have one.
    function claimable(IERC20 asset) external view returns (uint256 sum) {
        for (uint256 i; i < _actors.length; ++i) {
            sum += _registry.claimable(asset, _actors[i]);
        }
    }

    /// The most often that any request ended.
    function mostEndings() external view returns (uint256 most) {
        for (uint256 i; i < _done.length; ++i) {
            if (endings[_done[i]] > most) most = endings[_done[i]];
        }
    }

    // ---- helpers ----

    function _end(uint256 which) private {
        uint256 requestId = _open[which];
        endings[requestId] += 1;
        _done.push(requestId);
        _open[which] = _open[_open.length - 1];
        _open.pop();
    }

    /// Compares every claim with what it was. A withdrawal resets the one of its holder before.
    function _after(bytes32 kind) private {
        counts[kind] += 1;
        IERC20[2] memory assets = [NATIVE, IERC20(address(TOKEN))];
        for (uint256 a; a < 2; ++a) {
            for (uint256 i; i < _actors.length; ++i) {
                uint256 claim = _registry.claimable(assets[a], _actors[i]);
                if (claim < _lastClaims[assets[a]][_actors[i]]) shrunk += 1;
                _lastClaims[assets[a]][_actors[i]] = claim;
            }
        }
    }

    function _balance(IERC20 asset, address account) private view returns (uint256) {
        return address(asset) == address(0) ? account.balance : asset.balanceOf(account);
    }

    /// A user, one of whom is a payee as well in the third registration.
    function _user(uint256 i) private pure returns (address) {
        return VM.addr(200 + i);
    }

    /// Odd terms: no platform, the owner is a payee, and a user is one too.
    function _registerOdd() private returns (uint256) {
        Subject memory subject = _subject(PAYEES, 10);
        subject.payees[1] = _user(0);
        subject.indexCommitment = this.computeIndex(subject);
        Terms memory terms = _terms(TOKEN);
        (terms.platform, terms.platformPpm) = (address(0), 0);
        (terms.beneficiary, terms.ownerPpm, terms.contributorsPpm) = (_payee(0), 333_333, 666_667);
        VM.prank(OWNER);
        return _registry.register(
            subject, _verifier, address(_verifier).codehash, _indexProof(subject), _bindingProof(subject), terms, 0
        );
    }
}
