#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Many at once: threads under a storm of signals, forks, chains of spawns, opens.
. "$(dirname "$0")/lib.sh"

PROGRAMS=$BUILD/tests/compat
# The programs run from the workspace: nothing else of this checkout is the agent's to run.
prepare() { cp "$PROGRAMS/"{alarms,forks,kills,spawns,opens} . && echo right >file; }
fresh

same_as_bare -e "8 threads open files while SIGALRM fires every millisecond" ./alarms
same_as_bare -e "and without SA_RESTART" ./alarms interrupt
same_as_bare -e "200 forks at once" ./forks
same_as_bare -e "2,000 children, killed in every moment of their execve" ./kills 2000
same_as_bare -e "a chain of vfork and posix_spawn" ./spawns 12
same_as_bare -e "10,000 opens" ./opens file 10000
same_as_bare -e "10,000 opens, four processes at once" sh -c '
	for i in 1 2 3 4; do ./opens file 10000 & done; wait'
prepare() { cp "$ROOT/tests/compat/opens.c" . && echo right >file; }
same_as_bare -e "opens by a static program" sh -c 'gcc -static -o opens opens.c && ./opens file 2000'
