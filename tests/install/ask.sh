#!/usr/bin/env bash
# usage: ask.sh PROGRAM DIR: starts the program in DIR, asks it for /hello/world, and ends it with SIGTERM.
set -euo pipefail
cd "$2"
mkfifo said
"$1" 2>said &
server=$!
trap 'kill -KILL $server 2>/dev/null || true' EXIT
exec 3<said
read -r -t 30 line <&3
[[ $line =~ http://[0-9.]+:[0-9]+ ]]
curl --silent --show-error --fail --max-time 30 "${BASH_REMATCH[0]}/hello/world"
kill -TERM "$server"
wait "$server"
