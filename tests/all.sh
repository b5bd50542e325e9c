#!/bin/bash
# SPDX-License-Identifier: MIT
#
# all.sh - everything that `make test` runs, in the order in which it is cheapest to fail. Goes on
# after a failure, so that one run shows all of them. Its last line is "N passed, N failed, N skipped".
set -u

cd "$(dirname "$0")/.." || exit 1
jobs=$(nproc)
[ "$jobs" -le 4 ] || jobs=4
work=$(mktemp -d "${TMPDIR:-/tmp}/agentos-all.XXXXXX")
work=$(cd "$work" && pwd -P)
export RESULTS=$work/results
: >"$RESULTS"
trap 'rm -rf "$work"' EXIT

# step NAME CMD... - run; a step that fails without having counted a failure counts as one.
step() {
	local name=$1 before after status
	shift
	before=$(failures)
	echo "== $name"
	"$@"
	status=$?
	after=$(failures)
	if [ "$status" != 0 ] && [ "$before" = "$after" ]; then
		echo "$name: failed, exit status $status"
		echo "0 1 0" >>"$RESULTS"
	fi
	return "$status"
}

failures() {
	awk '{ n += $2 } END { print n + 0 }' "$RESULTS"
}

make_quietly() {
	make --no-print-directory "$@"
}

# The same tests as a user without rights or a home, from a copy that this user can read and from
# which `make` could not help it: only what was built.
unprivileged() {
	local copy=$work/copy uid=65534

	mkdir -p "$copy/build" "$copy/rules"
	cp -a tests examples docs contrib README.md "$copy"
	cp -a rules/policies "$copy/rules"
	cp -a build/agentos build/agentos-run build/agent-os build/libagentos*.so "$copy/build"
	[ ! -d build/tests ] || cp -a build/tests "$copy/build"
	chmod 755 "$work"
	chmod -R a+rX "$copy"
	chown -R "$uid:$uid" "$copy"
	touch "$RESULTS.plain"
	chown "$uid" "$RESULTS.plain"
	(
		cd "$copy" || exit 1
		tests=$(find tests/integration tests/adversarial -name '*.sh' ! -name lib.sh | sort)
		# shellcheck disable=SC2086
		setpriv --reuid "$uid" --regid "$uid" --clear-groups env -u SUDO_USER HOME=/nonexistent \
			USER=nobody TMPDIR=/tmp BUILD="$copy/build" RESULTS="$RESULTS.plain" RACE_MS=400 TEST_LIMIT=900 \
			tests/run.sh plain-user $tests
	)
	local status=$?
	rm -rf build/logs/plain-user
	cat "$RESULTS.plain" >>"$RESULTS"
	cp -r "$copy/build/logs/plain-user" build/logs
	return "$status"
}

# What goes beside the rest, with counts of its own: most tests wait more than they compute.
beside() {
	RESULTS=$RESULTS.beside
	: >"$RESULTS"
	if [ "$(id -u)" = 0 ]; then
		step "integration and adversarial, as a plain user" unprivileged
	fi
	step valgrind make_quietly valgrind
	step "build of the fuzzers" make_quietly fuzzers
	step fuzz make_quietly fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-5}"
	touch "$work/beside.ended"
}

# Its output and its counts, which count only when it came to its end.
beside_end() {
	wait
	cat "$work/beside.out" && cat "$RESULTS.beside" >>"$RESULTS" && [ -e "$work/beside.ended" ]
}

step build make_quietly -j"$jobs" all programs
step lint make_quietly lint
beside >"$work/beside.out" 2>&1 &
step unit make_quietly unit
step "unit, sanitized" make_quietly -j"$jobs" unit SAN=address,undefined
step integration make_quietly integration
step adversarial make_quietly adversarial
step "what was tried" tests/attacks.sh build/logs/adversarial/*.tap
# A short form of it; `make faults` tries every call.
step faults env FAULT_CALLS="${FAULT_CALLS:-1}" FAULT_MANY="${FAULT_MANY:-4000}" make --no-print-directory faults
step "what went beside" beside_end

echo
awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' \
	"$RESULTS"
[ "$(failures)" = 0 ]
