#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The gates themselves: each passes a small tree that is in order, and fails when one thing in it is not.

. "$(dirname "$0")/../support/lint.sh"

tree=$work/tree

# A tree in which everything that is looked at is there once.
plant() {
	rm -rf "$tree"
	mkdir -p "$tree"/{common,rules,audit,launcher,cli,tests/unit,docs} "$tree/build/obj"
	cp -a Makefile shim taps .clang-format "$tree"
	mkdir -p "$tree/tests"
	cp -a tests/lint tests/support "$tree/tests"
	rm -f "$tree"/tests/support/*.[ch]
	cp -a common/calls.[ch] common/calls.def common/action.[ch] common/wire.h "$tree/common"
	cat >"$tree/rules/fine.h" <<-'END'
		/* SPDX-License-Identifier: MIT */
		#ifndef AGENTOS_RULES_FINE_H
		#define AGENTOS_RULES_FINE_H

		/** fine_add() - Return: the sum. */
		int fine_add(int a, int b);

		#endif
	END
	printf '%s\n' '/* SPDX-License-Identifier: MIT */' '#include "rules/fine.h"' '' \
		'int fine_add(int a, int b)' '{' '	return a + b;' '}' >"$tree/rules/fine.c"
	build
}

# What make would have built of it, but quickly.
build() {
	local path
	(
		cd "$tree" || exit 1
		gcc -shared -fPIC -D_GNU_SOURCE -std=c11 -I. -fvisibility=hidden $LINK -o build/libagentos.so \
			shim/*.c
		gcc -shared -fPIC -O2 -D_GNU_SOURCE -std=c11 -I. -fvisibility=hidden \
			-Wl,--version-script=taps/exports.map -o build/libagentos-taps.so taps/*.c shim/next.c
		for path in rules/*.c; do
			mkdir -p "build/obj/${path%/*}"
			gcc -std=c11 -D_GNU_SOURCE -w -I. -c -o "build/obj/${path%.c}.o" "$path"
		done
		printf '#!/bin/sh\necho calls\n' >build/agentos
		chmod +x build/agentos
		echo calls >docs/CALLS.md
	) 2>"$work/build-errors"
}
LINK='-Wl,--version-script=shim/exports.map'

gate() {
	BUILD=build "$tree/tests/lint/$1.sh"
}

# fails GATE WHAT COMMAND - COMMAND, run in a fresh tree, plants a violation.
fails() {
	plant
	(cd "$tree" && eval "$3")
	[ -z "${4:-}" ] || build
	check_not "$1 finds $2" gate "$1"
}

needs() {
	command -v "$1" >/dev/null
}

plant
for gate in layers headers docs sizes shell paths symbols calls warnings; do
	check "$gate passes a tree that is in order" gate "$gate"
done
needs cppcheck && check "cppcheck passes a tree that is in order" gate cppcheck
clang-format --version 2>/dev/null | grep -q 'version 14\.' &&
	check "format passes a tree that is in order" gate format

fails layers "rules that know audit" 'echo "#include \"audit/row.h\"" >>rules/fine.c'
fails layers "common that knows rules" 'echo "#include \"rules/fine.h\"" >>common/calls.c'
fails layers "a shim that knows launcher" 'echo "#include \"launcher/guard.h\"" >>shim/next.c'
fails layers "sqlite3.h in rules" 'echo "#include <sqlite3.h>" >>rules/fine.c'
fails layers "a kernel header in the shim" 'echo "#include <linux/seccomp.h>" >>shim/next.c'
fails layers "a test that includes a source" 'echo "#include \"rules/fine.c\"" >tests/unit/x_test.c'
fails headers "a header that needs another" 'sed -i "s/int fine_add(int a/int fine_add(size_t a/" rules/fine.h'
fails headers "a guard of another name" 'sed -i s/RULES_FINE_H/FINE_H/ rules/fine.h'
fails docs "a file without a license" 'sed -i 1d rules/fine.c'
fails docs "a function without a comment" 'sed -i "/fine_add() -/d" rules/fine.h'
fails docs "a comment about another function" 'sed -i "s/fine_add() -/fine_sum() -/" rules/fine.h'
fails docs "a // comment" 'echo "int fine; // yes" >>rules/fine.c'
fails docs "a TODO without an issue" 'echo "/* TODO: more */" >>rules/fine.c'
fails sizes "a long file" 'yes "" | head -n 500 >>rules/fine.c'
fails sizes "a long header" 'yes "" | head -n 200 >>rules/fine.h'
fails sizes "a long function" 'for i in $(seq 61); do sed -i "s/^\treturn/\ta++;\n&/" rules/fine.c; done'
fails shell "a script that is none" 'echo "if" >>tests/support/tap.sh'
fails shell "a script that cannot be run" 'chmod -x tests/lint/docs.sh'
fails paths "a path of a machine" 'echo "/* see /ho""me/peter/notes */" >>rules/fine.c'
fails symbols "a hook that is not exported" 'sed -i "/^\tunlink;/d" shim/exports.map' rebuilt
fails symbols "an export that is no hook" 'sed -i "s/^\tunlink;/&\n\tother;/" shim/exports.map' rebuilt
fails symbols "a hook without a line in the library" 'sed -i "/^HOOK(unlink,/d" shim/hooks_names.c; sed -i "/^\tunlink;/d" shim/exports.map'
fails symbols "a hook of the taps that is not exported" 'sed -i "/^\tSSL_write;/d" taps/exports.map' rebuilt
fails symbols "a hook of the taps without a line" 'sed -i "s/^HOOK_BODY(writev,/HOOK_BODY (writev,/" taps/hooks_send.c'
fails layers "taps that know launcher" 'echo "#include \"launcher/guard.h\"" >>taps/tap.c'
fails layers "taps that know more of the shim" 'echo "#include \"shim/explain.h\"" >>taps/tap.c'
fails symbols "a shim that allocates" 'echo "#include <stdlib.h>
__attribute__((constructor)) static void more(void) { free(malloc(3)); }" >>shim/next.c' rebuilt
fails symbols "strcpy" 'echo "char *strcpy(char *, const char *); void f(char *a, char *b) { strcpy(a, b); }" >>rules/fine.c' rebuilt
fails symbols "rules that print" 'echo "int puts(const char *); void f(void) { puts(\"\"); }" >>rules/fine.c' rebuilt
fails calls "a call that goes on without a reason" \
	'printf "long f(void)\n{\n\treturn REQUEST_CONTINUE;\n}\n" >launcher/open.c'
fails calls "a call that goes on and is not in the documents" \
	'printf "long f(void)\n{\n\treturn REQUEST_CONTINUE; /* safe: no */\n}\n" >launcher/new.c'
fails calls "a call that the kernel does not have" 'sed -i "s/^CALL(unlink, /CALL(unlinc, /" common/calls.def; sed -i "s/^#ifndef __NR_fchmodat2/#define __NR_unlinc 87\n&/" common/calls.c'
fails calls "a wrong number" 'sed -i "s/^#ifndef __NR_fchmodat2/#undef __NR_unlink\n#define __NR_unlink 88\n&/" common/calls.c'
fails calls "a call with two rows" 'sed -i "s/^CALL(rmdir,.*/&\n&/" common/calls.def'
fails calls "a document that is old" 'echo other >docs/CALLS.md'
fails warnings "an unused variable" 'sed -i "s/^\treturn/\tint unused;\n&/" rules/fine.c'
needs cppcheck && fails cppcheck "an index beyond its array" 'echo "int f(void);
int f(void) { int a[2] = { 0 }; return a[2]; }" >>rules/fine.c'
clang-format --version 2>/dev/null | grep -q 'version 14\.' &&
	fails format "blanks for a tab" 'sed -i "s/^\treturn/        return/" rules/fine.c'
true
