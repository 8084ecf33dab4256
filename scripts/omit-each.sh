#!/usr/bin/env bash
# Leaves out one constraint of the circuits after the other, and counts that a test turns red each time.
#
#   scripts/omit-each.sh                  every constraint of the inference, the index and the binding circuit
#   scripts/omit-each.sh poseidon         those whose name contains the word
#   scripts/omit-each.sh poseidon index   the same, of one circuit
set -euo pipefail
cd "$(dirname "$0")/.."

binary=$(cargo test --release -p tribute-circuits --lib --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*tribute_circuits-[^"]*\)".*/\1/p' | tail -1)

all=0
red=0
for circuit in ${2:-inference index binding}; do
    mapfile -t constraints < <("$binary" --exact "$circuit::rejects::lists_every_constraint" --nocapture | grep -E '^(gate|relation|range|copy a|copy b): ' | grep -F -- "${1:-}")
    for constraint in "${constraints[@]}"; do
        all=$((all + 1))
        if TRIBUTE_OMIT="$constraint" TRIBUTE_ONLY="$constraint" "$binary" --exact "$circuit::rejects::every_constraint_is_necessary" >/dev/null 2>&1; then
            echo "$circuit: no test noticed that this is missing: $constraint"
        else
            red=$((red + 1))
        fi
    done
done
echo "$red of $all constraints turn a test red when left out"
[ "$red" -eq "$all" ] && [ "$red" -gt 0 ]
