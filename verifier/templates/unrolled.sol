
            // The identity: constraints combined by powers of y.
            {
                let p := P
                let y := mload(Y)
                let sum := 0
{%- for statement in gates %}
{%- match statement %}
{%- when Statement::Comment(name) %}

                // {{ name }}
{%- when Statement::Store with { place, value } %}
                mstore({{ place }}, {{ value }})
{%- when Statement::Constraint(value) %}
                sum := addmod(mulmod(sum, y, p), {{ value }}, p)
{%- endmatch %}
{%- endfor %}
{%- if !products.is_empty() %}

                // The permutation: first row, last row, one product handing over to the next.
                let first := mload(FIRST_ROW)
                sum := addmod(mulmod(sum, y, p), mulmod(first, addmod(1, sub(p, calldataload(PRODUCT_0)), p), p), p)
                {
                    let last := calldataload(PRODUCT_{{ products.len() - 1 }})
                    let boolean := mulmod(last, addmod(last, sub(p, 1), p), p)
                    sum := addmod(mulmod(sum, y, p), mulmod(mload(LAST_ROW), boolean, p), p)
                }
{%- for product in products %}
{%- if !loop.first %}
                {
                    let step := addmod(calldataload(PRODUCT_{{ product.place }}), sub(p, calldataload(PRODUCT_{{ product.place - 1 }}_LAST)), p)
                    sum := addmod(mulmod(sum, y, p), mulmod(first, step, p), p)
                }
{%- endif %}
{%- endfor %}

                // The products themselves, on all usable rows.
                let active := mload(ACTIVE_ROWS)
                let beta := mload(BETA)
                let position := mulmod(beta, mload(X), p)
{%- for product in products %}
                {
                    let left := calldataload(PRODUCT_{{ product.place }}_NEXT)
                    let right := calldataload(PRODUCT_{{ product.place }})
                    let shifted
{%- for (value, sigma) in product.columns %}
                    shifted := addmod({{ value }}, mload(GAMMA), p)
                    left := mulmod(left, addmod(mulmod(beta, calldataload(SIGMA_{{ sigma }}), p), shifted, p), p)
                    right := mulmod(right, addmod(position, shifted, p), p)
                    position := mulmod(position, DELTA, p)
{%- endfor %}
                    sum := addmod(mulmod(sum, y, p), mulmod(active, addmod(left, sub(p, right), p), p), p)
                }
{%- endfor %}
{%- endif %}

                mstore(QUOTIENT_EVAL, mulmod(sum, mload(INVERSES), p))
            }

            // The limbs of the quotient, combined by powers of x^n.
            calldatacopy(SUM, LIMB_{{ limbs[0] }}, 0x40)
            mstore(SCALAR, mload(X_N))
{%- for limb in limbs.iter().skip(1) %}
            foldProof(LIMB_{{ limb }})
{%- endfor %}
            mcopy(LIMBS, SUM, 0x40)

            // Openings: the claimed values, and the commitments, set by set.
            let constant := 0
{%- for set in sets %}

            // rotations {{ set.rotations }}
            {
                let p := P
                let y := mload(OPENING_Y)
                let value := 0
                let sum
{%- for point in set.points %}
                sum := {{ point.values[0] }}
{%- for value in point.values.iter().skip(1) %}
                sum := addmod(mulmod(sum, y, p), {{ value }}, p)
{%- endfor %}
{%- if point.others.is_empty() %}
                value := sum
{%- else %}
                // Lagrange polynomial of the point of rotation {{ point.rotation }}
                sum := mulmod(sum, {{ point.literal() }}, p)
{%- for other in point.others %}
                sum := mulmod(sum, mulmod(mload(DISTANCE_{{ other }}), mload(add(INVERSES, 0x20)), p), p)
{%- endfor %}
                value := addmod(value, sum, p)
{%- endif %}
{%- endfor %}
{%- if set.number != 0 %}
                let factor := mulmod(mload(FACTOR_{{ set.number }}), mload(add(INVERSES, 0x40)), p)
                for { let i := 0 } lt(i, {{ set.number }}) { i := add(i, 1) } { factor := mulmod(factor, mload(OPENING_V), p) }
                mstore(FACTOR_{{ set.number }}, factor)
                value := mulmod(value, factor, p)
{%- endif %}
                constant := addmod(constant, value, p)
            }
            mstore(SCALAR, mload(OPENING_Y))
{%- for point in set.commitments %}
{%- match point %}
{%- when Point::Proof(place) %}
{%- if loop.first %}
            calldatacopy(SUM, {{ place }}, 0x40)
{%- else %}
            foldProof({{ place }})
{%- endif %}
{%- when Point::Key(point) %}
{%- if chunks.is_empty() %}
{%- if loop.first %}
            mstore(SUM, {{ point }}_X)
            mstore(add(SUM, 0x20), {{ point }}_Y)
{%- else %}
            foldPoint({{ point }}_X, {{ point }}_Y)
{%- endif %}
{%- else if loop.first %}
            mcopy(SUM, {{ point }}, 0x40)
{%- else %}
            foldMemory({{ point }})
{%- endif %}
{%- when Point::Quotient %}
{%- if loop.first %}
            mcopy(SUM, LIMBS, 0x40)
{%- else %}
            foldMemory(LIMBS)
{%- endif %}
{%- endmatch %}
{%- endfor %}
{%- if set.number == 0 %}
            mcopy(TOTAL, SUM, 0x40)
{%- else %}
            addToTotal(mload(FACTOR_{{ set.number }}))
{%- endif %}
{%- endfor %}
