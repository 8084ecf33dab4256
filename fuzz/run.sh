#!/usr/bin/env bash
# Fuzzes a target on the stable toolchain: coverage comes from LLVM, no sanitizer is linked (there is no unsafe code to catch).
#   fuzz/run.sh plan|registration|proof [SECONDS]
# Seeds are the checked-in plans, registrations and proofs; what is found stays in fuzz/corpus/ and fuzz/artifacts/.
set -euo pipefail
cd "$(dirname "$0")"

target=${1:?usage: fuzz/run.sh plan|registration|proof [SECONDS]}
seconds=${2:-60}
stored=../verifier/tests

corpus=corpus/$target
mkdir -p "$corpus" "artifacts/$target"
case $target in
plan)
    for file in "$stored"/vectors/plonk/*.json "$stored"/old_proofs/*/registration.json "$stored"/fixtures/registration.json; do
        name=$(basename "$(dirname "$file")")-$(basename "$file")
        python3 -c 'import json, sys; json.dump(json.load(sys.stdin)["plan"], sys.stdout, separators=(",", ":"))' <"$file" >"$corpus/$name"
    done
    ;;
registration | proof)
    for file in "$stored"/old_proofs/*/"$target".json "$stored"/fixtures/"$target".json; do
        cp "$file" "$corpus/$(basename "$(dirname "$file")")-$target.json"
    done
    ;;
*)
    echo "no such target: $target" >&2
    exit 2
    ;;
esac

export RUSTFLAGS="--cfg fuzzing -C passes=sancov-module -C codegen-units=1 \
-C llvm-args=-sanitizer-coverage-level=4 -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
-C llvm-args=-sanitizer-coverage-pc-table -C llvm-args=-sanitizer-coverage-trace-compares"
# A target named apart from the host's keeps the instrumentation out of build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
cargo run --release --target "$host" --bin "$target" -- "$corpus" \
    -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" -max_len=200000 -rss_limit_mb=2048 -timeout=10
