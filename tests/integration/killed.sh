#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kill -9 of a process of the supervisor: the agents die within two seconds, and no governed call
# succeeds after the supervisor is gone.
. "$(dirname "$0")/lib.sh"

finally() {
	local pid
	for pid in $(processes); do
		kill -KILL "$pid" 2>/dev/null
	done
}

# Deaf to every signal that can be ignored, in several sessions, each making files without end.
cat >"$T/agent.sh" <<'EOS'
trap '' HUP INT TERM QUIT PIPE
make_files() {
	i=0
	while :; do
		: >"$1-$i"
		i=$((i + 1))
	done
}
make_files loop &
setsid bash -c 'trap "" HUP TERM PIPE; i=0; while :; do : >session-$i; i=$((i + 1)); done' &
setsid bash -c 'trap "" HUP TERM PIPE; i=0; while :; do /bin/sh -c ": >program-$i"; i=$((i + 1)); done' &
(python3 -c '
import signal, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def work(n):
    i = 0
    while True:
        try:
            open(f"python-{n}-{i}", "w").close()
        except OSError:
            pass
        i += 1
for n in range(4):
    threading.Thread(target=work, args=(n,)).start()
' &)
make_files last
EOS

# all_work - whether each kind of agent has made files.
all_work() {
	local kind
	for kind in loop session program python-3 last; do
		compgen -G "$WS/$kind-*" >/dev/null || return 1
	done
}

gone() {
	! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"
}

count() {
	find "$WS" -type f | wc -l
}

start_run() {
	fresh
	cp "$T/agent.sh" "$WS"
	(in_workspace "${GOVERNING[@]}" bash agent.sh </dev/null >"$T/out" 2>"$T/err") &
	RUN=$!
	check "$1: the agents work" within 20 all_work
}

# kill_and_look NAME PID - the test itself.
kill_and_look() {
	local name=$1 pid=$2 before after start
	start=$(date +%s%3N)
	kill -KILL "$pid"
	while ! gone "$pid"; do :; done
	before=$(count)
	if within 2 no_processes; then
		ok "$name: all processes are gone"
		note "after $(($(date +%s%3N) - start)) ms"
	else
		not_ok "$name: all processes are gone within 2 s"
		ps -o pid,ppid,stat,args -p "$(processes | paste -sd,)" >"$T/ps"
		note_file left "$T/ps"
	fi
	after=$(count)
	# Whoever kills the reaper alone leaves a supervisor that answers until it learns of it.
	[ "$pid" != "$RUN" ] || same "$name: nothing governed has succeeded since" "$before" "$after"
	finally
	wait "$RUN" 2>/dev/null
}

GOVERNING=(env)
start_run "control"
kill -KILL "$RUN"
while ! gone "$RUN"; do :; done
before=$(count)
check "control: bare, the agents go on" within 5 eval '[ "$(count)" -gt $((before + 100)) ]'
finally
within 5 no_processes || not_ok "the control's agents can be killed"
wait "$RUN" 2>/dev/null

if [ "$AGENTOS_RUN" = env ]; then
	exit
fi
governing
start_run "supervisor"
kill_and_look "supervisor" "$RUN"

start_run "reaper"
reaper=$(ps -o pid= --ppid "$RUN" | head -n 1)
kill_and_look "reaper" "${reaper// /}"

start_run "supervisor and reaper"
reaper=$(ps -o pid= --ppid "$RUN" | head -n 1)
kill -STOP "${reaper// /}"
kill_and_look "supervisor, the reaper being stopped" "$RUN"

# The record of a run that ended so is still whole.
check "the record verifies" "$AGENTOS" audit verify --audit "$AUDIT"
