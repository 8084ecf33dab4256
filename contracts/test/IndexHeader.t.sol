// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Header, IndexHeader} from "../src/IndexHeader.sol";
import {Poseidon13} from "../src/Poseidon13.sol";
import {Poseidon13Constants} from "../src/Poseidon13Constants.sol";
import {Test} from "./support/Test.sol";

/// Vectors come from tools/vectors.py.
contract IndexHeaderTest is Test {
    struct Case {
        Header header;
        uint256 model;
        string[] names;
        address[] payees;
    }

    string private _vectors;

    function setUp() public {
        _vectors = VM.readFile("test/vectors/subjects.json");
    }

    function test_subjects_match_the_vectors() public {
        address constants = address(new Poseidon13Constants());
        uint256 count;
        for (; VM.keyExistsJson(_vectors, _key(count, "")); ++count) {
            Case memory given = _read(count);
            VM.assertEq(uint256(this.payeesDigest(given)), VM.parseJsonUint(_vectors, _key(count, ".payeesDigest")));
            uint256 header = this.digest(given);
            VM.assertEq(header, VM.parseJsonUint(_vectors, _key(count, ".headerDigest")));
            uint256 table = VM.parseJsonUint(_vectors, _key(count, ".tableCommitment"));
            uint256 commitment = Poseidon13.indexCommitment(constants, header, table);
            VM.assertEq(commitment, VM.parseJsonUint(_vectors, _key(count, ".indexCommitment")));
            this.requireSound(given.header);
        }
        VM.assertEq(count, 3);
    }

    function testFuzz_every_field_changes_the_digest(uint256 field, uint256 other) public view {
        Case memory given = _read(2);
        uint256 before = this.digest(given);
        uint256[15] memory words = abi.decode(abi.encode(given.header), (uint256[15]));
        field = between(field, 0, 15);
        // forge-lint: disable-next-line(unsafe-typecast)
        if (field == 13) other = uint160(other); // the registrar
        if (field == 15) {
            VM.assume(other != given.model);
            given.model = other;
        } else {
            VM.assume(other != words[field]);
            words[field] = other;
            given.header = abi.decode(abi.encode(words), (Header));
        }
        VM.assertNotEq(this.digest(given), before);
    }

    function testFuzz_every_payee_name_and_place_changes_the_digest(uint256 i, uint256 j) public view {
        Case memory given = _read(2);
        uint256 before = this.digest(given);
        (i, j) = (between(i, 0, 11), between(j, 0, 11));
        VM.assume(i != j);

        given.payees[i] = address(uint160(given.payees[i]) ^ 1);
        VM.assertNotEq(this.digest(given), before);

        given = _read(2);
        given.names[i] = string.concat(given.names[i], "x");
        VM.assertNotEq(this.digest(given), before);

        given = _read(2);
        (given.payees[i], given.payees[j]) = (given.payees[j], given.payees[i]);
        (given.names[i], given.names[j]) = (given.names[j], given.names[i]);
        VM.assertNotEq(this.digest(given), before);
    }

    function test_refuses_what_contradicts_itself() public {
        _refuses(0, 0, "method");
        _refuses(0, 5, "method"); // removal is taken, but not yet proven
        _refuses(2, 0, "rows");
        _refuses(2, (1 << 21) + 1, "rows");
        _refuses(3, 1 << 32, "lam");
        _refuses(4, 67, "sigma");
        _refuses(5, 1 << 32, "eta");
        _refuses(6, 1 << 128, "epsilon");
        _refuses(7, 1 << 128, "norm sum");
        _refuses(8, 0, "admitted");
        _refuses(8, 257, "admitted");
        _refuses(9, (1 << 21) - 255, "validation");
        _refuses(10, 257, "right");
        _refuses(11, 51, "validation right");
        _refuses(12, 1 << 64, "head norm");
        _refuses(14, 1_000_001, "contributors ppm");
    }

    function test_refuses_newton_fields_of_other_methods() public {
        Header memory header = _read(0).header;
        header.sigma = 68;
        VM.expectRevert(abi.encodeWithSelector(IndexHeader.BadHeader.selector, "sigma", 68));
        this.requireSound(header);
        header.sigma = 0;
        header.eta = 1;
        VM.expectRevert(abi.encodeWithSelector(IndexHeader.BadHeader.selector, "eta", 1));
        this.requireSound(header);
    }

    function digest(Case calldata given) external pure returns (uint256) {
        return IndexHeader.digest(given.header, given.model, given.names, given.payees);
    }

    function payeesDigest(Case calldata given) external pure returns (bytes32) {
        return IndexHeader.payeesDigest(given.names, given.payees);
    }

    function requireSound(Header calldata header) external pure {
        IndexHeader.requireSound(header);
    }

    function _refuses(uint256 field, uint256 value, string memory name) private {
        uint256[15] memory words = abi.decode(abi.encode(_read(2).header), (uint256[15]));
        words[field] = value;
        Header memory header = abi.decode(abi.encode(words), (Header));
        VM.expectRevert(abi.encodeWithSelector(IndexHeader.BadHeader.selector, name, value));
        this.requireSound(header);
    }

    function _read(uint256 i) private view returns (Case memory given) {
        uint256[] memory words = VM.parseJsonUintArray(_vectors, _key(i, ".header"));
        VM.assertEq(words.length, 15);
        given.header = abi.decode(abi.encodePacked(words), (Header));
        given.model = VM.parseJsonUint(_vectors, _key(i, ".modelCommitment"));
        given.names = VM.parseJsonStringArray(_vectors, _key(i, ".names"));
        uint256[] memory payees = VM.parseJsonUintArray(_vectors, _key(i, ".payees"));
        given.payees = new address[](payees.length);
        for (uint256 p; p < payees.length; ++p) {
            given.payees[p] = address(uint160(payees[p]));
        }
    }

    function _key(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".cases[", VM.toString(i), "]", field);
    }
}
