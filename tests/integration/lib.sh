# SPDX-License-Identifier: MIT
#
# Integration tests source this first: . "$(dirname "$0")/lib.sh"
#
#   T           a folder of this test alone, removed at its end
#   WS, HOME    a workspace and a home, made new by fresh
#   bare CMD...       runs CMD in WS as anyone would
#   governed CMD...   runs CMD in WS under agentos-run
#                     both leave $T/out, $T/err and the exit status in $status
#   prepare     a function that a test may define: fills a fresh workspace
#   processes   the processes of this test's runs, agents and supervisors
#   RUN_OPTIONS       array: options of agentos-run; ENVIRONMENT array: NAME=VALUE for both
#   LIMIT       seconds that a command may take (60)
#   category NAME   what follows are attacks of this category, and what must work beside them: the
#               descriptions begin with "attack NAME: " and "benign NAME: ", which tests/attacks.sh
#               counts. refused and allowed see to it; who uses ok and not_ok writes $ATTACK or
#               $BENIGN in front.
#
# AGENTOS_RUN=env runs everything bare: a test of the tests, in which every refusal must fail.
# shellcheck shell=bash disable=SC2034

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$ROOT/$BUILD ;;
esac
AGENTOS=$BUILD/agentos
AGENTOS_RUN=${AGENTOS_RUN:-$BUILD/agentos-run}
LIMIT=${LIMIT:-60}
RUN_OPTIONS=()
ENVIRONMENT=()
ATTACK=
BENIGN=

# The machine's own programs: those below the caller's home are hidden by a throw-away home.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C
umask 022

. "$ROOT/tests/support/tap.sh"

T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-test.XXXXXX")
T=$(cd "$T" && pwd -P)
mkdir "$T/tmp"
WS=$T/ws
export HOME=$T/home
export XDG_STATE_HOME=$T/state # the keys of the recorder stay when the home is made new
AUDIT=$T/audit.db

cleanup() {
	if declare -F finally >/dev/null; then
		finally
	fi
	cd /
	chmod -R u+rwX "$T" 2>/dev/null
	rm -rf "$T"
}

prepare() {
	:
}

# fresh - a new workspace and home, at the same place as the last.
fresh() {
	chmod -R u+rwX "$WS" "$HOME" 2>/dev/null
	rm -rf "$WS" "$HOME"
	mkdir "$WS" "$HOME"
	(cd "$WS" && prepare) || not_ok "prepare the workspace"
}

# in_workspace CMD... - with an environment that says the same everywhere; becomes CMD when it is
# the last of a subshell.
in_workspace() {
	cd "$WS" || exit 125
	exec env -i PATH="$PATH" HOME="$HOME" TMPDIR="$T/tmp" LC_ALL=C.UTF-8 TERM="${TERM_INSIDE:-dumb}" \
		${XDG_STATE_HOME:+XDG_STATE_HOME="$XDG_STATE_HOME"} USER=agent LOGNAME=agent NO_COLOR=1 AGENTOS_MARK="$T" \
		GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com \
		GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com \
		GIT_AUTHOR_DATE=2026-01-02T03:04:05Z GIT_COMMITTER_DATE=2026-01-02T03:04:05Z \
		"${ENVIRONMENT[@]}" "$@"
}

# The words that put a command under agentos-run.
governing() {
	if [ "$AGENTOS_RUN" = env ]; then
		GOVERNING=(env)
	else
		GOVERNING=("$AGENTOS_RUN" -q --audit "$AUDIT" "${RUN_OPTIONS[@]}" --)
	fi
}

bare() {
	(in_workspace timeout -k 5 "$LIMIT" "$@" </dev/null >"$T/out" 2>"$T/err")
	status=$?
}

governed() {
	governing
	bare "${GOVERNING[@]}" "$@"
}

# processes - numbers of the processes of this test's runs: by the mark in their environment, or by
# the test's folder in their arguments (a supervisor's environment is its own secret).
processes() {
	(
		cd "$T" || exit
		printf '%s' "$T" >folder
		printf 'AGENTOS_MARK=%s' "$T" >mark
		{
			grep -lzsxF -f mark /proc/[0-9]*/environ
			grep -lzsF -f folder /proc/[0-9]*/cmdline
		} | cut -d / -f 3 | sort -un | while read -r pid; do
			# A zombie has ended, and waits only for whoever reads its status.
			grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" && echo "$pid"
		done
	)
}

no_processes() {
	[ -z "$(processes)" ]
}

# same_as_bare [-e] NAME CMD... - CMD gives the same output and exit status bare and governed; with
# -e the same errors too. What it gives bare must not be a failure of the command to start.
same_as_bare() {
	local errors= name want
	if [ "$1" = -e ]; then
		errors=1
		shift
	fi
	name=$1
	shift
	fresh
	bare "$@"
	want=$status
	mv "$T/out" "$T/bare.out"
	mv "$T/err" "$T/bare.err"
	if [ "$want" -ge 124 ] && [ "$want" -le 127 ]; then
		not_ok "$name"
		note "the control itself gives $want: $*"
		note_file errors "$T/bare.err"
		return 1
	fi
	fresh
	governed "$@"
	if [ "$status" = "$want" ] && cmp -s "$T/bare.out" "$T/out" &&
		{ [ -z "$errors" ] || cmp -s "$T/bare.err" "$T/err"; }; then
		ok "$name"
		return 0
	fi
	not_ok "$name"
	note "status: bare $want, governed $status"
	diff "$T/bare.out" "$T/out" >"$T/diff"
	note_file "output, bare (<) and governed (>)" "$T/diff"
	diff "$T/bare.err" "$T/err" >"$T/diff"
	note_file "errors, bare (<) and governed (>)" "$T/diff"
	return 1
}

category() {
	ATTACK="attack $1: "
	BENIGN="benign $1: "
}

# refused NAME EFFECT CMD... - CMD has EFFECT when bare (the control) and does not when governed.
# EFFECT is shell code, run in the workspace after CMD: true when the harm is there. It may look at
# $T/out, $T/err and $status.
refused() {
	local name=$ATTACK$1 effect=$2
	shift 2
	fresh
	bare "$@"
	if ! (cd "$WS" && eval "$effect") >/dev/null 2>&1; then
		not_ok "$name"
		note "control: no effect bare, status $status: $*"
		note_file errors "$T/err"
		return 1
	fi
	fresh
	governed "$@"
	if (cd "$WS" && eval "$effect") >/dev/null 2>&1; then
		not_ok "$name"
		note "the effect is there, status $status: $*"
		note_file errors "$T/err"
		return 1
	fi
	# No effect because nothing ran at all would prove nothing.
	case $status in
	125 | 134 | 135 | 139)
		not_ok "$name"
		note "the run itself failed, status $status: $*"
		note_file errors "$T/err"
		return 1
		;;
	esac
	ok "$name"
}

# allowed NAME EFFECT CMD... - CMD has EFFECT bare and governed alike.
allowed() {
	local name=$BENIGN$1 effect=$2
	shift 2
	fresh
	bare "$@"
	if ! (cd "$WS" && eval "$effect") >/dev/null 2>&1; then
		not_ok "$name"
		note "control: no effect bare, status $status: $*"
		note_file errors "$T/err"
		return 1
	fi
	fresh
	governed "$@"
	if ! (cd "$WS" && eval "$effect") >/dev/null 2>&1; then
		not_ok "$name"
		note "no effect governed, status $status: $*"
		note_file errors "$T/err"
		return 1
	fi
	ok "$name"
}

# need COMMAND... - whether all of these are installed; skips, by name, what is not.
need() {
	local command
	for command; do
		if ! command -v "$command" >/dev/null; then
			skip "$command" "not installed: $command"
			return 1
		fi
	done
}

fresh
