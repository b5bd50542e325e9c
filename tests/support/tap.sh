# SPDX-License-Identifier: MIT
#
# The Test Anything Protocol for shell tests, plan last. Source it, use check and its like, and let
# the script end: the plan is printed and the exit status is 1 when anything failed.
# shellcheck shell=bash

tap_count=0
tap_failed=0

# ok NAME - one assertion that held.
ok() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$*"
}

# not_ok NAME - one that did not; follow it with note.
not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$*"
}

# skip NAME REASON - what cannot be tested here. A reason that starts with "kernel" names what this
# kernel lacks; MUST_RUN=1 turns every other skip into a failure (tests/run.sh).
skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# note TEXT... - lines that explain.
note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# note_file TITLE FILE - the first lines of a file.
note_file() {
	[ -s "$2" ] || return 0
	echo "# $1:"
	head -n 20 "$2" | cut -c 1-300 | sed 's/^/#   /'
}

# check NAME CMD... - CMD succeeds.
check() {
	local name=$1 log status
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		ok "$name"
	else
		not_ok "$name"
		note "status $status: $*"
		note_file output "$log"
	fi
	rm -f "$log"
	return "$status"
}

# check_not NAME CMD... - CMD fails, other than by a signal or for want of the command.
check_not() {
	local name=$1 log status
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1
	status=$?
	if [ "$status" -gt 0 ] && [ "$status" -lt 126 ]; then
		ok "$name"
	else
		not_ok "$name"
		note "status $status: $*"
		note_file output "$log"
	fi
	rm -f "$log"
}

# same NAME WANT GOT - two texts are equal.
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	note "want: $2"
	note "got:  $3"
	return 1
}

# within SECONDS CMD... - CMD succeeds before the time is over; polled.
within() {
	local end
	end=$(($(date +%s%3N) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%3N)" -lt "$end" ] || return 1
		sleep 0.02
	done
}

tap_exit() {
	local status=$?
	if declare -F cleanup >/dev/null; then
		cleanup
	fi
	echo "1..$tap_count"
	if [ "$status" = 0 ] && [ "$tap_failed" -gt 0 ]; then
		status=1
	fi
	exit "$status"
}
trap tap_exit EXIT
trap 'exit 130' INT TERM
