#!/bin/sh
# step0.sh demo|test [--say]
#
# The one thing `make` cannot build for itself: compilers and interpreters. Names everything that is missing in one line, with
# the command that installs it; as root on Debian or Ubuntu it runs that command
# (--say: only names it). Plain sh, because Python may be what is missing.
# Prints nothing when all is there. Node is not asked for: where it is missing or old, `make` takes it from a Python wheel.
set -eu

goal=${1:-demo}
mode=${2:-install}
missing=
packages=
elsewhere=

at_least() { # WANTED FOUND: is FOUND as new as WANTED?
  [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
version_of() { # PROGRAM: the first x.y.z in its --version, empty if it does not run
  "$1" --version 2>/dev/null | sed -n 's/[^0-9]*\([0-9][0-9.]*\).*/\1/p' | head -n 1
}
root_on_debian() { # and may it install?
  [ "$(id -u)" = 0 ] && [ "$mode" = install ] && command -v apt-get >/dev/null
}
lack() { # WHAT PACKAGES
  missing="$missing${missing:+, }$1"
  packages="$packages $2"
}

python=${PYTHON:-python3}
if ! at_least 3.11 "$(version_of "$python")"; then
  lack "Python ≥ 3.11" "python3 python3-venv"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  lack "python3-venv" python3-venv
elif ! "$python" -c '
import os, sys, sysconfig
ready_made = sys.version_info[:2] in ((3, 11), (3, 13))  # the versions that pocketsphinx publishes wheels for
sys.exit(not (ready_made or os.path.exists(sysconfig.get_paths()["include"] + "/Python.h")))'; then
  lack "the headers of Python $(version_of "$python") (pocketsphinx is compiled on it)" python3-dev
fi
command -v "${CC:-cc}" >/dev/null || lack "a C compiler" "gcc libc6-dev"
command -v cmake >/dev/null || lack cmake cmake

rust=$(version_of rustc)
# Debian 12 ships 1.63 as rustc, and a current one, kept for its browsers, as rustc-web in the security archive.
if ! at_least 1.89 "$rust" || ! command -v cargo >/dev/null; then
  lack "rustc ≥ 1.89${rust:+ (found $rust)}" "rustc-web cargo-web"
  elsewhere=" (without apt: Rust from rustup.rs)"
fi
if [ "$goal" = test ]; then
  command -v cargo-clippy >/dev/null || lack clippy rust-web-clippy
  command -v rustfmt >/dev/null || lack rustfmt rustfmt-web
  command -v "${ANTIPHON_CHROMIUM:-chromium}" >/dev/null || lack Chromium chromium
  # Networks of the tests' own, for which only root has the right; without it those tests are skipped.
  [ "$(id -u)" != 0 ] || command -v ip >/dev/null || lack "ip (networks of the tests' own)" iproute2
fi
if [ "$goal" = turn ]; then
  command -v turnserver >/dev/null || lack "coturn (a TURN server)" coturn
fi
# Only some tests use these, and they skip without them: they are taken where that needs nobody's password (Firefox is 80 MB, 18 s).
take() { # WHAT PACKAGE
  echo "Missing for some tests: $1. Running: apt-get update && apt-get install -y --no-install-recommends $2"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2" ||
    echo "$1 is left out of the tests: it could not be installed."
}
still_coturn() { # Debian starts it at once, for anybody; tests and `make turn` start their own
  systemctl disable --now coturn >/dev/null 2>&1 || true
}
if [ "$goal" = test ] && root_on_debian; then
  command -v firefox-esr >/dev/null || command -v firefox >/dev/null || take Firefox firefox-esr
  command -v turnserver >/dev/null || { take "coturn (a TURN server)" coturn && still_coturn; }
fi
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$packages"
if root_on_debian; then
  echo "Missing: $missing. Running: apt-get update && $install"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $install
  [ "$goal" != turn ] || still_coturn
  exec sh "$0" "$goal" --say
fi
echo "Missing: $missing. Install with: sudo apt-get update && sudo $install$elsewhere" >&2
exit 1
