#!/bin/sh
# turn.sh [PORT]
#
# coturn on 127.0.0.1 for trials: relays between loopback addresses, which a server on the internet must never do. Prints the settings
# that make Antiphon hand its credentials out, and runs until it is stopped. The secret is made anew each time.
set -eu

port=${1:-${ANTIPHON_TURN_PORT:-3478}}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
secret=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$secret" >"$folder/secret"
# In a file, because arguments can be read by everybody on the machine.
cat >"$folder/turnserver.conf" <<CONF
listening-ip=127.0.0.1
relay-ip=127.0.0.1
listening-port=$port
min-port=49152
max-port=49999
use-auth-secret
static-auth-secret=$secret
realm=antiphon
fingerprint
no-cli
cli-password=$secret
no-tls
no-dtls
allow-loopback-peers
log-file=stdout
simple-log
pidfile=$folder/turnserver.pid
userdb=$folder/turndb
CONF
chmod 600 "$folder/turnserver.conf" "$folder/secret"
echo "A relay for trials listens on 127.0.0.1:$port. In another terminal:"
echo
echo "  ANTIPHON_TURN='turn:127.0.0.1:$port?transport=udp' ANTIPHON_TURN_SECRET_FILE=$folder/secret make demo"
echo
echo "Stop it with Ctrl-C."
turnserver -c "$folder/turnserver.conf" >"$folder/log" 2>&1 &
relay=$!
trap 'kill "$relay" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 0' INT TERM
wait "$relay" || { tail -n 5 "$folder/log" >&2; exit 1; }
