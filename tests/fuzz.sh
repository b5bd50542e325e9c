#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fuzz.sh PROGRAM... - each fuzzer over its corpus, and then for FUZZ_SECONDS (10) from there. The corpus of
# fuzz_NAME is tests/fuzz/NAME/, which is only read. What makes one fail is kept in $BUILD/fuzz. The same inputs
# are made each time; FUZZ_SEED=0 makes others, for long runs.

cd "$(dirname "$0")/.." || exit 1
. tests/support/tap.sh

kept=${BUILD:-build}/fuzz
mkdir -p "$kept"

corpus_of() {
	echo "tests/fuzz/${1##*/fuzz_}"
}

# replay PROGRAM - each input once; it must have been run, and there must be some.
replay() {
	local files ran
	files=$(find "$(corpus_of "$1")" -type f | wc -l)
	find "$(corpus_of "$1")" -type f -exec "$1" -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$kept/${1##*/}-" {} + >"$kept/replay" 2>&1
	ran=$(grep -c '^Executed ' "$kept/replay")
	echo "$ran of $files"
	[ "$files" -gt 0 ] && [ "$ran" = "$files" ] || {
		tail -n 20 "$kept/replay"
		return 1
	}
}

# run PROGRAM - new inputs go into a folder that is thrown away.
run() {
	local new status corpus
	new=$(mktemp -d "${TMPDIR:-/tmp}/agentos-corpus.XXXXXX")
	corpus=$(corpus_of "$1")
	"$1" -seed="${FUZZ_SEED:-1}" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
		-print_final_stats=1 -artifact_prefix="$kept/${1##*/}-" "$new" "$corpus" 2>&1 |
		grep -v '^#' | tail -n 20
	status=${PIPESTATUS[0]}
	rm -rf "$new"
	return "$status"
}

for program; do
	check "${program##*/} finds nothing in its corpus" replay "$program"
	check "${program##*/} finds nothing in ${FUZZ_SECONDS:-10} seconds" run "$program"
done
