#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Rules about what a run prints, at a terminal: the secret never reaches the user's, by whichever way the
# program has to it. Keys, jobs and sizes are those of tests/integration/terminal.sh.
. "$(dirname "$0")/lib.sh"

need python3 script || exit 0

SECRET=canary-4711
HALVES='a=canary; b=4711'

policy() {
	printf 'version: "1.0"\nname: out\n%s\ndefault: { kernel: allow, content: allow }\nrules:\n%s\n' "${2:-}" "$1" \
		>"$T/policy.yaml"
	RUN_OPTIONS=(--policy "$T/policy.yaml")
}
policy '  - { name: no-canary, on: output, pattern: "canary-[0-9]{4}", action: deny }'

# at_terminal SHELL-CODE [REDIRECTIONS] - runs it with a new terminal; $T/screen has what that was sent.
at_terminal() {
	local command
	command="$(printf '%q ' "${PREFIX[@]}" sh -c "$1")${2:-}"
	(in_workspace timeout -k 5 "$LIMIT" script -qec "$command" "$T/screen" </dev/null >"$T/out" 2>"$T/err")
	status=$?
}

# hidden NAME SHELL-CODE [REDIRECTIONS] - bare the secret is on the terminal, governed it is not, and "fine" is.
hidden() {
	fresh
	PREFIX=(env)
	at_terminal "$2" "${3:-}"
	check "control: $1" grep -aq "$SECRET" "$T/screen"
	fresh
	governing
	PREFIX=("${GOVERNING[@]}")
	at_terminal "$2" "${3:-}"
	if grep -aq "$SECRET" "$T/screen" || ! grep -aq fine "$T/screen"; then
		not_ok "$1"
		note_file screen "$T/screen"
	else
		ok "$1"
	fi
}

hidden "stdout" "$HALVES"'; echo $a-$b; echo fine'
hidden "stderr" "$HALVES"'; echo $a-$b >&2; echo fine'
hidden "standard input is written to" "$HALVES"'; echo $a-$b >&0; echo fine'
hidden "/dev/tty" "$HALVES"'; echo $a-$b >/dev/tty; echo fine'
hidden "/dev/tty, where output is elsewhere" "$HALVES"'; echo $a-$b >/dev/tty; echo fine >/dev/tty' '>"'"$T"'/file"'
hidden "its name" "$HALVES"'; echo $a-$b >$(tty); echo fine'
hidden "/proc/self/fd/1 opened again" "$HALVES"'; echo $a-$b >/proc/self/fd/1; echo fine'
hidden "the errors in a file" "$HALVES"'; echo $a-$b; echo fine' '2>"'"$T"'/file"'
hidden "the output in a file" "$HALVES"'; echo $a-$b >&2; echo fine >&2' '>"'"$T"'/file"'
hidden "byte by byte" 'for c in c a n a r y - 4 7 1 1; do printf %s $c; done; echo; echo fine'
hidden "behind an escape sequence" "$HALVES"'; printf "\033[1m%s\033[0m\n" $a-$b; echo fine'

# The terminals above: the launcher's own, and what its other processes have.
fresh
governing
PREFIX=("${GOVERNING[@]}")
at_terminal "$HALVES"'; for tty in /dev/pts/[0-9]*; do
		[ "$tty" = "$(tty)" ] || (echo $a-$b >$tty) 2>/dev/null
	done
	pid=$PPID
	while [ "${pid:-0}" -gt 1 ]; do
		(echo $a-$b >/proc/$pid/fd/1) 2>/dev/null
		pid=$(sed -n "s/^PPid:[[:space:]]*//p" /proc/$pid/status 2>/dev/null)
	done; echo fine'
check "the user's own terminal is out of reach" sh -c "grep -aq fine '$T/screen' && ! grep -aq $SECRET '$T/screen'"
at_terminal 'stty size; exit 9'
same "the command's exit status" 9 "$status"
at_terminal 'seq 100000 | sed "s/^/line /"'
same "all that was printed is there before the end" "$(seq 100000 | sed 's/^/line /' | md5sum)" \
	"$(grep -a '^line ' "$T/screen" | tr -d '\r' | md5sum)"
at_terminal 'kill -KILL $$'
same "who is killed" 137 "$status"
policy '  - { name: no-canary, on: output, pattern: "canary-[0-9]{4}", action: kill }'
governing
PREFIX=("${GOVERNING[@]}")
at_terminal "$HALVES"'; stty raw -echo; echo $a-$b; sleep 1000' '; stty -a'
check "kill gives the terminal back as it was" grep -aqw icanon "$T/screen"
check_not "... in all of its modes" grep -aqwe -icanon "$T/screen"
check_not "... and nothing was seen" grep -aq "$SECRET" "$T/screen"
policy '' 'limits: { output: 100KiB }'
sed -i /^rules:/d "$T/policy.yaml"
at_terminal 'yes; sleep 1000'
same "the limit ends it" 137 "$status"
check "... and says so" grep -aq "printed all of its" "$T/screen"
