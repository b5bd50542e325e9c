#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is judged is what is done, also while somebody changes the argument: a thread, a process on
# a shared page, a child in the same memory. Judged by what lies outside, and by a daemon.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
# By a thread this long; by the others, which differ only in who may write, a third of it.
MS=${RACE_MS:-1200}
SECRET=canary-$$-$RANDOM$RANDOM
OUT=$T/outside

D=$(mktemp -d /tmp/agentos-d.XXXXXX)
echo none >"$D/secret"
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
port_of() { sed -n "s/^$1 //p" "$D/ports"; }
settle() {
	echo >&"${DAEMON[1]}"
	read -r -t 10 _ <&"${DAEMON[0]}"
}

# 0 is a folder of the workspace, 1 leads to its like outside; for two races they are files.
prepare() {
	cp "$PROGRAMS/racing" .
	rm -rf "$OUT"
	mkdir "$OUT" other
	echo "$SECRET" >"$OUT/file"
	printf '#!/bin/sh\necho %s\n' "$SECRET" >"$OUT/program"
	chmod 755 "$OUT/program"
	chmod 600 "$OUT/file"
	case $race in
	open)
		echo inside >0
		ln -s "$OUT/file" 1
		;;
	execve-traced)
		printf '#!/bin/sh\nexit 0\n' >0
		chmod 755 0
		cp "$OUT/program" content
		ln -s /proc/self/fd/9 1
		;;
	*)
		mkdir 0
		echo inside >0/file
		printf '#!/bin/sh\nexit 0\n' >0/program
		chmod 755 0/program
		ln -s "$OUT" 1
		;;
	esac
	ln -s 0 flipping
	mkdir place
	echo inside >place/file
	rmdir other
	ln -s "$OUT" other
}
again() {
	fresh
	settle
	: >"$D/heard"
}

# harmed - whether anything outside was read, changed or spoken to.
harmed() {
	settle
	grep -qs "$SECRET" "$T/out" || [ -s "$D/heard" ] || [ "$(cat "$OUT/file" 2>&1)" != "$SECRET" ] ||
		[ -e "$OUT/new" ] || [ "$(stat -c %a "$OUT/file")" != 600 ]
}

race=open
# granted_of RACE - how often the harmless half may have been let through: at times, or never where
# the race itself closes the way (a traced thread executes nothing once there is a program in memory).
granted_of() {
	case $1 in
	execve-traced) echo 0 ;;
	*) echo '[1-9][0-9]*' ;;
	esac
}

while read -r race kind; do
	port=$(port_of "$kind")
	for sharer in thread process vm; do
		case $race:$sharer in
		open-in-descriptor:process) continue ;; # descriptors are not shared there
		esac
		again
		bare ./racing "$race" "$sharer" 300 "${port:-0}"
		if ! harmed; then
			not_ok "$race, raced by a $sharer"
			note "control: no effect bare: $(cat "$T/err")"
			continue
		fi
		again
		ms=$MS
		[ "$sharer" = thread ] || ms=$((MS / 3))
		governed ./racing "$race" "$sharer" "$ms" "${port:-0}"
		if harmed; then
			not_ok "$race, raced by a $sharer"
			note "it got through: $(grep granted "$T/err")"
		elif grep -q "granted $(granted_of "$race") refused [1-9]" "$T/err"; then
			ok "$race, raced by a $sharer"
			note "$(grep granted "$T/err")"
		else
			not_ok "$race, raced by a $sharer"
			note "no race: both answers must come: $(tail -n 3 "$T/err")"
		fi
	done
done < <("$PROGRAMS/racing")
