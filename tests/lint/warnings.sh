#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gcc and clang have nothing to say about any source.

. "$(dirname "$0")/../support/lint.sh"

read -ra flags <<<"$(flags)"
files "($modules|^tests/(unit|support|adversarial|compat|bench|fuzz)/).*\.c$" >"$work/sources"

# The optimiser's warnings need its passes: gcc compiles, clang only reads.
warnings() {
	case $1 in
	gcc) set -- gcc -O2 -c -o /dev/null ;;
	# libseccomp's SCMP_CMP(), as everybody uses it, leaves a field out, which only clang minds.
	clang) set -- clang -fsyntax-only -Wno-missing-field-initializers ;;
	esac
	xargs -r -n 1 -P 2 "${@:1:1}" "${flags[@]}" "${@:2}" '-DAGENTOS_LIBDIR=""' <"$work/sources" 2>&1
}

for compiler in gcc clang; do
	if command -v "$compiler" >/dev/null; then
		warnings "$compiler" | nothing "no warning of $compiler"
	else
		skip "no warning of $compiler" "not installed: $compiler"
	fi
done
