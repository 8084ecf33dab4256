// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {PublicInputs} from "../src/PublicInputs.sol";
import {Test} from "./support/Test.sol";

/// Vectors come from tools/vectors.py.
contract PublicInputsTest is Test {
    using PublicInputs for uint256[];

    struct Case {
        uint256 classes;
        uint256 class;
        bool unattributed;
        uint256[] weights;
        uint256[] inputs;
    }

    string private _vectors;

    function setUp() public {
        _vectors = VM.readFile("test/vectors/public_inputs.json");
    }

    function test_reads_the_vectors() public view {
        uint256 count;
        for (; VM.keyExistsJson(_vectors, _key(count, "")); ++count) {
            Case memory given = _read(count);
            PublicInputs.Outcome memory outcome = this.read(given);
            VM.assertEq(outcome.class, given.class);
            VM.assertEq(outcome.unattributed, given.unattributed);
            VM.assertEq(keccak256(abi.encode(outcome.weights)), keccak256(abi.encode(given.weights)));
            this.requireBindings(given, [given.inputs[0], given.inputs[1], given.inputs[2], given.inputs[3]]);
        }
        VM.assertEq(count, 6);
    }

    function testFuzz_every_binding_is_compared(uint256 i, uint256 position, uint256 other) public {
        Case memory given = _read(between(i, 0, 5));
        position = between(position, 0, 3);
        uint256[4] memory expected = [given.inputs[0], given.inputs[1], given.inputs[2], given.inputs[3]];
        VM.assume(other != expected[position]);
        expected[position] = other;
        VM.expectRevert(
            abi.encodeWithSelector(PublicInputs.WrongBinding.selector, position, other, given.inputs[position])
        );
        this.requireBindings(given, expected);
    }

    function testFuzz_refuses_another_count(uint256 i, uint256 count) public {
        Case memory given = _read(between(i, 0, 5));
        uint256 right = given.inputs.length;
        count = between(count, 0, 60);
        VM.assume(count != right);
        given.inputs = new uint256[](count);
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WrongCount.selector, right, count));
        this.read(given);
    }

    /// Any single bit but those of a logit or of the class changes what is read, or is refused.
    function testFuzz_no_bit_is_ignored(uint256 i, uint256 position, uint256 bit) public view {
        Case memory given = _read(between(i, 0, 5));
        PublicInputs.Outcome memory before = this.read(given);
        uint256 outputs = (given.classes + 9) / 10;
        position = between(position, 4, given.inputs.length - 1);
        bit = between(bit, 0, 255);
        given.inputs[position] ^= 2 ** bit;
        bool output = position < 4 + outputs;
        bool logit = output && bit >= 9 && bit < 9 + 24 * _logitsIn(given.classes, position - 4);
        bool class = position == 4 && bit < 8;
        try this.read(given) returns (PublicInputs.Outcome memory outcome) {
            VM.assertTrue(logit || class, "a bit was ignored");
            VM.assertEq(outcome.class != before.class, class);
            VM.assertEq(keccak256(abi.encode(outcome.weights)), keccak256(abi.encode(before.weights)));
        } catch {
            VM.assertFalse(logit);
        }
    }

    function test_refuses_bits_above_the_last_logit() public {
        Case memory given = _read(3);
        given.inputs[5] |= 1 << 33; // eleven classes: the second word holds one logit
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.UnusedBits.selector, 5));
        this.read(given);
    }

    function test_refuses_a_flag_in_a_later_word() public {
        Case memory given = _read(3);
        given.inputs[5] |= 1 << 8;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.UnusedBits.selector, 5));
        this.read(given);
    }

    function test_refuses_a_weight_for_nobody() public {
        Case memory given = _read(0);
        given.inputs[5] = (1 << 20) | (1_000_000 - 1);
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.UnusedBits.selector, 5));
        this.read(given);
        given = _read(1);
        given.inputs[5] |= 1 << 240;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.UnusedBits.selector, 5));
        this.read(given);
    }

    function test_refuses_a_class_that_the_model_has_not() public {
        Case memory given = _read(1);
        given.inputs[4] = given.inputs[4] & ~uint256(0xff) | 10;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WrongClass.selector, 10));
        this.read(given);
    }

    function test_refuses_weights_that_do_not_sum() public {
        Case memory given = _read(0);
        given.inputs[5] = 999_999;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WeightsDoNotSum.selector, 999_999, false));
        this.read(given);
        given.inputs[5] = 0;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WeightsDoNotSum.selector, 0, false));
        this.read(given);
    }

    function test_refuses_weights_beside_the_flag() public {
        Case memory given = _read(0);
        given.inputs[4] |= 1 << 8;
        VM.expectRevert(abi.encodeWithSelector(PublicInputs.WeightsDoNotSum.selector, 1_000_000, true));
        this.read(given);
    }

    /// Any single bit of a batch but those of a logit or of a class changes what is read, or is refused. Two slots of three are filled.
    function testFuzz_no_bit_of_a_batch_is_ignored(uint256 seed, uint256 classes, uint256 position, uint256 bit)
        public
        view
    {
        classes = between(classes, 2, 25);
        uint256[] memory inputs = _batch(seed, classes);
        bytes32 before = this.readBatch(inputs, classes);
        position = between(position, 2, inputs.length - 1);
        bit = between(bit, 0, 255);
        inputs[position] ^= 2 ** bit;
        uint256 width = 2 + (classes + 9) / 10;
        uint256 word = position < 4 ? 0 : (position - 4) % width;
        bool output = position >= 4 && position < 4 + 2 * width && word >= 2;
        bool logit = output && bit >= 9 && bit < 9 + 24 * _logitsIn(classes, word - 2);
        try this.readBatch(inputs, classes) returns (bytes32 found) {
            VM.assertTrue(logit || found != before, "a bit was ignored");
        } catch {
            VM.assertFalse(logit);
        }
    }

    /// Digest of all that is read of a batch of nine contributors with two of three slots filled.
    function readBatch(uint256[] calldata inputs, uint256 classes) external pure returns (bytes32) {
        (uint256 start, uint256 width) = PublicInputs.requireBatchCount(inputs.length, classes, 9, 3);
        inputs.requireEmpty(start + 2 * width);
        uint256[] memory words = inputs;
        uint256 attributed;
        bytes memory found;
        for (uint256 i; i < 2; ++i) {
            uint256 slot = start + i * width;
            (uint256 class, bool unattributed) = words.readOutput(slot + 2, classes);
            if (!unattributed) ++attributed;
            found = bytes.concat(found, abi.encode(words[slot], words[slot + 1], class, unattributed));
        }
        return keccak256(bytes.concat(found, abi.encode(words.readTotals(9, attributed))));
    }

    /// Outputs are copied slot by slot, whatever their width.
    function testFuzz_outputs_are_those_of_the_slots(uint256 width, uint256 count) public view {
        width = between(width, 3, 28);
        count = between(count, 0, 20);
        uint256[] memory inputs = new uint256[](5 + 20 * width);
        for (uint256 i; i < inputs.length; ++i) {
            inputs[i] = i;
        }
        uint256[] memory found = this.outputsOf(inputs, 5, width, count);
        VM.assertEq(found.length, count * (width - 2));
        for (uint256 i; i < found.length; ++i) {
            VM.assertEq(found[i], 5 + i / (width - 2) * width + 2 + i % (width - 2));
        }
    }

    function outputsOf(uint256[] calldata inputs, uint256 start, uint256 width, uint256 count)
        external
        pure
        returns (uint256[] memory)
    {
        return inputs.outputs(start, width, count);
    }

    /// Two queries, the first unattributed where the seed is odd, and an empty slot.
    function _batch(uint256 seed, uint256 classes) private pure returns (uint256[] memory inputs) {
        uint256 width = 2 + (classes + 9) / 10;
        inputs = new uint256[](4 + 3 * width);
        uint256 whole = seed & 1 == 1 ? 1_000_000 : 2_000_000;
        (inputs[2], inputs[3]) = ((whole - 5) << 64, 5 << 32);
        for (uint256 i; i < 2; ++i) {
            uint256 slot = 4 + i * width;
            (inputs[slot], inputs[slot + 1]) = (uint256(keccak256(abi.encode(seed, i))), 1 + i);
            for (uint256 word; word < width - 2; ++word) {
                uint256 raw = uint256(keccak256(abi.encode(seed, i, word))) >> (256 - 24 * _logitsIn(classes, word));
                inputs[slot + 2 + word] = raw << 9;
            }
            inputs[slot + 2] |= (seed >> 8) % classes | (i == 0 ? (seed & 1) << 8 : 0);
        }
    }

    function read(Case calldata given) external pure returns (PublicInputs.Outcome memory) {
        uint256[] memory inputs = given.inputs;
        inputs.requireCount(given.classes, given.weights.length);
        return inputs.read(given.classes, given.weights.length);
    }

    function requireBindings(Case calldata given, uint256[4] calldata expected) external pure {
        uint256[] memory inputs = given.inputs;
        inputs.requireBindings(expected);
    }

    function _logitsIn(uint256 classes, uint256 word) private pure returns (uint256) {
        return classes - 10 * word > 10 ? 10 : classes - 10 * word;
    }

    function _read(uint256 i) private view returns (Case memory) {
        return Case({
            classes: VM.parseJsonUint(_vectors, _key(i, ".classes")),
            class: VM.parseJsonUint(_vectors, _key(i, ".class")),
            unattributed: VM.parseJsonBool(_vectors, _key(i, ".unattributed")),
            weights: VM.parseJsonUintArray(_vectors, _key(i, ".weights")),
            inputs: VM.parseJsonUintArray(_vectors, _key(i, ".publicInputs"))
        });
    }

    function _key(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".cases[", VM.toString(i), "]", field);
    }
}
