// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "./Shares.sol";

/// @title Reads the public inputs of an inference proof (docs/formats.md, section 7)
/// @notice `[context, model, index, input, output .., weights ..]`. The circuit proves every range; this library checks again whatever
/// money rests on, and refuses a layout other than the registered one.
library PublicInputs {
    /// Another number of public inputs than the registered shape has.
    error WrongCount(uint256 expected, uint256 actual);
    /// The proof is about something else: 0 context, 1 model, 2 index, 3 input.
    error WrongBinding(uint256 position, uint256 expected, uint256 actual);
    /// Bits are set that no value takes.
    error UnusedBits(uint256 position);
    /// The class is not one of the model's.
    error WrongClass(uint256 class);
    /// The weights sum neither to one million nor, with the flag set, to zero.
    error WeightsDoNotSum(uint256 sum, bool unattributed);

    /// What a proof says about one request.
    struct Outcome {
        uint256 class;
        bool unattributed;
        /// Parts per million in registry order.
        uint256[] weights;
    }

    uint256 private constant BINDINGS = 4;
    uint256 private constant LOGITS_PER_WORD = 10;
    uint256 private constant LOGIT_BITS = 24;
    uint256 private constant LOGITS_AT = 9;
    uint256 private constant BELOW_LOGITS = 0x1ff;
    uint256 private constant CLASS_MASK = 0xff;
    uint256 private constant FLAG_AT = 8;
    uint256 private constant WEIGHTS_PER_WORD = 12;
    uint256 private constant WEIGHT_BITS = 20;
    uint256 private constant WEIGHT_MASK = 0xfffff;

    /// Refuses public inputs that are not about exactly this.
    function requireBindings(uint256[] memory inputs, uint256[4] memory expected) internal pure {
        for (uint256 i; i < BINDINGS; ++i) {
            if (inputs[i] != expected[i]) revert WrongBinding(i, expected[i], inputs[i]);
        }
    }

    /// Refuses another number of public inputs than a shape has.
    function requireCount(uint256[] memory inputs, uint256 classes, uint256 contributors) internal pure {
        uint256 expected = BINDINGS + _outputWords(classes) + _weightWords(contributors);
        if (inputs.length != expected) revert WrongCount(expected, inputs.length);
    }

    /// Reads class, flag and weights. {requireCount} must have passed.
    function read(uint256[] memory inputs, uint256 classes, uint256 contributors)
        internal
        pure
        returns (Outcome memory outcome)
    {
        outcome.class = inputs[BINDINGS] & CLASS_MASK;
        if (outcome.class >= classes) revert WrongClass(outcome.class);
        outcome.unattributed = (inputs[BINDINGS] >> FLAG_AT) & 1 == 1;
        _requireUnusedOutputBits(inputs, classes);
        outcome.weights = _weights(inputs, BINDINGS + _outputWords(classes), contributors, outcome.unattributed);
    }

    function _weights(uint256[] memory inputs, uint256 start, uint256 contributors, bool unattributed)
        private
        pure
        returns (uint256[] memory weights)
    {
        weights = new uint256[](contributors);
        uint256 sum = 0;
        uint256 word = 0;
        for (uint256 i; i < contributors; ++i) {
            if (i % WEIGHTS_PER_WORD == 0) word = inputs[start + i / WEIGHTS_PER_WORD];
            weights[i] = word & WEIGHT_MASK;
            sum += weights[i];
            word >>= WEIGHT_BITS;
            bool last = (i + 1) % WEIGHTS_PER_WORD == 0 || i + 1 == contributors;
            if (last && word != 0) revert UnusedBits(start + i / WEIGHTS_PER_WORD);
        }
        if (sum != (unattributed ? 0 : Shares.WHOLE)) revert WeightsDoNotSum(sum, unattributed);
    }

    /// The low nine bits of every output word but the first, and what lies above its last logit, are zero.
    function _requireUnusedOutputBits(uint256[] memory inputs, uint256 classes) private pure {
        uint256 words = _outputWords(classes);
        for (uint256 i; i < words; ++i) {
            uint256 word = inputs[BINDINGS + i];
            uint256 logits = i + 1 == words ? classes - i * LOGITS_PER_WORD : LOGITS_PER_WORD;
            bool high = word >> (LOGITS_AT + logits * LOGIT_BITS) != 0;
            bool low = i != 0 && word & BELOW_LOGITS != 0;
            if (high || low) revert UnusedBits(BINDINGS + i);
        }
    }

    function _outputWords(uint256 classes) private pure returns (uint256) {
        return (classes + LOGITS_PER_WORD - 1) / LOGITS_PER_WORD;
    }

    function _weightWords(uint256 contributors) private pure returns (uint256) {
        return (contributors + WEIGHTS_PER_WORD - 1) / WEIGHTS_PER_WORD;
    }
}
