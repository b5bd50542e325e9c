#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What policies decide, row by row: the inline tests of tests/data/verdicts/*.yaml, over all actions,
# keys, operators and verdicts. Each row is run twice: as it is, and with another verdict, which must fail:
# a row that holds whatever it says would be worth nothing.

cd "$(dirname "$0")/../.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
. tests/support/tap.sh

ROWS_MIN=400 # fewer: files were lost, or are not read as they were meant

T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-verdicts.XXXXXX")
T=$(cd "$T" && pwd -P)
export HOME=$T/home LC_ALL=C
mkdir "$HOME" "$T/ws"

cleanup() {
	rm -rf "$T"
}

# counts FILE - "PASSED FAILED"; the output is in $T/out.
counts() {
	"$BUILD/agentos" policy test --workspace "$T/ws" "$1" >"$T/out" 2>&1
	sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$T/out"
}

cp -r tests/data/verdicts "$T/turned"
sed -i -E '/expect: deny/ { s/expect: deny/expect: allow/; b }; s/expect: [a-z]+/expect: deny/' "$T"/turned/*.yaml
total=0
for file in tests/data/verdicts/*.yaml; do
	name=${file##*/}
	rows=$(grep -c '^ *- .*expect:' "$file")
	total=$((total + rows))
	same "$name: each row is decided as it says" "$rows 0" "$(counts "$file")" || note_file "of agentos policy test" "$T/out"
	same "$name: with another verdict each row fails" "0 $rows" "$(counts "$T/turned/$name")" || note_file "of agentos policy test" "$T/out"
done
check "there are at least $ROWS_MIN rows: $total" [ "$total" -ge "$ROWS_MIN" ]
