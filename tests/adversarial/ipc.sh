#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Shared memory, semaphores and queues of other programs are out of reach, by key, number or name; the
# run's own work, and are gone with it.
. "$(dirname "$0")/../integration/lib.sh"

MEETING=$BUILD/tests/adversarial/meeting
SECRET=secret:$RANDOM$RANDOM
KEY=$((RANDOM * 32768 + RANDOM + 1))
host=
prepare() { cp "$MEETING" meeting; }

# objects - System V objects of the whole machine, and the test's POSIX queue.
objects() {
	for kind in -m -q -s; do
		ipcs "$kind" | awk -v kind="$kind" '$2 ~ /^[0-9]+$/ { print kind, $2 }'
	done
	"$MEETING" named-there "$KEY" 0
}

# objects_restore - remove those that were not there when the test began.
objects_restore() {
	local kind id
	objects | grep -vxFf "$T/objects" | while read -r kind id; do
		case $kind in
		-*) ipcrm "$kind" "$id" ;;
		*) "$MEETING" named-unlinked "$KEY" 0 >/dev/null ;;
		esac
	done
}

host_start() {
	: >"$T/number"
	"$MEETING" host "$1" "$KEY" "$SECRET" >"$T/number" 2>/dev/null &
	host=$!
	disown
	within 5 test -s "$T/number"
	number=$(<"$T/number")
}

host_end() {
	[ -z "$host" ] || kill -KILL "$host" 2>/dev/null
	host=
	objects_restore
}
finally() { host_end; }

# untouched KIND - the object is there, and holds what its host has put into it.
untouched() {
	local reader want=$SECRET
	case $1 in
	memory*) reader=memory-read-only ;;
	semaphore*) reader=semaphore-value want=secret:value ;;
	queue*) reader=queue-received ;;
	named) reader=named-received ;;
	esac
	[ "$("$MEETING" "$reader" "$KEY" "$number" 2>&1)" = "$want" ]
}

category ipc
objects >"$T/objects"
while read -r way kind; do
	host_start "$kind"
	fresh
	bare ./meeting "$way" "$KEY" "$number"
	control=$status
	host_end
	if [ "$control" != 0 ]; then
		not_ok "${ATTACK}another program's, by $way"
		note "control: gives $control"
		note_file errors "$T/err"
		continue
	fi
	host_start "$kind"
	fresh
	governed ./meeting "$way" "$KEY" "$number"
	check "${ATTACK}another program's, by $way" test "$status" = 1
	check "another program's, by $way: nothing comes out" test ! -s "$T/out"
	check "another program's, by $way: and says why" grep -qs '^agentos: denied ' "$T/err"
	check "another program's, by $way: it is as before" untouched "$kind"
	host_end
done < <("$MEETING")

fresh
bare ./meeting own "$KEY"
same "the run's own, bare" 0 "$status"
mv "$T/out" "$T/bare.out"
objects >"$T/left"
check "bare, some are left behind" test "$(comm -13 "$T/objects" "$T/left" | wc -l)" -gt 5
objects_restore
fresh
governed ./meeting own "$KEY"
same "${BENIGN}the run's own" 0 "$status"
check "${BENIGN}the run's own: the same comes out" cmp "$T/bare.out" "$T/out"
objects >"$T/left"
check "nothing is left behind" diff "$T/objects" "$T/left"

# --- what a user id of an agent of root can do by its own number, and what it cannot
if [ "$(id -u)" = 0 ]; then
	for run in bare governed; do
		fresh
		chmod 755 "$T" "$WS"
		$run setpriv --reuid 65534 --regid 65534 --clear-groups ./meeting own "$KEY"
		same "${BENIGN}as another user, $run" 0 "$status"
		objects_restore
	done
fi
