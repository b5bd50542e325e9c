#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Daemons that were there before are not reached, whichever way is taken; sockets of the same run
# are, by the same ways. A daemon that writes down all it hears is the judge.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
SECRET=canary-$$-$RANDOM$RANDOM
# The same daemon, started by the run itself, spoken to by the same way.
cat >"$T/own.sh" <<'END'
mkfifo in out
./listener "$PWD/own" <in >out &
exec 3>in 4<out
until [ -s own/ports ]; do :; done
port=$(sed -n "s/^$2 //p" own/ports)
./dialing "$1" "$PWD/own" "${port:-0}" >&2
echo "status $?"
echo >&3
read -r _ <&4
cat own/heard
echo
exec 3>&-
END

prepare() {
	cp "$PROGRAMS/dialing" "$PROGRAMS/listener" "$T/own.sh" .
	mkdir own
	echo "neighbour" >own/secret
}

# In a folder with a short name: a socket's is at most 107 bytes.
D=$(mktemp -d /tmp/agentos-d.XXXXXX)
echo "$SECRET" >"$D/secret"
coproc DAEMON { exec "$PROGRAMS/listener" "$D"; }
daemon=$DAEMON_PID
finally() {
	kill "$daemon"
	rm -rf "$D"
}
if ! within 5 test -s "$D/ports"; then
	not_ok "the daemon listens"
	exit
fi

# heard - whether anything reached the daemon since the last silence.
heard() {
	echo >&"${DAEMON[1]}"
	read -r -t 10 _ <&"${DAEMON[0]}"
	[ -s "$D/heard" ]
}
silence() {
	echo >&"${DAEMON[1]}"
	read -r -t 10 _ <&"${DAEMON[0]}"
	: >"$D/heard"
}
port_of() {
	sed -n "s/^$1 //p" "$D/ports"
}

while read -r way kind; do
	port=$(port_of "$kind")
	case $kind in
	-) category unix-sockets ;;
	*) category internet ;;
	esac
	if [ "$kind" != - ] && [ -z "$port" ]; then
		skip "${ATTACK}a daemon, by $way" "kernel has no $kind"
		continue
	fi
	silence
	fresh
	bare ./dialing "$way" "$D" "${port:-0}"
	[ -e "$D/stream" ] || mv "$WS/moved" "$D/stream"
	if ! heard; then
		skip "${ATTACK}a daemon, by $way" "kernel does not do this"
		continue
	fi
	silence
	fresh
	governed ./dialing "$way" "$D" "${port:-0}"
	[ -e "$D/stream" ] || mv "$WS/moved" "$D/stream"
	if heard || grep -qs "$SECRET" "$T/out"; then
		not_ok "${ATTACK}a daemon, by $way"
		note "heard: $(head -c 100 "$D/heard"); status $status"
		note_file errors "$T/err"
	else
		ok "${ATTACK}a daemon, by $way"
	fi
	case $way in
	other-* | interface* | *zero*) continue ;; # nothing of the run listens at all addresses
	unix-hard-link | unix-moved | no-family) continue ;; # another name for it is another file to the rules
	esac
	allowed "its own daemon, by $way" 'grep -q "hello\|+" "$T/out"' sh own.sh "$way" "$kind"
done < <("$PROGRAMS/dialing")

# --- by name, as libraries take them apart; a policy grants a neighbour at the same port
category names-of-hosts
cat >"$T/policy.yaml" <<'END'
version: "1.0"
name: neighbour
rules:
  - { name: neighbour, on: connect, ip: 127.0.0.2, action: allow }
END
RUN_OPTIONS=(-p "$T/policy.yaml")
cat >"$T/dial.py" <<'END'
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as connection:
    connection.sendall(b"hello")
END
prepare() { cp "$T/dial.py" .; }
dial() {
	silence
	fresh
	"$1" python3 dial.py "$2" "$3"
	heard
}
if need python3; then
	wild=$(port_of wild)
	for host in 127.0.0.1 127.1 127.0.1 0177.0.0.1 0177.1 0x7f.1 0x7f000001 2130706433 017700000001 0 0.0.0.0 \
		127.3.2.1 localhost LOCALHOST localhost. ::ffff:127.0.0.1 ::ffff:7f00:1 "$(hostname)"; do
		if ! dial bare "$host" "$wild"; then
			skip "${ATTACK}a daemon, by $host" "kernel or resolver does not know it"
		elif dial governed "$host" "$wild"; then
			not_ok "${ATTACK}a daemon, by $host"
		else
			ok "${ATTACK}a daemon, by $host"
		fi
	done
	for host in 127.0.0.2 127.2 0177.0.0.2 0x7f000002 2130706434 ::ffff:127.0.0.2; do
		check "${BENIGN}the granted address, by $host" dial governed "$host" "$wild"
	done
fi
