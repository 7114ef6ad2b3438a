#!/bin/sh
# Where Node is missing or older than 20.19 (Vite's floor), take it with npm from a Python wheel into the venv, which `make` puts
# first on PATH. Needs no root and leaves the system's own Node alone.
set -eu
cd "$(dirname "$0")/.."
found=$(node --version 2>/dev/null | sed 's/^v//') || found=
if [ -n "$found" ] && [ "$(printf '20.19\n%s\n' "$found" | sort -V | head -n 1)" = 20.19 ] && command -v npm >/dev/null; then
  exit 0
fi
echo "── node: ${found:-none} found, 20.19 or newer is needed; taking it from a Python wheel into .venv"
.venv/bin/python -m pip --quiet install --require-hashes -r requirements/node.txt
