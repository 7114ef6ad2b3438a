#!/bin/sh
# pion.sh [PACKAGE OUTPUT]
#
# Builds a program on Pion: the caller of the interop tests (tests/interop/pion, to target/interop/pion) unless another package of that
# module is named. Its rows are skipped without it, so a machine that cannot build it is told, and no more: Debian 12's Go is too old,
# and no test installs another.
set -eu

package=${1:-.}
output=${2:-target/interop/pion}
wanted=$(sed -n 's/^go //p' tests/interop/pion/go.mod)
found=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
if [ -z "$found" ] || [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
  echo "Pion is left out: it wants Go ≥ $wanted${found:+ (found $found)}."
elif ! GOTOOLCHAIN=local go -C tests/interop/pion build -mod=readonly -o "$PWD/$output" "$package"; then
  echo "Pion is left out: it could not be built."
fi
