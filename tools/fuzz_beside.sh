#!/bin/sh
# fuzz_beside.sh COMMAND...
#
# Runs the command, and every fuzz target beside it for ANTIPHON_FUZZ_SECONDS each, two of the core's at a time and then one of JSON's,
# at the lowest priority: tests in real time leave a machine idle for much of their minutes. Ends when both have; what was found is
# printed, and fails like the command.
set -eu

log=$CARGO_TARGET_DIR/fuzz.log
echo "── fuzz targets, $ANTIPHON_FUZZ_SECONDS s each, beside the tests (${log#"$PWD"/})"
# Where the kernel groups processes by session (sched(7), "The autogroup feature"), `nice` weighs within the group alone, and the group
# against others by a niceness of its own.
ANTIPHON_FUZZ_SECONDS=$ANTIPHON_FUZZ_SECONDS setsid nice -n 19 sh -c '
  { echo 19 >/proc/self/autogroup; } 2>/dev/null
  cargo test --release --locked --package media --test fuzz --quiet -- --test-threads=2 &&
  "$VIRTUAL_ENV/bin/python" -m pytest tests/fuzz
' >"$log" 2>&1 &
fuzz=$!
trap 'kill -- "-$fuzz" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
unset ANTIPHON_FUZZ_SECONDS
found=0
"$@" || found=$?
wait "$fuzz" || {
  tail -n 60 "$log"
  # What comes last is read first, and a back trace of cargo's is long: which case, how to have it again, and what it met.
  grep -A 2 -e '^fuzz .* fails' -e 'again:' -e 'panicked at' "$log" | cut -c 1-300 || true
  echo "fuzz: a target has found something; the whole of it is in $log"
  found=1
}
trap - EXIT
exit "$found"
