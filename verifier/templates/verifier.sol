// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity {{ crate::solidity::COMPILER_VERSION }};

// {{ title }}
{% for chunk in chunks %}
/// @title Part {{ chunk.number }} of the key of {{ name }}
/// @notice Its code is data behind a STOP; it does nothing.
contract {{ name }}Key{{ chunk.number }} {
    constructor() {
        bytes memory code = hex"{{ chunk.code }}";
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}
{% endfor %}
/// @title Verifier of one plan
/// @notice Rendered by `tribute export` from a plan. {% if chunks.is_empty() %}It holds the key as constants{% else %}It reads the key from contracts whose code it pins{% endif %}: the plan is the source, not this file.
/// @dev PLONK with SHPLONK openings over BN254. The algorithm, the order of challenges and all encodings are in docs/formats.md, sections 8 and 10.
/// Compile with the optimizer on, without the IR pipeline.
contract {{ name }} {
    // [tau]_2 of the SRS, as the pairing takes it.
    uint256 private constant TAU_X1 = {{ s_g2[0] }};
    uint256 private constant TAU_X0 = {{ s_g2[1] }};
    uint256 private constant TAU_Y1 = {{ s_g2[2] }};
    uint256 private constant TAU_Y0 = {{ s_g2[3] }};
    /// @notice Whether the keys come from an SRS of no known ceremony, whose secret its maker may know: the constants of
    /// the pairing are compared with those of the known ceremonies.
    bool public constant UNSAFE_SRS = {{ unknown }};
{%- match trusted %}
{%- when Some(digest) %}
    /// @notice Digest of that SRS, which whoever rendered this contract trusts by name: nothing here shows that its secret is unknown.
    bytes32 public constant TRUSTED_SRS = {{ digest }};
{%- when None %}
{%- endmatch %}
    /// @notice Digest of the plan.
    bytes32 public constant PLAN_DIGEST = {{ digest }};
    /// @notice Exact number of public inputs.
    uint256 public constant INSTANCES = {{ instances }};
    /// @notice Exact number of bytes of a proof.
    uint256 public constant PROOF_BYTES = {{ proof_bytes }};
{%- match link %}
{%- when Some(link) %}
    /// @notice Number of columns, the first ones of a proof, {% if link.checked %}that a proof is linked by{% else %}that proofs of other plans are linked to{% endif %}.
    uint256 public constant LINKED_COLUMNS = {{ link.columns }};
    /// @notice Digest of what these columns are. Proofs can be linked where it is the same.
    bytes32 public constant LINK_LAYOUT = {{ link.layout }};
{%- when None %}
{%- endmatch %}
{%- match circuit %}
{%- when Some(circuit) %}
    /// @notice What a proof is about: 32 bits each, from the lowest, of profile, residual (1 of the returned class, 2 one-hot), inputs, features
    /// of the head, classes, contributors and most queries that a proof answers.
    uint256 public constant CIRCUIT = {{ circuit }};
{%- when None %}
{%- endmatch %}

    /// @notice An unsafe SRS proves nothing: its verifier is for development chains only.
    error UnsafeSrs(uint256 chain);

    // Order of the group, modulus of its coordinates.
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    // The domain of 2^{{ k }} rows.
{%- for number in numbers %}
    uint256 private constant {{ number.name }} = {{ number.value }};
{%- endfor %}

    // The key: first scalar of the transcript, commitments of fixed columns and of the permutation.
{%- for constant in key %}
    uint256 private constant {{ constant.name }} = {{ constant.value }};
{%- endfor %}

    // Places in calldata.
{%- for place in places %}
    uint256 private constant {{ place.name }} = {{ place.value }};
{%- endfor %}

    // Words of memory, above what Solidity uses; nothing returns to Solidity that has touched them.
{%- for word in words %}
    uint256 private constant {{ word.name }} = {{ word.value }};
{%- endfor %}

{%- for chunk in chunks %}

    /// @notice Part {{ chunk.number }} of the key.
    address public immutable KEY_{{ chunk.number }};
    // Its code, its bytes behind the first one, and where they go in memory.
    bytes32 private constant KEY_HASH_{{ chunk.number }} = {{ chunk.hash }};
    uint256 private constant KEY_BYTES_{{ chunk.number }} = {{ chunk.bytes }};
    uint256 private constant KEY_PLACE_{{ chunk.number }} = {{ chunk.place }};
{%- endfor %}
{% if !chunks.is_empty() %}
    /// @notice A contract that is not the part of the key it was given for.
    error WrongKey(address key);
{% endif %}
{%- if (unsafe_srs && trusted.is_none()) || !chunks.is_empty() %}
    /// @dev {% if unsafe_srs && trusted.is_none() %}Refuses chains where somebody could take the proofs for worth something.{% endif %}{% if !chunks.is_empty() %} Pins the key.{% endif %}
    constructor({% for chunk in chunks %}{% if !loop.first %}, {% endif %}address key{{ chunk.number }}{% endfor %}) {
{%- if unsafe_srs && trusted.is_none() %}
        uint256 chain = block.chainid;
        if (UNSAFE_SRS && {{ chains }}) revert UnsafeSrs(chain);
{%- endif %}
{%- for chunk in chunks %}
        if (key{{ chunk.number }}.codehash != KEY_HASH_{{ chunk.number }}) revert WrongKey(key{{ chunk.number }});
        KEY_{{ chunk.number }} = key{{ chunk.number }};
{%- endfor %}
    }
{% endif %}
    /// @notice Returns whether the proof holds for the public inputs. Everything malformed returns false before any precompile runs.
    /// @param proof The proof, exactly `PROOF_BYTES` long.
    /// @param instances The public inputs, exactly `INSTANCES` of them, each below the order of the group{% if linked %}; behind them the registered
    /// commitments, two coordinates for each of `LINKED_COLUMNS`{% endif %}.
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view returns (bool accepted) {
        if (!_isCanonical(proof, instances)) return false;
{%- for chunk in chunks %}
        {
            address key = KEY_{{ chunk.number }};
            bytes32 hash = KEY_HASH_{{ chunk.number }};
            assembly ("memory-safe") {
                if iszero(eq(extcodehash(key), hash)) {
                    mstore(0x00, 0)
                    return(0x00, 0x20)
                }
                extcodecopy(key, KEY_PLACE_{{ chunk.number }}, 1, KEY_BYTES_{{ chunk.number }})
            }
        }
{%- endfor %}

        assembly ("memory-safe") {
            // Ends with false.
            function refuse() {
                mstore(0x00, 0)
                return(0x00, 0x20)
            }

            // Every word from `at` to `end` is below the order of the group.
            function requireScalars(at, end) {
                let p := P
                let valid := 1
                for {} lt(at, end) { at := add(at, 0x20) } { valid := and(valid, lt(calldataload(at), p)) }
                if iszero(valid) { refuse() }
            }

            // Every point from `at` to `end` is canonical and satisfies y^2 = x^3 + 3, which (0, 0) does not.
            function requirePoints(at, end) {
                let q := Q
                let valid := 1
                for {} lt(at, end) { at := add(at, 0x40) } {
                    let x := calldataload(at)
                    let y := calldataload(add(at, 0x20))
                    let cubic := addmod(mulmod(mulmod(x, x, q), x, q), 3, q)
                    valid := and(and(valid, eq(mulmod(y, y, q), cubic)), and(lt(x, q), lt(y, q)))
                }
                if iszero(valid) { refuse() }
            }

            // Draws a challenge after absorbing bytes of calldata. The state is the last digest.
            function squeezeAfter(at, length) -> challenge {
                calldatacopy(add(STATE, 0x20), at, length)
                let digest := keccak256(STATE, add(length, 0x20))
                mstore(STATE, digest)
                challenge := mod(digest, P)
            }

            // Draws a challenge with nothing absorbed since the last one.
            function squeezeAgain() -> challenge {
                mstore8(add(STATE, 0x20), 1)
                let digest := keccak256(STATE, 0x21)
                mstore(STATE, digest)
                challenge := mod(digest, P)
            }

            // Sums a_i omega^i / (x - omega^i) over the public inputs a_i, as minus a fraction. `power` is minus the first omega^i.
            function sumInstances(power) -> numerator, denominator {
                let p := P
                let x := mload(X)
                denominator := 1
                for { let input := PUBLIC_INPUTS } lt(input, PUBLIC_INPUTS_END) { input := add(input, 0x20) } {
                    let distance := addmod(x, power, p)
                    let term := mulmod(mulmod(calldataload(input), power, p), denominator, p)
                    numerator := addmod(mulmod(numerator, distance, p), term, p)
                    denominator := mulmod(denominator, distance, p)
                    power := mulmod(power, OMEGA, p)
                }
            }
{%- if !products.is_empty() %}

            // The same over rows that are not usable, with 1 in place of the a_i.
            function sumUnusable() -> numerator, denominator {
                let p := P
                let x := mload(X)
                let power := MINUS_LAST_POWER
                denominator := 1
                for { let i := 0 } lt(i, {{ unusable }}) { i := add(i, 1) } {
                    let distance := addmod(x, power, p)
                    numerator := addmod(mulmod(numerator, distance, p), mulmod(power, denominator, p), p)
                    denominator := mulmod(denominator, distance, p)
                    power := mulmod(power, OMEGA, p)
                }
            }
{%- endif %}

            // Inverts all words from INVERSES on with one exponentiation. None of them may be zero.
            function invertAll() {
                let p := P
                let product := 1
                let prefix := PREFIXES
                for { let at := INVERSES } lt(at, PREFIXES) { at := add(at, 0x20) } {
                    mstore(prefix, product)
                    product := mulmod(product, mload(at), p)
                    prefix := add(prefix, 0x20)
                }
                if iszero(product) { refuse() }
                mstore(TOTAL, 0x20)
                mstore(add(TOTAL, 0x20), 0x20)
                mstore(add(TOTAL, 0x40), 0x20)
                mstore(add(TOTAL, 0x60), product)
                mstore(add(TOTAL, 0x80), sub(p, 2))
                mstore(add(TOTAL, 0xa0), p)
                if iszero(staticcall(gas(), 0x05, TOTAL, 0xc0, TOTAL, 0x20)) { refuse() }
                let inverse := mload(TOTAL)
                for { let at := sub(PREFIXES, 0x20) } iszero(lt(at, INVERSES)) { at := sub(at, 0x20) } {
                    prefix := sub(prefix, 0x20)
                    let value := mload(at)
                    mstore(at, mulmod(inverse, mload(prefix), p))
                    inverse := mulmod(inverse, value, p)
                }
            }
{%- if linked || !interpreted %}

            // Multiplies the sum by SCALAR and adds a point of the proof. What an `and` joins is computed from the right.
            function foldProof(at) {
                calldatacopy(ADDEND, at, 0x40)
                let multiplied := staticcall(gas(), 0x07, SUM, 0x60, SUM, 0x40)
                if iszero(and(staticcall(gas(), 0x06, ADDEND, 0x80, SUM, 0x40), multiplied)) { refuse() }
            }
{%- endif %}
{%- if chunks.is_empty() %}

            // The same with a point of the key.
            function foldPoint(x, y) {
                mstore(ADDEND, x)
                mstore(add(ADDEND, 0x20), y)
                let multiplied := staticcall(gas(), 0x07, SUM, 0x60, SUM, 0x40)
                if iszero(and(staticcall(gas(), 0x06, ADDEND, 0x80, SUM, 0x40), multiplied)) { refuse() }
            }
{%- endif %}

            // {% if linked || !interpreted %}The same with{% else %}Multiplies the sum by SCALAR and adds{% endif %} a point in memory.
            function foldMemory(at) {
                mcopy(ADDEND, at, 0x40)
                let multiplied := staticcall(gas(), 0x07, SUM, 0x60, SUM, 0x40)
                if iszero(and(staticcall(gas(), 0x06, ADDEND, 0x80, SUM, 0x40), multiplied)) { refuse() }
            }

            // Multiplies the sum and adds it to the total.
            function addToTotal(scalar) {
                mstore(SCALAR, scalar)
                mcopy(ADDEND, TOTAL, 0x40)
                let multiplied := staticcall(gas(), 0x07, SUM, 0x60, SUM, 0x40)
                if iszero(and(staticcall(gas(), 0x06, ADDEND, 0x80, TOTAL, 0x40), multiplied)) { refuse() }
            }
{%- if linked %}

            // Subtracts a registered commitment from the sum.
            function subtract(at) {
                mstore(ADDEND, calldataload(at))
                mstore(add(ADDEND, 0x20), sub(Q, calldataload(add(at, 0x20))))
                if iszero(staticcall(gas(), 0x06, ADDEND, 0x80, SUM, 0x40)) { refuse() }
            }

            // Puts a multiple of a base in place of the sum.
            function scaleBase(x, y, scalar) {
                mstore(SUM, x)
                mstore(add(SUM, 0x20), y)
                mstore(SCALAR, scalar)
                if iszero(staticcall(gas(), 0x07, SUM, 0x60, SUM, 0x40)) { refuse() }
            }
{%- endif %}

            // Canonical words only{% if linked %}: proof, link, public inputs, registered commitments{% endif %}.
            requirePoints(PROOF, SCALARS)
            requireScalars(SCALARS, OPENING_QUOTIENT)
{%- if linked %}
            requirePoints(OPENING_QUOTIENT, LINK_RESPONSES)
            requireScalars(LINK_RESPONSES, sub(PUBLIC_INPUTS, 0x20))
            requireScalars(PUBLIC_INPUTS, PUBLIC_INPUTS_END)
            requirePoints(PUBLIC_INPUTS_END, CALLDATA_END)
{%- else %}
            requirePoints(OPENING_QUOTIENT, sub(PUBLIC_INPUTS, 0x20))
            requireScalars(PUBLIC_INPUTS, PUBLIC_INPUTS_END)
{%- endif %}

            // Challenges. The first state is the plan's scalar and the public inputs.
            mstore(STATE, TRANSCRIPT_REPR)
{%- for squeeze in squeezes %}
{%- if loop.first %}
            {
                let length := sub(PUBLIC_INPUTS_END, PUBLIC_INPUTS)
                calldatacopy(add(STATE, 0x20), PUBLIC_INPUTS, length)
                calldatacopy(add(add(STATE, 0x20), length), PROOF, {{ squeeze.length }})
                let digest := keccak256(STATE, add(add(length, 0x20), {{ squeeze.length }}))
                mstore(STATE, digest)
{%- match squeeze.target %}
{%- when Some(target) %}
                mstore({{ target }}, mod(digest, P))
{%- when None %}
{%- endmatch %}
            }
{%- else if squeeze.length == 0 %}
{%- match squeeze.target %}
{%- when Some(target) %}
            mstore({{ target }}, squeezeAgain())
{%- when None %}
            pop(squeezeAgain()) // the challenge of lookup arguments, of which there are none
{%- endmatch %}
{%- else %}
{%- match squeeze.target %}
{%- when Some(target) %}
            mstore({{ target }}, squeezeAfter({{ squeeze.at }}, {{ squeeze.length }}))
{%- when None %}
            pop(squeezeAfter({{ squeeze.at }}, {{ squeeze.length }})) // the challenge of lookup arguments
{%- endmatch %}
{%- endif %}
{%- endfor %}

            // Distances of the opening's challenge to all points, and everything that is divided by.
            {
                let p := P
                let x := mload(X)
                let xn := x
{%- for _ in 0..k %}
                xn := mulmod(xn, xn, p)
{%- endfor %}
                mstore(X_N, xn)
                mstore(INVERSES, addmod(xn, sub(p, 1), p))
                mstore(add(INVERSES, 0x20), x)
                let u := mload(OPENING_U)
{%- if interpreted %}
                for { let at := DISTANCES let power := POWERS } lt(at, DISTANCES_END) { at := add(at, 0x20) } {
                    mstore(at, addmod(u, sub(p, mulmod(x, mload(power), p)), p))
                    power := add(power, 0x20)
                }
                writeFactors()
                mstore(add(INVERSES, 0x40), mload(FACTORS))
{%- else %}
{%- for power in rotation_powers %}
                // rotation {{ rotations[loop.index0] }}
                mstore(DISTANCE_{{ loop.index0 }}, addmod(u, sub(p, mulmod(x, {{ power }}, p)), p))
{%- endfor %}

                // What lies outside of each set of points.
{%- for set in sets %}
                {
                    let outside := 1
{%- for number in set.outside.iter() %}
                    outside := mulmod(outside, mload(DISTANCE_{{ number }}), p)
{%- endfor %}
                    mstore(FACTOR_{{ loop.index0 }}, outside)
                }
{%- endfor %}
                mstore(add(INVERSES, 0x40), mload(FACTOR_0))
{%- endif %}
{%- for query in instance_queries %}
                {
                    let numerator, denominator := sumInstances({{ query.power }})
                    mstore(INSTANCE_{{ query.number }}, numerator)
                    mstore(INSTANCE_INVERSE_{{ query.number }}, denominator)
                }
{%- endfor %}
{%- if !products.is_empty() %}
                {
                    let numerator, denominator := sumUnusable()
                    mstore(ACTIVE_ROWS, numerator)
                    mstore(ACTIVE_INVERSE, denominator)
                }
                mstore(FIRST_ROW, addmod(1, sub(p, x), p))
                mstore(LAST_ROW, sub(p, addmod(x, MINUS_LAST_POWER, p)))
{%- endif %}
                invertAll()

                // Lagrange polynomials: the fractions times (1 - x^n) / n.
                let factor := mulmod(addmod(1, sub(p, xn), p), ROWS_INVERSE, p)
{%- for query in instance_queries %}
                mstore(INSTANCE_{{ query.number }}, mulmod(mulmod(mload(INSTANCE_{{ query.number }}), mload(INSTANCE_INVERSE_{{ query.number }}), p), factor, p))
{%- endfor %}
{%- if !products.is_empty() %}
                mstore(FIRST_ROW, mulmod(mload(FIRST_ROW), factor, p))
                mstore(LAST_ROW, mulmod(mulmod(mload(LAST_ROW), sub(p, MINUS_LAST_POWER), p), factor, p))
                mstore(ACTIVE_ROWS, addmod(1, sub(p, mulmod(mulmod(mload(ACTIVE_ROWS), mload(ACTIVE_INVERSE), p), factor, p)), p))
{%- endif %}
            }

{%- if interpreted %}
{%- include "interpreted.sol" %}
{%- else %}
{%- include "unrolled.sol" %}
{%- endif %}

            // Minus the claimed values, minus the vanishing polynomial of the first set times the opening's quotient, plus u times the last point.
            {
                let p := P
                mstore(SUM, 1)
                mstore(add(SUM, 0x20), 2)
                addToTotal(sub(p, constant))
                let vanishing := 1
{%- if interpreted %}
                for { let at := add(SETS, 4) let end := add(at, shl(2, shr(240, mload(SETS)))) } lt(at, end) { at := add(at, 4) } {
                    vanishing := mulmod(vanishing, mload(wordAt(at)), p)
                }
{%- else %}
{%- for number in first_points %}
                vanishing := mulmod(vanishing, mload(DISTANCE_{{ number }}), p)
{%- endfor %}
{%- endif %}
                calldatacopy(SUM, OPENING_QUOTIENT, 0x40)
                addToTotal(sub(p, vanishing))
                calldatacopy(SUM, OPENING_PROOF, 0x40)
                addToTotal(mload(OPENING_U))
            }

{%- match link %}
{%- when Some(link) %}
{%- if link.checked %}

            // The link: D, the difference between the first points of the proof and the registered ones, is of the last two rows. The
            // transcript goes on behind the last point.
            {
                let length := sub(CALLDATA_END, PUBLIC_INPUTS_END)
                calldatacopy(add(STATE, 0x20), OPENING_PROOF, 0x40)
                mstore(add(STATE, 0x60), LINK_LAYOUT)
                calldatacopy(add(STATE, 0x80), PUBLIC_INPUTS_END, length)
                let digest := keccak256(STATE, add(length, 0x80))
                mstore(STATE, digest)
                mstore(SCALAR, mod(digest, P))
                let at := sub(length, 0x40)
                calldatacopy(SUM, add(PROOF, at), 0x40)
                subtract(add(PUBLIC_INPUTS_END, at))
{%- if link.columns > 1 %}
                for {} at {} {
                    at := sub(at, 0x40)
                    foldProof(add(PROOF, at))
                    subtract(add(PUBLIC_INPUTS_END, at))
                }
{%- endif %}
                if iszero(or(mload(SUM), mload(add(SUM, 0x20)))) { refuse() }

                // T + e D = z_0 B_0 + z_1 B_1
                mcopy(add(STATE, 0x20), SUM, 0x40)
                calldatacopy(add(STATE, 0x60), LINK_POINT, 0x40)
                mstore(SCALAR, mod(keccak256(STATE, 0xa0), P))
                foldProof(LINK_POINT)
                let x := mload(SUM)
                let y := mload(add(SUM, 0x20))
                scaleBase({{ link.bases[0][0] }}, {{ link.bases[0][1] }}, calldataload(LINK_RESPONSES))
                mcopy(ADDEND, SUM, 0x40)
                scaleBase({{ link.bases[1][0] }}, {{ link.bases[1][1] }}, calldataload(add(LINK_RESPONSES, 0x20)))
                if iszero(staticcall(gas(), 0x06, ADDEND, 0x80, SUM, 0x40)) { refuse() }
                if iszero(and(eq(mload(SUM), x), eq(mload(add(SUM, 0x20)), y))) { refuse() }
            }
{%- endif %}
{%- when None %}
{%- endmatch %}

            // e(total, g2) = e(last point, s g2)
            mstore(add(TOTAL, 0x40), {{ g2[0] }})
            mstore(add(TOTAL, 0x60), {{ g2[1] }})
            mstore(add(TOTAL, 0x80), {{ g2[2] }})
            mstore(add(TOTAL, 0xa0), {{ g2[3] }})
            calldatacopy(add(TOTAL, 0xc0), OPENING_PROOF, 0x20)
            mstore(add(TOTAL, 0xe0), sub(Q, calldataload(add(OPENING_PROOF, 0x20))))
            mstore(add(TOTAL, 0x100), TAU_X1)
            mstore(add(TOTAL, 0x120), TAU_X0)
            mstore(add(TOTAL, 0x140), TAU_Y1)
            mstore(add(TOTAL, 0x160), TAU_Y0)
            mstore(0x00, 0)
            accepted := staticcall(gas(), 0x08, TOTAL, 0x180, 0x00, 0x20)
            accepted := and(accepted, eq(mload(0x00), 1))
        }
    }

    /// @dev One encoding for one call: exact lengths, no moved offsets, nothing missing and nothing behind.
    function _isCanonical(bytes calldata proof, uint256[] calldata instances) private pure returns (bool canonical) {
        assembly ("memory-safe") {
            canonical := and(eq(proof.offset, PROOF), eq(proof.length, PROOF_BYTES))
            canonical := and(canonical, and(eq(instances.offset, PUBLIC_INPUTS), eq(instances.length, {% if linked %}PUBLIC_WORDS{% else %}INSTANCES{% endif %})))
            canonical := and(canonical, eq(calldatasize(), CALLDATA_END))
        }
    }
}
