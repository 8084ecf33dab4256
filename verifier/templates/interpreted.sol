
            // The place that two bytes of the data name: a number of words.
            function wordAt(at) -> word {
                word := shl(5, shr(240, mload(at)))
            }

            // What lies outside of each set of points.
            function writeFactors() {
                let p := P
                let at := OUTSIDE
                for { let factor := FACTORS } lt(factor, FACTORS_END) { factor := add(factor, 0x20) } {
                    let outside := 1
                    let end := add(add(at, 2), shl(1, shr(240, mload(at))))
                    for { at := add(at, 2) } lt(at, end) { at := add(at, 2) } { outside := mulmod(outside, mload(wordAt(at)), p) }
                    mstore(factor, outside)
                }
            }

            // Runs the steps of the gates. A step is an operation (2 bits) and two words (15 bits each); a constraint is combined by
            // powers of y, everything else goes to the next result.
            function runSteps() -> sum {
                let p := P
                let y := mload(Y)
                let result := RESULTS
                for { let at := PROGRAM } lt(at, PROGRAM_END) { at := add(at, 4) } {
                    let step := shr(224, mload(at))
                    let a := mload(and(shr(10, step), 0xfffe0))
                    let b := mload(and(shl(5, step), 0xfffe0))
                    switch shr(30, step)
                    case 0 {
                        mstore(result, addmod(a, b, p))
                        result := add(result, 0x20)
                    }
                    case 1 {
                        mstore(result, mulmod(a, b, p))
                        result := add(result, 0x20)
                    }
                    case 2 {
                        mstore(result, addmod(a, sub(p, b), p))
                        result := add(result, 0x20)
                    }
                    default { sum := addmod(mulmod(sum, y, p), mulmod(a, b, p), p) }
                }
            }

            // Adds a constraint to the combination.
            function constrain(sum, value) -> combined {
                combined := addmod(mulmod(sum, mload(Y), P), value, P)
            }

            // Combines the commitments of a set in SUM, the last first, and returns their values at the opening's challenge. The
            // next set stands at `end`.
            function combineSet(at) -> value, end {
                let p := P
                let y := mload(OPENING_Y)
                let count := shr(240, mload(at))
                let commitments := shr(240, mload(add(at, 2)))
                let points := add(at, 4)
                let last := add(SUMS, shl(5, count))
                end := add(points, shl(2, count))
                mcopy(SUM, wordAt(end), 0x40)
                mstore(SCALAR, y)
                end := add(end, 2)
                for { let sum := SUMS } lt(sum, last) { sum := add(sum, 0x20) } {
                    mstore(sum, mload(wordAt(end)))
                    end := add(end, 2)
                }
                for { commitments := sub(commitments, 1) } commitments { commitments := sub(commitments, 1) } {
                    foldMemory(wordAt(end))
                    end := add(end, 2)
                    for { let sum := SUMS } lt(sum, last) { sum := add(sum, 0x20) } {
                        mstore(sum, addmod(mulmod(mload(sum), y, p), mload(wordAt(end)), p))
                        end := add(end, 2)
                    }
                }
                // Each sum times the Lagrange polynomial of its point.
                last := add(points, shl(2, count))
                let sum := SUMS
                for { let point := points } lt(point, last) { point := add(point, 4) } {
                    let term := mulmod(mload(sum), mload(wordAt(add(point, 2))), p)
                    for { let other := points } lt(other, last) { other := add(other, 4) } {
                        if iszero(eq(other, point)) {
                            term := mulmod(term, mulmod(mload(wordAt(other)), mload(add(INVERSES, 0x20)), p), p)
                        }
                    }
                    value := addmod(value, term, p)
                    sum := add(sum, 0x20)
                }
            }
{%- if !products.is_empty() %}

            // Adds the constraints of the permutation to the combination.
            function runPermutation(sum) -> combined {
                let p := P
                // First row, last row, one product handing over to the next.
                {
                    let first := mload(FIRST_ROW)
                    combined := constrain(sum, mulmod(first, addmod(1, sub(p, mload(PRODUCTS)), p), p))
                    let last := mload(sub(PRODUCTS_END, 0x40))
                    let boolean := mulmod(last, addmod(last, sub(p, 1), p), p)
                    combined := constrain(combined, mulmod(mload(LAST_ROW), boolean, p))
                    for { let at := add(PRODUCTS, 0x60) } lt(at, PRODUCTS_END) { at := add(at, 0x60) } {
                        let step := addmod(mload(at), sub(p, mload(sub(at, 0x20))), p)
                        combined := constrain(combined, mulmod(first, step, p))
                    }
                }
                // The products themselves, on all usable rows.
                let active := mload(ACTIVE_ROWS)
                let position := mulmod(mload(BETA), mload(X), p)
                let column := COLUMNS
                let sigma := SIGMAS
                for { let at := PRODUCTS } lt(at, PRODUCTS_END) { at := add(at, 0x60) } {
                    let left := mload(add(at, 0x20))
                    let right := mload(at)
                    for { let end := add(sigma, {{ 32 * chunk }}) } and(lt(sigma, end), lt(sigma, SIGMAS_END)) { sigma := add(sigma, 0x20) } {
                        let shifted := addmod(mload(wordAt(column)), mload(GAMMA), p)
                        left := mulmod(left, addmod(mulmod(mload(BETA), mload(sigma), p), shifted, p), p)
                        right := mulmod(right, addmod(position, shifted, p), p)
                        position := mulmod(position, DELTA, p)
                        column := add(column, 2)
                    }
                    combined := constrain(combined, mulmod(active, addmod(left, sub(p, right), p), p))
                }
            }
{%- endif %}

            // The identity.
            calldatacopy(PROOF_COPY, PROOF, PROOF_BYTES)
{%- if products.is_empty() %}
            mstore(QUOTIENT_EVAL, mulmod(runSteps(), mload(INVERSES), P))
{%- else %}
            mstore(QUOTIENT_EVAL, mulmod(runPermutation(runSteps()), mload(INVERSES), P))
{%- endif %}

            // The limbs of the quotient, combined by powers of x^n.
            mcopy(SUM, LAST_LIMB, 0x40)
            mstore(SCALAR, mload(X_N))
            for { let limb := LAST_LIMB } gt(limb, FIRST_LIMB) {} {
                limb := sub(limb, 0x40)
                foldMemory(limb)
            }
            mcopy(LIMBS, SUM, 0x40)

            // Openings: the claimed values, and the commitments, set by set.
            let constant, set := combineSet(SETS)
            mcopy(TOTAL, SUM, 0x40)
            {
                let p := P
                let power := mload(OPENING_V)
                for { let at := add(FACTORS, 0x20) } lt(at, FACTORS_END) { at := add(at, 0x20) } {
                    let factor := mulmod(mulmod(mload(at), mload(add(INVERSES, 0x40)), p), power, p)
                    let value
                    value, set := combineSet(set)
                    constant := addmod(constant, mulmod(value, factor, p), p)
                    addToTotal(factor)
                    power := mulmod(power, mload(OPENING_V), p)
                }
            }
