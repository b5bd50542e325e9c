#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the taps cost, in nanoseconds: bare, in a run without rules about content, and in one with them.
set -eu
ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$ROOT/$BUILD ;;
esac
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
cp "$BUILD/tests/bench/taps" .
printf '%s\n' 'version: "1.0"' 'name: plain' 'rules:' \
	'  - { name: loopback, on: connect, ip: 127.0.0.1, action: allow }' >plain.yaml
{
	cat plain.yaml
	echo '  - { name: no-delete, on: api_call, method: DELETE, action: deny }'
	echo '  - { name: no-drop, on: database_query, verb: DROP, action: deny }'
} >content.yaml
coproc SERVER { exec ./taps serve; }
server=$SERVER_PID
read -r port <&"${SERVER[0]}"
run=("$BUILD/agentos-run" -q --audit "$work/audit.db")
printf '%-10s %10s %10s %10s\n' ns bare governed content
while read -r name count; do
	printf '%-10s %10s %10s %10s\n' "$name" "$(./taps "$name" "$count" "$port")" \
		"$("${run[@]}" -p plain.yaml -- ./taps "$name" "$count" "$port")" \
		"$("${run[@]}" -p content.yaml -- ./taps "$name" "$count" "$port")"
done <<'END'
write 2000
http 50
statement 50
END
