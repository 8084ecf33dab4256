// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "./Shares.sol";

/// @title Reads the public inputs of an inference proof (docs/formats.md, section 7)
/// @notice Of one query `[context, model, index, input, output .., weights ..]`, of a batch `[model, index, totals .., slot ..]` with slots
/// `[context, input, output ..]`. The circuit proves every range; this library checks again whatever
/// money rests on, and refuses a layout other than the registered one.
library PublicInputs {
    /// Another number of public inputs than the registered shape has.
    error WrongCount(uint256 expected, uint256 actual);
    /// The public input at this position is about something else: another context, model, index or input.
    error WrongBinding(uint256 position, uint256 expected, uint256 actual);
    /// Bits are set that no value takes.
    error UnusedBits(uint256 position);
    /// The class is not one of the model's.
    error WrongClass(uint256 class);
    /// The weights sum neither to one million nor, with the flag set, to zero.
    error WeightsDoNotSum(uint256 sum, bool unattributed);
    /// The totals do not sum to one million for each attributed query.
    error TotalsDoNotSum(uint256 sum, uint256 attributed);
    /// A slot behind the last query is not empty.
    error SlotNotEmpty(uint256 position);

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
    /// Bits of a word that is full of logits.
    uint256 private constant FULL_BITS = LOGITS_AT + LOGITS_PER_WORD * LOGIT_BITS;
    uint256 private constant CLASS_MASK = 0xff;
    uint256 private constant FLAG_AT = 8;
    uint256 private constant WEIGHTS_PER_WORD = 12;
    uint256 private constant WEIGHT_BITS = 20;
    uint256 private constant WEIGHT_MASK = 0xfffff;
    uint256 private constant BATCH_BINDINGS = 2;
    uint256 private constant SLOT_BINDINGS = 2;
    uint256 private constant TOTALS_PER_WORD = 7;
    uint256 private constant TOTAL_BITS = 32;
    uint256 private constant TOTAL_MASK = 0xffffffff;

    /// Refuses public inputs that are not about exactly this.
    function requireBindings(uint256[] memory inputs, uint256[4] memory expected) internal pure {
        for (uint256 i; i < BINDINGS; ++i) {
            requireAt(inputs, i, expected[i]);
        }
    }

    /// Refuses another public input at a position.
    function requireAt(uint256[] memory inputs, uint256 position, uint256 expected) internal pure {
        uint256 actual = inputs[position];
        if (actual != expected) revert WrongBinding(position, expected, actual);
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
        (outcome.class, outcome.unattributed) = readOutput(inputs, BINDINGS, classes);
        outcome.weights = _weights(inputs, BINDINGS + _outputWords(classes), contributors, outcome.unattributed);
    }

    /// Refuses another number of public inputs than the shape of a batch has; returns where its slots start, and how many words each takes.
    function requireBatchCount(uint256 actual, uint256 classes, uint256 contributors, uint256 queries)
        internal
        pure
        returns (uint256 start, uint256 width)
    {
        start = BATCH_BINDINGS + (contributors + TOTALS_PER_WORD - 1) / TOTALS_PER_WORD;
        width = SLOT_BINDINGS + _outputWords(classes);
        uint256 expected = start + queries * width;
        if (actual != expected) revert WrongCount(expected, actual);
    }

    /// Refuses words from a position on that are not zero.
    function requireEmpty(uint256[] calldata inputs, uint256 start) internal pure {
        for (uint256 i = start; i < inputs.length; ++i) {
            if (inputs[i] != 0) revert SlotNotEmpty(i);
        }
    }

    /// Returns the outputs of the first `count` slots, one after the other.
    function outputs(uint256[] calldata inputs, uint256 start, uint256 width, uint256 count)
        internal
        pure
        returns (uint256[] memory words)
    {
        uint256 kept = width - SLOT_BINDINGS;
        words = new uint256[](count * kept);
        // Bounded by {requireBatchCount}: the slots lie within the inputs.
        assembly ("memory-safe") {
            let source := add(inputs.offset, shl(5, add(start, SLOT_BINDINGS)))
            let target := add(words, 0x20)
            for { let end := add(target, shl(5, mload(words))) } lt(target, end) { target := add(target, shl(5, kept)) }
            {
                calldatacopy(target, source, shl(5, kept))
                source := add(source, shl(5, width))
            }
        }
    }

    /// Reads the totals of a batch. {requireBatchCount} must have passed.
    function readTotals(uint256[] memory inputs, uint256 contributors, uint256 attributed)
        internal
        pure
        returns (uint256[] memory totals)
    {
        totals = new uint256[](contributors);
        uint256 sum = 0;
        uint256 word = 0;
        for (uint256 i; i < contributors; ++i) {
            uint256 position = BATCH_BINDINGS + i / TOTALS_PER_WORD;
            if (i % TOTALS_PER_WORD == 0) word = inputs[position];
            totals[i] = word & TOTAL_MASK;
            sum += totals[i];
            word >>= TOTAL_BITS;
            bool last = (i + 1) % TOTALS_PER_WORD == 0 || i + 1 == contributors;
            if (last && word != 0) revert UnusedBits(position);
        }
        if (sum != Shares.WHOLE * attributed) revert TotalsDoNotSum(sum, attributed);
    }

    /// Reads class and flag of the output whose words start at a position. The low nine bits of every word but the first, and what lies above
    /// its last logit, are zero.
    function readOutput(uint256[] memory inputs, uint256 start, uint256 classes)
        internal
        pure
        returns (uint256 class, bool unattributed)
    {
        uint256 word = inputs[start];
        class = word & CLASS_MASK;
        if (class >= classes) revert WrongClass(class);
        unattributed = (word >> FLAG_AT) & 1 == 1;
        uint256 position = start;
        uint256 logits = classes;
        for (; logits > LOGITS_PER_WORD; logits -= LOGITS_PER_WORD) {
            if (word >> FULL_BITS != 0) revert UnusedBits(position);
            word = inputs[++position];
            if (word & BELOW_LOGITS != 0) revert UnusedBits(position);
        }
        if (word >> (LOGITS_AT + logits * LOGIT_BITS) != 0) revert UnusedBits(position);
    }

    /// Returns the flag of an output that {readOutput} took.
    function isUnattributed(uint256[] memory inputs, uint256 start) internal pure returns (bool) {
        return (inputs[start] >> FLAG_AT) & 1 == 1;
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

    function _outputWords(uint256 classes) private pure returns (uint256) {
        return (classes + LOGITS_PER_WORD - 1) / LOGITS_PER_WORD;
    }

    function _weightWords(uint256 contributors) private pure returns (uint256) {
        return (contributors + WEIGHTS_PER_WORD - 1) / WEIGHTS_PER_WORD;
    }
}
