#!/usr/bin/env bash
# Makes the registrations and proofs in verifier/tests/old_proofs anew, which is needed only where a format gets another version.
# Usage: scripts/old-proofs.sh [TRIBUTE]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tribute=${1:-$root/target/release/tribute}
stored=$root/verifier/tests/old_proofs
digits=$root/prover/tests/cases/digits_mlp_n200
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
word() { printf '0x%064x' "$1"; }
"$tribute" commit --quiet --model "$digits/model.onnx" --data "$digits/train.csv" --contributors "$digits/contributors.csv" --out case
"$tribute" setup --quiet --case case --unsafe-dev-srs
"$tribute" setup --quiet --case case --unsafe-dev-srs --batch 4
"$tribute" prove --quiet --case case --input "$digits/queries.csv" --row 3 --context "$(word 192)" --disclose-input --out proof.json
sed -n "1p; 4,6p" "$digits/queries.csv" > queries.csv
{ echo context; word 1; echo; word 2; echo; word 3; echo; } > requests.csv
"$tribute" prove --quiet --case case --all --input queries.csv --requests requests.csv --out proofs

# One line each, as they were written first.
line() { python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1])), ensure_ascii=False, separators=(",", ":")))' "$1"; }
line case/registration.json > "$stored/digits_mlp/registration.json"
line proof.json > "$stored/digits_mlp/proof.json"
line case/batch.json > "$stored/digits_batch/registration.json"
line proofs/batch-00000.json > "$stored/digits_batch/proof.json"
