#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench_record.sh - what recording costs, and reading what was recorded, beside a Python loop like the recorder of the
# system we succeed. All are measured in turn, round by round; medians over the rounds are printed, and between
# which values they lie.
#
#   BENCH_ROUNDS (5)   rounds      BENCH_ROWS (1000000)   rows of the database that is verified and asked
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
ROUNDS=${BENCH_ROUNDS:-5}
ROWS=${BENCH_ROWS:-1000000}
T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-bench.XXXXXX")
trap 'rm -rf "$T"' EXIT
export LC_ALL=C XDG_STATE_HOME=$T/state

# measure NAME COMMAND... - adds a line of numbers to those of NAME.
measure() {
	local name=$1
	shift
	"$@" >>"$T/$name" || exit 1
	rm -f "$T/db"*
}

# column NAME N - "MEDIAN (LEAST-MOST)".
column() {
	cut -d' ' -f"$2" "$T/$1" | sort -n |
		awk '{ v[NR] = $1 } END { printf "%s (%s-%s)", v[int((NR + 1) / 2)], v[1], v[NR] }'
}

for round in $(seq "$ROUNDS"); do
	echo "round $round of $ROUNDS" >&2
	measure reads "$BUILD/tests/bench/record" reads "$T/db" 200000
	measure python-batched python3 tests/bench/recorder.py batched "$T/db" 20000
	measure changes "$BUILD/tests/bench/record" changes "$T/db" 200000
	measure python-each python3 tests/bench/recorder.py each "$T/db" 5000
done

printf '%-16s %28s %24s %24s %20s\n' "" "rows per second" "p50 ns" "p99 ns" "bytes per row"
for name in reads python-batched changes python-each; do
	printf '%-16s %28s %24s %24s %20s\n' "$name" "$(column "$name" 1)" "$(column "$name" 2)" \
		"$(column "$name" 3)" "$(column "$name" 4)"
done

"$BUILD/tests/bench/record" reads "$T/large" "$ROWS" >"$T/made" || exit 1
for round in $(seq "$ROUNDS"); do
	"$BUILD/tests/bench/record" verify "$T/large" 1 >>"$T/verify" || exit 1
	"$BUILD/tests/bench/record" query "$T/large" 20 >>"$T/query" || exit 1
done
printf '\nof %s rows, made with %s rows per second, %s bytes each:\n' "$ROWS" "$(column made 1)" "$(column made 4)"
printf '%-16s %28s rows per second\n' verify "$(column verify 1)"
printf '%-16s %28s ms for the last %s refusals of a rule\n' query "$(column query 1)" "$(cut -d' ' -f2 "$T/query" | head -n 1)"
