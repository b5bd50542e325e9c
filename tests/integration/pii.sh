#!/bin/bash
# SPDX-License-Identifier: MIT
#
# no_pii against the corpora of tests/data/pii: of data about persons nearly all is found, of what looks like it nearly
# nothing is taken for it.
. "$(dirname "$0")/lib.sh"

DATA=$ROOT/tests/data/pii
fresh

# at_least NAME COUNT PERMILLE ALL - COUNT is no less than PERMILLE of ALL
at_least() {
	note "$1: $2 of $4"
	check "$1" test $(($2 * 1000)) -ge $(($3 * $4))
}

if ! (cd "$WS" && python3 "$ROOT/tests/support/pii.py" "$AGENTOS" "$DATA/personal.tsv" "$DATA/innocent.tsv") \
	>"$T/table" 2>"$T/err"; then
	not_ok "each text of the corpora is decided"
	note_file errors "$T/err"
	exit
fi
note "$(cat "$T/table")"
read -r _ found personal _ taken innocent _ unequal <<<"$(tail -n 1 "$T/table")"
check "there are three hundred texts at least" test $((personal + innocent)) -ge 300
check "half of them are innocent" test $((2 * innocent)) -ge $((personal + innocent))
at_least "recall is 0.98 at least" "$found" 980 "$personal"
at_least "false positives are 0.01 at most" $((innocent - taken)) 990 "$innocent"
check "what is said and what is sent are decided alike" test "$unequal" = 0
