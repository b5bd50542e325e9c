#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is judged is what is done, also while somebody changes the argument: a thread, a process on
# a shared page, a child in the same memory, a writer of /proc/PID/mem. Judged by what lies outside,
# and by a daemon.
#
# RACE_MS (2000): for so long each call is raced, three quarters of it by a thread, and the rest by
# one of the others in turn, which differ only in who may write. RACE_SECONDS: for so long, shared
# among all of them (make race). RACE_ONLY=REGEX: only these.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
MS=${RACE_MS:-2000}
[ -z "${RACE_SECONDS:-}" ] || MS=$((RACE_SECONDS * 1000))
LIMIT=$((60 + MS * 20 / 1000))
SECRET=canary-$$-$RANDOM$RANDOM
OUT=$T/outside

D=$(mktemp -d /tmp/agentos-d.XXXXXX)
echo none >"$D/secret"
coproc DAEMON { exec "$PROGRAMS/listener" "$D"; }
daemon=$DAEMON_PID
finally() {
	kill "$daemon"
	"$PROGRAMS/outsider" remove "0$SECRET" "1$SECRET"
	rm -rf "$D"
}
if ! within 5 test -s "$D/ports"; then
	not_ok "the daemon listens"
	exit
fi
# peer_of KIND - whom the argument has to name.
peer_of() {
	case $1 in
	abstract) echo "$D" ;;
	queue) echo "$SECRET" ;;
	-) echo 0 ;;
	*) sed -n "s/^$1 //p" "$D/ports" ;;
	esac
}
settle() {
	echo >&"${DAEMON[1]}"
	read -r -t 10 _ <&"${DAEMON[0]}"
}

# 0 is a folder of the workspace, 1 leads to its like outside; for some scenes they are files.
prepare() {
	cp "$PROGRAMS/$program" .
	prepare_outside
	ln -s 0 flipping
	mkdir place
	echo inside >place/file
	ln -s "$OUT" other
	case $scene in
	files)
		echo inside >0
		ln -s "$OUT/file" 1
		;;
	nameless)
		printf '#!/bin/sh\nexit 0\n' >0
		chmod 755 0
		cp "$OUT/program" content
		ln -s /proc/self/fd/101 1
		;;
	*) prepare_folders ;;
	esac
	case $scene in
	folder-kind | link-kind) prepare_kinds ;;
	config)
		mkdir repository
		git init -q -b main repository
		;;
	env | no-env) prepare_env ;;
	esac
}
prepare_outside() {
	rm -rf "$OUT"
	mkdir "$OUT" "$OUT/folder" "$OUT/below"
	echo "$SECRET" | tee "$OUT/file" "$OUT/below/file" "$HOME/.bashrc" >/dev/null
	printf '#!/bin/sh\necho %s\n' "$SECRET" >"$OUT/program"
	chmod 755 "$OUT/program"
	chmod 600 "$OUT/file"
	ln -s nowhere "$OUT/link"
	ln -s "$D/stream" "$OUT/stream"
	ln -s "$D/datagram" "$OUT/datagram"
	"$PROGRAMS/outsider" mark "$OUT/file" "$HOME/.bashrc"
	"$PROGRAMS/outsider" remove "0$SECRET" "1$SECRET"
	"$PROGRAMS/outsider" queue "1$SECRET" "$SECRET"
}
prepare_folders() {
	mkdir 0 0/folder 0/below
	echo inside | tee 0/file 0/below/file >/dev/null
	printf '#!/bin/sh\nexit 0\n' >0/program
	chmod 755 0/program
	ln -s nowhere 0/link
	ln -s "$OUT" 1
}
prepare_kinds() {
	mkdir -p tree/hooks
	touch kind tree/hooks/file
	case $scene in
	folder-kind) mv tree other-kind ;;
	link-kind) ln -s "$PWD/tree" other-kind ;;
	esac
}
# What is denied inside of what is granted, beside what is not.
prepare_env() {
	mkdir plain linked
	echo inside | tee henv plain/henv plain/name linked/henv >/dev/null
	ln -s .env linked/name
	[ "$scene" = no-env ] || echo "$SECRET" | tee .env plain/.env linked/.env >/dev/null
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
	grep -qsE "$SECRET|^harm|1harm" "$T/out" || [ -s "$D/heard" ] || [ "$(seen)" != "$before" ]
}
# seen - all that can be seen of what may not be changed: whatever is done to a file or a folder, the
# time of its last change (%C@) tells.
seen() {
	find "$OUT" "$HOME/.bashrc" -printf '%p %y %m %U %G %n %s %T@ %C@ %l\n' | sort
	find "$WS" -name .env -printf '%i %m %n %s %T@ %C@\n' | sort
	cat "$OUT/file" | tr -d '\0'
	"$PROGRAMS/outsider" look "1$SECRET"
} 2>&1

cat >"$T/arguments.yaml" <<'END'
version: "1.0"
name: arguments
rules:
  - { name: one, on: execute, args: "1*", action: deny }
END

cat >"$T/protocol.yaml" <<'END'
version: "1.0"
name: protocol
rules:
  - { name: one, on: listen, protocol: udp, action: deny }
END

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
		bare "./$program" "$race" "$sharer" "$ms" "$peer"
		! harmed || return 0
		! grep -q missing "$T/err" || return 1
	done
	return 1
}

# raced_by SHARER MS
raced_by() {
	local sharer=$1 ms=$2 longer name="${ATTACK}a $1 changes it, by $race"
	if ! bare_harm; then
		if grep -q missing "$T/err"; then
			skip "$name" "kernel has no such call, or this file system nothing for it"
			return
		fi
		not_ok "$name"
		note "control: no effect bare: $(cat "$T/err")"
		return
	fi
	# Longer where both answers have not come yet: then there was no race.
	for longer in 1 6 20; do
		again
		governed "./$program" "$race" "$sharer" $((ms * longer)) "$peer"
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

# raced SHARER... - of a call by all that can change its argument, or by a thread and one other.
raced() {
	local sharer
	if [ -n "${RACE_SECONDS:-}" ]; then
		for sharer; do
			raced_by "$sharer" $((MS / $#))
		done
		return
	fi
	turn=$((turn + 1))
	raced_by thread $((MS * 3 / 4))
	shift
	shift $((turn % $#))
	raced_by "$1" $((MS / 4))
}

# Those of System V are about numbers, which are in registers.
for program in racing racing_names; do
	"$PROGRAMS/$program"
done | sed 's/[ -].*//' | sort -u >"$T/raced"
"$AGENTOS" calls | awk '$2 ~ /performed|verified/ && $1 !~ /^(shm|sem|msg)get$/ { print $1 }' | sort >"$T/calls"
same "each call that is performed or verified is raced" "" "$(comm -13 "$T/raced" "$T/calls")"

category races
turn=0
for program in racing racing_names; do
	while read -r race scene peer sharers; do
		[[ $race =~ ${RACE_ONLY:-} ]] || continue
		peer=$(peer_of "$peer")
		RUN_OPTIONS=()
		[ ! -e "$T/$scene.yaml" ] || RUN_OPTIONS=(-p "$T/$scene.yaml")
		read -r -a sharers <<<"$sharers"
		raced "${sharers[@]}"
	done < <("$PROGRAMS/$program")
done
