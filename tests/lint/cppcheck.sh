#!/bin/bash
# SPDX-License-Identifier: MIT
#
# cppcheck, with the suppressions of tests/lint/cppcheck.txt, each of which says why.

. "$(dirname "$0")/../support/lint.sh"

if command -v cppcheck >/dev/null; then
	make --no-print-directory cppcheck BUILD="$work/none" 2>&1 | nothing "no warning of cppcheck"
else
	skip "no warning of cppcheck" "not installed: cppcheck"
fi
