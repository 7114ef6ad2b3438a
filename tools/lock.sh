#!/bin/sh
# Write requirements/*.txt anew from pyproject.toml and build.in: exact versions, every file's hash, and no index address, so
# that they install through whatever index a machine is set up with. `tools/lock.sh --upgrade` takes newer versions.
set -eu
cd "$(dirname "$0")/.."

compile() { # TARGET OPTIONS... SOURCE
  target=$1
  shift
  .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-options --no-emit-index-url \
    --no-emit-trusted-host --no-emit-find-links --no-header --annotation-style line --newline lf \
    --output-file "requirements/$target" $upgrade "$@"
  { echo "# Written by tools/lock.sh; do not edit."; cat "requirements/$target"; } >"requirements/$target.new"
  mv "requirements/$target.new" "requirements/$target"
}

upgrade=${1:-}
[ -x .venv/bin/pip-compile ] || .venv/bin/python -m pip install --quiet "pip-tools>=7.6"
# One resolution for all: the runtime's versions are the ones the tests ran with.
compile dev.txt --extra llm --extra dev pyproject.toml
compile runtime.txt --extra llm --constraint requirements/dev.txt pyproject.toml
compile build.txt --constraint requirements/dev.txt requirements/build.in
compile node.txt requirements/node.in
# What benchmarks stand beside; an environment of its own, so a resolution of its own.
compile peers.txt requirements/peers.in
