// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Header, IndexHeader} from "../src/IndexHeader.sol";
import {Poseidon13} from "../src/Poseidon13.sol";
import {Poseidon13Constants} from "../src/Poseidon13Constants.sol";
import {PublicInputs} from "../src/PublicInputs.sol";
import {Test} from "./support/Test.sol";

/// The vectors that hold for every implementation of docs/formats.md: contracts and crates agree on them.
contract FormatsTest is Test {
    using PublicInputs for uint256[];

    string private constant FOLDER = "../verifier/tests/vectors/";

    struct Listed {
        string[] names;
        address[] payees;
    }

    function test_payees_match() public view {
        string memory file = VM.readFile(string.concat(FOLDER, "payees.json"));
        uint256 count;
        for (; VM.keyExistsJson(file, _at(count, "")); ++count) {
            VM.assertEq(uint256(this.payeesDigest(_payees(file, count))), VM.parseJsonUint(file, _at(count, ".digest")));
        }
        VM.assertGe(count, 4, "vectors are missing");
    }

    function test_headers_and_index_commitments_match() public {
        string memory file = VM.readFile(string.concat(FOLDER, "headers.json"));
        address constants = address(new Poseidon13Constants());
        uint256 count;
        for (; VM.keyExistsJson(file, _at(count, "")); ++count) {
            Header memory header = _header(file, count);
            this.requireSound(header);
            uint256 model = VM.parseJsonUint(file, _at(count, ".header.model_commitment"));
            Listed memory listed = _payeesOf(VM.parseJsonUint(file, _at(count, ".header.payees_digest")));
            uint256 hashed = this.digest(header, model, listed);
            VM.assertEq(hashed, VM.parseJsonUint(file, _at(count, ".digest")));
            uint256 table = VM.parseJsonUint(file, _at(count, ".table_commitment"));
            uint256 commitment = Poseidon13.indexCommitment(constants, hashed, table);
            VM.assertEq(commitment, VM.parseJsonUint(file, _at(count, ".index_commitment")));
        }
        VM.assertGe(count, 4, "vectors are missing");
    }

    function test_public_inputs_match() public view {
        string memory file = VM.readFile(string.concat(FOLDER, "statements.json"));
        uint256 count;
        for (; VM.keyExistsJson(file, _at(count, "")); ++count) {
            uint256[] memory inputs = VM.parseJsonUintArray(file, _at(count, ".public_inputs"));
            uint256[] memory weights = VM.parseJsonUintArray(file, _at(count, ".statement.weights_ppm"));
            uint256 classes = VM.parseJsonStringArray(file, _at(count, ".statement.logits")).length;
            inputs.requireCount(classes, weights.length);
            inputs.requireBindings(
                [
                    VM.parseJsonUint(file, _at(count, ".statement.context")),
                    VM.parseJsonUint(file, _at(count, ".statement.model_commitment")),
                    VM.parseJsonUint(file, _at(count, ".statement.index_commitment")),
                    VM.parseJsonUint(file, _at(count, ".statement.input_commitment"))
                ]
            );
            PublicInputs.Outcome memory outcome = inputs.read(classes, weights.length);
            VM.assertEq(outcome.class, VM.parseJsonUint(file, _at(count, ".statement.output")));
            VM.assertEq(outcome.unattributed, VM.parseJsonBool(file, _at(count, ".statement.unattributed")));
            VM.assertEq(keccak256(abi.encode(outcome.weights)), keccak256(abi.encode(weights)));
        }
        VM.assertGe(count, 5, "vectors are missing");
    }

    function test_batches_match() public view {
        string memory file = VM.readFile(string.concat(FOLDER, "batches.json"));
        uint256 count;
        for (; VM.keyExistsJson(file, _batch(count, "")); ++count) {
            this.matchBatch(VM.parseJsonUintArray(file, _batch(count, ".public_inputs")), file, count);
        }
        VM.assertGe(count, 5, "vectors are missing");
    }

    function matchBatch(uint256[] calldata inputs, string calldata file, uint256 i) external view {
        uint256[] memory totals = VM.parseJsonUintArray(file, _batch(i, ".statement.totals_ppm"));
        uint256 classes = VM.parseJsonUint(file, _batch(i, ".classes"));
        (uint256 start, uint256 width) = PublicInputs.requireBatchCount(
            inputs.length, classes, totals.length, VM.parseJsonUint(file, _batch(i, ".slots"))
        );
        uint256[] memory words = inputs;
        words.requireAt(0, VM.parseJsonUint(file, _batch(i, ".statement.model_commitment")));
        words.requireAt(1, VM.parseJsonUint(file, _batch(i, ".statement.index_commitment")));
        uint256 slot;
        for (; VM.keyExistsJson(file, _query(i, slot)); ++slot) {
            _matchQuery(words, start + slot * width, classes, file, _query(i, slot));
        }
        inputs.requireEmpty(start + slot * width);
        uint256 attributed = VM.parseJsonUint(file, _batch(i, ".attributed"));
        VM.assertEq(keccak256(abi.encode(words.readTotals(totals.length, attributed))), keccak256(abi.encode(totals)));
    }

    function _batch(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat("$.cases[", VM.toString(i), "]", field);
    }

    function _matchQuery(
        uint256[] memory words,
        uint256 position,
        uint256 classes,
        string calldata file,
        string memory query
    ) private pure {
        words.requireAt(position, VM.parseJsonUint(file, string.concat(query, ".context")));
        words.requireAt(position + 1, VM.parseJsonUint(file, string.concat(query, ".input_commitment")));
        (uint256 class, bool unattributed) = words.readOutput(position + 2, classes);
        VM.assertEq(class, VM.parseJsonUint(file, string.concat(query, ".output")));
        VM.assertEq(unattributed, VM.parseJsonBool(file, string.concat(query, ".unattributed")));
        VM.assertEq(unattributed, words.isUnattributed(position + 2));
    }

    function _query(uint256 i, uint256 slot) private pure returns (string memory) {
        return _batch(i, string.concat(".statement.queries[", VM.toString(slot), "]"));
    }

    function payeesDigest(Listed calldata listed) external pure returns (bytes32) {
        return IndexHeader.payeesDigest(listed.names, listed.payees);
    }

    function digest(Header calldata header, uint256 model, Listed calldata listed) external pure returns (uint256) {
        return IndexHeader.digest(header, model, listed.names, listed.payees);
    }

    function requireSound(Header calldata header) external pure {
        IndexHeader.requireSound(header);
    }

    function _header(string memory file, uint256 i) private pure returns (Header memory) {
        return Header({
            method: _method(VM.parseJsonString(file, _at(i, ".header.method"))),
            datasetRoot: VM.parseJsonUint(file, _at(i, ".header.dataset_root")),
            rows: VM.parseJsonUint(file, _at(i, ".header.rows")),
            lam: VM.parseJsonUint(file, _at(i, ".header.lam")),
            sigma: VM.parseJsonUint(file, _at(i, ".header.sigma")),
            eta: VM.parseJsonUint(file, _at(i, ".header.eta")),
            epsilon: VM.parseJsonUint(file, _at(i, ".header.epsilon")),
            normSum: VM.parseJsonUint(file, _at(i, ".header.norm_sum")),
            admitted: VM.parseJsonUint(file, _at(i, ".header.admitted")),
            validation: VM.parseJsonUint(file, _at(i, ".header.validation")),
            right: VM.parseJsonUint(file, _at(i, ".header.right")),
            validationRight: VM.parseJsonUint(file, _at(i, ".header.validation_right")),
            headNorm: VM.parseJsonUint(file, _at(i, ".header.head_norm")),
            registrar: VM.parseJsonAddress(file, _at(i, ".header.registrar")),
            contributorsPpm: VM.parseJsonUint(file, _at(i, ".header.contributors_ppm"))
        });
    }

    function _method(string memory name) private pure returns (uint256) {
        string[4] memory names = ["tracin", "representer", "influence", "group-newton"];
        for (uint256 i; i < 4; ++i) {
            if (keccak256(bytes(names[i])) == keccak256(bytes(name))) return i + 1;
        }
        return 0;
    }

    /// The list of payees whose digest the vectors give.
    function _payeesOf(uint256 expected) private view returns (Listed memory) {
        string memory file = VM.readFile(string.concat(FOLDER, "payees.json"));
        uint256 i;
        while (VM.parseJsonUint(file, _at(i, ".digest")) != expected) ++i;
        return _payees(file, i);
    }

    function _payees(string memory file, uint256 i) private view returns (Listed memory listed) {
        uint256 count;
        while (VM.keyExistsJson(file, _payee(i, count, ""))) ++count;
        (listed.names, listed.payees) = (new string[](count), new address[](count));
        for (uint256 j; j < count; ++j) {
            listed.names[j] = VM.parseJsonString(file, _payee(i, j, ".name"));
            listed.payees[j] = VM.parseJsonAddress(file, _payee(i, j, ".address"));
        }
    }

    function _payee(uint256 i, uint256 j, string memory field) private pure returns (string memory) {
        return _at(i, string.concat(".payees[", VM.toString(j), "]", field));
    }

    function _at(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat("$[", VM.toString(i), "]", field);
    }
}
