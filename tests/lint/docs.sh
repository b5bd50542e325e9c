#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each file names its license; each function of a header says what it does, under its own name;
# comments are of one kind, and what is still to be done has an issue.

. "$(dirname "$0")/../support/lint.sh"

files '\.(c|h|def|map|sh)$|(^|/)Makefile$|^\.ci/' | grep -v '^tests/data/' | while read -r path; do
	head -n 2 "$path" | grep -q 'SPDX-License-Identifier: MIT' || echo "$path"
done | nothing "each file says its license in its first lines"

# A declaration is explained by the comment that ends in the line above, by one that ends its own
# line, or by the explained declaration right above it, as one of a group.
undocumented() {
	awk '
	FNR == 1 { explained = 0; above = 0; in_comment = 0; depth = 0; macro = 0 }
	macro { macro = /\\$/; above = 0; next }
	/^#/ { macro = /\\$/; above = 0; next }
	in_comment {
		if (/\*\//) { in_comment = 0; above = 1 }
		next
	}
	/^\/\*\*/ { name = $2; sub(/\(\).*/, "", name); titled = $2 ~ /\(\)$/ }
	/^[ \t]*\/\*/ { if (!/\*\//) in_comment = 1; else above = 1; if (!/^\/\*\*/) titled = 0; next }
	/^[ \t]*$/ { if (depth == 0) above = 0; titled = 0; next }
	/^[}{]/ { depth = /^\{/; if (!depth) above = 0; next }
	/^(typedef|extern .*[^)];|struct [a-z_]*( \{|;)|enum|_Static_assert|__attribute__)/ { above = 0; titled = 0; next }
	/^[a-zA-Z_].*[a-z_0-9]\(/ {
		called = $0
		sub(/__attribute__.*/, "", called)
		sub(/\(.*/, "", called)
		sub(/.*[ *]/, "", called)
		if (!above && !/;[ \t]*\/\*/) print FILENAME ":" FNR ": " called "() has no comment"
		else if (titled && name != called) print FILENAME ":" FNR ": " called "() is explained as " name "()"
		titled = 0
		above = 1
		next
	}' "$@"
}

undocumented $(files "$modules.*\.h$") | nothing "each function of a header is explained"

code $(files "($modules|^tests/).*\.(c|h|def)$") | grep -E '^[^:]*:[0-9]+:.*//' | nothing "no // comments"

files '\.(c|h|def|map|sh|md|yaml)$|(^|/)Makefile$' | grep -v '^tests/lint/' |
	xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b' | grep -vE 'TODO\(#[0-9]+\)' |
	nothing "what is to be done has an issue"
