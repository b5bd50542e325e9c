#!/bin/bash
# SPDX-License-Identifier: MIT
#
# When a run has ended nothing of it is left: no process, and no file but the recorder's and what
# the agent was allowed to make.
. "$(dirname "$0")/lib.sh"
unset XDG_STATE_HOME

finally() {
	local pid
	for pid in $(processes); do
		kill -KILL "$pid" 2>/dev/null
	done
}

DAEMONS='
	trap "" HUP INT TERM
	setsid sleep 600 </dev/null >/dev/null 2>&1 &
	(setsid sh -c "trap \"\" HUP TERM; sleep 600; sleep 600" </dev/null >/dev/null 2>&1 &)
	nohup sleep 600 </dev/null >/dev/null 2>&1 &
	(sleep 600 & exec sleep 600) </dev/null >/dev/null 2>&1 &
	echo started'

bare sh -c "$DAEMONS"
check "control: bare, the daemons stay" within 5 eval '[ "$(processes | wc -l)" -ge 5 ]'
finally
check "the control's own are gone" within 5 no_processes

fresh
governed sh -c "$DAEMONS"
same "the agent has started them, and ended" "0 started" "$status $(cat "$T/out")"
check "no process is left" within 1 no_processes
same "the private folder for temporary files is gone" "" "$(ls -A "$T/tmp")"
same "no file in the home but the keys of the recorder" "ID.anchor host.key host.pub" \
	"$(cd "$HOME" && find . -type f -printf '%f\n' | sed 's/^[0-9a-f]*\.anchor/ID.anchor/' | sort | paste -sd ' ')"
same "which are for their owner alone" "700 600" \
	"$(cd "$HOME/.local/state/agentos" && stat -c %a keys keys/host.key | paste -sd ' ')"
same "no file in the workspace" "" "$(ls -A "$WS")"

# end_by SIGNAL - what is left when agentos-run gets this signal from outside.
end_by() {
	fresh
	governing
	(in_workspace "${GOVERNING[@]}" sh -c "$DAEMONS; touch here; while :; do sleep 600; done" \
		</dev/null >"$T/out" 2>"$T/err") &
	local run=$!
	if ! within 10 test -e "$WS/here"; then
		not_ok "SIG$1: the agent has started"
		return
	fi
	kill -"$1" "$run"
	check "SIG$1: the run ends" within 10 gone "$run"
	wait "$run" 2>/dev/null
	check "SIG$1: no process is left" within 5 no_processes
	same "SIG$1: no temporary file is left" "" "$(ls -A "$T/tmp")"
}

gone() {
	! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"
}

if [ "$AGENTOS_RUN" != env ]; then
	end_by TERM
	end_by HUP
fi

# The agent's temporary files go with the run.
fresh
governed sh -c 'echo secret >"$TMPDIR/t"; mkdir -p "$TMPDIR/d/e"; chmod 0 "$TMPDIR/d/e"; chmod 500 "$TMPDIR/d"; ls "$TMPDIR"'
same "the agent can write temporary files" "d t" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
same "and they are gone" "" "$(ls -A "$T/tmp")"

# Without --audit the record is in the home, and nothing else is.
fresh
bare "$AGENTOS_RUN" -q -- true
same "with the recorder in the home: status" 0 "$status"
same "the home holds the recorder alone" "./.local/state/agentos/audit.db" \
	"$(cd "$HOME" && find . -type f ! -name '*-wal' ! -name '*-shm' ! -path '*/keys/*')"
same "which is for its owner alone" "700 600" \
	"$(cd "$HOME/.local/state" && stat -c %a agentos agentos/audit.db | tr '\n' ' ' | sed 's/ $//')"
