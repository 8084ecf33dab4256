#!/usr/bin/env bash
# Leaves out one constraint of the inference circuit after the other, and counts that a test turns red each time.
#
#   scripts/omit-each.sh            every constraint
#   scripts/omit-each.sh poseidon   those whose name contains the word
set -euo pipefail
cd "$(dirname "$0")/.."

binary=$(cargo test --release -p tribute-circuits --lib --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*tribute_circuits-[^"]*\)".*/\1/p' | tail -1)
mapfile -t constraints < <("$binary" --exact inference::rejects::lists_every_constraint --nocapture | grep -E '^(gate|relation|range|copy a|copy b): ' | grep -F -- "${1:-}")

red=0
for constraint in "${constraints[@]}"; do
    if TRIBUTE_OMIT="$constraint" TRIBUTE_ONLY="$constraint" "$binary" --exact inference::rejects::every_constraint_is_necessary >/dev/null 2>&1; then
        echo "no test noticed that this is missing: $constraint"
    else
        red=$((red + 1))
    fi
done
echo "$red of ${#constraints[@]} constraints turn a test red when left out"
[ "$red" -eq "${#constraints[@]}" ] && [ "$red" -gt 0 ]
