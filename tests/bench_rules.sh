#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench_rules.sh - what one decision costs under 10, 100, 1,000 and 10,000 rules, beside a Python loop like that of
# the system we succeed, and libpcre2 and fnmatch(3) alone on the rules' paths. All are measured in turn,
# round by round, so that what else the machine does meets all of them; medians over the rounds are printed.
# A statement is measured at first sight, and when it was seen before.
# Ends with 1 when a decision allocates, but for the first about a statement, or a large document is not refused
# within 100 ms.
#
#   BENCH_ROUNDS (5)   rounds      BENCH_ONLY   a pattern of names: measure these only
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
ROUNDS=${BENCH_ROUNDS:-5}
T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-bench.XXXXXX")
trap 'rm -rf "$T"' EXIT
export LC_ALL=C
status=0

names=(path host ip port program mysql-first mysql-seen sqlite-first sqlite-seen postgresql-first postgresql-with
	postgresql-seen load loadhost fnmatch pcre2 python)

# measure NAME COUNT - "P50 P99 PER_SECOND".
measure() {
	case $1 in
	python) command -v python3 >/dev/null && python3 tests/bench/kernel.py "$2" ;;
	*) "$BUILD/tests/bench/rules" "$1" "$2" || status=1 ;;
	esac
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

for round in $(seq "$ROUNDS"); do
	echo "round $round of $ROUNDS" >&2
	for count in 10 100 1000 10000; do
		for name in "${names[@]}"; do
			[[ $name =~ ${BENCH_ONLY:-.} ]] || continue
			# Compiling so many patterns takes seconds.
			[ "$name$count" = pcre210000 ] || measure "$name" "$count" >>"$T/$name.$count"
		done
	done
done

printf '%-16s %7s %12s %12s %14s\n' "" rules "p50 us" "p99 us" "per second"
for name in "${names[@]}"; do
	for count in 10 100 1000 10000; do
		[ -s "$T/$name.$count" ] || continue
		printf '%-16s %7s %12s %12s %14s\n' "$name" "$count" \
			"$(cut -d' ' -f1 "$T/$name.$count" | median | awk '{ printf "%.2f", $1 / 1000 }')" \
			"$(cut -d' ' -f2 "$T/$name.$count" | median | awk '{ printf "%.2f", $1 / 1000 }')" \
			"$(cut -d' ' -f3 "$T/$name.$count" | median)"
	done
done

# Large documents that are refused must be so quickly.
if [[ wrong =~ ${BENCH_ONLY:-.} ]]; then
	WRONG_MS=100 BUILD=$BUILD tests/integration/wrong.sh >"$T/wrong" || status=1
	sed -n 's/^ok [0-9]* - \(.*\): quickly (\(.*\) ms)$/refused in \2 ms: \1/p; /^not ok/p' "$T/wrong"
fi
exit "$status"
