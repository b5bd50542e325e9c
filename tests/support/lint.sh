# SPDX-License-Identifier: MIT
#
# What the gates of tests/lint share. They look at the files that git knows, or at all files where
# this is not a checkout. BUILD (build) is where the gates that look at objects find them.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
cd "$ROOT" || exit 1
. tests/support/tap.sh
export LC_ALL=C.UTF-8
shopt -s lastpipe # so that `... | nothing` counts in this shell

work=$(mktemp -d "${TMPDIR:-/tmp}/agentos-lint.XXXXXX")
cleanup() {
	rm -rf "$work"
}

list_files() {
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
		git ls-files
	else
		find . -type f ! -path './.git/*' ! -path './build/*' ! -path './build-*' | sed 's,^\./,,'
	fi
}

list_files | sort | while read -r path; do
	[ ! -f "$path" ] || echo "$path"
done >"$work/files"

# files REGEX - those whose path matches.
files() {
	grep -E "$1" "$work/files"
}

modules='^(common|protocols|rules|audit|shim|taps|launcher|cli)/'

# nothing NAME - standard input, which lists violations, is empty.
nothing() {
	cat >"$work/violations"
	if [ -s "$work/violations" ]; then
		not_ok "$1"
		note_file "violations ($(wc -l <"$work/violations"))" "$work/violations"
		return 1
	fi
	ok "$1"
}

# code FILE... - C without comments and without what is between quotes, "FILE:LINE:TEXT"; a // stays.
code() {
	awk '
	FNR == 1 { inside = 0 }
	{
		out = ""
		n = length($0)
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1)
			two = substr($0, i, 2)
			if (inside) {
				if (two == "*/") { inside = 0; i++ }
			} else if (quote != "") {
				if (c == "\\") i++
				else if (c == quote) { quote = ""; out = out c }
			} else if (two == "/*") { inside = 1; i++; out = out " " }
			else if (two == "//") { out = out substr($0, i); break }
			else {
				if (c == "\"" || c == "\047") quote = c
				out = out c
			}
		}
		quote = ""
		print FILENAME ":" FNR ":" out
	}' "$@"
}

# flags - those with which the Makefile compiles, warnings as errors.
flags() {
	# shellcheck disable=SC2016
	printf 'include Makefile\nlint-flags:\n\t@echo $(filter-out -MMD -MP,$(OURS)) $(LIB_CFLAGS)\n' |
		make --no-print-directory -s -f - BUILD="$work/none" WERROR=1 lint-flags
}
