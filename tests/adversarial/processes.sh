#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Processes that are not of the run are not signalled, traced, read or changed, and neither is the
# governor; the run's own are, by the same ways.
. "$(dirname "$0")/../integration/lib.sh"

TOUCHING=$BUILD/tests/adversarial/touching
SECRET=canary-$$-$RANDOM$RANDOM
DIARY=$T/diary
victim=
prepare() { cp "$TOUCHING" touching; }

# A new victim each time: what was done to the last one stays done.
victim_start() {
	rm -f "$DIARY"
	"$TOUCHING" victim "$DIARY" "$SECRET" >/dev/null 2>&1 &
	victim=$!
	disown
	within 5 test -s "$DIARY"
	read -r -a WHERE <"$DIARY"
	: >"$DIARY"
	before=$(state "$victim")
}
victim_end() {
	[ -n "$victim" ] || return
	kill -KILL "$victim" 2>/dev/null
	victim=
	ipcrm -m "${WHERE[3]}" -q "${WHERE[4]}" 2>/dev/null
}
finally() { victim_end; }

# state PID - what the kernel keeps of it that others could move.
state() {
	cat "/proc/$1"/{limits,oom_score_adj,comm,coredump_filter}
	ionice -p "$1"
	grep Cpus_allowed_list "/proc/$1/status"
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 16-17,39
	awk '/policy|prio/' "/proc/$1/sched" 2>/dev/null
}

# touched KIND - whether the way of this kind did something.
touched() {
	case $1 in
	hit | written)
		kill -USR1 "$victim"
		within 5 grep -qs here "$DIARY" && grep -qs "$1" "$DIARY"
		;;
	read) grep -qs "$SECRET" "$T/out" ;;
	moved) [ "$(state "$victim")" != "$before" ] ;;
	esac
}

while read -r way kind; do
	case $kind in
	hit) category signals ;;
	moved) category limits ;;
	*) category memory ;;
	esac
	victim_start
	fresh
	bare ./touching "$way" "${WHERE[@]}"
	touched "$kind"
	control=$?
	victim_end
	if [ "$control" != 0 ]; then
		skip "${ATTACK}another process, by $way" "kernel does not do this, status $status"
		continue
	fi
	victim_start
	fresh
	governed ./touching "$way" "${WHERE[@]}"
	if touched "$kind"; then
		not_ok "${ATTACK}another process, by $way"
		note_file errors "$T/err"
	else
		ok "${ATTACK}another process, by $way"
	fi
	victim_end
	[ "$way" = everybody ] && continue # the agent itself is among them, and bare everybody is
	[ "$way" = taking-descriptor ] && continue # no policy grants it: surface.sh
	case $kind in
	hit | written) effect="grep -qs $kind diary" ;;
	read) effect='grep -qs inner "$T/out"' ;;
	moved) effect='! cmp -s before after' ;;
	esac
	allowed "a process of its own, by $way" "$effect" sh -c '
		./touching victim diary inner & until [ -s diary ]; do :; done; read -r where <diary
		kept() { cat /proc/$!/limits /proc/$!/oom_score_adj /proc/$!/sched /proc/$!/comm /proc/$!/coredump_filter; ionice -p $!; cut -d " " -f 18-19,41 /proc/$!/stat; grep Cpus_allowed_list /proc/$!/status; }
		kept | grep -v exec_start >before; ./touching '"$way"' $where; sleep 0.1; kept | grep -v exec_start >after
		kill -KILL $!; set -- $where; ipcrm -m $4 -q $5'
done < <("$TOUCHING")

# --- the governor: the ways above are the control

run_long() {
	governing
	(
		(in_workspace "${GOVERNING[@]}" sh -c '
			echo $PPID >parent; until [ -s whom ]; do sleep 0.02; done
			for pid in $(cat whom); do
				for way in $(./touching | grep -v "everybody\|queue\|shared" | cut -d " " -f 1); do
					./touching $way $pid 0 0 0 0
				done
				kill -9 $pid; kill -STOP $pid
			done
			echo done >finished; until [ -e go ]; do sleep 0.02; done; exit 7' </dev/null >"$T/out" 2>"$T/err")
		echo $? >"$T/status"
	) &
}
fresh
rm -f "$T/status"
run_long
within 10 test -s "$WS/parent"
reaper=$(cat "$WS/parent")
supervisor=$(sed 's/.*) //' "/proc/$reaper/stat" | cut -d ' ' -f 2)
check "the agent's parent is of agentos" grep -qs agentos "/proc/$supervisor/comm"
{ state "$supervisor"; state "$reaper"; } >"$T/before"
echo "$supervisor $reaper" >"$WS/whom"
check "the agent comes to its end" within 30 test -s "$WS/finished"
{ state "$supervisor"; state "$reaper"; } >"$T/after"
category governor
check "${ATTACK}supervisor and reaper, by all ways to touch a process" diff "$T/before" "$T/after"
touch "$WS/go"
check "the run ends" within 10 test -s "$T/status"
same "the agent's exit status arrives" 7 "$(cat "$T/status")"
