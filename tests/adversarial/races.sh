#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is judged is what is done, also while somebody changes the argument: a thread, a process on
# a shared page, a child in the same memory. Judged by what lies outside, and by a daemon.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
# Each call raced by a thread for this long, and for half of it by one of the others, which differ only
# in who may write. RACE_SECONDS: for so long, shared among all of them (make race).
MS=${RACE_MS:-500}
[ -z "${RACE_SECONDS:-}" ] || MS=$((RACE_SECONDS * 250))
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
	echo "$SECRET" >"$HOME/.bashrc"
	ln -s "$D/stream" "$OUT/stream"
	ln -s "$D/datagram" "$OUT/datagram"
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
	mkdir -p tree/hooks
	touch kind tree/hooks/file
	case $race in
	rename-folder) mv tree other-kind ;;
	rename-config)
		mkdir repository
		git init -q -b main repository
		;;
	rename-symlink) ln -s "$PWD/tree" other-kind ;;
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
	before=$(seen)
}

# harmed - whether anything outside was read, changed or spoken to.
harmed() {
	settle
	grep -qsE "$SECRET|^harm|1harm" "$T/out" || [ -s "$D/heard" ] || [ -e "$OUT/new" ] || [ -L "$OUT/new" ] ||
		[ -e "$OUT/refused" ] || [ "$(seen)" != "$before" ]
}
# seen - all that can be seen of what may not be changed.
seen() {
	tr -d '\0' <"$OUT/file"
	cat "$HOME/.bashrc"
	stat -c '%a %Y %s' "$OUT/file" "$HOME/.bashrc"
} 2>&1

cat >"$T/arguments.yaml" <<'END'
version: "1.0"
name: arguments
rules:
  - { name: one, on: execute, args: "1*", action: deny }
END

race=open
# granted_of RACE - how often the harmless half may have been let through: at times, or never where
# the race itself closes the way (a traced thread executes nothing once there is a program in memory).
granted_of() {
	case $1 in
	execve-traced) echo 0 ;;
	*) echo '[1-9][0-9]*' ;;
	esac
}

# bare_harm - the control: a moment is enough for most.
bare_harm() {
	local ms
	for ms in 50 500 2000; do
		again
		bare ./racing "$race" "$sharer" "$ms" "${port:-0}"
		! harmed || return 0
	done
	return 1
}

# raced_by SHARER MS
raced_by() {
	local sharer=$1 ms=$2 longer name="${ATTACK}a $1 changes it, by $race"
	if ! bare_harm; then
		not_ok "$name"
		note "control: no effect bare: $(cat "$T/err")"
		return
	fi
	# Longer where both answers have not come yet: then there was no race.
	for longer in 1 6 20; do
		again
		governed ./racing "$race" "$sharer" $((ms * longer)) "${port:-0}"
		if harmed; then
			not_ok "$name"
			note "it got through: $(grep granted "$T/err")"
			return
		fi
		if grep -q "granted $(granted_of "$race") refused [1-9]" "$T/err"; then
			ok "$name"
			note "$(grep granted "$T/err")"
			return
		fi
	done
	not_ok "$name"
	note "no race: both answers must come: $(tail -n 3 "$T/err")"
}
category races
count=0
while read -r race kind sharers; do
	port=$(port_of "$kind")
	case $race in
	execve-arguments) RUN_OPTIONS=(-p "$T/arguments.yaml") ;;
	*) RUN_OPTIONS=() ;;
	esac
	read -r -a others <<<"$sharers"
	if [ -z "${RACE_SECONDS:-}" ] && [ ${#others[@]} -gt 2 ]; then
		count=$((count + 1)) # in turn
		others=(thread "${others[1 + count % (${#others[@]} - 1)]}")
	fi
	for sharer in "${others[@]}"; do
		ms=$MS
		[ "$sharer" = thread ] || [ -n "${RACE_SECONDS:-}" ] || ms=$((MS / 2))
		raced_by "$sharer" "$ms"
	done
done < <("$PROGRAMS/racing")

# A socket that loses its address on the way to listening: then it listens at all of them.
if need python3; then
	cat >"$T/listen.py" <<'END'
import ctypes, socket, struct, sys, threading, time

libc = ctypes.CDLL(None)
own = socket.create_server(("127.0.0.1", 0), backlog=4096)
peer = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(own.getsockname()[1]), bytes([127, 0, 0, 1]))
flipping = socket.socket()
flipping.setblocking(False)  # nobody accepts: a full queue must not hold it up
end = time.monotonic() + float(sys.argv[1])


def flip():
    while time.monotonic() < end:
        libc.connect(flipping.fileno(), peer, 16)
        libc.connect(flipping.fileno(), bytes(16), 16)


threading.Thread(target=flip).start()
while time.monotonic() < end:
    libc.listen(flipping.fileno(), 1)
    listens = flipping.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if listens and flipping.getsockname()[0] == "0.0.0.0":
        print("harm")
        break
END
	prepare() { cp "$T/listen.py" .; }
	RUN_OPTIONS=()
	refused "a thread changes it, by listen" 'grep -qs harm "$T/out"' python3 listen.py 3
fi
