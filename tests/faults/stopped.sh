#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A supervisor that is stopped: nothing governed succeeds meanwhile, and all goes on afterwards; also when
# it is stopped again and again in the middle of its work.
. "$(dirname "$0")/lib.sh"

prepare() {
	cp "$FAULTS/many" .
	echo content >file
}
mend
gone() { ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"; }
state() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status"; }
count() { find "$WS" -name 'made-*' | wc -l; }
more_than() { [ "$(count)" -gt "$1" ]; }

# begin CMD... - a run in the background; its number is in RUN.
begin() {
	fresh
	governing
	(in_workspace "${GOVERNING[@]}" "$@" </dev/null >"$T/out" 2>"$T/err") &
	RUN=$!
}
[ "$AGENTOS_RUN" != env ] || exit

begin ./many changes 8000
check "the agent works" within 10 more_than 10
kill -STOP "$RUN"
check "the supervisor is stopped" within 5 eval '[ "$(state "$RUN")" = T ]'
before=$(count)
# Something else that the kernel lets it do shows that the agent's time goes by.
within 1 more_than "$before"
same "nothing governed succeeds meanwhile" "$before" "$(count)"
kill -CONT "$RUN"
check "afterwards it goes on" within 10 more_than "$before"
check "to its end" within 60 gone "$RUN"
wait "$RUN"
same "with its status" 0 $?
same "and all that it makes" "8000 0" "$(cat "$T/out")"

begin sh -c 'for i in 1 2 3 4 5 6 7 8; do ./many flood '"$OUT/secret"' & done; wait; echo done'
check "eight agents work" within 10 eval '[ "$(pgrep -c -P "$(pgrep -P "$(pgrep -P $RUN)")")" -ge 1 ]'
for i in $(seq 200); do
	kill -STOP "$RUN"
	kill -CONT "$RUN"
done
touch "$WS/enough"
check "after 200 stops they come to their end" within 20 gone "$RUN"
wait "$RUN"
same "and no call was lost, or answered otherwise than it should" done "$(cat "$T/out")"

begin sh -c 'for j in 1 2 3 4 5 6; do (i=0; while [ $i -lt 50 ]; do /bin/true || echo bad; i=$((i + 1)); done) & done
	wait; echo done'
while ! gone "$RUN"; do
	kill -STOP "$RUN"
	kill -CONT "$RUN"
	sleep 0.01 # in which something is done
done
wait "$RUN"
same "programs are started the same meanwhile" done "$(cat "$T/out")"
