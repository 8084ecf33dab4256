// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Poseidon13, SCALAR_FIELD} from "../src/Poseidon13.sol";
import {POSEIDON13_CODE_HASH, Poseidon13Constants} from "../src/Poseidon13Constants.sol";
import {Test} from "./support/Test.sol";

/// Vectors come from tools/poseidon13.py, which runs the permutation as the paper states it.
contract Poseidon13Test is Test {
    string private _vectors;
    address private _constants;

    function setUp() public {
        _vectors = VM.readFile("test/vectors/poseidon13.json");
        _constants = address(new Poseidon13Constants());
    }

    function test_constants_are_the_pinned_code() public view {
        VM.assertEq(_constants.codehash, POSEIDON13_CODE_HASH);
        Poseidon13.requireConstants(_constants);
    }

    function test_refuses_other_constants() public {
        bytes memory code = _constants.code;
        code[1000] ^= 0x01;
        VM.etch(address(0xbad), code);
        VM.expectRevert(
            abi.encodeWithSelector(Poseidon13.WrongConstants.selector, address(0xbad), address(0xbad).codehash)
        );
        this.requireConstants(address(0xbad));
    }

    function test_refuses_an_address_without_code() public {
        VM.expectRevert(abi.encodeWithSelector(Poseidon13.WrongConstants.selector, address(0xbad), bytes32(0)));
        this.requireConstants(address(0xbad));
    }

    function test_permutations_match_the_vectors() public view {
        uint256 count;
        for (; VM.keyExistsJson(_vectors, _key("permutations", count, "")); ++count) {
            uint256[] memory given = VM.parseJsonUintArray(_vectors, _key("permutations", count, ".inputs"));
            uint256[12] memory inputs;
            for (uint256 i; i < 12; ++i) {
                inputs[i] = given[i];
            }
            uint256 expected = VM.parseJsonUint(_vectors, _key("permutations", count, ".output"));
            VM.assertEq(Poseidon13.permute(_constants, inputs), expected);
        }
        VM.assertEq(count, 16);
    }

    function test_index_commitments_match_the_vectors() public view {
        uint256 count;
        for (; VM.keyExistsJson(_vectors, _key("indices", count, "")); ++count) {
            uint256 header = VM.parseJsonUint(_vectors, _key("indices", count, ".headerDigest"));
            uint256 table = VM.parseJsonUint(_vectors, _key("indices", count, ".tableCommitment"));
            uint256 expected = VM.parseJsonUint(_vectors, _key("indices", count, ".indexCommitment"));
            VM.assertEq(Poseidon13.indexCommitment(_constants, header, table), expected);
        }
        VM.assertEq(count, 4);
    }

    function test_leaves_memory_as_it_was() public view {
        bytes memory before = "thirty-two bytes stay as they are";
        uint256[12] memory inputs;
        inputs[3] = 5;
        bytes32 digest = keccak256(abi.encode(before, inputs));
        uint256 first = Poseidon13.permute(_constants, inputs);
        VM.assertEq(keccak256(abi.encode(before, inputs)), digest);
        VM.assertEq(Poseidon13.permute(_constants, inputs), first);
    }

    function testFuzz_index_commitment_is_canonical_and_binds_both(uint256 header, uint256 table) public view {
        header %= SCALAR_FIELD - 1;
        table %= SCALAR_FIELD - 1;
        uint256 commitment = Poseidon13.indexCommitment(_constants, header, table);
        VM.assertLt(commitment, SCALAR_FIELD);
        VM.assertNotEq(commitment, Poseidon13.indexCommitment(_constants, header + 1, table));
        VM.assertNotEq(commitment, Poseidon13.indexCommitment(_constants, header, table + 1));
    }

    function test_costs_less_than_250k_gas() public view {
        uint256 before = gasleft();
        uint256 commitment = Poseidon13.indexCommitment(_constants, 1, 2);
        uint256 spent = before - gasleft();
        VM.assertLt(spent, 250_000);
        VM.assertTrue(commitment != 0);
    }

    function requireConstants(address constants) external view {
        Poseidon13.requireConstants(constants);
    }

    function _key(string memory list, uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".", list, "[", VM.toString(i), "]", field);
    }
}
