#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Too few descriptors, too little memory, a full disk, for real; and too much of what is allowed.
#
# FAULT_MANY=N  how many refused calls in a row (20000)
. "$(dirname "$0")/lib.sh"

MANY=${FAULT_MANY:-20000}
PROGRAMS=(agent many)

control
[ "$AGENTOS_RUN" != env ] || exit

# scarce NAME LIMIT... - the agent under each of these limits of prlimit(1).
scarce() {
	local name=$1 limit bad= statuses=
	shift
	for limit; do
		AGENT_UNDER=(prlimit "$limit")
		agent
		statuses="$statuses $status"
		case $status in
		0 | 1 | 2 | 12[5-7] | 134 | 137 | 139) ;;
		*) bad="$bad; $limit: status $status" ;;
		esac
		[ "$left" = 0 ] || bad="$bad; $limit: $left left"
		[ -z "$(harm)" ] || {
			bad="$bad; $limit: $(harm)"
			mend
		}
		[ ! -e "$AUDIT" ] || "$AGENTOS" audit verify --audit "$AUDIT" >/dev/null || bad="$bad; $limit: record"
		rm -rf "$T/tmp"
		mkdir "$T/tmp"
	done
	same "$name: nothing refused happens, and each run ends" "" "$bad"
	check "$name: some runs fail and some do not" eval '[[ $statuses == *\ 1* && $statuses == *\ 0* ]]'
	note "statuses:$statuses"
}

scarce "descriptors" --nofile={3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,20,22,24,28,32,48,64}
scarce "memory" --as={4,6,8,10,12,14,16,20,24,32,40,48,64,96,128,256,1000}000000
AGENT_UNDER=()

# --- a full disk: the record's alone, then the workspace is as it was

full_disk() {
	local made rows
	governing
	bare unshare -m sh -c "mount -t tmpfs -o size=2600k,mode=777 none '$T/disk' && \
		${GOVERNING[*]@Q} ./many changes 5000; echo \$? >'$T/code'; \
		cp '$T/disk/audit.db'* '$T/kept'; ls '$T/disk'"
	read -r made error <"$T/out"
	note "files made: $made, then $error; exit status $(cat "$T/code")"
	check "some changes are made while there is room" [ "${made:-0}" -gt 20 ]
	same "then they fail" EIO "$error"
	same "no file without its record" "$made" "$(find "$WS" -name 'made-*' | wc -l)"
	rows=$("$AGENTOS" audit query --audit "$T/kept/audit.db" --limit 100000 | grep -c 'write_file.*made-.*allow')
	check "each is in the record" [ "$rows" -ge "$made" ]
	same "a run that cannot be closed has failed" 125 "$(cat "$T/code")"
	check "the record verifies" "$AGENTOS" audit verify --audit "$T/kept/audit.db"
}
mkdir "$T/disk" "$T/kept"
if unshare -m mount -t tmpfs -o size=3m none "$T/disk" 2>/dev/null; then
	fresh
	AUDIT=$T/disk/audit.db full_disk
else
	skip "a full disk" "kernel does not let this user mount one"
fi

# --- much

fresh
rm -f "$AUDIT"*
start=$(date +%s%3N)
governed ./many refused "$MANY" "$OUT/secret"
took=$(($(date +%s%3N) - start))
same "each of $MANY refused calls is refused" "EACCES $MANY" "$(cat "$T/out")"
note "$((took * 1000 / MANY)) us each"
same "each is in the record" "$MANY" \
	"$("$AGENTOS" audit query --audit "$AUDIT" --verdict deny --limit 1000000 | grep -c "$OUT/secret")"
same "it was explained once" 1 "$(grep -c "$OUT/secret" "$T/err")"

fresh
bare ./many forks 500 "$OUT/none"
same "control: 500 processes at once" "500 of 500" "$(cat "$T/out")"
fresh
governed ./many forks 500 "$OUT/secret"
same "500 processes at once, each refused and granted" "500 of 500" "$(cat "$T/out")"

fresh
governed ./many deaths 500
same "500 deaths in the middle of calls" 500 "$(cat "$T/out")"

# --- descriptors

fresh
bare ./many closes "$OUT/secret"
same "control: every descriptor closed and taken again" "0 0" "$(cat "$WS/said")"
fresh
governed ./many closes "$OUT/secret"
same "every descriptor closed and taken again" "0 EACCES" "$(cat "$WS/said")"

# --- one in the other

fresh
cp -L "$AGENTOS" "$WS/agentos-run"
bare ./agentos-run -q --audit inner.db -- touch ran
check "control: a copy of agentos-run runs" test -e "$WS/ran"
fresh
cp -L "$AGENTOS" "$WS/agentos-run"
governed ./agentos-run -q --audit inner.db -- touch ran
same "a run within a run does not start" 125 "$status"
check "and says why" grep -q "a run within a run" "$T/err"
check_not "and runs nothing" test -e "$WS/ran"
fresh
bare ./many listener touch ran
check "control: behind a listener of its own a program runs" test -e "$WS/ran"
fresh
governing
bare ./many listener "${GOVERNING[@]}" touch ran
same "a run behind another listener does not start" 125 "$status"
check "and says why" grep -q "another sandbox already listens" "$T/err"
check_not "and runs nothing" test -e "$WS/ran"
