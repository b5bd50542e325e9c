#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The table of governed calls is about calls that exist, under their numbers, and is what the
# documents say. Looks at what `make all` has built.

. "$(dirname "$0")/../support/lint.sh"

# Prints what is wrong with a row. A name that libseccomp does not know must be newer than all that it
# knows: a typing error in an old one would pass otherwise.
cat >"$work/rows.c" <<'END'
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/calls.h"

static int newest(void)
{
	int highest = 0;

	for (int number = 0; number < 1000; number++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (name)
			highest = number;
		free(name);
	}
	return highest;
}

int main(void)
{
	int known = newest();

	for (int i = 0; i < CALL_COUNT; i++) {
		const struct call_info *info = &call_table[i];
		int number = seccomp_syscall_resolve_name(info->name);
		size_t args = strlen(info->shape);

		if (number == __NR_SCMP_ERROR && info->number <= known)
			printf("%s: no such call\n", info->name);
		if (number != __NR_SCMP_ERROR && info->number != (number < 0 ? -1 : number))
			printf("%s: is %d, not %d\n", info->name, number, info->number);
		if (info->number > CALL_NUMBER_MAX)
			printf("%s: above CALL_NUMBER_MAX\n", info->name);
		if (args > 6 || strspn(info->shape, "dptfominxq") != args)
			printf("%s: shape \"%s\"\n", info->name, info->shape);
		if (info->refusal <= 0)
			printf("%s: no refusal\n", info->name);
		if (info->number >= 0 && call_from_number(info->number) != (enum call)i)
			printf("%s: is not found by its number\n", info->name);
	}
	return 0;
}
END
read -ra flags <<<"$(flags)"
if check "the table compiles" gcc "${flags[@]}" -o "$work/rows" "$work/rows.c" common/calls.c -lseccomp; then
	"$work/rows" | nothing "each row is a call, with its number"
fi

sed -nE 's/^CALL\(([a-z_0-9]+),.*/\1/p' common/calls.def | sort | uniq -d | nothing "each call has one row"

if [ -x "$BUILD/agentos" ]; then
	"$BUILD/agentos" calls --markdown 2>&1 | diff docs/CALLS.md - 2>&1 |
		nothing "docs/CALLS.md is what the table says (make docs)"
else
	not_ok "docs/CALLS.md is what the table says (make docs)"
	note "run make first, or say where it was built: BUILD=$BUILD"
fi

# Where the kernel is let go on with a call, a comment says why that is safe, and the table of docs/SECURITY.md
# names the file.
files '^launcher/.*\.c$' | xargs -r awk '
	FNR == 1 { reason = -9 }
	/[Ss]afe:/ { reason = FNR }
	/return .*REQUEST_CONTINUE/ && FNR - reason > 6 { print FILENAME ":" FNR ": " $0 }' |
	nothing "each call that goes on has its reason"
files '^launcher/.*\.c$' | xargs -r grep -l 'return .*REQUEST_CONTINUE' | sed 's,.*/,,' | sort >"$work/continuing"
sed -n '/^## What the kernel goes on with/,/^## Limits/s/^|.*| `\([a-z]*\.c\)` |$/\1/p' docs/SECURITY.md 2>/dev/null |
	sort -u | diff "$work/continuing" - | nothing "docs/SECURITY.md says which calls go on, and why"
