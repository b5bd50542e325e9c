#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An interactive shell in a terminal: Ctrl-C, Ctrl-Z, Ctrl-\, Ctrl-D, resizing, raw mode, and
# agentos-run itself as a job of the user's shell. Every step runs bare first (the control).
. "$(dirname "$0")/lib.sh"

need tmux || exit 0
export TMUX_TMPDIR=$T/tmux
mkdir "$TMUX_TMPDIR"

finally() {
	tm kill-server 2>/dev/null
}

# The shell that tmux starts is not the user's: nobody's is /usr/sbin/nologin.
tm() {
	env -u TMUX SHELL=/bin/sh tmux -f /dev/null -L test "$@"
}

# shows TEXT - whether the screen shows TEXT within ten seconds.
shows() {
	within 10 on_screen "$1"
}

# on_screen TEXT - lines that follow each other, when TEXT has two.
on_screen() {
	case $(tm capture-pane -p -t test) in
	*"$1"*) return 0 ;;
	esac
	return 1
}

type_line() {
	tm send-keys -t test -l "$1"
	tm send-keys -t test Enter
}

step() {
	local name=$1 want=$2
	if shows "$want"; then
		ok "$KIND: $name"
	else
		not_ok "$KIND: $name"
		note "want on the screen: $want"
		tm capture-pane -p -t test >"$T/screen"
		note_file screen "$T/screen"
	fi
}

# start_session CMD... - a new terminal of 80x24 in which CMD runs, and its exit status is shown.
start_session() {
	fresh
	tm kill-server 2>/dev/null
	cat >"$T/session.sh" <<-EOS
		set -u
		$(declare -f in_workspace)
		ENVIRONMENT=(PS1='ready> ' SHELL=/bin/bash)
		T='$T' WS='$WS' HOME='$HOME' PATH='$PATH' TERM_INSIDE=screen
		(in_workspace $(printf '%q ' "$@"))
		echo "session ended with \$?"
		exec sleep 100
	EOS
	# A server that is still on its way out takes no session.
	within 10 tm new-session -d -s test -x 80 -y 24 "bash $T/session.sh"
	step "the shell comes up" "ready>"
}

interactive_shell() {
	start_session "$@" bash --norc --noprofile -i
	type_line 'echo "answer $((40 + 2))"'
	step "a command" "answer 42"
	type_line 'tty | sed "s,/[0-9]*$,,"; test -t 0 && test -t 1 && test -t 2 && echo "all $((2 + 1))"'
	step "the terminal is there" "all 3"

	type_line 'sleep 300; echo "after $((1 + 1))"'
	within 10 running "sleep 300"
	tm send-keys -t test C-c
	type_line 'echo "status $?."'
	step "Ctrl-C ends the command, not the shell" "status 130."

	type_line 'clear; sleep 301'
	within 10 running "sleep 301"
	tm send-keys -t test C-z
	step "Ctrl-Z stops it" "Stopped"
	type_line 'clear; jobs -s | wc -l | sed "s/^/stopped jobs: /"'
	step "and the shell knows the job" "stopped jobs: 1"
	type_line 'clear; fg'
	step "fg brings it back" "sleep 301"
	within 10 in_foreground "sleep 301"
	tm send-keys -t test C-c
	type_line 'echo "status $?,"'
	step "and Ctrl-C ends it" "status 130,"

	type_line 'clear; sleep 302 & sleep 0; bg 2>/dev/null; kill %1; wait; echo "background $((3 + 3))"'
	step "a job in the background" "background 6"

	type_line 'clear; bash -c "trap \"stty size; exit\" WINCH; echo wait\$((1 + 1)); while :; do sleep 0.05; done"'
	step "a program waits for SIGWINCH" "wait2"
	tm resize-window -t test -x 100 -y 30
	step "resizing reaches it, with the new size" "30 100"
	type_line 'clear; stty size'
	step "and the shell" "30 100"

	type_line 'clear; stty -echo raw; dd bs=1 count=3 2>/dev/null | od -An -tx1; stty sane'
	within 10 running "dd bs=1 count=3"
	tm send-keys -t test C-c C-z x
	step "raw mode gets the keys themselves" "03 1a 78"
	type_line 'clear; read -r -s -n 2 -p "two: " keys; echo "<$keys>"'
	step "keys one by one" "two:"
	tm send-keys -t test -l 'ab'
	step "are read" "<ab>"

	type_line 'clear; cat'
	within 10 running "cat"
	tm send-keys -t test -l 'line'
	tm send-keys -t test Enter C-d
	type_line 'echo "end $((5 + 5))"'
	step "Ctrl-D ends the input" "end 10"
	type_line 'clear; sleep 303'
	within 10 running "sleep 303"
	tm send-keys -t test 'C-\'
	type_line 'echo "status $?;"'
	step "Ctrl-\\ quits" "status 131;"
	type_line 'clear; exit 5'
	step "the shell's status comes through" "session ended with 5"
}

# job_of_shell CMD... - CMD (cat, bare or governed) as a job of the user's own shell, which is bare.
job_of_shell() {
	start_session bash --norc --noprofile -i
	type_line "$(printf '%q ' "$@")cat"
	within 10 running "cat"
	type_line 'first'
	step "as a job: it reads and writes" "first
first"
	tm send-keys -t test C-z
	step "as a job: Ctrl-Z gives the terminal back" "Stopped"
	type_line 'clear; echo "between $((4 + 4))"'
	step "as a job: the user's shell goes on" "between 8"
	type_line 'fg'
	within 10 in_foreground "cat"
	type_line 'second'
	step "as a job: fg continues it" "second
second"
	tm send-keys -t test C-c
	# What is typed while a job that has a terminal of its own still runs is the job's.
	within 10 all_gone "cat" "$(printf '%q ' "$@")cat"
	type_line 'echo "status $?!"'
	step "as a job: Ctrl-C ends it" "status 130!"
	type_line 'stty -a | grep -o -w -e "-\?isig" -e "-\?icanon" | paste -sd " "'
	step "as a job: the terminal is as before" "isig icanon"
	type_line 'clear; exit 6'
	step "as a job: the user's shell ends" "session ended with 6"
}

# running ARGS - whether a process of this test runs with these arguments, on whichever terminal.
running() {
	ps -o args= -p "$(processes | paste -sd ,)" | grep -qxF -- "$1"
}

# all_gone ARGS... - whether no process of this test has any of these as its arguments.
all_gone() {
	local args
	for args in "$@"; do
		! running "$args" || return 1
	done
}

in_foreground() {
	ps -o stat=,args= -p "$(processes | paste -sd ,)" |
		grep -qE -- "^[RS][^ ]*\+[^ ]* +$1\$"
}

KIND=bare
interactive_shell env
job_of_shell env

if [ "$AGENTOS_RUN" != env ]; then
	KIND=governed
	governing
	interactive_shell "${GOVERNING[@]}"
	job_of_shell "${GOVERNING[@]}"

	# Where a rule is about output, the agent has a terminal of the launcher's.
	printf 'version: "1.0"\nname: out\nrules:\n  - { name: r, on: output, pattern: "canary-[0-9]", action: deny }\n' \
		>"$T/output.yaml"
	RUN_OPTIONS=(--policy "$T/output.yaml")
	KIND=relayed
	governing
	interactive_shell "${GOVERNING[@]}"
	job_of_shell "${GOVERNING[@]}"
fi
