#!/usr/bin/env bash
# Static analysis of src/ with the pinned slither and the pinned compiler. Fails on any finding that slither.config.json does not triage.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.slither
if [ ! -x "$venv/bin/slither" ] || ! cmp -s tools/requirements-slither.txt "$venv/requirements.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tools/requirements-slither.txt
    cp tools/requirements-slither.txt "$venv/requirements.txt"
fi
# slither runs forge by its name.
PATH="$PWD/node_modules/.bin:$PATH" "$venv/bin/slither" .
