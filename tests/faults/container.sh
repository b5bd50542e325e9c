#!/bin/bash
# SPDX-License-Identifier: MIT
#
# In a container as Docker makes it without options (container.c): no tracing capability, no unshare, no
# pidfd_getfd, no clone3. A run says that it has no sockets, and the rest is as anywhere.
. "$(dirname "$0")/lib.sh"

control
[ "$AGENTOS_RUN" != env ] || exit
AGENT_UNDER=("$FAULTS/container")
bare "${AGENT_UNDER[@]}" sh -c 'unshare -U true || grep Seccomp: /proc/self/status'
check "control: this is a container's list of calls" grep -q "Seccomp:.2" "$T/out"

bare "${AGENT_UNDER[@]}" "$AGENTOS" doctor
check "doctor says what is lost" grep -q '^sockets *no .*--level no-sockets' "$T/out"
check "and what is there" grep -q '^level: landlock, notify, shim, no sockets' "$T/out"

agent
same "without --level there is no run" 125 "$status"
check "the reason and the way out are said" grep -q "pidfd_getfd.*--level no-sockets" "$T/err"

# A process that changes its user becomes undumpable, so that nobody without CAP_SYS_PTRACE can read
# its memory, and nothing that it asks for can be judged.
UNDONE="inet server: EPERM
unix server: EPERM"
[ "$(id -u)" != 0 ] || UNDONE="$UNDONE
nobody's: EPERM"
RUN_OPTIONS=(--level no-sockets)
agent
same "with it the agent comes to its end" 0 "$status"
same "nothing that is refused happens" "" "$(harm)"
same "all that is allowed is done, but on sockets" "$UNDONE" "$(undone)"
same "the umask is the caller's" 640 "$(stat -c %a "$WS/masked")"
check "the record verifies" "$AGENTOS" audit verify --audit "$AUDIT"

# Eight callers with umasks of their own, at once: their threads share one where nothing can be unshared.
fresh
governing
bare "${AGENT_UNDER[@]}" "${GOVERNING[@]}" sh -c 'for mask in 000 022 027 077 007 070 002 037; do
	(umask $mask; mkdir $mask; i=0; while [ $i -lt 60 ]; do : >$mask/$i; i=$((i + 1)); done) &
done; wait'
wrong=
for mask in 000 022 027 077 007 070 002 037; do
	mode=$(printf %o $((0666 & ~0$mask)))
	[ "$(find "$WS/$mask" -type f -perm "$mode" | wc -l)" = 60 ] || wrong="$wrong $mask"
done
same "files have the mode of their own makers' umask" "" "$wrong"
