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
	unix-hard-link | unix-moved | no-family) continue ;; # another name for it is another file to the rules
	esac
	allowed "its own daemon, by $way" 'grep -q "hello\|+" "$T/out"' sh own.sh "$way" "$kind"
done < <("$PROGRAMS/dialing")
