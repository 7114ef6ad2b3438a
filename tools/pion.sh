#!/bin/sh
# Builds the Pion caller of the interop tests (tests/interop/pion) to target/interop/pion. Its rows are skipped without it, so a machine
# that cannot build it is told, and no more: Debian 12's Go is too old, and no test installs another.
set -eu

wanted=$(sed -n 's/^go //p' tests/interop/pion/go.mod)
found=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
if [ -z "$found" ] || [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
  echo "Pion is left out of the interop tests: it wants Go ≥ $wanted${found:+ (found $found)}."
elif ! GOTOOLCHAIN=local go -C tests/interop/pion build -mod=readonly -o "$PWD/target/interop/pion" .; then
  echo "Pion is left out of the interop tests: it could not be built."
fi
