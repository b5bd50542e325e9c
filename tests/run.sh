#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh SUITE TEST... - run tests that speak TAP, one after the other, and count.
#
# A test is a shell script or a cmocka program. Its whole output is kept in $BUILD/logs. A test that
# asserts nothing, prints no plan, dies or takes longer than TEST_LIMIT seconds counts as a failure.
# MUST_RUN=1: so does a skip, unless its reason starts with "kernel" (what this kernel lacks).
# RESULTS names a file to which "PASSED FAILED SKIPPED" is appended; UNDER is a command under which
# each test runs.
set -u

suite=$1
shift
root=$(cd "$(dirname "$0")/.." && pwd)
logs=${BUILD:-build}/logs/$suite
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# Prints "PASSED FAILED SKIPPED" of one log, then the lines worth showing.
read_tap() {
	awk -v status="$1" -v must="${MUST_RUN:-}" '
	function fail(text) { failed++; lines = lines "\n    not ok: " text; shown = 1 }
	/^(not )?ok .*# *(SKIP|skip)/ {
		reason = $0; sub(/.*# *(SKIP|skip) */, "", reason)
		seen++
		if (must && reason !~ /^kernel/) { fail("skipped: " $0); next }
		skipped++; text = $0; sub(/^(not )?ok [0-9]* *-? */, "", text); sub(/ *# *(SKIP|skip).*/, "", text)
		lines = lines "\n    skipped: " text ": " reason; next
	}
	/^ok / { passed++; seen++; shown = 0; next }
	/^not ok / { seen++; text = $0; sub(/^not ok [0-9]* *-? */, "", text); fail(text); next }
	/^1\.\.[0-9]+/ { plan = 1; next }
	/^#/ && shown { lines = lines "\n      " substr($0, 3); next }
	/ERROR: AddressSanitizer|runtime error:|LeakSanitizer/ { fail($0) }
	END {
		if (status == 124 || status == 137) fail("took too long, or was killed")
		else if (status != 0 && !failed) fail("exit status " status)
		if (!seen) fail("asserts nothing")
		if (seen && !plan) fail("no plan: it did not come to its end")
		print passed + 0, failed + 0, skipped + 0 lines
	}' "$2"
}

for test; do
	name=$(basename "$test" .sh)
	log=$logs/$name.tap
	start=$(date +%s%3N)
	CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 10 "${TEST_LIMIT:-300}" ${UNDER:-} "$test" >"$log" 2>&1 </dev/null
	report=$(read_tap $? "$log")
	took=$(($(date +%s%3N) - start))
	read -r p f s <<<"${report%%$'\n'*}"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-12s %-24s %4d passed %3d failed %3d skipped  %3d.%d s\n' "$suite" "$name" \
		"$p" "$f" "$s" $((took / 1000)) $((took % 1000 / 100))
	case $report in
	*$'\n'*) printf '%s\n' "${report#*$'\n'}" ;;
	esac
done

if [ $# = 0 ]; then
	echo "$suite: no tests in ${root##*/}"
fi
echo "$suite: $passed passed, $failed failed, $skipped skipped"
if [ -n "${RESULTS:-}" ]; then
	echo "$passed $failed $skipped" >>"$RESULTS"
fi
[ "$failed" = 0 ]
