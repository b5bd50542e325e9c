#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Kernels that lack something, pretended (preload_kernel.c): doctor and agentos-run say what is lost, a
# run that would be weaker starts only where its user accepted that, and what is left holds.
. "$(dirname "$0")/lib.sh"

control
[ "$AGENTOS_RUN" != env ] || exit

# pretend WORDS - for what follows.
pretend() {
	AGENT_UNDER=(env "AGENTOS_PRETEND=$1" "LD_PRELOAD=$FAULTS/preload_kernel.so")
}

doctor() {
	bare "${AGENT_UNDER[@]}" "$AGENTOS" doctor
}

# says NAME TEXT - doctor has this line in its answer.
says() {
	doctor
	check "$1: doctor says so" grep -q -e "$2" "$T/out"
}

# refuses NAME TEXT - no run, with this reason, and nothing of the agent has run.
refuses() {
	fresh
	governing
	bare "${AGENT_UNDER[@]}" "${GOVERNING[@]}" touch ran
	same "$1: no run" 125 "$status"
	check "$1: with the reason" grep -q -e "$2" "$T/err"
	check_not "$1: the agent has not run" test -e "$WS/ran"
}

# holds NAME LEVEL [UNDONE] - the run comes to its end without harm, its level is in the banner and in the
# record, and of what is allowed only UNDONE is not done.
holds() {
	agent
	same "$1: the agent comes to its end" 0 "$status"
	same "$1: nothing that is refused happens" "" "$(harm)"
	same "$1: what is allowed is done" "${3:-}" "$(undone)"
	bare "${AGENT_UNDER[@]}" "$AGENTOS_RUN" --audit "$AUDIT" "${RUN_OPTIONS[@]}" -- true
	check "$1: the level is said" grep -q "level $2;" "$T/err"
	mend
}

pretend landlock=0
says "no Landlock" '^landlock *no .*--level no-landlock'
refuses "no Landlock" "--level no-landlock"
RUN_OPTIONS=(--level no-landlock)
holds "no Landlock" "no landlock (signals not confined), notify, shim"
# Nothing below the supervisor: other processes' memory is closed to all.
governed sh -c 'true'
bare "${AGENT_UNDER[@]}" "$AGENTOS_RUN" -q --audit "$AUDIT" "${RUN_OPTIONS[@]}" -- \
	python3 -c 'import ctypes; print(ctypes.CDLL(None, use_errno=True).ptrace(16, 1, 0, 0), ctypes.get_errno())'
same "no Landlock: nothing is traced" "-1 1" "$(cat "$T/out")"
RUN_OPTIONS=()

for abi in 1 2 3 4 5; do
	pretend "landlock=$abi"
	says "Landlock $abi" "^landlock *yes  ABI $abi; signals are not confined"
	holds "Landlock $abi" "landlock $abi (signals not confined), notify, shim"
done
pretend landlock=6
says "Landlock 6" '^landlock *yes  ABI 6$'
holds "Landlock 6" "landlock 6, notify, shim"

pretend no-notify
says "no user notification" '^notify *no '
says "no user notification" '^level: none'
refuses "no user notification" "needs seccomp's user notification"

pretend no-killable
says "no killable wait" '^notify *yes .*begin a call again'
holds "no killable wait" "landlock [0-9]*, notify (signals repeat calls), shim"

for word in no-wake no-thread no-vm no-unshare; do
	pretend "$word"
	holds "$word" "landlock [0-9]*, notify, shim"
done
pretend "landlock=1 no-killable no-wake no-thread no-vm no-unshare"
holds "the oldest of all" "landlock 1 (signals not confined), notify (signals repeat calls), shim"

SERVERS="inet server: EPERM
unix server: EPERM"
pretend no-getfd
says "no descriptors of others" '^sockets *no .*--level no-sockets'
refuses "no descriptors of others" "--level no-sockets"
RUN_OPTIONS=(--level no-sockets)
holds "no descriptors of others" "landlock [0-9]*, notify, shim, no sockets" "$SERVERS"
RUN_OPTIONS=(--level no-landlock --level no-sockets)
pretend "no-getfd landlock=0"
holds "neither Landlock nor descriptors" "no landlock (signals not confined), notify, shim, no sockets" "$SERVERS"
RUN_OPTIONS=()

pretend no-trace
says "no tracing" '^exec stop *no '
says "no tracing" '^level: none'
refuses "no tracing" "cannot trace the agent"
pretend "no-vm no-memory"
says "no memory of others" '^memory *no '
refuses "no memory of others" "cannot read the agent's memory"
