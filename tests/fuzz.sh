#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fuzz.sh PROGRAM... - each fuzzer for FUZZ_SECONDS (10), from its corpus: of fuzz_NAME, that is
# tests/fuzz/NAME/, which is only read. What makes one fail is kept in $BUILD/fuzz.

cd "$(dirname "$0")/.." || exit 1
. tests/support/tap.sh

kept=${BUILD:-build}/fuzz
mkdir -p "$kept"

# run PROGRAM - new inputs go into a folder that is thrown away.
run() {
	local new status corpus
	new=$(mktemp -d "${TMPDIR:-/tmp}/agentos-corpus.XXXXXX")
	corpus=tests/fuzz/${1##*/fuzz_}
	"$1" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
		-print_final_stats=1 -artifact_prefix="$kept/${1##*/}-" "$new" "$corpus" 2>&1 |
		grep -v '^#' | tail -n 20
	status=${PIPESTATUS[0]}
	rm -rf "$new"
	return "$status"
}

for program; do
	check "${program##*/} finds nothing in ${FUZZ_SECONDS:-10} seconds" run "$program"
done
