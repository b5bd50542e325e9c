#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each header compiles alone, and has its guard.

. "$(dirname "$0")/../support/lint.sh"

read -ra flags <<<"$(flags)"

# alone COMPILER
alone() {
	files "($modules|^tests/support/).*\.h$" | while read -r header; do
		echo "#include \"$header\"" |
			"$1" "${flags[@]}" -fsyntax-only -x c - >"$work/errors" 2>&1 && continue
		echo "$header:"
		sed 's/^/  /' "$work/errors"
	done
}

for compiler in gcc clang; do
	if command -v "$compiler" >/dev/null; then
		alone "$compiler" | nothing "each header compiles alone with $compiler"
	else
		skip "each header compiles alone with $compiler" "not installed: $compiler"
	fi
done

files "$modules.*\.h$" | while read -r header; do
	guard=AGENTOS_$(echo "${header%.h}" | tr 'a-z/' 'A-Z_')_H
	grep -qx "#ifndef $guard" "$header" && grep -qx "#define $guard" "$header" ||
		echo "$header: wants $guard"
done | nothing "each header has the guard of its name"
