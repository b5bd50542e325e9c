#!/bin/bash
# SPDX-License-Identifier: MIT
#
# CPython's own tests of what a supervisor stands in the way of: each test has the same outcome bare
# and governed. What differs is in cpython.tsv, with its reason.
#
# MODULES="test_os test_pty" runs only these.
. "$(dirname "$0")/../integration/lib.sh"

MODULES=${MODULES:-test_os test_posix test_tempfile test_shutil test_pty test_threading test_subprocess
	test_socket test_signal test_asyncio}
LIMIT=400
PYTHON=/usr/bin/python3
ROWS=$ROOT/tests/compat/cpython.tsv
RUN_OPTIONS=(--policy "$ROOT/tests/compat/cpython.yaml")
who=any
[ "$(id -u)" != 0 ] || who=root

if ! "$PYTHON" -c 'import test.test_os' 2>/dev/null; then
	skip "CPython's tests" "not installed: the test package of $PYTHON"
	exit 0
fi

# The outcome of each test in a report: name, tab, outcome.
outcomes() {
	"$PYTHON" - "$1" <<-'PYTHON'
		import sys, xml.etree.ElementTree as tree
		for case in tree.parse(sys.argv[1]).iter("testcase"):
		    bad = [kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None]
		    print(case.get("name").replace(" ", "_"), bad[0] if bad else "pass", sep="\t")
	PYTHON
}

# run_module HOW MODULE - leaves its outcomes in $T/HOW.list.
run_module() {
	local how=$1 module=$2 leave_out=() pattern
	while read -r pattern; do
		leave_out+=(-i "$pattern")
	done < <(awk -F '\t' '$3 == "left-out" { print $1 }' "$ROWS")
	fresh
	"$how" "$PYTHON" -m test --junit-xml "$WS/report.xml" "${leave_out[@]}" "$module"
	if [ ! -s "$WS/report.xml" ]; then
		tail -n 15 "$T/out" "$T/err" >"$T/end"
		note_file "$module gave no report $how, status $status" "$T/end"
		return 1
	fi
	outcomes "$WS/report.xml" | sort -u >"$T/$how.list"
}

# compare - differences without a row, and rows without a difference, of the tests that ran.
compare() {
	awk -F '\t' -v who="$who" '
	FILENAME ~ /\.tsv$/ {
		if ($0 !~ /^#/ && $3 != "left-out" && ($2 == "any" || $2 == who)) row[$1] = $3 " " $4
		next
	}
	FILENAME ~ /bare\.list$/ { bare[$1] = $2; next }
	{ governed[$1] = $2 }
	END {
		for (name in governed) if (!(name in bare)) bare[name] = "none"
		for (name in bare) {
			now = (name in governed) ? governed[name] : "none"
			if (bare[name] == now && name in row) print name ": no longer differs: " now
			else if (bare[name] != now && row[name] != bare[name] " " now)
				print name ": bare " bare[name] ", governed " now
		}
	}' "$ROWS" "$T/bare.list" "$T/governed.list" | sort
}

once() {
	run_module bare "$1" && run_module governed "$1" && compare >"$T/differences" &&
		[ ! -s "$T/differences" ]
}

# Some of these tests measure time, and fail now and then on a busy machine: a second try.
for module in $MODULES; do
	: >"$T/differences"
	once "$module" || {
		note_file "$module, the first time" "$T/differences"
		once "$module"
	}
	if [ $? = 0 ]; then
		ok "$module: $(wc -l <"$T/bare.list") tests, the same bare and governed"
	else
		not_ok "$module"
		note_file "differences" "$T/differences"
	fi
done
