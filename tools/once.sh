#!/bin/sh
# once.sh NAME OUTPUT INPUT... -- COMMAND...
#
# Runs COMMAND unless it has succeeded before with the same content: the stamp .stamps/NAME holds one hash over the command,
# every INPUT (a file, a folder, or =TEXT taken as it stands) and their names. Times do not count, so a fresh checkout, a
# `touch` or a switched branch costs nothing. OUTPUT must exist too (`-` for none): what somebody deleted is made again.
set -eu

name=$1
output=$2
shift 2

content() {
  for input in "$@"; do
    case $input in
      --) break ;;
      =*) printf '%s\n' "$input" ;;
      *)
        find "$input" \( -name node_modules -o -name target -o -name dist -o -name __pycache__ \) -prune \
          -o -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
        ;;
    esac
  done
}

inputs=$(content "$@")
while [ "$1" != -- ]; do shift; done
shift
hash=$(printf '%s\n%s\n' "$inputs" "$*" | sha256sum)
stamp=.stamps/$name

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash" ]; then
  if [ "$output" = - ] || [ -e "$output" ]; then exit 0; fi
fi

started=$(date +%s)
echo "── $name"
rm -f "$stamp"
"$@"
mkdir -p .stamps
printf '%s\n' "$hash" >"$stamp"
echo "── $name: done in $(($(date +%s) - started)) s"
