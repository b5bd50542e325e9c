#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Files of 500 lines (.c) or 200 (.h) at most, functions of 60. Tables (.def) may be longer, and so
# may tests, whose functions are mostly rows of data.

. "$(dirname "$0")/../support/lint.sh"

FILE_MAX=500
HEADER_MAX=200
FUNCTION_MAX=60
TEST_FILE_MAX=800
TEST_FUNCTION_MAX=150

files "($modules|^tests/).*\.[ch]$" >"$work/sources"
while read -r path; do
	lines=$(wc -l <"$path")
	case $path in
	*.h) limit=$HEADER_MAX ;;
	tests/*) limit=$TEST_FILE_MAX ;;
	*) limit=$FILE_MAX ;;
	esac
	[ "$lines" -le "$limit" ] || echo "$path: $lines lines"
done <"$work/sources" | nothing "no file is longer than $FILE_MAX lines, no header than $HEADER_MAX"

# The lines between the braces at the margin.
xargs -r awk -v function_max="$FUNCTION_MAX" -v test_max="$TEST_FUNCTION_MAX" '
	FNR == 1 { start = 0; limit = FILENAME ~ /^tests\// ? test_max : function_max }
	/^[a-zA-Z_].*\(/ { head = $0; sub(/\(.*/, "", head); sub(/.*[ *]/, "", head) }
	/^\{/ { start = FNR; next }
	/^\}/ && start {
		if (FNR - start - 1 > limit) print FILENAME ":" start ": " head "(): " FNR - start - 1 " lines"
		start = 0
	}' <"$work/sources" | nothing "no function is longer than $FUNCTION_MAX lines"
