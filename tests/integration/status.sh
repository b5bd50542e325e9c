#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Exit status: the agent's own, and 125, 126, 127, 128+N for what kept it from having one.
. "$(dirname "$0")/lib.sh"

for want in 0 1 77 125 255; do
	governed sh -c "exit $want"
	same "the agent's status $want" "$want" "$status"
done
governed sh -c 'kill -TERM $$'
same "an agent that a signal ended: 128+15" 143 "$status"
governed sh -c 'kill -KILL $$'
same "an agent that was killed: 128+9" 137 "$status"
governed no-such-program
same "a program that is not there: 127" 127 "$status"
governed ./missing
same "a path that is not there: 127" 127 "$status"
echo text >"$WS/text"
governed ./text
same "a file that is not executable: 126" 126 "$status"

cp /bin/true "$T/outside"
fresh
bare "$T/outside"
same "control: a program outside the workspace runs bare" 0 "$status"
governed "$T/outside"
same "a program that the policy refuses: 126" 126 "$status"
check "the refusal is explained" grep -q "denied execute" "$T/err"

usage() {
	bare "$AGENTOS_RUN" "$@"
}
usage --no-such-option -- true
same "an option that is not there: 125" 125 "$status"
check "and said" grep -q "no-such-option" "$T/err"
usage -q
same "no command: 125" 125 "$status"
usage -q -p "$T/no-such-policy.yaml" --audit "$AUDIT" -- touch "$WS/ran"
same "a policy that is not there: 125" 125 "$status"
check_not "and the agent has not run" test -e "$WS/ran"
usage -q --audit /proc/no/audit.db -- touch "$WS/ran"
same "a recorder that cannot be opened: 125" 125 "$status"
check_not "and the agent has not run" test -e "$WS/ran"
usage --help
same "--help: 0" 0 "$status"
check "and it is on stdout" grep -q -- --policy "$T/out"
